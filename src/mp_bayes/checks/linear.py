"""A linear difference in trends: what a pre-trend test finds of it, and a prior on its slope.

Roth 2022 (doi:10.1257/aeri.20210236): that no estimate before the onset leaves out 0 says little
where the test had little power; and a slope that it would often have missed may make an effect.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

from mp_bayes.checks.event_study import EventStudy, Floats, Z

_STEEPEST = 60.0  # standard errors; no test misses such a slope


def power(study: EventStudy, slope: float) -> float:
    """Return how often the pre-trend test finds a linear difference in trends of this slope.

    The test finds it if the 95% interval of any estimate before the onset leaves out 0.

    Parameters
    ----------
    study : EventStudy
    slope : float
        Per period, in the estimates' unit.
    """
    before = ~study.post
    covariance = study.covariance[np.ix_(before, before)]
    sd = np.sqrt(np.diag(covariance))
    mean = slope * study.times[before] / sd
    if before.sum() == 1:
        missed = norm.cdf(Z - mean[0]) - norm.cdf(-Z - mean[0])
    else:
        # The same seed for every slope: power then rises smoothly with it.
        missed = multivariate_normal.cdf(
            np.full(mean.size, Z),
            mean=mean,
            cov=covariance / np.outer(sd, sd),
            lower_limit=np.full(mean.size, -Z),
            allow_singular=True,
            maxpts=20_000,
            rng=np.random.default_rng(2022),
        )
    return float(1 - missed)


def slope_found(study: EventStudy, wanted: float) -> float:
    """Return the slope that the pre-trend test finds with the wanted power.

    It is 0 where the test has so many chances that it finds something as often without a slope.
    """
    if power(study, 0.0) >= wanted:
        return 0.0
    most = _STEEPEST * least_error(study)
    return float(brentq(lambda slope: power(study, slope) - wanted, 0.0, most, xtol=1e-5 * most))


def least_error(study: EventStudy) -> float:
    """Return the standard error of the slope by that estimate before the onset that has least."""
    before = ~study.post
    sd = np.sqrt(np.diag(study.covariance))[before]
    return float((sd / np.abs(study.times[before])).min())


def bias(study: EventStudy, slope: float, weights: Floats | None = None) -> float:
    """Return what a linear difference in trends adds to the weighted effect."""
    return float(slope * (study.weights(weights) @ study.times[study.post]))


@dataclass(frozen=True)
class Posterior:
    """A Normal posterior: mean, and the ends of the 95% equal-tailed interval."""

    mean: float
    lower: float
    upper: float


def slope_before(study: EventStudy, sd: float = np.inf) -> tuple[float, float]:
    """Return the slope of a line through the estimates before the onset, and its variance.

    By generalised least squares through the reference, whichever that is.

    Parameters
    ----------
    study : EventStudy
    sd : float
        Of a Normal prior of the slope around 0; none unless given.
    """
    if sd == 0:
        return 0.0, 0.0
    before = ~study.post
    informed = np.linalg.solve(study.covariance[np.ix_(before, before)], study.times[before])
    variance = 1 / float(informed @ study.times[before] + 1 / sd**2)
    return variance * float(informed @ study.estimate[before]), variance


def trend_prior(study: EventStudy, sd: float, weights: Floats | None = None) -> Posterior:
    """Return the posterior of the weighted effect with a Normal prior on the slope.

    Effects have flat priors, and the difference in trends is linear, its slope Normal around 0. The
    likelihood is the estimates' own Normal, so all is conjugate: generalised least squares. With an
    SD of 0 trends are parallel in all periods, and estimates before the onset help to say where the
    comparison starts; without a prior (an infinite SD) the answer is the least-squares
    extrapolation, as under smoothness with M = 0. The reference period does not matter.

    Parameters
    ----------
    study : EventStudy
    sd : float
        Of the slope's prior, per period; may be infinite.
    weights : ndarray, dims (period after the onset,), optional
        The study's own unless given.
    """
    weighted, post = study.weights(weights), study.post
    blocks = study.covariance[np.ix_(~post, ~post)], study.covariance[np.ix_(post, ~post)]
    onto = np.linalg.solve(blocks[0], blocks[1].T).T
    # Estimates after the onset, less what their errors share with those before it.
    rest = study.estimate[post] - onto @ study.estimate[~post]
    times = study.times[post] - onto @ study.times[~post]
    covariance = study.covariance[np.ix_(post, post)] - onto @ blocks[1].T
    mean, variance = slope_before(study, sd)
    effect = float(weighted @ (rest - times * mean))
    spread = float(np.sqrt(weighted @ covariance @ weighted + (weighted @ times) ** 2 * variance))
    return Posterior(effect, effect - Z * spread, effect + Z * spread)
