"""What figures of a plan say beside its tables, kept with them so that they can be drawn again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mp_bayes.errors import InputError
from mp_bayes.storage import read_text
from mp_bayes.studies.study import Study

FACTS: Final = "facts.json"
#: In a run's folder, of its small plan.
PLANNING_FACTS: Final = "planning_facts.json"
#: What figures of plans and of searches use, with its types; a search has fewer.
_KEPT: Final[dict[str, type]] = {
    "unit": str,
    "effect": str,
    "effect_sd": float,
    "baseline": str,
    "target": float,
    "shock": str,
    "rule": str,
    "side": str,
    "sd_shock": float,
    "replicates": int,
    "treated_boroughs": tuple,
}


def write_facts(path: Path, facts: Mapping[str, Any]) -> None:
    """Keep what figures need to know; `facts` has an outcome, which is kept by its name."""
    kept = {name: kind(facts[name]) for name, kind in _KEPT.items() if name in facts}
    text = json.dumps({"outcome": facts["outcome"].name, **kept}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def read_facts(path: Path, study: Study) -> dict[str, Any]:
    """Read what `write_facts` kept.

    Raises
    ------
    InputError
        If the file is not what that wrote.
    """
    try:
        kept = json.loads(read_text(path, "facts"))
        facts = {name: kind(kept[name]) for name, kind in _KEPT.items() if name in kept}
        return {**facts, "outcome": study.outcome(kept["outcome"])}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InputError(f"{path} is not as mp-bayes wrote it: make the plan again") from None
