"""`mp-bayes plan`: how many post-years an evaluation needs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes.commands.interrupts import interruptible
from mp_bayes.commands.terminal import (
    DEFAULT_SEED,
    DEFAULT_STUDY,
    Chosen,
    Force,
    Out,
    PriorFile,
    Seed,
    console,
    print_table,
    progress,
    typed,
    updater,
)
from mp_bayes.errors import InputError

#: Enough for a Monte Carlo SE of about 3 points at an assurance of 80%.
DEFAULT_REPLICATES = 200


def _listed(text: str, name: str, kind: Callable[[str], Any]) -> tuple[Any, ...]:
    """Read numbers separated by commas."""
    try:
        values = tuple(kind(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{name}: '{text}' is not a list of numbers such as 1,5,15") from None
    if len(set(values)) < len(values):
        raise InputError(f"{name}: '{text}' names a number twice")
    return values


def plan(
    outcome: Annotated[
        str | None, typer.Option(help="Outcome to plan for; the study's first unless given.")
    ] = None,
    treated_boroughs: Annotated[
        int | None, typer.Option(help="Treated at the same time; 1 unless given.")
    ] = None,
    comparison_boroughs: Annotated[str, typer.Option(help="Numbers to compare.")] = "1,5,15",
    pre_years: Annotated[
        int | None, typer.Option(help="Years before the onset; 3 unless given.")
    ] = None,
    max_post_years: Annotated[
        int | None, typer.Option(help="Look no further than this; 10 unless given.")
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
    half_life: Annotated[str, typer.Option(help="Embedding half-lives, years.")] = "0,1,2",
    shock: Annotated[
        str, typer.Option(help="Shock prior of the analysis: none, within-study or national.")
    ] = "national",
    analysis_prior_sd: Annotated[
        float | None,
        typer.Option(
            help="SD of the effect's prior around 0 in the analysis, in log-odds or log-rates; "
            "that of the priors file unless given, and 2.5 is as good as flat."
        ),
    ] = None,
    target: Annotated[float, typer.Option(help="Assurance that is asked for.")] = 0.8,
    replicates: Annotated[
        int, typer.Option(max=1_000_000, help="Simulated evaluations for each combination.")
    ] = DEFAULT_REPLICATES,
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
    """Say how many post-years an evaluation needs, and what it risks claiming."""
    from mp_bayes.planning.design import Design
    from mp_bayes.studies.read import read_study

    chosen = read_study(study)
    design = Design(
        base=_base(
            chosen,
            scenario,
            {
                "outcome": outcome,
                "treated_boroughs": treated_boroughs,
                "pre_years": pre_years,
                "post_years": max_post_years,
            },
            effect,
            effect_sd,
        ),
        comparison_boroughs=_listed(comparison_boroughs, "--comparison-boroughs", int),
        half_lives=_listed(half_life, "--half-life", float),
        shock=shock,
        target=target,
        replicates=replicates,
        analysis_prior_sd=analysis_prior_sd,
    )
    from mp_bayes.commands.plan_job import plan_job

    # What is finished is kept.
    with (
        interruptible(f"the same command goes on from what is finished in {out}"),
        progress(counts=False) as bar,
    ):
        result = plan_job(
            out,
            chosen,
            design,
            seed=seed,
            prior_file=priors,
            scenario_file=scenario,
            workers=workers,
            dask=dask,
            command=typed(),
            force=force,
            on_progress=updater(bar, "Starting"),
            on_answer=_show_answer,
        )
    _show(result)
    console.print(f"Read {out / 'plan.html'}; all tables and figures lie beside it.")


def _base(
    study: Any,
    file: Path | None,
    given: dict[str, Any],
    effect: str | None,
    effect_sd: float | None,
) -> Any:
    """Put the scenario together: the file or the study's numbers, then what was given."""
    from mp_bayes.planning import protocol
    from mp_bayes.simulate.scenario import changed, from_study
    from mp_bayes.simulate.scenario_file import read

    given = {name: value for name, value in given.items() if value is not None}
    if file is None:
        outcome = given.pop("outcome", next(iter(study.outcomes)))
        base = from_study(study, outcome, **{"pre_years": 3, "post_years": 10, **given})
        unit = "pp" if base.binary else "per100"
        effect = f"-{3 * base.outcome.minimum:g}{unit}" if effect is None else effect
    else:
        if "outcome" in given:
            given["outcome"] = study.outcome(given["outcome"])
        base = changed(read(file, study), **given)
    if effect is not None:
        fields = protocol.parse_effect(effect, binary=base.binary)
        base = changed(base, **fields, effect_sd=0.0)
        if effect_sd is None:
            ratio = fields["effect_scale"] == "ratio"
            third = abs(base.log_effect(base.effect) if ratio else base.effect) / 3
            effect_sd = round(float(third), 3)
    return base if effect_sd is None else changed(base, effect_sd=effect_sd)


def _show_answer(tables: dict[str, Any], facts: dict[str, Any]) -> None:
    """Print the years that each design needs, as soon as they are known."""
    from mp_bayes.report import plan_tables

    _print([plan_tables.years_needed_table(tables, facts)])
    console.print("This is the answer; what stands beside it, and the page, follow.")


def _show(result: dict[str, Any]) -> None:
    """Print smallest effects, false claims, what the priors cost, cautions, and the words."""
    from mp_bayes.report import plan_tables

    tables, facts = result["tables"], result["facts"]
    _print(
        [
            plan_tables.prior_cost_table(tables, facts),
            plan_tables.flattening_table(tables, facts),
            plan_tables.mdes_table(tables, facts),
            plan_tables.false_claims_table(tables, facts),
        ]
    )
    for warning in facts["warnings"]:
        console.print(f"Caution: {warning}", highlight=False)
    console.print(facts["paragraph"], highlight=False)


def _print(tables: list[Any]) -> None:
    """Print tables of the page, each with its note."""
    import pandas as pd

    for table in tables:
        if table is not None:
            print_table(pd.DataFrame(table.rows, columns=table.columns), title=table.caption)
            console.print(table.note, highlight=False)
