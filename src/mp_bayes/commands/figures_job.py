"""The job behind `mp-bayes figures`: draw again from results that lie in a folder."""

from pathlib import Path

from mp_bayes.commands.jobs import PRIORS, STUDY, OnProgress
from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.storage import MANIFEST, read_manifest, read_tables, whole_results, write_manifest
from mp_bayes.studies.read import FILE, SHIPPED, read_study, shipped
from mp_bayes.studies.study import Study


def figures_job(
    out: Path,
    *,
    results: Path,
    outcome: str | None,
    figure: str | None,
    formats: tuple[str, ...],
    command: str,
    force: bool,
    on_progress: OnProgress,
) -> list[str]:
    """Draw figures from a results folder and return their names."""
    tables = read_tables(results)
    study = _study_of(results)
    if outcome is not None:
        study.outcome(outcome)
    from mp_bayes.figures import CHARTS, charts, save

    if figure is not None and figure not in CHARTS:
        raise InputError(f"unknown figure '{figure}': choose one of {', '.join(CHARTS)}")
    drawn = []
    # Figure by figure: what was drawn before stays beside them.
    holds = f"figures of {study.known_as}"
    with whole_results(out, holds, force=force, adds=True) as staging:
        priors = load_priors(study, results / PRIORS)
        try:
            for chart in charts(tables, results, study, priors, outcome=outcome, figure=figure):
                save(chart, staging, formats)
                drawn.append(chart.name)
                on_progress(f"Drawing {chart.name}", len(drawn), len(drawn))
        except InputError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError, OSError) as error:
            # As its manifest says, and yet not what a run writes: somebody else's perhaps.
            raise InputError(
                f"{results} holds tables or posteriors that cannot be drawn "
                f"({type(error).__name__}): run the analysis again"
            ) from None
        if not drawn:
            raise InputError(
                f"the results in {results} cannot give that figure; "
                "run `mp-bayes run` again, without --quick"
            )
        write_manifest(staging, inputs=[results / MANIFEST], command=command, study=study.name)
    return drawn


def _study_of(results: Path) -> Study:
    """Read the study that a results folder is of: its copy there, or the shipped one."""
    manifest = read_manifest(results)
    # What the manifest does not list was not written by the run.
    copied = f"{STUDY}/{FILE}" in manifest["files"]
    known = copied or manifest.get("study") in shipped()
    if not known or PRIORS not in manifest["files"]:
        raise InputError(
            f"{results} does not say of what study and priors it is: run `mp-bayes run` again"
        )
    return read_study(results / STUDY / FILE if copied else SHIPPED / manifest["study"])
