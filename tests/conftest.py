"""Shared by all tests."""

import contextlib
import io
import json
import os
import sys
from pathlib import Path

import pytest
from places import SHARED

# Before anything imports NumPy or Numba. Two workers are two cores' work, so each has one thread of
# linear algebra; and each keeps its own compiled functions, since Numba does not lock its files.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).parents[1] / ".pytest_cache" / "numba" / WORKER)

#: Fixtures that rooms share: copies of the published tables, official files, made-up results.
pytest_plugins = ["published_tables", "official_files", "report_pages", "event_studies"]

JAGS_PRIORS = """
[default]
level_mean = -1.5
sd_borough = 0.7
mean_effect = 0
sd_effect = 0.5

[default.years.free]
sd_year = 0.3

[default.shock.within-study]
sd_shock = { distribution = "HalfNormal", sigma = 0.2 }
rho = 0

[cin_rereferral_12m]
design_effect = 1
"""
# The longest modules, longest first: a worker takes one module after another, and ends late if its
# last is long.
FIRST = [
    "test_pages",
    "test_panel",
    "test_runner",
    "test_faults",
    "test_own_study",
    "test_cli",
    "test_coverage",
    "test_report",
    "test_figures",
]
JAGS = Path(__file__).parent / "reference" / "jags"


@pytest.fixture
def shared() -> Path:
    """Folder with source reports, reference results and official files, where it is present."""
    if not SHARED.exists():
        pytest.skip(
            "../shared is not here: the source reports and reference results are not committed"
        )
    return SHARED


@pytest.fixture
def jags():
    """Return the JAGS reference's summaries: see tests/reference/README.md."""
    return json.loads((JAGS / "cin_rereferral_12m.json").read_text(encoding="utf-8"))


@pytest.fixture
def jags_priors(tmp_path):
    """Return the priors of the JAGS reference."""
    from studied import STUDY

    from mp_bayes.priors import load_priors

    path = tmp_path / "jags_priors.toml"
    path.write_text(JAGS_PRIORS)
    return load_priors(STUDY, path)


@pytest.fixture
def mine(tmp_path):
    """Return a function that writes a user's prior file."""

    def write(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def mp_bayes():
    """Run the command line in this process; return (status, printed, complained)."""
    from mp_bayes.commands import main

    def run(*arguments: str):
        printed, complained = io.StringIO(), io.StringIO()
        with (
            pytest.MonkeyPatch.context() as patch,
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(complained),
        ):
            patch.setattr(sys, "argv", ["mp-bayes", *arguments])
            with pytest.raises(SystemExit) as ended:
                main.main()
        return ended.value.code, printed.getvalue(), complained.getvalue()

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first."""
    place = {name: number for number, name in enumerate(FIRST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(FIRST)))
