"""`mp-bayes verify`: whether code and data still give the numbers of a results folder."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import FLAG, complain, console

# What is listed of each kind; the rest is counted.
_SHOWN = 20


def verify(
    folder: Annotated[
        Path, typer.Argument(help="Folder that `mp-bayes run` wrote.", show_default=True)
    ] = Path("results"),
    short: Annotated[
        bool,
        typer.Option(
            "--short", metavar=FLAG, help="Without sampling: hashes, and what needs no draws."
        ),
    ] = False,
) -> None:
    """Work out the numbers of a results folder again, and name those that moved beyond chance."""
    from mp_bayes.checks.moved import CHANCE, counts, limit, moved
    from mp_bayes.commands.verify_job import verify_job
    from mp_bayes.wording.numbers import listed

    with progress(counts=False) as bar:
        found = verify_job(folder, short=short, on_progress=updater(bar, "Reading"))
    away = moved(found.compared)
    numbers = counts(found.compared)
    _say(f"{folder} holds {found.holds}.")
    _say(
        f"{sum(found.files.values()):,} files in {len(found.files)} folders are as their "
        "manifests say."
    )
    _say(f"{numbers.fixed:,} numbers that need no draws were compared.")
    if numbers.drawn:
        _say(
            f"{numbers.drawn:,} with a Monte Carlo error were compared; each may move by "
            f"{limit(found.compared):.1f} of them: then {CHANCE:.0%} of faithful repetitions would "
            f"be said to have moved. Of these numbers {numbers.other:,} differ by more than "
            "rounding."
        )
    if numbers.repeated:
        _say(f"{numbers.repeated:,} more repeat numbers whose error stands in another table.")
    for remark in found.remarks:
        _say(f"Note: {remark}.")
    kinds = {
        "files": [f"{name} is not as the run wrote it" for name in found.changed],
        "numbers": [_told(row) for row in away.to_dict("records")],
        "pages, texts or figures' data": found.words,
    }
    for kind, said in kinds.items():
        for line in said[:_SHOWN]:
            _say(f"Moved: {line}.")
        if len(said) > _SHOWN:
            _say(f"... and {len(said) - _SHOWN:,} more {kind}.")
    if any(kinds.values()):
        told = listed([f"{len(said):,} {kind}" for kind, said in kinds.items()])
        complain(f"{told} of {folder} are not what was expected")
        raise typer.Exit(1)
    _say("Nothing moved.")


def _told(row: dict[Any, Any]) -> str:
    """Say what moved: file, row, column, then and now."""
    line = "" if row["line"] != row["line"] else f" line {row['line']:.0f}"
    place = f"{row['file']}{line} ({row['row']}), {row['column']}"
    if row["allowed"] != row["allowed"]:  # there is nothing to set beside it
        return place
    far = "" if row["errors"] != row["errors"] else f", {row['errors']:.1f} Monte Carlo errors"
    return f"{place}: {row['then']:.9g} then, {row['now']:.9g} now{far}"


def _say(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
