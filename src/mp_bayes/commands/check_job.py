"""The job behind every `mp-bayes check`: work a check out, and write its folder."""

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from mp_bayes.commands.kept_study import keep_study
from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import console, typed
from mp_bayes.priors import Priors, inputs, load_priors
from mp_bayes.report.checks_page import CHECKS, answered, checks_page, held, of_what
from mp_bayes.storage import whole_results, write_manifest
from mp_bayes.studies.study import Study
from mp_bayes.wording.selection import Tables


def check_job(
    name: str,
    out: Path,
    study: Study,
    work: Callable[[], Tables],
    *,
    seed: int,
    command: str,
    force: bool,
    priors: Priors | None = None,
    read: list[Path] | None = None,
) -> list[str]:
    """Work a check out and write its folder: tables, figures, a page, and what made them.

    Parameters
    ----------
    name : str
        One of `CHECKS`.
    work : callable
        Returns the tables by name; called once the folder is known to be ours to write.
    priors : Priors, optional
        As used, if any are.
    read : list of Path, optional
        Files that were read besides the study's own.

    Returns
    -------
    list of str
        The answer's sentences.
    """
    from mp_bayes.figures import save
    from mp_bayes.figures.chart import also_narrow

    with whole_results(out, held(name, study), force=force) as staging:
        tables = work()
        for table, rows in tables.items():
            rows.to_csv(staging / f"{table}.csv", index=False, float_format="%.6g")
        charts = also_narrow(lambda: CHECKS[name].charts(tables, study))
        for chart in charts:
            save(chart, staging / "figures")
        if priors is not None:
            text = priors.text(study.outcomes.values())
            (staging / "priors.toml").write_text(text, encoding="utf-8")
        keep_study(study, staging)
        said = answered(name, tables, study, charts)
        page = checks_page(
            [said], of_what(name, study), version=version("mp-bayes"), command=command
        )
        (staging / "check.html").write_text(page, encoding="utf-8")
        facts = {"command": command, "study": study.name, "seed": seed}
        write_manifest(staging, inputs=[*inputs(study), *(read or [])], **facts)
    return said.sentences


def model_check(
    name: str,
    out: Path,
    study: Study,
    *,
    priors: Path | None,
    seed: int,
    force: bool,
    only: str = "",
) -> None:
    """Work a check of a study's models out, write its folder, and print its answer.

    Parameters
    ----------
    name : str
        One of `OF_MODELS`.
    priors : Path or None
        The file of `--priors`.
    only : str
        The outcome that is checked; all unless given.
    """
    from mp_bayes.checks.of_models import OF_MODELS

    outcomes = [study.outcome(only)] if only else list(study.outcomes.values())
    known = load_priors(study, priors)
    with progress(counts=False) as bar:
        update = updater(bar, "Starting")
        said = check_job(
            name,
            out,
            study,
            lambda: OF_MODELS[name](outcomes, known, seed=seed, on_progress=update),
            seed=seed,
            command=typed(),
            force=force,
            priors=known,
            read=[priors] if priors else [],
        )
    for sentence in said:
        console.print(sentence, highlight=False)
    console.print(f"Read {out / 'check.html'}; tables and figures lie beside it.")
