"""A quantity's posterior as a mixture over the grid, with its moments, tails and quantiles."""

import math
from dataclasses import dataclass

import numba
import numpy as np
from scipy.special import ndtri

from mp_bayes.inference.laplace.likelihoods import Floats

_QUANTILE_STEPS = 60
# A quantile is known when Newton's step is shorter than so many SDs.
_CLOSE = 1e-4


@dataclass(frozen=True)
class Mixture:
    """A quantity's posterior: a mixture of quadratics a + b x + c x^2 in standard normal x.

    Attributes
    ----------
    a, b, c, weight : ndarray, dims (replicate, point, node)
        b is not negative. Points of the grid, and at each of them nodes along a second direction.
    """

    a: Floats
    b: Floats
    c: Floats
    weight: Floats

    def moments(self) -> tuple[Floats, Floats]:
        """Return mean and SD, dims (replicate,)."""
        means = self.a + self.c
        mean = (self.weight * means).sum((1, 2))
        within = self.b**2 + 2 * self.c**2
        variance = (self.weight * (within + (means - mean[:, None, None]) ** 2)).sum((1, 2))
        return mean, np.sqrt(variance)

    def exponential_moments(self) -> tuple[Floats, Floats]:
        """Return mean and SD of the exponential of a quantity whose c is 0, dims (replicate,)."""
        means = np.exp(self.a + self.b**2 / 2)
        mean = (self.weight * means).sum((1, 2))
        second = (self.weight * np.exp(2 * self.a + 2 * self.b**2)).sum((1, 2))
        return mean, np.sqrt(second - mean**2)

    def scaled(self, factor: Floats | float) -> "Mixture":
        """Return the quantity times a factor, dims (replicate, point, 1) or a number."""
        return Mixture(self.a * factor, self.b * np.abs(factor), self.c * factor, self.weight)

    def probability_below(self, value: float) -> Floats:
        """Return the probability of a smaller value, dims (replicate,)."""
        parts, below = self._flat(), np.empty(len(self.a))
        _probabilities(*parts, value, below)
        return below

    def quantile(self, probability: float) -> Floats:
        """Return a quantile, dims (replicate,): Newton's steps within a shrinking bracket."""
        mean, sd = self.moments()
        quantile = np.asarray(mean + sd * ndtri(probability))
        _quantiles(*self._flat(), sd, probability, quantile)
        return quantile

    def _flat(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return a, b, c and weight, dims (replicate, component)."""
        parts = (self.a, self.b, self.c, self.weight)
        a, b, c, weight = (np.ascontiguousarray(one).reshape(len(one), -1) for one in parts)
        return a, b, c, weight


# Compiled loops: most replicates need a few steps, and array by array all wait for the slowest.
# Numba has no types of its own.
@numba.njit(cache=True, error_model="numpy")
def _below(a: Floats, b: Floats, c: Floats, weight: Floats, value: float) -> tuple[float, float]:
    """Return one mixture's probability below a value, and its density there."""
    below = density = 0.0
    for i in range(a.size):
        away = value - a[i]
        inside = b[i] ** 2 + 4 * c[i] * away
        # Beyond the quadratic's turning point there is nothing.
        if inside < 0:
            below += weight[i] if away > 0 else 0.0
            continue
        slope = math.sqrt(inside) + 1e-300
        # The root on the branch through x = 0, in the form that is stable for small c.
        x = 2 * away / (b[i] + slope)
        if x > 9:
            below += weight[i]
        elif x > -9:
            below += weight[i] * 0.5 * math.erfc(-x / math.sqrt(2.0))
            density += weight[i] * math.exp(-x * x / 2) / (slope * math.sqrt(2 * math.pi))
    return below, density


@numba.njit(cache=True, error_model="numpy")
def _probabilities(
    a: Floats, b: Floats, c: Floats, weight: Floats, value: float, result: Floats
) -> None:
    for n in range(result.size):
        result[n] = _below(a[n], b[n], c[n], weight[n], value)[0]


@numba.njit(cache=True, error_model="numpy")
def _quantiles(
    a: Floats,
    b: Floats,
    c: Floats,
    weight: Floats,
    sd: Floats,
    probability: float,
    guesses: Floats,
) -> None:
    """Move each guess to its mixture's quantile."""
    for n in range(guesses.size):
        guess = guesses[n]
        low, high = guess - 12 * sd[n], guess + 12 * sd[n]
        for _ in range(_QUANTILE_STEPS):
            below, density = _below(a[n], b[n], c[n], weight[n], guess)
            if below < probability:
                low = guess
            else:
                high = guess
            moved = guess - (below - probability) / max(density, 1e-300)
            if not low < moved < high:
                moved = (low + high) / 2
            done = abs(moved - guess) <= _CLOSE * sd[n]
            guess = moved
            if done:
                break
        guesses[n] = guess
