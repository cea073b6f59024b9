"""Writing a results folder whole or not at all, and only over what an earlier run of ours wrote.

What is new is made in a hidden folder inside the results folder, and moved into place at the end.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError
from mp_bayes.storage.manifest import MANIFEST, read_manifest, save_manifest
from mp_bayes.storage.moving import UNFINISHED, digest, files_in, move_in, own_folder, plain, settle
from mp_bayes.storage.signals import uninterrupted

try:
    import fcntl
except ImportError:  # Windows: nothing keeps two runs apart
    fcntl = None  # type: ignore[assignment]

#: Bytes that must be free before work begins: the largest results have about as many.
_ROOM = 50 * 2**20


@contextmanager
def whole_results(
    out: Path, holds: str, *, force: bool = False, adds: bool = False
) -> Iterator[Path]:
    """Give a staging folder whose files go to `out` when the block succeeds.

    If the block fails or is interrupted, `out` is as it was before. What an earlier run wrote, and
    nobody has changed since, is replaced if that run answered the same question; every other file
    is left alone.

    Parameters
    ----------
    out : Path
        Made if need be.
    holds : str
        What the results are, in words that say which question they answer: `figures of
        family_safeguarding`. Recorded in the manifest.
    force : bool
        Replace also what another command wrote, or somebody else.
    adds : bool
        Keep the earlier run's files, beside the new ones.

    Raises
    ------
    InputError
        If `out` cannot be written to, is being written to, or holds files that are not this
        command's to replace; raised at once where that is known before the work is done.
    """
    made = _make(out)
    moved = False
    lock = _lock(out)
    try:
        with uninterrupted():
            settle(out, holds, force=force)
        _check_owner(out, holds, force=force)
        staging = _stage(out)
        try:
            yield staging
            _record(staging, out, holds, adds=adds)
            names = _placeable(staging, out, force=force)
            with uninterrupted():
                ours = _intact(out)
                move_in(
                    staging,
                    out,
                    names,
                    stale=set() if adds else set(ours) - set(names),
                    holds=holds,
                    ours={name.as_posix(): its_digest for name, its_digest in ours.items()},
                )
                moved = True
        except BrokenPipeError:  # of the output, not of a disk
            raise
        except OSError as error:
            raise InputError(
                f"could not write to {out}: {error.strerror or error}; nothing was changed there"
            ) from None
        finally:
            with uninterrupted():
                shutil.rmtree(staging, ignore_errors=True)
    finally:
        if not moved:
            # What others put there meanwhile stays, and so does its folder.
            with suppress(OSError):
                for folder in made:
                    folder.rmdir()
        if lock is not None:
            os.close(lock)


def _make(out: Path) -> list[Path]:
    """Make a folder, and return what had to be made for it, the innermost first."""
    try:
        missing = [folder for folder in (out, *out.parents) if not folder.exists()]
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from None
    return missing


def _unwritable(out: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot write to the folder {out}: {error.strerror}; choose another with --out"
    )


def _stage(out: Path) -> Path:
    try:
        free = shutil.disk_usage(out).free
        if free < _ROOM:
            raise InputError(
                f"the disk of {out} has {free / 2**20:.0f} MB left, fewer than the "
                f"{_ROOM / 2**20:.0f} MB that results may need; make room, or choose another "
                "folder with --out"
            )
        return own_folder(UNFINISHED, out)
    except OSError as error:
        raise _unwritable(out, error) from None


def _lock(out: Path) -> int | None:
    """Keep other runs out of a folder until the handle is closed, or the process is gone."""
    if fcntl is None:
        return None
    handle = os.open(out, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise InputError(
            f"another run is writing to {out}: wait for it, or choose another folder with --out"
        ) from None
    except OSError:  # a file system without locks
        os.close(handle)
        return None
    return handle


def _check_owner(out: Path, holds: str, *, force: bool) -> None:
    """Refuse a folder whose results answer another question, or were changed since."""
    if force or not os.path.lexists(out / MANIFEST):
        return
    try:
        manifest = read_manifest(out)
    except InputError:
        raise _foreign(out / MANIFEST) from None
    there = manifest.get("holds")
    if there != holds:
        raise InputError(
            f"{out} holds {there or 'results of an earlier version of mp-bayes'}, and this is "
            f"{holds}: choose another folder with --out, or replace them with --force"
        )
    intact = _intact(out)
    changed = [
        name
        for name in manifest["files"]
        if os.path.lexists(out / name) and Path(name) not in intact
    ]
    if changed:
        raise InputError(
            f"{out / changed[0]} was changed since mp-bayes wrote it: move it away, choose another "
            "folder with --out, or replace it with --force"
        )


def _intact(out: Path) -> dict[Path, str]:
    """Return the files of an earlier run that are as it wrote them, with their hashes.

    Its manifest among them, whose hash stands nowhere.
    """
    try:
        known = read_manifest(out)["files"]
    except InputError:
        return {}
    known |= {MANIFEST: digest(out / MANIFEST)}
    return {
        Path(name): its_digest
        for name, its_digest in known.items()
        if plain(out, Path(name)) and (out / name).is_file() and digest(out / name) == its_digest
    }


def _record(staging: Path, out: Path, holds: str, *, adds: bool) -> None:
    """Say in the manifest what the results are, and which earlier ones stay beside them."""
    if not (staging / MANIFEST).exists():
        return
    manifest: dict[str, Any] = {"holds": holds, **read_manifest(staging)}
    if adds:
        earlier = {name.as_posix(): its_digest for name, its_digest in _intact(out).items()}
        earlier.pop(MANIFEST, None)
        manifest["files"] = dict(sorted((earlier | manifest["files"]).items()))
    save_manifest(staging, manifest)


def _foreign(place: Path) -> InputError:
    return InputError(
        f"{place} is there already, and mp-bayes did not write it: nothing was changed; move it "
        "away, choose another folder with --out, or replace it with --force"
    )


def _placeable(staging: Path, out: Path, *, force: bool) -> list[Path]:
    """Return what is to be moved in, or refuse to replace what is not ours."""
    names = files_in(staging)
    ours = _intact(out)
    for name in names:
        parents = [out / parent for parent in name.parents if parent != Path()]
        blocked = [
            one for one in parents if one.is_symlink() or (one.exists() and not one.is_dir())
        ]
        place = out / name
        if place.is_dir() and not place.is_symlink():
            blocked.append(place)
        if blocked:
            raise InputError(
                f"{blocked[0]} is in the way of the results: nothing was changed there; move it "
                "away, or choose another folder with --out"
            )
        if os.path.lexists(place) and not (force or name in ours):
            raise _foreign(place)
    return names
