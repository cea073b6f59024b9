"""The latent Gaussian part against the same Gaussian written out in full."""

import numpy as np
import pytest
from dense import dense, random_prior

from mp_bayes.inference.laplace.latent import condition, eta_variance, spd_inverse

# Boroughs, and how many of them have a dose: one, several, and all (a contaminated comparison).
SHAPES = pytest.mark.parametrize(("boroughs", "dosed"), [(1, 1), (2, 1), (5, 2), (4, 4)])


@pytest.mark.parametrize("size", [1, 2, 6, 15])
@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_inverse_and_determinant_are_numpys(size, lead):
    rng = np.random.default_rng(size)
    batch = 7
    root = rng.normal(size=(*lead, batch, size, size + 2))
    matrices = root @ root.swapaxes(-1, -2) + 0.1 * np.eye(size)
    inverse, log_determinant = spd_inverse(np.moveaxis(matrices, -3, -1).copy())
    assert inverse.shape == (*lead, size, size, batch)
    assert log_determinant.shape == (*lead, batch)
    # Condition numbers of some thousands cost three or four of sixteen digits.
    exact = np.moveaxis(np.linalg.inv(matrices), -3, -1)
    np.testing.assert_allclose(inverse, exact, rtol=1e-8, atol=1e-10 * np.abs(exact).max())
    np.testing.assert_allclose(log_determinant, np.linalg.slogdet(matrices)[1], rtol=1e-10)


def test_inverse_of_a_wide_range_of_scales():
    # A fixed coefficient has a precision of 1e12 beside others of about 1.
    matrix = np.diag([1e12, 1.0, 1e-4])
    matrix[0, 1] = matrix[1, 0] = 0.5
    inverse, log_determinant = spd_inverse(matrix[:, :, None].copy())
    np.testing.assert_allclose(inverse[..., 0], np.linalg.inv(matrix), rtol=1e-10)
    assert log_determinant.item() == pytest.approx(np.linalg.slogdet(matrix)[1])


def example(boroughs, dosed):
    rng = np.random.default_rng(boroughs * 10 + dosed)
    prior = random_prior(rng, dosed=dosed)
    shape = (boroughs, 5, 4)
    return prior, rng.normal(-1, 0.5, shape), rng.uniform(0.005, 0.3, shape)


@SHAPES
def test_means_and_covariances_are_the_dense_gaussians(boroughs, dosed):
    prior, estimate, variance = example(boroughs, dosed)
    posterior = condition(prior, estimate, variance)
    spread = eta_variance(posterior)
    cells = boroughs * 5
    for member in range(4):
        mean, covariance, _ = dense(prior, estimate, variance, member)
        near = {"rtol": 1e-8, "atol": 1e-10}
        np.testing.assert_allclose(posterior.eta[..., member].ravel(), mean[:cells], **near)
        np.testing.assert_allclose(posterior.coefficients[:, member], mean[cells:], **near)
        np.testing.assert_allclose(
            posterior.coefficient_covariance[..., member], covariance[cells:, cells:], **near
        )
        np.testing.assert_allclose(spread[..., member].ravel(), np.diag(covariance)[:cells], **near)


@SHAPES
def test_cells_covary_with_coefficients_as_in_the_dense_gaussian(boroughs, dosed):
    prior, estimate, variance = example(boroughs, dosed)
    posterior = condition(prior, estimate, variance)
    # What quantities are built on: Cov(eta, coefficients) = variance x cross x covariance.
    moved = np.einsum("btin,ijn->btjn", posterior.cross(), posterior.coefficient_covariance)
    between = posterior.variance[:, :, None] * moved
    cells = boroughs * 5
    for member in range(4):
        _, covariance, _ = dense(prior, estimate, variance, member)
        np.testing.assert_allclose(
            between[..., member].reshape(cells, -1), covariance[:cells, cells:], atol=1e-10
        )


@SHAPES
def test_log_evidence_is_the_density_of_the_pseudo_data(boroughs, dosed):
    prior, estimate, variance = example(boroughs, dosed)
    posterior = condition(prior, estimate, variance)
    constant = 0.5 * boroughs * 5 * np.log(2 * np.pi)
    for member in range(4):
        *_, evidence = dense(prior, estimate, variance, member)
        # Two settings of one data set are compared; the constant is the same in all.
        assert posterior.log_evidence[member] == pytest.approx(evidence + constant, abs=1e-8)


def test_some_boroughs_variances_are_those_of_all():
    prior, estimate, variance = example(5, 2)
    posterior = condition(prior, estimate, variance)
    some = eta_variance(posterior, slice(0, 2))
    np.testing.assert_array_equal(some, eta_variance(posterior)[:2])


def test_a_cell_that_says_nothing_does_not_count():
    prior, estimate, variance = example(2, 1)
    estimates = [estimate.copy(), estimate.copy()]
    estimates[1][1, 3] += 5.0
    vague = variance.copy()
    vague[1, 3] = 1e9
    first, second = (condition(prior, values, vague) for values in estimates)
    # A shift of 5 weighs a billionth.
    np.testing.assert_allclose(first.coefficients, second.coefficients, atol=1e-6)
    np.testing.assert_allclose(first.eta, second.eta, atol=1e-6)
