"""What a worker of the main job keeps of each analysis."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.estimands import estimands
from mp_bayes.estimands.costs import cost_table
from mp_bayes.estimands.predictive import cell_summaries
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.agreement import KEYS, differences
from mp_bayes.inference.nuts import HEADLINE, PATIENT, PRECISE, STANDARD
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.analysis import Result, analyse
from mp_bayes.reanalysis.groups import add_groups
from mp_bayes.reanalysis.task import Outputs, Task
from mp_bayes.storage import save_posterior, thin

#: Proposals for what is quoted: probabilities have a Monte Carlo error below 0.002 (see
#: `mp_bayes.wording.numbers.decimals_for`), so another seed changes no last digit by more than one.
MANY = 150_000
# Draws of each chain that are saved.
_KEPT = 80
# Posterior SDs, beyond four Monte Carlo errors, by which the engines may differ.
_APART = 0.05


def work(task: Task, priors: Priors, *, seed: int, posteriors: Path, cores: int) -> Outputs:
    """Run one analysis of the main job, and reduce it to tables and a saved posterior.

    Some are sampled too, as a check. Should the engines disagree, the answer is the sampler's, by
    long chains; where they agree it is the Laplace engine's, which has many times more draws.
    """
    analysis = task.analysis
    chosen = priors.select(analysis.outcome, shock=analysis.shock, years=analysis.years)
    how: dict[str, Any] = {"seed": seed, "cores": cores}
    patience = PATIENT if analysis.shock == "within-study" else STANDARD
    first: dict[str, Any] = {"sampling": patience}
    if analysis.quoted:
        first = {"sampling": HEADLINE, "proposals": MANY}
    result = analyse(analysis, priors, engine="laplace", **first, **how)
    if not task.check or result.engine == "nuts":
        return reduce_result(result, chosen, seed, posteriors)
    sampling = PRECISE if task.precise else patience
    sampled = analyse(analysis, priors, engine="nuts", sampling=sampling, **how)
    apart = differences(result.effects, sampled.effects).assign(
        **analysis.labels,
        pareto_k=result.effects["pareto_k"].max(),
        max_rhat=sampled.effects["rhat"].max(),
        divergences=sampled.divergences,
        attempts=sampled.attempts,
    )
    if sampled.usable and _disagree(result.effects, sampled.effects):
        result = analyse(analysis, priors, engine="nuts", sampling=HEADLINE, **how)
    kept = sampled if sampled.usable else result
    return replace(reduce_result(result, chosen, seed, posteriors, kept=kept), agreement=apart)


def _disagree(drawn: pd.DataFrame, sampled: pd.DataFrame) -> bool:
    """Tell whether an effect's mean, or an end of its interval, differs more than chance allows."""
    both = drawn.merge(sampled, on=KEYS, suffixes=("", "_sampled"))
    both = both[both["estimand"].str.endswith("_effect")]
    for name in ("mean", "lower", "upper"):
        error = np.hypot(both[f"mcse_{name}"], both[f"mcse_{name}_sampled"])
        away = (both[name] - both[f"{name}_sampled"]).abs()
        if (away > _APART * both["sd_sampled"] + 4 * error).any():
            return True
    return False


def reduce_result(
    result: Result,
    priors: dict[str, Any],
    seed: int,
    posteriors: Path,
    *,
    kept: Result | None = None,
) -> Outputs:
    """Reduce a result to tables, and save its posterior if it is one that the report shows.

    `priors` are those of the fit, by parameter; `kept` is the same analysis with the draws to be
    saved, if they are others.
    """
    analysis = result.analysis
    outcome = analysis.outcome
    labels = {**analysis.labels, "engine": result.engine}
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
        if outcome.setting.cost is not None:
            averted = next(row for row in rows if row.name == "outcomes_averted")
            costs = cost_table(averted, outcome, ess=result.ess)
            costs = costs.assign(**labels, usable=result.usable)
        if analysis.evidence == "cells":
            trends = cell_summaries(posterior, observed, outcome, seed=seed).assign(
                **labels, usable=result.usable
            )
            name = f"{outcome.name}__{analysis.shock}__{analysis.effect}.nc"
            if analysis.effect == "yearly" or analysis.shock == "national":
                fit = add_groups(
                    thin((kept or result).tree, _KEPT), priors, observed, outcome, seed=seed
                )
                save_posterior(fit, posteriors / name)
    return Outputs(analysis, result.effects, diagnostics, trends, costs)
