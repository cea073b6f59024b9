"""Quadrature rules for a standard normal of a few dimensions, as the hyperparameters have."""

import itertools
from functools import lru_cache

import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats

# Nodes with a smaller share of the largest weight are left out: most corners. But the ends of a
# rule tell of a bad place, so a node stays if all but one of its factors make this larger share.
_NEGLIGIBLE = 1e-4
_NEGLIGIBLE_BUT_ONE = 0.05
# A hyperparameter with so many nodes is near enough to normal for a rule shared with others.
_FEW = 3


@lru_cache(maxsize=32)
def quadrature(counts: tuple[int, ...]) -> tuple[Floats, Floats, Floats]:
    """Return nodes (free, point), log weights (point,), and whether a node is an outermost one.

    Hyperparameters with three nodes share one rule for all; each other has its own, and all are
    multiplied.
    """
    few = [place for place, count in enumerate(counts) if count == _FEW]
    many = [place for place, count in enumerate(counts) if count != _FEW]
    rules = [_fifth_degree(len(few))]
    for place in many:
        x, weights = np.polynomial.hermite_e.hermegauss(counts[place])
        rules.append((x[None], weights / weights.sum()))
    chosen = np.array(list(itertools.product(*(range(w.size) for _, w in rules)))).T
    nodes, outer = np.zeros((len(counts), chosen.shape[1])), np.zeros(chosen.shape[1], bool)
    for where, (x, _), which in zip(
        [few, *([place] for place in many)], rules, chosen, strict=True
    ):
        nodes[where] = x[:, which]
    for (_, weights), which in zip(rules[1:], chosen[1:], strict=True):
        if weights.size > _FEW:
            outer |= (which == 0) | (which == weights.size - 1)
    weights = np.stack([w[which] for (_, w), which in zip(rules, chosen, strict=True)])
    share = weights / weights.max(1, keepdims=True)
    weight, whole = weights.prod(0), share.prod(0)
    kept = (whole > _NEGLIGIBLE) | (whole / share.min(0) > _NEGLIGIBLE_BUT_ONE)
    return nodes[:, kept], np.log(weight[kept]), outer[kept].astype(float)


def _fifth_degree(count: int) -> tuple[Floats, Floats]:
    """Return nodes (count, point) and weights that integrate fifth-degree polynomials exactly.

    Against a standard normal of `count` dimensions: three Gauss-Hermite nodes in each of one or
    two, and beyond, where their product grows fast, points on the axes and the corners of a cube.
    Their distances and weights follow from the second and fourth moments (Stroud 1971,
    Approximate Calculation of Multiple Integrals).
    """
    if count < 3:  # the corners would lie at infinity
        x, weights = np.polynomial.hermite_e.hermegauss(_FEW)
        nodes = np.array(list(itertools.product(x, repeat=count))).T
        shares = itertools.product(weights / weights.sum(), repeat=count)
        return nodes, np.array([np.prod(share) for share in shares])
    axis, corner = (count + 2) / 2, (count + 2) / (count - 2)  # squared coordinates
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=count))).T
    nodes = np.hstack(
        [axis**0.5 * np.eye(count), -(axis**0.5) * np.eye(count), corner**0.5 * corners]
    )
    weights = np.repeat([axis**-2, corner**-2 / 2**count], [2 * count, 2**count])
    return nodes, weights
