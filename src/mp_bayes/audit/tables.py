"""Read the evidence tables, and say exactly what is wrong with one that cannot be read."""

from pathlib import Path
from types import NoneType
from typing import get_args

import numpy as np
import pandas as pd

from mp_bayes.audit.registry import TABLES
from mp_bayes.audit.rows import Row
from mp_bayes.errors import InputError
from mp_bayes.studies import tables
from mp_bayes.studies.problems import echo

PUBLISHED = Path(__file__).parents[1] / "studies" / "motivational_practice" / "tables"


def load(name: str, folder: Path | None = None) -> pd.DataFrame:
    """Read an evidence table into a tidy data frame.

    Parameters
    ----------
    name
        Name of the table, which is its file's name without ``.csv``; see ``TABLES``.
    folder
        Folder to read it from; the tables as published when not given.

    Returns
    -------
    pandas.DataFrame
        One column per field, the source last; printed decimals as float64, whole numbers as Int64,
        text as string, an empty cell as missing.

    Raises
    ------
    mp_bayes.errors.InputError
        If the table cannot be read; the message names file, line, column and remedy.
    """
    rows = load_rows(name, folder)
    columns = {}
    for column, field in TABLES[name].model_fields.items():
        values = [getattr(row, column) for row in rows]
        columns[column] = _series(values, _kind(field.annotation))
    # The base class declares `source` first, but it reads best last.
    return pd.DataFrame(columns)[[*(c for c in columns if c != "source"), "source"]]


def load_rows(name: str, folder: Path | None = None) -> list[Row]:
    """Read an evidence table into checked rows that keep the printed precision.

    Parameters
    ----------
    name
        Name of the table, which is its file's name without ``.csv``; see ``TABLES``.
    folder
        Folder to read it from; the tables as published when not given.

    Returns
    -------
    list of Row
        One row model per line, in file order.

    Raises
    ------
    mp_bayes.errors.InputError
        If the table cannot be read; the message names file, line, column and remedy.
    """
    if name not in TABLES:
        names = ", ".join(TABLES)
        raise InputError(f"No evidence table is called {echo(name)}: use one of {names}.")
    return read_rows(TABLES[name], folder)


def read_rows[R: Row](model: type[R], folder: Path | None = None) -> list[R]:
    """Read the table that a row model describes; see ``load_rows``."""
    path = (PUBLISHED if folder is None else folder) / f"{model.table}.csv"
    return [row for _, row in tables.read_rows(model, path)]


def _kind(annotation: object) -> type:
    """Return the plain type beneath an optional or constrained annotation."""
    if isinstance(annotation, type):
        return annotation
    inner = [a for a in get_args(annotation) if a is not NoneType]
    return _kind(inner[0]) if inner else str


def _series(
    values: list[object], kind: type
) -> "pd.Series[int] | pd.Series[float] | pd.Series[str]":
    """Turn one column into the narrowest pandas type that can also say "missing"."""
    if kind is int:
        return pd.Series(values, dtype="Int64")
    if kind is str:
        return pd.Series(values, dtype=pd.StringDtype(na_value=np.nan))
    return pd.Series([np.nan if v is None else float(str(v)) for v in values], dtype="float64")
