"""The command line: parses, calls, prints."""

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.panel import app as panel
from mp_bayes.commands.plan import plan
from mp_bayes.commands.terminal import (
    DEFAULT_SEED,
    Out,
    PriorFile,
    Seed,
    complain,
    console,
    print_table,
    progress,
    updater,
)
from mp_bayes.errors import InputError
from mp_bayes.studies.study import OUTCOMES, get_outcome

# Heavy libraries are imported inside the commands: `--help` and errors should not wait for them.

app = typer.Typer(
    name="mp-bayes",
    help="Bayesian re-analysis of the 2020 Motivational Practice evaluation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
#: What Typer returns after Ctrl-C.
INTERRUPTED = 130


class Format(StrEnum):
    """Image formats of `figures`."""

    svg = "svg"
    png = "png"


def main() -> None:
    """Run the command line; the only place where errors become messages and exit statuses."""
    try:
        status = app(standalone_mode=False) or 0
    except InputError as error:
        complain(str(error))
        status = 2
    except KeyboardInterrupt:
        status = INTERRUPTED
    except Exception as error:
        # Typer's own usage errors (an unknown option, a wrong number) carry a message and a status.
        if not hasattr(error, "exit_code"):
            raise
        if hasattr(error, "format_message") and error.format_message():
            complain(f"{error.format_message()} Try --help.")
        status = error.exit_code
    if status == INTERRUPTED:
        complain("interrupted; nothing was written")
        status = 2
    sys.exit(status)


@app.command(
    epilog="Examples:  mp-bayes run  |  mp-bayes run --out mine --seed 7  |  mp-bayes run --quick"
)
def run(
    out: Out = Path("results"),
    seed: Seed = DEFAULT_SEED,
    quick: Annotated[
        bool, typer.Option("--quick", help="The Laplace engine throughout, no plan.")
    ] = False,
    priors: PriorFile = None,
) -> None:
    """Run the whole re-analysis: tables, figures, and one page to read."""
    from mp_bayes.commands.jobs import run_job

    with progress() as bar:
        update = updater(bar, "Starting")
        unusable = run_job(
            out,
            seed=seed,
            quick=quick,
            prior_file=priors,
            command=shlex.join(["mp-bayes", *sys.argv[1:]]),
            on_progress=update,
        )
    console.print(f"Read {out / 'report.html'} first; all tables and figures lie beside it.")
    _finish(unusable)


def _finish(unusable: list[str]) -> None:
    """End with status 1 if a fit did not converge."""
    if unusable:
        names = "; ".join(unusable)
        complain(f"{len(unusable)} fits did not converge and are marked unusable: {names}")
        raise typer.Exit(1)


@app.command(
    epilog="Example:  mp-bayes fit cin_rereferral_12m --evidence coefficients --shock none"
)
def fit(
    outcome: Annotated[str, typer.Argument(help=f"One of {', '.join(OUTCOMES)}.")],
    evidence: Annotated[str, typer.Option(help="cells or coefficients.")] = "cells",
    shock: Annotated[str, typer.Option(help="none, within-study or national.")] = "national",
    effect: Annotated[str, typer.Option(help="yearly, constant or embedding.")] = "yearly",
    coding: Annotated[
        str,
        typer.Option(
            help="Of yearly effects: dosed (a partly exposed year has part of an effect) or "
            "published (as in the report)."
        ),
    ] = "dosed",
    timing: Annotated[
        str, typer.Option(help="Onsets: as_published; for CLA cla_from_2016, barnet_reach or both.")
    ] = "as_published",
    engine: Annotated[
        str,
        typer.Option(
            help="nuts, or laplace: the same posterior in seconds, from weighted draws around an "
            "approximation, which says where it cannot be relied upon."
        ),
    ] = "nuts",
    priors: PriorFile = None,
    seed: Seed = DEFAULT_SEED,
    out: Out = Path("fit"),
) -> None:
    """Fit one outcome, and write effects.csv and the posterior."""
    get_outcome(outcome)  # a misspelt one is told before anything heavy is imported
    from mp_bayes.commands.jobs import fit_job

    with progress() as bar:
        update = updater(bar, "Compiling the model" if engine == "nuts" else "Drawing")
        result = fit_job(
            out,
            outcome=outcome,
            evidence=evidence,
            shock=shock,
            effect=effect,
            coding=coding,
            timing=timing,
            engine=engine,
            prior_file=priors,
            seed=seed,
            on_progress=update,
        )
    shown = result.effects[["estimand", "year", "scale", "mean", "lower", "upper", "prob_below_0"]]
    print_table(
        shown.round(3).map(str).replace("nan", ""),
        title=f"{OUTCOMES[outcome].label}: posterior mean and 95% equal-tailed interval",
    )
    console.print(f"Written: {out / 'effects.csv'} and {out / 'posterior.nc'}")
    _finish([] if result.usable else [result.analysis.name])


@app.command(epilog="Examples:  mp-bayes audit    mp-bayes audit --out audit.csv")
def audit(
    out: Annotated[Path | None, typer.Option("--out", help="CSV file to write as well.")] = None,
) -> None:
    """Re-derive what the report says twice, and show where it disagrees with itself."""
    from mp_bayes.audit import run_audit, summarise

    checks = run_audit()
    print_table(summarise(checks), title="Checks by rule")
    wrong = checks[~checks["agrees"]]
    for number, row in enumerate(wrong.itertuples(), start=1):
        console.print(f"[bold]{number}. {row.subject}[/bold]", highlight=False)
        console.print(
            f"   printed {row.published} ({row.published_source}); "
            f"re-derived {row.rederived} ({row.rederived_source})\n   {row.detail}",
            highlight=False,
            markup=False,
        )
    agree = len(checks) - len(wrong)
    console.print(f"{len(checks)} comparisons: {agree} agree, {len(wrong)} do not.")
    if out is not None:
        _write_text(out, checks.to_csv(index=False))


def _write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    from mp_bayes.storage import write_whole

    write_whole(path, text)
    console.print(f"Written: {path}")


@app.command(
    epilog="Example:  mp-bayes priors --out mine.toml   then   mp-bayes run --priors mine.toml"
)
def priors(
    out: Annotated[Path | None, typer.Option("--out", help="TOML file to write instead.")] = None,
) -> None:
    """Print the default priors, each with its reason, in the form that --priors reads."""
    from mp_bayes.priors import default_text

    if out is None:
        typer.echo(default_text(), nl=False)
    else:
        _write_text(out, default_text())


@app.command(epilog="Example:  mp-bayes figures --outcome cin_rereferral_12m --format png")
def figures(
    results: Annotated[Path, typer.Option(help="Folder that `mp-bayes run` wrote.")] = Path(
        "results"
    ),
    outcome: Annotated[str | None, typer.Option(help="Only this outcome.")] = None,
    figure: Annotated[str | None, typer.Option(help="Only this figure.")] = None,
    image_format: Annotated[
        list[Format] | None, typer.Option("--format", help="svg, png; may be given twice.")
    ] = None,
    out: Out = Path("figures"),
) -> None:
    """Draw figures from existing results, without refitting."""
    from mp_bayes.commands.jobs import figures_job

    formats = tuple(item.value for item in image_format) if image_format else ("svg", "png")
    with progress() as bar:
        update = updater(bar, "Drawing")
        names = figures_job(
            out,
            results=results,
            outcome=outcome,
            figure=figure,
            formats=formats,
            on_progress=update,
        )
    console.print(f"Written to {out}: {', '.join(names)}")


app.command(
    epilog="Examples:  mp-bayes plan  |  mp-bayes plan --comparison-boroughs 5,15 --effect -4pp"
)(plan)
app.add_typer(panel)
