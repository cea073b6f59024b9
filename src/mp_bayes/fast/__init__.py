"""The fast posterior: the cell models' effects by nested Laplace approximation, in batches."""

from mp_bayes.fast.posterior import average_weights, effects_of, fast_effects
from mp_bayes.fast.structure import NotFastError, structure

__all__ = ["NotFastError", "average_weights", "effects_of", "fast_effects", "structure"]
