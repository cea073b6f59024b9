"""Difference-in-differences whose standard error knows that boroughs move on their own."""

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from mp_bayes.inference.laplace.latent import Prior, condition
from mp_bayes.inference.laplace.likelihoods import Floats

# Variance of a free level, and of an empty cell; precision of a free coefficient. Against cells
# whose variance is at most about 1 they leave 1e-6 of a prior's weight, and double precision
# inverts matrices of this range to about as many digits.
_FLAT = 1e6
_NO_PRECISION = 1e-9
# A coefficient whose variance is of the order of its flat prior's is not told by the data.
_UNTOLD = 1e4


def gls_did(
    value: npt.ArrayLike,
    variance: npt.ArrayLike,
    columns: npt.ArrayLike,
    *,
    sd_shock: npt.ArrayLike,
    rho: npt.ArrayLike,
    times: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Estimate effects by generalised least squares on borough-years.

    Each cell's value is a free level of its borough, plus a free year, plus `columns` times the
    effects, plus a stationary AR(1) shock that is independent between boroughs, plus sampling
    noise. It is the report's difference-in-differences with a standard error that such shocks
    imply: the analysis that the hierarchical model becomes when its effect prior is flat and the
    shocks' size is known.

    Parameters
    ----------
    value, variance : array_like, dims (borough, year, ...batch)
        From `cell_values`. A cell whose variance is infinite has no weight.
    columns : array_like, dims (borough, year, effect) or (borough, year, effect, ...batch)
        What each effect adds to a cell: its dose, 0 where there is none.
    sd_shock, rho : array_like, dims () or (...batch)
        Stationary SD of the shocks, and their correlation from year to year; taken as known.
        With 0 this is the difference-in-differences weighted by sampling variances.
    times : array_like, dims (year,)
        When each year was, so that a gap between two is known; consecutive unless given.

    Returns
    -------
    effects : ndarray, dims (effect, ...batch)
        NaN where the data cannot tell it: no cell with a dose, or none to compare it with.
    covariance : ndarray, dims (effect, effect, ...batch)

    References
    ----------
    Hansen 2007, doi:10.1016/j.jeconom.2006.07.011, on generalised least squares for
    difference-in-differences with correlated group shocks.
    """
    y, spread = np.asarray(value, dtype=float), np.asarray(variance, dtype=float)
    boroughs, years, *batch = y.shape
    size = int(np.prod(batch))
    spread = np.broadcast_to(spread, y.shape).reshape(boroughs, years, size)
    known = np.isfinite(spread)
    y = np.where(known, y.reshape(boroughs, years, size), 0.0)
    spread = np.where(known, spread, _FLAT)
    load = np.asarray(columns, dtype=float)
    count = load.shape[2]
    load = load.reshape(boroughs, years, count, -1)
    load = np.broadcast_to(load, (boroughs, years, count, size))
    # Only boroughs with a dose carry coefficients, and they come first.
    dosed = (load != 0).any((1, 2, 3))
    order = np.argsort(~dosed, kind="stable")
    # A year that nobody has would leave its coefficient to the flat prior.
    kept = np.flatnonzero(known.any((0, 2)))
    when = kept if times is None else np.asarray(times)[kept]
    lag = np.abs(np.subtract.outer(when, when))[:, :, None]
    sd, corr = (
        np.broadcast_to(np.asarray(one, dtype=float), batch or ()).reshape(size)
        for one in (sd_shock, rho)
    )
    free = np.arange(1, kept.size)
    prior = Prior(
        mean=np.zeros(size),
        covariance=_FLAT + sd**2 * corr**lag,
        design=load[order[: dosed.sum()]][:, kept],
        years=free,
        coefficient_mean=np.zeros((free.size + count, size)),
        coefficient_precision=np.full((free.size + count, size), _NO_PRECISION),
    )
    found = condition(prior, y[order][:, kept], spread[order][:, kept])
    effects = found.coefficients[free.size :]
    covariance = found.coefficient_covariance[free.size :, free.size :]
    told = np.einsum("iin->in", covariance) < _UNTOLD
    effects = np.where(told, effects, np.nan)
    covariance = np.where(told[:, None] & told[None], covariance, np.nan)
    return effects.reshape(count, *batch), covariance.reshape(count, count, *batch)


def expected_shocks(chosen: dict[str, Any]) -> tuple[float, float]:
    """Return the shocks' SD and correlation for `gls_did` to take as known.

    The root mean square of `sd_shock` and the mean of `rho` under their priors: the variance of a
    shock is then what the prior expects.

    Parameters
    ----------
    chosen : dict
        From `Priors.select`, by parameter.
    """
    z = stats.norm.ppf((np.arange(2000) + 0.5) / 2000)
    sd_shock, rho = (chosen[name].quantile(z) for name in ("sd_shock", "rho"))
    return float(np.sqrt((sd_shock**2).mean())), float(rho.mean())
