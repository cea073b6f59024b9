"""Priors as data: distributions, the file that people edit, and the tables that models take in."""

from mp_bayes.priors.priors import (
    BOUNDS,
    SHOCK_PARAMETERS,
    Priors,
    default_text,
    inputs,
    load_priors,
    printed,
    unnamed_shock,
)
from mp_bayes.studies.study import SHOCK_PRIORS

__all__ = [
    "BOUNDS",
    "SHOCK_PARAMETERS",
    "SHOCK_PRIORS",
    "Priors",
    "default_text",
    "inputs",
    "load_priors",
    "printed",
    "unnamed_shock",
]
