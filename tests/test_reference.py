"""Agreement with independent answers: JAGS, the published regressions, and simulated truth."""

import numpy as np
import pytest
import xarray as xr

from mp_bayes.analysis import analyse
from mp_bayes.comparison import published, recomputed
from mp_bayes.design import lay_out
from mp_bayes.estimands import LOWER, UPPER, estimands
from mp_bayes.evidence.arrays import cells
from mp_bayes.fit import PRECISE, STANDARD, sample
from mp_bayes.models import build_model
from mp_bayes.plan import Analysis
from mp_bayes.priors import load_priors
from mp_bayes.study import OUTCOMES

FLAT_PRIORS = """
[default]
mean_effect = 0
sd_effect = 10
[default.shock.none]
sd_pre_trend = 10
"""


def _priors(tmp_path, text):
    path = tmp_path / "priors.toml"
    path.write_text(text)
    return load_priors(path)


def test_the_reference_is_that_of_the_independent_run(jags):
    """The committed summaries and another hand's differ by Monte Carlo error and rounding."""
    for name, theirs in jags["independent"].items():
        if name == "source":
            continue
        ours = jags["posterior"][name]
        # Its error of a mean is said to be 0.003; the ends of an interval are some 2.5 times as
        # noisy, an SD 0.7 times; and all are given to three decimals.
        allowed = {"mean": 0.003, "sd": 0.0025, "q2.5": 0.008, "q97.5": 0.008}
        for statistic, tolerance in allowed.items():
            if statistic in theirs:
                assert ours[statistic] == pytest.approx(theirs[statistic], abs=tolerance + 0.0005)


def test_cells_agree_with_the_jags_posterior(jags_priors, jags):
    result = analyse(
        Analysis("cin_rereferral_12m", shock="within-study", coding="published"),
        jags_priors,
        seed=1,
        sampling=PRECISE,
    )
    assert result.usable
    rows = result.effects.query("estimand == 'yearly_effect' and scale == 'log_odds'")
    assert len(rows) == 3
    for row in rows.itertuples():
        known = jags["posterior"][f"d[{row.year}]"]
        assert abs(row.mean - known["mean"]) < 0.05 * known["sd"]
        assert abs(row.sd - known["sd"]) < 0.05 * known["sd"]
        assert abs(row.prob_below_0 - known["prob_below_0"]) < 0.01
        # The ends of an interval are noisier than its middle: a tenth of an SD.
        assert abs(row.lower - known["q2.5"]) < 0.1 * known["sd"]
        assert abs(row.upper - known["q97.5"]) < 0.1 * known["sd"]
    shock = result.effects.set_index("estimand").loc["sd_shock"]
    known = jags["posterior"]["s"]
    # The shock SD mixes more slowly than effects: its own Monte Carlo error is about 0.02 SDs.
    assert abs(shock["mean"] - known["mean"]) < 0.05 * known["sd"] + 0.003
    assert abs(shock["sd"] - known["sd"]) < 0.05 * known["sd"] + 0.003


@pytest.mark.parametrize("evidence", ["coefficients", "cells"])
@pytest.mark.parametrize("name", OUTCOMES)
def test_without_shocks_and_with_flat_priors_the_frequentist_answers_come_back(
    name, evidence, tmp_path
):
    """The published interactions from the coefficients, the raw contrasts from the cells."""
    result = analyse(
        Analysis(name, evidence, "none", "yearly", coding="published"),
        _priors(tmp_path, FLAT_PRIORS),
        seed=1,
        sampling=PRECISE,
    )
    outcome = OUTCOMES[name]
    assert result.usable
    answers = {"coefficients": published, "cells": recomputed}[evidence](outcome)
    report = answers[
        answers["scale"].eq(outcome.link_scale)
        & answers["estimand"].isin(["yearly_effect", "parallel_trends"])
    ]
    ours = result.effects.query("scale == @outcome.link_scale").set_index(["estimand", "year"])
    assert len(report) == len(outcome.years) - 1
    for row in report.itertuples():
        posterior = ours.loc[(row.estimand, row.year)]
        assert abs(posterior["mean"] - row.estimate) < 0.05 * row.se
        assert abs(posterior["sd"] - row.se) < 0.03 * row.se


def _simulate(outcome, priors, rng):
    """Draw parameters from the priors and counts from the model; return data and true effect."""
    data = cells(outcome)
    drawn = {name: float(prior.quantile(rng.normal(size=1))[0]) for name, prior in priors.items()}
    years = len(outcome.study.years)
    post = outcome.study.post * 1.0
    dose = lay_out(outcome, effect="yearly")["fixed_dose"].to_numpy()[0]
    effect = (drawn["mean_effect"] + drawn["sd_effect"] * rng.normal(size=years)) * dose
    shock = np.zeros((2, years))
    shock[:, 0] = rng.normal(size=2) * drawn["sd_shock"]
    for year in range(1, years):
        step = np.sqrt(1 - drawn["rho"] ** 2) * drawn["sd_shock"]
        shock[:, year] = drawn["rho"] * shock[:, year - 1] + step * rng.normal(size=2)
    # Levels and years are free in the fit; these are of the size that boroughs have.
    level = drawn["level_mean"] + 0.3 * rng.normal(size=(2, 1))
    common = 0.1 * rng.normal(size=years) * ~outcome.study.reference
    eta = level + common + shock + np.array([[1.0], [0.0]]) * effect
    total = data["total"].to_numpy()
    if outcome.likelihood == "binomial":
        p, excess = 1 / (1 + np.exp(-eta)), drawn["design_effect"] - 1
        precision = np.maximum((total - 1 - excess) / excess, 1.0)
        events = rng.binomial(total, rng.beta(p * precision, (1 - p) * precision))
    else:
        mean = total * drawn["exposure"] * np.exp(eta)
        excess = drawn["dispersion_excess"]
        events = rng.poisson(rng.gamma(mean / excess, excess))
    true = float(np.average(effect, weights=total[0] * post * outcome.observed))
    return data.assign(events=(("borough", "year"), events)), true


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
def test_simulated_truth_is_covered(name):
    outcome = OUTCOMES[name]
    priors = load_priors().select(outcome, shock="national")
    rng = np.random.default_rng(20200312)
    covered = 0
    for number in range(100):
        data, true = _simulate(outcome, priors, rng)
        tree = sample(build_model(data, priors, effect="yearly"), seed=number, sampling=STANDARD)
        rows = estimands(tree["posterior"].to_dataset(), data, outcome, effect="yearly")
        average = next(
            row for row in rows if row.name == "average_effect" and row.scale == outcome.link_scale
        )
        lower, upper = np.quantile(average.draws, [LOWER, UPPER])
        covered += lower <= true <= upper
    # With 95% coverage, 100 intervals cover between 90 and 99 times in 98 studies out of 100.
    assert 90 <= covered <= 99


def test_one_compilation_serves_every_prior_effect_and_outcome_of_a_shape():
    from mp_bayes import fit

    fit._compiled.clear()
    priors = load_priors()
    for name, shock, effect in (
        ("cin_rereferral_12m", "none", "yearly"),
        ("cin_rereferral_24m", "national", "embedding"),
        ("cin_escalation_12m", "within-study", "constant"),
    ):
        outcome = OUTCOMES[name]
        model = build_model(cells(outcome), priors.select(outcome, shock=shock), effect=effect)
        fit.compile_model(model)
    assert len(fit._compiled) == 1


def test_same_seed_same_numbers_whatever_the_cores():
    analysis, priors = (
        Analysis("cin_rereferral_12m", shock="none", effect="constant"),
        load_priors(),
    )
    first, again = (analyse(analysis, priors, seed=5, cores=cores) for cores in (1, 2))
    xr.testing.assert_equal(
        first.tree["posterior"].to_dataset(), again.tree["posterior"].to_dataset()
    )
    other = analyse(analysis, priors, seed=6)
    assert not np.array_equal(
        first.tree["posterior"]["effect"].to_numpy(), other.tree["posterior"]["effect"].to_numpy()
    )


def test_a_fit_that_does_not_converge_is_marked_unusable():
    from mp_bayes.fit import Sampling, passes_gate

    outcome = OUTCOMES["cin_rereferral_12m"]
    priors = load_priors().select(outcome, shock="national")
    tree = sample(
        build_model(cells(outcome), priors, effect="yearly"),
        seed=1,
        sampling=Sampling(draws=20, tune=20),
    )
    from mp_bayes.estimands import summarise

    rows = estimands(tree["posterior"].to_dataset(), cells(outcome), outcome, effect="yearly")
    assert not passes_gate(summarise(rows), tree)
