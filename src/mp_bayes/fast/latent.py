"""The latent Gaussian part of a cell model: boroughs, years and effects given hyperparameters.

In one borough, eta = level + shocks + (years and effects); level and shocks are a Gaussian vector
over years with the same covariance in all boroughs, and the rest is linear in coefficients that
all boroughs share. So a fit costs one small matrix for each borough, and one for the coefficients:
time grows with the number of boroughs, not its cube.

All arrays have the batch (fits times hyperparameter points) last: operations on small matrices then
run along memory, without a loop over fits.
"""

from dataclasses import dataclass

import numba
import numpy as np

from mp_bayes.fast.likelihoods import Floats


# Numba has no types of its own.
@numba.njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _sweep(matrix: Floats, row: Floats, scaled: Floats, log_determinant: Floats) -> None:
    """Sweep every pivot of lower triangles, dims (item, k, k, batch); the batch runs inmost."""
    items, size, _, batch = matrix.shape
    for item in range(items):
        for k in range(size):
            for n in range(batch):
                log_determinant[item, n] += np.log(matrix[item, k, k, n])
            for j in range(size):
                for n in range(batch):
                    row[j, n] = matrix[item, max(j, k), min(j, k), n]
                    scaled[j, n] = row[j, n] / matrix[item, k, k, n]
            for i in range(size):
                for j in range(i + 1):
                    for n in range(batch):
                        matrix[item, i, j, n] -= row[i, n] * scaled[j, n]
            for j in range(size):
                for n in range(batch):
                    matrix[item, max(j, k), min(j, k), n] = scaled[j, n]
            for n in range(batch):
                matrix[item, k, k, n] = -1.0 / row[k, n]


def spd_inverse(matrix: Floats) -> tuple[Floats, Floats]:
    """Invert symmetric positive definite matrices and return their log-determinants too.

    By the sweep operator (Goodnight 1979, doi:10.1080/00031305.1979.10482685). LAPACK, called
    for each small matrix, takes several times longer.

    Parameters
    ----------
    matrix : ndarray, dims (..., k, k, batch)
        Overwritten.

    Returns
    -------
    inverse : ndarray, dims (..., k, k, batch)
    log_determinant : ndarray, dims (..., batch)
    """
    size, batch = matrix.shape[-2:]
    items = matrix.reshape(-1, size, size, batch)
    log_determinant = np.zeros((items.shape[0], batch))
    _sweep(items, np.empty((size, batch)), np.empty((size, batch)), log_determinant)
    for k in range(1, size):
        items[:, :k, k] = items[:, k, :k]
    return np.negative(matrix, out=matrix), log_determinant.reshape((*matrix.shape[:-3], batch))


@dataclass(frozen=True)
class Prior:
    """The Gaussian prior of the latent part at given hyperparameters.

    Attributes
    ----------
    mean : ndarray, dims (batch,)
        Of the boroughs' levels.
    covariance : ndarray, dims (year, year, batch)
        Of level and shocks over years, within a borough.
    design : ndarray, dims (dosed, year, coefficient, batch)
        What the effects' coefficients add to eta, in the first boroughs only: those with a dose.
    years : ndarray of int
        Which years have a coefficient of their own: all but the reference.
    coefficient_mean, coefficient_precision : ndarray, dims (coefficient, batch)
        Independent priors of years, then effects.
    """

    mean: Floats
    covariance: Floats
    design: Floats
    years: np.ndarray
    coefficient_mean: Floats
    coefficient_precision: Floats


@dataclass(frozen=True)
class Posterior:
    """The latent Gaussian posterior given hyperparameters and each cell's Gaussian approximation.

    Attributes
    ----------
    eta : ndarray, dims (borough, year, batch)
        Mean of the predictor.
    coefficients : ndarray, dims (coefficient, batch)
        Mean of years and effects.
    coefficient_covariance : ndarray, dims (coefficient, coefficient, batch)
    kernel : ndarray, dims (borough, year, year, batch)
        Inverse covariance of a borough's pseudo-data given the coefficients.
    by_effect : ndarray, dims (dosed, year, effect, batch)
        The kernel times what the effects' coefficients add to the borough.
    estimate, variance : ndarray, dims (borough, year, batch)
        The pseudo-data and their sampling variance.
    log_evidence : ndarray, dims (batch,)
        Log density of the pseudo-data, without its constant.
    years : ndarray of int
        As in the prior.
    """

    eta: Floats
    coefficients: Floats
    coefficient_covariance: Floats
    kernel: Floats
    by_effect: Floats
    estimate: Floats
    variance: Floats
    log_evidence: Floats
    years: np.ndarray

    def cross(self, boroughs: slice = slice(None)) -> Floats:
        """Return the kernel times what all coefficients add to each borough.

        Dims (borough, year, coefficient, batch).
        """
        kernel, by_effect = self.kernel[boroughs], self.by_effect[boroughs]
        own, count = self.years.size, self.coefficients.shape[0]
        cross = np.zeros((*kernel.shape[:2], count, kernel.shape[-1]))
        cross[:, :, :own] = kernel[:, :, self.years]
        cross[: by_effect.shape[0], :, own:] = by_effect
        return cross


def condition(prior: Prior, estimate: Floats, variance: Floats) -> Posterior:
    """Condition the latent Gaussian on one Gaussian observation of each cell.

    Parameters
    ----------
    prior : Prior
    estimate, variance : ndarray, dims (borough, year, batch)
        Pseudo-data of each cell and their sampling variance.
    """
    boroughs, years, batch = estimate.shape
    matrix = np.broadcast_to(prior.covariance, (boroughs, years, years, batch)).copy()
    diagonal = np.arange(years)
    matrix[:, diagonal, diagonal] += variance
    kernel, log_determinant = spd_inverse(matrix)
    residual = estimate - prior.mean
    weighted = np.einsum("bstn,btn->bsn", kernel, residual)
    free, dosed = prior.years, prior.design.shape[0]
    own = free.size
    count = prior.coefficient_mean.shape[0]
    by_effect = np.einsum("bstn,btjn->bsjn", kernel[:dosed], prior.design)
    precision = np.zeros((count, count, batch))
    precision[:own, :own] = kernel.sum(0)[np.ix_(free, free)]
    shared = by_effect.sum(0)[free]
    precision[:own, own:] = shared
    precision[own:, :own] = shared.transpose(1, 0, 2)
    precision[own:, own:] = np.einsum("bsin,bsjn->ijn", prior.design, by_effect)
    precision[np.arange(count), np.arange(count)] += prior.coefficient_precision
    score = prior.coefficient_precision * prior.coefficient_mean
    score[:own] += weighted.sum(0)[free]
    score[own:] += np.einsum("bsjn,bsn->jn", prior.design, weighted[:dosed])
    covariance, log_precision = spd_inverse(precision)
    coefficients = np.einsum("ijn,jn->in", covariance, score)
    # What is left of the pseudo-data, weighted, shrinks each cell towards the rest.
    common = np.zeros((years, batch))
    common[free] = coefficients[:own]
    left = weighted - np.einsum("bstn,tn->bsn", kernel, common)
    left[:dosed] -= np.einsum("bsjn,jn->bsn", by_effect, coefficients[own:])
    log_evidence = 0.5 * (
        np.log(prior.coefficient_precision).sum(0)
        - (prior.coefficient_precision * prior.coefficient_mean**2).sum(0)
        - log_determinant.sum(0)
        - (residual * weighted).sum((0, 1))
        - log_precision
        + (score * coefficients).sum(0)
    )
    return Posterior(
        eta=estimate - variance * left,
        coefficients=coefficients,
        coefficient_covariance=covariance,
        kernel=kernel,
        by_effect=by_effect,
        estimate=estimate,
        variance=variance,
        log_evidence=log_evidence,
        years=free,
    )


def eta_variance(posterior: Posterior, boroughs: slice = slice(None)) -> Floats:
    """Return the posterior variance of each cell's predictor, dims (borough, year, batch)."""
    variance, cross = posterior.variance[boroughs], posterior.cross(boroughs)
    own = np.einsum("bttn->btn", posterior.kernel[boroughs])
    moved = np.einsum("btin,ijn->btjn", cross, posterior.coefficient_covariance)
    common = (moved * cross).sum(2)
    return np.asarray(variance - variance**2 * (own - common))
