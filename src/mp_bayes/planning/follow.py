"""The compiled loop of the closed form: a mixture of Normal posteriors along the estimate."""

import math

import numba
import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats


@numba.njit(cache=True, error_model="numpy")  # type: ignore[untyped-decorator]  # Numba has no types
def follow(
    places: Floats,
    log: Floats,
    mean: Floats,
    precision: Floats,
    factor: Floats,
    goal: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Average over nodes at every place of every draw.

    Parameters
    ----------
    places : ndarray, dims (draw, place)
        Effects at full dose along which the data move.
    log : ndarray, dims (3, draw, node)
        Log weight as a polynomial in the place, from the constant up.
    mean : ndarray, dims (2, draw, node)
        The effect's posterior mean as a polynomial in the place.
    precision : ndarray, dims (node,)
        Of the effect.
    factor, goal : ndarray, dims (node,)
        What an effect of 1 makes on average, and the effect that makes the true average; the
        latter may be empty.

    Returns
    -------
    positive, average, below : ndarray, dims (draw, place)
        Posterior probability of an effect above 0, mean of the average effect, and posterior
        probability of one below `goal`, 0 where there is none.
    """
    draws, nodes = log.shape[1:]
    positive = np.empty(places.shape)
    average, below = np.empty_like(positive), np.empty_like(positive)
    weight = np.empty(nodes)
    root = np.sqrt(0.5 * precision)
    for r in range(draws):
        for i in range(places.shape[1]):
            u = places[r, i]
            highest = -np.inf
            for n in range(nodes):
                weight[n] = log[0, r, n] + u * (log[1, r, n] + u * log[2, r, n])
                highest = max(highest, weight[n])
            total, above, middle, under = 0.0, 0.0, 0.0, 0.0
            for n in range(nodes):
                share = weight[n] - highest
                if share > -12.0:
                    share = math.exp(share)
                    m = mean[0, r, n] + u * mean[1, r, n]
                    total += share
                    above += share * math.erfc(-m * root[n])
                    middle += share * m * factor[n]
                    if goal.size:
                        under += share * math.erfc((m - goal[n]) * root[n])
            positive[r, i] = 0.5 * above / total
            below[r, i] = 0.5 * under / total
            average[r, i] = middle / total
    return positive, average, below
