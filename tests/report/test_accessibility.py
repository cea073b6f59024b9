"""Runs axe-core in Chromium on a whole page; skipped, with the reason, where either is missing.

To have it run: `npm install --prefix tests/report`, or set NODE_PATH to a folder that holds
axe-core and playwright-core.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from synthetic_planning import PLAN_FACTS, make_plan

from mp_bayes.figures import Chart
from mp_bayes.figures.planning import planning_charts
from mp_bayes.report.plan_page import build_plan_page

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def tools() -> tuple[str, str, str]:
    """Return Node.js, the browser and NODE_PATH; skip, before a page is made, where one lacks."""
    node = shutil.which("node")
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if node is None or browser is None:
        pytest.skip("axe-core was not run: Node.js or Chromium is not installed")
    folders = [str(HERE / "node_modules"), *os.environ.get("NODE_PATH", "").split(os.pathsep)]
    if not any((Path(one) / "axe-core").is_dir() for one in folders if one):
        pytest.skip("axe-core was not run: npm install --prefix tests/report first")
    return node, browser, os.pathsep.join(folders)


def run_axe(page: str, folder: Path, tools: tuple[str, str, str]) -> dict[str, Any]:
    node, browser, node_path = tools
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [node, str(HERE / "axe.cjs"), str(path), browser],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
        env={**os.environ, "NODE_PATH": node_path},
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_axe_finds_nothing(
    tables: dict[str, pd.DataFrame],
    drawn: list[Chart],
    make_page: Callable[..., str],
    tmp_path: Path,
    tools: tuple[str, str, str],
):
    # With an unusable fit, so that the notice and the marks are checked as well.
    for name in ("effects", "comparison", "trends", "costs", "diagnostics"):
        tables[name]["usable"] = ~tables[name]["outcome"].eq("cin_rereferral_12m")
    found = run_axe(make_page(tables, drawn), tmp_path, tools)
    assert found["violations"] == []
    assert found["overflow"] == []
    assert found["requests"] == []
    assert found["checked"] > 20


def test_axe_finds_nothing_on_a_plan(tmp_path: Path, tools: tuple[str, str, str]):
    plan, facts = make_plan(), {**PLAN_FACTS, "warnings": ["Invented results."]}
    found = run_axe(build_plan_page(plan, planning_charts(plan, facts), facts), tmp_path, tools)
    assert found["violations"] == []
    assert found["overflow"] == []
    assert found["requests"] == []
    assert found["checked"] > 20


def test_axe_would_find_something(report_page: str, tmp_path: Path, tools: tuple[str, str, str]):
    page = report_page.replace('lang="en-GB"', "").replace("color: #3d3d3d", "color: #bbb")
    found = run_axe(page, tmp_path, tools)
    assert any("html-has-lang" in violation for violation in found["violations"])
    assert any("color-contrast" in violation for violation in found["violations"])
