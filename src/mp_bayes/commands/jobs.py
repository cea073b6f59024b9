"""The main job behind the command line: run everything, and write tables, figures and pages."""

from collections.abc import Callable
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd

from mp_bayes.commands.kept_study import keep_study
from mp_bayes.errors import InputError
from mp_bayes.priors import SHOCK_PRIORS, Priors, inputs, load_priors
from mp_bayes.reanalysis.workers import processes, submit
from mp_bayes.storage import (
    other_manifests,
    read_manifest,
    whole_results,
    write_manifest,
)
from mp_bayes.studies.read import DEFAULT, is_shipped
from mp_bayes.studies.study import Study
from mp_bayes.wording.table import Table

OnProgress = Callable[[str, float, float], None]
# Seconds that the small plan takes, roughly, as `mp_bayes.reanalysis.pipeline` counts them.
_PLANNING = 20.0
# The same of an outcome's figures, and its part of the page.
_WRITING = 6.0
#: The priors as used, in a results folder.
PRIORS = "priors.toml"


def priors_table(study: Study, priors: Priors) -> pd.DataFrame:
    """List every prior with its reason: outcome, shock_prior, parameter, prior, reason."""
    rows = [
        {
            "outcome": name,
            "shock_prior": shock,
            "parameter": parameter,
            "prior": str(prior),
            "reason": prior.reason,
        }
        for name, outcome in study.outcomes.items()
        for shock in SHOCK_PRIORS
        for parameter, prior in priors.select(outcome, shock=shock).items()
    ]
    return pd.DataFrame(rows)


def run_job(
    out: Path,
    study: Study,
    *,
    seed: int,
    quick: bool,
    prior_file: Path | None,
    command: str,
    force: bool,
    on_progress: OnProgress,
) -> tuple[list[str], Table]:
    """Run the main job and write its folder whole.

    Returns
    -------
    unusable : list of str
        Names of the analyses that did not pass the convergence gate.
    answer : Table
        Each outcome's, as `mp_bayes.wording.brief.brief_answer` writes it.

    Raises
    ------
    InputError
        If an input or the folder is wrong; nothing is then written.
    """
    apart(out, study, prior_file)
    priors = load_priors(study, prior_file)
    outcomes = list(study.outcomes.values())
    holds = f"the analysis of {study.known_as}"
    with whole_results(out, holds, force=force) as staging, processes() as workers:
        from mp_bayes.reanalysis.grid import grid
        from mp_bayes.reanalysis.pipeline import seconds, start, tables
        from mp_bayes.reanalysis.task import tasks

        design = None if quick else small_design_of(study)
        fits = tasks(grid(outcomes, quick=quick), seed=seed, quick=quick)
        steps, fitting = 0.0, sum(seconds(fits))
        whole = fitting + _WRITING * len(outcomes)

        def fitted_one(takes: float) -> None:
            nonlocal steps
            steps += takes
            on_progress("Fitting", min(steps, fitting), whole)

        on_progress("Starting, then fitting", 0.0, whole)
        (staging / "posteriors").mkdir()
        planning = (
            submit(workers[-1], _planning, staging, study, design, priors, seed, command)
            if design
            else None
        )
        futures = start(
            fits,
            priors,
            seed=seed,
            posteriors=staging / "posteriors",
            workers=workers,
            busy=_PLANNING if design else 0.0,
            on_done=fitted_one,
        )
        # What needs no draws is done while the others sample.
        joined, panel = without_draws(study, priors), _panel(out, study)
        checks = _checks(out, study)
        outputs = [future.result() for future in futures]
        on_progress("Drawing and writing the report", fitting, whole)
        from mp_bayes.figures.registry import draw_and_save, wanted
        from mp_bayes.reanalysis.comparison import compare
        from mp_bayes.reanalysis.decomposition import decompose
        from mp_bayes.report import build_report
        from mp_bayes.wording.brief import brief_answer

        joined = tables(outputs) | joined
        joined["comparison"] = compare(joined["effects"], outcomes, priors)
        joined["decomposition"] = decompose(joined["effects"], outcomes, priors)
        # What a study has no evidence for has no table.
        joined = {name: table for name, table in joined.items() if len(table)}
        drawing = [
            submit(pool, draw_and_save, which, joined, staging, study, priors, staging / "figures")
            for which, pool in zip(wanted(joined, staging, study), cycle(workers), strict=False)
        ]
        for name, table in joined.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.9g")
        # `mp-bayes figures` draws with the study and the priors of the run.
        (staging / PRIORS).write_text(priors.text(study.outcomes.values()), encoding="utf-8")
        keep_study(study, staging)
        drawn = [future.result() for future in drawing]
        planned = planning.result() if planning else None
        read = [*inputs(study), *([prior_file] if prior_file else []), *other_manifests(out)]
        facts = {
            "command": command,
            "study": study.name,
            "seed": seed,
            "quick": quick,
        }
        write_manifest(staging, inputs=read, **facts)
        page = build_report(
            joined,
            drawn,
            read_manifest(staging),
            study,
            planning=planned,
            panel=panel,
            checks=checks,
        )
        _write_page(staging, page, joined, study, command)
        if checks:
            _write_checks(staging, checks, study, command)
        write_manifest(staging, inputs=read, **facts)
    fitted = [output for output in outputs if len(output.diagnostics)]
    unusable = [one.analysis.name for one in fitted if not one.diagnostics["usable"].all()]
    return unusable, brief_answer(joined, study)


def _write_page(
    staging: Path, page: Any, tables: dict[str, pd.DataFrame], study: Study, command: str
) -> None:
    """Write the page, with its tables and its paragraphs to quote beside it."""
    from mp_bayes.report import write_tables
    from mp_bayes.report.builder import quoted
    from mp_bayes.wording.quotable import text

    (staging / "report.html").write_text(page, encoding="utf-8")
    paragraphs = quoted(tables, study, version("mp-bayes"))
    (staging / "quotable.txt").write_text(text(paragraphs, study), encoding="utf-8")
    write_tables(staging, page, source=study.source, command=command)


def apart(out: Path, study: Study, prior_file: Path | None) -> None:
    """Refuse to write results beside what the user wrote: `priors.toml` might replace her own."""
    for file in (*study.files, *([prior_file] if prior_file else [])):
        if file.resolve().parent == out.resolve():
            raise InputError(
                f"{out} holds {file.name}, which this reads: choose another folder with --out"
            )


def without_draws(study: Study, priors: Priors) -> dict[str, pd.DataFrame]:
    """Return the tables that the Laplace engine's summaries, or the evidence alone, give."""
    from mp_bayes.reanalysis.sensitivity import sensitivity_tables
    from mp_bayes.reanalysis.weights import weights_table

    outcomes = list(study.outcomes.values())
    tables = {"weights": weights_table(outcomes, priors), **sensitivity_tables(outcomes, priors)}
    if study.name == DEFAULT and is_shipped(study):  # the report whose figures are audited
        from mp_bayes.audit import run_audit

        tables["audit"] = run_audit()
    return tables | {"priors": priors_table(study, priors)}


def _panel(out: Path, study: Study) -> Any:
    """Return the page's section on the panel, from results that lie in the folder already."""
    from mp_bayes.report.panel_page import panel_section

    return panel_section(out / "panel", study)


def _checks(out: Path, study: Study) -> Any:
    """Return what `mp-bayes check` has left in the folder already."""
    from mp_bayes.report.checks_page import found_checks

    return found_checks(out / "checks", study)


def _write_checks(staging: Path, checks: Any, study: Study, command: str) -> None:
    """Write the page of the checks, which the report names."""
    from mp_bayes.report.checks_page import CHECKS_PAGE, checks_page

    page = checks_page(checks, study, version=version("mp-bayes"), command=command)
    (staging / CHECKS_PAGE).write_text(page, encoding="utf-8")


def small_design_of(study: Study) -> Any:
    """Return the design of the small plan; None where counts without events allow none."""
    from mp_bayes.commands.plan_job import small_design

    try:
        return small_design(study)
    except InputError:
        return None


def _planning(
    staging: Path, study: Study, design: Any, priors: Priors, seed: int, command: str
) -> Any:
    """Run the small planning study, write its tables and figures, return its section."""
    from mp_bayes.commands.plan_job import small_plan
    from mp_bayes.figures import save
    from mp_bayes.figures.chart import also_narrow
    from mp_bayes.figures.facts import PLANNING_FACTS, write_facts
    from mp_bayes.figures.planning import planning_charts
    from mp_bayes.report.plan_page import planning_section

    tables, facts = small_plan(study, design, priors, seed=seed, command=command)
    for name, table in tables.items():
        table.to_csv(staging / f"planning_{name}.csv", index=False, float_format="%.6g")
    write_facts(staging / PLANNING_FACTS, facts)
    drawn = also_narrow(lambda: planning_charts(tables, facts))
    for chart in drawn:
        save(chart, staging / "figures")
    return planning_section(tables, drawn, facts)
