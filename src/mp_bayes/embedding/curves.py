"""How embedded a practice is, and the dose of it that an outcome looks at.

An embedding curve g(e) is the share of full effect that the practice has e years after its
onset: 0 before, towards 1 after. A *dose* is the average of g over the time that the outcomes
of one year-bin look at. Curves are written with operators that numbers, NumPy arrays and
PyTensor variables share, so half-life and delay can be given, or sampled.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Curve = Callable[[Any], Any]
Floats = NDArray[np.float64]

#: Gauss-Legendre nodes in each piece of a bin. Exact for steps and ramps that break at the pieces'
#: ends, and for an exponential curve within 1e-5 from a half-life of 0.25 years, 3e-4 from 0.1.
NODES_PER_PIECE = 4
#: No bin of an outcome with a window of at most two years is cut into more pieces than this.
PIECES = 3


def _since(e: Any, delay: Any) -> Any:
    """Return the years since the practice began to take hold, 0 before."""
    late = e - delay
    return late * (late > 0)


def immediate(e: Any, *, delay: Any = 0.0) -> Any:
    """Return 1 from the onset (plus `delay` years) on, 0 before."""
    return 1.0 * (e - delay >= 0)


def exponential(e: Any, *, half_life: Any, delay: Any = 0.0) -> Any:
    """Return 1 - 2^(-(e - delay) / half_life): each half-life halves what is still missing."""
    return 1.0 - 2.0 ** (-_since(e, delay) / half_life)


def linear(e: Any, *, half_life: Any, delay: Any = 0.0) -> Any:
    """Return a ramp that is half way at `half_life` and complete at twice that."""
    share = _since(e, delay) / (2.0 * half_life)
    return share * (share < 1) + 1.0 * (share >= 1)


def logistic(e: Any, *, half_life: Any, delay: Any = 0.0) -> Any:
    """Return an S-curve that starts at 0, and is half way at `half_life`.

    The logistic in e with scale half_life / 4 is shifted and rescaled to begin at exactly 0;
    a quarter of the half-life makes the start flat (2% of the rise before e = 0 is cut off).
    """
    steepness = 4.0 / half_life
    late = _since(e, delay)
    # With x = exp(-steepness * late) and c = exp(4): g = (1 - x) / (1 + k x), and k is set so
    # that g(half_life) = 1/2: k = exp(4) - 2.
    x = np.e ** (-steepness * late)
    return (1.0 - x) / (1.0 + (np.e**4 - 2.0) * x)


def training_cohorts(
    *, capacity: float, turnover: float, informal_uptake: float, years: float = 15.0
) -> tuple[Floats, Floats]:
    """Follow quarterly training cohorts and return when, and how many, staff took the practice up.

    Parameters
    ----------
    capacity : float
        Share of all posts that one quarterly training round can take.
    turnover : float
        Leavers a year as a share of posts; leavers take the practice with them.
    informal_uptake : float
        Rate a year at which untrained staff learn from trained colleagues, when all others
        are trained.
    years : float
        How long training goes on.

    Returns
    -------
    times, entrants : ndarray
        Years after onset of each quarter, and the share of posts that took the practice up then,
        dims (quarter,).

    References
    ----------
    2020 report, section 3.1: "Staggered delivery", "Informal opportunities".
    """
    times = np.arange(0.0, years, 0.25)
    entrants = np.empty_like(times)
    practising = 0.0
    for quarter in range(times.size):
        practising *= np.exp(-0.25 * turnover)
        formal = min(capacity, 1.0 - practising)
        untrained = 1.0 - practising - formal
        informal = untrained * (1.0 - np.exp(-0.25 * informal_uptake * practising))
        entrants[quarter] = formal + informal
        practising += formal + informal
    return times, entrants


def training(
    e: Any,
    *,
    half_life: Any,
    delay: Any = 0.0,
    capacity: float = 0.15,
    turnover: float = 0.15,
    informal_uptake: float = 0.3,
) -> Any:
    """Return embedding from a mechanism: cohorts, turnover, informal uptake, maturing practice.

    Each cohort's practice matures with `half_life` years after its training; those who leave
    are replaced by untrained staff. It levels off below 1, since there are always some who are new.

    Parameters
    ----------
    e : array
        Years after onset.
    half_life, delay : float or PyTensor variable
        Years.
    capacity, turnover, informal_uptake : float
        See `training_cohorts`. The report gives no numbers; the defaults train everyone in
        under two years with a turnover usual among children's social workers.
    """
    times, entrants = training_cohorts(
        capacity=capacity, turnover=turnover, informal_uptake=informal_uptake
    )
    total = 0.0
    for start, share in zip(times, entrants, strict=True):
        late = _since(e, delay + start)
        total = total + share * 2.0 ** (-late * turnover / np.log(2)) * (
            1.0 - 2.0 ** (-late / half_life)
        )
    return total


CURVES: dict[str, Callable[..., Any]] = {
    "immediate": immediate,
    "exponential": exponential,
    "linear": linear,
    "logistic": logistic,
    "training": training,
}


def exposure_nodes(
    bin_starts: ArrayLike,
    *,
    onset: float,
    window: float,
    breaks: tuple[float, ...] = (0.0,),
) -> tuple[Floats, Floats]:
    """Place quadrature nodes over the time that each bin's outcomes look at.

    A bin's referrals are spread evenly over [t, t + 1) and each is followed for `window`
    years, so the time e since onset has a trapezoid density on [t, t + 1 + window) - onset:
    the average over referral dates and follow-up is one integral. With `window` 0 it is the bin.

    Parameters
    ----------
    bin_starts : array, dims (year,)
        Decimal years.
    onset : float
        Decimal year.
    window : float
        Years of follow-up of a binary outcome; 0 for counts per bin.
    breaks : tuple of float
        Years after onset at which the curve has a kink or a jump.

    Returns
    -------
    nodes, weights : ndarray, dims (year, node)
        Years after onset; weights of each year sum to 1. Unused nodes have weight 0.
    """
    x, w = np.polynomial.legendre.leggauss(NODES_PER_PIECE)
    starts = np.asarray(bin_starts, dtype=float) - onset
    size = NODES_PER_PIECE * (PIECES + len(breaks))
    nodes, weights = np.zeros((starts.size, size)), np.zeros((starts.size, size))
    for row, start in enumerate(starts):
        corners = {start, start + min(1.0, window), start + max(1.0, window), start + 1.0 + window}
        inner = [b for b in breaks if min(corners) < b < max(corners)]
        edges = np.unique(np.round([*corners, *inner], 12))
        for piece, (left, right) in enumerate(itertools.pairwise(edges)):
            e = left + (right - left) * (x + 1) / 2
            # Overlap of [e - window, e] with the bin, over the window: the trapezoid.
            if window > 0:
                overlap = np.minimum(e, start + 1.0) - np.maximum(e - window, start)
                density = np.clip(overlap, 0.0, None) / window
            else:
                density = np.ones_like(e)
            at = slice(piece * NODES_PER_PIECE, (piece + 1) * NODES_PER_PIECE)
            nodes[row, at], weights[row, at] = e, w * (right - left) / 2 * density
    return nodes, weights


def dose(
    curve: Curve,
    bin_starts: ArrayLike,
    *,
    onset: float,
    window: float,
    breaks: tuple[float, ...] = (0.0,),
) -> Floats:
    """Average an embedding curve over the time that each year-bin's outcomes look at.

    Parameters
    ----------
    curve : callable
        Maps years after onset to embedding, for instance `immediate` or
        `functools.partial(exponential, half_life=1.0)`.
    bin_starts, onset, window, breaks
        As in `exposure_nodes`.

    Returns
    -------
    ndarray, dims (year,)
        Doses, 0 to 1.
    """
    nodes, weights = exposure_nodes(bin_starts, onset=onset, window=window, breaks=breaks)
    return np.asarray((weights * curve(nodes)).sum(axis=1))
