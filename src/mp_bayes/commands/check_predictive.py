"""`mp-bayes check predictive`."""

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


def predictive(
    out: Annotated[Path, typer.Option("--out", help="Folder for the check.")] = Path(
        "results/checks/predictive"
    ),
    study: Chosen = DEFAULT_STUDY,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    force: Force = False,
) -> None:
    """Set what the headline models expect, before and after the data, beside what was seen."""
    from mp_bayes.studies.read import read_study

    read = read_study(study)  # a misspelt name is told before anything heavy is imported
    from mp_bayes.commands.check_job import model_check

    model_check("predictive", out, read, priors=priors, seed=seed, force=force)
