"""Nested Laplace: the hyperparameters' posterior on a grid, a Gaussian at each of its points.

For every data set the marginal posterior of the hyperparameters is located by Newton steps on a
stencil, and integrated by a quadrature around its mode, on the scale on which their priors are
standard normal (Rue, Martino and Chopin 2009, doi:10.1111/j.1467-9868.2008.00700.x; `quadrature`
instead of their grid, and a variational mean, see `likelihoods.expand`).
"""

from dataclasses import dataclass, replace

import numpy as np

from mp_bayes.inference.laplace import latent, likelihoods
from mp_bayes.inference.laplace.likelihoods import Cells, Floats
from mp_bayes.inference.laplace.quadrature import quadrature
from mp_bayes.inference.laplace.stencil import derivatives, stencil
from mp_bayes.inference.laplace.structure import Structure

# Newton's steps end when no predictor moves by more than this, in log-odds or log-rates: they
# converge quadratically, so the mean is right to about half this number squared, 0.001.
_TOLERANCE = 0.05
_MAX_STEPS = 25
# The search ends when no hyperparameter moves by more than this many posterior SDs, and the
# stencil was not wider than the posterior by more than this factor; the quadrature's weights make
# good what is left.
_STILL = 0.4
_TOO_WIDE = 2.0
_MAX_SEARCHES = 12
_LONGEST_MOVE = 2.0  # prior SDs
# The prior's curvature is 1; a likelihood that is not concave may take from it, but not all.
_SMALLEST_CURVATURE = 1 / 3
# A quadrature that is placed anew has at least this variance, though one node had all the weight.
_NARROWEST = 0.05


@dataclass(frozen=True)
class Grid:
    """The posterior of many data sets as a mixture of Gaussians.

    Attributes
    ----------
    z : ndarray, dims (free, replicate, point)
        Hyperparameters, standard normal under their priors.
    weight : ndarray, dims (replicate, point)
    posterior : latent.Posterior
        Batch of replicates times points, points last.
    prior : latent.Prior
    edge : ndarray, dims (replicate,)
        Share of the weight at the outermost nodes of the rules that have more than three; 0 if
        there is none, as under priors that are narrow.
    """

    z: Floats
    weight: Floats
    posterior: latent.Posterior
    prior: latent.Prior
    edge: Floats

    def drift(self) -> Floats:
        """Return how far the posterior's mean is from the quadrature's centre, in posterior SDs.

        The largest over hyperparameters, dims (replicate,). The nodes are symmetric, so their own
        mean is the centre.
        """
        mean = (self.z * self.weight).sum(-1)
        variance = (self.z**2 * self.weight).sum(-1) - mean**2
        away = np.abs(mean - self.z.mean(-1)) / np.sqrt(np.maximum(variance, _NARROWEST))
        return np.asarray(away.max(0, initial=0.0))

    def moments(self, which: np.ndarray) -> tuple[Floats, Floats]:
        """Return some replicates' mean of z, and a root of its covariance, as `around` takes."""
        z, weight = self.z[:, which], self.weight[which]
        mean = (z * weight).sum(-1)
        away = z - mean[:, :, None]
        covariance = np.einsum("irp,jrp,rp->rij", away, away, weight)
        return mean, np.linalg.cholesky(covariance + _NARROWEST * np.eye(z.shape[0]))


def cells_at(structure: Structure, z: Floats, events: Floats, total: Floats) -> Cells:
    """Return counts with the likelihood's own hyperparameters at z, dims (free, batch).

    Their batch is that of the counts, unless a hyperparameter makes every point its own.
    """
    if structure.outcome.likelihood == "binomial":
        scale = structure.fixed["design_effect"]
        return Cells(events / scale, total / scale)
    cells = Cells(events, total)
    if "dispersion_excess" in structure.free:
        cells = cells.repeated(z.shape[1] // events.shape[-1])
    excess = structure.values(z)["dispersion_excess"]
    return replace(cells, excess=excess[: cells.total.shape[-1]])


def starting_eta(structure: Structure, events: Floats, total: Floats) -> Floats:
    """Return each cell's own estimate; a cell without data takes the mean of the others."""
    if structure.outcome.likelihood == "binomial":
        eta = np.log((events + 0.5) / (total - events + 0.5))
    else:
        eta = np.log((events + 0.5) / (total + 0.5))
    known = total > 0
    mean = (eta * known).sum((0, 1)) / np.maximum(known.sum((0, 1)), 1)
    return np.where(known, eta, mean)


def laplace(
    structure: Structure,
    z: Floats,
    events: Floats,
    total: Floats,
    *,
    eta: Floats,
    spread: Floats,
    kept: int | None = None,
) -> tuple[Floats, latent.Posterior, latent.Prior]:
    """Approximate the latent posterior at z, and the hyperparameters' log posterior there.

    Parameters
    ----------
    structure : Structure
    z : ndarray, dims (free, batch)
        A replicate's points are next to each other, and equally many for each.
    events, total, eta, spread : ndarray, dims (borough, year, replicate)
        Counts, where Newton's steps begin, and each predictor's posterior variance (0: Laplace).
    kept : int, optional
        See `latent.condition`.

    Returns
    -------
    log_posterior : ndarray, dims (batch,)
    posterior, prior
    """
    cells = cells_at(structure, z, events, total)
    likelihood = likelihoods.nb1 if structure.outcome.likelihood == "nb1" else likelihoods.binomial
    prior = part = structure.prior(z)
    eta, spread = (_repeated(array, cells.total.shape[-1]) for array in (eta, spread))
    # Each point stops by itself, so that its numbers do not depend on what else is in the batch.
    moving = np.arange(z.shape[1])
    for step in range(_MAX_STEPS):
        # At first all points of a replicate are at the same place: one expansion does for them.
        value, slope, weight = likelihoods.expand(likelihood, cells, eta, spread)
        found = latent.condition(part, eta + slope / weight, 1.0 / weight, kept=kept)
        pieces = value + 0.5 * (slope**2 / weight + weight * spread - np.log(weight))
        log_density = _repeated(pieces.sum((0, 1)), moving.size) + found.log_evidence
        if step == 0:
            posterior, log_posterior = found, log_density
        else:
            posterior.put(moving, found)
            log_posterior[moving] = log_density
        points = moving.size // eta.shape[-1]
        move = found.eta.reshape(*eta.shape, points) - eta[..., None]
        move *= (cells.total > 0)[..., None]
        move = move.reshape(found.eta.shape)
        going = np.flatnonzero((np.abs(move) >= _TOLERANCE).any((0, 1)))
        if not going.size:
            break
        of = going // points
        cells, eta, spread, weight = cells.at(of), eta[..., of], spread[..., of], weight[..., of]
        # A cell without data follows at once; others by four SDs of their likelihood at most.
        limit = np.maximum(1.0, np.abs(move[..., going]) * np.sqrt(weight) / 4.0)
        eta = eta + (found.eta[..., going] - eta) / limit
        moving, part = moving[going], part.at(going)
    return log_posterior - 0.5 * (z**2).sum(0), posterior, prior


def _repeated(array: Floats, batch: int) -> Floats:
    """Repeat each replicate for its points."""
    return array if array.shape[-1] == batch else np.repeat(array, batch // array.shape[-1], -1)


def _search(
    structure: Structure,
    z: Floats,
    scale: Floats,
    events: Floats,
    total: Floats,
    eta: Floats,
    spread: Floats,
) -> tuple[Floats, Floats]:
    """Return Newton's step towards the mode of every replicate, and a root of the covariance.

    The stencil is placed by the root that is known so far, `scale`. Dims (replicate, free) and
    (replicate, free, free).
    """
    free = z.shape[0]
    points = z[:, :, None] + np.einsum("rij,jp->irp", scale, stencil(free))
    values, *_ = _at_points(structure, points, events, total, eta, spread, kept=0)
    gradient, hessian = derivatives(values, free)
    back = np.linalg.inv(scale)
    gradient = np.einsum("rji,rj->ri", back, gradient)
    hessian = np.einsum("rki,rkl,rlj->rij", back, hessian, back)
    roots, vectors = np.linalg.eigh(-hessian)
    roots = np.maximum(roots, _SMALLEST_CURVATURE)
    along = np.einsum("rij,ri->rj", vectors, gradient) / roots
    step = np.einsum("rij,rj->ri", vectors, along)
    length = np.sqrt((step**2).sum(1, keepdims=True))
    step *= np.minimum(1.0, _LONGEST_MOVE / np.maximum(length, 1e-12))
    covariance = np.einsum("rij,rj,rkj->rik", vectors, 1 / roots, vectors)
    return step, np.linalg.cholesky(covariance)


def integrate(
    structure: Structure,
    events: Floats,
    total: Floats,
    *,
    around: tuple[Floats, Floats] | None = None,
    kept: int | None = None,
) -> Grid:
    """Approximate the posterior of many data sets at once.

    Parameters
    ----------
    structure : Structure
    events, total : ndarray, dims (borough, year, replicate)
    around : tuple of ndarray, optional
        Where to put the quadrature, from `Grid.moments` of an earlier one that was badly placed,
        instead of searching.
    kept : int, optional
        See `latent.condition`.
    """
    replicates, free = events.shape[2], len(structure.free)
    eta = starting_eta(structure, events, total)
    prior_scale = np.repeat(np.eye(free)[None], replicates, axis=0)
    z, scale = around or (np.zeros((free, replicates)), prior_scale)
    spread = np.zeros_like(eta)

    def centre(which: np.ndarray) -> tuple[Floats, Floats]:
        """Return the predictor's mean and variance at z; the variance feeds the next mean."""
        _, posterior, _ = laplace(
            structure,
            z[:, which],
            events[..., which],
            total[..., which],
            eta=eta[..., which],
            spread=spread[..., which],
        )
        return posterior.eta, latent.eta_variance(posterior)

    everyone = np.arange(replicates)
    eta, spread = centre(everyone)
    eta, spread = centre(everyone)
    moving = everyone if free and around is None else everyone[:0]
    for _ in range(_MAX_SEARCHES):
        if not moving.size:
            break
        before = scale[moving]
        here = (array[..., moving] for array in (events, total, eta, spread))
        step, after = _search(structure, z[:, moving], before, *here)
        scale[moving] = after
        z[:, moving] += step.T
        eta[..., moving], spread[..., moving] = centre(moving)
        far = np.abs(np.linalg.solve(after, step[:, :, None])).max((1, 2)) > _STILL
        widths = np.linalg.norm(before, axis=2) / np.linalg.norm(after, axis=2)
        moving = moving[far | (widths.max(1) > _TOO_WIDE)]
    nodes, log_weights, outer = quadrature(structure.nodes)
    points = z[:, :, None] + np.einsum("rij,jp->irp", scale, nodes)
    values, posterior, prior = _at_points(structure, points, events, total, eta, spread, kept=kept)
    log_weight = values + log_weights + 0.5 * (nodes**2).sum(0)
    weight = np.exp(log_weight - log_weight.max(1, keepdims=True))
    weight /= weight.sum(1, keepdims=True)
    return Grid(points, weight, posterior, prior, (weight * outer).sum(1))


def _at_points(
    structure: Structure,
    points: Floats,
    events: Floats,
    total: Floats,
    eta: Floats,
    spread: Floats,
    *,
    kept: int | None = None,
) -> tuple[Floats, latent.Posterior, latent.Prior]:
    """Evaluate several points of every replicate, points dims (free, replicate, point)."""
    free, replicates, count = points.shape
    z = points.reshape(free, replicates * count)
    values, posterior, prior = laplace(
        structure, z, events, total, eta=eta, spread=spread, kept=kept
    )
    return values.reshape(replicates, count), posterior, prior
