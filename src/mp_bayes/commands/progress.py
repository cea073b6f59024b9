"""How far a job is and how long it still needs: a bar, or lines where the output is no terminal."""

import math
import threading
import time
from collections.abc import Callable
from typing import Any

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from mp_bayes.commands.terminal import console, errors

#: Seconds between two lines about progress, where the output is no terminal.
_QUIET = 10.0
#: And at most, though nothing is done meanwhile: a long fit has no parts.
_SILENT = 60.0
_STARTED = 0.05
# Seconds between two looks whether it has been silent for long.
_LOOK = 1.0


class Left:
    """How much time a job still needs, from how far it came in the time that was watched.

    Watching begins with the first report, and anew with one that is behind the last: what a job
    had finished earlier, or does again, says nothing of its speed.
    """

    def __init__(self) -> None:
        self._begun = self._from = self._last = self._end = math.nan

    def report(self, done: float, total: float) -> None:
        """Take in how far the job is."""
        now = time.monotonic()
        if math.isnan(self._last) or done < self._last:
            self._begun, self._from, self._end = now, done, math.nan
        self._last = done
        share = (done - self._from) / total if total else 0.0
        # The first parts of a job are mostly its start.
        if share > _STARTED:
            self._end = now + (now - self._begun) * (total - done) / (done - self._from)

    def words(self) -> str:
        """Say it, or that it is not known yet."""
        if math.isnan(self._end):
            return "time left not known yet"
        left = self._end - time.monotonic()
        return f"{_about(left)} left" if left > 0 else "a little longer than thought"


class _LeftColumn(ProgressColumn):
    """The time left of a task whose field `left` is a `Left`."""

    def render(self, task: Task) -> Text:
        left = task.fields["left"]
        return Text("" if task.finished else left.words())


class _Watched(Progress):
    """A bar that tells others when it is over."""

    def __init__(self, *columns: ProgressColumn, **how: Any) -> None:
        super().__init__(*columns, **how)
        self.over = threading.Event()

    def stop(self) -> None:
        """End it."""
        self.over.set()
        super().stop()


def progress(*, counts: bool = True) -> _Watched:
    """Return a progress bar with time left; `counts` says how many of how many.

    Where the output is no terminal nothing is drawn; `updater` then prints lines.
    """
    return _Watched(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn() if counts else TaskProgressColumn(),
        TimeElapsedColumn(),
        _LeftColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
        # Results that go to a file must not be drawn above the bar instead.
        redirect_stdout=console.is_terminal,
    )


def updater(bar: _Watched, description: str) -> Callable[[str, float, float], None]:
    """Start a task, and return what a job calls to move it on."""
    left = Left()
    if not errors.is_terminal:
        return _lines(left, description, bar.over)
    task = bar.add_task(description, total=None, left=left)

    def update(description: str, done: float, total: float) -> None:
        left.report(done, total)
        bar.update(task, description=description, completed=done, total=total)

    return update


def _lines(left: Left, first: str, over: threading.Event) -> Callable[[str, float, float], None]:
    """Return what prints a plain line now and then: how far a job is, and the time left."""
    begun = said = time.monotonic()
    line, lock = first, threading.Lock()

    def say(text: str) -> None:
        nonlocal said
        said = time.monotonic()
        errors.print(text, highlight=False, soft_wrap=True)

    def beat() -> None:
        while not over.wait(_LOOK):
            with lock:
                if time.monotonic() - said >= _SILENT and not over.is_set():
                    say(f"{line}: still at work, for {_about(time.monotonic() - begun)}")

    def update(description: str, done: float, total: float) -> None:
        nonlocal line
        with lock:
            left.report(done, total)
            line = f"{description}: {100 * done / total:.0f}%" if total else description
            if time.monotonic() - said >= _QUIET:
                say(f"{line}, {left.words()}" if done < total else line)

    threading.Thread(target=beat, daemon=True).start()
    return update


def part(
    update: Callable[[str, float, float], None], begin: float, end: float
) -> Callable[[str, float, float], None]:
    """Return what reports one part of a job, which takes it from one share of the whole to another.

    Parameters
    ----------
    update : callable
        Of the whole job, whose total is then 1.
    begin, end : float
        0 to 1.
    """
    return lambda text, done, total: update(text, begin + (end - begin) * done / total, 1.0)


def _about(seconds: float) -> str:
    """Say a time in whole minutes, or in seconds below two of them."""
    return f"about {seconds / 60:.0f} min" if seconds >= 120 else f"about {seconds:.0f} s"
