"""Writing results whole, or not at all."""

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mp_bayes.errors import InputError

# A job's first process, which only starts the others, and commands that save no posterior do
# without xarray.
if TYPE_CHECKING:
    import xarray as xr

MANIFEST = "manifest.json"
LIBRARIES = ("arviz", "mp-bayes", "numba", "numpy", "nutpie", "pymc", "pytensor", "xarray")


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C for a moment; processes that start meanwhile ignore it for good."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # An interrupt that was swallowed comes again by the alarm.
    signals = [signal.SIGINT, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])]
    before = {each: signal.signal(each, signal.SIG_IGN) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def whole_results(out: Path) -> Iterator[Path]:
    """Give a staging folder whose files replace those in `out` when the block succeeds.

    If the block fails or is interrupted, `out` is as it was before. Other files in `out` are left
    alone, except those that an earlier manifest lists and the new one does not.

    Raises
    ------
    InputError
        If `out` cannot be written to; raised at once, before any work is done.
    """
    created = False
    try:
        created = not out.exists()
        out.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=out))
    except OSError as error:
        raise InputError(
            f"cannot write to the folder {out}: {error.strerror}; choose another with --out"
        ) from None
    finished = False
    try:
        yield staging
        with uninterrupted():
            _move_in(staging, out)
        finished = True
    except OSError as error:
        raise InputError(
            f"could not write to {out}: {error.strerror or error}; nothing was changed there"
        ) from None
    finally:
        with uninterrupted():
            shutil.rmtree(staging, ignore_errors=True)
            if created and not finished:
                shutil.rmtree(out, ignore_errors=True)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a results folder.

    Raises
    ------
    InputError
        If there is none that this project wrote.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        ours = "mp-bayes" in manifest["versions"]
        listed = {str(name): str(known) for name, known in manifest["files"].items()}
        listed.pop(MANIFEST, None)  # it cannot hold its own hash
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        ours = False
    if not ours:
        raise InputError(
            f"{folder} holds no results of `mp-bayes run` (no readable {MANIFEST}); run it first"
        )
    return {**manifest, "files": listed}


def purpose(command: str) -> str:
    """Return what a command is without its options: `mp-bayes panel compare`."""
    words = command.split()
    ends = [place for place, word in enumerate(words) if word.startswith("-")]
    return " ".join(words[: min(ends, default=len(words))])


def _listed(out: Path) -> set[Path]:
    """Return the files that an earlier run wrote, as they are known by their hashes."""
    try:
        known = read_manifest(out)["files"]
    except InputError:
        return set()
    inside = {name: known[name] for name in known if ".." not in Path(name).parts}
    return {
        Path(name)
        for name, known_digest in inside.items()
        if not Path(name).is_absolute()
        and (out / name).is_file()
        and digest(out / name) == known_digest
    }


def _move_in(staging: Path, out: Path) -> None:
    """Replace files in `out` by those in `staging`; put everything back if one cannot be."""
    names = [path.relative_to(staging) for path in sorted(staging.rglob("*")) if path.is_file()]
    stale = _listed(out) - set(names) if (staging / MANIFEST).exists() else set()
    aside = Path(tempfile.mkdtemp(prefix=".replaced-", dir=out))
    replaced, placed = [], []
    try:
        for name in [*names, *stale]:
            if (out / name).is_file():
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                os.replace(out / name, aside / name)
                replaced.append(name)
        for name in names:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / name, out / name)
            placed.append(name)
    except OSError:
        for name in placed:
            (out / name).unlink()
        for name in replaced:
            os.replace(aside / name, out / name)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    if not path.name or (path.exists() and not path.is_file()):
        raise InputError(f"cannot write '{path}': it is not a file; give a file's name with --out")
    partial = path.with_name(f".{path.name}.unfinished")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise InputError(
            f"cannot write {path}: {error.strerror}; choose another with --out"
        ) from None


def _shortened(values: "xr.DataArray") -> "xr.DataArray":
    """Cut floats to 12 significant bits (within 5 parts in 10,000): they compress twice as well."""
    if values.dtype != "float64":
        return values
    bits = values.astype("float32").to_numpy().view("uint32") & np.uint32(0xFFFFF000)
    return values.copy(data=bits.view("float32"))


def thin(tree: "xr.DataTree", per_chain: int) -> "xr.DataTree":
    """Keep so many draws of each chain, evenly spaced; an attribute says how many there were."""
    draws = tree["posterior"].sizes["draw"]
    keep = np.linspace(0, draws - 1, min(per_chain, draws)).round().astype(int)
    kept = tree.copy()
    for name in ("posterior", "sample_stats"):
        if name in kept:  # independent draws have no sampler
            kept[name] = tree[name].isel(draw=keep)
    kept.attrs = {"draws_sampled_per_chain": draws, **tree.attrs}
    return kept


def save_posterior(tree: "xr.DataTree", path: Path, *, per_chain: int = 80) -> None:
    """Write a posterior as NetCDF, thinned, rounded and compressed; `arviz.from_netcdf` reads it.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.reanalysis.analysis.analyse`.
    path : Path
    per_chain : int
        Draws to keep of each chain, evenly spaced.
    """
    import xarray as xr
    from xarray.backends import H5NetCDFStore

    tree = thin(tree, per_chain)
    groups = {"": xr.Dataset(attrs=tree.attrs)}
    for name, node in tree.children.items():
        groups[str(name)] = node.to_dataset().drop_vars("shock", errors="ignore").map(_shortened)
    compress = {"zlib": True, "complevel": 6, "shuffle": True}
    # `to_netcdf` asks Dask for a lock first, and where dask.distributed is installed imports it:
    # more time than the writing takes. A lock of one's own writes the same file.
    with closing(H5NetCDFStore.open(path, mode="w", lock=threading.Lock())) as file:
        for name, group in groups.items():
            store = file.get_child_store(name) if name else file
            group.dump_to_store(store, encoding={one: dict(compress) for one in group})


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a results folder by name; empty text stays text.

    Raises
    ------
    InputError
        If the folder holds no results, or a file is not as the run wrote it.
    """
    read = {}
    for name, known in read_manifest(folder)["files"].items():
        if not (folder / name).is_file() or digest(folder / name) != known:
            raise InputError(
                f"{folder / name} is missing or not as `mp-bayes run` wrote it; run it again"
            )
        if name.endswith(".csv") and "/" not in name:
            # A column without one reason would be read as numbers.
            read[name.removesuffix(".csv")] = pd.read_csv(folder / name, dtype={"reason": str})
    for table in read.values():
        for column in ("year", "shock_prior", "effect_structure", "reason"):
            if column in table:
                table[column] = table[column].fillna("")
    return read


def panel_manifests(out: Path) -> list[Path]:
    """Return the manifests of the panel's results in a results folder, which the page reads."""
    return sorted((out / "panel").glob(f"*/*/{MANIFEST}"))


def write_manifest(staging: Path, *, inputs: list[Path], **facts: Any) -> None:
    """Record what made the results: versions, seed, hash of every input and every file."""
    written = [path for path in sorted(staging.rglob("*")) if path.is_file()]
    files = [path for path in written if path.name != MANIFEST]
    manifest = {
        **facts,
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "inputs": {_known_as(path, inputs): digest(path) for path in inputs},
        "files": {path.relative_to(staging).as_posix(): digest(path) for path in files},
    }
    (staging / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def _known_as(path: Path, inputs: list[Path]) -> str:
    """Return an input's name; with its folder where another has the same name."""
    if path.name == MANIFEST:  # known by what it describes
        return "/".join(path.parts[-4:])
    alike = [one for one in inputs if one.name == path.name]
    return path.name if len(alike) == 1 else "/".join(path.parts[-2:])
