"""Synthetic boroughs: what is drawn, its truth, and that every analysis takes it in."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit

from mp_bayes.distributions import Fixed
from mp_bayes.evidence.arrays import outcome_of
from mp_bayes.frequentist import difference_in_differences
from mp_bayes.models import cells_model
from mp_bayes.priors import load_priors
from mp_bayes.simulate.boroughs import Replicates
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import Scenario, from_report

ARRAYS = ("events", "total", "eta", "effect")
STILL = {"sd_borough": 0.0, "sd_year": 0.0, "sd_shock": 0.0}


def draw(scenario: Scenario, count=1, **how) -> Replicates:
    return synthesise(scenario, seed=9, replicates=range(count), **how)


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
@pytest.mark.parametrize("from_priors", [False, True])
def test_a_replicate_is_the_same_whatever_is_drawn_with_it(name, from_priors):
    scenario = from_report(name, size_spread=0.3, effect_sd=1.0, effect=-2.0)
    how = {}
    if from_priors:
        chosen = load_priors().select(scenario.study, shock="within-study")
        how = {"priors": baseline_priors(chosen, scenario), "structure": "yearly"}
    all_of_them = synthesise(scenario, seed=9, replicates=range(6), **how)
    some = synthesise(scenario, seed=9, replicates=[4, 1], **how)
    for array in ARRAYS:
        expected = getattr(all_of_them, array)[..., [4, 1]]
        np.testing.assert_array_equal(getattr(some, array), expected)
    np.testing.assert_array_equal(some.full_effect, all_of_them.full_effect[[4, 1]])
    other = synthesise(scenario, seed=10, replicates=[4, 1], **how)
    assert not np.array_equal(other.eta, some.eta)


def test_after_fewer_years_the_replicates_are_those_years():
    whole = draw(Scenario(post_years=5, half_life=1.0, effect=-3.0), 4)
    early = whole.first(2)
    for array in ARRAYS:
        np.testing.assert_array_equal(getattr(early, array), getattr(whole, array)[:, :5])
    assert early.scenario.post_years == 2
    assert early.outcome.study.years == whole.outcome.study.years[:5]
    assert early.outcome.post_years == whole.outcome.post_years[:2]
    assert early.numbers == whole.numbers


def test_shocks_are_fresh_in_every_cell_treated_post_years_included():
    scenario = Scenario(sd_borough=0.0, sd_year=0.0, sd_shock=0.3, rho=0.6, comparison_boroughs=2)
    count = 3000
    shocks = draw(scenario, count).eta - scenario.link_baseline
    # Four Monte Carlo SEs: of an SD its share 1/sqrt(2n), of a correlation (1 - r^2)/sqrt(n).
    spread = shocks.std(axis=2)
    assert spread == pytest.approx(np.full((3, 6), 0.3), rel=4 / np.sqrt(2 * count))
    for borough in range(3):
        together = np.corrcoef(shocks[borough])
        for lag in range(1, 6):
            exact = 0.6**lag
            error = 4 * (1 - exact**2) / np.sqrt(count)
            assert np.diag(together, lag) == pytest.approx(np.full(6 - lag, exact), abs=error)
    # Boroughs move on their own.
    apart = np.corrcoef(shocks[0].ravel(), shocks[1].ravel())[0, 1]
    assert abs(apart) < 4 / np.sqrt(count)


def test_levels_and_years_have_their_spread_and_the_reference_year_none():
    scenario = Scenario(sd_borough=0.4, sd_year=0.2, sd_shock=0.0)
    eta = draw(scenario, 3000).eta - scenario.link_baseline
    reference = scenario.study.study.reference
    # Four Monte Carlo SEs of an SD from 3000.
    assert eta[:, reference].std(axis=2) == pytest.approx(0.4, rel=0.052)
    moves = eta[0] - eta[0][reference]
    assert moves[~reference].std(axis=1) == pytest.approx(0.2, rel=0.052)
    np.testing.assert_allclose(eta[1] - eta[1][reference], moves, atol=1e-12)


@pytest.mark.parametrize("design_effect", [1.0, 1.4])
def test_binary_counts_have_their_mean_and_variance(design_effect):
    scenario = Scenario(cell_size=200, baseline=0.3, design_effect=design_effect, **STILL)
    events = draw(scenario, 2000).events.reshape(-1)
    # Four Monte Carlo SEs from 24,000 cells: of the mean, and 2/n of a variance squared.
    exact = 200 * 0.3 * 0.7 * design_effect
    assert events.mean() == pytest.approx(60, abs=4 * np.sqrt(exact / events.size))
    assert events.var() == pytest.approx(exact, rel=4 * np.sqrt(2 / events.size) + 0.005)


@pytest.mark.parametrize("dispersion", [1.0, 1.5, 3.0])
def test_counts_have_their_mean_and_variance(dispersion):
    scenario = from_report(
        "cla_placement_moves",
        cell_size=100,
        baseline=0.8,
        exposure=0.75,
        dispersion=dispersion,
        **STILL,
    )
    events = draw(scenario, 2000).events.reshape(-1)
    mean = 100 * 0.75 * 0.8
    assert events.mean() == pytest.approx(mean, abs=4 * np.sqrt(dispersion * mean / events.size))
    # Counts of 60 have heavier tails than a Normal: a little more than four Monte Carlo SEs.
    assert events.var() == pytest.approx(
        dispersion * mean, rel=5 * np.sqrt(2 / events.size) + 0.002
    )


def test_sizes_spread_between_boroughs_and_keep_their_mean():
    scenario = Scenario(cell_size=1000, size_spread=0.5, comparison_boroughs=9)
    total = draw(scenario, 400).total
    assert (total == total[:, :1]).all()
    # Four Monte Carlo SEs of 4000 boroughs, with a coefficient of variation of 0.53.
    assert total.mean() == pytest.approx(1000, rel=4 * 0.53 / np.sqrt(4000))
    assert np.log(total[:, 0]).std() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("scale", ["response", "ratio"])
def test_a_design_prior_scatters_the_effect_and_stays_possible(scale):
    where = {"response": (-3.0, 2.0), "ratio": (0.8, 0.15)}[scale]
    scenario = Scenario(effect=where[0], effect_sd=where[1], effect_scale=scale, **STILL)
    effects = draw(scenario, 2000).full_effect
    if scale == "ratio":
        moved, centre = effects, np.log(0.8)
    else:
        moved, centre = 100 * (expit(logit(0.2) + effects) - 0.2), -3.0
    # Four Monte Carlo SEs of 2000.
    assert moved.mean() == pytest.approx(centre, abs=4 * where[1] / np.sqrt(2000))
    assert moved.std() == pytest.approx(where[1], rel=4 / np.sqrt(4000))
    wild = draw(Scenario(effect=-3.0, effect_sd=100.0), 200)
    assert np.isfinite(wild.eta).all()


def by_hand() -> Replicates:
    """Return one replicate of two treated boroughs with staggered onsets, set by hand."""
    scenario = Scenario(
        treated_boroughs=2, pre_years=1, post_years=2, stagger=1.0, effect=-1.0, contamination=0.5
    )
    total = np.array([[100, 100, 200], [100, 100, 400], [100, 100, 100]])[..., None]
    p = np.array([[0.2, 0.25, 0.3], [0.2, 0.2, 0.25], [0.2, 0.2, 0.2]])
    effect = np.array([[0.0, -0.1, -0.2], [0.0, -0.05, -0.3], [0.0, -0.05, -0.1]])
    return replace(
        draw(scenario),
        events=total // 5,
        total=total,
        eta=logit(p)[..., None],
        effect=effect[..., None],
        full_effect=np.array([-0.4]),
    )


def test_the_truth_by_hand():
    truth = by_hand().truth().set_index(["estimand", "year", "scale"])["truth"]
    # Post: borough 1 in 2020 and 2021, borough 2 in 2021 alone. Weights 100, 200, 400; the
    # comparison borough's own effect, and what borough 2 has before its onset, are no part of it.
    w, d = np.array([100, 200, 400]), np.array([-0.1, -0.2, -0.3])
    p = np.array([0.25, 0.3, 0.25])
    without = expit(logit(p) - d)
    change = 100 * (p - without)
    full = 100 * (expit(logit(without) - 0.4) - without)
    exact = {
        ("average_effect", "2020-22", "log_odds"): w @ d / 700,
        ("average_effect", "2020-22", "odds_ratio"): np.exp(w @ d / 700),
        ("average_effect", "2020-22", "percentage_points"): w @ change / 700,
        ("outcomes_averted", "2020-22", "count"): -(w @ change) / 100,
        ("fully_embedded_effect", "", "log_odds"): -0.4,
        ("fully_embedded_effect", "", "odds_ratio"): np.exp(-0.4),
        ("fully_embedded_effect", "", "percentage_points"): w @ full / 700,
        ("yearly_effect", "2020-21", "log_odds"): -0.1,
        ("yearly_effect", "2020-21", "percentage_points"): change[0],
        ("yearly_effect", "2021-22", "log_odds"): w[1:] @ d[1:] / 600,
        ("yearly_effect", "2021-22", "odds_ratio"): np.exp(w[1:] @ d[1:] / 600),
        ("yearly_effect", "2021-22", "percentage_points"): w[1:] @ change[1:] / 600,
    }
    for label, value in exact.items():
        assert truth.loc[label] == pytest.approx(value, abs=1e-12), label
    assert len(truth) == len(exact) + 1


def test_a_true_effect_of_nothing_is_exactly_nothing():
    truth = draw(Scenario(effect=0.0, half_life=1.0), 3).truth()
    ratio = truth["scale"].eq("odds_ratio")
    assert (truth.loc[ratio, "truth"] == 1).all()
    assert (truth.loc[~ratio, "truth"] == 0).all()


def test_child_years_that_the_priors_drew_count_in_what_was_averted():
    scenario = from_report("cla_placement_moves", exposure=0.8)
    chosen = load_priors().select(scenario.study, shock="none") | {"exposure": Fixed(value=0.5)}
    drawn = draw(scenario, priors=chosen)
    truth = drawn.truth().set_index(["estimand", "scale"])["truth"]
    change = truth.loc["average_effect", "per_100_child_years"]
    child_years = 0.5 * drawn.total[0, 3:, 0].sum()
    assert truth.loc["outcomes_averted", "count"] == pytest.approx(-child_years * change / 100)


@pytest.mark.parametrize("name", ["cin_escalation_12m", "cla_placement_moves"])
def test_a_data_set_is_evidence_like_any_other(name):
    scenario = from_report(name, treated_boroughs=2, comparison_boroughs=3, stagger=0.5)
    drawn = draw(scenario, 2)
    data = drawn.dataset(1)
    outcome = outcome_of(data)
    assert outcome.study == drawn.outcome.study
    assert outcome == drawn.outcome
    np.testing.assert_array_equal(data["events"], drawn.events[..., 1])
    np.testing.assert_array_equal(data["total"], drawn.total[..., 1])
    table = difference_in_differences(data, scale=1.1)
    assert not table.isna().any(axis=None)
    chosen = baseline_priors(load_priors().select(outcome, shock="national"), scenario)
    model = cells_model(data, chosen, effect="embedding")
    np.testing.assert_array_equal(model["events"].get_value(), drawn.events[..., 1])
    assert list(model.coords["borough"]) == list(outcome.study.boroughs)
