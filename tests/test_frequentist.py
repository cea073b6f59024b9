"""Check the recomputed difference-in-differences against hand arithmetic and the report."""

import warnings
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mp_bayes.evidence import load
from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.frequentist import difference_in_differences, raw_contrasts
from mp_bayes.study import OUTCOMES, Outcome

ALL = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
BINARY = [outcome for outcome in OUTCOMES.values() if outcome.likelihood == "binomial"]
SCALE = 1.37


def counts(outcome: Outcome, borough: str, years: list[str]) -> tuple[float, float]:
    """Return events and total over some years, from the table as it is printed."""
    table = load("cells")
    rows = table[
        (table["outcome"] == outcome.name)
        & (table["borough"] == borough)
        & table["year"].isin(years)
    ]
    assert len(rows) == len(years)
    return float(rows["events"].sum()), float(rows["total"].sum())


def by_hand(outcome: Outcome, model: str, after: list[str], before: list[str]) -> Any:
    """Return the difference of differences, and its SE, of four cells."""
    estimate, variance = 0.0, 0.0
    for (borough, place), (years, time) in product(
        zip(outcome.study.boroughs, (1, -1), strict=True), ((after, 1), (before, -1))
    ):
        events, total = counts(outcome, borough, years)
        p = events / total
        value, spread = {
            "linear": (100 * p, 100**2 * p * (1 - p) / total),
            "logit": (np.log(p / (1 - p)), 1 / events + 1 / (total - events)),
            "quasi_poisson": (np.log(p), 1 / events),
        }[model]
        estimate += place * time * value
        variance += spread
    return estimate, np.sqrt(SCALE * variance)


@pytest.fixture(scope="module")
def recomputed() -> dict[str, pd.DataFrame]:
    # One test of its own looks at warnings; the numbers are looked at whatever it finds.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            name: difference_in_differences(cells(outcome), scale=SCALE)
            for name, outcome in OUTCOMES.items()
        }


@ALL
def test_the_regressions_are_fitted_without_warnings(outcome: Outcome) -> None:
    # Warnings are errors in the tests.
    assert not difference_in_differences(cells(outcome), scale=SCALE).isna().any(axis=None)


@ALL
def test_interactions_are_differences_of_differences_by_hand(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    table = recomputed[outcome.name]
    table = table[table["estimand"] != "pre_post_contrast"]
    models = {"linear", "logit"} if outcome in BINARY else {"quasi_poisson"}
    assert set(table["model"]) == models
    assert len(table) == len(models) * (len(outcome.years) - 1)
    for row in table.itertuples():
        expected = by_hand(outcome, row.model, [row.year], [outcome.study.reference_year])
        # Iteratively reweighted least squares stops at a relative change of deviance of 1e-8.
        assert (row.estimate, row.se) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@ALL
def test_pre_post_contrast_is_that_of_the_pooled_years_by_hand(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    table = recomputed[outcome.name]
    table = table[table["estimand"] == "pre_post_contrast"]
    after = list(outcome.post_years)
    before = [year for year in outcome.years if year not in after]
    assert len(table) == (2 if outcome in BINARY else 1)
    for row in table.itertuples():
        assert row.year == ""
        expected = by_hand(outcome, row.model, after, before)
        assert (row.estimate, row.se) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@ALL
def test_scales_and_names_say_what_each_row_is(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    table = recomputed[outcome.name]
    assert (table["outcome"] == outcome.name).all()
    linear = table["model"] == "linear"
    assert (table.loc[linear, "scale"] == "percentage_points").all()
    assert (table.loc[~linear, "scale"] == outcome.link_scale).all()
    for model in set(table["model"]):
        rows = table[table["model"] == model]
        yearly = rows.loc[rows["estimand"] == "yearly_effect", "year"]
        assert tuple(yearly) == outcome.post_years
        trends = rows.loc[rows["estimand"] == "parallel_trends", "year"]
        assert tuple(trends) == outcome.pre_years


@ALL
def test_intervals_are_95_percent_by_the_normal_reference(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    table = recomputed[outcome.name]
    np.testing.assert_allclose(
        table["upper"] - table["estimate"], 1.959964 * table["se"], rtol=1e-6
    )
    np.testing.assert_allclose(
        table["estimate"] - table["lower"], 1.959964 * table["se"], rtol=1e-6
    )


@ALL
def test_raw_contrasts_are_the_logit_or_quasi_poisson_interactions(outcome: Outcome) -> None:
    found = raw_contrasts(cells(outcome))
    for year, value in found.items():
        expected, _ = by_hand(
            outcome, outcome.published_model, [str(year)], [outcome.study.reference_year]
        )
        assert value == pytest.approx(expected, abs=1e-12)


@ALL
def test_raw_contrasts_are_within_0_7_published_standard_errors_of_every_interaction(
    outcome: Outcome,
) -> None:
    # METHODS 1: covariates and clustering move the published numbers no further than this.
    data, raw = coefficients(outcome), raw_contrasts(cells(outcome))
    years = [year for year in outcome.years if year != outcome.study.reference_year]
    assert list(raw.index) == years
    away = (raw - data["estimate"].to_series()[years]) / data["se"].to_series()[years]
    assert away.abs().max() < 0.7


@pytest.mark.parametrize("outcome", BINARY, ids=lambda outcome: outcome.name)
def test_raw_differences_of_proportions_are_within_0_7_published_standard_errors(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    published = load("coefficients")
    published = published[
        (published["outcome"] == outcome.name)
        & (published["model"] == "linear")
        & published["term"].isin(["treated_x_year", "treated_x_post"])
    ]
    table = recomputed[outcome.name]
    found = table[table["model"] == "linear"].set_index("year")["estimate"]
    assert len(published) == len(found)
    for row in published.itertuples():
        year = row.year if isinstance(row.year, str) else ""
        assert abs(found[year] / 100 - row.estimate) < 0.7 * row.se
