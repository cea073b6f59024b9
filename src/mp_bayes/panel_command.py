"""`mp-bayes panel`: official statistics of every English authority."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes.terminal import (
    DEFAULT_SEED,
    Out,
    PriorFile,
    Seed,
    console,
    print_table,
    progress,
    updater,
)

app = typer.Typer(
    name="panel",
    help="What official statistics of every English authority say: how much they move anyway, and "
    "what came later.",
    no_args_is_help=True,
)
Data = Annotated[
    Path, typer.Option("--data", help="Folder with the DfE's files; README says which.")
]
MeasureName = Annotated[
    str,
    typer.Option(
        "--measure",
        help="rereferral, protection_plan, three_or_more_placements or residential.",
    ),
]
Years = Annotated[
    str | None, typer.Option("--years", help="FIRST:LAST, as 2013:2018; all unless given.")
]


def _command() -> str:
    """Return what was typed, with the folder of the data by its name alone."""
    words = ["mp-bayes", *sys.argv[1:]]
    for place, word in enumerate(words[:-1]):
        if word == "--data":
            words[place + 1] = Path(words[place + 1]).name
    return shlex.join(words)


@app.command()
def fit(
    data: Data,
    measure: MeasureName = "rereferral",
    shock: Annotated[str, typer.Option(help="Shape of the shocks: normal or student.")] = "normal",
    seed: Seed = DEFAULT_SEED,
    out: Out = Path("panel/fit"),
) -> None:
    """Estimate how large borough-by-year shocks are, without Islington."""
    from mp_bayes.panel.job import fit_job

    with progress() as bar:
        table = fit_job(
            out,
            data,
            measure=measure,
            shock=shock,
            seed=seed,
            command=_command(),
            update=updater(bar, "Reading"),
        )
    _show(table, ["group", "parameter", "median", "lower", "upper", "usable"], "Posterior")
    if not table["usable"].all():
        console.print("Not everything converged: see the column usable.")
        raise typer.Exit(1)


@app.command()
def islington(
    data: Data,
    measure: MeasureName = "rereferral",
    years: Years = None,
    priors: PriorFile = None,
    out: Out = Path("panel/islington"),
) -> None:
    """Follow Islington to the latest year, and say whether the programme embedded later."""
    from mp_bayes.panel.job import islington_job, read_years

    with progress() as bar:
        table, answer = islington_job(
            out,
            data,
            measure=measure,
            years=read_years(years),
            prior_file=priors,
            command=_command(),
            update=updater(bar, "Reading"),
        )
    chosen = table["scale"].eq("percentage_points") & table["effect"].eq("yearly")
    columns = ["comparison", "estimand", "year", "mean", "lower", "upper", "prob_below_0"]
    _show(table[chosen], columns, "Effect, percentage points, 95% intervals")
    console.print(answer, highlight=False, markup=False)


@app.command()
def placebo(
    data: Data,
    measure: MeasureName = "rereferral",
    years: Years = None,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = Path("panel/placebo"),
) -> None:
    """Pretend that each authority had the programme, and count what would be claimed."""
    from mp_bayes.panel.job import TREATED, placebo_job, read_years

    with progress() as bar:
        table, claims = placebo_job(
            out,
            data,
            measure=measure,
            years=read_years(years),
            seed=seed,
            prior_file=priors,
            command=_command(),
            update=updater(bar, "Reading"),
        )
    rank = int(table.loc[table["authority"].eq(TREATED), "rank"].iloc[0])
    console.print(f"{TREATED} ranks {rank} of {len(table)}; 1 is the largest fall.")
    _show(claims, list(claims.columns), "Effects claimed where there was no programme")


@app.command()
def compare(
    data: Data,
    treated: Annotated[str, typer.Option(help="As the statistics name it.")] = "Islington",
    measure: MeasureName = "rereferral",
    years: Years = "2013:2015",
    seed: Seed = DEFAULT_SEED,
    out: Out = Path("panel/compare"),
) -> None:
    """Rank candidates for a comparison by how parallel their trends were."""
    from mp_bayes.panel.job import compare_job, read_years

    table = compare_job(
        out,
        data,
        measure=measure,
        treated=treated,
        years=read_years(years),
        seed=seed,
        command=_command(),
    )
    near = int((table["lower"] < table["upper"].iloc[0]).sum())
    _show(table.head(15), list(table.columns), "Nearest trends; distance in log-odds")
    console.print(
        f"{near} of {len(table)} candidates cannot be told from the nearest: their intervals "
        "overlap its own."
    )


def _show(table: Any, columns: list[str], title: str) -> None:
    print_table(table[columns].map(_text), title=title)


def _text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
