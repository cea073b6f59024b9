"""Relative magnitudes: trends depart at most a multiple of what they did before the onset.

Rambachan and Roth 2023 (doi:10.1093/restud/rdad018), section 2.4.1. From one period to the next
the difference in trends changes, after the onset, by at most Mbar times its largest change before
it. The interval inverts their recommended test (section 3: conditional, with a least favourable
first stage; Andrews, Roth and Pakes 2023, doi:10.1093/restud/rdac050), with the moments of the
periods after the onset, as their software does.

For these restrictions the test needs no linear programmes. One of their sets says which change
before the onset is the largest, v, and its sign. Its moments bound each change after the onset
from both sides, and the dual of the programme has few vertices: one bounds the average effect
from above, one from below, and one for each change says that v is not negative. So the
test depends on two numbers alone, the average's distance from the tested value and v, which makes
it exact but for a quadrature in one dimension.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from mp_bayes.checks.event_study import EventStudy, Floats

LEVEL = 0.05
#: Size of the first stage, a tenth of the level as the authors recommend.
FIRST_STAGE = LEVEL / 10
#: Points of the first grid, and of those that close in on an end so many times; of the quadrature.
_GRID, _BETWEEN, _ROUNDS, _NODES = 401, 65, 5, 1001


@dataclass(frozen=True)
class Bounds:
    """What can be said of an effect under a restriction.

    Attributes
    ----------
    lower, upper : float
        95% confidence interval.
    set_lower, set_upper : float
        The identified set if the estimates had no error; not a number where it is empty.
    """

    lower: float
    upper: float
    set_lower: float
    set_upper: float


@dataclass(frozen=True)
class _Pieces:
    """The programme's dual vertices, as coefficients of the average's distance and of v.

    Attributes
    ----------
    a, c : ndarray, dims (vertex,)
    spread : ndarray, dims (vertex, vertex)
        Covariance of the vertices' values.
    error : ndarray, dims (2, 2)
        Covariance of the average and v.
    """

    a: Floats
    c: Floats
    spread: Floats
    error: Floats


def relative_magnitudes(
    study: EventStudy,
    mbar: float,
    *,
    weights: Floats | None = None,
    first_stage: float = FIRST_STAGE,
) -> Bounds:
    """Return an interval of the weighted effect if trends depart at most `mbar` times as before.

    Parameters
    ----------
    study : EventStudy
    mbar : float
        0 or more; at 0 the interval is the plain one, from the last period before the onset.
    weights : ndarray, dims (period after the onset,), optional
        The study's own unless given.
    first_stage : float
        Size of the first stage; near 0 the test is the purely conditional one.

    Returns
    -------
    Bounds
    """
    based = study.rebased()
    before, after = _changes(based)
    # By how much the change of a period moves the average.
    tail = np.cumsum(based.weights(weights)[::-1])[::-1]
    average = tail @ after
    v = before @ based.estimate
    reach = mbar * np.abs(tail).sum() * float(np.abs(v).max())
    middle = float(average @ based.estimate)
    ends = [
        _one_set(based, mbar, sign * row, after, tail, first_stage)
        for row in before
        for sign in (1.0, -1.0)
    ]
    found = np.array([one for one in ends if one is not None])
    return Bounds(
        float(found[:, 0].min()), float(found[:, 1].max()), middle - reach, middle + reach
    )


def _changes(based: EventStudy) -> tuple[Floats, Floats]:
    """Return the rows that take estimates to changes from one period to the next.

    Returns
    -------
    before : ndarray, dims (change, period)
    after : ndarray, dims (change, period)
    """
    size = len(based.times)
    first = size - based.posts
    with_reference = np.insert(np.eye(size), first, 0.0, axis=0)
    rows = np.diff(with_reference, axis=0)
    return rows[:first], rows[first:]


def _one_set(
    based: EventStudy, mbar: float, row: Floats, after: Floats, tail: Floats, first_stage: float
) -> tuple[float, float] | None:
    """Return the ends of the values that are not rejected if `row` gives the largest change."""
    pieces = _pieces(based.covariance, mbar, row, after, tail)
    x, v = float(tail @ after @ based.estimate), float(row @ based.estimate)
    critical = _least_favourable(pieces, first_stage)
    if (pieces.c[2:] * v > critical).any():
        return None
    # Beyond these the first stage rejects.
    lower = x - (critical - pieces.c[0] * v) / pieces.a[0]
    upper = x - (critical - pieces.c[1] * v) / pieces.a[1]
    if lower > upper:
        return None
    grid = np.linspace(lower, upper, _GRID)
    kept = np.flatnonzero(_accepted(pieces, x - grid, v, critical, first_stage))
    if not kept.size:
        return None

    def edge(inside: float, outside: float) -> float:
        for _ in range(_ROUNDS):
            between = np.linspace(outside, inside, _BETWEEN)
            held = _accepted(pieces, x - between, v, critical, first_stage)
            held[-1] = True
            first = max(int(held.argmax()), 1)
            outside, inside = between[first - 1], between[first]
        return inside

    step = grid[1] - grid[0]
    low, high = grid[kept[0]], grid[kept[-1]]
    return edge(low, low - step), edge(high, high + step)


def _pieces(covariance: Floats, mbar: float, row: Floats, after: Floats, tail: Floats) -> _Pieces:
    up, down = (
        np.sqrt(np.einsum("ti,ij,tj->t", m, covariance, m))
        for m in (after - mbar * row, -after - mbar * row)
    )
    rise, fall = np.maximum(tail, 0), np.maximum(-tail, 0)
    above, below = rise @ up + fall @ down, rise @ down + fall @ up
    whole = mbar * np.abs(tail).sum()
    a = np.concatenate([[1 / above, -1 / below], np.zeros(len(tail))])
    c = np.concatenate([[-whole / above, -whole / below], -2 * mbar / (up + down)])
    both = np.stack([tail @ after, row])
    error = both @ covariance @ both.T
    vertices = np.stack([a, c], axis=1)
    return _Pieces(a, c, vertices @ error @ vertices.T, error)


def _least_favourable(pieces: _Pieces, size: float) -> float:
    """Return what the largest vertex exceeds with probability `size` where every moment binds."""
    sd = float(np.sqrt(pieces.error[1, 1]))
    slope = pieces.error[0, 1] / pieces.error[1, 1]
    rest = float(np.sqrt(max(pieces.error[0, 0] - slope * pieces.error[0, 1], 1e-300)))
    steepest = float(-pieces.c[2:].min())

    def excess(critical: float) -> float:
        lowest = max(-9 * sd, -critical / steepest) if steepest > 0 else -9 * sd
        v = np.linspace(lowest, 9 * sd, _NODES)
        high, low = ((critical - pieces.c[k] * v) / pieces.a[k] for k in (0, 1))
        inside = ndtr((high - slope * v) / rest) - ndtr((low - slope * v) / rest)
        density = np.exp(-0.5 * (v / sd) ** 2) / (sd * np.sqrt(2 * np.pi))
        kept = np.trapezoid(density * np.maximum(inside, 0), v)
        return float(1 - kept - size)

    return float(brentq(excess, 1e-6, 12.0, xtol=1e-10))


def _accepted(
    pieces: _Pieces, distance: Floats, v: float, critical: float, first_stage: float
) -> np.ndarray:
    """Tell which values the test keeps.

    Parameters
    ----------
    distance : ndarray, dims (value,)
        The average less the tested value.
    """
    values = np.outer(distance, pieces.a) + pieces.c * v
    best = values.argmax(1)
    eta = values.max(1)
    variance = pieces.spread[best, best]
    sd = np.sqrt(np.maximum(variance, 1e-300))
    # How the others move with the largest; it stays the largest between `low` and `high`.
    along = pieces.spread[best] / np.maximum(variance, 1e-300)[:, None]
    rest = values - along * eta[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = rest / (1 - along)
    low = np.where(along < 1 - 1e-10, turn, -np.inf).max(1)
    high = np.minimum(np.where(along > 1 + 1e-10, turn, np.inf).min(1), critical)
    size = (LEVEL - first_stage) / (1 - first_stage)
    end = ndtr(-high / sd)
    beyond, possible = ndtr(-eta / sd) - end, ndtr(-low / sd) - end
    kept = (eta <= 0) | (beyond >= size * possible)
    return np.asarray(kept & (eta <= critical))
