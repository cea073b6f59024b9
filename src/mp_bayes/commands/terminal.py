"""What the commands share at the terminal: options, progress, tables, errors."""

import csv
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table
from rich.text import Text

from mp_bayes.errors import InputError


def printable(text: str) -> str:
    """Write out what would move a cursor, or turn text round."""
    return "".join(
        one if one.isprintable() or one in "\n\xa0" else f"\\x{ord(one):02x}" for one in text
    )


class _Plain(Console):
    """A console for which names and paths are no markup, and no commands to the terminal."""

    def print(self, *objects: Any, **how: Any) -> None:
        super().print(*(printable(o) if isinstance(o, str) else o for o in objects), **how)


console = _Plain(markup=False)
errors = _Plain(stderr=True, markup=False)

#: Seconds between two lines about progress, where the output is no terminal.
_QUIET = 10.0
_STARTED = 0.05
DEFAULT_SEED, DEFAULT_STUDY = 2020, "motivational_practice"
Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Chosen = Annotated[
    str,
    typer.Option("--study", help="A study that comes with mp-bayes, or the folder of your own."),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force", help="Replace what lies in --out, whoever wrote it; it cannot be undone."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Same seed, same numbers.")]
PriorFile = Annotated[
    Path | None,
    typer.Option("--priors", help="TOML file with priors of your own; see `mp-bayes priors`."),
]


def progress(*, counts: bool = True) -> Progress:
    """Return a progress bar with time left; `counts` says how many of how many.

    Where the output is no terminal nothing is drawn; `updater` then prints lines.
    """
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn() if counts else TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=not errors.is_terminal,
        # Results that go to a file must not be drawn above the bar instead.
        redirect_stdout=console.is_terminal,
    )


def updater(bar: Progress, description: str) -> Callable[[str, float, float], None]:
    """Start a task, and return what a job calls to move it on."""
    if not errors.is_terminal:
        return _lines()
    task = bar.add_task(description, total=None)

    def update(description: str, done: float, total: float) -> None:
        bar.update(task, description=description, completed=done, total=total)

    return update


def _lines() -> Callable[[str, float, float], None]:
    """Return what prints a plain line now and then: how far a job is, and the time left."""
    begun = said = time.monotonic()

    def update(description: str, done: float, total: float) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < _QUIET:
            return
        said = now
        line = f"{description}: {100 * done / total:.0f}%" if total else description
        # The first parts of a job are mostly its start.
        if _STARTED * total < done < total:
            line += f", {_about((now - begun) * (total - done) / done)} left"
        errors.print(line, highlight=False, soft_wrap=True)

    return update


def _about(seconds: float) -> str:
    """Say a time in whole minutes, or in seconds below two of them."""
    return f"about {seconds / 60:.0f} min" if seconds >= 120 else f"about {seconds:.0f} s"


def typed() -> str:
    """Return the command as it was typed, for manifests."""
    return shlex.join(["mp-bayes", *sys.argv[1:]])


def complain(message: str) -> None:
    """Print one line of error."""
    line = printable(message.replace("\n", " "))
    errors.print(f"mp-bayes: {line}", style="red", highlight=False, soft_wrap=True)


def print_table(table: Any, *, title: str) -> None:
    """Print a DataFrame of text."""
    # In a narrow terminal a heading is folded rather than cut.
    columns = [Column(str(name), overflow="fold") for name in table.columns]
    shown = Table(*columns, title=Text(title), title_justify="left")
    for row in table.itertuples(index=False):
        shown.add_row(*(Text(printable(str(cell))) for cell in row))
    console.print(shown)


def study_of(
    study: str | None, counts: Path | None, treated: str | None, onset: str | None, window: float
) -> Any:
    """Return the study that was named, or one made of a table of counts."""
    from mp_bayes.studies.read import read_study, study_of_counts

    if counts is not None and study is not None:
        raise InputError("--study and --counts: give one of them")
    if counts is None:
        if treated or onset or window:
            raise InputError("--treated, --onset and --window go with --counts")
        return read_study(study or DEFAULT_STUDY)
    if not treated or not onset:
        raise InputError("--counts needs --treated and --onset: who had the programme, from when")
    try:
        names = next(csv.reader([treated], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise InputError(f"--treated: {error}") from None
    return study_of_counts(counts, treated=names, onset=onset, window=window)
