"""The job behind `mp-bayes verify`: what lies in a results folder, worked out once more."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mp_bayes.checks.moved import differences, joined, missing_columns, printed
from mp_bayes.commands.jobs import PRIORS, OnProgress, run_job, without_draws
from mp_bayes.commands.kept_study import kept_study
from mp_bayes.commands.progress import part
from mp_bayes.errors import InputError
from mp_bayes.priors import Priors, inputs, load_priors
from mp_bayes.storage import MANIFEST, digest, read_manifest, read_table
from mp_bayes.storage.manifest import check_format
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import listed

_RUN = "the analysis of "
Tables = dict[str, pd.DataFrame]
# With which the small plan's tables are written.
_DIGITS = 6
# Files of nobody's that are named; the rest is counted.
_NAMED = 5
# The share of the time that the run's own tables take; checks and pages take the rest.
_RUN_TAKES = 0.6


@dataclass(frozen=True)
class Verified:
    """What was found.

    Attributes
    ----------
    holds : str
        What the folder holds.
    files : dict of int
        How many files are as the manifest says, by folder; the first is the folder itself.
    changed : list of str
        Files that are not, with their folders.
    compared : DataFrame
        From `mp_bayes.checks.moved.differences`.
    words : list of str
        Where the page's texts or tables say something else than the numbers beside it.
    remarks : list of str
        What else was read, and what could not be compared.
    """

    holds: str
    files: dict[str, int]
    changed: list[str]
    compared: pd.DataFrame
    words: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def verify_job(folder: Path, *, short: bool, on_progress: OnProgress) -> Verified:
    """Compare a results folder with its manifest, and its numbers with those worked out anew.

    Raises
    ------
    InputError
        If the folder holds no results of `mp-bayes run`, a file is missing, or a table damaged.
    """
    manifest = read_manifest(folder)
    check_format(manifest, folder)
    holds = manifest.get("holds", "")
    if not holds.startswith(_RUN):
        raise InputError(
            f"{folder} holds {holds or 'other results'}, not those of `mp-bayes run`: verify the "
            "results folder that it lies in, which looks at its hashes too"
        )
    files, changed = _hashes(folder)
    then = _tables(folder, manifest)
    study = kept_study(folder)
    again = _short if short else _full
    now = again(folder, manifest, study, then, part(on_progress, 0.0, _RUN_TAKES))
    both = () if short else (then, now)
    parts, fewer = [], []
    for name in then:
        if name in now:
            file, digits = f"{name}.csv", _DIGITS if name.startswith("planning_") else 9
            fewer += missing_columns(file, then[name], now[name])
            try:
                parts.append(differences(file, then[name], now[name], *both, digits=digits))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise InputError(f"{folder / file} is damaged ({error!r}): run it again") from None
    on_progress("Making the pages again", _RUN_TAKES, 1.0)
    from mp_bayes.commands.checks_again import checks_again
    from mp_bayes.commands.page_again import other_words
    from mp_bayes.report.page import without_images

    with without_images():
        rest = None if short else part(on_progress, _RUN_TAKES, 1.0)
        checks = checks_again(folder, manifest, study, rest)
        priors = load_priors(study, folder / PRIORS)
        words = other_words(folder, manifest, study, then, priors, checks.shown)
    words += [
        *checks.words,
        *fewer,
        *(f"{name}.csv is missing" for name in sorted(set(now) - set(then))),
    ]
    if not short:
        words += [f"{name}.csv is not written any more" for name in sorted(set(then) - set(now))]
    remarks = [
        *_other_inputs(manifest, study),
        *_added(folder, manifest),
        *checks.remarks,
        *_hashes_alone(folder, then, now, checks.tables),
    ]
    return Verified(holds, files, changed, joined([*parts, *checks.compared]), words, remarks)


def _hashes_alone(folder: Path, then: Tables, now: Tables, checks: list[str]) -> list[str]:
    """Say of which tables nothing but the hash was looked at."""
    found = []
    own = sorted(f"{name}.csv" for name in set(then) - set(now))
    if own:
        found.append(
            f"of {listed(own)} the hashes alone were looked at: the full form repeats them"
        )
    below = [place.relative_to(folder).as_posix() for place in _folders(folder) if place != folder]
    others = [name for name in below if name not in {f"checks/{one}" for one in checks}]
    if others:
        found.append(
            f"of the tables in {len(others)} of {len(below)} folders below it the hashes alone "
            "were looked at"
        )
    return found


def _hashes(folder: Path) -> tuple[dict[str, int], list[str]]:
    """Compare every file of a folder, and of the results below it, with its manifest."""
    intact: dict[str, int] = {}
    changed: list[str] = []
    for place in _folders(folder):
        listed = read_manifest(place)["files"]
        for name, known in listed.items():
            file = place / name
            if not file.is_file():
                raise InputError(
                    f"{file} is missing, though {place / MANIFEST} lists it: fetch the results "
                    "again, or run the command that wrote them"
                )
            if digest(file) == known:
                intact[str(place)] = intact.get(str(place), 0) + 1
            else:
                changed.append(str(file))
    # What the run read of the results below it: its pages are made of these.
    for name, known in _inputs(read_manifest(folder)).items():
        place = folder / name
        if name.endswith(MANIFEST) and not (place.is_file() and digest(place) == known):
            changed.append(str(place))
    return intact, changed


def _inputs(manifest: dict[str, Any]) -> dict[str, str]:
    read = manifest.get("inputs")
    return read if isinstance(read, dict) else {}


def _other_inputs(manifest: dict[str, Any], study: Study) -> list[str]:
    """Say which of a study's files are no longer as the run read them: why numbers may move."""
    now = {path.name: path for path in inputs(study)}
    return [
        f"{name} is not what the run read"
        for name, known in _inputs(manifest).items()
        if name in now and not (now[name].is_file() and digest(now[name]) == known)
    ]


def _added(folder: Path, manifest: dict[str, Any]) -> list[str]:
    """Name what lies in a folder and is no part of the run: people may keep files of their own."""
    read = {folder / name for name in _inputs(manifest)}
    later = [path.parent.name for path in (folder / "checks").glob(f"*/{MANIFEST}")]
    found = [
        f"checks/{name} was added after the run, so its pages do not show it"
        for name in sorted(later)
        if folder / "checks" / name / MANIFEST not in read
    ]
    known = {
        place / name
        for place in _folders(folder)
        for name in (MANIFEST, *read_manifest(place)["files"])
    }
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path not in known)
    own = [
        path.relative_to(folder).as_posix()
        for path in files
        if not _hidden(path.relative_to(folder))
    ]
    if own:
        shown = [*own[:_NAMED], *([f"{len(own) - _NAMED:,} more"] if len(own) > _NAMED else [])]
        found.append(f"no manifest lists {listed(shown)}: nothing is known of them")
    return found


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    for path in sorted(folder.rglob(MANIFEST)):
        if path.parent != folder and not _hidden(path.relative_to(folder)):
            yield path.parent


def _tables(folder: Path, manifest: dict[str, Any]) -> Tables:
    """Read a folder's own tables, whether or not they were changed."""
    return {
        name.removesuffix(".csv"): read_table(folder / name)
        for name in manifest["files"]
        if name.endswith(".csv") and "/" not in name
    }


def _full(
    folder: Path, manifest: dict[str, Any], study: Study, _then: Tables, on_progress: OnProgress
) -> Tables:
    """Run the analysis again, with its seed and its priors as used."""
    seed, quick = manifest.get("seed"), manifest.get("quick")
    if type(seed) is not int or type(quick) is not bool:
        raise InputError(f"{folder / MANIFEST} is damaged: it gives no seed, or not how it was run")
    with TemporaryDirectory() as place:
        out = Path(place) / "results"
        run_job(
            out,
            study,
            seed=seed,
            quick=quick,
            prior_file=folder / PRIORS,
            command=manifest.get("command", ""),
            force=False,
            on_progress=on_progress,
        )
        return _tables(out, read_manifest(out))


def _short(
    folder: Path, _manifest: dict[str, Any], study: Study, then: Tables, on_progress: OnProgress
) -> Tables:
    """Work out what needs no draws, and what follows from the drawn effects."""
    from mp_bayes.reanalysis.comparison import compare
    from mp_bayes.reanalysis.decomposition import decompose

    on_progress("Working out what needs no draws", 0.1, 1.0)
    priors = load_priors(study, folder / PRIORS)
    outcomes = list(study.outcomes.values())
    now = without_draws(study, priors)
    on_progress("Working out what follows from the effects", 0.8, 1.0)
    try:
        now["comparison"] = compare(then["effects"], outcomes, priors)
        now["decomposition"] = decompose(then["effects"], outcomes, priors)
    except (KeyError, TypeError, IndexError) as error:
        raise InputError(f"{folder / 'effects.csv'} is damaged ({error!r}): run it again") from None
    again = {name: printed(table) for name, table in now.items() if len(table)}
    return again | _small_plan(study, priors, then)


def _small_plan(study: Study, priors: Priors, then: Tables) -> Tables:
    """Work out what of the small plan is not simulated, or follows from what is."""
    from mp_bayes.commands.jobs import small_design_of
    from mp_bayes.planning.answers import years_needed
    from mp_bayes.planning.replay import replay

    design = small_design_of(study) if "planning_assurance" in then else None
    if design is None:
        return {}
    now = {
        "planning_replay": replay(study, priors, target=design.target),
        "planning_years_needed": years_needed(then["planning_assurance"], design),
    }
    return {name: printed(table, _DIGITS) for name, table in now.items() if len(table)}
