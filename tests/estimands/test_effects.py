"""Check effects on every scale against tiny posteriors whose answers are known by hand."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from made_up_draws import LABELS, RATIOS, counts, find, posterior
from studied import get_outcome

from mp_bayes.estimands import INTERVAL, Estimand, estimands, span
from mp_bayes.estimands.summaries import COLUMNS, summarise

REREFERRAL = get_outcome("cin_rereferral_12m")
MOVES = get_outcome("cla_placement_moves")


TOTAL = [900, 900, 900, 100, 200, 700]
# Odds of one to four without the programme: 20%.
CONSTANT = {"without": math.log(0.25), "shares": [0, 0, 0, 1, 1, 1]}


@pytest.fixture(scope="module")
def constant() -> list[Estimand]:
    cells = counts(REREFERRAL, TOTAL, [180] * 6)
    return estimands(posterior(REREFERRAL, **CONSTANT), cells, REREFERRAL, effect="constant")


def points(ratio: Any, odds: float = 0.25) -> Any:
    """Return what a ratio of odds does to a percentage, in points."""
    return 100 * (odds * ratio / (1 + odds * ratio) - odds / (1 + odds))


def test_halving_odds_of_one_to_four_takes_80_ninths_of_a_point() -> None:
    # 1/9 less 1/5, and 1/3 less 1/5: the arithmetic that the tests below lean on.
    assert points(0.5) == pytest.approx(-80 / 9)
    assert points(2.0) == pytest.approx(40 / 3)


@pytest.mark.parametrize("year", REREFERRAL.post_years)
def test_a_constant_effect_is_its_odds_ratio_and_points_in_every_year(
    constant: list[Estimand], year: str
) -> None:
    for scale, expected in (
        ("log_odds", np.log(RATIOS)),
        ("odds_ratio", RATIOS),
        ("percentage_points", points(RATIOS)),
    ):
        row = find(constant, "yearly_effect", scale, year)
        np.testing.assert_allclose(row.draws, expected, atol=1e-10)
        assert row.centre == (1.0 if scale == "odds_ratio" else 0.0)


def test_effects_are_reported_in_post_years_only(constant: list[Estimand]) -> None:
    years = {row.year for row in constant if row.name == "yearly_effect"}
    assert years == set(REREFERRAL.post_years)


def test_a_constant_effect_is_its_own_average_and_full_effect(constant: list[Estimand]) -> None:
    for name in ("average_effect", "fully_embedded_effect"):
        for scale, expected in (("odds_ratio", RATIOS), ("percentage_points", points(RATIOS))):
            np.testing.assert_allclose(find(constant, name, scale).draws, expected, atol=1e-10)
    assert find(constant, "average_effect", "log_odds").year == "2015-18"


def test_outcomes_averted_are_points_times_referrals(constant: list[Estimand]) -> None:
    row = find(constant, "outcomes_averted", "count")
    # 1,000 referrals after the onset: 88.9 re-referrals averted at half the odds.
    np.testing.assert_allclose(row.draws, -1000 * points(RATIOS) / 100, atol=1e-9)
    assert row.draws[0, 0] == pytest.approx(800 / 9)


@pytest.fixture(scope="module")
def growing() -> list[Estimand]:
    cells = counts(REREFERRAL, TOTAL, [180] * 6)
    without = [math.log(0.25)] * 5 + [math.log(0.5)]
    draws = posterior(REREFERRAL, without=without, shares=[0, 0, 0, 0.25, 0.5, 0.75])
    return estimands(draws, cells, REREFERRAL, effect="embedding")


def test_averages_weigh_years_by_their_referrals(growing: list[Estimand]) -> None:
    expected_points = (
        0.1 * points(RATIOS**0.25) + 0.2 * points(RATIOS**0.5) + 0.7 * points(RATIOS**0.75, 0.5)
    )
    found = find(growing, "average_effect", "percentage_points")
    np.testing.assert_allclose(found.draws, expected_points, atol=1e-10)
    link = find(growing, "average_effect", "log_odds")
    share = 0.1 * 0.25 + 0.2 * 0.5 + 0.7 * 0.75
    np.testing.assert_allclose(link.draws, share * np.log(RATIOS), atol=1e-10)
    averted = find(growing, "outcomes_averted", "count")
    np.testing.assert_allclose(averted.draws, -10 * expected_points, atol=1e-9)


def test_the_fully_embedded_effect_is_at_full_dose_whatever_was_reached(
    growing: list[Estimand],
) -> None:
    link = find(growing, "fully_embedded_effect", "log_odds")
    np.testing.assert_allclose(link.draws, np.log(RATIOS), atol=1e-12)
    expected = 0.3 * points(RATIOS) + 0.7 * points(RATIOS, 0.5)
    found = find(growing, "fully_embedded_effect", "percentage_points")
    np.testing.assert_allclose(found.draws, expected, atol=1e-10)


def test_what_the_structure_or_the_priors_fix_is_left_out(
    constant: list[Estimand], growing: list[Estimand]
) -> None:
    cells = counts(REREFERRAL, TOTAL, [180] * 6)
    yearly = estimands(posterior(REREFERRAL, **CONSTANT), cells, REREFERRAL, effect="yearly")
    names = {
        label: {row.name for row in rows}
        for label, rows in (("yearly", yearly), ("constant", constant), ("embedding", growing))
    }
    assert "fully_embedded_effect" not in names["yearly"]
    assert {"fully_embedded_effect", "sd_shock"} <= names["constant"]
    assert "half_life" not in names["constant"]
    assert "half_life" in names["embedding"]
    # rho is held fixed in these draws, and so are pre-trends of exactly zero.
    for found in names.values():
        assert "rho" not in found
        assert "parallel_trends" not in found


def test_parallel_trends_are_contrasts_of_boroughs_and_of_years_with_the_reference() -> None:
    draws = posterior(REREFERRAL, **CONSTANT)
    bump = np.random.default_rng(1).normal(size=(2, 8, 2, 6))
    draws["eta"] = draws["eta"] + xr.DataArray(bump, dims=draws["eta"].dims)
    rows = estimands(draws, counts(REREFERRAL, TOTAL, [180] * 6), REREFERRAL, effect="yearly")
    eta = draws["eta"].to_numpy()
    for place, year in ((1, "2013-14"), (2, "2014-15")):
        expected = eta[:, :, 0, place] - eta[:, :, 1, place] - eta[:, :, 0, 0] + eta[:, :, 1, 0]
        row = find(rows, "parallel_trends", "log_odds", year)
        np.testing.assert_allclose(row.draws, expected, atol=1e-12)
        assert row.beyond is None


def test_coefficients_take_the_observed_cell_as_the_outcome_with_the_effect() -> None:
    events = [180, 180, 180, 20, 40, 140]
    draws = posterior(
        REREFERRAL, without=None, shares=[0, 0.1, 0.2, 1, 1, 1], evidence="coefficients"
    )
    cells = counts(REREFERRAL, TOTAL, events)
    rows = estimands(draws, cells, REREFERRAL, effect="yearly")
    # Observed odds are one to four in every post-year; without the effect they are as many over.
    expected = 100 * (0.2 - 0.25 / RATIOS / (1 + 0.25 / RATIOS))
    for year in REREFERRAL.post_years:
        found = find(rows, "yearly_effect", "percentage_points", year)
        np.testing.assert_allclose(found.draws, expected, atol=1e-10)
    # Pre-trends are the model's own contrasts.
    trend = find(rows, "parallel_trends", "log_odds", "2014-15")
    np.testing.assert_allclose(trend.draws, 0.2 * np.log(RATIOS), atol=1e-12)


def test_coefficients_of_an_outcome_with_a_year_without_data_warn_of_nothing() -> None:
    outcome = get_outcome("cin_rereferral_24m")
    cells = counts(outcome, [100] * 5 + [0], [20] * 5 + [0])
    draws = posterior(outcome, without=None, shares=[0, 0, 0, 1, 1, 1], evidence="coefficients")
    rows = estimands(draws, cells, outcome, effect="yearly")
    assert {row.year for row in rows if row.name == "yearly_effect"} == {"2015-16", "2016-17"}
    assert all(np.isfinite(row.draws).all() for row in rows)


EXPOSURE = np.linspace(0.7, 0.85, 16).reshape(2, 8)
CHILDREN = [394, 531, 600, 400]


@pytest.mark.parametrize("evidence", ["cells", "coefficients"])
def test_count_effects_are_per_hundred_child_years_and_averted_in_events(evidence: str) -> None:
    events = [323, 283, 240, 160]
    # 0.4 moves a case; without the effect from cells, with it from coefficients.
    rate = 0.4 / EXPOSURE
    draws = posterior(
        MOVES,
        without=np.log(rate)[..., None, None] + np.zeros((2, 4)),
        shares=[0, 0, 1, 1],
        evidence=evidence,
        exposure=EXPOSURE,
    )
    rows = estimands(draws, counts(MOVES, CHILDREN, events), MOVES, effect="constant")
    change = rate * (RATIOS - 1) if evidence == "cells" else rate * (1 - 1 / RATIOS)
    for year in MOVES.post_years:
        found = find(rows, "yearly_effect", "per_100_child_years", year)
        np.testing.assert_allclose(found.draws, 100 * change, atol=1e-9)
        ratio = find(rows, "yearly_effect", "rate_ratio", year)
        np.testing.assert_allclose(ratio.draws, RATIOS, atol=1e-10)
    average = find(rows, "average_effect", "per_100_child_years")
    np.testing.assert_allclose(average.draws, 100 * change, atol=1e-9)
    # Exposure cancels: 1,000 cases at 0.4 moves each, changed by the ratio.
    cases = 1000 * 0.4 * ((1 - RATIOS) if evidence == "cells" else (1 / RATIOS - 1))
    np.testing.assert_allclose(find(rows, "outcomes_averted", "count").draws, cases, atol=1e-9)


def table(rows: list[Estimand]) -> pd.DataFrame:
    return summarise(rows, **LABELS)


def test_the_table_has_its_columns_in_order_and_is_unusable_until_gated(
    constant: list[Estimand],
) -> None:
    found = table(constant)
    assert list(found.columns) == COLUMNS
    assert not found["usable"].any()
    assert (found["interval"] == INTERVAL).all()
    for name, value in LABELS.items():
        assert (found[name] == value).all()


def test_probabilities_are_shares_of_draws_and_the_minimum_is_on_the_response_scale(
    constant: list[Estimand],
) -> None:
    found = table(constant)
    effects = found[found["estimand"].isin(["yearly_effect", "average_effect"])]
    assert len(effects) == 12
    # Twelve of sixteen draws are reductions; 0.99 takes 0.16 points, less than the minimum of 1.
    assert (effects["prob_below_0"] == 12 / 16).all()
    assert (effects["prob_beyond_minimum"] == 8 / 16).all()
    averted = found[found["estimand"] == "outcomes_averted"]
    assert (averted["prob_below_0"] == 4 / 16).all()
    assert (averted["prob_beyond_minimum"] == 8 / 16).all()
    shocks = found[found["estimand"] == "sd_shock"]
    assert shocks[["prob_below_0", "prob_beyond_minimum"]].isna().all(axis=None)


def test_summaries_are_mean_sd_and_equal_tailed_95_percent_quantiles() -> None:
    draws = np.random.default_rng(4).permutation(np.arange(2001.0)).reshape(3, 667)
    (row,) = table([Estimand("average_effect", "2015-18", "log_odds", draws)]).itertuples()
    # Of the numbers 0 to 2,000, 2.5% lie below 50 and 2.5% above 1,950.
    assert (row.lower, row.upper) == pytest.approx((50, 1950))
    assert row.mean == pytest.approx(1000)
    assert row.sd == pytest.approx(np.sqrt((2001**2 - 1) / 12 * 2001 / 2000))
    assert row.prob_below_0 == 0
    # Independent draws: R-hat next to 1, and about as many effective draws as draws.
    assert row.rhat < 1.01
    assert 1000 < row.ess_bulk < 3000


def test_chains_that_disagree_show_in_rhat() -> None:
    draws = np.random.default_rng(4).normal(size=(4, 200)) + np.array([[0], [0], [0], [3]])
    (row,) = table([Estimand("average_effect", "2015-18", "log_odds", draws)]).itertuples()
    assert row.rhat > 1.1


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        (("2015-16", "2016-17", "2017-18"), "2015-18"),
        (("2017-18", "2018-19"), "2017-19"),
        (("2017-18",), "2017-18"),
    ],
)
def test_spans_are_labelled_from_first_to_last_year(years: tuple[str, ...], expected: str) -> None:
    assert span(years) == expected
