"""The manifest of a results folder: what made it, from what, and the hash of every file."""

import importlib.metadata
import json
import platform
from pathlib import Path, PurePosixPath
from typing import Any

from mp_bayes.errors import InputError
from mp_bayes.storage.moving import digest
from mp_bayes.storage.reading import as_read, read_bytes

MANIFEST = "manifest.json"
#: Folders of a results folder in which other commands leave results of their own.
OTHERS = ("panel", "checks")
#: Raised when results of before can no longer be read: they are refused, with the reason.
FORMAT = 2
LIBRARIES = ("arviz", "mp-bayes", "numba", "numpy", "nutpie", "pymc", "pytensor", "xarray")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder.

    Raises
    ------
    InputError
        If there is none that this project wrote.
    """
    try:
        manifest = json.loads(read_bytes(folder / MANIFEST, "manifest"))
        ours = isinstance(manifest["versions"]["mp-bayes"], str) and all(
            isinstance(manifest.get(name, ""), str) for name in ("holds", "study", "command")
        )
        listed = {str(name): str(known) for name, known in manifest["files"].items()}
        listed.pop(MANIFEST, None)  # it cannot hold its own hash
    except (InputError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        ours = False
    if not ours:
        raise InputError(
            f"{folder} holds no results of mp-bayes (no readable {MANIFEST}); run it first"
        )
    return {**manifest, "files": {name: listed[name] for name in listed if _inside(name)}}


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def check_format(manifest: dict[str, Any], folder: Path) -> None:
    """Refuse results whose tables this version may not understand.

    Raises
    ------
    InputError
        Naming both versions.
    """
    made = manifest.get("format", 1)
    if made != FORMAT:
        release = manifest["versions"]["mp-bayes"]
        raise InputError(
            f"{folder} was written by mp-bayes {release} in format {made}; this version reads "
            f"format {FORMAT}: run the analysis again"
        )


def write_manifest(staging: Path, *, inputs: list[Path], **facts: Any) -> None:
    """Record what made the results: versions, seed, hash of every input as read, and of every file.

    Parameters
    ----------
    staging : Path
        From `whole_results`.
    inputs : list of Path
    **facts
        The command as it was typed, the seed, and what else made the numbers.
    """
    written = [path for path in sorted(staging.rglob("*")) if path.is_file()]
    manifest = {
        **facts,
        "format": FORMAT,
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "inputs": {_known_as(path, inputs): as_read(path) or digest(path) for path in inputs},
        "files": {
            path.relative_to(staging).as_posix(): digest(path)
            for path in written
            if path.name != MANIFEST and not path.name.startswith(".")
        },
    }
    save_manifest(staging, manifest)


def save_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest as it is."""
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _known_as(path: Path, inputs: list[Path]) -> str:
    """Return an input's name; with its folder where another has the same name."""
    if path.name == MANIFEST:  # known by where it lies in the results
        kinds = [place for place, part in enumerate(path.parts) if part in OTHERS]
        return "/".join(path.parts[kinds[-1] if kinds else -4 :])
    alike = [one for one in inputs if one.name == path.name]
    return path.name if len(alike) == 1 else "/".join(path.parts[-2:])


def other_manifests(out: Path) -> list[Path]:
    """Return the manifests of what other commands left in a results folder, which pages read."""
    panel, checks = (out / "panel").glob(f"*/*/{MANIFEST}"), (out / "checks").glob(f"*/{MANIFEST}")
    return [*sorted(panel), *sorted(checks)]
