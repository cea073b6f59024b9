"""The fast posterior's effects: against JAGS, batches against single fits, and its own limits."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scenarios import rereferral
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.estimands import estimands
from mp_bayes.estimands.summaries import summarise
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import NotFastError, effects_of, fast_effects, structure
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.priors.distributions import Fixed, LogNormal, StudentT
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import changed, from_study
from mp_bayes.studies.study import EFFECTS

VALUES = ["mean", "sd", "lower", "upper", "prob_below_0", "prob_beyond_minimum"]


def test_agrees_with_the_jags_posterior(jags_priors, jags):
    outcome = get_outcome("cin_rereferral_12m")
    chosen = jags_priors.select(outcome, shock="within-study")
    effects = effects_of(
        cells(outcome), structure(outcome, chosen, effect="yearly", coding="published")
    )
    rows = effects.query("estimand == 'yearly_effect' and scale == 'log_odds'")
    assert len(rows) == 3
    assert rows["usable"].all()
    for row in rows.itertuples():
        known = jags["posterior"][f"d[{row.year}]"]
        # JAGS' own Monte Carlo error of a mean is 0.0006, a three-hundredth of an SD.
        assert abs(row.mean - known["mean"]) < 0.05 * known["sd"]
        assert abs(row.sd - known["sd"]) < 0.03 * known["sd"]
        assert abs(row.prob_below_0 - known["prob_below_0"]) < 0.01
        # Limits are noisier, in a sampler and in a mixture: a tenth of an SD.
        assert abs(row.lower - known["q2.5"]) < 0.1 * known["sd"]
        assert abs(row.upper - known["q97.5"]) < 0.1 * known["sd"]


def made_up_draws(outcome, data, effect) -> pd.DataFrame:
    """Summarise a handful of draws, to have the sampled fit's labels without sampling."""
    rng = np.random.default_rng(3)
    shape = (4, 50)
    study = outcome.setting
    dims = ("chain", "draw", "borough", "year")
    whole = (*shape, len(study.boroughs), len(study.years))
    scalars = {
        name: (dims[:2], rng.beta(5, 5, shape))
        for name in ("mean_effect", "sd_shock", "rho", "half_life", "exposure")
    }
    posterior = xr.Dataset(
        {"eta": (dims, rng.normal(-1, 0.1, whole)), "effect": (dims, rng.normal(0, 0.1, whole))}
        | scalars,
        coords={"borough": list(study.boroughs), "year": list(study.years)},
    )
    return summarise(estimands(posterior, data, outcome, effect=effect))


@pytest.mark.parametrize("name", OUTCOMES)
@pytest.mark.parametrize("effect", EFFECTS)
def test_rows_and_columns_are_named_as_the_sampled_fits(name, effect, priors):
    outcome = get_outcome(name)
    data = cells(outcome)
    fast = effects_of(
        data, structure(outcome, priors.select(outcome, shock="national"), effect=effect)
    )
    sampled = made_up_draws(outcome, data, effect)
    # Hyperparameters and pre-trends are for the sampled fit alone.
    others = ("parallel_trends", "sd_shock", "rho", "half_life")
    sampled = sampled[~sampled["estimand"].isin(others)]
    keys = ["estimand", "year", "scale"]
    pd.testing.assert_frame_equal(
        fast[keys].sort_values(keys, ignore_index=True).astype(str),
        sampled[keys].sort_values(keys, ignore_index=True).astype(str),
    )
    diagnostics = {"rhat", "ess_bulk", "ess_tail", "pareto_k"}
    assert set(fast) == {one for one in set(sampled) - diagnostics if not one.startswith("mcse_")}
    assert set(fast["interval"]) == set(sampled["interval"])
    assert np.isfinite(fast[VALUES]).all(axis=None)
    assert (fast["lower"] < fast["mean"]).all()
    assert (fast["mean"] < fast["upper"]).all()


def drawn(scenario=None, count=12, seed=5):
    return synthesise(scenario or rereferral(effect=-3.0), seed=seed, replicates=range(count))


def fitted(
    priors, replicates, shock="national", effect="embedding", places=slice(None), *, yearly=False
):
    chosen = baseline_priors(priors.select(replicates.outcome, shock=shock), replicates.scenario)
    built = structure(replicates.outcome, chosen, effect=effect)
    data = replicates.events[..., places], replicates.total[..., places]
    return fast_effects(built, *data, yearly=yearly)


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_residential_placements"])
@pytest.mark.parametrize("shock", SHOCK_PRIORS)
@pytest.mark.parametrize("effect", EFFECTS)
def test_a_batch_is_its_data_sets_one_at_a_time(priors, name, shock, effect):
    replicates = drawn(from_study(STUDY, name))
    batch = fitted(priors, replicates, shock, effect)
    alone = [fitted(priors, replicates, shock, effect, [place]) for place in range(12)]
    single = pd.concat(alone, ignore_index=True)
    assert batch["replicate"].tolist() == np.repeat(range(12), len(batch) // 12).tolist()
    wide = batch["sd"]
    # Every data set stops by itself, so only the order of sums differs: rounding, which the
    # quantile's search may enlarge by one step more or less, of 1e-4 SDs before it and 1e-7 after.
    for column in ("mean", "sd", "lower", "upper"):
        assert (np.abs(batch[column] - single[column]) / wide).max() < 1e-6
    for column in ("prob_below_0", "prob_beyond_minimum"):
        np.testing.assert_allclose(batch[column], single[column], atol=1e-6)
    np.testing.assert_array_equal(batch["usable"], single["usable"])


def test_replicates_keep_their_order_and_their_numbers(priors):
    replicates = drawn(count=150)
    forward = fitted(priors, replicates)
    backward = fitted(priors, replicates, places=slice(None, None, -1))
    there = forward[forward["estimand"].eq("average_effect")].query("scale == 'log_odds'")
    back = backward[backward["estimand"].eq("average_effect")].query("scale == 'log_odds'")
    assert there["replicate"].tolist() == list(range(150))
    # What shares a block differs, and changes rounding only.
    apart = there["mean"].to_numpy() - back["mean"].to_numpy()[::-1]
    assert np.abs(apart).max() < 1e-6 * there["sd"].min()
    assert there["mean"].nunique() == 150


def test_the_same_batch_twice_gives_the_same_numbers(priors):
    replicates = drawn()
    pd.testing.assert_frame_equal(
        fitted(priors, replicates), fitted(priors, replicates), check_exact=True
    )


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_residential_placements"])
@pytest.mark.parametrize("events", [0, 1, 2])
def test_treated_years_in_single_figures_are_not_vouched_for(priors, name, events):
    replicates = drawn(from_study(STUDY, name, cell_size=800.0), count=3)
    replicates.events[0, replicates.outcome.setting.post, 1] = events
    rows = fitted(priors, replicates, effect="constant")
    assert rows.groupby("replicate")["usable"].first().tolist() == [True, False, True]
    # The numbers are there all the same, and are numbers.
    assert np.isfinite(rows[VALUES]).all(axis=None)


def test_hardly_any_non_events_are_as_rare(priors):
    replicates = drawn(count=2)
    post = replicates.outcome.setting.post
    replicates.events[0, post, 0] = replicates.total[0, post, 0] - 1
    rows = fitted(priors, replicates, effect="constant")
    assert rows.groupby("replicate")["usable"].first().tolist() == [False, True]


def test_one_rare_cell_is_a_doubt_about_single_years_alone(priors):
    replicates = drawn(count=2)
    replicates.events[1, 2, 0] = 1
    rows = fitted(priors, replicates, effect="constant", yearly=True)
    one_year = rows["estimand"].isin(["yearly_effect", "partly_exposed_effect"])
    assert one_year.any()
    assert rows["usable"].eq(rows["replicate"].eq(1) | ~one_year).all()


def test_a_year_without_data_is_no_reason_for_doubt(priors):
    outcome = get_outcome("cin_rereferral_24m")
    assert not outcome.observed.all()
    built = structure(outcome, priors.select(outcome, shock="national"), effect="yearly")
    effects = effects_of(cells(outcome), built)
    assert effects["usable"].all()
    assert set(effects.query("estimand == 'yearly_effect'")["year"]) == set(outcome.post_years)


def test_order_of_labels_does_not_matter(priors):
    replicates = drawn(count=1)
    chosen = baseline_priors(
        priors.select(replicates.outcome, shock="national"), replicates.scenario
    )
    built = structure(replicates.outcome, chosen, effect="embedding")
    data = replicates.dataset(0)
    pd.testing.assert_frame_equal(
        effects_of(data, built), effects_of(data.transpose("year", "borough"), built)
    )


@pytest.mark.parametrize(
    ("parameter", "prior", "effect"),
    [
        ("mean_effect", StudentT(distribution="StudentT", nu=4, mu=0, sigma=0.3), "constant"),
        ("delay", LogNormal(distribution="LogNormal", median=0.5, sigma=0.5), "embedding"),
        ("design_effect", LogNormal(distribution="LogNormal", median=1.2, sigma=0.1), "constant"),
    ],
)
def test_what_it_does_not_cover_is_named(priors, parameter, prior, effect):
    outcome = get_outcome("cin_rereferral_12m")
    chosen = priors.select(outcome, shock="national") | {parameter: prior}
    with pytest.raises(NotFastError, match=parameter):
        structure(outcome, chosen, effect=effect)


def test_a_delay_that_no_effect_follows_is_no_hindrance(priors):
    outcome = get_outcome("cin_rereferral_12m")
    delay = LogNormal(distribution="LogNormal", median=0.5, sigma=0.5)
    chosen = priors.select(outcome, shock="national") | {"delay": delay}
    assert structure(outcome, chosen, effect="constant").effect == "constant"


def test_a_prior_that_knows_the_effect_is_returned(priors):
    replicates = drawn(count=4)
    chosen = baseline_priors(
        priors.select(replicates.outcome, shock="within-study"), replicates.scenario
    ) | {"mean_effect": Fixed(value=-0.25)}
    built = structure(replicates.outcome, chosen, effect="constant")
    rows = fast_effects(built, replicates.events, replicates.total)
    link = rows.query("scale == 'log_odds'")
    assert link["mean"].to_numpy() == pytest.approx(-0.25, abs=1e-4)
    assert (link["sd"] < 1e-4).all()


@pytest.mark.parametrize(
    "scenario",
    [rereferral(cell_size=150.0), from_study(STUDY, "cla_placement_moves", post_years=7)],
    ids=["binary", "counts"],
)
def test_fewer_nodes_for_many_cells_change_next_to_nothing(scenario):
    scenario = changed(
        scenario, treated_boroughs=30, comparison_boroughs=70, post_years=7, half_life=2.0
    )
    replicates = synthesise(scenario, seed=2, replicates=range(3))
    chosen = baseline_priors(
        load_priors(STUDY).select(scenario.outcome, shock="national"), scenario
    )
    built = structure(replicates.outcome, chosen, effect="embedding")
    many = tuple(max(count, 5) if count == 1 else count for count in built.nodes)
    assert dict(zip(built.free, built.nodes, strict=True))["rho"] == 1
    few, all_of_them = (
        fast_effects(each, replicates.events, replicates.total).query("scale.str.startswith('log')")
        for each in (built, replace(built, nodes=many))
    )
    # 0.6% in what was tried: power moves by a fifth of a point.
    assert (few["sd"] / all_of_them["sd"]).to_numpy() == pytest.approx(1.0, abs=0.01)
    assert ((few["mean"] - all_of_them["mean"]).abs() / few["sd"]).max() < 0.02
    # One borough less, and all nodes are there.
    smaller = changed(scenario, comparison_boroughs=69)
    outcome = synthesise(smaller, seed=2, replicates=[0]).outcome
    assert 1 not in structure(outcome, chosen, effect="embedding").nodes
