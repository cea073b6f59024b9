"""`mp-bayes check external`: numbers that others published, and ours beside them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import DEFAULT_STUDY, Force, console, typed

if TYPE_CHECKING:
    import pandas as pd


def external(
    data: Annotated[Path, typer.Option("--data", help="Folder with the cases; docs say which.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path(
        "results/checks/external"
    ),
    force: Force = False,
) -> None:
    """Set this project's estimators beside numbers that others published of other cases."""
    from mp_bayes.checks.external import external as agreement
    from mp_bayes.checks.external import files
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.studies.read import read_study

    tables = {"agreement": agreement(data)}  # a damaged file is told before anything is fitted
    from mp_bayes.checks.special_cases import special_cases

    def work() -> dict[str, "pd.DataFrame"]:
        tables["posteriors"] = special_cases(on_progress=update)
        return tables

    with progress(counts=False) as bar:
        update = updater(bar, "Starting")
        lines = check_job(
            "external",
            out,
            read_study(DEFAULT_STUDY),
            work,
            seed=0,
            command=typed(),
            force=force,
            read=files(data),
        )
    for line in lines:
        console.print(line, highlight=False)
    console.print(f"Written to {out}; read check.html there.", highlight=False)
    if not all(table["agrees"].dropna().all() for table in tables.values()):
        raise typer.Exit(1)
