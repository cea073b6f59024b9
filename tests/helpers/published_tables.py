"""Share a copy of the study with its tables that a test may spoil, and the reports' text."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from places import SHARED

from mp_bayes.audit.tables import PUBLISHED

SEEDS = SHARED / "seeds"


@pytest.fixture
def study_folder(tmp_path: Path) -> Path:
    """Return a folder with a copy of the study, its tables in `tables/`."""
    copy = tmp_path / "study"
    shutil.copytree(PUBLISHED.parent, copy)
    return copy


@pytest.fixture
def folder(study_folder: Path) -> Path:
    """Return a folder with a copy of every published table."""
    return study_folder / PUBLISHED.name


@pytest.fixture
def edit(folder: Path) -> Callable[..., int]:
    """Return a function that changes one cell and returns its line number in the file."""

    def change(name: str, where: dict[str, str], column: str, value: str) -> int:
        path = folder / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        matching = [i for i, row in enumerate(rows) if where.items() <= row.items()]
        assert len(matching) == 1, f"{where} selects {len(matching)} rows of {name}.csv"
        rows[matching[0]][column] = value
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return matching[0] + 2

    return change


def _report(name: str) -> str:
    path = SEEDS / name
    if not path.exists():
        pytest.skip(f"the report's text is not here: {name}")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def report_2020() -> str:
    """Return the text of the 2020 report."""
    return _report("motivational_practice_2020.txt")


@pytest.fixture(scope="session")
def report_2017() -> str:
    """Return the text of the 2017 report."""
    return _report("doing_what_counts_2017.txt")
