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


def test_every_page_runs_without_a_warning(tmp_path):
    out = tmp_path / "html"
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-E", "-W", "--keep-going", "docs", str(out)],
        check=False,
        cwd=ROOT,
        # The compiled functions of an earlier run are there; a test's own would be made anew.
        env={name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "10.1162/rest.89.2.221" in (out / "methods.html").read_text(encoding="utf-8")
    page = (out / "methodologist.html").read_text(encoding="utf-8")
    assert 'alt="Interval chart of the effect' in page
    assert "Traceback" not in page
