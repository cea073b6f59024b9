"""Posterior draws by the Laplace engine, corrected by importance weights.

Hyperparameters are proposed from a multivariate t around their approximate posterior; given them
the latent vector is drawn from its Gaussian approximation, and every draw is weighted by how much
likelier it is under the model than under the proposal. The weights are smoothed, and the shape k of
their tail tells whether they can be relied upon (Vehtari, Simpson, Gelman, Yao and Gabry 2024,
Pareto smoothed importance sampling, Journal of Machine Learning Research 25, no. 72).
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from mp_bayes.evidence.arrays import whitening
from mp_bayes.inference.laplace import nested
from mp_bayes.inference.laplace.latent import eta_variance
from mp_bayes.inference.laplace.likelihoods import Floats, log_likelihood
from mp_bayes.inference.laplace.structure import NotFastError, Structure
from mp_bayes.inference.nuts import MIN_ESS

#: Degrees of freedom of the proposal: its tails are heavier than any posterior's here.
_DF = 5
# Proposals of the first round, which tells where the posterior is; the second is kept.
_FIRST = 2000
#: The second round's, for a mean with a Monte Carlo error of about 0.01 posterior SDs.
PROPOSALS = 20_000
#: Importance weights can be relied upon below this k (the paper's limit for so many draws).
LARGEST_K = 0.7
# Draws a block, and bytes at most of an array with a matrix for each borough and draw.
_BLOCK, _BLOCK_BYTES = 2000, 100_000_000
# Keeps the factor of a matrix that is singular to rounding; a share of its variances.
_TINY = 1e-10


@dataclass(frozen=True)
class Draws:
    """Equally weighted draws, and what the weights say of them.

    Attributes
    ----------
    posterior : xarray.Dataset, dims (chain, draw, ...)
        Under the names of the sampled fit. Chains are parts of one set of independent draws.
    pareto_k : float
    ess : float
        Effective number of draws: weights and resampling counted.
    """

    posterior: xr.Dataset
    pareto_k: float
    ess: float


def draw(
    data: xr.Dataset,
    structure: Structure,
    *,
    seed: int,
    proposals: int = PROPOSALS,
    chains: int = 4,
) -> Draws:
    """Draw from the posterior of one evidence object.

    Parameters
    ----------
    data : xarray.Dataset
        From `mp_bayes.evidence.arrays`: `cells` or `coefficients`.
    structure : Structure
        Of the same outcome.
    seed : int
    proposals : int
        How many draws are weighted; as many are then taken of them, by their weights.
    chains : int
        Which divides it.

    Raises
    ------
    NotFastError
        If weights overflow.
    numpy.linalg.LinAlgError
        If a covariance is singular, as under priors many times wider than any here.
    """
    rng = np.random.default_rng(seed)
    evidence = (_Cells if data.attrs["evidence"] == "cells" else _Contrasts)(data, structure)
    mean, root = evidence.place()
    entries = data.sizes["borough"] * len(structure.outcome.setting.years) ** 2
    size = max(1, min(_BLOCK, _BLOCK_BYTES // (8 * entries)))
    for count in (_FIRST, proposals):
        z, log_proposal = _propose(rng, mean, root, count)
        blocks = [z[:, start : start + size] for start in range(0, count, size)]
        parts = [evidence.draw(block, rng) for block in blocks]
        log_ratio = np.concatenate([part[0] for part in parts])
        log_ratio += -0.5 * (z**2).sum(0) - log_proposal
        if np.isnan(log_ratio).any() or np.isposinf(log_ratio).any():
            raise NotFastError("the weights of its draws are not numbers")
        weight, pareto_k = smoothed(log_ratio)
        mean = z @ weight
        covariance = ((z - mean[:, None]) * weight) @ (z - mean[:, None]).T
        root = np.linalg.cholesky(covariance + _TINY * np.eye(len(mean)))
    # Systematic: a draw of weight w is taken the whole number below or above w times their number.
    places = np.searchsorted(weight.cumsum(), (np.arange(proposals) + rng.random()) / proposals)
    chosen = rng.permutation(np.minimum(places, weight.size - 1))
    variables = {
        name: np.concatenate([part[1][name] for part in parts], axis=-1)[..., chosen]
        for name in parts[0][1]
    }
    posterior = _dataset(variables | structure.values(z[:, chosen]), structure, chains)
    # In practice resampling adds less than the variance of so many independent draws.
    ess = 1 / (1 / proposals + (weight**2).sum())
    return Draws(posterior, pareto_k, ess)


def vouched_draws(
    data: xr.Dataset, structure: Structure, *, seed: int, proposals: int = PROPOSALS
) -> Draws | None:
    """Draw as `draw` does; None where the draws do not vouch for themselves: sample instead."""
    try:
        drawn = draw(data, structure, seed=seed, proposals=proposals)
    except (NotFastError, np.linalg.LinAlgError):
        return None
    return drawn if drawn.pareto_k < LARGEST_K and drawn.ess > MIN_ESS else None


def _propose(
    rng: np.random.Generator, mean: Floats, root: Floats, count: int
) -> tuple[Floats, Floats]:
    """Draw from a multivariate t; return the draws, dims (free, draw), and log densities."""
    free = mean.size
    standard = rng.standard_normal((free, count)) / np.sqrt(rng.chisquare(_DF, count) / _DF)
    density = -(_DF + free) / 2 * np.log1p((standard**2).sum(0) / _DF)
    return mean[:, None] + root @ standard, density


def smoothed(log_ratio: Floats) -> tuple[Floats, float]:
    """Return smoothed weights, which sum to 1, and the shape k of their tail."""
    if np.ptp(log_ratio) < _TINY:  # the proposal is the posterior
        return np.full(log_ratio.size, 1 / log_ratio.size), 0.0
    # Slow to import, and without types of its own.
    from arviz_stats.base import array_stats  # type: ignore[attr-defined]

    log_weight, k = array_stats.psislw(-log_ratio)  # type: ignore[no-untyped-call]
    weight = np.exp(log_weight - log_weight.max())
    return weight / weight.sum(), float(k)


class _Cells:
    """The latent vector of a cell model given hyperparameters, for one set of counts."""

    def __init__(self, data: xr.Dataset, structure: Structure) -> None:
        arrays = (data[name].transpose("borough", "year") for name in ("events", "total"))
        self.events, self.total = (array.to_numpy().astype(float)[..., None] for array in arrays)
        self.structure = structure
        self.grid = nested.integrate(structure, self.events, self.total)
        best = int(self.grid.weight[0].argmax())
        self.eta = self.grid.posterior.eta[..., [best]]
        self.spread = eta_variance(self.grid.posterior)[..., [best]]

    def place(self) -> tuple[Floats, Floats]:
        """Return the hyperparameters' approximate mean and a root of their covariance."""
        mean, root = self.grid.moments(np.array([0]))
        return mean[:, 0], root[0]

    def draw(self, z: Floats, rng: np.random.Generator) -> tuple[Floats, dict[str, Floats]]:
        """Draw the latent vector once at each z, dims (free, draw).

        Returns
        -------
        log_ratio : ndarray, dims (draw,)
            Of the likelihood times the latent prior to the density that it was drawn from.
        variables : dict of ndarray, dims (..., draw)
        """
        s = self.structure
        _, posterior, prior = nested.laplace(
            s, z, self.events, self.total, eta=self.eta, spread=self.spread
        )
        steps = _gaussian(posterior.coefficient_covariance[None], rng)[0]
        own = s.free_years.size
        moved = np.zeros_like(posterior.eta)
        moved[:, s.free_years] = steps[:own]
        moved[: len(prior.design)] += np.einsum("btjn,jn->btn", prior.design, steps[own:])
        # Given the coefficients each borough's level and shocks are what the kernel leaves of them.
        taken = np.einsum("stn,btun->bsun", prior.covariance, posterior.kernel)
        moved -= np.einsum("bstn,btn->bsn", taken, moved)
        # A sum of squares, so that nothing cancels where shocks are large beside the noise.
        kept = posterior.variance[:, :, None] * posterior.kernel
        left = np.einsum("bstn,tun,bvun->bsvn", kept, prior.covariance, kept, optimize=True)
        left += np.einsum("bstn,btn,bvtn->bsvn", taken, posterior.variance, taken, optimize=True)
        drawn = posterior.eta + moved + _gaussian(left, rng)
        values = s.values(z)
        likelihood = log_likelihood(s.outcome.likelihood, self.events, self.total, drawn, values)
        proposal = 0.5 * (posterior.estimate - drawn) ** 2 / posterior.variance
        log_ratio = posterior.log_evidence + (
            likelihood + proposal + 0.5 * np.log(posterior.variance)
        ).sum((0, 1))
        coefficients = (posterior.coefficients + steps)[own:]
        exposure = values["exposure"] if s.outcome.likelihood == "nb1" else 1.0
        return log_ratio, {
            "eta": drawn - np.log(exposure),
            "effect": _effect(s, prior.design, coefficients),
            "mean_effect": coefficients[0],
        }


def _gaussian(covariance: Floats, rng: np.random.Generator) -> Floats:
    """Draw from centred Gaussians, dims (item, k, k, draw); returns dims (item, k, draw)."""
    jitter = _TINY * (1.0 + np.einsum("biin->bn", covariance))[..., None, None]
    root = np.linalg.cholesky(np.moveaxis(covariance, -1, 1) + jitter * np.eye(len(covariance[0])))
    standard = rng.standard_normal(root.shape[:-1])
    return np.moveaxis(np.einsum("bnij,bnj->bni", root, standard), 1, -1)


def _effect(structure: Structure, design: Floats, coefficients: Floats) -> Floats:
    """Return what the programme adds to each predictor, dims (borough, year, draw)."""
    own = np.array([sd != "sd_pre_trend" for sd in structure.coefficient_sd])
    study = structure.outcome.setting
    effect = np.zeros((len(study.boroughs), len(study.years), coefficients.shape[-1]))
    effect[: len(design)] = np.einsum("btjn,jn->btn", design[:, :, own], coefficients[own])
    return effect


class _Contrasts:
    """The latent vector of the coefficients' model given hyperparameters: exactly Gaussian.

    Levels and common years cancel in a contrast between boroughs and with the reference year.
    """

    def __init__(self, data: xr.Dataset, structure: Structure) -> None:
        reference = structure.outcome.setting.reference.astype(float)
        self.structure = structure
        self.against = np.eye(reference.size) - reference
        self.whitening = whitening(data)
        self.pooling = data["pooling"].to_numpy()
        self.estimate = self.whitening @ data["estimate"].to_numpy()

    def place(self) -> tuple[Floats, Floats]:
        """Return where to look first: the prior's mean and a root of its covariance."""
        free = len(self.structure.free)
        return np.zeros(free), np.eye(free)

    def draw(self, z: Floats, rng: np.random.Generator) -> tuple[Floats, dict[str, Floats]]:
        """Draw as `_Cells.draw` does; the ratio is the exact density of the estimates at z.

        A draw from the prior is moved by what is then left of the estimates (Matheron's rule).
        """
        s, count = self.structure, z.shape[1]
        prior, values = s.prior(z), s.values(z)
        own = s.free_years.size
        mean = prior.coefficient_mean[own:]
        variance = 1.0 / prior.coefficient_precision[own:]
        # Without a programme of their own the comparisons have no design.
        dosed = len(prior.design)
        design = np.einsum("b,btjn->tjn", self.pooling[:dosed], prior.design)
        years = np.arange(len(self.against))
        lag = np.abs(np.subtract.outer(years, years))[..., None]
        shocks = (
            (self.pooling**2).sum()
            * values["sd_shock"] ** 2
            * np.clip(values["rho"], 0.0, 1.0) ** lag
        )
        seen = self.whitening @ self.against
        of_effects = np.einsum("st,tjn->sjn", seen, design)
        of_shocks = np.einsum("st,tun->sun", seen, shocks)
        covariance = np.einsum("sjn,jn,tjn->nst", of_effects, variance, of_effects)
        covariance += np.einsum("sun,tu->nst", of_shocks, seen) + np.eye(len(seen))
        root = np.linalg.cholesky(covariance)
        coefficients = mean + np.sqrt(variance) * rng.standard_normal(mean.shape)
        shock = _gaussian(shocks[None], rng)[0]
        noise = rng.standard_normal((len(seen), count))
        expected = np.einsum("sjn,jn->sn", of_effects, mean)
        left = self.estimate[:, None] - np.einsum("sjn,jn->sn", of_effects, coefficients)
        left -= seen @ shock + noise
        gain = np.linalg.solve(covariance, left.T[..., None])[..., 0].T
        coefficients = coefficients + variance * np.einsum("sjn,sn->jn", of_effects, gain)
        shock = shock + np.einsum("sun,sn->un", of_shocks, gain)
        away = np.linalg.solve(root, (self.estimate[:, None] - expected).T[..., None])[..., 0]
        log_density = -0.5 * (away**2).sum(1) - np.log(np.einsum("nss->ns", root)).sum(1)
        apart = np.einsum("tjn,jn->tn", design, coefficients) + shock
        return log_density, {
            "contrast": self.against @ apart,
            "effect": _effect(s, prior.design, coefficients),
            "mean_effect": coefficients[0],
        }


def _dataset(variables: dict[str, Floats], structure: Structure, chains: int) -> xr.Dataset:
    """Label draws, dims (..., draw), as the sampled fit does."""
    study = structure.outcome.setting
    names = {1: (), 2: ("year",), 3: ("borough", "year")}
    labelled = {}
    for name, array in variables.items():
        values = np.moveaxis(array, -1, 0).reshape(chains, -1, *array.shape[:-1])
        labelled[name] = (("chain", "draw", *names[array.ndim]), values)
    coords = {"borough": list(study.boroughs), "year": list(study.years)}
    draws = range(values.shape[1])
    return xr.Dataset(labelled, {"chain": range(chains), "draw": draws, **coords})
