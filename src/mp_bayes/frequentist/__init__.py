"""Frequentist answers to the same question: plain ones, as the 2020 report's, and fairer ones."""

from mp_bayes.frequentist.answer import Answer, answer, cell_values, change_per_100
from mp_bayes.frequentist.did import (
    MODELS,
    Z95,
    did,
    difference_in_differences,
    estimand_of,
    raw_contrasts,
    with_interval,
)
from mp_bayes.frequentist.donald_lang import donald_lang
from mp_bayes.frequentist.few_treated import (
    conley_taber,
    ferman_pinto,
    fewest_controls,
    permutation,
)
from mp_bayes.frequentist.shock_aware import expected_shocks, gls_did

__all__ = [
    "MODELS",
    "Z95",
    "Answer",
    "answer",
    "cell_values",
    "change_per_100",
    "conley_taber",
    "did",
    "difference_in_differences",
    "donald_lang",
    "estimand_of",
    "expected_shocks",
    "ferman_pinto",
    "fewest_controls",
    "gls_did",
    "permutation",
    "raw_contrasts",
    "with_interval",
]
