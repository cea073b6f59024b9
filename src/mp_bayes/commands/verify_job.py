"""The job behind `mp-bayes verify`: what lies in a results folder, worked out once more."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from mp_bayes.checks.moved import differences, joined
from mp_bayes.commands.jobs import PRIORS, OnProgress, run_job, without_draws
from mp_bayes.commands.kept_study import kept_study
from mp_bayes.errors import InputError
from mp_bayes.priors import inputs, load_priors
from mp_bayes.storage import MANIFEST, digest, read_manifest, read_table
from mp_bayes.storage.manifest import check_format
from mp_bayes.studies.study import Study

_RUN = "the analysis of "
Tables = dict[str, pd.DataFrame]


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
    now = again(folder, manifest, study, then, on_progress)
    both = () if short else (then, now)
    parts = [
        differences(f"{name}.csv", table, now[name], *both)
        for name, table in then.items()
        if name in now
    ]
    on_progress("Comparing the page with its tables", 1.0, 1.0)
    from mp_bayes.commands.page_again import other_words

    words = other_words(folder, manifest, study, then)
    if not short:
        words += [f"{name}.csv is not written any more" for name in sorted(set(then) - set(now))]
    remarks = [
        *_other_inputs(folder, manifest, study),
        *(
            f"{name}.csv has a new column {column}, with which there is nothing to compare"
            for name in then
            if name in now
            for column in now[name]
            if column not in then[name]
        ),
    ]
    if len(files) > 1:
        remarks.append(
            f"of the {len(files) - 1} folders of results below it the hashes alone were looked at"
        )
    return Verified(holds, files, changed, joined(parts), words, remarks)


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
    return intact, changed


def _other_inputs(folder: Path, manifest: dict[str, Any], study: Study) -> list[str]:
    """Say which files are no longer as the run read them: why numbers may have moved."""
    read = {path.name: path for path in inputs(study)}
    found, listed = [], manifest.get("inputs")
    for name, known in listed.items() if isinstance(listed, dict) else ():
        now = folder / name if name.endswith(MANIFEST) else read.get(name)
        if now is not None and not (now.is_file() and digest(now) == known):
            found.append(f"{name} is not what the run read")
    return found


def _folders(folder: Path) -> Iterator[Path]:
    yield folder
    for path in sorted(folder.rglob(MANIFEST)):
        if path.parent != folder and not any(part.startswith(".") for part in path.parts):
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
    # As they are written: what is compared was rounded by printing.
    with TemporaryDirectory() as place:
        return {name: _printed(table, Path(place)) for name, table in now.items() if len(table)}


def _printed(table: pd.DataFrame, place: Path) -> pd.DataFrame:
    table.to_csv(place / "printed.csv", index=False, float_format="%.9g")
    return read_table(place / "printed.csv")
