"""Which analyses there are: plain data, quick to import."""

from dataclasses import asdict, dataclass

from mp_bayes.evidence.arrays import EVIDENCE
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.study import EFFECTS, OUTCOMES, get_outcome
from mp_bayes.timing import timings

#: Fixed shock SDs (log-odds or log-rate) of the figure that shows effect against assumed shock SD.
SHOCK_GRID = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45)


@dataclass(frozen=True)
class Analysis:
    """The choices that make one analysis.

    Attributes
    ----------
    outcome, evidence, shock, effect, timing : str
        Names; see `mp_bayes.study`, `evidence.arrays`, `priors`, `models` and `study.timings`.
    sd_shock : float or None
        Holds the shock SD at this value (log-odds or log-rate), for the sensitivity figure. With
        shock prior `none` it grows from the published specification; rho is the national prior's.
    """

    outcome: str
    evidence: str = "cells"
    shock: str = "national"
    effect: str = "yearly"
    timing: str = "as_published"
    sd_shock: float | None = None

    @property
    def name(self) -> str:
        """Unique name, from which the fit's seed is derived."""
        return "/".join(str(value) for value in asdict(self).values())

    @property
    def structure(self) -> tuple[str, str]:
        """What a compiled model can be shared by."""
        return (self.evidence, get_outcome(self.outcome).study.name)


def plan(*, quick: bool = False) -> list[Analysis]:
    """List the analyses of the main job.

    All outcomes under both kinds of evidence, three shock priors and three effect structures; the
    timing scenarios of CLA; and the published coefficients under fixed shock SDs. `quick` keeps
    the cells under yearly effects, and the headline's embedding.
    """
    if quick:
        return [
            Analysis(outcome, shock=shock, effect=effect)
            for outcome in OUTCOMES
            for shock in SHOCK_PRIORS
            for effect in EFFECTS
            if effect == "yearly" or (shock == "national" and effect == "embedding")
        ]
    main = [
        Analysis(outcome, evidence, shock, effect)
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
    sensitivity = [
        Analysis(name, "coefficients", "none", sd_shock=sd)
        for name in OUTCOMES
        for sd in SHOCK_GRID
    ]
    return main + scenarios + sensitivity


def is_main(analysis: Analysis) -> bool:
    """Tell whether an analysis belongs to the main grid, with no assumption changed."""
    return analysis.timing == "as_published" and analysis.sd_shock is None
