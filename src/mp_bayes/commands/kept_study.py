"""The study that results are of, found again in their folder."""

from pathlib import Path

from mp_bayes.errors import InputError
from mp_bayes.storage import read_manifest
from mp_bayes.studies.read import FILE, SHIPPED, is_shipped, read_study, shipped
from mp_bayes.studies.study import Study

#: Folder with a copy of a study of one's own, in a results folder.
STUDY = "study"


def keep_study(study: Study, results: Path) -> None:
    """Copy a study of one's own to its results, so that their figures can be drawn again."""
    if is_shipped(study):
        return
    first = study.files[0]
    for file in study.files:
        # Whatever it was called: the copy is found by this name.
        kept = results / STUDY / (FILE if file == first else file.relative_to(first.parent))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(file.read_bytes())


def kept_study(results: Path) -> Study:
    """Read the study that a results folder is of: its copy there, or the shipped one.

    Raises
    ------
    InputError
        If the folder does not say.
    """
    manifest = read_manifest(results)
    # What the manifest does not list was not written by the run.
    copied = f"{STUDY}/{FILE}" in manifest["files"]
    if not copied and manifest.get("study") not in shipped():
        again = manifest.get("command") or "mp-bayes run"
        raise InputError(f"{results} does not say of what study it is: run `{again}` again")
    return read_study(results / STUDY / FILE if copied else SHIPPED / manifest["study"])
