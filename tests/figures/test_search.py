"""Figures of a search: what they draw, and when they are drawn."""

import pytest
from drawing import texts
from synthetic_search import SEARCH_FACTS as FACTS
from synthetic_search import make_search

from mp_bayes.figures.search import search_charts


def tables(reaches, *, stagger=0.0):
    return make_search(reaches, stagger=stagger)


def test_both_figures_say_their_numbers():
    fewest, years = search_charts(tables([True, True, False]), FACTS)
    assert fewest.title == "Of the designs tried, 80% power needs 5 treated boroughs or more"
    # What is out of reach is no point.
    assert len(fewest.data) == 2
    assert years.title == "Power of the first design reaches 80% in year 4"
    assert "81%" in years.message
    assert "3.0%" in years.message
    assert "closed form" in texts(years)


def test_the_fewest_that_were_tried_are_not_said_to_be_needed():
    [fewest, _] = search_charts(tables([True, True]), {**FACTS, "treated_boroughs": (5, 6, 9)})
    assert fewest.title == "80% power is reached with 5 treated boroughs; fewer were not tried"
    [fewest, _] = search_charts(tables([True, True]), {**FACTS, "treated_boroughs": (3, 5)})
    assert fewest.title == "Of the designs tried, 80% power needs 5 treated boroughs or more"


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
