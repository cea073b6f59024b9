"""Progress where the output is no terminal: a line now and then, and none for what is quick."""

import re

import pytest

from mp_bayes.commands import terminal


@pytest.fixture
def clock(monkeypatch):
    """Set the time."""
    now = [100.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_a_quick_job_prints_nothing(clock, capsys):
    with terminal.progress() as bar:
        update = terminal.updater(bar, "Starting")
        for done in range(5):
            clock(1.9)
            update("Working", done, 5)
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_a_line_at_most_every_ten_seconds_says_how_far_and_how_long(clock, capsys):
    with terminal.progress(counts=False) as bar:
        update = terminal.updater(bar, "Starting")
        for second in range(1, 301):
            clock(1.0)
            update("Working", second, 400.0)
        clock(10.0)
        update("Ending", 400.0, 400.0)
        clock(10.0)
        update("Of unknown length", 0.0, 0.0)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 32
    # Ten seconds in, 390 of 400 remain, but as yet that says little.
    assert lines[0] == "Working: 2%"
    assert lines[9] == "Working: 25%, about 5 min left"
    assert lines[29] == "Working: 75%, about 100 s left"
    assert lines[30:] == ["Ending: 100%", "Of unknown length"]
    # No control characters: it may be a file.
    assert not re.search(r"[^\x20-\x7e]", "".join(lines))
