"""The page's texts and tables, made again from the numbers that lie beside them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.figures.facts import PLANNING_FACTS, read_facts
from mp_bayes.report import build_report, write_tables
from mp_bayes.report.builder import quoted
from mp_bayes.report.panel_page import panel_section
from mp_bayes.report.plan_page import PlanningSection
from mp_bayes.report.plan_tables import replay_table, years_needed_table
from mp_bayes.studies.study import Study
from mp_bayes.wording.quotable import text

_PLANNING = "planning_"
_QUOTABLE = "quotable.txt"


def other_words(
    folder: Path, manifest: dict[str, Any], study: Study, tables: dict[str, pd.DataFrame]
) -> list[str]:
    """Return where `quotable.txt` or a printed table says something else than the numbers do.

    Parameters
    ----------
    folder : Path
    manifest : dict
        The folder's.
    study : Study
    tables : dict of DataFrame
        The folder's, as they are now.
    """
    release = manifest["versions"]["mp-bayes"]
    try:
        page = build_report(
            tables,
            [],
            manifest,
            study,
            planning=_planning(folder, study, tables),
            panel=panel_section(folder / "panel", study),
        )
        paragraphs = text(quoted(tables, study, release), study)
    except (KeyError, TypeError, IndexError, ValueError) as error:
        raise InputError(
            f"{folder}: the page cannot be made from its tables ({error!r}): run it again"
        ) from None
    found = []
    with TemporaryDirectory() as place:
        again = Path(place)
        (again / _QUOTABLE).write_text(paragraphs, encoding="utf-8")
        command = manifest.get("command", "")
        write_tables(again, page, source=study.source, command=command)
        for name in manifest["files"]:
            if name == _QUOTABLE or (name.startswith("tables/") and name.endswith(".csv")):
                found += _lines(name, folder / name, again / name)
    return found


def _planning(
    folder: Path, study: Study, tables: dict[str, pd.DataFrame]
) -> PlanningSection | None:
    """Return the tables of the small plan in their section; its sentences are not compared."""
    if not (folder / PLANNING_FACTS).exists():
        return None
    facts = {**read_facts(folder / PLANNING_FACTS, study), "outcomes": study.outcomes}
    plan = {
        name.removeprefix(_PLANNING): table
        for name, table in tables.items()
        if name.startswith(_PLANNING)
    }
    both = years_needed_table(plan, facts), replay_table(plan, facts)
    return PlanningSection("", [], *both, [])


def _lines(name: str, then: Path, now: Path) -> list[str]:
    """Return the lines that differ, each with both versions."""
    if not now.exists():
        return [f"{name} is not among the page's tables any more"]
    old, new = (path.read_text(encoding="utf-8-sig").splitlines() for path in (then, now))
    pairs = enumerate(zip(old, new, strict=False), start=1)
    found = [
        f"{name} line {line}: `{one}`; from the numbers it is `{other}`"
        for line, (one, other) in pairs
        if one != other
    ]
    if len(old) != len(new):
        found.append(f"{name} has {len(old)} lines; from the numbers there are {len(new)}")
    return found
