"""A quantity's posterior as a mixture over the grid, with its moments, tails and quantiles."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from mp_bayes.fast.likelihoods import Floats

_QUANTILE_STEPS = 30


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
        return self._below(np.full((self.a.shape[0], 1, 1), value))[0]

    def quantile(self, probability: float) -> Floats:
        """Return a quantile, dims (replicate,): Newton's steps within a shrinking bracket."""
        mean, sd = self.moments()
        low, high = mean - 12 * sd, mean + 12 * sd
        guess = mean + sd * ndtri(probability)
        for _ in range(_QUANTILE_STEPS):
            below, density = self._below(guess[:, None, None])
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
        """Return the probability below, and the density at, values of dims (replicate, 1, 1)."""
        away = value - self.a
        inside = self.b**2 + 4 * self.c * away
        slope = np.sqrt(np.maximum(inside, 0.0)) + 1e-300
        # The root on the branch through x = 0, in the form that is stable for small c; beyond
        # the quadratic's turning point there is none.
        x = np.where(inside < 0, np.sign(away) * np.inf, 2 * away / (self.b + slope))
        density = np.where(inside > 0, np.exp(-(x**2) / 2) / slope, 0.0) / np.sqrt(2 * np.pi)
        return (self.weight * ndtr(x)).sum((1, 2)), (self.weight * density).sum((1, 2))
