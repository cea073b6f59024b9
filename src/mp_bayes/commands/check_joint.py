"""`mp-bayes check joint`."""

from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.progress import progress, updater
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

    chosen = read_study(study)
    if len(chosen.outcomes) < 2:
        raise InputError(f"{chosen.known_as} has one outcome: a joint model needs two at least")
    from mp_bayes.checks.joint import joint_tables
    from mp_bayes.commands.check_job import study_check

    with progress(counts=False) as bar:
        update = updater(bar, "Starting")
        study_check(
            "joint",
            out,
            chosen,
            lambda known: joint_tables(
                chosen.outcomes.values(), known, seed=seed, on_progress=update
            ),
            priors=priors,
            seed=seed,
            force=force,
        )
