"""From posterior draws to effects on the scales that people use."""

from mp_bayes.estimands.effects import (
    INTERVAL,
    LOWER,
    UPPER,
    Estimand,
    average_effect,
    estimands,
    response,
    span,
)

__all__ = [
    "INTERVAL",
    "LOWER",
    "UPPER",
    "Estimand",
    "average_effect",
    "estimands",
    "response",
    "span",
]
