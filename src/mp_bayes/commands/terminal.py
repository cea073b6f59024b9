"""What the commands share at the terminal: options, progress, tables, errors."""

import csv
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from textwrap import fill
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mp_bayes.errors import InputError
from mp_bayes.names import find


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

DEFAULT_SEED, DEFAULT_STUDY = 2020, "motivational_practice"


def complete_studies() -> list[str]:
    """List the studies that come with the package, for a shell's completion."""
    from mp_bayes.studies.read import shipped

    return shipped()


def complete_outcomes(context: typer.Context) -> list[str]:
    """List the outcomes of the study that was typed before."""
    from mp_bayes.studies.read import read_study

    try:
        return list(read_study(context.params.get("study") or DEFAULT_STUDY).outcomes)
    except InputError:
        return []


def complete_measures() -> list[str]:
    """List the measures of the official statistics."""
    from mp_bayes.evidence.official.measures import MEASURES

    return list(MEASURES)


Out = Annotated[Path, typer.Option("--out", help="Folder for the results.")]
Chosen = Annotated[
    str,
    typer.Option(
        "--study",
        help="A study that comes with mp-bayes, or the folder of your own.",
        autocompletion=complete_studies,
    ),
]
#: In help a flag takes no value.
FLAG = ""
MeasureName = Annotated[
    str,
    typer.Option(
        "--measure",
        help="rereferral, protection_plan, three_or_more_placements or residential.",
        autocompletion=complete_measures,
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        metavar=FLAG,
        help="Replace what lies in --out, whoever wrote it; it cannot be undone.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=2**32 - 1, help="Same seed, same numbers.")]
PriorFile = Annotated[
    Path | None,
    typer.Option("--priors", help="TOML file with priors of your own; see `mp-bayes priors`."),
]


def typed() -> str:
    """Return the command as it was typed, for manifests."""
    return shlex.join(["mp-bayes", *sys.argv[1:]])


def complain(message: str) -> None:
    """Print one line of error."""
    line = printable(message.replace("\n", " "))
    errors.print(f"mp-bayes: {line}", style="red", highlight=False, soft_wrap=True)


def print_table(table: Any, *, title: str) -> None:
    """Print a DataFrame of text; where it is wider than the terminal, a paragraph for each row."""
    names = [printable(str(name)) for name in table.columns]
    rows = [[printable(str(cell)) for cell in row] for row in table.itertuples(index=False)]
    console.print(title, style="bold", highlight=False)
    widths = _widths([names, *rows], console.width)
    if not widths:
        for row in rows:
            pairs = zip(names, row, strict=True)
            console.print("; ".join(f"{name}: {cell}" for name, cell in pairs if cell))
        return
    shown = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name, width in zip(names, widths, strict=True):
        shown.add_column(name, width=width)
    for row in rows:
        # Rich would end lines at no-break spaces too.
        sized = zip(row, widths, strict=True)
        cells = (fill(cell, width, break_on_hyphens=False) for cell, width in sized)
        shown.add_row(*(Text(cell, no_wrap=True) for cell in cells))
    console.print(shown)
    console.print()


def _widths(lines: list[list[str]], room: int) -> list[int]:
    """Return columns' widths at which no word is broken, two spaces apart; none if there are none.

    A cell may take several lines, but none of its words may, nor what no-break spaces join.
    """
    columns = list(zip(*lines, strict=True))
    least = [max(cell_len(word) for cell in cells for word in cell.split(" ")) for cells in columns]
    widths = [max(map(cell_len, cells)) for cells in columns]
    while sum(widths) + 2 * (len(widths) - 1) > room:
        places = [place for place, width in enumerate(widths) if width > least[place]]
        if not places:
            return []
        widths[max(places, key=widths.__getitem__)] -= 1
    return widths


def print_page_table(table: Any) -> None:
    """Print a table of the page (`mp_bayes.wording.table.Table`) with its note."""
    import pandas as pd

    print_table(pd.DataFrame(table.rows, columns=table.columns), title=table.caption)
    console.print(table.note, highlight=False)


def finish(unusable: list[str]) -> None:
    """End with status 1 if a fit did not converge."""
    if unusable:
        names = "; ".join(unusable)
        complain(f"{len(unusable)} fits did not converge and are marked unusable: {names}")
        raise typer.Exit(1)


def study_of(
    study: str | None,
    counts: Path | None,
    treated: str | None,
    onset: str | None,
    window: float,
    measure: str | None,
) -> Any:
    """Return the study that was named, or one made of a table of counts."""
    from mp_bayes.studies.read import read_study, study_of_counts

    if counts is not None and study is not None:
        raise InputError("--study and --counts: give one of them")
    if counts is None:
        if treated or onset or window or measure:
            raise InputError("--treated, --onset, --window and --measure go with --counts")
        return read_study(study or DEFAULT_STUDY)
    if not treated or not onset:
        raise InputError("--counts needs --treated and --onset: who had the programme, from when")
    try:
        names = next(csv.reader([treated], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise InputError(f"--treated: {error}") from None
    named = find("measure", measure, complete_measures()) if measure else ""
    made = study_of_counts(counts, treated=names, onset=onset, window=window)
    outcomes = {name: replace(one, measure=named) for name, one in made.outcomes.items()}
    return replace(made, outcomes=outcomes)
