"""What is typed: help, version, completion, lists, and what is told of what is misspelt."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import typer.main

from mp_bayes.commands.cli import app
from mp_bayes.evidence.official.measures import MEASURES


def commands(group=None, path=()):
    """Yield the words of every command."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        yield (*path, name)
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_help_has_a_short_name(mp_bayes, words):
    status, printed, _ = mp_bayes(*words, "-h")
    assert (status, printed) == (0, mp_bayes(*words, "--help")[1])
    assert "Usage: mp-bayes" in printed


def test_the_version(mp_bayes):
    assert mp_bayes("--version")[:2] == (0, f"mp-bayes {version('mp-bayes')}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--seed", "x"], ["'--seed'", "must be a whole number (given: 'x')"]),
        (["run", "--seed", "-4"], ["must be at least 0", "Try mp-bayes run --help"]),
        (["run", "--sede", "4"], ["did you mean --seed"]),
        (["run", "--study", "exmple"], ["did you mean example?", "mp-bayes new"]),
        (["rnu"], ["Did you mean", "'run'", "mp-bayes --help"]),
        (["fit", "--window", "much"], ["must be a number"]),
        (["fit", "cin_rereferal_12m"], ["did you mean cin_rereferral_12m"]),
        (["fit", "--engine", "nutz"], ["unknown engine", "did you mean nuts"]),
        (["plan", "--workers", "0"], ["must be at least 1"]),
        (["plan", "--replicates", "9999999"], ["must be at most 1000000"]),
        (["plan", "--max-post-years", "0"], ["max_post_years", "must be at least 1"]),
        (["plan", "--kind", "londn"], ["did you mean Inner London or Outer London"]),
        (["plan", "--baseline", "x"], ["must be a number"]),
        (["panel", "fit", "--data", ".", "--measure", "rerefferal"], ["did you mean rereferral"]),
        (["list", "outcmes"], ["did you mean outcomes"]),
        (["list", "authorities"], ["--data"]),
    ],
)
def test_what_is_misspelt_is_told_in_plain_words(mp_bayes, monkeypatch, tmp_path, arguments, words):
    monkeypatch.chdir(tmp_path)
    status, _, complained = mp_bayes(*arguments)
    assert (status, complained.count("\n")) == (2, 1)
    for word in words:
        assert word in complained
    # Pydantic's own.
    assert "Input should" not in complained
    assert "valid" not in complained.replace("Invalid value", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("treated_boroughs = 1.5", "treated_boroughs: must be a whole number"),
        ("cell_size = '9'", "cell_size: must be a number"),
        ("effect_scale = 'odds'", "effect_scale: must be one of 'response' or 'ratio'"),
        ("tretaed_boroughs = 1", "did you mean treated_boroughs"),
        ("[plan]\nroll_out = ['often']", "must be a whole number or must be one of 'at-once'"),
        ("[plan]\nin_depth = 3", "in_depth: must be true or false"),
        ("[plan]\ntargit = 3", "targit: unknown; did you mean target"),
    ],
)
def test_a_scenario_file_is_told_in_plain_words(mp_bayes, monkeypatch, tmp_path, toml, words):
    monkeypatch.chdir(tmp_path)
    Path("s.toml").write_text(toml)
    status, _, complained = mp_bayes("plan", "--scenario", "s.toml")
    assert (status, complained.count("\n")) == (2, 1)
    assert words in complained


@pytest.mark.parametrize("given", ["CIN-Rereferral 12m", "CIN_REREFERRAL_12M"])
def test_an_outcome_is_known_however_it_is_written(mp_bayes, tmp_path, given):
    status, _, complained = mp_bayes(
        "fit", given, "--priors", "none.toml", "--out", str(tmp_path / "out")
    )
    # The outcome was found: it is the priors that are not.
    assert (status, "none.toml" in complained) == (2, True)


def test_lists_have_what_other_commands_take(mp_bayes, made_up):
    status, printed, _ = mp_bayes("list", "measures")
    assert status == 0
    assert all(name in printed for name in MEASURES)
    assert "cla_placement_moves" in mp_bayes("list", "outcomes")[1]
    assert "rereferral" in mp_bayes("list", "outcomes", "--study", "example")[1]
    assert "motivational_practice" in mp_bayes("list", "studies")[1]
    assert "Inner London" in mp_bayes("list", "kinds")[1]
    printed = mp_bayes("list", "authorities", "--data", str(made_up))[1]
    assert {"Islington", "Borough 3"} <= set(printed.splitlines())


def completed(*words: str) -> list[str]:
    """Return what a shell is offered for the last word."""
    done = subprocess.run(
        [sys.executable, "-m", "mp_bayes"],
        env=os.environ
        | {
            "_MP_BAYES_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(words),
            "COMP_CWORD": str(len(words) - 1),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_a_shell_completes_commands_and_names():
    assert completed("mp-bayes", "pl") == ["plan"]
    assert completed("mp-bayes", "fit", "cla") == [
        "cla_placement_moves",
        "cla_residential_placements",
    ]
    assert completed("mp-bayes", "fit", "--study", "example", "re") == ["rereferral"]
    assert completed("mp-bayes", "fit", "--study", "nowhere", "re") == []
    assert completed("mp-bayes", "panel", "fit", "--measure", "res") == ["residential"]
    assert completed("mp-bayes", "run", "--study", "fam") == ["family_safeguarding"]


@pytest.mark.skipif(os.name != "posix", reason="writes for bash")
def test_completion_is_installed_below_the_home(tmp_path):
    command = [sys.executable, "-m", "mp_bayes", "--install-completion", "bash"]
    home = os.environ | {"HOME": str(tmp_path)}
    done = subprocess.run(command, env=home, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    script = (tmp_path / ".bash_completions" / "mp-bayes.sh").read_text()
    assert "_MP_BAYES_COMPLETE=complete_bash" in script
