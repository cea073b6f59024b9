"""What a joint posterior says, each number with its Monte Carlo standard error.

The posterior is a mixture of Normal distributions, one for each weighted draw of the
hyperparameters. Means, SDs and correlations follow from it without further draws; probabilities
and intervals' ends need them. Errors are by influence functions, of the weighted draws of
hyperparameters; draws from one of these count as one cluster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mp_bayes.checks.errors import share_error
from mp_bayes.checks.joint_parts import JITTER
from mp_bayes.estimands import LOWER, UPPER
from mp_bayes.inference.laplace.likelihoods import Floats


@dataclass(frozen=True)
class Drawn:
    """Draws of effects, and of which draw of the hyperparameters each is.

    Attributes
    ----------
    values : ndarray, dims (draw, effect)
    cluster : ndarray of int, dims (draw,)
    """

    values: Floats
    cluster: np.ndarray

    def of(self, effects: list[int]) -> "Drawn":
        """Return the same of some effects."""
        return Drawn(self.values[:, effects], self.cluster)

    def share(self, holds: np.ndarray) -> tuple[Any, Any]:
        """Return how often something holds, dims (draw, ...), and the error of that."""
        share = holds.mean(0)
        # Where it never holds, or always, no draw tells how sure that is.
        return share, np.maximum(self.error(holds - share), share_error(share, len(holds)))

    def error(self, influence: Floats) -> Any:
        """Return the error of a statistic from each draw's influence on it, dims (draw, ...)."""
        sums = np.zeros((self.cluster.max() + 1, *influence.shape[1:]))
        np.add.at(sums, self.cluster, influence)
        return np.sqrt((sums**2).sum(0)) / len(influence)


@dataclass(frozen=True)
class Mixture:
    """A posterior of effects, given draws of the hyperparameters.

    Attributes
    ----------
    means : ndarray, dims (draw, effect)
    covariances : ndarray, dims (draw, effect, effect)
    weight : ndarray, dims (draw,)
        They sum to 1.
    """

    means: Floats
    covariances: Floats
    weight: Floats

    @cached_property
    def mean(self) -> Floats:
        """Of each effect."""
        return np.asarray(self.weight @ self.means)

    @cached_property
    def products(self) -> Floats:
        """Expected products of what effects are away from their means, by draw."""
        away = self.means - self.mean
        return np.asarray(self.covariances + away[:, :, None] * away[:, None, :])

    @cached_property
    def covariance(self) -> Floats:
        """Of the effects."""
        return np.asarray(np.einsum("d,dop->op", self.weight, self.products))

    @property
    def ess(self) -> float:
        """The effective number of draws of the hyperparameters."""
        return float(1 / (self.weight**2).sum())

    def error(self, influence: Floats) -> Any:
        """Return the error of a statistic from each draw's influence on it, dims (draw, ...)."""
        return np.sqrt(np.einsum("d,d...->...", self.weight**2, influence**2))

    def drawn(self, count: int, seed: int) -> Drawn:
        """Draw the effects."""
        rng = np.random.default_rng(seed)
        chosen = rng.choice(self.weight.size, size=count, p=self.weight)
        effects = self.means.shape[1]
        roots = np.linalg.cholesky(self.covariances + JITTER * np.eye(effects))
        standard = rng.standard_normal((count, effects))
        values = self.means[chosen] + np.einsum("dop,dp->do", roots[chosen], standard)
        return Drawn(np.asarray(values), chosen)

    def effects(self, drawn: Drawn) -> Iterator[dict[str, float]]:
        """Yield what is said of each effect: mean, sd, 95% interval, and whether it is below 0."""
        sd = np.sqrt(np.diag(self.covariance))
        squares = np.diagonal(self.products, axis1=1, axis2=2)
        below, below_error = drawn.share(drawn.values < 0)
        columns: dict[str, Floats] = {"mean": self.mean, "sd": sd}
        errors: dict[str, Floats] = {
            "mean": self.error(self.means - self.mean),
            "sd": self.error((squares - sd**2) / (2 * sd)),
        }
        for name, level in (("lower", LOWER), ("upper", UPPER)):
            end = np.quantile(drawn.values, level, axis=0)
            _, error = drawn.share(drawn.values <= end)
            # An end is off by as much as its level is, over the density there.
            around = [
                np.diag(np.quantile(drawn.values, np.clip(level + side * error, 0, 1), axis=0))
                for side in (-1, 1)
            ]
            columns[name], errors[name] = end, (around[1] - around[0]) / 2
        columns["prob_below_0"], errors["prob"] = below, below_error
        for place in range(sd.size):
            yield {name: values[place] for name, values in columns.items()} | {
                f"mcse_{name}": values[place] for name, values in errors.items()
            }

    def correlation(self, first: int, second: int) -> tuple[float, float]:
        """Return the correlation of two effects, and its error."""
        pair = [first, second]
        variance = np.diag(self.covariance)[pair]
        scale = np.sqrt(variance.prod())
        found = self.covariance[first, second] / scale
        own = self.products[:, pair, pair] / variance
        influence = self.products[:, first, second] / scale - found / 2 * own.sum(1)
        return float(found), float(self.error(influence))


def statements(drawn: Drawn) -> Iterator[dict[str, Any]]:
    """Yield how probable it is that so many effects are falls."""
    below = drawn.values < 0
    falls, size = below.sum(1), below.shape[1]
    for statement, holds in (
        ("all fall", falls == size),
        ("none falls", falls == 0),
        *((f"at least {n} fall", falls >= n) for n in range(1, size)),
    ):
        share, error = drawn.share(holds)
        yield {"statement": statement, "probability": share, "mcse_probability": error}


def number_below(drawn: Drawn, ess: float) -> dict[str, float]:
    """Return how many effects are below 0, and how sure that is."""
    below = drawn.values < 0
    falls, share = below.sum(1), below.mean(0)
    mean, sd = falls.mean(), falls.std()
    independent = float(np.sqrt((share * (1 - share)).sum()))
    every, every_error = drawn.share(falls == below.shape[1])
    none, none_error = drawn.share(falls == 0)
    tiny = np.finfo(float).tiny
    first = drawn.error((below - share) @ (1 - 2 * share)) / max(2 * independent, tiny)
    return {
        "outcome_years": below.shape[1],
        "below_0": mean,
        "sd": sd,
        "sd_if_independent": independent,
        "all_below_0": every,
        "none_below_0": none,
        "mcse_below_0": drawn.error(falls - mean),
        "mcse_sd": drawn.error((falls - mean) ** 2 - sd**2) / max(2 * sd, tiny),
        # To the second order: where all shares are a half there is no first.
        "mcse_sd_if_independent": float(np.hypot(first, independent / (2 * ess))),
        "mcse_all_below_0": every_error,
        "mcse_none_below_0": none_error,
        "effective_draws": ess,
    }
