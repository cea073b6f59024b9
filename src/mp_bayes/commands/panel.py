"""`mp-bayes panel`: official statistics of every English authority."""

import math
import re
import shlex
import sys
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes import names
from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import (
    DEFAULT_SEED,
    DEFAULT_STUDY,
    Chosen,
    Force,
    MeasureName,
    PriorFile,
    Seed,
    console,
    print_table,
)
from mp_bayes.studies.study import SHAPES

app = typer.Typer(
    name="panel",
    help="What official statistics of every English authority say: how much they move anyway, and "
    "what came later.",
    no_args_is_help=True,
)
Data = Annotated[
    Path, typer.Option("--data", help="Folder with the DfE's files; README says which.")
]
Years = Annotated[
    str | None, typer.Option("--years", help="FIRST:LAST, as 2013:2018; all unless given.")
]
Followed = Annotated[
    str | None,
    typer.Option(
        "--treated",
        help="Which of the study's treated authorities, as the statistics name it; the first "
        "unless given.",
    ),
]
PanelOut = Annotated[
    Path | None,
    typer.Option("--out", help="Folder; results/panel/MEASURE/COMMAND unless given."),
]


def _request(name: str, **typed: Any) -> Any:
    """Return what was typed as a request; its command names the folder of the data alone."""
    from mp_bayes.evidence.official.measures import measure_of
    from mp_bayes.studies.read import read_study

    # A misspelt name is told before anything heavy is imported.
    measure_of(read_study(typed["study"]), typed["measure"])
    from mp_bayes.commands.panel_request import request

    words = [
        f"--data={typed['folder'].resolve().name}"
        if before == "--data" or "--data=" in word
        else word
        for before, word in pairwise(["", "mp-bayes", *sys.argv[1:]])
        if word != "--data"
    ]
    return request(name, command=shlex.join(words), **typed)


@app.command(epilog="Example:  mp-bayes panel fit --data official --measure residential")
def fit(
    data: Data,
    measure: MeasureName = "rereferral",
    study: Chosen = DEFAULT_STUDY,
    shock: Annotated[str, typer.Option(help="Shape of the shocks: normal or student.")] = "normal",
    seed: Seed = DEFAULT_SEED,
    out: PanelOut = None,
    force: Force = False,
) -> None:
    """Estimate how large borough-by-year shocks are, without the treated authorities."""
    names.check("shape of shocks", shock, SHAPES)
    name = "fit" if shock == "normal" else f"fit_{shock}"
    asked = _request(
        name, folder=data, measure=measure, study=study, out=out, force=force, seed=seed
    )
    from mp_bayes.commands.panel_job import fit_job
    from mp_bayes.wording.shocks import authorities_answer, shocks_answer

    with progress(counts=False) as bar:
        table, check, authorities = fit_job(asked, shock=shock, update=updater(bar, "Reading"))
    _show(table, ["group", "parameter", "median", "lower", "upper", "usable"], "Posterior")
    lines = shocks_answer(table, check)
    if authorities is not None:
        lines += authorities_answer(authorities, marked=asked.marked)
    _tell(asked, lines)
    converged = [rows["usable"].all() for rows in (table, authorities) if rows is not None]
    if not all(converged):
        raise typer.Exit(1)


@app.command(epilog="Example:  mp-bayes panel effects --data official --years 2013:2020")
def effects(
    data: Data,
    measure: MeasureName = "rereferral",
    study: Chosen = DEFAULT_STUDY,
    treated: Followed = None,
    years: Years = None,
    priors: PriorFile = None,
    out: PanelOut = None,
    force: Force = False,
) -> None:
    """Follow a treated authority to the latest year, and say whether the programme embedded."""
    from mp_bayes.commands.panel_job import effects_job
    from mp_bayes.wording.panel import by_year, did_it_embed, inference_answer

    asked = _request(
        _folder("effects", treated),
        about=treated,
        folder=data,
        measure=measure,
        study=study,
        years=years,
        out=out,
        force=force,
        prior_file=priors,
    )
    asked = asked.of_treated()
    with progress(counts=False) as bar:
        table, methods = effects_job(asked, update=updater(bar, "Reading"))
    print_table(
        by_year(table),
        title=f"{asked.measure.label}: effect, percentage points, mean (95% equal-tailed interval)",
    )
    if not table["usable"].all():
        console.print("* The approximation does not vouch for it.")
    lines = [*filter(None, [asked.measure.caveat]), *did_it_embed(table)]
    _tell(asked, [*lines, inference_answer(methods)[0]])
    if not table["usable"].all():
        raise typer.Exit(1)


@app.command(epilog="Example:  mp-bayes panel placebo --data official --years 2013:2018")
def placebo(
    data: Data,
    measure: MeasureName = "rereferral",
    study: Chosen = DEFAULT_STUDY,
    treated: Followed = None,
    years: Years = None,
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    out: PanelOut = None,
    force: Force = False,
) -> None:
    """Pretend that each authority had the programme, and count what would be claimed."""
    from mp_bayes.commands.panel_job import placebo_job
    from mp_bayes.wording.panel import placebo_answer, placebo_table

    asked = _request(
        _folder("placebo", treated),
        about=treated,
        folder=data,
        measure=measure,
        study=study,
        years=years,
        out=out,
        force=force,
        seed=seed,
        prior_file=priors,
    )
    asked = asked.of_treated()
    with progress(counts=False) as bar:
        table, claims = placebo_job(asked, update=updater(bar, "Reading"))
    for effect in claims["effect"].unique():
        what = f"a fall of {-effect} percentage points planted" if effect else "nothing planted"
        print_table(
            placebo_table(claims, effect=effect),
            title=f"{asked.measure.label}: authorities without the programme, {what}",
        )
    _tell(asked, placebo_answer(table, claims, treated=asked.treated))


@app.command(
    epilog="Example:  mp-bayes panel inference --data official --treated Leeds --onset 2015.25"
)
def inference(
    data: Data,
    treated: Annotated[str, typer.Option(help="As the statistics name it.")],
    onset: Annotated[float, typer.Option(help="Calendar year, as 2015.25 for 1 April 2015.")],
    comparison: Annotated[
        str | None, typer.Option(help="One authority to compare with alone.")
    ] = None,
    measure: MeasureName = "rereferral",
    study: Chosen = DEFAULT_STUDY,
    years: Years = None,
    priors: PriorFile = None,
    out: PanelOut = None,
    force: Force = False,
) -> None:
    """Ask every frequentist method what happened to one authority, and which may be asked."""
    from mp_bayes.commands.panel_inference import inference_job
    from mp_bayes.wording.panel import inference_answer, methods_table

    asked = _request(
        _folder("inference", treated),
        about=treated,
        folder=data,
        measure=measure,
        study=study,
        years=years,
        out=out,
        force=force,
        prior_file=priors,
    )
    asked = asked.of_any()
    table = inference_job(asked, treated=asked.about, onset=onset, comparison=comparison)
    print_table(
        methods_table(table),
        title=f"{asked.measure.label}: effect, percentage points (95% confidence interval)",
    )
    _tell(asked, inference_answer(table))


@app.command(
    epilog="Example:  mp-bayes panel compare --data official --treated Leeds --years 2013:2016"
)
def compare(
    data: Data,
    treated: Annotated[
        str | None, typer.Option(help="As the statistics name it; the study's unless given.")
    ] = None,
    measure: MeasureName = "rereferral",
    study: Chosen = DEFAULT_STUDY,
    years: Years = None,
    seed: Seed = DEFAULT_SEED,
    out: PanelOut = None,
    force: Force = False,
) -> None:
    """Rank candidates for a comparison by how parallel their trends were."""
    from mp_bayes.commands.panel_job import compare_job
    from mp_bayes.wording.panel import compare_answer

    asked = _request(
        _folder("compare", treated),
        about=treated,
        folder=data,
        measure=measure,
        study=study,
        years=years,
        out=out,
        force=force,
        seed=seed,
    )
    asked = asked.of_any()
    table = compare_job(asked, treated=asked.about)
    columns = ["authority", "distance", "lower", "upper", "neighbour", "same_region", "size"]
    _show(table.head(15), columns, "Nearest trends; distance in log-odds, 95% intervals")
    reported = asked.reported if asked.about == asked.treated else ""
    _tell(asked, compare_answer(table, reported=reported))


def _folder(command: str, treated: str | None) -> str:
    """Name the folder of a command's results on one authority, if it was named."""
    return "_".join([command, *re.findall(r"\w+", (treated or "").lower())])


def _tell(asked: Any, lines: list[str]) -> None:
    for line in lines:
        console.print(line, highlight=False)
    page = asked.out / "panel.html"
    text = f"Read {page}; left_out.csv beside it names what could not be used, and why."
    console.print(text, highlight=False)


def _show(table: Any, columns: list[str], title: str) -> None:
    print_table(table[columns].map(_text), title=title)


def _text(value: Any) -> str:
    if isinstance(value, float) and math.isnan(value):
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
