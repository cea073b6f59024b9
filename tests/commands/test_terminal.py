"""Tables at 80 columns; progress where the output is no terminal: a line now and then."""

import io
import re
import time

import pandas as pd
import pytest

from mp_bayes.commands import progress, terminal


@pytest.fixture
def clock(monkeypatch):
    """Set the time."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_a_quick_job_prints_nothing(clock, capsys):
    with progress.progress() as bar:
        update = progress.updater(bar, "Starting")
        for done in range(5):
            clock(1.9)
            update("Working", done, 5)
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


def test_a_line_at_most_every_ten_seconds_says_how_far_and_how_long(clock, capsys):
    with progress.progress(counts=False) as bar:
        update = progress.updater(bar, "Starting")
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
    assert lines[0] == "Working: 2%, time left not known yet"
    assert lines[9] == "Working: 25%, about 5 min left"
    assert lines[29] == "Working: 75%, about 100 s left"
    assert lines[30:] == ["Ending: 100%", "Of unknown length"]
    # No control characters: it may be a file.
    assert not re.search(r"[^\x20-\x7e]", "".join(lines))


def test_a_long_part_says_that_it_is_at_work(clock, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_LOOK", 0.01)
    printed = ""
    with progress.progress() as bar:
        update = progress.updater(bar, "Starting")
        update("Fitting", 1, 4)
        clock(61.0)
        until = time.perf_counter() + 20.0
        while not printed and time.perf_counter() < until:
            time.sleep(0.02)
            printed += capsys.readouterr().err
    assert printed == "Fitting: 25%: still at work, for about 61 s\n"
    # And no more once it is over.
    clock(500.0)
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


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


def test_a_line_may_end_before_a_bracket_but_not_within(columns, capsys):
    columns(31)
    cell = "83.0 (82.6\xa0to\xa083.3)"
    terminal.print_table(pd.DataFrame({"One": [cell], "Two": [cell]}), title="A title")
    printed = capsys.readouterr().out
    assert "────" in printed
    assert printed.count("(82.6\xa0to\xa083.3)") == 2


def test_what_was_done_before_says_nothing_of_the_speed(clock):
    left = progress.Left()
    left.report(0.6, 1.0)  # an earlier call of the command had finished so much
    clock(10.0)
    left.report(0.7, 1.0)
    assert left.words() == "about 30 s left"
    clock(5.0)
    assert left.words() == "about 25 s left"
    clock(26.0)
    assert left.words() == "a little longer than thought"


def test_a_job_that_begins_again_does_not_know_its_time(clock):
    left = progress.Left()
    left.report(0.0, 1.0)
    clock(10.0)
    left.report(0.5, 1.0)
    assert left.words() == "about 10 s left"
    left.report(0.1, 1.0)
    assert left.words() == "time left not known yet"


def test_parts_make_one_whole():
    said = []
    whole = lambda text, done, total: said.append((text, done, total))  # noqa: E731
    progress.part(whole, 0.0, 0.25)("First", 1, 2)
    progress.part(whole, 0.25, 1.0)("Second", 1, 3)
    assert said == [("First", 0.125, 1.0), ("Second", 0.5, 1.0)]


def test_a_bar_says_the_same(clock, monkeypatch):
    shown = io.StringIO()
    screen = terminal.Console(file=shown, force_terminal=True, width=80)
    monkeypatch.setattr(progress, "errors", screen)
    with progress.progress(counts=False) as bar:
        update = progress.updater(bar, "Starting")
        update("Working", 0.0, 1.0)
        bar.refresh()
        clock(10.0)
        update("Working", 0.2, 1.0)
        bar.refresh()
    drawn = shown.getvalue()
    assert drawn.index("time left not known yet") < drawn.index("about 40 s left")
