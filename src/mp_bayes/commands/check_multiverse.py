"""`mp-bayes check multiverse`."""

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
    complete_outcomes,
)


def multiverse(
    out: Annotated[Path, typer.Option("--out", help="Folder for the check.")] = Path(
        "results/checks/multiverse"
    ),
    outcome: Annotated[
        str | None,
        typer.Option(
            "--outcome", help="One outcome; all unless given.", autocompletion=complete_outcomes
        ),
    ] = None,
    study: Chosen = DEFAULT_STUDY,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    force: Force = False,
) -> None:
    """Fit every combination of defensible choices, and find where conclusions turn round."""
    from mp_bayes.studies.read import read_study

    read = read_study(study)  # a misspelt name is told before anything heavy is imported
    if outcome:
        read.outcome(outcome)
    from mp_bayes.commands.check_job import model_check

    model_check("multiverse", out, read, priors=priors, seed=seed, force=force, only=outcome or "")
