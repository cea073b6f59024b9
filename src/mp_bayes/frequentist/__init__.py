"""Frequentist answers to the same question: the report's own, and fairer ones."""

from mp_bayes.frequentist.did import (
    MODELS,
    Z95,
    did,
    difference_in_differences,
    estimand_of,
    raw_contrasts,
    with_interval,
)

__all__ = [
    "MODELS",
    "Z95",
    "did",
    "difference_in_differences",
    "estimand_of",
    "raw_contrasts",
    "with_interval",
]
