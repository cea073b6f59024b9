"""From the Gaussian mixture of latent effects to quantities on the scales that people use.

At one point of the grid a quantity is a smooth function of a Gaussian vector (the treated cells'
predictors and the effects' coefficients). It is followed along the direction in which it varies, as
a quadratic in a standard normal, with the mean curvature of the other directions added: so a
change in percentage points keeps its skewness. Over the grid these make a mixture.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from mp_bayes.fast.latent import eta_variance
from mp_bayes.fast.likelihoods import Floats
from mp_bayes.fast.nested import Grid
from mp_bayes.fast.structure import Structure

# Where, in SDs, the quadratic meets the quantity: near the ends of a 95% interval.
_REACH = 2.0
_QUANTILE_STEPS = 30


@dataclass(frozen=True)
class Mixture:
    """A quantity's posterior: a mixture of quadratics a + b x + c x^2 in standard normal x.

    Attributes
    ----------
    a, b, c, weight : ndarray, dims (replicate, point)
        b is not negative.
    """

    a: Floats
    b: Floats
    c: Floats
    weight: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and SD, dims (replicate,)."""
        means = self.a + self.c
        mean = (self.weight * means).sum(1)
        within = self.b**2 + 2 * self.c**2
        variance = (self.weight * (within + (means - mean[:, None]) ** 2)).sum(1)
        return mean, np.sqrt(variance)

    def exponential_moments(self) -> tuple[Floats, Floats]:
        """Return mean and SD of the exponential of a quantity whose c is 0, dims (replicate,)."""
        means = np.exp(self.a + self.b**2 / 2)
        mean = (self.weight * means).sum(1)
        second = (self.weight * np.exp(2 * self.a + 2 * self.b**2)).sum(1)
        return mean, np.sqrt(second - mean**2)

    def scaled(self, factor: Floats | float) -> "Mixture":
        """Return the quantity times a factor, dims (replicate, point) or a number."""
        return Mixture(self.a * factor, self.b * np.abs(factor), self.c * factor, self.weight)

    def probability_below(self, value: float) -> Floats:
        """Return the probability of a smaller value, dims (replicate,)."""
        return self._below(np.full((self.a.shape[0], 1), value))[0]

    def quantile(self, probability: float) -> Floats:
        """Return a quantile, dims (replicate,): Newton's steps within a shrinking bracket."""
        mean, sd = self.moments()
        low, high = mean - 12 * sd, mean + 12 * sd
        guess = mean + sd * ndtri(probability)
        for _ in range(_QUANTILE_STEPS):
            below, density = self._below(guess[:, None])
            short = below < probability
            low, high = np.where(short, guess, low), np.where(short, high, guess)
            proposal = guess - (below - probability) / np.maximum(density, 1e-300)
            inside = (proposal > low) & (proposal < high)
            moved = np.where(inside, proposal, (low + high) / 2)
            done = np.abs(moved - guess) <= 1e-4 * sd
            guess = moved
            if done.all():
                break
        return np.asarray(guess)

    def _below(self, value: Floats) -> tuple[Floats, Floats]:
        """Return the probability below, and the density at, values of dims (replicate, 1)."""
        away = value - self.a
        inside = self.b**2 + 4 * self.c * away
        slope = np.sqrt(np.maximum(inside, 0.0)) + 1e-300
        # The root on the branch through x = 0, in the form that is stable for small c; beyond
        # the quadratic's turning point there is none.
        x = np.where(inside < 0, np.sign(away) * np.inf, 2 * away / (self.b + slope))
        density = np.where(inside > 0, np.exp(-(x**2) / 2) / slope, 0.0) / np.sqrt(2 * np.pi)
        return (self.weight * ndtr(x)).sum(1), (self.weight * density).sum(1)


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
        count = len(structure.outcome.study.treated_boroughs)
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
    return _mixture(treated.grid, mean, np.sqrt((moved * along).sum(0)), np.zeros_like(mean))


def _mixture(grid: Grid, a: Floats, b: Floats, c: Floats) -> Mixture:
    shape = grid.weight.shape
    return Mixture(a.reshape(shape), b.reshape(shape), c.reshape(shape), grid.weight)


def _link(structure: Structure, eta: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the mean outcome of a cell with its first two derivatives in the predictor."""
    if structure.outcome.likelihood == "nb1":
        rate = np.exp(eta)
        return rate, rate, rate
    p = 1 / (1 + np.exp(-eta))
    slope = p * (1 - p)
    return p, slope, slope * (1 - 2 * p)


def change(treated: Treated, weight: Floats, *, full: bool) -> Mixture:
    """Return the weighted mean change of the outcome: a proportion, or events per child-year.

    Parameters
    ----------
    treated : Treated
    weight : ndarray, dims (treated, year, batch)
    full : bool
        The change at full dose, instead of that of the effect so far.
    """
    structure, posterior = treated.structure, treated.grid.posterior
    own, count = structure.free_years.size, treated.eta.shape[0]
    coefficients = posterior.coefficients[own:]

    def outcome(eta: Floats, effect: Floats, delta: Floats) -> Floats:
        without = _link(structure, eta - effect)[0]
        with_effect = _link(structure, eta - effect + delta if full else eta)[0]
        return (weight * (with_effect - without)).sum((0, 1))

    without = _link(structure, treated.eta - treated.effect)
    after = _link(
        structure, treated.eta - treated.effect + coefficients[0] if full else treated.eta
    )
    # Gradient in eta, in the effect, and (at full dose) in the programme's own coefficient.
    by_eta = weight * (after[1] - without[1])
    by_effect = -by_eta if full else weight * without[1]
    direct = np.einsum("btn,btjn->jn", by_effect, treated.design)
    if full:
        direct[0] += (weight * after[1]).sum((0, 1))
    kernel, cross = posterior.kernel[:count], posterior.cross(slice(0, count))
    variance = posterior.variance[:count]
    scaled = variance * by_eta
    total = np.einsum("btjn,btn->jn", cross, scaled)
    total[own:] += direct
    along = np.einsum("ijn,jn->in", treated.covariance, total)
    noise = scaled - variance * np.einsum("bstn,btn->bsn", kernel, scaled)
    eta_along = noise + variance * np.einsum("btjn,jn->btn", cross, along)
    spread = np.sqrt(np.maximum((by_eta * noise).sum((0, 1)) + (total * along).sum(0), 1e-300))
    eta_step, coefficient_step = eta_along / spread, along[own:] / spread
    effect_step = np.einsum("btjn,jn->btn", treated.design, coefficient_step)
    middle, low, high = (
        outcome(
            treated.eta + x * eta_step,
            treated.effect + x * effect_step,
            coefficients[0] + x * coefficient_step[0],
        )
        for x in (0.0, -_REACH, _REACH)
    )
    rest = _other_curvature(
        treated, weight * after[2], weight * without[2], eta_step, coefficient_step, full=full
    )
    b = (high - low) / (2 * _REACH)
    c = (high + low - 2 * middle) / (2 * _REACH**2)
    return _mixture(treated.grid, middle + rest, np.abs(b), c)


def _other_curvature(
    treated: Treated,
    after: Floats,
    without: Floats,
    eta_step: Floats,
    coefficient_step: Floats,
    *,
    full: bool,
) -> Floats:
    """Return half the trace of the second derivatives over directions not yet followed."""
    posterior, own = treated.grid.posterior, treated.structure.free_years.size
    count = treated.eta.shape[0]
    # A cell's outcomes with and without effect each depend on one combination of eta and
    # coefficients: eta (or eta - effect + delta), and eta - effect.
    delta = np.zeros_like(treated.design)
    delta[:, :, 0] = 1.0
    rows = posterior.cross(slice(0, count)) * posterior.variance[:count, :, None]
    result = np.zeros(treated.eta.shape[-1])
    for curvature, sign, loading in (
        (after, 1.0, (delta - treated.design) if full else np.zeros_like(treated.design)),
        (without, -1.0, -treated.design),
    ):
        moved = np.einsum("btjn,jkn->btkn", loading, treated.covariance[own:])
        variance = treated.variance + 2 * (moved * rows).sum(2)
        variance = variance + (moved[:, :, own:] * loading).sum(2)
        followed = eta_step + (loading * coefficient_step).sum(2)
        result += 0.5 * sign * (curvature * (variance - followed**2)).sum((0, 1))
    return result
