"""ARCHITECTURE.md names every module by its path; imports go one way; modules stay small."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import ROOT

SOURCE = ROOT / "src" / "mp_bayes"


def _named() -> set[str]:
    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## Rooms")[1]
    rows = re.findall(r"^\| `([\w/.]+)` \| (.*) \|$", table.split("## Decisions")[0], re.MULTILINE)
    return {
        (Path(room) / name).as_posix()
        for room, text in rows
        for name in re.findall(r"`([\w/]+\.py)`", text)
    }


def test_every_module_is_named_and_every_named_module_exists():
    modules = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert modules == _named()


def test_modules_stay_small():
    long = {
        path.name: lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check a copy of the source by the project's contracts."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        check=False,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(SOURCE, tmp_path / "src" / "mp_bayes")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_go_one_way(copy: Path):
    checked = _lint(copy)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("module", "wrong"),
    [
        # A room above, also from inside a function; a circle; a room without a place.
        ("models/cells.py", "from mp_bayes.figures import chart"),
        ("estimands/costs.py", "def late():\n    from mp_bayes.report import page"),
        ("reanalysis/task.py", "from mp_bayes.reanalysis import pipeline"),
        ("attic/__init__.py", ""),
    ],
)
def test_a_wrong_import_is_found(copy: Path, module: str, wrong: str):
    path = copy / "src" / "mp_bayes" / module
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write(f"\n{wrong}\n")
    assert _lint(copy).returncode == 1
