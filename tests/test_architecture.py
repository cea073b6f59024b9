"""ARCHITECTURE.md names every module, and every module that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mp_bayes"


def _named() -> set[str]:
    table = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("## Rooms")[1]
    return set(re.findall(r"`[\w/]*?(\w+\.py)`", table.split("## Decisions")[0]))


def test_every_module_is_named_and_every_named_module_exists():
    modules = {path.name for path in SOURCE.rglob("*.py") if path.name != "__init__.py"}
    assert modules == _named()


def test_modules_stay_small():
    long = {
        path.name: lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert not long
