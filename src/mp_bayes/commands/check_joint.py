"""`mp-bayes check joint`."""

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
)
from mp_bayes.errors import InputError


def joint(
    out: Annotated[Path, typer.Option("--out", help="Folder for the check.")] = Path(
        "results/checks/joint"
    ),
    study: Chosen = DEFAULT_STUDY,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    force: Force = False,
) -> None:
    """Fit all outcomes of a study in one model, beside each alone."""
    from mp_bayes.studies.read import read_study

    read = read_study(study)  # a misspelt name is told before anything heavy is imported
    if len(read.outcomes) < 2:
        raise InputError(f"{read.known_as} has one outcome: a joint model needs two at least")
    from mp_bayes.commands.check_job import model_check

    model_check("joint", out, read, priors=priors, seed=seed, force=force)
