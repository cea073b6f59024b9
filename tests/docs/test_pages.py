"""The documentation is built without a warning: its links and docstrings, and every page run."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from places import ROOT

pytestmark = pytest.mark.skipif(
    find_spec("sphinx") is None, reason="Sphinx is not here: `uv sync --group docs` installs it"
)


def build(out, *options):
    """Build the pages into a folder, with warnings as errors; return what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", *options, "docs", out],
        check=False,
        cwd=ROOT,
        # The compiled functions of an earlier run are there; a test's own would be made anew.
        env={name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_links_citations_and_docstrings_are_sound(tmp_path):
    # Pages that are not run do not say which language their cells are in.
    unread = ["-D", "nb_execution_mode=off", "-D", "suppress_warnings=myst-nb.lexer"]
    build(tmp_path / "html", *unread)
    methods = (tmp_path / "html" / "methods.html").read_text(encoding="utf-8")
    assert "10.1162/rest.89.2.221" in methods


@pytest.mark.nightly
def test_every_page_runs(tmp_path):
    build(tmp_path / "html")
    page = (tmp_path / "html" / "methodologist.html").read_text(encoding="utf-8")
    assert 'alt="Interval chart of the effect' in page
    assert "Traceback" not in page
