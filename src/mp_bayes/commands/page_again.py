"""The page, its texts, tables and figures' data, made again from the numbers beside them."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mp_bayes.commands.figures_again import other_figures
from mp_bayes.commands.jobs import small_design_of
from mp_bayes.commands.pages import other_page
from mp_bayes.commands.plan_job import describe
from mp_bayes.errors import InputError
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.planning import planning_charts
from mp_bayes.figures.registry import charts
from mp_bayes.priors import Priors
from mp_bayes.report import build_report, write_tables
from mp_bayes.report.builder import quoted
from mp_bayes.report.checks_page import Answered
from mp_bayes.report.panel_page import panel_section
from mp_bayes.report.plan_page import PlanningSection, planning_section
from mp_bayes.studies.study import Study
from mp_bayes.wording.quotable import text

_PLANNING = "planning_"
_QUOTABLE, _REPORT = "quotable.txt", "report.html"
_TABLES, _FIGURES = "tables/", "figures"


def other_words(
    folder: Path,
    manifest: dict[str, Any],
    study: Study,
    tables: dict[str, pd.DataFrame],
    priors: Priors,
    checks: Iterable[Answered],
) -> list[str]:
    """Return where page, paragraphs, printed tables or figures' data are not what the numbers give.

    Parameters
    ----------
    folder : Path
    manifest : dict
        The folder's.
    study : Study
    tables : dict of DataFrame
        The folder's, as they are now.
    priors : Priors
        Of the run.
    checks : iterable of Answered
        Those that the run found.
    """
    release, command = manifest["versions"]["mp-bayes"], manifest.get("command", "")
    try:
        drawn = list(charts(tables, folder, study, priors))
        planning, of_plan = _planning(manifest, study, tables, priors)
        page = build_report(
            tables,
            drawn,
            manifest,
            study,
            planning=planning,
            panel=panel_section(folder / "panel", study),
            checks=checks,
        )
        paragraphs = text(quoted(tables, study, release), study)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise InputError(
            f"{folder}: the page cannot be made from its tables ({error!r}): run it again"
        ) from None
    found = other_figures(folder / _FIGURES, [*drawn, *of_plan], _FIGURES)
    with TemporaryDirectory() as place:
        again = Path(place)
        (again / _QUOTABLE).write_text(paragraphs, encoding="utf-8")
        write_tables(again, page, source=study.source, command=command)
        written = [path.relative_to(again).as_posix() for path in sorted(again.rglob("*.csv"))]
        known = [name for name in manifest["files"] if name.startswith(_TABLES)]
        for name in dict.fromkeys([_QUOTABLE, *known, *written]):
            if name == _QUOTABLE or name.endswith(".csv"):
                found += _lines(name, folder / name, again / name)
    return found + other_page(_REPORT, folder / _REPORT, page)


def _planning(
    manifest: dict[str, Any], study: Study, tables: dict[str, pd.DataFrame], priors: Priors
) -> tuple[PlanningSection | None, list[Chart]]:
    """Return the section on the small plan, and all its figures."""
    plan = {
        name.removeprefix(_PLANNING): table
        for name, table in tables.items()
        if name.startswith(_PLANNING)
    }
    design = small_design_of(study) if plan else None
    if design is None:
        return None, []
    seed, command = manifest.get("seed", 0), manifest.get("command", "")
    facts = describe(study, design, plan, priors, seed=seed, command=command)
    drawn = list(planning_charts(plan, facts))
    return planning_section(plan, drawn, facts), drawn


def _lines(name: str, then: Path, now: Path) -> list[str]:
    """Return the lines that differ, each with both versions."""
    if not then.is_file():
        return [f"{name} is missing"]
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
