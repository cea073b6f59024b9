"""Are ranks uniform? The empirical distribution function with simultaneous bands.

Säilynoja, Bürkner and Vehtari 2022, doi:10.1007/s11222-022-10090-6: at each of a grid of points the
number of ranks below it is Binomial; the statistic is the smallest two-sided tail probability of
these, and its distribution under uniformity is simulated. `arviz_stats` has the same band at one
level; here all levels are wanted, for p values that many quantities share.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import bdtr

from mp_bayes.inference.laplace.likelihoods import Floats

#: Points at which distribution functions are compared.
POINTS = np.arange(1, 50) / 50
#: Simulated under uniformity: p values at 0.05 divided among 25 quantities have a relative Monte
#: Carlo error of a twentieth, and among a thousand of a third.
_SIMULATED = 200_000
_SEED = 1


@dataclass(frozen=True)
class Uniformity:
    """How far ranks are from uniform.

    Attributes
    ----------
    difference : ndarray, dims (point,)
        Their distribution function less the uniform one, at `POINTS`.
    p : float
        Probability of as small a tail probability anywhere, were they uniform.
    """

    difference: Floats
    p: float


def uniformity(ranks: Floats) -> Uniformity:
    """Compare ranks, each divided so that it lies between 0 and 1, with the uniform distribution.

    Parameters
    ----------
    ranks : ndarray, dims (replicate,)
    """
    return of_counts((ranks[:, None] <= POINTS).sum(0), ranks.size)


def of_counts(counts: np.ndarray, total: int) -> Uniformity:
    """Compare with the uniform distribution how many of `total` ranks are below each of `POINTS`.

    Parameters
    ----------
    counts : ndarray of int, dims (point,)
    total : int
    """
    tail = _tails(total)[counts, np.arange(POINTS.size)].min()
    null = _null(total)
    p = (1 + np.searchsorted(null, tail * (1 + 1e-9), side="right")) / (1 + null.size)
    return Uniformity(counts / total - POINTS, float(p))


def band(count: int, level: float) -> tuple[Floats, Floats]:
    """Return the simultaneous band of the difference, which holds it with probability 1 - level.

    Parameters
    ----------
    count : int
        How many ranks.
    level : float
        For all points together.

    Returns
    -------
    lower, upper : ndarray, dims (point,)
        The smallest and largest difference that is within.
    """
    smallest = np.quantile(_null(count), level)
    within = _tails(count) >= smallest
    lowest, highest = within.argmax(0), count - within[::-1].argmax(0)
    return lowest / count - POINTS, highest / count - POINTS


def holm(p: Floats) -> Floats:
    """Return p values adjusted for their number (Holm 1979), whatever their dependence."""
    order = np.argsort(p)
    steps = p[order] * (p.size - np.arange(p.size))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


@lru_cache(maxsize=64)
def _tails(count: int) -> Floats:
    """Return the two-sided tail probability of every count at every point, dims (count, point)."""
    counts = np.arange(count + 1)[:, None]
    below = bdtr(counts, count, POINTS)
    above = 1 - np.where(counts > 0, bdtr(np.maximum(counts - 1, 0), count, POINTS), 0.0)
    return np.asarray(np.minimum(2 * np.minimum(below, above), 1.0))


@lru_cache(maxsize=64)
def _null(count: int) -> Floats:
    """Return the statistic of simulated uniform ranks, sorted."""
    rng = np.random.default_rng(_SEED)
    shares = np.full(POINTS.size + 1, 1 / (POINTS.size + 1))
    counts = rng.multinomial(count, shares, size=_SIMULATED)[:, :-1].cumsum(1)
    return np.sort(_tails(count)[counts, np.arange(POINTS.size)].min(1))
