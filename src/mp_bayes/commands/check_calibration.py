"""`mp-bayes check calibration`."""

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
    console,
    typed,
)
from mp_bayes.errors import InputError


def calibration(
    out: Annotated[Path, typer.Option("--out", help="Folder for the check.")] = Path(
        "results/checks/calibration"
    ),
    replicates: Annotated[
        int, typer.Option("--replicates", help="Simulated data sets a model; 20 to 10000.")
    ] = 500,
    models: Annotated[
        str, typer.Option("--models", help="Parts of models' names, by commas; all unless given.")
    ] = "",
    trials: Annotated[
        Path | None,
        typer.Option("--trials", help="Folder that keeps each model's ranks, to go on from them."),
    ] = None,
    study: Chosen = DEFAULT_STUDY,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    force: Force = False,
) -> None:
    """Simulate from every model, fit it, and see whether the truth is where the draws say."""
    if not 20 <= replicates <= 10_000:
        raise InputError(f"--replicates must be 20 to 10000, not {replicates}")
    if trials is not None and trials.exists() and not trials.is_dir():
        raise InputError(f"--trials {trials} is a file: give a folder, or a name that is free")
    from mp_bayes.studies.read import read_study

    read = read_study(study)  # a misspelt name is told before anything heavy is imported
    from mp_bayes.checks.calibration_cases import cases
    from mp_bayes.checks.calibration_run import calibration as calibrated
    from mp_bayes.checks.calibration_run import chosen, replicates_of
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.priors import load_priors

    known = load_priors(read, priors)
    every = chosen(cases(read), [part.strip() for part in models.split(",") if part.strip()])
    total, done = sum(replicates_of(case, replicates) for case in every), 0
    with progress(counts=False) as bar:
        update = updater(bar, "Simulating and fitting")

        def one() -> None:
            nonlocal done
            done += 1
            update("Simulating and fitting", done, total)

        said = check_job(
            "calibration",
            out,
            read,
            lambda: calibrated(
                every, known, replicates=replicates, seed=seed, trials=trials, on_done=one
            ),
            seed=seed,
            command=typed(),
            force=force,
            priors=known,
            read=[priors] if priors else [],
        )
    for sentence in said:
        console.print(sentence, highlight=False)
    console.print(f"Read {out / 'check.html'}; tables and figures lie beside it.")
