"""The Laplace engine: the models' effects by nested Laplace approximation, in batches or drawn."""

from mp_bayes.inference.laplace.draws import LARGEST_K, PROPOSALS, draw, smoothed, vouched_draws
from mp_bayes.inference.laplace.posterior import average_weights, effects_of, fast_effects
from mp_bayes.inference.laplace.structure import NotFastError, structure

__all__ = [
    "LARGEST_K",
    "PROPOSALS",
    "NotFastError",
    "average_weights",
    "draw",
    "effects_of",
    "fast_effects",
    "smoothed",
    "structure",
    "vouched_draws",
]
