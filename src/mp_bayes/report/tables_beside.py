"""The tables of a page, written beside it."""

from pathlib import Path

import pandas as pd

from mp_bayes.report.cells import guarded, plain
from mp_bayes.report.page import Page
from mp_bayes.report.workbook import sheet_name, write_workbook


def write_tables(folder: Path, page: Page, *, source: str, command: str) -> None:
    """Write `tables/NAME.csv` for each table of a page, `tables/index.csv`, and `tables.xlsx`.

    Parameters
    ----------
    folder : Path
        Where the page is written.
    page : Page
    source : str
        Where the data come from, for tables that do not say so themselves.
    command : str
        As it was typed.
    """
    (folder / "tables").mkdir()
    for name, table in page.tables.items():
        _write(folder / "tables" / f"{name}.csv", table.columns, table.rows)
    index = [
        [name, sheet_name(place), table.caption, table.note, table.source or source]
        for place, (name, table) in enumerate(page.tables.items(), start=1)
    ]
    columns = ["name", "worksheet", "caption", "note", "source"]
    _write(folder / "tables" / "index.csv", columns, index)
    write_workbook(folder / "tables.xlsx", page, source=source, command=command)


def _write(path: Path, columns: list[str], rows: list[list[str]]) -> None:
    """Write text as the page shows it, but for what a spreadsheet would work out."""
    headings, *lines = [[guarded(plain(cell)) for cell in row] for row in (columns, *rows)]
    # With a byte order mark: without it Excel reads signs and accents wrongly.
    pd.DataFrame(lines, columns=headings).to_csv(path, index=False, encoding="utf-8-sig")
