"""Synthetic boroughs: what is drawn, its truth, and that every analysis takes it in."""

import numpy as np
import pytest
from scenarios import rereferral
from scipy import stats
from scipy.special import expit, logit
from studied import STUDY

from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.simulate.boroughs import Replicates
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import Scenario, from_study

ARRAYS = ("events", "total", "eta", "effect")
STILL = {"sd_borough": 0.0, "sd_year": 0.0, "sd_shock": 0.0}


def draw(scenario: Scenario, count=1, **how) -> Replicates:
    return synthesise(scenario, seed=9, replicates=range(count), **how)


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
@pytest.mark.parametrize("from_priors", [False, True])
def test_a_replicate_is_the_same_whatever_is_drawn_with_it(name, from_priors):
    scenario = from_study(STUDY, name, size_spread=0.3, effect_sd=1.0, effect=-2.0)
    how = {}
    if from_priors:
        chosen = load_priors(STUDY).select(scenario.synthetic, shock="within-study")
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
    whole = draw(rereferral(post_years=5, half_life=1.0, effect=-3.0), 4)
    early = whole.first(2)
    for array in ARRAYS:
        np.testing.assert_array_equal(getattr(early, array), getattr(whole, array)[:, :5])
    assert early.scenario.post_years == 2
    assert early.outcome.setting.years == whole.outcome.setting.years[:5]
    assert early.outcome.post_years == whole.outcome.post_years[:2]
    assert early.numbers == whole.numbers


def test_shocks_are_fresh_in_every_cell_treated_post_years_included():
    scenario = rereferral(sd_borough=0.0, sd_year=0.0, sd_shock=0.3, rho=0.6, comparison_boroughs=2)
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
    scenario = rereferral(sd_borough=0.4, sd_year=0.2, sd_shock=0.0)
    eta = draw(scenario, 3000).eta - scenario.link_baseline
    reference = scenario.synthetic.setting.reference
    # Four Monte Carlo SEs of an SD from 3000.
    assert eta[:, reference].std(axis=2) == pytest.approx(0.4, rel=0.052)
    moves = eta[0] - eta[0][reference]
    assert moves[~reference].std(axis=1) == pytest.approx(0.2, rel=0.052)
    np.testing.assert_allclose(eta[1] - eta[1][reference], moves, atol=1e-12)


def test_draws_of_the_fitted_family_are_those_of_every_version():
    # Kept from the version before shocks could be heavy-tailed, unequal or drifting.
    events = synthesise(rereferral(), seed=3, replicates=[0]).events[..., 0]
    assert events.tolist() == [[228, 207, 208, 163, 243, 204], [272, 248, 287, 266, 438, 370]]


def shocks_of(count, **how):
    scenario = rereferral(**{**STILL, "sd_shock": 0.3, "rho": 0.0, "comparison_boroughs": 4, **how})
    return draw(scenario, count).eta - scenario.link_baseline


def test_heavy_tailed_shocks_have_their_tails_and_the_same_sd():
    shocks = shocks_of(4000, shock_df=5.0).ravel()
    # 120,000 independent shocks. A t with 5 degrees of freedom has kurtosis 9, so that four Monte
    # Carlo SEs of an SD are 4 x sqrt((9 - 1) / 4n) of it.
    assert shocks.std() == pytest.approx(0.3, rel=4 * np.sqrt(8 / (4 * shocks.size)))
    for tail in (0.95, 0.999):
        exact = stats.t(5).ppf(tail) * np.sqrt(3 / 5) * 0.3
        # Four Monte Carlo SEs of a share, as an error of the quantile.
        error = np.sqrt(tail * (1 - tail) / shocks.size) / (
            stats.t(5).pdf(stats.t(5).ppf(tail)) / (np.sqrt(3 / 5) * 0.3)
        )
        assert np.quantile(shocks, tail) == pytest.approx(exact, abs=4 * error)


def test_heavy_tailed_innovations_keep_the_sd_and_the_correlation_of_lasting_shocks():
    shocks = shocks_of(4000, shock_df=5.0, rho=0.6)
    # Four Monte Carlo SEs, 20,000 series: the kurtosis is 9 at most.
    by_year = np.moveaxis(shocks, 1, 0).reshape(6, -1)
    assert by_year.std(axis=1) == pytest.approx(
        np.full(6, 0.3), rel=4 * np.sqrt(8 / (4 * by_year.shape[1]))
    )
    # A correlation of such values: up to sqrt(9 / 3) times the error of Normal ones.
    together = np.diag(np.corrcoef(by_year), 1)
    error = 4 * np.sqrt(3) * (1 - 0.6**2) / np.sqrt(by_year.shape[1])
    assert together == pytest.approx(np.full(5, 0.6), abs=error)


def test_boroughs_sds_differ_around_their_median():
    shocks = shocks_of(2000, sd_log_shock=0.5, pre_years=20, post_years=20)
    log_sd = np.log(shocks.std(axis=1, ddof=1)).ravel()
    # Of 40 Normal shocks the logarithm of an SD has an SD of 1/sqrt(2 x 39) of its own, and is
    # 1/(2 x 39) too low. Four Monte Carlo SEs of 10,000 boroughs, and half a percent for both
    # approximations.
    exact = np.hypot(0.5, 1 / np.sqrt(78))
    assert log_sd.std() == pytest.approx(exact, rel=4 / np.sqrt(20_000) + 0.005)
    assert log_sd.mean() == pytest.approx(np.log(0.3) - 1 / 78, abs=4 * exact / 100 + 0.005)


def test_a_borough_drifts_on_a_line_of_its_own():
    lines = shocks_of(3000, sd_shock=0.0, sd_drift=0.05)
    slopes = np.diff(lines, axis=1)
    np.testing.assert_allclose(np.diff(slopes, axis=1), 0, atol=1e-12)
    # At the onset, the fourth of six years, a borough is at its level.
    np.testing.assert_allclose(lines[:, 3], 0, atol=1e-12)
    # Four Monte Carlo SEs of 15,000 slopes.
    assert slopes[:, 0].std() == pytest.approx(0.05, rel=4 / np.sqrt(30_000))


def test_what_is_outside_the_family_changes_nothing_else():
    plain, other = (
        draw(rereferral(size_spread=0.2, effect=-3.0, effect_sd=1.0, **how), 5)
        for how in ({}, {"shock_df": 4.0, "sd_log_shock": 0.4, "sd_drift": 0.1})
    )
    np.testing.assert_array_equal(plain.total, other.total)
    np.testing.assert_array_equal(plain.effect, other.effect)
    assert not np.allclose(plain.eta, other.eta)


@pytest.mark.parametrize("design_effect", [1.0, 1.4])
def test_binary_counts_have_their_mean_and_variance(design_effect):
    scenario = rereferral(cell_size=200, baseline=0.3, design_effect=design_effect, **STILL)
    events = draw(scenario, 2000).events.reshape(-1)
    # Four Monte Carlo SEs from 24,000 cells: of the mean, and 2/n of a variance squared.
    exact = 200 * 0.3 * 0.7 * design_effect
    assert events.mean() == pytest.approx(60, abs=4 * np.sqrt(exact / events.size))
    assert events.var() == pytest.approx(exact, rel=4 * np.sqrt(2 / events.size) + 0.005)


@pytest.mark.parametrize("dispersion", [1.0, 1.5, 3.0])
def test_counts_have_their_mean_and_variance(dispersion):
    scenario = from_study(
        STUDY,
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
    scenario = rereferral(cell_size=1000, size_spread=0.5, comparison_boroughs=9)
    total = draw(scenario, 400).total
    assert (total == total[:, :1]).all()
    # Four Monte Carlo SEs of 4000 boroughs, with a coefficient of variation of 0.53.
    assert total.mean() == pytest.approx(1000, rel=4 * 0.53 / np.sqrt(4000))
    assert np.log(total[:, 0]).std() == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize("scale", ["response", "ratio"])
def test_a_design_prior_scatters_the_effect_and_stays_possible(scale):
    where = {"response": (-3.0, 2.0), "ratio": (0.8, 0.15)}[scale]
    scenario = rereferral(effect=where[0], effect_sd=where[1], effect_scale=scale, **STILL)
    effects = draw(scenario, 2000).full_effect
    if scale == "ratio":
        moved, centre = effects, np.log(0.8)
    else:
        moved, centre = 100 * (expit(logit(0.2) + effects) - 0.2), -3.0
    # Four Monte Carlo SEs of 2000.
    assert moved.mean() == pytest.approx(centre, abs=4 * where[1] / np.sqrt(2000))
    assert moved.std() == pytest.approx(where[1], rel=4 / np.sqrt(4000))
    wild = draw(rereferral(effect=-3.0, effect_sd=100.0), 200)
    assert np.isfinite(wild.eta).all()


def test_years_drawn_from_priors_are_the_scenarios_and_yearly_effects_are_dosed():
    scenario = rereferral(sd_year=0.1, window=1.0)
    chosen = load_priors(STUDY).select(scenario.synthetic, shock="none") | {
        "sd_borough": Fixed(value=0.0),
        "mean_effect": Fixed(value=-0.4),
        "sd_effect": Fixed(value=0.0),
    }
    drawn = draw(scenario, 1000, priors=chosen, structure="yearly")
    # The year before the onset has half of its referrals' follow-up after it.
    np.testing.assert_allclose(drawn.effect[0, :, 0], -0.4 * np.array([0, 0, 0.5, 1, 1, 1]))
    assert not drawn.effect[1].any()
    common = drawn.eta[1] - drawn.eta[1, :1]
    # Four Monte Carlo SEs of an SD from 5,000.
    assert common[1:].std() == pytest.approx(0.1, rel=4 / np.sqrt(10_000))
