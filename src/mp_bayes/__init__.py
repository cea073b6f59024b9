"""Bayesian difference-in-differences with borough-by-year shocks.

The names that a script needs:

>>> import mp_bayes as mb
>>> study = mb.read_study("example")
>>> outcome = study.outcome("rereferral")
>>> int(mb.cells(outcome)["events"].sum())
9698
>>> priors = mb.load_priors(study)
>>> print(priors.select(outcome, shock="national")["mean_effect"])
Normal(mu 0, sigma 0.35)
>>> analysis = mb.Analysis(outcome, shock="national", effect="yearly")
>>> result = mb.analyse(analysis, priors, seed=1, engine="laplace")
>>> result.usable
True

In docstrings the *2020 report* is the Department for Education's research report RR1026 (Holt and
others, Motivational Practice: Evaluation report, March 2020); the *2017 report* is number 52 of the
Children's Social Care Innovation Programme's evaluation reports (Luckock and others, The Islington
'Doing What Counts: Measuring What Matters' evaluation report, July 2017).
"""

from importlib import import_module

# As of `typing`, which takes longer to import than all that is here.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from mp_bayes.errors import InputError
    from mp_bayes.estimands.summaries import summarise
    from mp_bayes.evidence.arrays import cells, coefficients
    from mp_bayes.inference.nuts import passes_gate, sample
    from mp_bayes.models import cells_model, coefficients_model
    from mp_bayes.priors import load_priors
    from mp_bayes.reanalysis.analysis import analyse
    from mp_bayes.reanalysis.comparison import compare
    from mp_bayes.reanalysis.grid import Analysis
    from mp_bayes.studies.read import read_study, study_of_counts

__all__ = [
    "Analysis",
    "InputError",
    "analyse",
    "cells",
    "cells_model",
    "coefficients",
    "coefficients_model",
    "compare",
    "load_priors",
    "passes_gate",
    "read_study",
    "sample",
    "study_of_counts",
    "summarise",
]

_HOMES = {
    "Analysis": "reanalysis.grid",
    "InputError": "errors",
    "analyse": "reanalysis.analysis",
    "cells": "evidence.arrays",
    "cells_model": "models",
    "coefficients": "evidence.arrays",
    "coefficients_model": "models",
    "compare": "reanalysis.comparison",
    "load_priors": "priors",
    "passes_gate": "inference.nuts",
    "read_study": "studies.read",
    "sample": "inference.nuts",
    "study_of_counts": "studies.read",
    "summarise": "estimands.summaries",
}


def __getattr__(name: str) -> object:
    """Import a name when it is asked for: the samplers take seconds."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mp_bayes' has no attribute '{name}'")
    return getattr(import_module(f"mp_bayes.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__"])
