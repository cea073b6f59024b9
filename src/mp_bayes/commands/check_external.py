"""`mp-bayes check external`: numbers that others published, and ours beside them."""

from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.terminal import DEFAULT_STUDY, Force, console, typed


def external(
    data: Annotated[Path, typer.Option("--data", help="Folder with the cases; docs say which.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the results.")] = Path(
        "results/checks/external"
    ),
    force: Force = False,
) -> None:
    """Set this project's estimators beside numbers that others published of other cases."""
    from mp_bayes.checks.external import external as tables_of
    from mp_bayes.checks.external import files
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.studies.read import read_study

    tables = tables_of(data)
    lines = check_job(
        "external",
        out,
        read_study(DEFAULT_STUDY),
        lambda: tables,
        seed=0,
        command=typed(),
        force=force,
        read=files(data),
    )
    for line in lines:
        console.print(line, highlight=False)
    console.print(f"Written to {out}; read check.html there.", highlight=False)
    if not all(tables["agreement"]["agrees"].dropna()):
        raise typer.Exit(1)
