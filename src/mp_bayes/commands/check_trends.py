"""`mp-bayes check trends`: what pre-trends could show, and what effects withstand."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mp_bayes.commands.terminal import (
    DEFAULT_STUDY,
    Chosen,
    Force,
    console,
    print_page_table,
    typed,
)
from mp_bayes.errors import InputError

_OUT = Path("results/checks/trends")


def trends(
    study: Chosen = DEFAULT_STUDY,
    estimates: Annotated[
        Path | None,
        typer.Option(help="CSV of an event study of your own: period, estimate, phase."),
    ] = None,
    covariance: Annotated[
        Path | None, typer.Option(help="CSV of its covariance, with the periods as labels.")
    ] = None,
    onset: Annotated[
        str | None, typer.Option(help="First period with the programme, without a column phase.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Period that the others are relative to, likewise.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            help="Of the periods after the onset, as 1,0,0; unless given a study's own are by "
            "referrals or cases, and those of --estimates equal."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help=f"Folder; {_OUT} unless given, none for --estimates."),
    ] = None,
    force: Force = False,
) -> None:
    """Ask what slope the pre-trend tests could have found, and what departure undoes the effect."""
    if (estimates is None) != (covariance is None):
        raise InputError("--estimates and --covariance go together: give both files, or neither")
    if estimates is None and (onset or reference):
        raise InputError("--onset and --reference go with --estimates and --covariance")
    chosen = _numbers(weights)
    if estimates is not None and covariance is not None:
        if study != DEFAULT_STUDY:
            raise InputError("--study and --estimates: give one of them")
        _own(estimates, covariance, onset, reference, chosen, out=out, force=force)
        return
    from mp_bayes.studies.read import read_study

    of = read_study(study)
    from mp_bayes.checks.trends import study_trends
    from mp_bayes.commands.check_job import check_job

    folder = out or _OUT
    lines = check_job(
        "trends",
        folder,
        of,
        lambda: study_trends(of, chosen),
        seed=0,
        command=typed(),
        force=force,
    )
    for line in lines:
        console.print(line, highlight=False)
    console.print(f"Written to {folder}; read check.html there.", highlight=False)


def _numbers(weights: str | None) -> list[float] | None:
    if weights is None:
        return None
    try:
        return [float(one) for one in weights.split(",")]
    except ValueError:
        raise InputError(f"--weights {weights}: write numbers with commas, as 1,0,0") from None


def _own(
    estimates: Path,
    covariance: Path,
    onset: str | None,
    reference: str | None,
    weights: list[float] | None,
    *,
    out: Path | None,
    force: bool,
) -> None:
    """Answer for an event study in two files, and keep it if a folder was named."""
    from mp_bayes.checks.event_study_files import read_event_study
    from mp_bayes.checks.trends import trends as tables_of
    from mp_bayes.wording.trends_check import trends_answer
    from mp_bayes.wording.trends_tables import trends_tables

    study = read_event_study(estimates, covariance, onset=onset, reference=reference)
    study.weights(weights)  # told before anything takes time
    if out is None:
        tables = tables_of([study], weights)
    else:
        tables = _kept(out, study, weights, [estimates, covariance], force=force)
    for line in trends_answer(tables, None):
        console.print(line, highlight=False)
    for table in trends_tables(tables):
        print_page_table(table)
    if out is not None:
        console.print(f"Written to {out}; read check.html there.", highlight=False)


def _kept(
    out: Path, study: Any, weights: list[float] | None, read: list[Path], *, force: bool
) -> Any:
    from importlib.metadata import version

    from mp_bayes.checks.trends import trends as tables_of
    from mp_bayes.figures import save
    from mp_bayes.figures.chart import also_narrow
    from mp_bayes.figures.trends_check import trends_charts
    from mp_bayes.report.checks_page import Described, answered_of_event_study, checks_page
    from mp_bayes.storage import whole_results, write_manifest

    with whole_results(out, f"the check trends of {study.name}", force=force) as staging:
        tables = tables_of([study], weights)
        for name, rows in tables.items():
            rows.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        source = f"Source: {study.label}, analysed by mp_bayes"
        charts = also_narrow(lambda: trends_charts(tables, source))
        for chart in charts:
            save(chart, staging / "figures")
        of = Described(study.label, " and ".join(file.name for file in read))
        said = answered_of_event_study(tables, charts)
        page = checks_page([said], of, version=version("mp-bayes"), command=typed())
        (staging / "check.html").write_text(page, encoding="utf-8")
        write_manifest(staging, inputs=read, command=typed())
    return tables
