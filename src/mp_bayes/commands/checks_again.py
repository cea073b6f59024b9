"""The checks in a results folder: their pages made again, and those tables that can be."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mp_bayes.checks.moved import differences, missing_columns, printed
from mp_bayes.checks.of_models import OF_MODELS
from mp_bayes.commands.figures_again import other_figures
from mp_bayes.commands.jobs import PRIORS, OnProgress
from mp_bayes.commands.pages import other_page
from mp_bayes.commands.progress import part
from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.report.checks_page import (
    CHECKS,
    CHECKS_PAGE,
    Answered,
    answered,
    as_made,
    checks_page,
    of_what,
)
from mp_bayes.storage import MANIFEST, read_manifest, read_table
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import listed
from mp_bayes.wording.selection import Tables

_CHECKS = "checks"
#: Digits with which the tables of checks are written.
DIGITS = 6
_DAMAGED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, InputError)


@dataclass
class ChecksAgain:
    """What was made again.

    Attributes
    ----------
    shown : list of Answered
        The checks that the run found, as its page shows them.
    compared : list of DataFrame
        From `mp_bayes.checks.moved.differences`.
    words : list of str
        What is not as the tables give it.
    tables : list of str
        Checks whose tables were worked out again.
    remarks : list of str
        What else was read.
    """

    shown: list[Answered] = field(default_factory=list)
    compared: list[pd.DataFrame] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def checks_again(
    folder: Path, manifest: dict[str, Any], study: Study, on_progress: OnProgress | None = None
) -> ChecksAgain:
    """Make again what the checks that a run found say; work out again what takes seconds.

    And, if progress is told to somebody, the checks of models, which take minutes.

    Parameters
    ----------
    folder : Path
        Of the run.
    manifest : dict
        Its own: a check that was added since is not in its page.
    study : Study
    on_progress : callable, optional
        Called with words, how much is done, and of how much.
    """
    found = ChecksAgain()
    # One that is missing is told with what lists it.
    there = [name for name in found_by(manifest) if (folder / _CHECKS / name / MANIFEST).is_file()]
    for done, name in enumerate(there):
        place = folder / _CHECKS / name
        update = on_progress and part(on_progress, done / len(there), (done + 1) / len(there))
        try:
            _check(name, place, study, found, update)
        except _DAMAGED as error:
            why = error if isinstance(error, InputError) else repr(error)
            found.words.append(f"{_CHECKS}/{name} cannot be made again: {why}")
    if found.shown:
        release, command = manifest["versions"]["mp-bayes"], manifest.get("command", "")
        page = checks_page(found.shown, study, version=release, command=command)
        found.words += other_page(CHECKS_PAGE, folder / CHECKS_PAGE, page)
    return found


def found_by(manifest: dict[str, Any]) -> list[str]:
    """Return the names of the checks that a run found, in the order of its page."""
    listed = manifest.get("inputs")
    known = listed if isinstance(listed, dict) else {}
    return [name for name in CHECKS if f"{_CHECKS}/{name}/{MANIFEST}" in known]


def _check(
    name: str, place: Path, study: Study, found: ChecksAgain, on_progress: OnProgress | None
) -> None:
    own = read_manifest(place)
    raw = {
        file.removesuffix(".csv"): read_table(place / file)
        for file in own["files"]
        if file.endswith(".csv") and "/" not in file
    }
    tables, where = as_made(raw), f"{_CHECKS}/{name}"
    charts = list(CHECKS[name].charts(tables, study))
    found.words += other_figures(place / "figures", charts, f"{where}/figures")
    one = answered(name, tables, study, charts)
    found.shown.append(one)
    release, command = own["versions"]["mp-bayes"], own.get("command", "")
    page = checks_page([one], of_what(name, study), version=release, command=command)
    found.words += other_page(f"{where}/check.html", place / "check.html", page)
    if on_progress and name in OF_MODELS:
        outcomes = list(study.outcomes.values())
        # A multiverse may be of one outcome.
        if name == "multiverse" and "--outcome" in command:
            outcomes = [study.outcome(str(one)) for one in raw[name]["outcome"].unique()]
            labels = listed([outcome.name for outcome in outcomes])
            found.remarks.append(f"{where} is of {labels} alone")
        priors = load_priors(study, place / PRIORS)
        if (place / PRIORS).read_bytes() != (place.parent.parent / PRIORS).read_bytes():
            found.remarks.append(f"{where} was worked out with other priors than the run")
        if type(own.get("seed")) is not int:
            raise InputError("its manifest gives no seed")
        now = OF_MODELS[name](outcomes, priors, seed=own["seed"], on_progress=on_progress)
    elif name in _AGAIN and "--weights" not in command:  # other weights than the usual are typed
        now = _AGAIN[name](place, raw, study)
    else:
        return
    now = {table: printed(rows, DIGITS) for table, rows in now.items()}
    both = (raw, now) if name in OF_MODELS else ()
    for table, rows in now.items():
        if table not in raw:
            found.words.append(f"{where}/{table}.csv is missing")
            continue
        if fewer := missing_columns(f"{where}/{table}.csv", raw[table], rows):
            found.words += fewer
            continue
        found.compared.append(
            differences(f"{where}/{table}.csv", raw[table], rows, *both, digits=DIGITS)
        )
    found.tables.append(name)


def _trends(_place: Path, _tables: Tables, study: Study) -> Tables:
    from mp_bayes.checks.trends import study_trends

    return study_trends(study, None)


def _checklists(place: Path, _tables: Tables, study: Study) -> Tables:
    from dataclasses import replace

    from mp_bayes.checks.checklists import gather
    from mp_bayes.commands.check_checklists import lists_of

    results = place.parent.parent
    evidence = gather(results)
    # A check that was added since is not what they were filled in from.
    known = set(found_by(evidence.manifest))
    kept = {name: tables for name, tables in evidence.checks.items() if name in known}
    return lists_of(replace(evidence, checks=kept), study)


def _external(_place: Path, tables: Tables, _study: Study) -> Tables:
    from mp_bayes.checks.external import agreement_of
    from mp_bayes.checks.published_posteriors import compared

    return {
        "agreement": agreement_of(tables["agreement"]),
        "posteriors": compared(tables["posteriors"]),
    }


def _calibration(_place: Path, tables: Tables, _study: Study) -> Tables:
    from mp_bayes.checks.calibration_run import verdicts_of

    return verdicts_of(tables["calibration"], tables["curves"])


#: By check: tables that take seconds, or that follow from another table of the same check.
_AGAIN: dict[str, Callable[[Path, Tables, Study], Tables]] = {
    "trends": _trends,
    "checklists": _checklists,
    "external": _external,
    "calibration": _calibration,
}
