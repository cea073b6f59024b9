"""Moving finished results into place, so that what a killed process leaves can be mended.

A journal is written first, and the files are moved one by one; whatever reads or writes the folder
next finishes what a killed process had begun.
"""

import json
import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

UNFINISHED, _REPLACED = ".unfinished-", ".replaced-"
_JOURNAL = ".moving.json"


def settle(out: Path) -> None:
    """Finish moves that a killed run had begun, and clear what it left; the folder is locked."""
    journal = out / _JOURNAL
    if journal.is_file() and not journal.is_symlink():
        try:
            told = json.loads(journal.read_text(encoding="utf-8"))
            staging, stale = str(told["staging"]), {Path(str(name)) for name in told["stale"]}
        except (OSError, ValueError, TypeError, KeyError):
            staging, stale = "", set()
        if re.fullmatch(rf"{re.escape(UNFINISHED)}\w+", staging) and plain(out, Path(staging)):
            move_in(out / staging, out, files_in(out / staging), stale=stale)
        journal.unlink(missing_ok=True)
    for prefix in (UNFINISHED, _REPLACED):
        for left in out.glob(f"{prefix}*"):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left, ignore_errors=True)


def unsettled(out: Path) -> bool:
    """Tell whether a killed run has left its results half in place."""
    return (out / _JOURNAL).exists()


def plain(out: Path, name: Path) -> bool:
    """Tell whether no part of a name inside a folder is a link out of it."""
    parts = [out / parent for parent in (name, *name.parents) if parent != Path()]
    inside = not name.is_absolute() and ".." not in name.parts
    return inside and not any(part.is_symlink() for part in parts)


def files_in(staging: Path) -> list[Path]:
    """List the files below a folder, by their names in it."""
    return [path.relative_to(staging) for path in sorted(staging.rglob("*")) if path.is_file()]


def move_in(staging: Path, out: Path, names: list[Path], *, stale: set[Path]) -> None:
    """Move files from `staging` to `out`; put everything back if one cannot be.

    The journal is there as long as they are on their way.
    """
    aside = Path(tempfile.mkdtemp(prefix=_REPLACED, dir=out))
    journal = out / _JOURNAL
    unwritten = aside / _JOURNAL
    replaced, placed = [], []
    try:
        told = {"staging": staging.name, "stale": [name.as_posix() for name in stale]}
        unwritten.write_text(json.dumps(told), encoding="utf-8")
        os.replace(unwritten, journal)
        for name in [*names, *stale]:
            if plain(out, name.parent) and os.path.lexists(out / name):
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
