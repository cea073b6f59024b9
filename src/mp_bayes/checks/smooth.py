"""Smoothness: the difference in trends bends by no more than M from one period to the next.

Rambachan and Roth 2023 (doi:10.1093/restud/rdad018), sections 2.4.3 and 4: an interval of fixed
length around an affine estimator, chosen so that the interval is shortest (Armstrong and Kolesár
2018, doi:10.3982/ECTA14434).
"""

import math

import numpy as np
from scipy.optimize import minimize
from scipy.special import ndtr, ndtri

from mp_bayes.checks.event_study import EventStudy, Floats
from mp_bayes.checks.relative import LEVEL, Bounds


def critical(bias: float) -> float:
    """Return the 95% quantile of the absolute value of a Normal with mean `bias` and SD 1."""
    bias = abs(bias)
    value = float(ndtri(1 - LEVEL / 2)) + bias
    for _ in range(50):
        # From above, where the distribution function is concave, Newton's steps do not overshoot.
        missing = ndtr(value - bias) - ndtr(-value - bias) - (1 - LEVEL)
        step = missing / (_density(value - bias) + _density(value + bias))
        value -= step
        if abs(step) < 1e-13 * value:
            break
    return float(value)


def _density(value: float) -> float:
    return math.exp(-0.5 * value**2) / math.sqrt(2 * math.pi)


def smoothness(study: EventStudy, m: float, *, weights: Floats | None = None) -> Bounds:
    """Return the shortest interval of fixed length if trends bend by at most `m` a period.

    Parameters
    ----------
    study : EventStudy
    m : float
        0 or more, in the estimates' unit; at 0 a linear trend is extrapolated, by least squares.
    weights : ndarray, dims (period after the onset,), optional
        The study's own unless given.

    Returns
    -------
    Bounds
        Its set is that of estimates without error, empty if the trend before bends by more.
    """
    based = study.rebased()
    weighted = based.weights(weights)
    size, posts = len(based.times), based.posts
    pre = size - posts
    steps = np.arange(1, posts + 1)
    # What each bend after the onset does to the average, the first at the last period before.
    bends = np.array([weighted @ np.maximum(steps - j, 0) for j in range(posts)])
    constant = float(np.abs(bends).sum())
    # The estimator adds multiples of the estimates before the onset. A linear trend leaves it
    # unbiased; the multiples' second sums q, nearest period first, are what bends before do to it.
    to_multiples = _second_differences(pre)
    chosen = np.concatenate([np.zeros(pre), weighted])
    chosen[:pre] = to_multiples[:, 0] * bends[0]
    free = np.zeros((size, pre - 1))
    free[:pre] = to_multiples[:, 1:]
    q = _shortest(based.covariance, chosen, free, constant, m)
    best = chosen + free @ q
    sd = float(np.sqrt(best @ based.covariance @ best))
    half = critical(m * (constant + np.abs(q).sum()) / sd) * sd
    centre = float(best @ based.estimate)
    low, high = _without_error(based, weighted, m, bends)
    return Bounds(centre - half, centre + half, low, high)


def _second_differences(pre: int) -> Floats:
    """Return what takes second sums (the slope's first) to multiples of estimates, dims (pre, pre).

    Rows are periods in order, so the nearest to the onset is last.
    """
    matrix = np.zeros((pre, pre))
    for back in range(1, pre + 1):
        for sums, times in ((back - 1, 1.0), (back, -2.0), (back + 1, 1.0)):
            if sums < pre:
                matrix[pre - back, sums] = times
    return matrix


def _shortest(covariance: Floats, fixed: Floats, free: Floats, constant: float, m: float) -> Floats:
    """Return the second sums at which the interval is shortest: a convex problem, dims (pre - 1,).

    Their absolute values enter the bias; written as a positive and a negative part, it is smooth.
    """
    count = free.shape[1]
    quadratic, linear = free.T @ covariance @ free, free.T @ covariance @ fixed
    if count == 0:
        return np.zeros(0)
    least = np.linalg.lstsq(quadratic, -linear, rcond=None)[0]
    if m == 0:
        return np.asarray(least)
    base = float(fixed @ covariance @ fixed)
    unit = float(np.sqrt(base))
    scale = np.maximum(np.abs(least).max(), 1e-12 * np.abs(fixed).max())

    def length(parts: Floats) -> tuple[float, Floats]:
        q = scale * (parts[:count] - parts[count:])
        sd = float(np.sqrt(max(base + 2 * linear @ q + q @ quadratic @ q, 1e-300)))
        bias = m * (constant + scale * parts.sum())
        ratio = bias / sd
        value = critical(ratio)
        near, far = _density(value - ratio), _density(value + ratio)
        by_bias = float((near - far) / (near + far))
        by_sd = (value - ratio * by_bias) * (linear + quadratic @ q) / sd
        gradient = np.concatenate([by_bias * m + by_sd, by_bias * m - by_sd]) * scale
        return value * sd / unit, gradient / unit

    start = np.concatenate([np.maximum(least, 0), np.maximum(-least, 0)]) / scale
    found = minimize(
        length,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0, None)] * (2 * count),
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    return np.asarray(scale * (found.x[:count] - found.x[count:]))


def largest_bend(study: EventStudy) -> float:
    """Return the largest bend of the estimates before the onset; not a number if they show none."""
    path = _path_before(study.rebased())
    return float(np.abs(np.diff(path, n=2)).max()) if path.size > 2 else math.nan


def _path_before(based: EventStudy) -> Floats:
    return np.append(based.estimate[: len(based.times) - based.posts], 0.0)


def _without_error(
    based: EventStudy, weighted: Floats, m: float, bends: Floats
) -> tuple[float, float]:
    """Return the identified set at the estimates."""
    pre = len(based.times) - based.posts
    path = _path_before(based)
    rounding = 1e-12 * np.abs(path).max()
    if largest_bend(based) > m * (1 + 1e-12) + rounding:
        return float("nan"), float("nan")
    middle = float(weighted @ (based.estimate[pre:] + path[-2] * np.arange(1, based.posts + 1)))
    reach = m * float(np.abs(bends).sum())
    return middle - reach, middle + reach
