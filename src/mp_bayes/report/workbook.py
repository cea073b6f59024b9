"""A page's tables as one workbook.

It follows the Government Analysis Function's guidance "Releasing statistics in spreadsheets": a
cover, contents and notes, then a sheet for each table, from its title in A1 downwards, with no row
left out and no cells merged.
"""

import datetime
import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xlsxwriter

from mp_bayes.report.cells import columns_of, number_in, plain
from mp_bayes.report.page import Page
from mp_bayes.wording.table import Table

#: In every workbook the same: the same results are then the same bytes.
_CREATED = datetime.datetime(1980, 1, 1)
_NOTHING = "[z]"
_SHORTHAND = (
    f"Shorthand: {_NOTHING}, not applicable, where the page shows nothing, or words without an "
    "interval."
)
_UNITS = "Units: as the title, the column headings or the note say."
_A4 = 9
#: Widths in characters.
_NARROWEST, _WIDEST, _TEXT = 10, 45, 90
#: Height of a line in points, and of a title: not every program fits rows to wrapped text.
_LINE, _TITLE = 16.0, 22.0
#: A unit of a column's width is a digit; a letter is narrower, but hardly a bold one.
_BOLD = 0.9
#: Characters that a heading may have in a spreadsheet's table.
_HEADING = 255

Columns = list[tuple[str, list[str]]]


def sheet_name(place: int) -> str:
    """Name the sheet of a page's table, counted from 1."""
    return f"Table_{place}"


def write_workbook(path: Path, page: Page, *, source: str, command: str) -> None:
    """Write the tables of a page as a workbook.

    Parameters
    ----------
    path : Path
    page : Page
    source : str
        Where the data come from, for tables that do not say so themselves.
    command : str
        As it was typed.
    """
    notes = {note: place for place, note in enumerate(_notes(page), start=1)}
    # The library keeps what it is given of the font, and changes it: each workbook has its own.
    font = {"font_name": "Arial", "font_size": 12}
    options = {"in_memory": True, "default_format_properties": font}
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"title": page.heading, "created": _CREATED})
        sheets = _Sheets(book)
        sheets.cover(page, source, command)
        sheets.contents(page)
        sheets.notes(notes)
        for place, (name, table) in enumerate(page.tables.items(), start=1):
            sheets.one(sheet_name(place), name, table, source, notes)


def _notes(page: Page) -> dict[str, None]:
    """Return the notes in their order, each once."""
    return dict.fromkeys(plain(table.note) for table in page.tables.values() if table.note)


class _Sheets:
    """The sheets of a workbook, and the formats that they share."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}

    def cover(self, page: Page, source: str, command: str) -> None:
        sheet, _ = self._begin("Cover", page.heading, [])
        lines = [
            "The tables of a page, in its order and in its words, one on each worksheet. "
            "The worksheet Contents lists them; the worksheet Notes has what stands below them.",
            f"Source: {source}.",
            f"Made by mp_bayes {version('mp-bayes')}: {command}",
            "Numbers are rounded as on the page. Intervals that it shows in one cell are here in "
            "columns of their own.",
            _SHORTHAND,
        ]
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line, self._format(text_wrap=True, valign="top"))
            sheet.set_row(row, _height([(line, _TEXT)]))
        sheet.set_column(0, 0, _TEXT)

    def contents(self, page: Page) -> None:
        captions = [plain(table.caption) for table in page.tables.values()]
        names = [sheet_name(place) for place in range(1, len(captions) + 1)]
        files = [f"{name}.csv" for name in page.tables]
        sheet, row = self._begin("Contents", "Contents", ["This worksheet contains one table."])
        columns = [("Worksheet", names), ("Title", captions), ("File", files)]
        self._table(sheet, row, "contents", columns, text=1)
        link = self._format(underline=1, font_color="#0000FF", valign="top")
        for place, name in enumerate(names, start=1):
            sheet.write_url(row + place, 0, f"internal:'{name}'!A1", link, name)

    def notes(self, notes: dict[str, int]) -> None:
        sheet, row = self._begin("Notes", "Notes", ["This worksheet contains one table."])
        numbers = [f"note {number}" for number in notes.values()]
        self._table(sheet, row, "notes", [("Note", numbers), ("Text", list(notes))], text=1)

    def one(
        self, sheet_name: str, name: str, table: Table, source: str, notes: dict[str, int]
    ) -> None:
        """Write one table of the page."""
        columns = _divided(table)
        title, about = plain(table.caption), "This worksheet contains one table."
        if table.note:
            number = notes[plain(table.note)]
            title += f" [note {number}]"
            about += f" Note {number} is on the worksheet Notes."
        lines = [about, _UNITS, f"Source: {table.source or source}."]
        if any(not cell for _, cells in columns for cell in cells):
            lines.append(_SHORTHAND)
        sheet, row = self._begin(sheet_name, title, lines)
        self._table(sheet, row, name, columns)

    def _begin(self, name: str, title: str, lines: list[str]) -> tuple[Any, int]:
        """Add a sheet with its title and lines, and return it and the row where a table begins."""
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.write_string(0, 0, title, self._format(bold=True, font_size=16))
        sheet.set_row(0, _TITLE)
        for row, line in enumerate(lines, start=1):
            sheet.write_string(row, 0, line, self._format())
        return sheet, 1 + len(lines)

    def _table(
        self, sheet: Any, row: int, name: str, columns: Columns, *, text: int | None = None
    ) -> None:
        """Write a table, marked as one, with its headings in a row; its column `text` is wide."""
        heading = self._format(bold=True, text_wrap=True, valign="top", bottom=1)
        shown = [{"header": text[:_HEADING], "header_format": heading} for text, _ in columns]
        last = row + len(columns[0][1])
        # A bare name could be that of a cell.
        how = {"name": f"table_{name}", "columns": shown, "style": None, "autofilter": False}
        sheet.add_table(row, 0, last, len(columns) - 1, how)
        widths = [
            _TEXT if place == text else _width(*column) for place, column in enumerate(columns)
        ]
        texts = zip(*([heading, *cells] for heading, cells in columns), strict=True)
        for line, across in enumerate(texts, start=row):
            room = [width * (_BOLD if line == row else 1) for width in widths]
            sheet.set_row(line, _height(list(zip(across, room, strict=True))))
        for place, (_, cells) in enumerate(columns):
            numbers = [number_in(cell) for cell in cells]
            # A row's name that looks like a number is one if they all are.
            named = place == 0 and None in numbers
            for line, (cell, number) in enumerate(zip(cells, numbers, strict=True), start=row + 1):
                if number is None or named:
                    wrapped = self._format(text_wrap=True, valign="top")
                    sheet.write_string(line, place, cell or _NOTHING, wrapped)
                else:
                    value, shape = number
                    style = self._format(num_format=shape, valign="top")
                    sheet.write_number(line, place, value, style)
            sheet.set_column(place, place, widths[place])

    def _format(self, **properties: object) -> Any:
        """Return a format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]


def _divided(table: Table) -> Columns:
    """Return a table by columns, its intervals in columns of their own; the first as it is."""
    # A spreadsheet's table has at least one row.
    rows = [[plain(cell) for cell in row] for row in table.rows] or [[""] * len(table.columns)]
    first, *others = zip(
        table.columns, (list(cells) for cells in zip(*rows, strict=True)), strict=True
    )
    return [first, *(column for heading, cells in others for column in columns_of(heading, cells))]


def _width(heading: str, cells: list[str]) -> float:
    """Return a column's width: its longest cell or word of the heading fits, within bounds."""
    longest = max(map(len, (*cells, *heading.split())))
    return min(max(longest + 2, _NARROWEST), _WIDEST)


def _height(cells: list[tuple[str, float]]) -> float:
    """Return a row's height: all lines of each cell fit, given the width of its column."""
    lines = [len(textwrap.wrap(text, int(width))) for text, width in cells]
    return _LINE * max(1, *lines)
