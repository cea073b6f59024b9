"""`mp-bayes plan`: which designs of an evaluation would find an effect."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes.commands.interrupts import interruptible
from mp_bayes.commands.plan_answers import show, show_answer, show_confirmed, show_found
from mp_bayes.commands.plan_request import asked_of, numbers, wave
from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import (
    DEFAULT_SEED,
    DEFAULT_STUDY,
    FLAG,
    Chosen,
    Force,
    Out,
    PriorFile,
    Seed,
    complete_outcomes,
    console,
    typed,
)
from mp_bayes.names import check
from mp_bayes.studies.study import SHOCK_PRIORS


def plan(
    outcome: Annotated[
        str | None,
        typer.Option(
            help="Outcome to plan for; the study's first unless given.",
            autocompletion=complete_outcomes,
        ),
    ] = None,
    in_depth: Annotated[
        bool | None,
        typer.Option(
            "--in-depth/--search",
            metavar=FLAG,
            help="Simulate designs with one number of treated boroughs in depth, or search; in "
            "depth where one number is given, unless told otherwise.",
        ),
    ] = None,
    treated_boroughs: Annotated[
        str | None,
        typer.Option(
            help="Numbers to try, as 5,10; 1 to 60 unless given. One number is studied in depth."
        ),
    ] = None,
    comparison_boroughs: Annotated[
        str | None,
        typer.Option(
            help="Numbers to try; 10,20,40,80 unless given, in depth 1,5,15. 0 for a roll-out in "
            "waves with none, where those that begin later are what is compared with."
        ),
    ] = None,
    pre_years: Annotated[
        str | None,
        typer.Option(help="Years before the first onset; 3,5 unless given, in depth 3."),
    ] = None,
    max_post_years: Annotated[
        int | None, typer.Option(help="Look no further than this; 10 unless given.")
    ] = None,
    post_years: Annotated[
        str | None,
        typer.Option(help="Years after the first onset to search: 3,5,10 unless given."),
    ] = None,
    roll_out: Annotated[
        str | None,
        typer.Option(
            help="How treated boroughs begin: at-once, halves, or numbers that begin together, as "
            "at-once,2,4; the waves follow each other by --stagger."
        ),
    ] = None,
    stagger: Annotated[
        float | None, typer.Option(help="Years between two waves; 1 unless given.")
    ] = None,
    effect: Annotated[
        str | None,
        typer.Option(
            help="At full embedding: -3pp, 0.85or, or for counts -15per100, 0.9rr. "
            "Three times the smallest effect of interest unless given."
        ),
    ] = None,
    effect_sd: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="SD of the design prior around the effect, in its units (log of a ratio); "
            "0 gives power at a fixed effect. A third of the effect unless given.",
        ),
    ] = None,
    half_life: Annotated[
        str | None,
        typer.Option(
            help="Embedding half-lives: years until half of the effect is there, and nine tenths "
            "after 3.3 times as long; 2 unless given, in depth 0,1,2. A search takes the longest."
        ),
    ] = None,
    baseline: Annotated[
        float | None,
        typer.Option(
            help="Outcome without the programme: a share such as 0.2, or events per child-year; "
            "the study's own unless given."
        ),
    ] = None,
    size: Annotated[
        float | None,
        typer.Option(
            help="Referrals of a borough in a year, or cases, each part of the year at risk; the "
            "study's own unless given."
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="How much boroughs move: as this kind of English authority, small, middle-sized, "
            "large, or a region such as 'Inner London'."
        ),
    ] = None,
    authorities: Annotated[
        Path | None,
        typer.Option(
            help="How much boroughs move, their size and level: as those of a table of your own "
            "(CSV: borough, year, events, total; for counts exposure)."
        ),
    ] = None,
    shock: Annotated[
        str | None,
        typer.Option(
            help="Shock prior of the analysis: none, within-study or national, which is taken "
            "unless given."
        ),
    ] = None,
    analysis_prior_sd: Annotated[
        float | None,
        typer.Option(
            help="SD of the effect's prior around 0 in the analysis, in log-odds or log-rates; "
            "that of the priors file unless given, and 2.5 is as good as flat."
        ),
    ] = None,
    target: Annotated[
        float | None, typer.Option(help="Assurance that is asked for; 0.8 unless given.")
    ] = None,
    cost_treated_year: Annotated[
        float | None, typer.Option(help="Cost of the programme in one borough for a year.")
    ] = None,
    cost_comparison: Annotated[
        float | None, typer.Option(help="Cost of one comparison borough in the evaluation.")
    ] = None,
    replicates: Annotated[
        int | None,
        typer.Option(max=1_000_000, help="Simulated evaluations of each design; 200 unless given."),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="TOML file with all else: edit the scenario.toml that a plan writes."),
    ] = None,
    study: Chosen = DEFAULT_STUDY,
    priors: PriorFile = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Processes; one a core unless given.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(help="Run on a Dask cluster: tcp://HOST:PORT.")
    ] = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = Path("plan"),
    force: Force = False,
) -> None:
    """Find the evaluations that would answer the question, and say what they risk claiming."""
    from mp_bayes.studies.read import read_study

    chosen = read_study(study)
    # A misspelt name is told before anything heavy is imported.
    if outcome is not None:
        outcome = chosen.outcome(outcome).name
    if shock is not None:
        check("shock prior", shock, SHOCK_PRIORS)
    asked, told = asked_of(
        chosen,
        scenario,
        {"outcome": outcome, "baseline": baseline, "cell_size": size},
        {
            "in_depth": in_depth,
            "treated_boroughs": numbers(treated_boroughs, "--treated-boroughs", int),
            "comparison_boroughs": numbers(comparison_boroughs, "--comparison-boroughs", int),
            "pre_years": numbers(pre_years, "--pre-years", int),
            "max_post_years": max_post_years,
            "post_years": numbers(post_years, "--post-years", int),
            "roll_out": numbers(roll_out, "--roll-out", wave),
            "stagger": stagger,
            "half_life": numbers(half_life, "--half-life", float),
            "shock": shock,
            "target": target,
            "replicates": replicates,
            "analysis_prior_sd": analysis_prior_sd,
            "cost_treated_year": cost_treated_year,
            "cost_comparison": cost_comparison,
        },
        effect,
        effect_sd,
        kind=kind,
        table=authorities,
        prior_file=priors,
    )
    if told:
        console.print(told, highlight=False)
    from mp_bayes.commands.plan_job import plan_job
    from mp_bayes.commands.search_job import search_job
    from mp_bayes.planning.design import Design

    simulates = isinstance(asked, Design)
    if simulates and not in_depth:
        console.print(
            "One number of treated boroughs: simulated in depth, which takes minutes. For an "
            "answer within one, add --search."
        )
    job: Callable[..., dict[str, Any]] = plan_job if simulates else search_job
    with (
        interruptible(lambda: _left_in(out)),
        progress(counts=False) as bar,
    ):
        result = job(
            out,
            chosen,
            asked,
            seed=seed,
            prior_file=priors,
            scenario_file=scenario,
            workers=workers,
            dask=dask,
            command=typed(),
            force=force,
            on_progress=updater(bar, "Starting"),
            on_answer=show_answer if simulates else show_found,
        )
    (show if simulates else show_confirmed)(result)
    console.print(f"Read {out / 'plan.html'}; all tables and figures lie beside it.")


def _left_in(out: Path) -> str:
    """Say what an interrupted plan leaves: its finished trials, if there are any."""
    if any((out / "replicates").glob("*.parquet")):
        return f"interrupted; the same command goes on from what is finished in {out}"
    return "interrupted; nothing was written"
