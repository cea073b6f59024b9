"""Single files: text that people keep, and the tables of a results folder."""

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mp_bayes.errors import InputError
from mp_bayes.storage.manifest import MANIFEST, check_format, read_manifest
from mp_bayes.storage.moving import digest, unsettled

if TYPE_CHECKING:  # slow to import, and most commands read other files first
    import pandas as pd


def write_whole(path: Path, text: str, *, force: bool = False) -> None:
    """Write a text file whole or not at all, and never over one that is there, unless forced.

    Raises
    ------
    InputError
        If the file is there, or cannot be written.
    """
    if not path.name or (path.exists() and not path.is_file()):
        raise InputError(f"cannot write '{path}': it is not a file; give a file's name with --out")
    if os.path.lexists(path) and not force:
        raise InputError(f"{path} is there already: choose another name, or --force to replace it")
    partial = None
    try:
        # A name that nobody can have put a link at.
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=".unfinished", delete=False
        ) as file:
            partial = Path(file.name)
            file.write(text)
        usual = os.umask(0)
        os.umask(usual)
        partial.chmod(0o666 & ~usual)
        os.replace(partial, path)
    except OSError as error:
        if partial is not None:
            partial.unlink(missing_ok=True)
        raise InputError(
            f"cannot write {path}: {error.strerror}; choose another with --out"
        ) from None


def read_tables(folder: Path) -> "dict[str, pd.DataFrame]":
    """Read the tables of a results folder by name; empty text stays text.

    Raises
    ------
    InputError
        If the folder holds no results, results of another format, or a file is not as the run
        wrote it.
    """
    if unsettled(folder):
        raise InputError(
            f"a run that was killed left {folder} half in place: run the same command again"
        )
    read = {}
    manifest = read_manifest(folder)
    check_format(manifest, folder)
    for name, known in manifest["files"].items():
        if not (folder / name).is_file() or digest(folder / name) != known:
            raise InputError(
                f"{folder / name} is missing or not as `mp-bayes run` wrote it; run it again"
            )
        if name.endswith(".csv") and "/" not in name:
            read[name.removesuffix(".csv")] = read_table(folder / name)
    if not any(len(table) for table in read.values()):
        raise InputError(f"{folder} holds no tables: its {MANIFEST} lists none that has a row")
    return read


def read_table(path: Path) -> "pd.DataFrame":
    """Read one table of a results folder; empty text stays text.

    Raises
    ------
    InputError
        If it is no table.
    """
    import pandas as pd

    try:
        # A column without one reason would be read as numbers, a borough called NA as none.
        table = pd.read_csv(
            path,
            dtype=dict.fromkeys(("borough", "authority", "comparison", "reason"), str),
            keep_default_na=False,
            na_values=[""],
        )
    except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
        reason = str(error).splitlines()[0]
        raise InputError(f"{path} is damaged ({reason}): run `mp-bayes run` again") from None
    for column in ("year", "shock_prior", "effect_structure", "reason"):
        if column in table:
            # A column without any text was read as numbers.
            known = table[column].notna().any()
            table[column] = table[column].fillna("") if known else ""
    return table
