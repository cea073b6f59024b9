"""Where a design's data will leave the analysis' hyperparameters: nodes to average over."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.planning.swept import without_level
from mp_bayes.priors.distributions import Fixed

# Rounds in which the grid closes in on where the weight is.
_ROUNDS = ((4.0, 9), (3.0, 5), (3.0, 5))
# Of few boroughs the posterior is wide and crooked: nodes are found with more care, and are more.
_FEW, _FEW_ROUNDS = 8, ((4.0, 9), (3.5, 7), (3.5, 7))
# Half-width and nodes of the final grid by its number of dimensions. With steps below one SD the
# trapezoidal rule of a density that is near to normal is all but exact.
_FINAL = {1: (3.6, 9), 2: (2.5, 5), 3: (2.8, 6)}
_FEW_FINAL = {1: (3.6, 9), 2: (3.4, 9), 3: (2.8, 6)}
_RADIUS = 3.2
# One data set's posterior has its middle elsewhere than the expected one.
_WIDER = 1.25
# Common years with a wider prior say nothing of shocks.
_WIDE_YEARS = 1.0
#: Half-lives' standard normal nodes.
HALF_LIFE_NODES = np.linspace(-3.0, 3.0, 6)


@dataclass(frozen=True)
class Nodes:
    """Hyperparameters of the shocks and of sampling.

    Attributes
    ----------
    sd_shock, rho, inflation : ndarray, dims (node,)
        `inflation`: variance of a cell relative to independent referrals, or a Poisson count.
    log_prior : ndarray, dims (node,)
        Up to a constant.
    """

    sd_shock: Floats
    rho: Floats
    inflation: Floats
    log_prior: Floats

    def at(self, number: int) -> "Nodes":
        """Return one of the nodes alone."""
        return Nodes(*(values[number : number + 1] for values in vars(self).values()))

    def covariance(self, sampling: Floats) -> Floats:
        """Return covariances of a borough's years.

        Parameters
        ----------
        sampling : ndarray, dims (class, year)
            Variance of a cell without inflation.

        Returns
        -------
        ndarray, dims (node, class, year, year)
        """
        years = sampling.shape[-1]
        lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
        shocks = (self.sd_shock**2)[:, None, None] * self.rho[:, None, None] ** lag
        noise = self.inflation[:, None, None, None] * (sampling[..., None] * np.eye(years))
        return np.asarray(shocks[:, None] + noise)


def years_sd(priors: dict[str, Any]) -> float:
    """Return the analysis' prior SD of a common year; the median of one that is free itself."""
    return float(priors["sd_year"].quantile(np.zeros(1))[0])


def _free(priors: dict[str, Any], *, binary: bool) -> list[str]:
    """Name the hyperparameters that the data have a say in."""
    none = isinstance(priors["sd_shock"], Fixed) and priors["sd_shock"].value == 0
    names = ["sd_shock", *([] if none else ["rho"]), *([] if binary else ["dispersion_excess"])]
    return [name for name in names if not isinstance(priors[name], Fixed)]


def _at(z: Floats, priors: dict[str, Any], *, binary: bool) -> Nodes:
    """Return nodes at standard normal quantiles of the free priors, dims (free, node)."""
    free = _free(priors, binary=binary)

    def value(name: str) -> Floats:
        where = z[free.index(name)] if name in free else np.zeros(z.shape[1])
        return np.asarray(priors[name].quantile(where))

    inflation = value("design_effect") if binary else 1.0 + value("dispersion_excess")
    rho = np.clip(value("rho"), 0.0, 1.0)
    return Nodes(value("sd_shock"), rho, inflation, -0.5 * (z**2).sum(0))


def place(
    priors: dict[str, Any],
    *,
    binary: bool,
    sampling: Floats,
    truth: Floats,
    boroughs: float,
    sd_year: float | None = None,
) -> Nodes:
    """Place nodes where the data of a design will put the posterior's weight.

    The expected log likelihood of the boroughs' movements, the effect aside, is known in closed
    form: of boroughs' distances from their mean, and of the mean with its common years. Nodes are a
    grid over the density that it makes with the prior.

    Parameters
    ----------
    priors : dict
        From `Priors.select`.
    binary : bool
    sampling : ndarray, dims (year,)
        Variance of a typical cell, without inflation.
    truth : ndarray, dims (year, year)
        Covariance of a typical borough's years.
    boroughs : float
    sd_year : float, optional
        True SD of common years but the first; the analysis leaves them free unless given.
    """
    count = len(_free(priors, binary=binary))
    if not count:
        return _at(np.zeros((0, 1)), priors, binary=binary)

    common = np.eye(len(sampling))
    common[0, 0] = 0.0  # the reference year

    def misfit(covariance: Floats, truth: Floats) -> Floats:
        precision, determinant = without_level(covariance)
        return np.asarray(determinant + np.einsum("nij,ji->n", precision, truth))

    def weights(z: Floats) -> Floats:
        nodes = _at(z, priors, binary=binary)
        own = nodes.covariance(sampling[None])[:, 0]
        fit = (boroughs - 1) * misfit(own, truth)
        if sd_year is not None and years_sd(priors) < _WIDE_YEARS:
            mean = own / boroughs + years_sd(priors) ** 2 * common
            fit += misfit(mean, truth / boroughs + sd_year**2 * common)
        density = nodes.log_prior - 0.5 * fit
        weight = np.exp(density - density.max())
        return np.asarray(weight / weight.sum())

    centre, scale = np.zeros((count, 1)), np.eye(count)
    few = boroughs < _FEW
    for span, many in _FEW_ROUNDS if few else _ROUNDS:
        grid = _grid(count, span, many)
        weight = weights(_inside(centre + scale @ grid))
        middle = grid @ weight[:, None]
        away = grid - middle
        # Where all weight is on one node, the next grid has its spacing as SD.
        spread = (weight * away) @ away.T + (0.35 * 2 * span / (many - 1)) ** 2 * np.eye(count)
        centre = _inside(centre + scale @ middle)
        scale = scale @ np.linalg.cholesky(spread)
    span, many = (_FEW_FINAL if few else _FINAL)[count]
    grid = _grid(count, span, many)
    grid = grid[:, np.hypot.reduce(grid, 0) <= max(_RADIUS, span * (count == 1))]
    return _at(_inside(centre + _WIDER * scale @ grid), priors, binary=binary)


def _inside(z: Floats) -> Floats:
    """Keep quantiles where priors have digits."""
    return np.clip(z, -6.0, 6.0)


def _grid(count: int, span: float, many: int) -> Floats:
    """Return a square grid, dims (count, point)."""
    axis = np.linspace(-span, span, many)
    return np.array(list(itertools.product(axis, repeat=count))).T
