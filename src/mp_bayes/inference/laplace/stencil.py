"""Derivatives of many functions at once, from their values on a stencil of a few dimensions."""

import itertools

import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats

# Width of the stencil in posterior SDs, as the search before put them (at first the prior's): wide
# enough to see a tail, narrow enough to see the mode.
_STENCIL = 0.7


def stencil(free: int) -> Floats:
    """Return the points of a central second-order stencil, dims (free, point), centre first.

    In SDs of the coordinates in which it is placed.
    """
    axes = np.eye(free)
    pairs = [axes[i] + axes[j] for i, j in itertools.combinations(range(free), 2)]
    points = [np.zeros(free), *axes, *-axes, *pairs]
    return _STENCIL * np.array(points).T.reshape(free, -1)


def derivatives(values: Floats, free: int) -> tuple[Floats, Floats]:
    """Return gradient and Hessian, dims (replicate, free) and (replicate, free, free)."""
    centre, up, down = values[:, 0], values[:, 1 : free + 1], values[:, free + 1 : 2 * free + 1]
    gradient = (up - down) / (2 * _STENCIL)
    hessian = np.zeros((values.shape[0], free, free))
    diagonal = np.arange(free)
    hessian[:, diagonal, diagonal] = (up - 2 * centre[:, None] + down) / _STENCIL**2
    for place, (i, j) in enumerate(itertools.combinations(range(free), 2), start=2 * free + 1):
        ahead = values[:, place] - up[:, i] - up[:, j] + centre
        mixed = ahead / _STENCIL**2
        hessian[:, i, j] = hessian[:, j, i] = mixed
    return gradient, hessian
