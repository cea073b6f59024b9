"""`mp-bayes check multiverse`."""

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
    complete_outcomes,
    console,
    typed,
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

    chosen = read_study(study)  # a misspelt name is told before anything heavy is imported
    outcomes = [chosen.outcome(outcome)] if outcome else list(chosen.outcomes.values())
    from mp_bayes.checks.multiverse import multiverse as fit_all
    from mp_bayes.checks.tipping import tipping_points
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.priors import load_priors
    from mp_bayes.reanalysis.workers import processes

    known = load_priors(chosen, priors)
    with progress(counts=False) as bar, processes() as workers:
        update = updater(bar, "Starting")
        said = check_job(
            "multiverse",
            out,
            chosen,
            lambda: {
                "multiverse": fit_all(outcomes, known, workers, seed=seed, on_progress=update),
                "tipping_points": tipping_points(outcomes, known),
            },
            seed=seed,
            command=typed(),
            force=force,
            priors=known,
            read=[priors] if priors else [],
        )
    for sentence in said:
        console.print(sentence, highlight=False)
    console.print(f"Read {out / 'check.html'}; tables and figures lie beside it.")
