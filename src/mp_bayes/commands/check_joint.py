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
    console,
    typed,
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
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.priors import load_priors

    known = load_priors(chosen, priors)
    said = check_job(
        "joint",
        out,
        chosen,
        lambda: joint_tables(chosen.outcomes.values(), known, seed=seed),
        seed=seed,
        command=typed(),
        force=force,
        priors=known,
        read=[priors] if priors else [],
    )
    for sentence in said:
        console.print(sentence, highlight=False)
    console.print(f"Read {out / 'check.html'}; tables and figures lie beside it.")
