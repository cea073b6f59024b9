"""The page of the checks: each question with its answer, figures and tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mp_bayes.errors import InputError
from mp_bayes.figures.calibration import calibration_charts
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.joint import joint_charts
from mp_bayes.figures.multiverse import multiverse_charts
from mp_bayes.figures.predictive_check import predictive_charts
from mp_bayes.figures.scaling import scaling_charts
from mp_bayes.figures.trends_check import trends_charts
from mp_bayes.report.page import Page, Picture, picture, pictures, render
from mp_bayes.storage import read_manifest, read_tables
from mp_bayes.studies.study import Study
from mp_bayes.wording.calibration import calibration_answer, calibration_tables
from mp_bayes.wording.checklist import checklists_answer, checklists_tables
from mp_bayes.wording.external_check import external_answer, external_tables
from mp_bayes.wording.joint import joint_answer, joint_tables_of
from mp_bayes.wording.multiverse import multiverse_answer, multiverse_tables
from mp_bayes.wording.predictive_check import predictive_answer, predictive_tables
from mp_bayes.wording.scaling import scaling_answer, scaling_tables
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table
from mp_bayes.wording.trends_check import trends_answer
from mp_bayes.wording.trends_tables import trends_tables
from mp_bayes.wording.verdicts import VERDICTS, first


@dataclass(frozen=True)
class Check:
    """How the tables of one check are said and drawn.

    Attributes
    ----------
    title : str
        A few words, for the contents.
    question : str
        What a sceptic asks; the heading.
    answer : callable
        Sentences, from the check's tables by name.
    charts, tables : callable
        Figures, and tables as a page shows them.
    """

    title: str
    question: str
    answer: Callable[[Tables, Study], list[str]]
    charts: Callable[[Tables, Study], Iterable[Chart]] = lambda _tables, _study: ()
    tables: Callable[[Tables, Study], list[Table]] = lambda _tables, _study: []


@dataclass(frozen=True)
class Described:
    """What a page says of data that are no study's.

    Attributes
    ----------
    title : str
    source : str
        Where the data come from.
    """

    title: str
    source: str


#: The page's file, beside the report's.
CHECKS_PAGE = "checks.html"
#: By the name of the command, and of the folder that it leaves; in the page's order.
CHECKS: Final[dict[str, Check]] = {
    "multiverse": Check(
        "Every choice",
        "Would other choices have given another answer?",
        multiverse_answer,
        multiverse_charts,
        multiverse_tables,
    ),
    "scaling": Check(
        "Each prior's pull",
        "How much does each prior pull, and how much do the data?",
        scaling_answer,
        scaling_charts,
        scaling_tables,
    ),
    "trends": Check(
        "Parallel trends",
        "Could trends that were never parallel have made the published effects?",
        trends_answer,
        lambda tables, study: trends_charts(
            tables, f"Source: {study.report or study.source}, re-analysed by mp_bayes"
        ),
        lambda tables, _study: trends_tables(tables),
    ),
    "joint": Check(
        "All outcomes in one model",
        "What do the outcomes say together?",
        joint_answer,
        joint_charts,
        joint_tables_of,
    ),
    "predictive": Check(
        "Predictive checks",
        "Do the models expect data like these?",
        predictive_answer,
        predictive_charts,
        predictive_tables,
    ),
    "calibration": Check(
        "Calibration",
        "Is the truth where the posteriors say it is?",
        calibration_answer,
        calibration_charts,
        calibration_tables,
    ),
    "external": Check(
        "Cases of others",
        "Do these methods give what others found with theirs?",
        lambda tables, _study: external_answer(tables),
        tables=lambda tables, _study: external_tables(tables),
    ),
    "checklists": Check(
        "Checklists",
        "Is what reporting guidelines ask for there?",
        checklists_answer,
        tables=checklists_tables,
    ),
}


@dataclass(frozen=True)
class Answered:
    """One check as a page shows it."""

    name: str
    title: str
    question: str
    verdict: str
    sentences: list[str]
    pictures: list[Picture]
    tables: list[Table]


def of_what(name: str, study: Study) -> Study | Described:
    """Return what the page of one check is of: the study, unless the cases are others'."""
    if name != "external":
        return study
    return Described(study.title, "what others published, with its source beside each number")


def held(name: str, study: Study) -> str:
    """Say what the folder of a check holds, for its manifest."""
    return f"the check {name} of {study.known_as}"


def answered_of_event_study(tables: Tables, charts: Iterable[Chart]) -> Answered:
    """Put the answer to the check of parallel trends together for an event study of one's own."""
    check = CHECKS["trends"]
    pictures = [picture(chart) for chart in charts]
    said = trends_answer(tables, None)
    return Answered(
        "trends",
        check.title,
        check.question,
        first(said[0]),
        said,
        pictures,
        trends_tables(tables),
    )


def answered(
    name: str, tables: Tables, study: Study, charts: Iterable[Chart] | None = None
) -> Answered:
    """Put one check's sentences, figures and tables together; figures are drawn unless given."""
    check = CHECKS[name]
    said = check.answer(tables, study)
    return Answered(
        name,
        check.title,
        check.question,
        VERDICTS[name](tables, study) if name in VERDICTS else first(said[0]),
        said,
        pictures(lambda: check.charts(tables, study))
        if charts is None
        else [picture(chart) for chart in charts],
        check.tables(tables, study),
    )


def checks_page(
    checks: list[Answered], study: Study | Described, *, version: str, command: str
) -> Page:
    """Return the page of the checks that there are, as one file without external requests."""
    context: dict[str, Any] = {
        "contents": [(one.name, one.title) for one in checks],
        "checks": checks,
        "study": study,
        "version": version,
        "command": command,
    }
    return render("checks.html.j2", context)


def kept_tables(folder: Path) -> Tables:
    """Read a check's tables as they were when they were written."""
    return as_made(read_tables(folder))


def as_made(tables: Tables) -> Tables:
    """Return tables that were read back as they were when they were made: no text is no number."""
    made = {}
    for name, table in tables.items():
        texts = table.select_dtypes(exclude=["number", "bool"]).columns
        made[name] = table.fillna(dict.fromkeys(texts, ""))
    return made


def found_checks(folder: Path, study: Study) -> list[Answered]:
    """Read what `mp-bayes check` has left in a folder, a folder for each check.

    Raises
    ------
    InputError
        If results are damaged, or of another study.
    """
    found = []
    for name in CHECKS:
        if not (folder / name).is_dir():
            continue
        there = read_manifest(folder / name).get("holds")
        if there != held(name, study):
            raise InputError(
                f"{folder / name} holds {there}, where the page would show {held(name, study)}: "
                f"run `mp-bayes check {name}` again, or choose another --out"
            )
        try:
            found.append(answered(name, kept_tables(folder / name), study))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise InputError(
                f"{folder / name} holds results of another kind or version ({error}): run "
                f"`mp-bayes check {name}` again"
            ) from None
    return found
