"""Figures of a search: what they draw, and when they are drawn."""

import pandas as pd
import pytest
from drawing import texts
from studied import OUTCOMES

from mp_bayes.figures.search import search_charts

FACTS = {
    "outcome": OUTCOMES["cin_rereferral_12m"],
    "effect": "6 percentage points fewer",
    "effect_sd": 0.0,
    "baseline": "16.9% of referrals",
    "target": 0.8,
}


def tables(reaches, *, stagger=0.0):
    count = len(reaches)
    designs = pd.DataFrame(
        {
            "treated_boroughs": range(5, 5 + count),
            "comparison_boroughs": [10 * (place + 1) for place in range(count)],
            "pre_years": 3,
            "post_years": 4,
            "wave": 2,
            "stagger": [0.0] * (count - 1) + [stagger],
            "assurance": 0.8,
            "reaches": reaches,
        }
    )
    curve = pd.DataFrame(
        {
            "post_years": [1, 2, 3, 4],
            "assurance": [0.2, 0.5, 0.7, 0.81],
            "assurance_error": 0.004,
            "calibrated": [0.3, 0.6, 0.8, 0.85],
            "size": [0.01, 0.02, 0.03, 0.03],
            "mdes": [9.0, 7.0, 6.5, 5.9],
        }
    )
    return {"designs": designs, "frontier": designs.head(1), "curve": curve}


def test_both_figures_say_their_numbers():
    fewest, years = search_charts(tables([True, True, False]), FACTS)
    assert fewest.title == "Of the designs tried, 80% power needs 5 treated boroughs or more"
    # What is out of reach is no point.
    assert len(fewest.data) == 2
    assert years.title == "Power of the first design reaches 80% in year 4"
    assert "81%" in years.message
    assert "3.0%" in years.message
    assert "closed form" in texts(years)


@pytest.mark.parametrize("reaches", [[False, False], [True, False]])
def test_less_than_two_points_are_no_figure(reaches):
    [years] = search_charts(tables(reaches), FACTS)
    assert years.name == "power_by_years"


def test_roll_outs_have_panels_of_their_own():
    fewest, _ = search_charts(tables([True, True], stagger=0.5), FACTS)
    assert "2 every 0.5 years" in texts(fewest)
    assert "all at once" in texts(fewest)


def test_a_target_that_is_never_reached_is_said():
    few = tables([False])
    few["curve"] = few["curve"].head(2)
    [years] = search_charts(few, FACTS)
    assert "in none of 2 years" in years.title
