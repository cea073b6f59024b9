"""Embedding curves, and the doses that follow for each borough and year."""

from mp_bayes.embedding.curves import (
    CURVES,
    dose,
    exponential,
    exposure_nodes,
    immediate,
    linear,
    logistic,
    training,
    training_cohorts,
)

__all__ = [
    "CURVES",
    "dose",
    "exponential",
    "exposure_nodes",
    "immediate",
    "linear",
    "logistic",
    "training",
    "training_cohorts",
]
