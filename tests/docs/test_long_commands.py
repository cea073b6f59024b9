"""The commands of the documents that take minutes, as they are written: nightly."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from places import RESULTS, ROOT
from shell_blocks import EVERY, LONG, Line

SCRIPTS = [line for line in EVERY if line.words[0] == "python"]
# What several documents say is run once.
EACH = list({str(line): line for line in (*LONG, *SCRIPTS)}.values())
SERVED = [line for line in EACH if line.words[1] == "app"]
COMMANDS = [line for line in EACH if line not in SERVED]

pytestmark = pytest.mark.nightly


def ours(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mp_bayes", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def before(line: Line) -> list[list[str]]:
    """Return the commands by which a reader has made the files that this one takes."""
    made = [["new", "my-study"]] if "my-study" in line.words else []
    if "mine.toml" in line.words and "--scenario" not in line.words:
        study = ["--study", "my-study"] if "my-study" in line.words else []
        made += [["priors", *study, "--out", "mine.toml"]]
    return made


@pytest.mark.parametrize("line", COMMANDS, ids=str)
def test_it_runs_as_written(tmp_path: Path, request: pytest.FixtureRequest, line: Line) -> None:
    if "DIR" in line.words:  # authorities by name: made-up files would not do
        (tmp_path / "DIR").symlink_to(request.getfixturevalue("official"))
    for folder in ("models", "simulations"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    kept = RESULTS if line.words[1] == "verify" else RESULTS / "panel"
    shutil.copytree(kept, tmp_path / kept.relative_to(ROOT))
    for words in before(line):
        assert ours(*words, cwd=tmp_path).returncode == 0
    if "--scenario" in line.words:
        (tmp_path / "mine.toml").write_text("sd_shock = 0.2\neffect = -8.0\n")
    first, *rest = line.words
    if first == "python":
        command = [sys.executable, *rest]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    else:
        done = ours(*rest, cwd=tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr[-2000:]
    assert done.stdout


@pytest.mark.parametrize("line", SERVED, ids=str)
def test_it_serves_as_written(tmp_path: Path, line: Line) -> None:
    for words in before(line):
        assert ours(*words, cwd=tmp_path).returncode == 0
    command = [sys.executable, "-m", "mp_bayes", *line.words[1:]]
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stdout is not None
        assert "in a browser" in server.stdout.readline()
        server.terminate()
