"""The latent Gaussian part of a cell model: boroughs, years and effects given hyperparameters.

In one borough, eta = level + shocks + (years and effects); level and shocks are a Gaussian vector
over years with the same covariance in all boroughs, and the rest is linear in coefficients that
all boroughs share. So a fit costs one small matrix for each borough, and one for the coefficients:
time grows with the number of boroughs, not its cube.

All arrays have the batch (fits times hyperparameter points) last: operations on small matrices then
run along memory, without a loop over fits.
"""

from dataclasses import dataclass, fields

import numpy as np

from mp_bayes.inference.laplace import kernels
from mp_bayes.inference.laplace.likelihoods import Floats


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
    log_determinant = np.zeros((*matrix.shape[:-3], batch))
    kernels.invert(
        matrix.reshape(-1, size, size, batch), log_determinant.reshape(-1, batch), kernels.LANES
    )
    return matrix, log_determinant


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

    def at(self, which: np.ndarray) -> "Prior":
        """Return these members of the batch."""
        return Prior(
            self.mean[which],
            self.covariance[..., which],
            self.design[..., which],
            self.years,
            self.coefficient_mean[:, which],
            self.coefficient_precision[:, which],
        )


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
        Inverse covariance of a borough's pseudo-data given the coefficients; of all boroughs, or
        of the first.
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

    def put(self, which: np.ndarray, other: "Posterior") -> None:
        """Replace these members of the batch by another posterior's, in order."""
        for field in fields(self):
            if field.name != "years":
                getattr(self, field.name)[..., which] = getattr(other, field.name)

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


def condition(
    prior: Prior, estimate: Floats, variance: Floats, *, kept: int | None = None
) -> Posterior:
    """Condition the latent Gaussian on one Gaussian observation of each cell.

    Parameters
    ----------
    prior : Prior
    estimate, variance : ndarray, dims (borough, year, replicate)
        Pseudo-data of each cell and their sampling variance. A replicate's are those of several
        members of the batch, one after the other, if it has fewer members than the prior.
    kept : int, optional
        How many boroughs, the first, keep their kernels, most of a posterior's memory; variances
        and `Posterior.cross` need them. All unless given.
    """
    boroughs, size, replicates = estimate.shape
    count, batch = prior.coefficient_mean.shape
    dosed, _, effects, _ = prior.design.shape
    # The compiled loops want an effect's years together.
    by_effect = np.empty((dosed, effects, size, batch))
    posterior = Posterior(
        eta=np.empty((boroughs, size, batch)),
        coefficients=np.empty((count, batch)),
        coefficient_covariance=np.empty((count, count, batch)),
        kernel=np.empty((boroughs if kept is None else kept, size, size, batch)),
        by_effect=by_effect.swapaxes(1, 2),
        estimate=np.repeat(estimate, batch // replicates, axis=-1),
        variance=np.repeat(variance, batch // replicates, axis=-1),
        log_evidence=np.empty(batch),
        years=prior.years,
    )
    kernels.condition(
        (
            prior.mean[None],
            np.ascontiguousarray(prior.covariance),
            np.ascontiguousarray(prior.design.swapaxes(1, 2)),
            prior.years,
            prior.coefficient_mean,
            prior.coefficient_precision,
        ),
        np.ascontiguousarray(estimate),
        np.ascontiguousarray(variance),
        (
            posterior.eta,
            posterior.coefficients,
            posterior.coefficient_covariance,
            posterior.kernel,
            by_effect,
            posterior.log_evidence[None],
        ),
        kernels.LANES,
    )
    return posterior


def eta_variance(posterior: Posterior, boroughs: slice = slice(None)) -> Floats:
    """Return the posterior variance of each cell's predictor, dims (borough, year, batch)."""
    variance = posterior.variance[boroughs]
    result = np.empty(variance.shape)
    by_effect = np.ascontiguousarray(posterior.by_effect[boroughs])
    arrays = (posterior.kernel[boroughs], by_effect, posterior.coefficient_covariance, variance)
    kernels.variances(arrays, posterior.years, result, kernels.LANES)
    return result
