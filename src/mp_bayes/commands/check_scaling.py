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
    from mp_bayes.commands.check_job import model_check

    model_check("scaling", out, read, priors=priors, seed=seed, force=force)
