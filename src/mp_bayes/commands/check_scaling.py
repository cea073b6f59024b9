"""`mp-bayes check scaling`."""

from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.terminal import (
    DEFAULT_SEED,
    DEFAULT_STUDY,
    Chosen,
    Force,
    PriorFile,
    Seed,
    console,
    typed,
)


def scaling(
    out: Annotated[Path, typer.Option("--out", help="Folder for the check.")] = Path(
        "results/checks/scaling"
    ),
    study: Chosen = DEFAULT_STUDY,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    force: Force = False,
) -> None:
    """Make each prior of the headline models count half and twice, and the data too."""
    from mp_bayes.studies.read import read_study

    read = read_study(study)  # a misspelt name is told before anything heavy is imported
    from mp_bayes.checks.scaling import scaling as scale
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.priors import load_priors

    known = load_priors(read, priors)
    said = check_job(
        "scaling",
        out,
        read,
        lambda: {"scaling": scale(read, known, seed=seed)},
        seed=seed,
        command=typed(),
        force=force,
        priors=known,
        read=[priors] if priors else [],
    )
    for sentence in said:
        console.print(sentence, highlight=False)
    console.print(f"Read {out / 'check.html'}; tables and figures lie beside it.")
