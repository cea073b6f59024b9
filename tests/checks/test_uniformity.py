"""Bands and p values of ranks: against arviz_stats, and under uniformity."""

import numpy as np
import pytest
from arviz_stats.ecdf_utils import get_pointwise_confidence_band, simulate_confidence_bands
from scipy import stats

from mp_bayes.checks.uniformity import POINTS, band, holm, uniformity


@pytest.mark.parametrize("count", [100, 500])
def test_the_band_is_that_of_arviz(count):
    rng = np.random.default_rng(3)
    prob = simulate_confidence_bands(count, 1, POINTS, 0.95, 4000, rng)
    theirs = np.array(get_pointwise_confidence_band(prob, count, POINTS)) - POINTS
    # Theirs lies at counts of which the next may be meant, and its level is simulated 4,000 times.
    assert np.abs(np.array(band(count, 0.05)) - theirs).max() <= 2.01 / count


def test_uniform_ranks_leave_the_band_once_in_twenty():
    rng = np.random.default_rng(5)
    found = [uniformity(rng.random(200)) for _ in range(1000)]
    lower, upper = band(200, 0.05)
    outside = np.mean([((f.difference < lower) | (f.difference > upper)).any() for f in found])
    # Three Monte Carlo standard errors, of 1,000 trials.
    error = 3 * np.sqrt(0.05 * 0.95 / 1000)
    assert abs(outside - 0.05) < error
    assert stats.kstest([f.p for f in found], "uniform").pvalue > 0.001
    # Verdicts by p value and by band are one.
    for one in found:
        assert (one.p < 0.05) == bool(
            ((one.difference < lower) | (one.difference > upper)).any()
        ) or abs(one.p - 0.05) < 0.01


@pytest.mark.parametrize("power", [0.7, 1.4])
def test_ranks_that_are_not_uniform_are_found(power):
    ranks = np.random.default_rng(7).random(500) ** power
    assert uniformity(ranks).p < 0.001


def test_holm_is_as_in_the_textbook():
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])
    assert holm(np.array([0.9, 0.8])) == pytest.approx([1.0, 1.0])
