"""Check the recomputed difference-in-differences by hand, by regression and by the report."""

import warnings
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import xarray as xr
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning
from studied import OUTCOMES

from mp_bayes.audit.tables import load
from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.frequentist import difference_in_differences, raw_contrasts
from mp_bayes.studies.study import Outcome

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
        zip(outcome.setting.boroughs, (1, -1), strict=True), ((after, 1), (before, -1))
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


def by_regression(data: xr.Dataset, outcome: Outcome, model: str, *, pooled: bool) -> pd.DataFrame:
    """Fit a regression to each contrast's cells, a level for every borough; index: year."""
    setting = outcome.setting
    post = list(outcome.post_years)
    contrasts = {"": ([year for year in outcome.years if year not in post], post)}
    if not pooled:
        others = [year for year in outcome.years if year != setting.reference_year]
        contrasts = {year: ([setting.reference_year], [year]) for year in others}
    found = {}
    for label, (before, after) in contrasts.items():
        counts = pd.concat(
            data.sel(year=years).sum("year").to_dataframe().assign(after=float(time))
            for time, years in enumerate((before, after))
        )
        borough = counts.index.to_series()
        rows = pd.get_dummies(borough, dtype=float)
        rows["after"] = counts["after"]
        rows["effect"] = borough.isin(setting.treated_boroughs) * counts["after"]
        found[label] = effect_of(counts, rows.reset_index(drop=True), model)
    return pd.DataFrame(found, index=["estimate", "se"]).T


def effect_of(counts: pd.DataFrame, rows: pd.DataFrame, model: str) -> tuple[float, float]:
    events, total = counts["events"].to_numpy(float), counts["total"].to_numpy(float)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # With a parameter for every cell the fit is perfect, and meant to be.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        if model == "quasi_poisson":
            poisson = sm.GLM(events, rows, family=sm.families.Poisson(), exposure=total)
            fit = poisson.fit(scale=SCALE, tol=1e-12)
            return fit.params["effect"], fit.bse["effect"]
        # With and without the outcome, weighted by how often each occurred.
        both = pd.concat([rows, rows], ignore_index=True)
        happened = np.repeat([1.0, 0.0], len(rows))
        weights = np.concatenate([events, total - events])
        if model == "logit":
            binomial = sm.families.Binomial()
            logit = sm.GLM(happened, both, family=binomial, freq_weights=weights)
            fit = logit.fit(scale=SCALE, tol=1e-12)
            return fit.params["effect"], fit.bse["effect"]
        # Robust, as in the report; the design effect stands in for the clustering.
        fit = sm.GLM(happened, both, freq_weights=weights).fit(cov_type="HC0")
        return 100 * fit.params["effect"], 100 * np.sqrt(SCALE) * fit.bse["effect"]


def assert_as_by_regression(table: pd.DataFrame, data: xr.Dataset, outcome: Outcome) -> None:
    for (model, pooled), rows in table.groupby(["model", table["estimand"] == "pre_post_contrast"]):
        expected = by_regression(data, outcome, model, pooled=pooled)
        assert list(rows["year"]) == list(expected.index)
        assert_close(rows, expected, outcome, model)


def assert_close(rows: pd.DataFrame, expected: pd.DataFrame, outcome: Outcome, model: str) -> None:
    """Compare with a regression: of two boroughs, and of a linear one's estimates, to the digit."""
    several = len(outcome.setting.boroughs) > 2
    apart = (rows["estimate"].to_numpy() - expected["estimate"].to_numpy()) / expected["se"]
    ratio = rows["se"].to_numpy() / expected["se"]
    # With several boroughs Mantel and Haenszel's odds and rates are as good as the likelihood's,
    # not the same; and a regression's residuals are not a borough's own binomial variance.
    assert apart.abs().max() < (1e-6 if model == "linear" or not several else 0.05)
    assert (ratio - 1).abs().max() < (0.02 if several else 1e-6)


@pytest.fixture(scope="module")
def recomputed() -> dict[str, pd.DataFrame]:
    return {
        name: difference_in_differences(outcome, cells(outcome), scale=SCALE)
        for name, outcome in OUTCOMES.items()
    }


@ALL
def test_a_generalised_linear_model_has_the_same_interactions_and_standard_errors(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    assert_as_by_regression(recomputed[outcome.name], cells(outcome), outcome)


@ALL
def test_every_published_cell_gives_numbers(
    outcome: Outcome, recomputed: dict[str, pd.DataFrame]
) -> None:
    assert not recomputed[outcome.name].isna().any(axis=None)


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
        expected = by_hand(outcome, row.model, [row.year], [outcome.setting.reference_year])
        assert (row.estimate, row.se) == pytest.approx(expected, rel=1e-12, abs=1e-12)


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
        assert (row.estimate, row.se) == pytest.approx(expected, rel=1e-12, abs=1e-12)


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
    found = raw_contrasts(outcome, cells(outcome))
    for year, value in found.items():
        expected, _ = by_hand(
            outcome, outcome.regression, [str(year)], [outcome.setting.reference_year]
        )
        assert value == pytest.approx(expected, abs=1e-12)


@ALL
def test_raw_contrasts_are_within_0_7_published_standard_errors_of_every_interaction(
    outcome: Outcome,
) -> None:
    # METHODS 1: covariates and clustering move the published numbers no further than this.
    data, raw = coefficients(outcome), raw_contrasts(outcome, cells(outcome))
    years = [year for year in outcome.years if year != outcome.setting.reference_year]
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


@pytest.fixture(params=["cin_rereferral_24m", "cla_placement_moves"])
def several(request: pytest.FixtureRequest) -> Outcome:
    """Return a known outcome with two treated and three comparison boroughs."""
    published = OUTCOMES[request.param]
    study = replace(
        published.setting,
        treated_boroughs=("Angel", "Barnsbury"),
        comparison_boroughs=("Canonbury", "Dalston", "Essex Road"),
        onsets=(published.setting.onset, published.setting.onset),
    )
    return replace(published, name="several", setting=study, counts=(), coefficients=())


def invented(outcome: Outcome) -> xr.Dataset:
    """Return invented counts of an outcome's boroughs and years."""
    study = outcome.setting
    rng = np.random.default_rng(22)
    total = rng.integers(100, 500, (5, len(study.years)))
    return xr.Dataset(
        {
            "events": (("borough", "year"), rng.binomial(total, 0.3)),
            "total": (("borough", "year"), total),
        },
        coords={"borough": list(study.boroughs), "year": list(study.years)},
        attrs={"outcome": outcome.name},
    )


def test_several_boroughs_have_levels_of_their_own(several: Outcome) -> None:
    data = invented(several)
    table = difference_in_differences(several, data, scale=SCALE)
    assert_as_by_regression(table, data, several)
    rows = table[(table["model"] == several.regression) & (table["year"] != "")]
    raw = raw_contrasts(several, data)
    assert list(raw.index) == list(rows["year"])
    np.testing.assert_allclose(raw, rows["estimate"], rtol=1e-13)
    # By label, not by place.
    mixed = data.isel(borough=[3, 0, 4, 2, 1]).transpose("year", "borough")
    pd.testing.assert_frame_equal(difference_in_differences(several, mixed, scale=SCALE), table)


def test_shares_that_change_are_no_effect(several: Outcome) -> None:
    # Rates stand still; the borough with the highest grows.
    data = invented(several)
    total = np.full(data["total"].shape, 1000)
    total[0, -2:], total[2, -1] = 5000, 200
    rate = np.array([0.4, 0.1, 0.3, 0.2, 0.1])[:, None]
    data["total"] = ("borough", "year"), total
    data["events"] = ("borough", "year"), (rate * total).astype(int)
    table = difference_in_differences(several, data, scale=SCALE)
    np.testing.assert_allclose(table["estimate"], 0.0, atol=1e-12)


def test_a_borough_that_begins_later_is_in_no_year_between(several: Outcome) -> None:
    onset = several.setting.onset
    later = replace(several, setting=replace(several.setting, onsets=(onset + 1.0, onset)))
    data = invented(later)
    table = difference_in_differences(later, data, scale=SCALE)
    # No one year parts before from after.
    assert set(table["estimand"]) == {"yearly_effect", "parallel_trends"}
    first = later.post_years[0]
    without = data.sel(borough=[name for name in later.setting.boroughs if name != "Angel"])
    for model, rows in table.groupby("model"):
        for row in rows.itertuples():
            kept = without if row.year == first else data
            expected = by_regression(kept, later, model, pooled=False).loc[[row.year]]
            assert_close(pd.DataFrame([row]), expected, later, model)
    rows = table[table["model"] == later.regression]
    np.testing.assert_allclose(raw_contrasts(later, data), rows["estimate"], rtol=1e-13)
    assert_all_but(table, difference_in_differences(several, data, scale=SCALE), first)


def assert_all_but(staggered: pd.DataFrame, together: pd.DataFrame, year: str) -> None:
    """Check that the years of two tables are the same but for one."""
    both = staggered.merge(together, on=["model", "estimand", "year"], suffixes=("", "_together"))
    assert len(both) == len(staggered)
    same = np.isclose(both["estimate"], both["estimate_together"], rtol=1e-13)
    assert (same == (both["year"] != year)).all()
