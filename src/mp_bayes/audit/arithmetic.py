"""Work out what figures stated in prose imply for one another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from mp_bayes.audit.rounded import Rounded, between, exact

_PERCENT: Final = exact(100)
_PER_10000: Final = exact(10_000)


def percent_of(operands: Sequence[Rounded]) -> Rounded:
    """Return the first figure as a percentage of the second."""
    part, whole = operands
    return _PERCENT * part / whole


def percent_change(operands: Sequence[Rounded]) -> Rounded:
    """Return the size of the change from the first figure to the second, in percent."""
    before, after = operands
    change = _PERCENT * (after - before) / before
    return change if change.value >= 0 else exact(0) - change


def difference(operands: Sequence[Rounded]) -> Rounded:
    """Return the first figure less the second."""
    first, second = operands
    return first - second


def same(operands: Sequence[Rounded]) -> Rounded:
    """Return the one other statement of the figure."""
    (other,) = operands
    return other


def one_in_percent(operands: Sequence[Rounded]) -> Rounded:
    """Return how many there are to each one counted, from a percentage."""
    (share,) = operands
    return _PERCENT / share


def one_in_rate(operands: Sequence[Rounded]) -> Rounded:
    """Return how many there are to each one counted, from a rate per 10,000."""
    (rate,) = operands
    return _PER_10000 / rate


def rate_in_same_population(operands: Sequence[Rounded]) -> Rounded:
    """Return the rate of a count in the population that another count and rate imply."""
    count, other_count, other_rate = operands
    return count * other_rate / other_count


def one_in_population(operands: Sequence[Rounded]) -> Rounded:
    """Return how many there are to each one counted, in the population a count and rate imply."""
    count, other_count, other_rate = operands
    return _PER_10000 * other_count / other_rate / count


def fewer_than_one_in(operands: Sequence[Rounded]) -> Rounded:
    """Return the largest whole number that "approaching 1 in" may name: rarer than that."""
    people, other_count, other_rate = operands
    return between(0, (people / (_PER_10000 * other_count / other_rate)).high)


def paired_degrees_of_freedom(operands: Sequence[Rounded]) -> Rounded:
    """Return the degrees of freedom of a paired t test: the pairs less one."""
    (pairs,) = operands
    return pairs - exact(1)


@dataclass(frozen=True, slots=True)
class Formula:
    """Hold how a figure follows from others, and the words for it."""

    compute: Callable[[Sequence[Rounded]], Rounded]
    wording: str  # with a place {0}, {1}, ... for every operand


ARITHMETIC: Final[dict[str, Formula]] = {
    "difference": Formula(difference, "{0} less {1}"),
    "percent_of": Formula(percent_of, "{0} of {1}"),
    "percent_change": Formula(percent_change, "the change from {0} to {1}"),
    "same": Formula(same, "{0}"),
    "one_in_percent": Formula(one_in_percent, "a share of {0}"),
    "one_in_rate": Formula(one_in_rate, "{0} per 10,000"),
    "rate_in_same_population": Formula(
        rate_in_same_population, "{0} in the population where {1} are {2} per 10,000"
    ),
    "one_in_population": Formula(
        one_in_population, "{0} in the population where {1} are {2} per 10,000"
    ),
    "fewer_than_one_in": Formula(
        fewer_than_one_in, "{0} residents over the children of whom {1} are {2} per 10,000"
    ),
    "paired_degrees_of_freedom": Formula(paired_degrees_of_freedom, "{0} pairs less one"),
}
