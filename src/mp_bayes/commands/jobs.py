"""The three jobs behind the command line: run everything, fit one analysis, redraw figures."""

import os
from collections.abc import Callable
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.priors import SHOCK_PRIORS, Priors, load_priors
from mp_bayes.reanalysis.workers import processes, submit
from mp_bayes.storage import (
    packaged_inputs,
    panel_manifests,
    read_manifest,
    read_tables,
    save_posterior,
    whole_results,
    write_manifest,
)
from mp_bayes.studies.study import OUTCOMES, get_outcome

OnProgress = Callable[[str, int, int], None]
# Seconds that the small plan takes, roughly, as `mp_bayes.reanalysis.pipeline` counts them.
_PLANNING = 20.0
#: A copy of the user's prior file, if any, in a results folder.
PRIORS = "priors.toml"


def priors_table(priors: Priors) -> pd.DataFrame:
    """List every prior with its reason: outcome, shock_prior, parameter, prior, reason."""
    rows = [
        {
            "outcome": name,
            "shock_prior": shock,
            "parameter": parameter,
            "prior": str(prior),
            "reason": prior.reason,
        }
        for name, outcome in OUTCOMES.items()
        for shock in SHOCK_PRIORS
        for parameter, prior in priors.select(outcome, shock=shock).items()
    ]
    return pd.DataFrame(rows)


def run_job(
    out: Path,
    *,
    seed: int,
    quick: bool,
    prior_file: Path | None,
    command: str,
    on_progress: OnProgress,
) -> list[str]:
    """Run the main job and write its folder whole.

    Returns
    -------
    list of str
        Names of the analyses that did not pass the convergence gate.

    Raises
    ------
    InputError
        If an input or the folder is wrong; nothing is then written.
    """
    priors = load_priors(prior_file)
    with whole_results(out) as staging, processes() as workers:
        from mp_bayes.reanalysis.grid import grid
        from mp_bayes.reanalysis.pipeline import start, tables
        from mp_bayes.reanalysis.task import tasks

        fits = tasks(grid(quick=quick), seed=seed, quick=quick)
        steps = iter(range(1, len(fits) + 1))
        on_progress("Compiling models, then sampling", 0, len(fits) + 1)
        (staging / "posteriors").mkdir()
        planning = None if quick else submit(workers[-1], _planning, staging, priors, seed)
        futures = start(
            fits,
            priors,
            seed=seed,
            posteriors=staging / "posteriors",
            workers=workers,
            busy=0.0 if quick else _PLANNING,
            on_done=lambda: on_progress("Sampling", next(steps), len(fits) + 1),
        )
        # What needs no draws is done while the others sample.
        joined, panel = _without_draws(priors), _panel(out)
        outputs = [future.result() for future in futures]
        on_progress("Drawing and writing the report", len(fits), len(fits) + 1)
        from mp_bayes.figures.registry import draw_and_save, wanted
        from mp_bayes.reanalysis.comparison import compare
        from mp_bayes.reanalysis.decomposition import decompose
        from mp_bayes.report import build_report

        joined = tables(outputs) | joined
        joined["comparison"] = compare(joined["effects"], priors)
        joined["decomposition"] = decompose(joined["effects"], priors)
        drawing = [
            submit(pool, draw_and_save, which, joined, staging, priors, staging / "figures")
            for which, pool in zip(wanted(joined, staging), cycle(workers), strict=False)
        ]
        for name, table in joined.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.9g")
        if prior_file:
            # `mp-bayes figures` draws with the priors of the run.
            (staging / PRIORS).write_bytes(prior_file.read_bytes())
        drawn = [future.result() for future in drawing]
        planned = planning.result() if planning else None
        inputs = [*packaged_inputs(), *([prior_file] if prior_file else []), *panel_manifests(out)]
        facts = {
            "command": command,
            "version": version("mp-bayes"),
            "seed": seed,
            "quick": quick,
        }
        write_manifest(staging, inputs=inputs, **facts)
        page = build_report(joined, drawn, read_manifest(staging), planning=planned, panel=panel)
        (staging / "report.html").write_text(page, encoding="utf-8")
        write_manifest(staging, inputs=inputs, **facts)
    fitted = [output for output in outputs if len(output.diagnostics)]
    return [output.analysis.name for output in fitted if not output.diagnostics["usable"].all()]


def _without_draws(priors: Priors) -> dict[str, pd.DataFrame]:
    """Return the tables that the Laplace engine's summaries, or the evidence alone, give."""
    from mp_bayes.audit import run_audit
    from mp_bayes.reanalysis.sensitivity import sensitivity_tables
    from mp_bayes.reanalysis.weights import weights_table

    return {
        "weights": weights_table(priors),
        **sensitivity_tables(priors),
        "audit": run_audit(),
        "priors": priors_table(priors),
    }


def _panel(out: Path) -> Any:
    """Return the page's section on the panel, from results that lie in the folder already."""
    from mp_bayes.report.panel_page import panel_section

    return panel_section(out / "panel")


def _planning(staging: Path, priors: Priors, seed: int) -> Any:
    """Run the small planning study, write its tables and figures, return its section."""
    from mp_bayes.commands.plan_job import small_plan
    from mp_bayes.figures import save
    from mp_bayes.figures.planning import planning_charts
    from mp_bayes.report.plan_page import planning_section

    command = "mp-bayes run"
    tables, facts = small_plan(priors, seed=seed, command=command)
    for name, table in tables.items():
        table.to_csv(staging / f"planning_{name}.csv", index=False, float_format="%.6g")
    drawn = list(planning_charts(tables, facts))
    for chart in drawn:
        save(chart, staging / "figures")
    return planning_section(tables, drawn, facts)


def fit_job(
    out: Path,
    *,
    outcome: str,
    evidence: str,
    shock: str,
    effect: str,
    coding: str,
    timing: str,
    engine: str,
    prior_file: Path | None,
    seed: int,
    on_progress: OnProgress,
) -> Any:
    """Fit one analysis by one engine, and write `effects.csv` and `posterior.nc`.

    Returns
    -------
    mp_bayes.reanalysis.analysis.Result
    """
    get_outcome(outcome)
    priors = load_priors(prior_file)
    priors.select(get_outcome(outcome), shock=shock)
    with whole_results(out) as staging:
        from mp_bayes.inference.nuts import PRECISE
        from mp_bayes.reanalysis.analysis import analyse
        from mp_bayes.reanalysis.grid import Analysis

        analysis = Analysis(outcome, evidence, shock, effect, timing, coding)
        result = analyse(
            analysis,
            priors,
            seed=seed,
            engine=engine,
            sampling=PRECISE,
            cores=os.cpu_count(),
            on_draws=lambda done, total: on_progress("Sampling", done, total),
        )
        result.effects.to_csv(staging / "effects.csv", index=False, float_format="%.6g")
        save_posterior(result.tree, staging / "posterior.nc", per_chain=2500)
    return result


def figures_job(
    out: Path,
    *,
    results: Path,
    outcome: str | None,
    figure: str | None,
    formats: tuple[str, ...],
    on_progress: OnProgress,
) -> list[str]:
    """Draw figures from a results folder and return their names."""
    if outcome is not None:
        get_outcome(outcome)
    tables = read_tables(results)
    from mp_bayes.figures import CHARTS, charts, save

    if figure is not None and figure not in CHARTS:
        raise InputError(f"unknown figure '{figure}': choose one of {', '.join(CHARTS)}")
    drawn = []
    with whole_results(out) as staging:
        own = PRIORS in read_manifest(results)["files"]
        priors = load_priors(results / PRIORS if own else None)
        for chart in charts(tables, results, outcome=outcome, figure=figure, priors=priors):
            save(chart, staging, formats)
            drawn.append(chart.name)
            on_progress(f"Drawing {chart.name}", len(drawn), len(drawn))
        if not drawn:
            raise InputError(
                f"the results in {results} cannot give that figure; "
                "run `mp-bayes run` again, without --quick"
            )
    return drawn
