"""What a script's comments say may be changed can be changed as they say it."""

import importlib.util
import inspect
import re

import pytest
from places import ROOT

from mp_bayes.commands import terminal

SCRIPT = ROOT / "models" / "outcome.py"
TEXT = SCRIPT.read_text(encoding="utf-8")
#: A choice of `fit`, its usual value, and what its comment names besides.
CHOICES = [
    (name, other.strip().partition(":")[0])
    for name, comment in re.findall(r"^    (\w+): \w+ = \S+,  # (.*)$", TEXT, re.MULTILINE)
    for other in comment.split(";")
]
#: Lines that a comment gives as examples.
LINES = re.findall(r"# .*for instance (.+)$", TEXT, re.MULTILINE)


class Built(Exception):
    """The model was built, and would be sampled now."""


@pytest.fixture
def script(monkeypatch):
    """Return the script as a module, which stops where it would sample."""
    made = importlib.util.spec_from_file_location("outcome_script", SCRIPT)
    module = importlib.util.module_from_spec(made)
    made.loader.exec_module(module)

    def stop(model, **_):
        raise Built(model)

    monkeypatch.setattr(module, "sample", stop)
    monkeypatch.setattr(terminal.console, "_width", 80)
    return module


def test_the_comments_name_choices():
    assert ("shape", "student") in CHOICES
    assert ("alone", "True") in CHOICES
    assert len(CHOICES) >= 7
    assert len(LINES) == 1


@pytest.mark.parametrize(("name", "value"), CHOICES)
def test_a_choice_builds_a_model(script, capsys, name, value):
    usual = inspect.signature(script.fit).parameters[name].default
    chosen = value == "True" if isinstance(usual, bool) else value
    assert chosen != usual
    with pytest.raises(Built):
        script.fit("rereferral", "example", **{name: chosen})
    printed = capsys.readouterr().out
    assert "Northtown" in printed
    assert max(map(len, printed.splitlines())) <= 80


@pytest.mark.parametrize("line", LINES)
def test_an_example_line_changes_a_prior(script, line):
    priors = {}
    exec(line, {**vars(script), "priors": priors})
    assert str(priors["sd_effect"]) == "0.5"


def test_another_shape_and_no_pooling_are_another_model(script):
    made = set()
    for choice in ({}, {"shape": "student"}, {"alone": True}):
        with pytest.raises(Built) as built:
            script.fit("rereferral", "example", **choice)
        (model,) = built.value.args
        made.add(_data(model))
    assert len(made) == 3


def _data(model):
    """Return the model's tabulated priors: what its shape and pooling change."""
    values = [one.get_value() for one in model.data_vars]
    return tuple(round(float(abs(value).sum()), 6) for value in values)
