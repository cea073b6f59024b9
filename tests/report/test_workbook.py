"""The workbook of a page's tables, read back; and the CSV files beside it."""

import datetime
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from report_pages import FACTS
from studied import STUDY
from synthetic_planning import PLAN_FACTS, make_plan
from tables_beside import captions_in

from mp_bayes.report import build_report, write_tables
from mp_bayes.report.page import Page
from mp_bayes.report.plan_page import build_plan_page
from mp_bayes.wording.table import NBSP, Table

MINUS = "\N{MINUS SIGN}"
NAMES = [
    'St. "Mary\'s", North',
    "A < B & C > D",
    "[Ash](bourne)",
    "$$x$$",
    "東京",
    "=1+1",
    "-5",
    "+7",
]
ODD = Table(
    "Boroughs <as they are called>, 'percent'",
    ["Borough", "=Share", "Note"],
    [[name, f"{MINUS}1.5 ({MINUS}2.0{NBSP}to{NBSP}12,000.0)", ""] for name in NAMES],
    "A note & <more>.",
    source="somebody's file",
)
EMPTY = Table("Nothing was found", ["Figure", "Published"])
LEAD = ("Cover", "Contents", "Notes")


@pytest.fixture(scope="module")
def pages(whole_tables) -> dict[str, Page]:
    """Return the report and a plan's page, of invented results, and a page of odd tables."""
    tables = {name: table.copy() for name, table in whole_tables.items()}
    odd = Page()
    odd.heading, odd.tables = "Odd & <rare>", {"odd": ODD, "empty": EMPTY}
    return {
        "report": build_report(tables, (), FACTS, STUDY),
        "plan": build_plan_page(make_plan(), (), PLAN_FACTS),
        "odd": odd,
    }


@pytest.fixture(scope="module")
def written(pages, tmp_path_factory) -> dict[str, Path]:
    folders = {}
    for name, page in pages.items():
        folders[name] = tmp_path_factory.mktemp(name)
        write_tables(folders[name], page, source="the report of 2020", command="mp-bayes run")
    return folders


def sheets(folder: Path):
    book = openpyxl.load_workbook(folder / "tables.xlsx")
    return book, [book[name] for name in book.sheetnames if name not in LEAD]


def as_shown(cell) -> str:
    """Write a cell as a spreadsheet shows it, by its number format; nothing for [z]."""
    if cell.data_type == "s":
        return "" if cell.value == "[z]" else cell.value
    plus, pound, comma, decimals, percent = re.fullmatch(
        r'(\+?)("£")?(#,##)?0(?:\.(0+))?(%?)', cell.number_format
    ).groups()
    value = 100 * cell.value if percent else cell.value
    digits = f"{abs(value):{',' if comma else ''}.{len(decimals or '')}f}"
    sign = MINUS if value < 0 else plus
    return f"{sign}{'£' if pound else ''}{digits}{percent}"


def lines_of(sheet) -> tuple[list[str], list[list[str]]]:
    """Return a sheet's table as the page has it: intervals in one cell."""
    ((_, where),) = sheet.tables.items()
    head, *rows = sheet[where]
    headings, lines = [], [[] for _ in rows]
    for place, heading in enumerate(cell.value for cell in head):
        base, _, part = heading.rpartition(": ")
        ends = part if part in ("lower end", "upper end", "plus or minus") else ""
        new = not ends or (ends == "lower end" and base not in headings)
        if new:
            headings.append(base if ends else heading)
        for line, row in zip(lines, rows, strict=True):
            shown = as_shown(row[place])
            if new:
                line.append(shown)
            elif shown:
                form = {"lower end": "{} ({}", "upper end": "{} to {}", "plus or minus": "{} ± {}"}
                line[-1] = form[ends].format(line[-1], shown)
                line[-1] += ")" if ends == "upper end" and "(" in line[-1] else ""
    return headings, lines


@pytest.mark.parametrize("name", ["report", "plan", "odd"])
def test_the_workbook_holds_what_the_page_shows(pages, written, name):
    _, found = sheets(written[name])
    assert len(found) == len(pages[name].tables) > 1
    for sheet, table in zip(found, pages[name].tables.values(), strict=True):
        headings, lines = lines_of(sheet)
        assert headings == table.columns
        rows = [[cell.replace(NBSP, " ") for cell in row] for row in table.rows]
        assert lines == (rows or [[""] * len(table.columns)])


@pytest.mark.parametrize("name", ["report", "plan"])
def test_every_table_of_the_page_has_its_files(pages, written, name):
    captions = captions_in(pages[name])
    index = pd.read_csv(written[name] / "tables" / "index.csv", keep_default_na=False)
    assert index["caption"].tolist() == captions
    files = {path.stem for path in (written[name] / "tables").iterdir()} - {"index"}
    assert files == set(index["name"])
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", file) for file in files)
    _, found = sheets(written[name])
    assert [sheet["A1"].value.partition(" [note ")[0] for sheet in found] == captions


def test_a_file_holds_the_text_of_the_page(pages, written):
    for name, table in pages["report"].tables.items():
        file = written["report"] / "tables" / f"{name}.csv"
        read = pd.read_csv(file, dtype=str, keep_default_na=False)
        assert list(read.columns) == table.columns
        # Some cells of the audit begin with a plus and words.
        rows = [[cell.removeprefix("'") for cell in row] for row in read.to_numpy().tolist()]
        assert rows == [[cell.replace(NBSP, " ") for cell in row] for row in table.rows]


def test_names_survive_and_are_no_formulas(written):
    _, (odd, _) = sheets(written["odd"])
    assert [row[0].value for row in odd[odd.tables["table_odd"].ref]][1:] == NAMES
    assert {cell.data_type for row in odd for cell in row} == {"s", "n"}
    assert not any(cell.hyperlink for row in odd for cell in row)
    read = pd.read_csv(written["odd"] / "tables" / "odd.csv", dtype=str)
    assert list(read.columns) == ["Borough", "'=Share", "Note"]
    marked = [f"'{name}" if name[0] in "=-+" else name for name in NAMES]
    # What reads as a number with a plus is left: estimates are written so.
    assert read["Borough"].tolist() == [*marked[:-1], "+7"]
    assert [cell.value for cell in odd[7]][1:] == [-1.5, -2, 12000, "[z]"]


@pytest.mark.parametrize("name", ["report", "plan", "odd"])
def test_sheets_are_as_the_guidance_wants_them(pages, written, name):
    book, found = sheets(written[name])
    assert book.sheetnames[:3] == list(LEAD)
    assert book["Cover"]["A1"].value == pages[name].heading
    assert "mp-bayes run" in " ".join(cell.value for cell in book["Cover"]["A"])
    contents = [[cell.value for cell in row] for row in book["Contents"].iter_rows(min_row=4)]
    assert [row[0] for row in contents] == [sheet.title for sheet in found]
    assert [row[2] for row in contents] == [f"{one}.csv" for one in pages[name].tables]
    links = [row[0].hyperlink.location for row in book["Contents"].iter_rows(min_row=4)]
    assert links == [f"'{sheet.title}'!A1" for sheet in found]
    notes = {row[0].value: row[1].value for row in book["Notes"].iter_rows(min_row=4)}
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert all(any(cell.value is not None for cell in row) for row in sheet)
        assert len(sheet.tables) == (sheet.title != "Cover")
    for sheet, table in zip(found, pages[name].tables.values(), strict=True):
        title, _, note = sheet["A1"].value.partition(" [")
        assert title == table.caption
        assert notes.get(note.removesuffix("]"), "") == table.note
        above = [cell.value for cell in sheet["A"]]
        assert f"Source: {table.source or 'the report of 2020'}." in above
        assert any(str(line).startswith("Units: ") for line in above)
        ((_, where),) = sheet.tables.items()
        cells = [cell for row in sheet[where] for cell in row]
        assert all(cell.value is not None for cell in cells)
        assert ("[z]" in [cell.value for cell in cells]) == any("[z]" in str(a) for a in above[:6])


def test_the_same_results_are_the_same_bytes(pages, written, tmp_path):
    write_tables(tmp_path, pages["report"], source="the report of 2020", command="mp-bayes run")
    first, second = (folder / "tables.xlsx" for folder in (written["report"], tmp_path))
    assert first.read_bytes() == second.read_bytes()
    # Whenever it was written.
    created = openpyxl.load_workbook(first).properties.created
    assert created == datetime.datetime(1980, 1, 1)
    with zipfile.ZipFile(first) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_report_of_forty_tables_is_small(pages, written):
    assert len(pages["report"].tables) >= 40
    assert (written["report"] / "tables.xlsx").stat().st_size < 300_000


def overlapping(pdf: Path) -> list[tuple[str, str]]:
    """Return the pairs of words of a page that are printed over each other."""
    done = subprocess.run(
        ["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True
    )
    word = re.compile(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>')
    found = []
    for page in done.stdout.split("<page ")[1:]:
        words = [(*map(float, one[:4]), one[4]) for one in word.findall(page)]
        for place, (left, top, right, bottom, text) in enumerate(words):
            for left2, top2, right2, bottom2, other in words[place + 1 :]:
                across = min(right, right2) - max(left, left2)
                # A box is higher than its letters, so boxes of two lines may touch.
                down = min(bottom, bottom2) - max(top, top2)
                if across > 0.5 and down > 0.4 * min(bottom - top, bottom2 - top2):
                    found.append((text, other))
    return found


def test_libreoffice_opens_it(written, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (no soffice): the workbook is not opened by it")
    done = subprocess.run(
        [
            *(office, "--headless", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"),
            *("--convert-to", "pdf", "--outdir", str(tmp_path)),
            str(written["report"] / "tables.xlsx"),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tables.pdf").read_bytes().startswith(b"%PDF")
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed: whether words overlap is not looked at")
    assert overlapping(tmp_path / "tables.pdf") == []
