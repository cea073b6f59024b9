"""How a design is described, and what is said of early looks."""

import pandas as pd
import pytest
from synthetic_search import SEARCH_FACTS, make_search

from mp_bayes.wording.designs import design
from mp_bayes.wording.search import answer, around, rule, waiting

ROW = {"treated_boroughs": 8, "comparison_boroughs": 5, "pre_years": 3, "post_years": 6}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wave": 1, "stagger": 0.0}, "8 treated boroughs and 5 comparison boroughs, 3 years"),
        ({"wave": 2, "stagger": 1.0}, "8 treated boroughs, of which 2 a year begin, and 5"),
        ({"wave": 4, "stagger": 2.0}, "8 treated boroughs, of which 4 begin 2 years later, and"),
        ({"wave": 5, "stagger": 1.0}, "8 treated boroughs, of which 5 a year begin, and 5"),
        ({"wave": 8, "stagger": 1.0}, "8 treated boroughs and 5 comparison boroughs, 3 years"),
        (
            {"wave": 2, "stagger": 1.0, "comparison_boroughs": 0},
            "begin, and no other borough, 3 years before",
        ),
    ],
)
def test_a_design_says_how_boroughs_begin(fields, words):
    assert words in design({**ROW, **fields})


def looks(years, answered):
    """Return early looks with errors of 2,000 draws."""
    return pd.DataFrame(
        {
            "post_years": years,
            "answered": answered,
            "answered_error": 0.01,
            "false_claims": 0.082,
            "false_claims_error": 0.0061,
            "false_claims_once": 0.049,
            "false_claims_once_error": 0.0048,
        }
    )


def test_early_looks_say_how_sure_their_shares_are():
    text = waiting(looks([1, 2, 3], [0.2, 0.55, 0.8]))
    assert "looked at every year and" in text
    assert "80% (78 to 82%) rightly claim it within 3 years" in text
    assert "answer within 2 years. But" in text
    # The closed form's 4.6% lies within.
    assert "8.2% (7.1 to 9.5%) claim something at one of the looks, against 4.9% (4.0 to" in text
    assert "differ from the closed form's by chance" in text


def test_looks_that_wait_for_the_last_wave_say_so():
    text = waiting(looks([3, 4], [0.55, 0.8]))
    assert "looked at every year from year 3 on, when every treated borough has begun, and" in text
    assert "their answer within 3 years, at the first look." in text
    assert "within 4 years. But" in waiting(looks([3, 4], [0.3, 0.8]))


def test_the_rule_says_of_which_kind_its_interval_is():
    row = {
        "size": 0.046,
        "size_error": 0.001,
        "bias_error": 0.01,
        "average_effect": -2.5,
        "bias": 0.4,
        "coverage": 0.95,
    }
    row |= {"critical": 1.9, "calibrated": 0.8}
    facts = {"unit": "percentage points", "effect_sd": 0.0}
    assert "where the 95% equal-tailed posterior interval leaves out 0" in rule(row, facts)


@pytest.mark.parametrize(
    ("tried", "untried"), [((5, 6, 7), True), ((4, 5, 6), False), ((1, 5), False)]
)
def test_the_answer_says_where_fewer_treated_boroughs_were_not_tried(tried, untried):
    tables = make_search()
    tables["frontier"]["best"] = "fewest treated boroughs"
    facts = {**SEARCH_FACTS, "treated_boroughs": tried}
    said = answer(tables, facts)
    assert "fewest treated boroughs that reaches 80% power has 5 treated" in said
    assert ("Fewer treated boroughs were not tried." in around(tables, facts)) == untried


def test_more_boroughs_than_england_has_authorities_are_told():
    tables = make_search()
    tables["frontier"]["best"] = "fewest treated boroughs"
    facts = {**SEARCH_FACTS, "treated_boroughs": (5, 6)}
    assert "England" not in around(tables, facts)
    tables["frontier"]["comparison_boroughs"] = 150
    most = 150 + int(tables["frontier"]["treated_boroughs"].max())
    said = around(tables, facts)
    assert f"England had 153 local authorities in 2025; {most} boroughs are more." in said


@pytest.mark.parametrize(("sd", "bounded"), [(3.0, True), (1.0, False), (0.0, False)])
def test_a_target_that_the_design_prior_rules_out_is_told(sd, bounded):
    tables = make_search()
    tables["frontier"] = tables["frontier"].assign(reaches=False, mdes=3.0, mdes_error=0.01)
    base = {"effect": -2.0, "effect_scale": "response"}
    more = {"base": base, "effect_sd": sd, "treated_boroughs": (5, 6), "unit": "points"}
    facts = SEARCH_FACTS | more
    # Of Normal(-2, 3) three quarters lie below 0, of Normal(-2, 1) all but a fortieth.
    assert (
        "None of any size does: the design prior itself gives only 75%" in answer(tables, facts)
    ) == bounded


def test_what_was_tried_at_one_value_alone_has_no_edge():
    tables = make_search()
    tables["frontier"]["best"] = "fewest treated boroughs"
    for name in ("designs", "frontier"):
        tables[name]["post_years"] = 4
    said = around(tables, {**SEARCH_FACTS, "treated_boroughs": (5, 6)})
    assert "other numbers of" in said
    assert "years after were not." in said
    assert "than 4 years after" not in said
