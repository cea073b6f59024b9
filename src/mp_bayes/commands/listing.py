"""`mp-bayes list`: which names there are to type."""

from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.terminal import DEFAULT_STUDY, Chosen, MeasureName, console, print_table
from mp_bayes.errors import InputError
from mp_bayes.names import find

# What can be listed; the last only where there are official files.
_QUICK = ("studies", "outcomes", "measures", "kinds", "figures")
_ALL = (*_QUICK, "authorities")


def listing(
    what: Annotated[
        str | None,
        typer.Argument(
            help=f"{', '.join(_QUICK)}; or authorities, with --data. All but those unless given.",
            autocompletion=lambda: _ALL,
        ),
    ] = None,
    study: Chosen = DEFAULT_STUDY,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with the DfE's files, for authorities.")
    ] = None,
    measure: MeasureName = "rereferral",
) -> None:
    """List the names that other commands take."""
    if what is None:
        for each in _QUICK:
            _print(each, names_of(each, study, data, measure))
    else:
        each = find("list", what, _ALL)
        _print(each, names_of(each, study, data, measure))


def names_of(what: str, study: str, data: Path | None, measure: str) -> dict[str, str]:
    """Return the names of one kind, each with what it is."""
    from mp_bayes.evidence.official.measures import MEASURES
    from mp_bayes.studies.read import read_study, shipped

    if what == "studies":
        return {name: read_study(name).title for name in shipped()}
    outcomes = read_study(study).outcomes
    if what == "outcomes":
        return {name: outcome.label for name, outcome in outcomes.items()}
    if what == "measures":
        return {name: one.label for name, one in MEASURES.items()}
    if what == "figures":
        from mp_bayes.figures import CHARTS

        return dict.fromkeys(CHARTS, "")
    if what == "kinds":
        from mp_bayes.planning.authorities import kinds

        # Outcomes of one measure have the same.
        found = [kind for outcome in outcomes.values() for kind in kinds(outcome)["kind"]]
        return dict.fromkeys(found, "")
    if data is None:
        raise InputError("--data: give the folder with the DfE's files; README says which")
    from mp_bayes.evidence.official.measures import get_measure
    from mp_bayes.evidence.official.read import read_measure

    table, _ = read_measure(data, get_measure(measure))
    return dict.fromkeys(map(str, table["authority"].to_numpy()), "")


def _print(what: str, names: dict[str, str]) -> None:
    """Print a table, or names alone a line each."""
    if any(names.values()):
        import pandas as pd

        print_table(pd.DataFrame({"Name": names.keys(), "What": names.values()}), title=what)
        return
    console.print(what, style="bold")
    for name in names:
        console.print(name, highlight=False)
    console.print()
