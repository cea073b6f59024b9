"""What a worker of the main job keeps of each analysis."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from mp_bayes.analysis import Result, analyse
from mp_bayes.costs import cost_table
from mp_bayes.estimands import estimands
from mp_bayes.evidence.arrays import cells
from mp_bayes.fit import HEADLINE, PATIENT, PRECISE, STANDARD
from mp_bayes.pipeline import Outputs, Task
from mp_bayes.predictive import cell_summaries
from mp_bayes.priors import Priors
from mp_bayes.simulate.agreement import differences
from mp_bayes.storage import save_posterior
from mp_bayes.study import get_outcome


def work(task: Task, priors: Priors, *, seed: int, posteriors: Path, cores: int) -> Outputs:
    """Run one analysis of the main job, and reduce it to tables and a saved posterior."""
    result = _fit(task, task.engine, priors, seed, cores)
    if not task.check:
        return reduce_result(result, seed, posteriors)
    sampled = _fit(task, "nuts", priors, seed, cores)
    apart = differences(result.effects, sampled.effects).assign(
        **asdict(task.analysis),
        pareto_k=result.effects["pareto_k"].max(),
        vouched=result.engine == "laplace",
    )
    return Outputs(task.analysis, agreement=apart)


def _fit(task: Task, engine: str, priors: Priors, seed: int, cores: int) -> Result:
    analysis = task.analysis
    sampling = PATIENT if analysis.shock == "within-study" else STANDARD
    if task.precise:
        sampling = PRECISE
    elif analysis.headline:
        sampling = HEADLINE
    return analyse(analysis, priors, seed=seed, engine=engine, sampling=sampling, cores=cores)


def reduce_result(result: Result, seed: int, posteriors: Path) -> Outputs:
    """Reduce a result to tables, and save its posterior if it is one that the report shows."""
    analysis = result.analysis
    outcome = get_outcome(analysis.outcome)
    labels = {**asdict(analysis), "engine": result.engine}
    diagnostics = pd.DataFrame(
        [
            {
                **labels,
                "divergences": result.divergences,
                "pareto_k": result.effects["pareto_k"].max(),
                "max_rhat": result.effects["rhat"].max(),
                "min_ess_bulk": result.effects["ess_bulk"].min(),
                "min_ess_tail": result.effects["ess_tail"].min(),
                "draws": result.tree["posterior"].sizes["draw"]
                * result.tree["posterior"].sizes["chain"],
                "attempts": result.attempts,
                "usable": result.usable,
            }
        ]
    )
    trends = costs = pd.DataFrame()
    if not analysis.assumption:
        posterior = result.tree["posterior"].to_dataset()
        observed = cells(outcome)
        rows = estimands(posterior, observed, outcome, effect=analysis.effect)
        averted = next(row for row in rows if row.name == "outcomes_averted")
        costs = cost_table(averted, outcome, ess=result.ess)
        costs = costs.assign(**labels, usable=result.usable)
        if analysis.evidence == "cells":
            trends = cell_summaries(posterior, observed, outcome, seed=seed).assign(
                **labels, usable=result.usable
            )
            name = f"{analysis.outcome}__{analysis.shock}__{analysis.effect}.nc"
            if analysis.effect == "yearly" or analysis.shock == "national":
                save_posterior(result.tree, posteriors / name)
    return Outputs(analysis, result.effects, diagnostics, trends, costs)
