"""The cells' log-likelihoods and their derivatives, against SciPy and finite differences."""

import numpy as np
import pytest
from scipy import special, stats

from mp_bayes.inference.laplace.likelihoods import Cells, binomial, expand, log_gamma_family, nb1
from mp_bayes.priors.quantiles import SMALLEST_EXCESS

ETAS = np.linspace(-4.0, 3.0, 15)
STEP = 1e-4


def cell(events, total, excess=None, size=ETAS.size) -> Cells:
    """Return one cell, repeated along the batch."""
    shape = (1, 1, size)
    more = None if excess is None else np.full(size, excess)
    return Cells(np.full(shape, float(events)), np.full(shape, float(total)), more)


BINOMIAL = [cell(3, 10), cell(0, 40), cell(40, 40), cell(263.2, 1315.8)]
COUNTS = [
    cell(7, 12, 0.55),
    cell(0, 30, 0.3),
    cell(900, 1000, 0.55),
    cell(25, 60, 4.0),
    cell(25, 60, 0.0),
]
EVERY = [(binomial, cells) for cells in BINOMIAL] + [(nb1, cells) for cells in COUNTS]


def test_log_gamma_and_its_derivatives():
    x = np.concatenate([np.geomspace(1e-8, 1e6, 400), [0.5, 1.0, 2.0, 6.999999, 7.0]])
    value, first, second = np.transpose([log_gamma_family(one) for one in x])
    # To about ten digits, as it says; near its zeros at 1 and 2 the absolute error counts.
    np.testing.assert_allclose(value, special.gammaln(x), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(first, special.digamma(x), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(second, special.polygamma(1, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("events", "total"), [(3, 10), (0, 40), (40, 40), (320, 1500)])
def test_binomial_is_scipys_up_to_a_constant(events, total):
    value, *_ = binomial(cell(events, total), ETAS.reshape(1, 1, -1))
    exact = stats.binom.logpmf(events, total, special.expit(ETAS))
    apart = value.ravel() - exact
    # log p rounds where p is near 1, SciPy's own error.
    np.testing.assert_allclose(apart, apart[0], atol=1e-8, rtol=1e-9)


@pytest.mark.parametrize(
    ("events", "total", "excess"), [(7, 12, 0.55), (0, 30, 0.3), (900, 1000, 0.55), (25, 60, 4.0)]
)
def test_nb1_is_scipys_up_to_a_constant(events, total, excess):
    value, *_ = nb1(cell(events, total, excess), ETAS.reshape(1, 1, -1))
    mean = total * np.exp(ETAS)
    # SciPy's number of successes and probability: variance (1 + excess) times the mean.
    exact = stats.nbinom.logpmf(events, mean / excess, 1 / (1 + excess))
    assert stats.nbinom.var(mean / excess, 1 / (1 + excess)) == pytest.approx(mean * (1 + excess))
    apart = value.ravel() - exact
    np.testing.assert_allclose(apart, apart[0], atol=1e-6)


def test_nb1_also_knows_how_its_value_depends_on_the_dispersion():
    excesses = np.geomspace(0.05, 3.0, 15)
    cells = Cells(np.full((1, 1, 15), 25.0), np.full((1, 1, 15), 60.0), excesses)
    value, *_ = nb1(cells, np.full((1, 1, 15), -0.7))
    exact = stats.nbinom.logpmf(25, 60 * np.exp(-0.7) / excesses, 1 / (1 + excesses))
    apart = value.ravel() - exact
    np.testing.assert_allclose(apart, apart[0], atol=1e-7)


def test_without_excess_nb1_is_poisson():
    value, *_ = nb1(cell(25, 60, 0.0), ETAS.reshape(1, 1, -1))
    exact = stats.poisson.logpmf(25, 60 * np.exp(ETAS))
    apart = value.ravel() - exact
    # The smallest excess stands in for none; it shows where 25 is far from the mean of 1205.
    limit = SMALLEST_EXCESS * (60 * np.exp(ETAS) + 25**2 / (60 * np.exp(ETAS)) + 25)
    assert (np.abs(apart - apart[np.argmin(np.abs(60 * np.exp(ETAS) - 25))]) < limit).all()


@pytest.mark.parametrize(("likelihood", "cells"), EVERY)
def test_slope_and_curvature_are_the_values_differences(likelihood, cells):
    eta = ETAS.reshape(1, 1, -1)
    value, first, weight = likelihood(cells, eta)
    (up, up_first, _), (down, down_first, _) = (
        likelihood(cells, eta + move) for move in (STEP, -STEP)
    )
    # Central differences: an error of the step squared, and rounding over the step.
    noise = 1e-13 * np.abs(value).max() / STEP + 1e-6
    np.testing.assert_allclose(first, (up - down) / (2 * STEP), rtol=1e-6, atol=noise)
    np.testing.assert_allclose(
        weight, -(up_first - down_first) / (2 * STEP), rtol=1e-5, atol=1e-5 * np.abs(first).max()
    )


@pytest.mark.parametrize("eta", [-300.0, -40.0, 40.0, 800.0])
@pytest.mark.parametrize(
    ("likelihood", "cells"), [(binomial, cell(3, 10, size=1)), (nb1, cell(7, 12, 0.5, size=1))]
)
def test_nothing_overflows_far_out(likelihood, cells, eta):
    for part in likelihood(cells, np.full((1, 1, 1), eta)):
        assert np.isfinite(part).all()


@pytest.mark.parametrize(("likelihood", "cells"), EVERY)
@pytest.mark.parametrize("spread", [0.0, 0.01, 0.09])
def test_expand_averages_over_a_gaussian(likelihood, cells, spread):
    eta = np.linspace(-2.0, 1.0, ETAS.size).reshape(1, 1, -1)
    got = expand(likelihood, cells, eta, np.full_like(eta, spread))
    x, w = np.polynomial.hermite_e.hermegauss(60)
    parts = [likelihood(cells, eta + np.sqrt(spread) * node) for node in x]
    for place, array in enumerate(got):
        exact = sum(weight * part[place] for weight, part in zip(w / w.sum(), parts, strict=True))
        if place == 2:
            # What says next to nothing keeps a little weight.
            exact = np.maximum(exact, 1e-9)
        # Three nodes are exact to the fifth degree: with an SD of 0.3 what is left of an
        # exponential is about 0.3^6 / 6! x 6 = 6e-6 of it.
        scale = np.abs(exact).max() + np.abs(cells.events).max()
        np.testing.assert_allclose(array, exact, rtol=1e-4, atol=1e-5 * scale)


def test_an_empty_cell_says_nothing():
    total = np.array([[[0.0, 50.0]]])
    cells = Cells(np.array([[[0.0, 20.0]]]), total)
    for spread in (0.0, 0.05):
        value, first, weight = expand(
            binomial, cells, np.full((1, 1, 2), 0.3), np.full((1, 1, 2), spread)
        )
        assert value[0, 0, 0] == first[0, 0, 0] == 0.0
        assert 0 < weight[0, 0, 0] < 1e-6
        assert weight[0, 0, 1] > 1
        assert value[0, 0, 1] < -30


def test_an_empty_count_cell_says_nothing():
    cells = Cells(np.zeros((1, 1, 1)), np.zeros((1, 1, 1)), np.array([0.5]))
    value, first, weight = expand(nb1, cells, np.full((1, 1, 1), -0.5), np.full((1, 1, 1), 0.1))
    assert value.item() == first.item() == 0.0
    assert 0 < weight.item() < 1e-6


@pytest.mark.parametrize("cells", BINOMIAL)
@pytest.mark.parametrize("spread", [0.01, 0.5, 40.0])
def test_the_binomials_average_is_that_of_three_expansions(cells, spread):
    eta = ETAS.reshape(1, 1, -1) * 3
    step = np.sqrt(3 * spread)
    middle, low, high = (binomial(cells, eta + move) for move in (0.0, -step, step))
    got = expand(binomial, cells, eta, np.full_like(eta, spread))
    averages = [(4 * m + a + b) / 6 for m, a, b in zip(middle, low, high, strict=True)]
    averages[2] = np.maximum(averages[2], 1e-9)
    for place, exact in enumerate(averages):
        # Slopes are differences of numbers as large as the total: rounding is of their size.
        np.testing.assert_allclose(got[place], exact, rtol=1e-12, atol=1e-12 * cells.total.max())
