"""Tables at 80 columns; progress where the output is no terminal: a line now and then."""

import re

import pandas as pd
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


@pytest.fixture
def columns(monkeypatch):
    """Set the width of the terminal."""
    return lambda width: monkeypatch.setattr(terminal.console, "_width", width)


WIDE = pd.DataFrame(
    {
        "Which comparison boroughs": ["Southend-on-Sea and its ten statistical neighbours", "all"],
        "Simulated": ["70.0\xa0±\xa012.8", "75.5\xa0±\xa01.0"],
        "Mean (95% interval)": ["−0.66\xa0(−9.35\xa0to\xa06.17)", "1.0\xa0(0.5\xa0to\xa01.5)"],
        "Assurance": ["80.3\xa0±\xa00.3", "1.0\xa0±\xa00.1"],
    }
)


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40])
def test_no_word_is_broken_and_nothing_is_cut(columns, capsys, width):
    columns(width)
    terminal.print_table(WIDE, title="A title")
    printed = capsys.readouterr().out
    assert max(map(len, printed.splitlines())) <= width
    words = {word for cell in [*WIDE.columns, *WIDE.to_numpy().ravel()] for word in cell.split()}
    for word in words:
        assert re.search(rf"(?<!\S){re.escape(word)}[:;]?(?!\S)", printed), word
    # In a table an interval stands on one line; only below that width do rows become paragraphs.
    if width >= 80:
        for cell in WIDE["Mean (95% interval)"]:
            assert cell in printed
        assert "────" in printed
