"""A question as it is kept, and what its answer assumes, for people."""

from importlib.metadata import version
from typing import Any

import pandas as pd

from mp_bayes.planning import protocol
from mp_bayes.planning.design import Design
from mp_bayes.planning.found import Question
from mp_bayes.planning.options import USUAL, resolved, usual_effect_sd
from mp_bayes.planning.search import DESIGN
from mp_bayes.priors import Priors
from mp_bayes.simulate.scenario import Scenario, values
from mp_bayes.simulate.scenario_file import text
from mp_bayes.studies.study import Study

# Below this share 95% intervals hold the truth too rarely to pass in silence.
_COVERED = 0.9
# Fields of the scenario that a plan in depth compares, and that a search varies.
_COMPARED = ("treated_boroughs", "comparison_boroughs", "half_life")
_VARIED = [name for name in DESIGN if name != "post_years"]


def scenario_text(asked: Question | Design, study: Study) -> str:
    """Return the file that asks the same again: `mp-bayes plan --scenario FILE`.

    What the table [plan] looks at stands there alone: so whatever is edited counts.
    """
    lists = DESIGN if isinstance(asked, Question) else _COMPARED
    return text(asked.base, study, without=lists) + resolved(asked).text()


def assumed(
    study: Study,
    question: Question,
    tables: dict[str, pd.DataFrame],
    priors: Priors,
    *,
    seed: int,
    command: str,
) -> dict[str, Any]:
    """Gather what words and pages need beside the tables of `mp_bayes.planning.found.answer`."""
    base = question.base
    first = question.scenario(tables["frontier"].iloc[0])
    return {
        "outcome": base.outcome,
        "base": values(first),
        "unit": protocol.unit_words(base),
        "effect": protocol.effect_words(base),
        "effect_sd": base.effect_sd,
        "effect_sd_unit": protocol.effect_sd_unit(base),
        "baseline": protocol.baseline_words(base),
        "half_life": base.half_life,
        "shock": question.shock,
        "analysis_prior": protocol.prior_words(question.method, priors, base),
        "target": question.target,
        "treated_boroughs": question.candidates.treated_boroughs,
        "replicates": question.replicates,
        "seed": seed,
        "command": command,
        "version": version("mp-bayes"),
        "assumptions": [
            *_asked(base),
            *protocol.assumptions(base, study, varied=_VARIED),
        ],
        "cautions": [
            *_harm(base),
            *sorted({one for one in tables["frontier"]["caution"] if one}),
            *_uncovered(tables["frontier"], protocol.unit_words(base)),
        ],
    }


def _asked(base: Scenario) -> list[tuple[str, str, str]]:
    """List what the question itself assumes, as `protocol.assumptions` lists the rest."""
    effect = [("Effect at full embedding", protocol.effect_words(base), "asked for")]
    if base.effect_sd:
        sd = f"{base.effect_sd:g} {protocol.effect_sd_unit(base)}"
        usual = base.effect_sd == usual_effect_sd(base)
        why = "the usual value: a third of the effect" if usual else "asked for"
        effect.append(("SD of the design prior of the effect (Normal)", sd, why))
    why = "the usual value" if base.half_life == USUAL["half_life"] else "asked for"
    return [*effect, ("Half-life of embedding, years", f"{base.half_life:g}", why)]


def _uncovered(frontier: pd.DataFrame, unit: str) -> list[str]:
    """Say how many designs have intervals that hold the truth too rarely."""
    rarely = frontier[frontier["coverage"] < _COVERED]
    if rarely.empty:
        return []
    worst = rarely.sort_values("coverage").iloc[0]
    return [
        f"of {len(rarely)} of the {len(frontier)} designs in the table the 95% interval holds the "
        f"planned effect in fewer than {100 * _COVERED:g}% of evaluations: "
        f"{100 * worst['coverage']:.1f}% of the one with {worst['treated_boroughs']:.0f} treated "
        f"and {worst['comparison_boroughs']:.0f} comparison boroughs, "
        f"{worst['post_years']:.0f} years after, whose estimate is off by {worst['bias']:+.1f} "
        f"{unit} on average"
    ]


def _harm(base: Scenario) -> list[str]:
    """Query an effect that would be a harm."""
    if base.log_effect(base.effect) < 0:
        return []
    return [
        f"the planned effect is {protocol.effect_words(base)}, an increase of an outcome that "
        "programmes are meant to lower; is a minus sign missing?"
    ]
