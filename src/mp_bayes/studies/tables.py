"""Read a CSV file into checked rows, and say exactly what is wrong with one that cannot be read."""

import csv
import io
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ValidationError

from mp_bayes.errors import InputError
from mp_bayes.storage import read_text
from mp_bayes.studies.problems import echo, problem

#: Bytes, and columns: no table of counts by borough and year comes near.
_LARGEST = 16 * 2**20
_MOST_COLUMNS = 200


class Row(BaseModel):
    """One line of a table; `key` names the columns that identify it.

    A model that ignores what it does not know (`extra="ignore"`) reads tables with columns of
    their own, and does not insist on columns that have a default.
    """

    key: ClassVar[tuple[str, ...]] = ()


def read_rows[R: Row](model: type[R], path: Path) -> list[tuple[int, R]]:
    """Read a table into rows, each with its line number, in the order of the file.

    Raises
    ------
    InputError
        If the table cannot be read; the message names file, line, column and remedy.
    """
    lines = _lines(path)
    header = [column.strip() for column in lines[0][1]]
    _check_header(header, model, path.name)
    rows: list[tuple[int, R]] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, cells in lines[1:]:
        row = _row(model, header, cells, f"{path.name}, line {number}")
        key = tuple(getattr(row, column) for column in model.key)
        if key in seen:
            raise InputError(
                f"{path.name}, line {number}, columns {', '.join(model.key)}: same as line "
                f"{seen[key]}; remove one of the two rows."
            )
        seen[key] = number
        rows.append((number, row))
    if not rows:
        raise InputError(
            f"{path.name}, line 2: there are no rows below the header; add at least one."
        )
    return rows


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """Return the non-blank lines of a CSV file with their line numbers."""
    if not path.exists():
        raise InputError(
            f"{path.name} is not there: put it in the folder {path.parent}, under exactly that name"
        )
    text = read_text(path, "table", largest=_LARGEST)
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
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


def _check_header(header: list[str], model: type[Row], file: str) -> None:
    """Refuse a header with a column missing, unknown or named twice."""
    if len(header) > _MOST_COLUMNS:
        raise InputError(f"{file}, line 1: has {len(header)} columns: is it the right file?")
    if len(header) == 1 and ";" in header[0]:
        raise InputError(
            f"{file}, line 1: columns are divided by semicolons; save it with commas between them, "
            "and points in decimal numbers."
        )
    expected, lenient = list(model.model_fields), model.model_config.get("extra") == "ignore"
    for column, field in model.model_fields.items():
        if column not in header and (field.is_required() or not lenient):
            raise InputError(f"{file}, line 1: column {column} is missing; add it to the header.")
        if header.count(column) > 1:
            raise InputError(f"{file}, line 1: column {column} appears twice; remove one.")
    for column in header:
        if column not in expected and not lenient:
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
        raise InputError(
            f"{where}, column {column}: {problem(first, values.get(column))}"
        ) from None
