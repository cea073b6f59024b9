"""Which analyses there are: plain data, quick to import."""

import random
from dataclasses import asdict, dataclass

from mp_bayes.evidence.arrays import EVIDENCE
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.studies.study import EFFECTS, OUTCOMES, get_outcome
from mp_bayes.studies.timing import timings


@dataclass(frozen=True)
class Analysis:
    """The choices that make one analysis.

    Attributes
    ----------
    outcome, evidence, shock, effect, timing, coding, years, shape : str
        Names; see `mp_bayes.studies.study`, `evidence.arrays`, `priors`, `models`, `timing.timings`
        and `models.predictor`. Coding matters for yearly effects only.
    """

    outcome: str
    evidence: str = "cells"
    shock: str = "national"
    effect: str = "yearly"
    timing: str = "as_published"
    coding: str = "dosed"
    years: str = "free"
    shape: str = "normal"

    @property
    def name(self) -> str:
        """Unique name, from which the fit's seed is derived."""
        return "/".join(str(value) for value in asdict(self).values())

    @property
    def structure(self) -> tuple[str, str]:
        """What a compiled model can be shared by."""
        return (self.evidence, get_outcome(self.outcome).study.name)

    @property
    def assumption(self) -> str:
        """The one assumption in which it departs from the main grid; empty within the grid."""
        if self.timing != "as_published":
            return "timing"
        if self.years != "free":
            return "years"
        return "shape" if self.shape != "normal" else ""

    @property
    def quoted(self) -> bool:
        """Whether the page puts it first, or beside that: the headline under each shock prior."""
        return self == Analysis(self.outcome, shock=self.shock, coding=coding_of(self.shock))


def coding_of(shock: str) -> str:
    """Return the coding of yearly effects in the main grid.

    Without shocks that of the report, whose answers it is to give back; dosed otherwise.
    """
    return "published" if shock == "none" else "dosed"


def checked(analyses: list[Analysis], seed: int) -> list[Analysis]:
    """List what both engines fit: all that is quoted, and others of cells, drawn at random.

    A tenth as many as there are others; of cells, since their models are compiled for what is
    quoted. `simulations/two_engines.py` compares all, coefficients too.
    """
    quoted = [analysis for analysis in analyses if analysis.quoted]
    others = [one for one in analyses if one.shape == "normal" and not one.quoted]
    cells = [one for one in others if one.evidence == "cells"]
    return quoted + random.Random(seed).sample(cells, round(len(others) / 10))


def grid(*, quick: bool = False) -> list[Analysis]:
    """List the analyses of the main job.

    All outcomes under both kinds of evidence, three shock priors and three effect structures; the
    timing scenarios of CLA; and the headline with borrowed years, and with heavy-tailed shocks.
    `quick` leaves out what only the sampler can do: heavy tails.
    """
    main = [
        Analysis(outcome, evidence, shock, effect, coding=coding_of(shock))
        for outcome in OUTCOMES
        for evidence in EVIDENCE
        for shock in SHOCK_PRIORS
        for effect in EFFECTS
    ]
    scenarios = [
        Analysis(name, effect=effect, timing=timing)
        for name, outcome in OUTCOMES.items()
        for timing in list(timings(outcome.study))[1:]
        for effect in ("constant", "embedding")
    ]
    borrowed = [Analysis(name, years="borrowed") for name in OUTCOMES]
    heavy = [] if quick else [Analysis(name, shape="student") for name in OUTCOMES]
    return main + scenarios + borrowed + heavy
