"""`mp-bayes verify`: whether code and data still give the numbers of a results folder."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import FLAG, complain, console

# What is listed of each kind; the rest is counted.
_SHOWN = 20
_PLACES = ("place in pages, texts or figures' data", "places in pages, texts or figures' data")
# Of numbers that are drawn: so small a share of them is listed, if they are not the same.
_FEW = 0.01


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
    from mp_bayes.checks.moved import CHANCE, counts, limit, moved, near
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
    # Many differ where a sampler ran on another machine; a few are a sign of something else.
    few = near(found.compared)
    if len(few) <= _FEW * numbers.drawn:
        found.remarks.extend(
            f"{_told(row)}: not the same, though within chance"
            for row in few.head(_SHOWN).to_dict("records")
        )
    for remark in found.remarks:
        _say(f"Note: {remark}.")
    kinds = {
        ("file", "files"): [f"{name} is not as the run wrote it" for name in found.changed],
        ("number", "numbers"): [_told(row) for row in away.to_dict("records")],
        _PLACES: found.words,
    }
    for names, said in kinds.items():
        for line in said[:_SHOWN]:
            _say(f"Moved: {line}.")
        if (rest := len(said) - _SHOWN) > 0:
            _say(f"... and {rest:,} more {names[rest != 1]}.")
    if total := sum(map(len, kinds.values())):
        told = [f"{len(said):,} {names[len(said) != 1]}" for names, said in kinds.items() if said]
        are = "is" if total == 1 else "are"
        complain(f"{listed(told)} of {folder} {are} not what was expected")
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
