"""Which models are calibrated: plain data, quick to import."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mp_bayes.checks.simulator import FAULTS
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.studies.study import CODINGS, EFFECTS, EVIDENCE, SHAPES, SHOCK_PRIORS, Study

#: Of panels that are simulated: small enough to be fitted a hundred times.
AUTHORITIES, YEARS = 10, 6
#: What a shock prior's name ends in where shocks are Student t.
HEAVY = ", heavy tails"
_ENGINES = ("laplace", "nuts")


@dataclass(frozen=True)
class Case:
    """A model of one outcome, its engine, and where its truths come from.

    Attributes
    ----------
    analysis : Analysis
    engine : {"laplace", "nuts"}
    fault : str
        What is wrong with its simulator, one of `FAULTS`; nothing unless given.
    around : bool
        Truths come from the posterior of the study's own data, which are then fitted together with
        the simulated ones; from the priors unless given.
    """

    analysis: Analysis
    engine: str = "laplace"
    fault: str = ""
    around: bool = False

    @property
    def name(self) -> str:
        """Its choices, joined; the same in any study."""
        one = self.analysis
        parts = [self.engine, one.evidence, one.outcome.likelihood, one.shock, one.effect]
        parts += [one.coding] * (one.effect == "yearly") + [one.shape] * (one.shape != "normal")
        parts += [f"broken-{self.fault}"] * bool(self.fault) + ["around-the-data"] * self.around
        return "/".join(parts)

    @property
    def labels(self) -> dict[str, str]:
        """Its name and its choices, as columns of a table."""
        one = self.analysis
        return {
            "model": self.name,
            "engine": self.engine,
            "evidence": one.evidence,
            "likelihood": one.outcome.likelihood,
            "shock_prior": one.shock + HEAVY * (one.shape != "normal"),
            "effect_structure": one.effect,
            "coding": one.coding if one.effect == "yearly" else "",
            "fault": self.fault,
            "truths": "posterior" if self.around else "priors",
        }

    @property
    def has_fast_summaries(self) -> bool:
        """Whether there are intervals without draws, whose coverage is counted."""
        sound = not self.fault and not self.around
        return sound and self.engine == "laplace" and self.analysis.evidence == "cells"


@dataclass(frozen=True)
class PanelCase:
    """The panel's model, with a shape of its shocks."""

    shape: str = "normal"
    engine: ClassVar[str] = "nuts"
    fault: ClassVar[str] = ""

    @property
    def name(self) -> str:
        """As of other cases."""
        return f"nuts/panel/binomial/{self.shape}"

    @property
    def labels(self) -> dict[str, str]:
        """As of other cases; a panel has no programme, and so no effect."""
        return {
            "model": self.name,
            "engine": self.engine,
            "evidence": "panel",
            "likelihood": "binomial",
            "shock_prior": "each authority's own" + HEAVY * (self.shape != "normal"),
            "effect_structure": "",
            "coding": "",
            "fault": self.fault,
            "truths": "priors",
        }


AnyCase = Case | PanelCase


def cases(study: Study) -> list[AnyCase]:
    """List the models: both likelihoods, by the first outcome of each, and every combination.

    Broken simulators come first, for both engines; then all by weighted draws; the headline's
    around the study's own data; and by the sampler the headline's, those with heavy-tailed shocks,
    and the panel's.
    """
    firsts = {one.likelihood: one for one in reversed(study.outcomes.values())}
    outcomes = sorted(firsts.values(), key=lambda one: one.likelihood)
    drawn = [
        Case(Analysis(outcome, evidence, shock, effect, coding=coding))
        for coding in CODINGS
        for shock in reversed(SHOCK_PRIORS)
        for evidence in EVIDENCE
        for outcome in outcomes
        if evidence in outcome.evidence
        for effect in (EFFECTS if coding == CODINGS[0] else EFFECTS[:1])
    ]
    headline = [
        one
        for one in drawn
        if one.analysis == Analysis(one.analysis.outcome, one.analysis.evidence)
    ]
    broken = [replace(headline[0], engine=one, fault=fault) for one in _ENGINES for fault in FAULTS]
    around = [replace(one, around=True) for one in headline]
    sampled = [replace(one, engine="nuts") for one in headline]
    heavy = [
        replace(one, analysis=replace(one.analysis, shape="student"))
        for one in sampled
        if one.analysis.evidence == "cells"
    ]
    panel = [PanelCase(shape) for shape in SHAPES]
    return [*broken, *drawn, *around, *sampled, *heavy, *panel]
