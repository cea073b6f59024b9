"""Check the arithmetic of rounded numbers, and the p-values that rounding allows."""

from decimal import Decimal
from math import inf

import pytest
from scipy.stats import norm

from mp_bayes.audit.arithmetic import ARITHMETIC
from mp_bayes.audit.comparison import Published, compare, plain
from mp_bayes.audit.printed_evidence import read_evidence
from mp_bayes.audit.rounded import Rounded, between, exact, printed, rounded_to, total
from mp_bayes.audit.significance import p_bounds, p_interval, stars_from_p_value


def bounds(number: Rounded) -> tuple[float, float]:
    return number.low, number.high


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("14.3", (14.25, 14.35)),
        ("0.020", (0.0195, 0.0205)),
        ("-0.1", (-0.15, -0.05)),
        ("16", (15.5, 16.5)),
    ],
)
def test_printed_number_stands_for_half_a_unit_either_way(
    text: str, expected: tuple[float, float]
) -> None:
    assert bounds(printed(Decimal(text))) == pytest.approx(expected)


def test_arithmetic_keeps_the_extremes() -> None:
    a, b = Rounded(2, 1, 3), Rounded(-4, -5, -3)
    assert bounds(a + b) == (-4, 0)
    assert bounds(a - b) == (4, 8)
    assert bounds(a * b) == (-15, -3)
    assert bounds(a / b) == pytest.approx((-1, -1 / 5))
    assert bounds(total([a, b, exact(1)])) == (-3, 1)
    with pytest.raises(ZeroDivisionError):
        a / Rounded(0, -1, 1)


def test_halves_fit_both_ways_and_no_further() -> None:
    half = exact(0.075)
    assert printed(Decimal("0.08")).overlaps(half)
    assert printed(Decimal("0.07")).overlaps(half)
    assert not printed(Decimal("0.07")).overlaps(exact(0.0751))


def test_a_number_without_step_is_exact() -> None:
    assert bounds(rounded_to(Decimal("300"), None)) == (300, 300)
    assert bounds(rounded_to(Decimal("7000"), Decimal("1000"))) == (6500, 7500)


@pytest.mark.parametrize(
    ("kind", "operands", "value"),
    [
        ("percent_of", (27, 34), 79.41176),
        ("percent_change", (300, 277), 7.666667),
        ("percent_change", (30, 40), 33.33333),
        ("difference", (3.7, 2.3), 1.4),
        ("one_in_rate", (616.7,), 16.21534),
        ("one_in_percent", (32.4,), 3.086420),
        ("one_in_population", (7000, 2411, 616.7), 5.585031),
        ("rate_in_same_population", (2094, 2411, 616.7), 535.6158),
        ("paired_degrees_of_freedom", (23,), 22),
    ],
)
def test_formulae(kind: str, operands: tuple[float, ...], value: float) -> None:
    result = ARITHMETIC[kind].compute([exact(o) for o in operands])
    assert result.value == pytest.approx(value, rel=1e-6)


def test_comparison_says_when_a_number_was_cut_off() -> None:
    published = Published("22", printed(22), "a report")
    cut = compare("a_rule", "a subject", published, exact(22.96), "a table")
    assert not cut.agrees
    assert "cut off rather than rounded" in cut.detail
    off = compare("a_rule", "a subject", published, exact(24.0), "a table")
    assert "cut off" not in off.detail


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (7294.0, "7294"),
        (4475457.0, "4475457"),
        (0.3333333, "0.3333"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
    ],
)
def test_numbers_are_written_plainly(number: float, text: str) -> None:
    assert plain(number) == text


def test_p_value_printed_as_a_bound_reaches_down_to_zero() -> None:
    assert bounds(p_bounds(printed(Decimal("0.01")), upper_bound=True)) == (0, 0.01)
    assert bounds(p_bounds(printed(Decimal("0.000")), upper_bound=False)) == (0, 0.0005)


def test_possible_p_values_hold_the_one_without_rounding() -> None:
    evidence = read_evidence()
    row = evidence.coefficient("cin_rereferral_12m", "linear", "treated_x_year", "2015-16")
    assert row is not None
    p = 2 * norm.sf(0.043 / 0.024)
    assert bounds(p_interval(row)) == pytest.approx((0.0745, 0.0755))
    assert abs(p - 0.075) < 0.003
    stars = {c.subject: c for c in stars_from_p_value(evidence)}
    assert stars["cin_rereferral_12m, linear, treated_x_year 2015-16"].agrees


def test_overlap_with_an_open_bound() -> None:
    assert exact(5).overlaps(between(-inf, 6))
    assert not exact(7).overlaps(between(-inf, 6))
