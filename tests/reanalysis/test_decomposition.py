"""One assumption at a time: the chain's ends, its steps, and the weights of an average."""

import itertools

import numpy as np
import pandas as pd
import pytest
from studied import OUTCOMES, STUDY

from mp_bayes.estimands import span
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import average_weights, effects_of, fast_effects, structure
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.reanalysis.comparison import published, recomputed
from mp_bayes.reanalysis.decomposition import COLUMNS, LABELS, STEPS, decompose, scale_of, steps_of
from mp_bayes.reanalysis.sensitivity import fast_answer
from mp_bayes.reanalysis.weights import AVERAGES, weights_table

ALL = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)


@pytest.fixture(scope="module")
def headline() -> pd.DataFrame:
    """Return the headline as the main job's table has it, from the fast posterior."""
    labels = {"evidence": "cells", "shock_prior": "national", "effect_structure": "yearly"}
    priors = load_priors(STUDY)
    return pd.concat(
        [
            fast_answer(outcome, priors).assign(outcome=outcome.name, **labels)
            for outcome in OUTCOMES.values()
        ],
        ignore_index=True,
    )


@pytest.fixture(scope="module")
def chain(headline: pd.DataFrame) -> pd.DataFrame:
    return decompose(headline, OUTCOMES.values(), load_priors(STUDY))


def of(table: pd.DataFrame, outcome, year: str) -> pd.DataFrame:
    return table[table["outcome"].eq(outcome.name) & table["year"].eq(year)]


@ALL
def test_it_begins_with_the_published_number_and_ends_with_the_headline(outcome, chain, headline):
    assert list(chain.columns) == COLUMNS
    scale = scale_of(outcome)
    report = published(outcome)
    for year in [*outcome.post_years, span(outcome.post_years)]:
        steps = of(chain, outcome, year)
        names = list(steps["name"])
        assert names == [n for n in LABELS if n != "dosed" or outcome.partly_exposed]
        assert list(steps["step"]) == list(range(1, len(steps) + 1))
        first, last = steps.iloc[0], steps.iloc[-1]
        printed = report[report["year"].eq(year) & report["scale"].eq(scale)]
        printed = printed[printed["estimand"].isin(["yearly_effect", "average_effect"])].iloc[0]
        assert first["estimate"] == printed["estimate"]
        assert (first["lower"], first["upper"]) == (printed["lower"], printed["upper"])
        own = headline[
            headline["outcome"].eq(outcome.name)
            & headline["year"].eq(year)
            & headline["scale"].eq(scale)
            & headline["estimand"].isin(["yearly_effect", "average_effect"])
        ].iloc[0]
        assert last["estimate"] == own["mean"]
        assert (last["lower"], last["upper"]) == (own["lower"], own["upper"])
        total = steps["change"].iloc[1:].sum()
        assert total == pytest.approx(last["estimate"] - first["estimate"])


@ALL
def test_every_step_between_comes_back_from_the_public_functions(outcome, chain):
    scale = scale_of(outcome)
    again = {}
    for step in steps_of(outcome):
        chosen = load_priors(STUDY).select(outcome, shock=step.shock) | step.changes
        built = structure(outcome, chosen, effect="yearly", coding=step.coding)
        again[step.name] = effects_of(cells(outcome), built)
    raw = recomputed(outcome, load_priors(STUDY))
    for year in [*outcome.post_years, span(outcome.post_years)]:
        steps = of(chain, outcome, year).set_index("name")
        row = raw[raw["year"].eq(year) & raw["scale"].eq(scale)].iloc[0]
        assert steps.loc["recomputed", "estimate"] == row["estimate"]
        for name, table in again.items():
            here = table[
                table["estimand"].isin(["yearly_effect", "average_effect"])
                & table["year"].eq(year)
                & table["scale"].eq(scale)
            ].iloc[0]
            assert steps.loc[name, "estimate"] == pytest.approx(here["mean"], rel=1e-9)
            assert steps.loc[name, "upper"] == pytest.approx(here["upper"], rel=1e-9)


def test_each_fitted_step_changes_one_thing():
    outcome = OUTCOMES["cin_rereferral_12m"]

    def settings(step):
        """Return what a step assumes, by what it is called."""
        chosen = load_priors(STUDY).select(outcome, shock=step.shock) | step.changes
        return {
            "coding": step.coding,
            "shocks": (str(chosen["sd_shock"]), str(chosen["rho"])),
            "baseline": str(chosen["sd_pre_trend"]),
            # Pooling is one thing: the years' scatter, and the mean that it needs, still flat.
            "pooling": str(chosen["sd_effect"]),
        }

    for before, after in itertools.pairwise(settings(step) for step in STEPS):
        assert sum(before[name] != after[name] for name in before) == 1


@ALL
def test_the_fit_on_the_link_scale_is_the_recomputed_estimate(outcome, chain):
    """Without shocks and with flat priors, up to the curvature of the link."""
    for year in outcome.post_years:
        steps = of(chain, outcome, year).set_index("name")
        first, second = steps.loc["recomputed"], steps.loc["link"]
        se = (first["upper"] - first["lower"]) / 3.92
        # Priors of SD 10 and cells of a dozen events and more: 0.05 SE for the approximation,
        # and as much for the skewness of rare counts.
        assert abs(first["estimate"] - second["estimate"]) < 0.1 * se


@ALL
def test_weights_add_up(outcome):
    table = weights_table(OUTCOMES.values(), load_priors(STUDY))
    mine = table[table["outcome"].eq(outcome.name)]
    assert set(mine["average"]) == set(AVERAGES)
    for name, rows in mine.groupby("average"):
        by = rows.pivot_table("weight", "borough", "year", sort=False)
        treated = by.loc[outcome.setting.treated_boroughs[0]]
        comparison = by.loc[outcome.setting.comparison_boroughs[0]]
        if name in ("published", "pre_post"):
            # A contrast of contrasts: each borough's years cancel, the years' treated sum to 1.
            assert treated.sum() == pytest.approx(0, abs=1e-12)
            assert comparison.sum() == pytest.approx(0, abs=1e-12)
            assert treated[list(outcome.post_years)].sum() == pytest.approx(1)
        if name in ("shock_aware", "headline"):
            # Free years: each year's two weights cancel, up to the years' prior of SD 2.5.
            both = (treated + comparison)[outcome.setting.reference_year != by.columns]
            assert np.abs(both).max() < 0.05
            assert rows["comparison_weight"].iloc[0] > 0.9
        if name == "borrowed":
            assert rows["comparison_weight"].iloc[0] < 0.2


def test_a_weight_is_what_moving_a_cell_does():
    """The slope, by moving one cell's rate, of the average effect under known shocks."""
    outcome = OUTCOMES["cin_rereferral_12m"]
    chosen = load_priors(STUDY).select(outcome, shock="national")
    fixed = {"sd_shock": Fixed(value=0.3), "rho": Fixed(value=0.6), "sd_effect": Fixed(value=0.25)}
    built = structure(outcome, chosen | fixed, effect="yearly")
    data = cells(outcome)
    events, total = (data[name].to_numpy().astype(float) for name in ("events", "total"))
    weight = average_weights(built, events, total)
    for borough, year in ((0, 1), (0, 5), (1, 3)):
        p = events[borough, year] / total[borough, year]
        moved = []
        for sign in (-1, 1):
            odds = np.log(p / (1 - p)) + sign * 0.05
            changed = events.copy()
            changed[borough, year] = total[borough, year] / (1 + np.exp(-odds))
            rows = fast_effects(built, changed[..., None], total[..., None])
            rows = rows.query("estimand == 'average_effect' and scale == 'log_odds'")
            moved.append(rows["mean"].iloc[0])
        # Newton's tolerance leaves 0.005 in either mean, of a difference of 0.1 times the weight.
        assert (moved[1] - moved[0]) / 0.1 == pytest.approx(weight[borough, year], abs=0.03)
