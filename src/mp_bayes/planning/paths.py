"""A design's answers along the effect's estimate, and the probabilities that follow from them."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.planning.follow import beyond

#: One number, or several with their weights.
Weighed = float | tuple[Floats, Floats]


@dataclass(frozen=True)
class Paths:
    """Where the answers of one design lie along the effect's estimate.

    Attributes
    ----------
    estimate : ndarray, dims (place,)
        Log odds or rate ratios at full dose.
    score : ndarray, dims (draw, place)
        Normal score of the posterior probability that the effect is above 0.
    average : ndarray, dims (draw, place)
        Posterior mean of the average effect, in log odds or log rates.
    covering : ndarray, dims (draw, place)
        Normal score of the posterior probability that the average effect is below the true one.
    sd : ndarray, dims (draw,)
        Of the estimate.
    movement : ndarray, dims (draw,)
        How much boroughs move in a draw, relative to what is expected, less 1: its mean is known.
    rounds : int
        Of draws that have their boroughs' sizes and shock SDs in common.
    true_average : float
        Average effect that an effect of 1 at full dose makes.
    """

    estimate: Floats
    score: Floats
    average: Floats
    covering: Floats
    sd: Floats
    movement: Floats
    rounds: int
    true_average: float

    def claims(self, limit: float, effect: Weighed, *, side: int) -> tuple[float, float]:
        """Return the probability of a claim on one side, with the draws' standard error.

        Parameters
        ----------
        limit : float
            A claim is a score beyond it.
        effect : float, or pair of ndarray, dims (value,)
            True log ratio at full dose; or several, and their weights.
        side : {-1, 1}
            Of the effect that is claimed.
        """
        values, weights = effect if isinstance(effect, tuple) else (np.array([effect]), np.ones(1))
        each = beyond(self.estimate, side * self.score - limit, values, self.sd)
        return _share(self._average(weights @ each / weights.sum()))

    def power(self, limit: float, effects: Floats, *, side: int) -> Floats:
        """Return the probability of a claim for each of several effects, dims (value,)."""
        each = beyond(self.estimate, side * self.score - limit, effects, self.sd)
        return np.asarray(self._controlled(each).mean(-1))

    def mean(self, effect: float) -> tuple[float, float]:
        """Return what the average effect is estimated at, on average, with its standard error."""
        x, weight = np.polynomial.hermite_e.hermegauss(15)
        at = effect + self.sd.mean() * x
        # Interpolation is linear: each place has its share of the mean.
        shares = [np.interp(at, self.estimate, one) for one in np.eye(self.estimate.size)]
        return self._average(self.average @ (np.array(shares) @ weight / weight.sum()))

    def coverage(self, effect: float) -> tuple[float, float]:
        """Return how often the 95% interval of the average effect holds the planned effect's."""
        limit = -ndtri(0.025)
        outside = sum(
            beyond(self.estimate, side * self.covering - limit, np.array([effect]), self.sd)[0]
            for side in (-1, 1)
        )
        return _share(self._average(1.0 - np.asarray(outside)))

    def _average(self, values: Floats) -> tuple[float, float]:
        """Return the mean over draws and its standard error."""
        rest = self._controlled(values)
        if self.rounds > 1:  # draws of one round are no independent ones
            rest = rest.reshape(self.rounds, -1).mean(1)
            return float(rest.mean()), float(rest.std() / np.sqrt(rest.size))
        # Pairs are in the order of what they are spread over: neighbours differ by the rest alone.
        return float(rest.mean()), float(np.sqrt((np.diff(rest) ** 2).sum() / 2) / rest.size)

    def _controlled(self, values: Floats) -> Floats:
        """Return values by pair of draws, less what boroughs' movements explain, dims (..., pair).

        Boroughs that happen to move much hide an effect: what that explains of the draws'
        differences is known to be nothing on average, and is taken out (a control variate).
        """
        values = values.reshape(*values.shape[:-1], -1, 2).mean(-1)
        moves = self.movement.reshape(-1, 2).mean(1)
        spread = moves - moves.mean()
        slope = (spread * values).sum(-1) / max((spread**2).sum(), 1e-12)
        return np.asarray(values - slope[..., None] * moves)


def _share(found: tuple[float, float]) -> tuple[float, float]:
    """Keep a share between 0 and 1: control variates may take it a little beyond."""
    return min(max(found[0], 0.0), 1.0), found[1]
