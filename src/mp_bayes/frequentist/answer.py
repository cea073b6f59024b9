"""What a frequentist method answers: an estimate, an interval, or why there is none."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from mp_bayes.errors import InputError
from mp_bayes.inference.laplace.likelihoods import Floats

#: Claims are made, and intervals left, at this level.
LEVEL = 0.05


@dataclass(frozen=True)
class Answer:
    """One method's answer to each of a batch of data sets.

    Attributes
    ----------
    estimate : ndarray, dims (...batch)
        On the scale of the data: log-odds or log-rates.
    lower, upper : ndarray, dims (...batch)
        95% confidence interval; NaN where the method gives none.
    p_value : ndarray, dims (...batch)
        Two-sided, of no effect.
    reason : str
        Why there is no interval, in words for a table; empty if there is one.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    p_value: Floats
    reason: str = ""

    @property
    def claims(self) -> npt.NDArray[np.bool_]:
        """Whether an effect is claimed at 5%; never without a p value."""
        return np.asarray(self.p_value <= LEVEL)

    def on_response(self, rate: npt.ArrayLike, *, link: str) -> "Answer":
        """Return the answer as a change per 100; see `change_per_100`."""
        ends = (
            change_per_100(one, rate, link=link) for one in (self.estimate, self.lower, self.upper)
        )
        estimate, lower, upper = ends
        return replace(self, estimate=estimate, lower=lower, upper=upper)


def no_answer(estimate: Floats, reason: str) -> Answer:
    """Return an answer without an interval, and why."""
    none = np.full_like(estimate, np.nan)
    return Answer(estimate, none, none, none, reason)


def answer(
    effects: Floats,
    covariance: Floats,
    *,
    weights: npt.ArrayLike | None = None,
    df: float = np.inf,
) -> Answer:
    """Return the answer for a weighted sum of effects.

    Parameters
    ----------
    effects : ndarray, dims (effect, ...batch)
    covariance : ndarray, dims (effect, effect, ...batch)
    weights : array_like, dims (effect,) or (effect, ...batch)
        The first effect unless given.
    df : float
        Degrees of freedom of the t reference; the normal one unless given.
    """
    given = np.arange(effects.shape[0]) == 0 if weights is None else weights
    chosen = np.asarray(given, dtype=float)
    chosen = chosen.reshape(chosen.shape + (1,) * (effects.ndim - chosen.ndim))
    estimate = np.asarray((chosen * effects).sum(0))
    se = np.sqrt((chosen[:, None] * chosen[None] * covariance).sum((0, 1)))
    reference = stats.t(df)
    half = reference.ppf(1 - LEVEL / 2) * se
    p_value = 2 * reference.sf(np.abs(estimate) / se)
    return Answer(estimate, estimate - half, estimate + half, np.asarray(p_value))


def cell_values(
    events: npt.ArrayLike, total: npt.ArrayLike, *, link: str, scale: npt.ArrayLike = 1.0
) -> tuple[Floats, Floats]:
    """Return each cell's own log-odds or log-rate, and its sampling variance.

    With half an event added to either side, so that a cell without events has a value
    (Haldane 1956, doi:10.1111/j.1469-1809.1955.tb01285.x).

    Parameters
    ----------
    events, total : array_like, dims (borough, year, ...batch)
    link : {"logit", "log"}
    scale : array_like
        Design effect or dispersion by which variances are multiplied; broadcasts.

    Returns
    -------
    value, variance : ndarray, dims (borough, year, ...batch)
        NaN and infinity where the total is 0.
    """
    _known(link)
    y, n = np.asarray(events, dtype=float), np.asarray(total, dtype=float)
    y, n = np.broadcast_arrays(y, n)
    known = n > 0
    y, n = np.where(known, y, 0.0), np.where(known, n, 1.0)
    if link == "logit":
        value = np.log((y + 0.5) / (n - y + 0.5))
        variance = 1 / (y + 0.5) + 1 / (n - y + 0.5)
    else:
        value, variance = np.log((y + 0.5) / n), 1 / (y + 0.5)
    spread = np.asarray(scale, dtype=float) * variance
    return np.where(known, value, np.nan), np.where(known, spread, np.inf)


def change_per_100(effect: npt.ArrayLike, rate: npt.ArrayLike, *, link: str) -> Floats:
    """Return what an effect changed, given the rate that was observed with it.

    The observed rate less the rate that would have been without the effect. It rises with the
    effect, so the ends of an interval transform.

    Parameters
    ----------
    effect : array_like
        Log-odds or log-rate.
    rate : array_like
        The treated borough's own proportion or rate; broadcasts.
    link : {"logit", "log"}

    Returns
    -------
    ndarray
        Percentage points of a proportion; events per 100 child-years of a rate.
    """
    _known(link)
    change, seen = np.asarray(effect, dtype=float), np.asarray(rate, dtype=float)
    if link == "log":
        return np.asarray(100 * seen * -np.expm1(-change))
    # The odds without the effect, written so that a rate of 0 or 1 stays there.
    without = seen / (seen + (1 - seen) * np.exp(change))
    return np.asarray(100 * (seen - without))


def _known(link: str) -> None:
    if link not in ("logit", "log"):
        raise InputError(f"unknown link '{link}': choose logit or log")
