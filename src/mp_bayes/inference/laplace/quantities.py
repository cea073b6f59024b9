"""From the Gaussian mixture of latent effects to quantities on the scales that people use.

At one point of the grid a quantity is a smooth function of a Gaussian vector (the treated cells'
predictors and the effects' coefficients). It is followed along the direction in which it varies, as
a quadratic in a standard normal, at several nodes along a second direction: the one in which the
first slope changes (for a change in percentage points: the level that the effect meets). The mean
curvature of all other directions is added. So a change keeps its skewness and its long tails; over
the grid these make a mixture.
"""

from dataclasses import dataclass

import numpy as np

from mp_bayes.inference.laplace.latent import eta_variance
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.inference.laplace.mixture import Mixture
from mp_bayes.inference.laplace.nested import Grid
from mp_bayes.inference.laplace.structure import Structure

# Where, in SDs, the quadratic meets the quantity: near the ends of a 95% interval.
_REACH = 2.0
# How far apart, in SDs, the slopes are taken that tell the second direction.
_BEND = 1.0
_ACROSS, _ACROSS_WEIGHT = np.polynomial.hermite_e.hermegauss(5)
_ACROSS_WEIGHT /= _ACROSS_WEIGHT.sum()
#: A point, gradient or step of the latent vector: predictors (treated, year, batch) and the
#: effects' coefficients (effect, batch).
Latent = tuple[Floats, Floats]


@dataclass(frozen=True)
class Treated:
    """The treated boroughs' part of the latent posterior over a grid; batch last."""

    structure: Structure
    grid: Grid
    design: Floats  # (treated, year, effect): what the programme adds; other effects left out
    eta: Floats  # (treated, year)
    effect: Floats  # (treated, year)
    covariance: Floats  # (coefficient, coefficient)
    variance: Floats  # (treated, year)

    @classmethod
    def of(cls, structure: Structure, grid: Grid) -> "Treated":
        """Take the treated boroughs out of a grid."""
        count = len(structure.outcome.setting.treated_boroughs)
        own = structure.free_years.size
        design = grid.prior.design[:count] * structure.programme[:, None]
        effect = np.einsum("btjn,jn->btn", design, grid.posterior.coefficients[own:])
        return cls(
            structure,
            grid,
            design,
            grid.posterior.eta[:count],
            effect,
            grid.posterior.coefficient_covariance,
            eta_variance(grid.posterior, slice(0, count)),
        )

    def move(self, gradient: Latent) -> Latent:
        """Return the covariance with a quantity of this gradient."""
        posterior, own = self.grid.posterior, self.structure.free_years.size
        count = self.eta.shape[0]
        kernel, cross = posterior.kernel[:count], posterior.cross(slice(0, count))
        variance = posterior.variance[:count]
        scaled = variance * gradient[0]
        total = np.einsum("btjn,btn->jn", cross, scaled)
        total[own:] += gradient[1]
        along = np.einsum("ijn,jn->in", self.covariance, total)
        noise = scaled - variance * np.einsum("bstn,btn->bsn", kernel, scaled)
        return noise + variance * np.einsum("btjn,jn->btn", cross, along), along[own:]


def direction(treated: Treated, weight: Floats) -> Floats:
    """Return the weighted mean effect as a combination of the coefficients.

    Parameters
    ----------
    treated : Treated
    weight : ndarray, dims (treated, year, batch)
        Sums to 1; batch as in the grid, or 1.

    Returns
    -------
    ndarray, dims (coefficient, batch)
    """
    along = np.zeros_like(treated.grid.posterior.coefficients)
    own = treated.structure.free_years.size
    along[own:] = (weight[:, :, None] * treated.design).sum((0, 1))
    return along


def linear(treated: Treated, weight: Floats) -> Mixture:
    """Return the weighted mean effect on the link scale; weight as for `direction`."""
    return _gaussian(treated, direction(treated, weight))


def full_effect(treated: Treated) -> Mixture:
    """Return the effect at full dose on the link scale: the programme's own coefficient."""
    along = np.zeros_like(treated.grid.posterior.coefficients)
    along[treated.structure.free_years.size] = 1.0
    return _gaussian(treated, along)


def _gaussian(treated: Treated, along: Floats) -> Mixture:
    posterior = treated.grid.posterior
    mean = (along * posterior.coefficients).sum(0)
    moved = np.einsum("ijn,jn->in", treated.covariance, along)
    parts = mean, np.sqrt((moved * along).sum(0)), np.zeros_like(mean)
    return _mixture(treated.grid, *(part[:, None] for part in parts))


def _mixture(grid: Grid, a: Floats, b: Floats, c: Floats, share: Floats | float = 1.0) -> Mixture:
    """Shape parts of dims (batch, node); share is each node's weight."""
    shape = (*grid.weight.shape, a.shape[-1])
    weight = grid.weight[:, :, None] * share
    return Mixture(a.reshape(shape), b.reshape(shape), c.reshape(shape), weight)


def _link(structure: Structure, eta: Floats, derivative: int) -> Floats:
    """Return the mean outcome of a cell, or its first or second derivative in the predictor."""
    if structure.outcome.likelihood == "nb1":
        return np.exp(eta)
    p = 1 / (1 + np.exp(-eta))
    if derivative == 0:
        return p
    slope = p * (1 - p)
    return slope if derivative == 1 else slope * (1 - 2 * p)


def change(treated: Treated, weight: Floats, *, full: bool) -> Mixture:
    """Return the weighted mean change of the outcome: a proportion, or events per child-year.

    Parameters
    ----------
    treated : Treated
    weight : ndarray, dims (treated, year, batch)
    full : bool
        The change at full dose, instead of that of the effect so far.
    """
    own = treated.structure.free_years.size
    middle = treated.eta, treated.grid.posterior.coefficients[own:]
    what = _Change(treated, weight, full)
    gradient = what.gradient(middle)
    step = treated.move(gradient)
    first = _scaled(step, _inner(gradient, step))
    ahead, behind = (what.gradient(_plus(middle, first, x)) for x in (_BEND, -_BEND))
    bend = _plus(ahead, behind, -1.0)
    across = _plus(treated.move(bend), first, -_inner(bend, first))
    second = _scaled(across, _inner(bend, across))
    rest = what.other_curvature(middle, (first, second))
    parts = []
    for y in _ACROSS:
        here = _plus(middle, second, y)
        at, low, high = (what.value(_plus(here, first, x)) for x in (0.0, -_REACH, _REACH))
        slope = (high - low) / (2 * _REACH)
        parts.append((at + rest, np.abs(slope), (high + low - 2 * at) / (2 * _REACH**2)))
    a, b, c = (np.stack(part, axis=-1) for part in zip(*parts, strict=True))
    return _mixture(treated.grid, a, b, c, _ACROSS_WEIGHT)


def _inner(gradient: Latent, step: Latent) -> Floats:
    """Return what a quantity of this gradient gains by a step, dims (batch,)."""
    return np.asarray((gradient[0] * step[0]).sum((0, 1)) + (gradient[1] * step[1]).sum(0))


def _plus(point: Latent, step: Latent, times: Floats | float) -> Latent:
    return point[0] + times * step[0], point[1] + times * step[1]


def _scaled(step: Latent, variance: Floats) -> Latent:
    """Return a step of one SD."""
    sd = np.sqrt(np.maximum(variance, 1e-300))
    return step[0] / sd, step[1] / sd


@dataclass(frozen=True)
class _Change:
    """A weighted mean change of the outcome as a function of the latent vector."""

    treated: Treated
    weight: Floats
    full: bool

    def predictors(self, point: Latent) -> tuple[Floats, Floats]:
        """Return each cell's predictor without the programme, and with it."""
        eta, coefficients = point
        without = eta - np.einsum("btjn,jn->btn", self.treated.design, coefficients)
        return without, without + coefficients[0] if self.full else eta

    def value(self, point: Latent) -> Floats:
        """Return the change, dims (batch,)."""
        without, after = (_link(self.treated.structure, x, 0) for x in self.predictors(point))
        return np.asarray((self.weight * (after - without)).sum((0, 1)))

    def gradient(self, point: Latent) -> Latent:
        """Return the derivatives in predictors and effects' coefficients."""
        without, after = (
            self.weight * _link(self.treated.structure, x, 1) for x in self.predictors(point)
        )
        by_eta = after - without
        by_effect = -by_eta if self.full else without
        direct = np.einsum("btn,btjn->jn", by_effect, self.treated.design)
        if self.full:
            direct[0] += after.sum((0, 1))
        return by_eta, direct

    def other_curvature(self, point: Latent, followed: tuple[Latent, ...]) -> Floats:
        """Return half the trace of the second derivatives over directions not followed."""
        treated, posterior = self.treated, self.treated.grid.posterior
        own, count = treated.structure.free_years.size, treated.eta.shape[0]
        without, after = (
            self.weight * _link(treated.structure, x, 2) for x in self.predictors(point)
        )
        # A cell's outcomes with and without effect each depend on one combination of eta and
        # coefficients: eta (or eta - effect + delta), and eta - effect.
        delta = np.zeros_like(treated.design)
        delta[:, :, 0] = 1.0
        rows = posterior.cross(slice(0, count)) * posterior.variance[:count, :, None]
        result = np.zeros(treated.eta.shape[-1])
        for curvature, loading in (
            (after, (delta - treated.design) if self.full else np.zeros_like(treated.design)),
            (-without, -treated.design),
        ):
            moved = np.einsum("btjn,jkn->btkn", loading, treated.covariance[own:])
            variance = treated.variance + 2 * (moved * rows).sum(2)
            variance = variance + (moved[:, :, own:] * loading).sum(2)
            for eta_step, coefficient_step in followed:
                variance = variance - (eta_step + (loading * coefficient_step).sum(2)) ** 2
            result += 0.5 * (curvature * variance).sum((0, 1))
        return result
