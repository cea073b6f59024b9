"""What a process is given, and what it gives back."""

from dataclasses import dataclass, field

import pandas as pd

from mp_bayes.reanalysis.grid import Analysis, checked


@dataclass(frozen=True)
class Outputs:
    """What the main job keeps of one analysis; tables that it does not give are empty."""

    analysis: Analysis
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    diagnostics: pd.DataFrame = field(default_factory=pd.DataFrame)
    trends: pd.DataFrame = field(default_factory=pd.DataFrame)
    costs: pd.DataFrame = field(default_factory=pd.DataFrame)
    agreement: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Task:
    """One analysis to be fitted.

    Attributes
    ----------
    analysis : Analysis
    check : bool
        Whether the sampler fits it too, to tell whether the engines agree.
    precise : bool
        Whether that takes as many draws as for a fit that is to be quoted.
    """

    analysis: Analysis
    check: bool = False
    precise: bool = False

    @property
    def samples(self) -> bool:
        """Whether a model must be compiled."""
        return self.check or self.analysis.shape != "normal"


def tasks(analyses: list[Analysis], *, seed: int, quick: bool = False) -> list[Task]:
    """Say which analyses are fitted by both engines; none if `quick`."""
    both = [] if quick else checked(analyses, seed)
    return [Task(one, one in both) for one in analyses]
