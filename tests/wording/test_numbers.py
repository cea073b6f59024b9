import math

import numpy as np
import pytest
from studied import get_outcome

from mp_bayes.wording.numbers import (
    decimals_for,
    estimate_in,
    interval,
    listed,
    number,
    percent,
    two_digits,
    unit_of,
)


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
    ("probability", "text"),
    [
        (0.0, "less than 1%"),
        (0.005, "1%"),
        (0.254, "25%"),
        (0.9949, "99%"),
        (0.995, "more than 99%"),  # 199 of 200 draws
        (1.0, "more than 99%"),
    ],
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


@pytest.mark.parametrize(
    ("error", "most", "least", "decimals"),
    [
        (0.02, 1, 0, 1),  # a fifth of 0.1
        (0.021, 1, 0, 0),
        (0.2, 1, 0, 0),
        (5.0, 1, 0, 0),  # never below `least`
        (0.0, 2, 0, 2),
        (math.nan, 1, 0, 1),  # not sampled
        (150.0, 0, -5, -3),  # a fifth of a thousand is 200
        (1e9, 0, -5, -5),
    ],
)
def test_decimals_follow_the_monte_carlo_error(error: float, most: int, least: int, decimals: int):
    assert decimals_for(error, most, least=least) == decimals


def test_the_mean_may_have_more_decimals_than_the_interval():
    row = {"scale": "percentage_points", "mean": -0.73, "lower": -9.52, "upper": 6.1}
    errors = {"mcse_mean": 0.01, "mcse_lower": 0.1, "mcse_upper": 0.02}
    assert estimate_in(row | errors) == "\u22120.7 (\u221210 to 6)"
    # The fast posterior is not sampled, and has no such errors.
    assert estimate_in(row) == "\u22120.7 (\u22129.5 to 6.1)"


@pytest.mark.parametrize(
    ("scale", "ends", "errors", "text"),
    [
        ("percentage_points", (-8.52, 0.4), (0.1, 0.06), "\u22123 (\u22129 to 0.4)"),
        ("percentage_points", (-8.52, -0.4), (0.1, 0.06), "\u22123 (\u22129 to \u22120.4)"),
        ("percentage_points", (-8.52, 0.4), (0.1, 0.21), "\u22123 (\u22129 to 0)"),  # may be chance
        ("percentage_points", (-8.52, 0.04), (0.1, 0.01), "\u22123 (\u22129 to 0.0)"),  # no third
        ("percentage_points", (-8.52, 0.04), (0.01, 0.01), "\u22123 (\u22128.5 to 0.0)"),
        ("log_odds", (-1.2, 0.04), (0.01, 0.01), "\u22123.0 (\u22121.2 to 0.04)"),
        ("odds_ratio", (0.2, 1.04), (0.01, 0.01), "\u22123.0 (0.2 to 1.04)"),  # no change is 1
    ],
)
def test_an_end_shows_on_which_side_of_no_change_it_lies(scale, ends, errors, text):
    row = dict(zip(("lower", "upper", "mcse_lower", "mcse_upper"), ends + errors, strict=True))
    assert estimate_in(row | {"scale": scale, "mean": -3.0, "mcse_mean": 0.1}) == text


def test_another_seed_changes_the_last_digit_by_one_at_most():
    # 10,000 pairs of runs whose error is exactly what is allowed, at worst places for rounding.
    rng = np.random.default_rng(1)
    truth = rng.uniform(-5, 5, 10_000)
    runs = truth + rng.normal(0, 0.02, (2, 10_000))
    printed = np.round(runs, decimals_for(0.02, 1))
    # 3.5 standard deviations of the difference: about 5 in 10,000 lie beyond.
    assert (abs(printed[0] - printed[1]) > 0.1 + 1e-9).mean() < 0.002


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (79088.2, "79,000"),
        (99.6, "100"),
        (0.0, "0"),
        (0.1627, "0.16"),
        (-4.44, "\N{MINUS SIGN}4.4"),
    ],
)
def test_two_digits_are_kept(value, written):
    assert two_digits(value) == written
