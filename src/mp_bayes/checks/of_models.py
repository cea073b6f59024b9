"""The checks of a study's models, by name: what their commands work out, and verifying again.

Each takes outcomes, priors, a seed and what is told how far it is, and returns tables by name.
"""

from collections.abc import Callable
from typing import Final, Protocol

import pandas as pd

from mp_bayes.checks.joint import joint_tables
from mp_bayes.checks.multiverse import multiverse
from mp_bayes.checks.predictive import predictive
from mp_bayes.checks.scaling import scaling
from mp_bayes.checks.tipping import tipping_points
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.workers import processes
from mp_bayes.studies.study import Outcome

Tables = dict[str, pd.DataFrame]
OnProgress = Callable[[str, float, float], None]


class Work(Protocol):
    """What works out the tables of a check."""

    def __call__(
        self, outcomes: list[Outcome], priors: Priors, *, seed: int, on_progress: OnProgress
    ) -> Tables:
        """Return them by name; progress is told as words, how much is done, and of how much."""


def _multiverse(
    outcomes: list[Outcome], priors: Priors, *, seed: int, on_progress: OnProgress
) -> Tables:
    with processes() as workers:
        every = multiverse(outcomes, priors, workers, seed=seed, on_progress=on_progress)
    return {"multiverse": every, "tipping_points": tipping_points(outcomes, priors)}


def _scaling(
    outcomes: list[Outcome], priors: Priors, *, seed: int, on_progress: OnProgress
) -> Tables:
    return {"scaling": scaling(outcomes, priors, seed=seed, on_progress=on_progress)}


def _predictive(
    outcomes: list[Outcome], priors: Priors, *, seed: int, on_progress: OnProgress
) -> Tables:
    return {"predictive": predictive(outcomes, priors, seed=seed, on_progress=on_progress)}


OF_MODELS: Final[dict[str, Work]] = {
    "multiverse": _multiverse,
    "scaling": _scaling,
    "joint": joint_tables,
    "predictive": _predictive,
}
