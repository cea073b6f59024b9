import math

import pytest

from mp_bayes.figures.numbers import interval, listed, number, percent, unit_of
from mp_bayes.study import get_outcome


@pytest.mark.parametrize(
    ("value", "text"),
    [(-1.25, "\u22121.2"), (-0.04, "0.0"), (1234.0, "1,234.0"), (math.inf, "no limit")],
)
def test_number(value: float, text: str):
    assert number(value) == text


def test_sign_is_written_when_asked_for():
    assert number(0.31, 2, sign=True) == "+0.31"
    assert number(0.001, 2, sign=True) == "0.00"


@pytest.mark.parametrize(
    ("probability", "text"), [(0.0, "less than 1%"), (1.0, "more than 99%"), (0.254, "25%")]
)
def test_percent_never_claims_certainty(probability: float, text: str):
    assert percent(probability) == text


def test_interval_has_true_minus_signs():
    assert interval(-2.0, -1.0) == "\u22122.0 to \u22121.0"


def test_lists():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_units():
    moves = get_outcome("cla_placement_moves")
    assert unit_of(moves.response_scale, moves) == "placement moves per 100 child-years"
