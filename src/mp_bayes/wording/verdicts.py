"""Each check in one sentence, for who has half a minute."""

from collections.abc import Callable

import pandas as pd

from mp_bayes.checks.calibration_cases import cases
from mp_bayes.checks.calibration_run import LEVEL
from mp_bayes.studies.study import Study
from mp_bayes.wording.calibration import models
from mp_bayes.wording.checklist import DONE, GAP, LISTS, PARTLY
from mp_bayes.wording.joint import joint_answer
from mp_bayes.wording.multiverse import tried
from mp_bayes.wording.numbers import lowered, number, percent
from mp_bayes.wording.predictive_check import SUMMARIES
from mp_bayes.wording.scaling import sensitivity_sentence
from mp_bayes.wording.selection import Tables, pick


def first(text: str) -> str:
    """Return a text's first sentence."""
    return f"{text.split('. ', maxsplit=1)[0].removesuffix('.')}."


def _multiverse(tables: Tables, study: Study) -> str:
    """Say how often intervals leave out 0 with borough-by-year shocks, by outcome."""
    shares = {}
    for outcome in study.outcomes.values():
        rows = tried(tables, outcome)
        rows = rows[rows["shock"].ne("none")]
        if len(rows):
            shares[outcome.label] = float(rows["leaves_out_0"].mean())
    most = max(shares, key=lambda name: shares[name])
    often = sum(share > 0.5 for share in shares.values())
    return (
        f"With borough-by-year shocks the 95% interval leaves out 0 in more than half of the "
        f"specifications for {often} of {len(shares)} outcomes; most often for {lowered(most)}, in "
        f"{percent(shares[most])} of them."
    )


def _joint(tables: Tables, study: Study) -> str:
    return first(joint_answer(tables, study)[-1])


def _predictive(tables: Tables, _study: Study) -> str:
    """Say what the models expected before the data; after them all but anything would fit."""
    rows = pick(tables["predictive"], source="near")
    rows = rows[rows["quantity"].isin(SUMMARIES)]
    rows = rows[rows["borough"].fillna("").eq("")]
    inside = rows["observed"].between(rows["lower"], rows["upper"])
    return (
        f"Before the data the models expected, with 95%, ranges that hold {inside.sum()} of "
        f"{len(rows)} summaries of what was then seen (how much boroughs move and differ)."
    )


def _calibration(tables: Tables, study: Study) -> str:
    each = models(tables["calibration"])
    sound = each[each["fault"].eq("")]
    every = [case for case in cases(study) if not case.fault]
    passed, untried = sound["passes"].sum(), len(every) - len(sound)
    if untried:
        return (
            f"{passed} of {len(sound)} models that were tried pass; of {len(every)} models "
            f"{untried} were not tried."
        )
    chance = number(LEVEL * len(sound), 1)
    return (
        f"{passed} of {len(sound)} models pass; at most {chance} would fail by chance on average."
    )


def _checklists(tables: Tables, _study: Study) -> str:
    status = pd.concat([tables[name]["status"] for name in LISTS])
    done, partly, gaps = (int(status.eq(kind).sum()) for kind in (DONE, PARTLY, GAP))
    return (
        f"Of {len(status)} items of {len(LISTS)} checklists {done} are answered, {partly} in part, "
        f"and {gaps} are gaps."
    )


#: By the name of the check; of others the first sentence of their answer.
VERDICTS: dict[str, Callable[[Tables, Study], str]] = {
    "multiverse": _multiverse,
    "scaling": lambda tables, _study: sensitivity_sentence(tables),
    "joint": _joint,
    "predictive": _predictive,
    "calibration": _calibration,
    "checklists": _checklists,
}
