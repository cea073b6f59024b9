"""Calibration: with data from a model's own priors its 95% intervals cover the truth in 95%."""

import itertools

import numpy as np
import pytest
from sampler_cases import CASES, drawn, summaries
from studied import STUDY

from mp_bayes.inference.agreement import LONG, differences, sampled_effects
from mp_bayes.inference.laplace import effects_of, fast_effects, structure
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import from_study
from mp_bayes.studies.study import EFFECTS

DATA_SETS = 300


def drawn_from(priors, scenario, shock, effect, *, seed, replicates):
    """Draw data sets from the priors themselves; return them with the fitted structure."""
    chosen = baseline_priors(priors.select(scenario.synthetic, shock=shock), scenario)
    data = synthesise(scenario, seed=seed, replicates=replicates, priors=chosen, structure=effect)
    return data, chosen, structure(data.outcome, chosen, effect=effect)


# The count takes several times longer than the binary outcome: it has two hyperparameters more.
QUICK = [
    ("cin_rereferral_12m", "national", "constant"),
    ("cin_rereferral_12m", "national", "embedding"),
    ("cin_rereferral_12m", "within-study", "yearly"),
    ("cla_placement_moves", "national", "constant"),
]
EVERY = itertools.product(
    ["cin_rereferral_12m", "cla_placement_moves"], ["national", "within-study"], EFFECTS
)


@pytest.mark.parametrize(
    ("name", "shock", "effect"),
    [pytest.param(*case, marks=[pytest.mark.nightly] * (case not in QUICK)) for case in EVERY],
)
def test_intervals_cover_the_truth_as_often_as_they_say(priors, name, shock, effect):
    scenario = from_study(STUDY, name)
    data, _, built = drawn_from(
        priors, scenario, shock, effect, seed=2020, replicates=range(DATA_SETS)
    )
    rows = fast_effects(built, data.events, data.total)
    # Those that the approximation does not vouch for are sampled in a study; leaving out data
    # for their small counts hardly selects on the effect, and there are few.
    usable = rows[rows["usable"]]
    assert usable["replicate"].nunique() > 0.95 * DATA_SETS
    both = usable.merge(data.truth(), how="left", validate="one_to_one")
    for scale in (data.outcome.link_scale, data.outcome.response_scale):
        average = both[both["estimand"].eq("average_effect") & both["scale"].eq(scale)]
        covered = (average["lower"] <= average["truth"]) & (average["truth"] <= average["upper"])
        # Three Monte Carlo SEs of a share of 0.95: 0.038.
        error = np.sqrt(0.95 * 0.05 / len(average))
        assert abs(covered.mean() - 0.95) < 3 * error
        if scale == data.outcome.link_scale:
            # The posterior mean of data from the prior is unbiased over all of them. Not so on the
            # response scale: levels and years are free in the fit, so the rate that would have been
            # without the programme is skewed upwards.
            away = average["mean"] - average["truth"]
            assert abs(away.mean()) < 3.5 * away.std() / np.sqrt(len(away))
            # And as far off as it says: a chi-squared of 300 has a relative SD of 0.08.
            assert ((away / average["sd"]) ** 2).mean() == pytest.approx(1.0, abs=0.33)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_agrees_with_the_sampler(case):
    sampled = summaries(case)
    data, _, built = drawn(case)
    fast = effects_of(data, built)
    assert fast["usable"].all()
    assert sampled["usable"].all()
    apart = differences(fast, sampled)
    assert len(apart) == len(fast)
    # What 95% of data sets must keep to, and for two that are known as the hardest what none may
    # exceed; and three of the sampler's own Monte Carlo errors: of a mean 0.01 SDs or so, of an
    # SD about 1%, of a probability at most 0.004.
    mean, sd, probability = (0.15, 0.10, 0.03) if case.hard else (0.05, 0.03, 0.01)
    assert (apart["mean_difference"].abs() < mean + 3 * apart["mean_error"]).all()
    assert ((apart["sd_ratio"] - 1).abs() < sd + 3 * apart["mean_error"]).all()
    for column in ("probability_difference", "minimum_difference"):
        assert (apart[column].abs() < probability + 1.5 * apart["mean_error"]).all()


@pytest.mark.nightly
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_sampler_gives_its_committed_summaries(case):
    kept = summaries(case)
    data, priors, built = drawn(case)
    again = sampled_effects(built.outcome, data, priors, effect=case.effect, seed=12, sampling=LONG)
    assert again["usable"].all()
    apart = differences(again, kept)
    assert len(apart) == len(kept)
    # Four Monte Carlo errors of a difference of two runs, of a mean. An SD has 0.7 times a mean's
    # error, and a probability at most half of it, if draws are independent: antithetic ones tell
    # more of a mean only. How long the tails of hyperparameters are decides the error of their SDs,
    # and no probability is given of them.
    error = 4 * np.sqrt(2) * apart["mean_error"]
    assert (apart["mean_difference"].abs() < error).all()
    error = error.clip(lower=4 * np.sqrt(2 / (LONG.draws * LONG.chains)))
    effects = ~apart["estimand"].isin(["half_life", "sd_shock", "rho"])
    assert ((apart["sd_ratio"] - 1).abs() < error)[effects].all()
    assert (apart["probability_difference"].abs() < error / 2)[effects].all()
