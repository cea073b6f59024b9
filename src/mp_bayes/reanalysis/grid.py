"""Which analyses there are: plain data, quick to import."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, fields

from mp_bayes.studies.study import EFFECTS, SHOCK_PRIORS, Outcome

#: How a posterior is computed: by weighted draws around an approximation, or by sampling.
ENGINES = ("laplace", "nuts")


@dataclass(frozen=True)
class Analysis:
    """The choices that make one analysis.

    Attributes
    ----------
    outcome : Outcome
    evidence, shock, effect, timing, coding, years, shape : str
        Names; see `mp_bayes.studies.study`, `evidence.arrays`, `priors`, `models`,
        `Setting.timings` and `models.predictor`. Coding matters for yearly effects only.
    """

    outcome: Outcome
    evidence: str = "cells"
    shock: str = "national"
    effect: str = "yearly"
    timing: str = "as_published"
    coding: str = "dosed"
    years: str = "free"
    shape: str = "normal"

    @property
    def labels(self) -> dict[str, str]:
        """Its choices by name, as columns of a table; the outcome by its name."""
        chosen = {field.name: getattr(self, field.name) for field in fields(self)}
        return {**chosen, "outcome": self.outcome.name}

    @property
    def name(self) -> str:
        """Unique name, from which the fit's seed is derived."""
        return "/".join(self.labels.values())

    @property
    def structure(self) -> tuple[str, str, str]:
        """What a compiled model can be shared by."""
        return (self.evidence, self.outcome.likelihood, self.outcome.setting.name)

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


def grid(outcomes: Iterable[Outcome], *, quick: bool = False) -> list[Analysis]:
    """List the analyses of the main job.

    All outcomes under every kind of evidence that they have, three shock priors and three effect
    structures; the timing scenarios; and the headline with borrowed years, and with heavy-tailed
    shocks. `quick` leaves out what only the sampler can do: heavy tails.
    """
    outcomes = list(outcomes)
    main = [
        Analysis(outcome, evidence, shock, effect, coding=coding_of(shock))
        for outcome in outcomes
        for evidence in outcome.evidence
        for shock in SHOCK_PRIORS
        for effect in EFFECTS
    ]
    scenarios = [
        Analysis(outcome, effect=effect, timing=timing)
        for outcome in outcomes
        for timing in list(outcome.setting.timings)[1:]
        for effect in ("constant", "embedding")
    ]
    borrowed = [Analysis(outcome, years="borrowed") for outcome in outcomes]
    heavy = [] if quick else [Analysis(outcome, shape="student") for outcome in outcomes]
    return main + scenarios + borrowed + heavy
