"""Check that every published answer stands beside the recomputed one and the posterior."""

import warnings

import numpy as np
import pandas as pd
import pytest
from studied import OUTCOMES, STUDY

from mp_bayes.audit.tables import load
from mp_bayes.estimands import summaries
from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.comparison import COLUMNS, compare
from mp_bayes.studies.study import Outcome

ALL = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)


def posterior_rows() -> pd.DataFrame:
    """Return made-up posterior summaries: every kind of row, every outcome."""
    rows = []
    for outcome in OUTCOMES.values():
        kinds = [
            ("yearly_effect", outcome.post_years[0], outcome.link_scale),
            ("yearly_effect", outcome.post_years[0], outcome.ratio_scale),
            ("yearly_effect", outcome.post_years[0], outcome.response_scale),
            ("average_effect", "span", outcome.link_scale),
            ("parallel_trends", outcome.pre_years[0], outcome.link_scale),
            ("outcomes_averted", "span", "count"),
            ("sd_shock", "", outcome.link_scale),
        ]
        for number, (estimand, year, scale) in enumerate(kinds):
            rows.append(
                dict.fromkeys(summaries.COLUMNS, np.nan)
                | {
                    "outcome": outcome.name,
                    "evidence": "cells",
                    "shock_prior": "national",
                    "effect_structure": "yearly",
                    "estimand": estimand,
                    "year": year,
                    "scale": scale,
                    "mean": 0.1 * number - 0.3,
                    "sd": 0.2,
                    "lower": 0.1 * number - 0.7,
                    "upper": 0.1 * number + 0.1,
                    "interval": summaries.INTERVAL,
                    "prob_below_0": 0.75,
                    "usable": number % 2 == 0,
                }
            )
    return pd.DataFrame(rows)[summaries.COLUMNS]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    # Warnings of the recomputed regressions are looked at in frequentist/test_did.py.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compare(posterior_rows(), OUTCOMES.values(), load_priors(STUDY))


def test_columns_and_order_are_fixed(table: pd.DataFrame) -> None:
    assert list(table.columns) == COLUMNS
    assert list(dict.fromkeys(table["outcome"])) == list(OUTCOMES)
    assert list(table.index) == list(range(len(table)))
    assert set(table["source"]) == {"published", "recomputed", "fair", "posterior"}


@ALL
def test_every_published_interaction_and_pre_post_contrast_has_its_row(
    table: pd.DataFrame, outcome: Outcome
) -> None:
    printed = load("coefficients")
    printed = printed[
        (printed["outcome"] == outcome.name)
        & printed["term"].isin(["treated_x_year", "treated_x_post"])
    ]
    shown = table[(table["outcome"] == outcome.name) & (table["source"] == "published")]
    # The report gives no average of its yearly interactions: see the next test.
    shown = shown[shown["estimand"] != "average_effect"]
    # Nor rates of counts as a change per 100 child-years.
    shown = shown[shown["scale"] != "per_100_child_years"]
    assert len(shown) == len(printed) > 0
    for row in printed.itertuples():
        pooled = row.term == "treated_x_post"
        found = shown[
            (shown["method"] == row.model) & (shown["year"] == ("" if pooled else row.year))
        ]
        assert len(found) == 1
        (found,) = found.itertuples()
        factor = 100 if row.model == "linear" else 1
        assert found.estimate == pytest.approx(factor * row.estimate)
        assert found.se == pytest.approx(factor * row.se)
        assert found.p_value == row.p_value
        assert found.scale == ("percentage_points" if factor == 100 else outcome.link_scale)
        kind = "yearly_effect" if row.year in outcome.post_years else "parallel_trends"
        assert found.estimand == ("pre_post_contrast" if pooled else kind)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_the_recomputed_average_is_the_same_contrast_of_pooled_shares(
    table: pd.DataFrame, outcome: Outcome
) -> None:
    shown = table[
        (table["outcome"] == outcome.name)
        & (table["source"] == "recomputed")
        & (table["estimand"] == "average_effect")
    ]
    model = "linear" if outcome.likelihood == "binomial" else "quasi_poisson"
    row = shown[shown["method"] == model].iloc[0]
    counts, scale = cells(outcome), coefficients(outcome).attrs["scaling"]
    events, total = (counts[name].to_numpy().astype(float) for name in ("events", "total"))
    post = np.isin(outcome.setting.years, outcome.post_years)
    weight = np.zeros_like(total)
    weight[:, post] = np.outer([1, -1], total[0, post] / total[0, post].sum())
    weight[:, outcome.setting.reference] = [[-1], [1]]
    known = total > 0
    rate = np.divide(events, total, where=known, out=np.ones_like(total))
    if model == "linear":
        values, variance = 100 * rate, 1e4 * rate * (1 - rate) / np.maximum(total, 1)
    else:
        values, variance = np.log(rate), 1 / np.maximum(events, 1)
    assert row["estimate"] == pytest.approx((weight * values).sum())
    assert row["se"] == pytest.approx(np.sqrt(scale * (weight**2 * variance).sum()))


def test_published_and_recomputed_intervals_are_at_95_percent_confidence(
    table: pd.DataFrame,
) -> None:
    rows = table[table["source"] != "posterior"]
    assert (rows["interval"] == "95% confidence").all()
    # A change per 100 child-years follows from the log-rate's interval, and has no one SE.
    rows = rows[rows["source"].ne("fair") & rows["scale"].ne("per_100_child_years")]
    np.testing.assert_allclose(rows["lower"], rows["estimate"] - 1.959964 * rows["se"], atol=1e-5)
    np.testing.assert_allclose(rows["upper"], rows["estimate"] + 1.959964 * rows["se"], atol=1e-5)
    others = table[table["source"] != "posterior"]
    assert others["prob_below_0"].isna().all()
    assert others["shock_prior"].isna().all()


def test_every_published_row_has_a_recomputed_one_of_the_same_regression(
    table: pd.DataFrame,
) -> None:
    key = ["outcome", "estimand", "year", "scale", "method"]
    published = table.loc[table["source"] == "published", key]
    recomputed = table.loc[table["source"] == "recomputed", key]
    assert not recomputed.duplicated().any()
    merged = published.merge(recomputed, on=key, how="left", indicator=True)
    assert (merged["_merge"] == "both").all()


def test_posterior_rows_pass_through_on_the_scales_that_regressions_share(
    table: pd.DataFrame,
) -> None:
    given = posterior_rows()
    given = given[
        given["estimand"].isin(["yearly_effect", "average_effect", "parallel_trends"])
        & given["scale"].isin(["percentage_points", "per_100_child_years", "log_odds", "log_rate"])
    ]
    shown = table[table["source"] == "posterior"]
    assert len(shown) == len(given)
    key = ["outcome", "estimand", "year", "scale"]
    both = shown.merge(given, on=key, suffixes=("", "_given"), validate="one_to_one")
    assert len(both) == len(given)
    assert (both["estimate"] == both["mean"]).all()
    assert (both["se"] == both["sd"]).all()
    assert (both["method"] == "cells").all()
    same = ["lower", "upper", "interval", "prob_below_0", "usable", "shock_prior"]
    for column in same:
        assert (both[column] == both[f"{column}_given"]).all()
    assert both["p_value"].isna().all()


def test_only_the_outcomes_that_were_analysed_are_compared() -> None:
    effects = posterior_rows()
    effects = effects[effects["outcome"] == "cin_rereferral_24m"]
    found = compare(effects, OUTCOMES.values(), load_priors(STUDY))
    assert set(found["outcome"]) == {"cin_rereferral_24m"}
