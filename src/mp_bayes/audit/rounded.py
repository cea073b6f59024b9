"""Carry a number together with what its rounding leaves open."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite, nan

_SLACK = 1e-9  # floating-point arithmetic must not turn a tie into a discrepancy


@dataclass(frozen=True, slots=True)
class Rounded:
    """Hold a number and the closed interval of values that would have been printed as it.

    The interval is closed at both ends, so that rounding half up and half to even both fit.
    """

    value: float
    low: float
    high: float

    def __add__(self, other: "Rounded") -> "Rounded":
        """Return the sum, its bounds added."""
        return Rounded(self.value + other.value, self.low + other.low, self.high + other.high)

    def __sub__(self, other: "Rounded") -> "Rounded":
        """Return the difference, its bounds as far apart as they can be."""
        return Rounded(self.value - other.value, self.low - other.high, self.high - other.low)

    def __mul__(self, other: "Rounded") -> "Rounded":
        """Return the product, with the extremes over all corners."""
        corners = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return Rounded(self.value * other.value, min(corners), max(corners))

    def __truediv__(self, other: "Rounded") -> "Rounded":
        """Return the quotient; the divisor's interval must not hold zero."""
        if other.low <= 0 <= other.high:
            raise ZeroDivisionError("the divisor may be zero")
        return self * Rounded(1 / other.value, 1 / other.high, 1 / other.low)

    def overlaps(self, other: "Rounded") -> bool:
        """Return whether one value can lie in both intervals."""
        bounds = (self.low, self.high, other.low, other.high)
        slack = _SLACK * max(1.0, *(abs(bound) for bound in bounds if isfinite(bound)))
        return self.low <= other.high + slack and other.low <= self.high + slack


def printed(number: Decimal | int) -> Rounded:
    """Return what a printed number can stand for: half a unit of its last digit either way."""
    half = 0.5 * 10.0 ** int(Decimal(number).as_tuple().exponent)
    return Rounded(float(number), float(number) - half, float(number) + half)


def rounded_to(number: Decimal, step: Decimal | None) -> Rounded:
    """Return what a number can stand for that is rounded to ``step``; exact without a step."""
    half = 0.0 if step is None else float(step) / 2
    return Rounded(float(number), float(number) - half, float(number) + half)


def exact(number: float | Decimal) -> Rounded:
    """Return a number that is not rounded at all, such as a count."""
    return Rounded(float(number), float(number), float(number))


def between(low: float, high: float) -> Rounded:
    """Return a number of which only the bounds are known."""
    return Rounded(nan, low, high)


def total(numbers: Iterable[Rounded]) -> Rounded:
    """Return the sum of several numbers."""
    result = exact(0)
    for number in numbers:
        result += number
    return result
