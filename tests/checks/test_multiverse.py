"""The specification curve and the tipping points: what is tried, and that the numbers are right."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.checks.multiverse import (
    CHOICES,
    Specification,
    fit_specification,
    specifications,
)
from mp_bayes.checks.tipping import WALKS, tipping_points
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.reanalysis.decomposition import ALONE
from mp_bayes.reanalysis.sensitivity import fast_answer
from mp_bayes.wording.multiverse import (
    multiverse_answer,
    multiverse_tables,
    outcome_sentence,
    shares_by_choice,
    tipping_sentence,
    value_label,
)

PRIORS = load_priors(STUDY)
HEADLINE = Specification(
    "cells", "free", "national", "prior", "yearly", "dosed", "prior", "as given", "as_published"
)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=list(OUTCOMES))
def test_there_are_500_specifications_and_none_twice(outcome):
    every = specifications(outcome)
    assert len(every) >= 500
    assert len(set(every)) == len(every)
    assert HEADLINE in every


def average(table, outcome):
    rows = table[table["estimand"].eq("average_effect") & table["scale"].eq(outcome.response_scale)]
    return rows.iloc[0]


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
def test_the_headline_is_one_of_them(name):
    outcome = get_outcome(name)
    found = fit_specification(outcome, PRIORS, HEADLINE, seed=1)
    known = average(fast_answer(outcome, PRIORS), outcome)
    for column in ("mean", "lower", "upper", "prob_below_0"):
        assert found[column] == pytest.approx(known[column], rel=1e-9)
    assert set(CHOICES) < set(found)


def test_choices_change_the_priors_that_they_name():
    outcome = get_outcome("cin_escalation_12m")
    given = PRIORS.select(outcome, shock="national")
    assert HEADLINE.priors(PRIORS, outcome) == given
    changed = {
        "shock": ("0.2", {"sd_shock"}),
        "rho": ("0", {"rho"}),
        "pooling": ("together", {"sd_effect"}),
        "prior": ("flat", {"mean_effect"}),
        "years": ("borrowed", {"sd_year"}),
    }
    for choice, (value, parameters) in changed.items():
        other = replace(HEADLINE, **{choice: value}).priors(PRIORS, outcome)
        assert {name for name in given if other[name] != given[name]} == parameters
    double = replace(HEADLINE, prior="double").priors(PRIORS, outcome)
    assert double["mean_effect"].sigma == 2 * given["mean_effect"].sigma
    alone = replace(HEADLINE, pooling="alone", prior="").priors(PRIORS, outcome)
    assert {name: alone[name] for name in ALONE} == ALONE


def test_coefficients_are_fitted_as_a_run_fits_them():
    # Published: the average without shocks and with priors that say nothing is the published one.
    outcome = get_outcome("cin_escalation_12m")
    one = replace(
        HEADLINE,
        evidence="coefficients",
        shock="none",
        rho="0",
        coding="published",
        pooling="alone",
        prior="",
    )
    found = fit_specification(outcome, PRIORS, one, seed=1)
    published = {one.year: one.estimate for one in outcome.coefficients if one.model == "logit"}
    years = [published[year] for year in outcome.post_years]
    # A weighted mean of the years' estimates lies among them; 4,000 draws are off by 0.02 SDs.
    sd = (found["link_upper"] - found["link_lower"]) / 3.92
    assert min(years) - 0.1 * sd < found["link_mean"] < max(years) + 0.1 * sd


def test_a_tipping_point_is_where_the_interval_meets_0():
    outcome = get_outcome("cin_escalation_12m")
    table = tipping_points([outcome], PRIORS).set_index("walk")
    assert list(table.index) == [walk.name for walk in WALKS]
    assert table["published_leaves_out_0"].all()
    for walk in WALKS[:3]:
        row = table.loc[walk.name]
        assert row["leaves_out_0_at_low"]
        assert not row["leaves_out_0_at_high"]
        ends = []
        for value in (row["tipping_point"] - 0.01, row["tipping_point"] + 0.01):
            changes = walk.changes | {walk.parameter: Fixed(value=value)}
            found = fast_answer(
                outcome, PRIORS, shock=walk.shock, coding=walk.coding, changes=changes
            )
            ends.append(average(found, outcome)["lower"])
        assert ends[0] > 0 > ends[1]
    # The prior's share below it, from its own distribution function.
    prior = PRIORS.select(outcome, shock="national")["sd_shock"]
    row = table.loc["headline_shock"]
    shares = np.interp(row["tipping_point"], prior.quantile(np.linspace(-4, 4, 9)), range(9))
    assert 0 < row["prior_share_below"] < 0.5
    assert shares < 4
    # What never turns has no point.
    assert np.isnan(table.loc["headline_pooling", "tipping_point"])


def made_up(shares):
    """Return a table of specifications of two shock priors, with these shares leaving out 0."""
    rows = []
    for shock, share in shares.items():
        for number in range(100):
            out = number < round(100 * share)
            rows.append(
                {
                    "outcome": "cin_escalation_12m",
                    **dict.fromkeys(CHOICES, ""),
                    "shock": shock,
                    "rho": "0",
                    "mean": 2.0 + number / 100,
                    "lower": 0.5 if out else -0.5,
                    "upper": 5.0,
                    "usable": True,
                }
            )
    return pd.DataFrame(rows)


def test_words_are_counted_from_the_table():
    outcome = get_outcome("cin_escalation_12m")
    tables = {
        "multiverse": made_up({"none": 0.8, "national": 0.1, "0.4": 0.0, "0.1": 0.5}),
        "tipping_points": tipping_points([outcome], PRIORS),
    }
    shares = shares_by_choice(tables, outcome)
    assert shares["value"].tolist() == ["none", "national", "0.1", "0.4"]
    assert shares["share"].tolist() == pytest.approx([0.8, 0.1, 0.5, 0.0])
    told = " ".join(multiverse_answer(tables, STUDY))
    assert "400 specifications. " in told
    # 140 of 400; on which side they lie is said, of whatever side they were made up.
    assert re.search(
        r"leaves out 0 in 35% of them \((140|0) reductions, (0|140) increases\): in 80% of those "
        "without",
        told,
    )
    assert "in 20% of those with" in told
    assert "it is no probability" in told
    table = multiverse_tables(tables, STUDY)[0]
    assert table.rows[0] == ["Borough-by-year shocks: none", "80%"]
    assert value_label("shock", "0.4") == "SD 0.4"
    # Nothing is said to turn round that was not there.
    never = tables["tipping_points"].assign(published_leaves_out_0=False, tipping_point=np.nan)
    # A refit that begins on the other side is no walk from what was published.
    said = tipping_sentence({"tipping_points": never}, outcome)
    assert "does not give that back" in said
    never = never.assign(leaves_out_0_at_low=False)
    said = tipping_sentence({"tipping_points": never}, outcome)
    assert "includes 0. So it does with shocks of any SD up to 1 in log-odds." in said
    assert "nowhere within the ranges tried" in said


def test_those_with_shocks_are_told_by_their_common_years():
    outcome = get_outcome("cin_escalation_12m")
    parts = [
        made_up({"none": 0.8, "national": share}).assign(years=years)
        for years, share in (("free", 0.0), ("borrowed", 0.4))
    ]
    table = pd.concat(parts, ignore_index=True)
    told = outcome_sentence({"multiverse": table}, outcome)
    assert "in 20% of those with (0% of 100 with free common years and 40% of 100 with " in told


def test_shares_compare_like_with_like():
    """Timings of constant effects alone: yearly effects, which have one, are not among them."""
    outcome = get_outcome("cin_escalation_12m")
    table = pd.concat(
        [
            made_up({"national": share}).assign(structure=structure, timing=timing)
            for structure, timing, share in (
                ("constant", "as_published", 0.1),
                ("constant", "both", 0.3),
                ("yearly", "as_published", 0.9),
            )
        ],
        ignore_index=True,
    )
    shares = shares_by_choice({"multiverse": table}, outcome).set_index(["choice", "value"])
    assert shares.loc[("timing", "as_published"), "share"] == pytest.approx(0.1)
    assert shares.loc[("timing", "both"), "share"] == pytest.approx(0.3)
    # A form of the effect has no counterpart with the other timing, and so all are counted.
    assert shares.loc[("structure", "yearly"), "share"] == pytest.approx(0.9)
