"""Whatever people are told to type exists; what is quick is run.

A page's own cells are run when the page is built: see test_pages.py.
"""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
import typer.main
from places import RESULTS, ROOT
from shell_blocks import DOCUMENTS, EVERY, LONG, OURS, fences, quick

from mp_bayes.commands.cli import app
from mp_bayes.wording.quotable import reference

#: Commands that are parsed here, each with its reason; test_long_commands.py runs them, nightly.
ONLY_PARSED = {
    "run": "the whole re-analysis: minutes on both cores",
    "plan": "a minute or more; the analyst's page runs two small ones",
    "app": "serves until it is ended; tests/app runs it too",
    "panel": "needs official files, which are not committed",
    "verify": "works results out again; tests/commands/test_verify.py has the short form",
    "check": "a quarter of a minute each; tests/checks runs them too",
    "fit": "without the Laplace engine: compiles a model and samples it",
}


# What several documents say is run once.
RUN = list(
    {str(line).split(": ")[-1]: line for line in OURS if quick(line) and not line.executed}.values()
)


@pytest.fixture(scope="module")
def commands():
    """Return the command line, on which nothing is done but parsing."""

    def disarm(command):
        for one in getattr(command, "commands", {}).values():
            disarm(one)
        command.callback = lambda **_: None
        return command

    return disarm(typer.main.get_command(app))


def test_there_are_commands_in_every_kind_of_document():
    assert {line.document for line in OURS} >= {"README.md", "docs/index.md", "docs/analyst.md"}


@pytest.mark.parametrize("line", OURS, ids=str)
def test_its_options_exist(commands, line):
    commands.main(list(line.words[1:]), standalone_mode=False)


def test_what_is_not_run_has_its_reason():
    assert {line.words[1] for line in LONG} == set(ONLY_PARSED)


def test_an_option_that_does_not_exist_is_found(commands):
    with pytest.raises(Exception, match="--engin"):
        commands.main(["fit", "cin_rereferral_12m", "--engin", "laplace"], standalone_mode=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder like the repository's, with the files that commands take from others."""
    path = tmp_path_factory.mktemp("repository")
    (path / "results").symlink_to(RESULTS)
    return path


@pytest.mark.parametrize("line", RUN, ids=str)
def test_what_is_quick_runs(mp_bayes, monkeypatch, folder, line):
    monkeypatch.chdir(folder)
    Path("mine.toml").unlink(missing_ok=True)
    if "mine.toml" in line.words and line.words[1] != "priors":
        assert mp_bayes("priors", "--out", "mine.toml")[0] == 0
    status, printed, complained = mp_bayes(*line.words[1:])
    assert (status, complained.count("mp-bayes:")) == (0, 0)
    assert printed


@pytest.mark.parametrize("line", [line for line in EVERY if line not in OURS], ids=str)
def test_other_commands_name_what_is_there(line):
    first, *rest = line.words
    if first == "python":
        compile((ROOT / rest[0]).read_text(encoding="utf-8"), rest[0], "exec")
    elif first == "make":
        assert re.search(rf"^{rest[0]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    elif first == "pytest":
        assert all((ROOT / word).exists() for word in rest if word.startswith("tests/"))
    else:
        assert first in ("pip", "uv", "uvx")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_block_goes_unchecked(document):
    """A block is typed in a shell, or executed by the build, or holds no code."""
    known = {"shell", "text", "{code-cell}", "{toctree}", "{include}", "{literalinclude}"}
    assert {kind for kind, _ in fences(document)} <= known | {"{eval-rst}", "{bibliography}"}


def test_the_makefile_has_four_targets():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets == ["install", "check", "test", "docs"]


def test_hooks_call_what_make_check_calls():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    checks = makefile.split("check:\n")[1].split("\n\n")[0]
    called = [line.strip() for line in checks.splitlines()]
    entries = [f"uv run {entry}" for entry in re.findall(r"entry: uv run (.+)", hooks)]
    assert entries == called
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert set(called) <= set(ci)


def test_how_to_cite_is_said_as_in_the_citation_file():
    written = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    file, preferred = (
        dict(
            re.findall(
                r'^[ -]*(title|type|name|version|year|notes): "?([^"\n]+)', part, re.MULTILINE
            )
        )
        for part in written.partition("\nreferences:")[0].split("\npreferred-citation:")
    )
    for field in ("title", "type", "name", "version"):
        assert file[field] == preferred[field]
    assert file["version"] == version("mp-bayes")
    cited = reference(file["version"])
    assert cited == (
        f"{file['name']} ({preferred['year']}). {file['title']} (version {file['version']}, "
        f"{preferred['notes']}) [Computer software]."
    )
    assert cited in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    # No date without a release, and none is claimed.
    assert "date-released" not in written
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {file['version']} ({preferred['notes']})" in changes
