"""The command line: parses, calls, prints."""

import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.app import app as planner
from mp_bayes.commands.check import app as check
from mp_bayes.commands.figures import figures
from mp_bayes.commands.fit import fit
from mp_bayes.commands.listing import listing
from mp_bayes.commands.panel import app as panel
from mp_bayes.commands.plan import plan
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
    console,
    finish,
    print_page_table,
    print_table,
    typed,
)

# Heavy libraries are imported inside the commands: `--help` and errors should not wait for them.

app = typer.Typer(
    name="mp-bayes",
    help="Bayesian difference-in-differences with borough-by-year shocks, of the 2020 Motivational "
    "Practice evaluation or a study of your own.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:
    """Print the version, if that was asked for."""
    if asked:
        console.print(f"mp-bayes {version('mp-bayes')}", highlight=False)
        raise typer.Exit


@app.callback(help=app.info.help)
def root(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", metavar=FLAG, callback=_version, is_eager=True, help="Say which it is."
        ),
    ] = False,
) -> None:
    """Stand before every command."""


@app.command(
    epilog="Examples:  mp-bayes run  |  mp-bayes run --out mine --seed 7  |  mp-bayes run --quick"
)
def run(
    out: Out = Path("results"),
    seed: Seed = DEFAULT_SEED,
    study: Chosen = DEFAULT_STUDY,
    quick: Annotated[
        bool, typer.Option("--quick", metavar=FLAG, help="The Laplace engine throughout, no plan.")
    ] = False,
    priors: PriorFile = None,
    force: Force = False,
) -> None:
    """Run the whole analysis of a study: tables, figures, and one page to read."""
    from mp_bayes.studies.read import read_study

    chosen = read_study(study)  # a misspelt name is told before anything heavy is imported
    from mp_bayes.commands.jobs import run_job

    with progress(counts=False) as bar:
        update = updater(bar, "Starting")
        unusable, answer = run_job(
            out,
            chosen,
            seed=seed,
            quick=quick,
            prior_file=priors,
            command=typed(),
            force=force,
            on_progress=update,
        )
    print_page_table(answer)
    console.print(f"Read {out / 'report.html'} first; all tables and figures lie beside it.")
    finish(unusable)


app.command(
    epilog="Examples:  mp-bayes fit cin_rereferral_12m --shock none  |  "
    "mp-bayes fit --counts own.csv --treated Ashford,Bexley --onset 2022-04 --engine laplace"
)(fit)


@app.command(epilog="Example:  mp-bayes new my-study   then   mp-bayes run --study my-study")
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
) -> None:
    """Write a small study that runs at once: edit its study.toml and counts.csv."""
    from mp_bayes.commands.new import write_study

    write_study(folder)
    console.print(f"Written: {folder / 'study.toml'} and {folder / 'counts.csv'}.")
    command = shlex.join(["mp-bayes", "run", "--study", str(folder)])
    console.print(f"Next: {command} --out my-results", highlight=False)


@app.command(epilog="Examples:  mp-bayes audit    mp-bayes audit --out audit.csv")
def audit(
    out: Annotated[Path | None, typer.Option("--out", help="CSV file to write as well.")] = None,
    force: Force = False,
) -> None:
    """Re-derive what the 2020 report says twice, and show where it disagrees with itself."""
    from mp_bayes.audit import run_audit, summarise

    checks = run_audit()
    print_table(summarise(checks), title="Checks by rule")
    wrong = checks[~checks["agrees"]]
    for number, row in enumerate(wrong.itertuples(), start=1):
        console.print(f"{number}. {row.subject}", style="bold", highlight=False)
        console.print(
            f"   printed {row.published} ({row.published_source}); "
            f"re-derived {row.rederived} ({row.rederived_source})\n   {row.detail}",
            highlight=False,
        )
    agree = len(checks) - len(wrong)
    console.print(f"{len(checks)} comparisons: {agree} agree, {len(wrong)} do not.")
    if out is not None:
        _write_text(out, checks.to_csv(index=False), force=force)


def _write_text(path: Path, text: str, *, force: bool) -> None:
    """Write a file whole or not at all."""
    from mp_bayes.storage import write_whole

    write_whole(path, text, force=force)
    console.print(f"Written: {path}")


@app.command(
    epilog="Example:  mp-bayes priors --out mine.toml   then   mp-bayes run --priors mine.toml"
)
def priors(
    out: Annotated[Path | None, typer.Option("--out", help="TOML file to write instead.")] = None,
    study: Chosen = DEFAULT_STUDY,
    force: Force = False,
) -> None:
    """Print the priors of a study, each with its reason, in the form that --priors reads."""
    from mp_bayes.priors import printed
    from mp_bayes.studies.read import read_study

    text = printed(read_study(study))
    if out is None:
        typer.echo(text, nl=False)
    else:
        _write_text(out, text, force=force)


app.command(
    epilog="Examples:  mp-bayes figures --list  |  mp-bayes figures --outcome cin_rereferral_12m "
    "--width 160mm --format png --dpi 300 --no-title"
)(figures)
app.command(
    epilog="Examples:  mp-bayes plan  |  mp-bayes plan --comparison-boroughs 5,15 --effect -4pp"
)(plan)
app.command(
    name="list",
    epilog="Examples:  mp-bayes list  |  mp-bayes list outcomes  |  "
    "mp-bayes list authorities --data official",
)(listing)
app.command(name="app", epilog="Example:  mp-bayes app --study my-study")(planner)
app.add_typer(panel)
app.add_typer(check)
