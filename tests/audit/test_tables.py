"""Check what the loader returns, and what it says of a table it cannot read."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from mp_bayes.audit.registry import TABLES
from mp_bayes.audit.rows import Cell, Coefficient
from mp_bayes.audit.tables import load, load_rows, read_rows
from mp_bayes.errors import InputError

CELL = {"outcome": "cin_rereferral_12m", "borough": "Southend", "year": "2014-15"}
MOVES = {"outcome": "cla_placement_moves", "borough": "Barnet", "year": "2018-19"}
EFFECT = {
    "outcome": "cin_rereferral_12m",
    "model": "linear",
    "term": "treated_x_year",
    "year": "2015-16",
}


@pytest.mark.parametrize("name", TABLES)
def test_every_table_loads_with_a_source_in_every_row(name: str) -> None:
    frame = load(name)
    assert len(frame) == len(load_rows(name)) > 0
    assert frame.columns[-1] == "source"
    assert frame["source"].str.startswith(("2020 report, ", "2017 report, ")).all()


def test_numbers_have_numeric_types_and_empty_cells_are_missing() -> None:
    cells = load("cells")
    assert str(cells["events"].dtype) == "Int64"
    assert str(cells["percent"].dtype) == "float64"
    assert cells.loc[cells["outcome"].str.startswith("cla_"), "percent"].isna().all()
    coefficients = load("coefficients")
    assert coefficients.loc[coefficients["term"] == "treated", "year"].isna().all()


def test_rows_keep_trailing_zeros() -> None:
    row = next(r for r in read_rows(Coefficient) if r.term == "year" and r.year == "2014-15")
    assert str(row.se) == "0.020"
    assert row.se == Decimal("0.02")


def test_moves_may_exceed_children_but_referrals_may_not(edit: Callable[..., int], folder: Path):
    edit("cells", MOVES, "events", "700")
    assert max(c.events for c in read_rows(Cell, folder)) == 700
    line = edit("cells", CELL, "events", "929")
    with pytest.raises(InputError, match=rf"^cells\.csv, line {line}, column events: '929' .*928"):
        load("cells", folder)


@pytest.mark.parametrize(
    ("where", "column", "value", "problem"),
    [
        (CELL, "events", "many", "'many' is not a whole number"),
        (CELL, "events", "12.5", "'12.5' is not a whole number"),
        (CELL, "events", "-1", "'-1' is too small: it must be at least 0"),
        (CELL, "total", "0", "'0' is too small: it must be above 0"),
        (CELL, "total", "", "the cell is empty"),
        (CELL, "source", " ", "the cell is empty"),
        (CELL, "percent", "nan", "'nan' is not a finite number"),
        (CELL, "percent", "-inf", "'-inf' is not a finite number"),
        (CELL, "percent", "101", "'101' is too large: it must be at most 100"),
        (CELL, "percent", "a lot", "'a lot' is not a number"),
        (CELL, "outcome", "rereferral", "'rereferral' is not known; use one of"),
        (CELL, "borough", "Camden", "'Camden' is not known; use one of"),
        (CELL, "borough", "Barnet", "'Barnet' is not one of Islington, Southend"),
        (CELL, "year", "2014", "'2014' is not known; use one of"),
        (MOVES, "year", "2012-13", "'2012-13' is not one of 2015-16"),
    ],
)
def test_bad_cell_is_named(
    *,
    edit: Callable[..., int],
    folder: Path,
    where: dict[str, str],
    column: str,
    value: str,
    problem: str,
) -> None:
    line = edit("cells", where, column, value)
    with pytest.raises(InputError) as caught:
        load("cells", folder)
    message = str(caught.value)
    assert message.startswith(f"cells.csv, line {line}, column {column}: {problem}")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("se", "0.000", "is not above zero"),
        ("se", "-0.024", "is too small"),
        ("se", "nan", "is not a finite number"),
        ("estimate", "inf", "is not a finite number"),
        ("p_value", "1.2", "is too large"),
        ("stars", "***", "is not known"),
        ("year", "", "is empty, but treated_x_year needs a year"),
        ("term", "treated", "must be empty for treated"),
        ("term", "Treated!", "is not written as this column needs it"),
    ],
)
def test_bad_coefficient_is_named(
    edit: Callable[..., int], folder: Path, column: str, value: str, problem: str
) -> None:
    line = edit("coefficients", EFFECT, column, value)
    named = "year" if value == "treated" else column
    with pytest.raises(InputError, match=rf"coefficients\.csv, line {line}, column {named}: .*"):
        load("coefficients", folder)
    with pytest.raises(InputError, match=problem):
        load("coefficients", folder)


def test_zero_standard_error_of_a_cubic_age_term_is_a_rounded_one() -> None:
    zero = [r for r in read_rows(Coefficient) if r.se == 0]
    assert {r.term for r in zero} == {"age_at_start_2", "age_at_start_3"}


def test_unknown_outcome_is_told_all_five(edit: Callable[..., int], folder: Path) -> None:
    edit("cells", CELL, "outcome", "moves")
    with pytest.raises(InputError, match=r"cin_rereferral_12m.*cla_residential_placements"):
        load("cells", folder)


def test_long_cell_is_shortened(edit: Callable[..., int], folder: Path) -> None:
    edit("cells", CELL, "borough", "x" * 500)
    with pytest.raises(InputError) as caught:
        load("cells", folder)
    assert "x" * 41 not in str(caught.value)


def rewrite(folder: Path, old: str, new: str) -> None:
    """Replace a piece of the text of cells.csv."""
    path = folder / "cells.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_missing_extra_and_repeated_columns(folder: Path) -> None:
    rewrite(folder, ",percent,", ",pct,")
    with pytest.raises(InputError, match=r"cells\.csv, line 1: column percent is missing"):
        load("cells", folder)
    rewrite(folder, ",pct,", ",percent,note,")
    with pytest.raises(InputError, match=r"cells\.csv, line 1: column 'note' is not expected"):
        load("cells", folder)
    rewrite(folder, ",note,", ",percent,")
    with pytest.raises(InputError, match=r"cells\.csv, line 1: column percent appears twice"):
        load("cells", folder)


def test_line_with_too_many_cells(folder: Path) -> None:
    rewrite(folder, ",1164,1229,", ",1,164,1229,")
    with pytest.raises(
        InputError, match=r"cells\.csv, line 2, column source: the line has 9 cells"
    ):
        load("cells", folder)


def test_duplicate_row_names_both_lines(folder: Path) -> None:
    path = folder / "cells.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[3]]), encoding="utf-8")
    expected = rf"cells\.csv, line {len(lines) + 1}, columns outcome, borough, year: same as line 4"
    with pytest.raises(InputError, match=expected):
        load("cells", folder)


def test_missing_empty_and_headless_files(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^cells\.csv is not there"):
        load("cells", tmp_path)
    (folder / "cells.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"cells\.csv, line 1: the file is empty"):
        load("cells", folder)
    header = "outcome,borough,year,children,total,events,percent,source\n"
    (folder / "cells.csv").write_text(header, encoding="utf-8")
    with pytest.raises(InputError, match="no rows below the header"):
        load("cells", folder)


def test_file_that_is_not_utf_8(folder: Path) -> None:
    path = folder / "cells.csv"
    path.write_bytes(path.read_bytes().replace(b"Southend", b"South\xe9nd", 1))
    first = path.read_bytes()[: path.read_bytes().index(b"\xe9")].count(b"\n") + 1
    with pytest.raises(InputError, match=rf"cells\.csv, line {first}: is not UTF-8 text"):
        load("cells", folder)


def test_unclosed_quote(folder: Path) -> None:
    rewrite(folder, '"2020 report, Table 13"\n', '"2020 report, Table 13\n')
    with pytest.raises(InputError, match=r"cells\.csv, line \d+"):
        load("cells", folder)


def test_spreadsheet_copy_with_mark_blank_line_and_crlf_loads(folder: Path) -> None:
    path = folder / "cells.csv"
    text = path.read_text(encoding="utf-8").replace("\n", "\r\n") + "\r\n"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load("cells", folder).equals(load("cells"))


def test_unknown_table_lists_the_known() -> None:
    with pytest.raises(InputError, match=r"'cell': use one of cells, coefficients"):
        load("cell")
