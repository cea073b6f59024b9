"""One design's posterior where cells are Normal: along the effect's estimate, of drawn data."""

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from mp_bayes.errors import InputError
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.planning.classes import Classes
from mp_bayes.planning.follow import follow
from mp_bayes.planning.hyperparameters import Nodes, years_sd
from mp_bayes.planning.paths import Paths
from mp_bayes.planning.swept import Swept
from mp_bayes.priors.distributions import Fixed, Normal

_CERTAIN = 1e-15
_NO_INFORMATION = 1e-9
_NO_DIFFERENCE = 1e-12


class LeastSquares:
    """One design's generalised least squares: under the truth, and under the analysis' nodes.

    Parameters
    ----------
    classes : Classes
    nodes : Nodes
        The analysis' hyperparameters.
    log_life : ndarray, dims (half-life,)
        Log prior of the analysis' half-lives.
    priors : dict
        From `Priors.select`.

    Attributes
    ----------
    sd, free_sd : float
        Of the effect's best estimate, in log odds or log rates at full dose; and were years free.

    Raises
    ------
    InputError
        If nothing can be told of the effect, or a prior is none that this covers.
    """

    def __init__(
        self, classes: Classes, nodes: Nodes, log_life: Floats, priors: dict[str, Any]
    ) -> None:
        self.classes, self._log_life = classes, log_life
        prior = priors["mean_effect"]
        dose = classes.true_dose[..., None]
        told = (Swept(classes.truth, classes.count).apply(dose) * dose).sum()
        if told < _NO_INFORMATION:
            raise InputError(
                "contamination: comparison boroughs get the same as the treated, so that nothing "
                "can be told of the effect"
            )
        self._truth = Swept(classes.truth, classes.count, classes.sd_year)
        weighed = self._truth.apply(dose)
        information = float((weighed * dose).sum())
        self._weights = weighed[..., 0] / information
        self.sd, self.free_sd = information**-0.5, float(told) ** -0.5
        self._nodes = nodes
        self._analysis = Swept(nodes.covariance(classes.sampling), classes.count, years_sd(priors))
        fields = np.concatenate([dose, classes.doses], axis=-1)
        self._weighed = self._analysis.apply(fields)
        self._gram = np.einsum("ctf,nctg->nfg", fields, self._weighed)
        self._other = self._weighed[..., 1:].mean((0, -1))
        if not isinstance(prior, (Normal, Fixed)):
            raise InputError(
                "mean_effect: the closed form needs a Normal prior, or a number; give one in the "
                "file of priors"
            )
        sd = getattr(prior, "sigma", 0.0)
        self._prior_mean = getattr(prior, "mu", getattr(prior, "value", 0.0))
        self._prior_precision = max(sd, 1e-6) ** -2

    def paths(self, places: Floats, effect: float | None, mean: Floats, scatter: Floats) -> Paths:
        """Follow the posterior along places that the estimate might have been at."""
        rest = self._spread(self._parted(mean)[1])
        draws = mean.shape[-1]
        positive, average, below = self._follow(
            np.broadcast_to(places, (draws, places.size)), effect, rest, scatter
        )
        return Paths(
            estimate=places,
            score=_score(positive),
            average=average,
            covering=_score(below),
            sd=np.full(draws, self.sd),
            movement=self._movement(rest, scatter),
            rounds=1,
            true_average=self.classes.true_average,
        )

    def scores(self, effects: Floats, mean: Floats, scatter: Floats) -> Floats:
        """Return the score of each draw with its effect added, dims (draw,)."""
        estimate, rest = self._parted(mean)
        positive, _, _ = self._follow((estimate + effects)[:, None], None, rest, scatter)
        return _score(positive[:, 0])

    def _movement(self, rest: Floats, scatter: Floats) -> Floats:
        """Return each draw's weighed sum of squares over its degrees of freedom, less 1."""
        squares = np.einsum("ctr,ctr->r", rest, self._truth.apply(rest))
        squares += np.einsum("cts,ctsr->r", self._truth.precision, scatter)
        years = rest.shape[1]
        # Levels and the effect are free.
        return np.asarray(squares / (self.classes.count.sum() * (years - 1) - 1) - 1)

    def _parted(self, mean: Floats) -> tuple[Floats, Floats]:
        """Part class means into the effect's estimate and the rest, which is independent of it."""
        estimate = np.einsum("ct,ctr->r", self._weights, mean)
        return estimate, mean - self.classes.true_dose[..., None] * estimate

    def _spread(self, rest: Floats) -> Floats:
        """Move draws so that they are spread evenly over what matters most of the rest.

        That is by how much the analysis' estimate is off the estimate under the truth, as with few
        comparisons: Normal unless shocks are heavy-tailed, so its pairs of draws are put one into
        each quantile of its size.
        """
        if self.classes.shock_df:
            return rest
        other = self._other - (self._other * self.classes.true_dose).sum() * self._weights
        common = other.sum(0)
        common[0] = 0.0  # the reference year
        along = (self.classes.truth @ other[..., None])[..., 0] / self.classes.count[:, None]
        along += self.classes.sd_year**2 * common
        variance = (other * along).sum()
        if variance <= _NO_DIFFERENCE * (self._other**2).sum():
            return rest
        off = np.einsum("ct,ctr->r", other, rest) / np.sqrt(variance)
        pairs = off.size // 2
        size = -ndtri((np.arange(pairs) + ndtr(off[::2])) / (2 * pairs))
        evenly = np.stack([size, -size], axis=1).ravel()
        return np.asarray(rest + (evenly - off) * (along / np.sqrt(variance))[..., None])

    def _follow(
        self, places: Floats, effect: float | None, rest: Floats, scatter: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return `follow` of data that have the estimate at each of places, dims (draw, place)."""
        nodes, draws = self._nodes.rho.size, rest.shape[-1]
        squares = np.einsum("ctr,nctr->rn", rest, self._analysis.apply(rest))
        squares += (self._analysis.precision.reshape(nodes, -1) @ scatter.reshape(-1, draws)).T
        # By the true dose, and by each half-life's.
        linear = np.einsum("nctf,ctr->rnf", self._weighed, rest)
        own, cross = self._gram[:, 0, 0], self._gram[:, 0, 1:]
        precision = np.einsum("nff->nf", self._gram)[:, 1:] + self._prior_precision
        toward = linear[..., 1:] + self._prior_precision * self._prior_mean
        constant = self._nodes.log_prior - 0.5 * (self._analysis.log_determinant + squares)
        # Polynomials in the estimate, dims (power, draw, node, half-life).
        log = np.stack(
            [
                constant[..., None] + self._log_life - 0.5 * np.log(precision),
                np.broadcast_to(-linear[..., :1], toward.shape),
                np.broadcast_to(-0.5 * own[:, None], toward.shape),
            ]
        )
        log += 0.5 * np.stack([toward**2, 2 * toward * cross, 0 * toward + cross**2]) / precision
        mean = np.stack([toward, np.broadcast_to(cross, toward.shape)]) / precision
        factor = np.broadcast_to(np.maximum(self.classes.averages, 1e-9), precision.shape)
        # Without an effect coverage is not asked for.
        goal = np.zeros(0)
        if effect is not None:
            goal = (effect * self.classes.true_average / factor).ravel()
        found: tuple[Floats, Floats, Floats] = follow(
            np.ascontiguousarray(places),
            log.reshape(3, draws, -1),
            mean.reshape(2, draws, -1),
            precision.ravel(),
            factor.ravel(),
            goal,
        )
        return found


def _score(probability: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(probability, _CERTAIN, 1 - _CERTAIN)))
