"""What an evaluation is worth, without simulating it: power and what stands beside it.

Cells are taken to be Normal on the link scale with a known sampling variance. Given the data's
component along the programme's doses, everything else that they say is independent of it. So the
rest is drawn once for a design, the posterior is followed along the component, and power, size and
the like are Normal probabilities between the places where it crosses the claim's limit: for any
size of the effect, from the same draws. The posterior averages over shock SD, correlation,
dispersion and half-life as the fitted model does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, ndtr, ndtri

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.planning.follow import follow
from mp_bayes.planning.hyperparameters import HALF_LIFE_NODES, Nodes, place
from mp_bayes.planning.swept import Swept
from mp_bayes.priors.distributions import Fixed
from mp_bayes.simulate.draw import doses
from mp_bayes.simulate.scenario import Scenario, changed

#: Draws of what is independent of the effect's estimate. The same for every design, as far as they
#: have boroughs in common, so that designs are compared on common draws.
DRAWS = 128
_SEED = 2020
# Boroughs of unequal sizes or shock SDs are drawn so many times over.
_DRAWS_OF_BOROUGHS = 8
# Places along the effect's estimate: in SDs of it, about no effect and the planned one.
_PLACES, _REACH = 15, 4.5
#: Largest log ratio that is looked at for the smallest detectable effect.
LARGEST = 1.5
_CERTAIN = 1e-15


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
    true_average : float
        Average effect that an effect of 1 at full dose makes.
    """

    estimate: Floats
    score: Floats
    average: Floats
    covering: Floats
    sd: Floats
    true_average: float

    def claims(self, limit: float, effect: float, *, side: int) -> tuple[float, float]:
        """Return the probability of a claim on one side, with the draws' standard error.

        Parameters
        ----------
        limit : float
            A claim is a score beyond it.
        effect : float
            True log ratio at full dose.
        side : {-1, 1}
            Of the effect that is claimed.
        """
        return _average(_beyond(self.estimate, side * self.score - limit, effect, self.sd))

    def mean(self, effect: float) -> float:
        """Return what the average effect is estimated at, on average."""
        x, weight = np.polynomial.hermite_e.hermegauss(15)
        at = effect + self.sd.mean() * x
        return float(np.interp(at, self.estimate, self.average.mean(0)) @ weight / weight.sum())

    def coverage(self, effect: float) -> tuple[float, float]:
        """Return how often the 95% interval of the average effect holds the planned effect's."""
        limit = -ndtri(0.025)
        outside = sum(
            _beyond(self.estimate, side * self.covering - limit, effect, self.sd)
            for side in (-1, 1)
        )
        return _average(1.0 - np.asarray(outside))


def _average(values: Floats) -> tuple[float, float]:
    return float(values.mean()), float(values.std() / np.sqrt(values.size))


def _beyond(places: Floats, over: Floats, middle: float, sd: Floats) -> Floats:
    """Return each draw's probability that the estimate lies where `over` is positive.

    It is linear between places, and beyond them what it is at the ends. Dims: places (place,), over
    (draw, place), sd (draw,).
    """
    left, right = over[:, :-1], over[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(left != right, left / (left - right), 0.0)
    crossing = places[:-1] + np.clip(share, 0.0, 1.0) * np.diff(places)
    begin = np.where(left > 0, places[:-1], np.where(right > 0, crossing, places[1:]))
    end = np.where(right > 0, places[1:], np.where(left > 0, crossing, begin))
    score = (np.stack([begin, end]) - middle) / sd[:, None]
    inside = np.subtract(*ndtr(score)[::-1]).sum(1)
    below = (over[:, 0] > 0) * ndtr((places[0] - middle) / sd)
    above = (over[:, -1] > 0) * ndtr((middle - places[-1]) / sd)
    return np.asarray(inside + below + above)


@dataclass(frozen=True)
class _Classes:
    """Boroughs of one doses, sizes and shock SDs.

    Dims: count (class,), true_dose and sampling (class, year), doses (class, year, half-life),
    truth (class, year, year), weight (class, year): of a cell in the average effect.
    """

    count: Floats
    true_dose: Floats
    doses: Floats
    sampling: Floats
    truth: Floats
    weight: Floats

    @property
    def true_average(self) -> float:
        """Average dose of treated cells."""
        return float((self.weight * self.true_dose).sum() / self.weight.sum())

    @property
    def averages(self) -> Floats:
        """The same by half-life."""
        weighed = self.weight[..., None] * self.doses
        return np.asarray(weighed.sum((0, 1)) / self.weight.sum())


def paths(
    scenario: Scenario,
    priors: dict[str, Any],
    *,
    structure: str,
    effect: float,
    draws: int = DRAWS,
) -> Paths:
    """Follow a design's posterior along the effect's estimate.

    Parameters
    ----------
    scenario : Scenario
        Without heavy tails (`shock_df`), which this does not cover.
    priors : dict
        The analysis', from `Method.priors`.
    structure : {"constant", "embedding"}
        Whether the analysis takes the effect to be immediate, or estimates its half-life.
    effect : float
        Log ratio at full dose that cells' sampling variances, and coverage, are for.
    draws : int
    """
    lives, log_life = _half_lives(priors, structure)
    unequal = scenario.size_spread > 0 or scenario.sd_log_shock > 0
    rounds = _DRAWS_OF_BOROUGHS if unequal else 1
    planned = scenario.log_effect(scenario.effect)
    found: list[Paths] = []
    for number in range(rounds):
        rng = np.random.default_rng([_SEED, number])
        classes = _classes(scenario, lives, effect, rng)
        typical = np.exp(np.average(np.log(classes.sampling), axis=0, weights=classes.count))
        nodes = place(
            priors,
            binary=scenario.binary,
            sampling=typical,
            truth=np.average(classes.truth, axis=0, weights=classes.count),
            boroughs=float(classes.count.sum()),
        )
        one = _Design(classes, nodes, log_life, priors["mean_effect"])
        # The first round's places serve all.
        places = found[0].estimate if found else _places(one.sd, planned)
        found.append(one.paths(places, effect, -(-draws // rounds), rng))
    return Paths(
        estimate=found[0].estimate,
        score=np.concatenate([one.score for one in found]),
        average=np.concatenate([one.average for one in found]),
        covering=np.concatenate([one.covering for one in found]),
        sd=np.concatenate([one.sd for one in found]),
        true_average=float(np.mean([one.true_average for one in found])),
    )


def _places(sd: float, planned: float) -> Floats:
    """Return where to follow the posterior: close by what is likely, and wide to the largest."""
    low, high = min(0.0, planned) - _REACH * sd, max(0.0, planned) + _REACH * sd
    near = np.linspace(low, high, _PLACES)
    side = -1.0 if planned < 0 else 1.0
    end = high if side > 0 else -low
    far = side * np.linspace(end, max(end, LARGEST) + _REACH * sd, 6)[1:]
    return np.sort(np.concatenate([near, far]))


def _half_lives(priors: dict[str, Any], structure: str) -> tuple[Floats, Floats]:
    """Return the analysis' half-lives, 0 if it takes the effect to be immediate, and log priors."""
    prior = priors["half_life"]
    if structure == "constant":
        return np.zeros(1), np.zeros(1)
    if isinstance(prior, Fixed):
        return np.array([prior.value]), np.zeros(1)
    log = -0.5 * HALF_LIFE_NODES**2
    return np.asarray(prior.quantile(HALF_LIFE_NODES)), log - np.log(np.exp(log).sum())


def _classes(
    scenario: Scenario, lives: Floats, effect: float, rng: np.random.Generator
) -> _Classes:
    """Put boroughs together that are alike; their sizes and shock SDs are drawn."""
    true = doses(scenario, scenario.half_life)
    analysis = changed(scenario, curve="exponential", contamination=0.0)
    by_life = np.stack([doses(analysis, float(life)) for life in lives], axis=-1)
    boroughs, years = true.shape
    log_size, log_sd = rng.standard_normal((boroughs, 2)).T
    spread = scenario.size_spread
    size = scenario.cell_size * np.exp(spread * log_size - spread**2 / 2)
    shock = scenario.sd_shock * np.exp(scenario.sd_log_shock * log_sd)
    alike = np.column_stack([true, by_life.reshape(boroughs, -1), size, shock])
    _, first, count = np.unique(alike.round(9), axis=0, return_index=True, return_counts=True)
    true, by_life, size, shock = (one[first] for one in (true, by_life, size, shock))
    eta = scenario.link_baseline + effect * true
    if scenario.binary:
        sampling = 1.0 / (size[:, None] * expit(eta) * expit(-eta))
    else:
        sampling = 1.0 / (size[:, None] * scenario.exposure * np.exp(eta))
    inflation = scenario.design_effect if scenario.binary else scenario.dispersion
    time = np.arange(years)
    lag = np.abs(np.subtract.outer(time, time))
    truth = (
        (shock**2)[:, None, None] * scenario.rho**lag
        + scenario.sd_drift**2 * np.outer(time, time)
        + inflation * sampling[..., None] * np.eye(years)
    )
    setting = scenario.synthetic.setting
    post = np.zeros((boroughs, years))
    post[: scenario.treated_boroughs] = setting.treated_post
    weight = post[first] * (count * size)[:, None]
    return _Classes(count.astype(float), true, by_life, sampling, truth, weight)


class _Design:
    """One design's generalised least squares: under the truth, and under the analysis' nodes."""

    def __init__(self, classes: _Classes, nodes: Nodes, log_life: Floats, prior: Any) -> None:
        self.classes, self._log_life = classes, log_life
        self._truth = Swept(classes.truth, classes.count)
        dose = classes.true_dose[..., None]
        weighed = self._truth.apply(dose)
        information = float((weighed * dose).sum())
        self._weights = weighed[..., 0] / information
        self.sd = information**-0.5
        self._nodes = nodes
        self._analysis = Swept(nodes.covariance(classes.sampling), classes.count)
        fields = np.concatenate([dose, classes.doses], axis=-1)
        self._weighed = self._analysis.apply(fields)
        self._gram = np.einsum("ctf,nctg->nfg", fields, self._weighed)
        sd = getattr(prior, "sigma", 0.0)
        self._prior_mean = getattr(prior, "mu", getattr(prior, "value", 0.0))
        self._prior_precision = max(sd, 1e-6) ** -2

    def paths(self, places: Floats, effect: float, draws: int, rng: np.random.Generator) -> Paths:
        """Draw what is independent of the estimate, and follow the posterior along that."""
        rest, scatter = self._rest(draws, rng)
        nodes = self._nodes.rho.size
        squares = np.einsum("ctr,nctr->rn", rest, self._analysis.apply(rest))
        squares += (self._analysis.precision.reshape(nodes, -1) @ scatter).T
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
        positive, average, below = follow(
            places,
            log.reshape(3, draws, -1),
            mean.reshape(2, draws, -1),
            precision.ravel(),
            factor.ravel(),
            (effect * self.classes.true_average / factor).ravel(),
        )
        return Paths(
            estimate=places,
            score=_score(positive),
            average=average,
            covering=_score(below),
            sd=np.full(draws, self.sd),
            true_average=self.classes.true_average,
        )

    def _rest(self, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw class means without the effect's estimate, and boroughs' scatter about them.

        Dims (class, year, draw), and (class x year x year, draw).
        """
        years = self.classes.true_dose.shape[1]
        root = np.linalg.cholesky(self.classes.truth)
        means, scatters = [], []
        for one, count in zip(root, self.classes.count, strict=True):
            noise = np.einsum("ts,rbs->rbt", one, rng.standard_normal((draws, int(count), years)))
            middle = noise.mean(1, keepdims=True)
            away = noise - middle
            means.append(middle[:, 0].T)
            scatters.append(np.moveaxis(np.swapaxes(away, 1, 2) @ away, 0, -1))
        mean = np.stack(means)
        estimate = np.einsum("ct,ctr->r", self._weights, mean)
        rest = mean - self.classes.true_dose[..., None] * estimate
        return rest, np.stack(scatters).reshape(-1, draws)


def _score(probability: Floats) -> Floats:
    return np.asarray(ndtri(np.clip(probability, _CERTAIN, 1 - _CERTAIN)))
