"""The latent Gaussian part written out in full: every cell and coefficient in one covariance."""

import numpy as np

from mp_bayes.inference.laplace.latent import Prior


def random_prior(rng, *, years=5, effects=3, dosed=2, batch=4) -> Prior:
    """Return a prior with a design of its own in every member of the batch."""
    free = np.delete(np.arange(years), 1)
    root = rng.normal(size=(years, years, batch)) * 0.2
    covariance = np.einsum("ikn,jkn->ijn", root, root) + 0.05 * np.eye(years)[:, :, None]
    count = free.size + effects
    return Prior(
        mean=rng.normal(-1, 0.3, batch),
        covariance=covariance,
        design=rng.uniform(-0.2, 1.0, (dosed, years, effects, batch)),
        years=free,
        coefficient_mean=rng.normal(0, 0.3, (count, batch)),
        coefficient_precision=rng.uniform(0.5, 20.0, (count, batch)),
    )


def dense(prior: Prior, estimate, variance, member: int):
    """Condition by the textbook; return mean, covariance and log evidence of one of the batch.

    The vector is all cells, borough by borough, then all coefficients.
    """
    boroughs, years, _ = estimate.shape
    cells, own = boroughs * years, prior.years.size
    count = prior.coefficient_mean.shape[0]
    loads = np.zeros((boroughs, years, count))
    loads[:, prior.years, np.arange(own)] = 1.0
    loads[: prior.design.shape[0], :, own:] = prior.design[..., member]
    loads = loads.reshape(cells, count)
    spread = np.diag(1 / prior.coefficient_precision[:, member])
    levels = np.kron(np.eye(boroughs), prior.covariance[..., member])
    whole = np.zeros((cells + count, cells + count))
    whole[:cells, :cells] = levels + loads @ spread @ loads.T
    whole[:cells, cells:] = loads @ spread
    whole[cells:, :cells] = whole[:cells, cells:].T
    whole[cells:, cells:] = spread
    centre = prior.coefficient_mean[:, member]
    mean = np.concatenate([prior.mean[member] + loads @ centre, centre])
    noisy = whole[:cells, :cells] + np.diag(variance[..., member].ravel())
    gain = np.linalg.solve(noisy, whole[:cells]).T
    residual = estimate[..., member].ravel() - mean[:cells]
    evidence = -0.5 * (
        residual @ np.linalg.solve(noisy, residual)
        + np.linalg.slogdet(noisy)[1]
        + cells * np.log(2 * np.pi)
    )
    return mean + gain @ residual, whole - gain @ whole[:cells], evidence
