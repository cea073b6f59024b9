"""`mp-bayes fit`: one analysis of one outcome."""

from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import (
    DEFAULT_SEED,
    DEFAULT_STUDY,
    Force,
    Out,
    PriorFile,
    Seed,
    complete_measures,
    complete_outcomes,
    complete_studies,
    console,
    finish,
    print_table,
    study_of,
    typed,
)
from mp_bayes.names import check
from mp_bayes.reanalysis.grid import ENGINES
from mp_bayes.studies.study import CODINGS, EFFECTS, EVIDENCE, SHOCK_PRIORS


def fit(
    outcome: Annotated[
        str | None,
        typer.Argument(
            help="One of the study's outcomes; its first unless given.",
            autocompletion=complete_outcomes,
        ),
    ] = None,
    evidence: Annotated[str, typer.Option(help="cells or coefficients.")] = "cells",
    shock: Annotated[str, typer.Option(help="none, within-study or national.")] = "national",
    effect: Annotated[str, typer.Option(help="yearly, constant or embedding.")] = "yearly",
    coding: Annotated[
        str,
        typer.Option(
            help="Of yearly effects: dosed (a partly exposed year has part of an effect) or "
            "published (years before the onset are untreated, as in regressions)."
        ),
    ] = "dosed",
    timing: Annotated[
        str, typer.Option(help="Onsets: as_published, or one of the study's scenarios.")
    ] = "as_published",
    engine: Annotated[
        str,
        typer.Option(
            help="nuts, or laplace: the same posterior in seconds, from weighted draws around an "
            "approximation, which says where it cannot be relied upon."
        ),
    ] = "nuts",
    study: Annotated[
        str | None,
        typer.Option(
            help=f"A study that comes with mp-bayes, or the folder of your own; {DEFAULT_STUDY} "
            "unless given.",
            autocompletion=complete_studies,
        ),
    ] = None,
    counts: Annotated[
        Path | None,
        typer.Option(
            help="Instead of a study, one CSV table: borough, year, events, and total or exposure."
        ),
    ] = None,
    treated: Annotated[
        str | None,
        typer.Option(
            help="With --counts: treated boroughs, with commas between; in double quotes, within "
            "single ones, a name that has a comma."
        ),
    ] = None,
    onset: Annotated[
        str | None,
        typer.Option(help="With --counts: month of the onset, as 2022-04; or one for each."),
    ] = None,
    window: Annotated[
        float,
        typer.Option(
            min=0, max=5, help="With --counts: years over which a binary outcome is followed."
        ),
    ] = 0.0,
    measure: Annotated[
        str | None,
        typer.Option(
            help="With --counts: the measure of the official statistics that moves like the "
            "outcome, for the national shock prior; `mp-bayes list measures` names them.",
            autocompletion=complete_measures,
        ),
    ] = None,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = Path("fit"),
    force: Force = False,
) -> None:
    """Fit one outcome, and write effects.csv and the posterior."""
    chosen = study_of(study, counts, treated, onset, window, measure)
    # What is misspelt is told before anything heavy is imported.
    fitted = chosen.outcome(outcome or next(iter(chosen.outcomes)))
    for what, given, known in (
        ("evidence", evidence, EVIDENCE),
        ("shock prior", shock, SHOCK_PRIORS),
        ("effect structure", effect, EFFECTS),
        ("coding", coding, CODINGS),
        (f"timing of {fitted.name}", timing, tuple(fitted.setting.timings)),
        ("engine", engine, ENGINES),
    ):
        check(what, given, known)
    from mp_bayes.commands.fit_job import fit_job

    if counts is not None and fitted.likelihood == "binomial" and window == 0:
        console.print(
            "Events are taken to happen in the year of their row. If each case is followed for a "
            "year, say so: --window 1.",
            highlight=False,
        )
    with progress() as bar:
        update = updater(bar, "Compiling the model" if engine == "nuts" else "Drawing")
        result = fit_job(
            out,
            chosen,
            outcome=fitted.name,
            evidence=evidence,
            shock=shock,
            effect=effect,
            coding=coding,
            timing=timing,
            engine=engine,
            prior_file=priors,
            seed=seed,
            command=typed(),
            force=force,
            on_progress=update,
        )
    from mp_bayes.commands.jobs import priors_table
    from mp_bayes.priors import load_priors
    from mp_bayes.wording.brief import average_answer, fitted_table
    from mp_bayes.wording.shocks import IN_STUDY, unnamed_measure

    print_table(fitted_table(result.effects), title=f"{fitted.label}: what the posterior says")
    console.print("Posterior mean and 95% equal-tailed interval. Below 0: its probability.")
    console.print(average_answer(result.effects, fitted), highlight=False)
    if shock == "national":
        how = "--measure MEASURE" if counts is not None else IN_STUDY
        table = priors_table(chosen, load_priors(chosen, priors))
        if said := unnamed_measure(table, fitted, how):
            console.print(said, highlight=False)
    console.print(f"Written: {out / 'effects.csv'} and {out / 'posterior.nc'}")
    finish([] if result.usable else [result.analysis.name])
