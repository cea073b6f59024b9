"""Moving finished results into place, so that what a killed process leaves can be mended.

A journal is written first, and the files are moved one by one; the next command that asks the same
question finishes what a killed process had begun.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError

#: Beginnings of hidden folders of ours, in which a marker lies: no other is ever removed.
UNFINISHED, _REPLACED = ".mp-bayes-unfinished-", ".mp-bayes-replaced-"
_MARKER = ".made-by-mp-bayes"
_JOURNAL = ".mp-bayes-moving.json"


def own_folder(prefix: str, out: Path) -> Path:
    """Make a hidden folder that is known to be ours."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=out))
    (folder / _MARKER).touch()
    return folder


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unsettled(out: Path) -> bool:
    """Tell whether a killed run has left its results half in place."""
    return os.path.lexists(out / _JOURNAL)


def settle(out: Path, holds: str, *, force: bool) -> None:
    """Finish moves that a killed run had begun, and clear what it left; the folder is locked.

    Raises
    ------
    InputError
        If the run answered another question, or somebody has put a file in the way since.
    """
    if unsettled(out):
        told = _journal(out / _JOURNAL)
        if told is not None:
            if told["holds"] != holds and not force:
                raise InputError(
                    f"{out} holds {told['holds']}, half in place since a run was killed: run that "
                    "again, choose another folder with --out, or replace it with --force"
                )
            _finish(out, told, force=force)
        (out / _JOURNAL).unlink(missing_ok=True)
    for prefix in (UNFINISHED, _REPLACED):
        for left in out.glob(f"{prefix}*"):
            if not left.is_symlink() and (left / _MARKER).is_file():
                shutil.rmtree(left, ignore_errors=True)


def _journal(path: Path) -> dict[str, Any] | None:
    """Read a journal; None if it is none of ours, or what it speaks of is gone."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        staging = path.parent / str(told["staging"])
        ours = re.fullmatch(rf"{re.escape(UNFINISHED)}\w+", staging.name) is not None
        ours = ours and staging.parent == path.parent and not staging.is_symlink()
        ours = ours and not path.is_symlink() and (staging / _MARKER).is_file()
        known = {str(name): str(its_hash) for name, its_hash in told["ours"].items()}
        stale = [Path(str(name)) for name in told["stale"]]
        read = {"staging": staging, "ours": known, "stale": stale, "holds": str(told["holds"])}
        return read if ours else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _finish(out: Path, told: dict[str, Any], *, force: bool) -> None:
    """Move in what is left, over nothing but what the run would have replaced."""
    names, ours = files_in(told["staging"]), told["ours"]
    for name in names:
        place = out / name
        free = not os.path.lexists(place) or _as_known(place, ours.get(name.as_posix()))
        if not plain(out, name) or not (free or force):
            raise InputError(
                f"{place} is in the way of results whose run was killed: move it away, or replace "
                "it with --force"
            )
    stale = {
        name
        for name in told["stale"]
        if plain(out, name) and _as_known(out / name, ours.get(name.as_posix()))
    }
    move_in(told["staging"], out, names, stale=stale, holds=told["holds"], ours=ours)


def _as_known(place: Path, its_hash: str | None) -> bool:
    return its_hash is not None and place.is_file() and digest(place) == its_hash


def plain(out: Path, name: Path) -> bool:
    """Tell whether a name stays inside a folder, and no part of it is a link."""
    parts = [out / parent for parent in (name, *name.parents) if parent != Path()]
    inside = bool(name.parts) and not name.is_absolute() and ".." not in name.parts
    return inside and not any(part.is_symlink() for part in parts)


def files_in(staging: Path) -> list[Path]:
    """List the files below a folder, by their names in it."""
    found = [path.relative_to(staging) for path in sorted(staging.rglob("*")) if path.is_file()]
    return [name for name in found if name.name != _MARKER]


def move_in(
    staging: Path,
    out: Path,
    names: list[Path],
    *,
    stale: set[Path],
    holds: str,
    ours: Mapping[str, str],
) -> None:
    """Move files from `staging` to `out`; put everything back if one cannot be.

    The journal is there as long as they are on their way; it knows by their hashes (`ours`) which
    files may be replaced.
    """
    aside = own_folder(_REPLACED, out)
    journal, unwritten = out / _JOURNAL, aside / _JOURNAL
    replaced, placed = [], []
    try:
        gone = [name.as_posix() for name in stale]
        told = {"staging": staging.name, "holds": holds, "ours": dict(ours), "stale": gone}
        unwritten.write_text(json.dumps(told), encoding="utf-8")
        os.replace(unwritten, journal)
        for name in [*names, *stale]:
            if plain(out, name.parent / "x") and os.path.lexists(out / name):
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(out / name, aside / name)
                replaced.append(name)
        for name in names:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / name, out / name)
            placed.append(name)
    except OSError:
        for name in placed:
            os.replace(out / name, staging / name)
        for name in replaced:
            os.replace(aside / name, out / name)
        raise
    finally:
        journal.unlink(missing_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
    for name in stale:
        for folder in name.parents:  # emptied folders go too
            with suppress(OSError):
                (out / folder).rmdir() if folder != Path() else None
