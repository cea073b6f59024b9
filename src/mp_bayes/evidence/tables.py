"""Read the evidence tables, and say exactly what is wrong with one that cannot be read."""

import csv
from pathlib import Path
from types import NoneType
from typing import get_args

import numpy as np
import pandas as pd
from pydantic import ValidationError

from mp_bayes.errors import InputError
from mp_bayes.evidence.problems import echo, problem
from mp_bayes.evidence.registry import TABLES
from mp_bayes.evidence.rows import Row

PUBLISHED = Path(__file__).parent / "published"


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
    file = f"{model.table}.csv"
    lines = _lines((PUBLISHED if folder is None else folder) / file)
    header = [column.strip() for column in lines[0][1]]
    _check_header(header, list(model.model_fields), file)
    rows: list[R] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, cells in lines[1:]:
        row = _row(model, header, cells, f"{file}, line {number}")
        key = tuple(getattr(row, column) for column in model.key)
        if key in seen:
            raise InputError(
                f"{file}, line {number}, columns {', '.join(model.key)}: same as line {seen[key]}; "
                "remove one of the two rows."
            )
        seen[key] = number
        rows.append(row)
    if not rows:
        raise InputError(f"{file}, line 2: there are no rows below the header; add at least one.")
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the non-blank lines of a CSV file with their line numbers."""
    try:
        # A spreadsheet may save with a byte-order mark: utf-8-sig reads UTF-8 with and without it.
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be opened"
        raise InputError(
            f"{path.name} {reason}: put it in the folder, under exactly that name."
        ) from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path.name}, line {line}: is not UTF-8 text; save it as CSV with UTF-8 encoding."
        ) from error
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        lines.extend((reader.line_num, cells) for cells in reader if any(c.strip() for c in cells))
    except csv.Error as error:
        raise InputError(
            f"{path.name}, line {reader.line_num}: is not valid CSV; check its quotes and commas."
        ) from error
    if not lines:
        raise InputError(f"{path.name}, line 1: the file is empty; it needs a header row.")
    return lines


def _check_header(header: list[str], expected: list[str], file: str) -> None:
    """Refuse a header with a column missing, unknown or named twice."""
    for column in expected:
        if column not in header:
            raise InputError(f"{file}, line 1: column {column} is missing; add it to the header.")
        if header.count(column) > 1:
            raise InputError(f"{file}, line 1: column {column} appears twice; remove one.")
    for column in header:
        if column not in expected:
            raise InputError(
                f"{file}, line 1: column {echo(column)} is not expected; remove it. "
                f"The columns are {', '.join(expected)}."
            )


def _row[R: Row](model: type[R], header: list[str], cells: list[str], where: str) -> R:
    """Check one line against its row model."""
    if len(cells) != len(header):
        column = header[min(len(cells), len(header) - 1)]
        raise InputError(
            f"{where}, column {column}: the line has {len(cells)} cells, the header {len(header)}; "
            "check its commas and quotes."
        )
    values = {
        column: None if not cell.strip() else cell.strip()
        for column, cell in zip(header, cells, strict=True)
    }
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        column = str(first["loc"][0])
        raise InputError(f"{where}, column {column}: {problem(first, values[column])}") from None


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
