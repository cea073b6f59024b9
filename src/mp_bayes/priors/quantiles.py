"""Priors as tables of numbers: what a compiled model, and the fast posterior, take in as data."""

from numbers import Real
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

# Quantile functions are tabulated at standard normal z from -8 to 8 and interpolated by a
# monotone cubic: smooth enough for Hamiltonian dynamics, and within 1e-4 of the exact quantiles.
Z_LIMIT = 8.0
Z_INTERVALS = 160
Z_STEP = 2 * Z_LIMIT / Z_INTERVALS
# The limits of both distributions (Binomial, Poisson) are reached closely enough here, while
# larger precisions would lose digits in the log-gamma function.
SMALLEST_EXCESS = 1e-4


def quantile_table(priors: list[Any]) -> np.ndarray:
    """Return the cubic coefficients of each prior's quantile function.

    A parameter is written as its prior's quantile at Phi(z) with z standard normal. That makes a
    prior a row of numbers: any distribution, or a fixed number (a flat row), fits the same model.
    A script may give such a number as it is.

    Returns
    -------
    ndarray, dims (parameter, interval, 4)
        Coefficients of t**3, t**2, t and 1, with t the distance from the interval's start.
    """
    z = np.linspace(-Z_LIMIT, Z_LIMIT, Z_INTERVALS + 1)
    values = [
        np.full(z.shape, float(prior)) if isinstance(prior, Real) else prior.quantile(z)
        for prior in priors
    ]
    return np.stack([PchipInterpolator(z, value).c.T for value in values])
