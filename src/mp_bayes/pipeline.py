"""The main job: which analyses are run, how they share the cores, and the tables they make."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from mp_bayes.analysis import Analysis, Result, analyse, priors_for
from mp_bayes.costs import cost_table
from mp_bayes.estimands import estimands
from mp_bayes.evidence.arrays import EVIDENCE, cells
from mp_bayes.models import EFFECTS
from mp_bayes.predictive import cell_summaries
from mp_bayes.priors import SHOCK_PRIORS, Priors
from mp_bayes.storage import save_posterior
from mp_bayes.study import OUTCOMES, get_outcome, timings

#: Fixed shock SDs (log-odds or log-rate) of the figure that shows effect against assumed shock SD.
SHOCK_GRID = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45)


@dataclass(frozen=True)
class Outputs:
    """What the main job keeps of one analysis; `trends` and `costs` may be empty."""

    analysis: Analysis
    effects: pd.DataFrame
    diagnostics: pd.DataFrame
    trends: pd.DataFrame
    costs: pd.DataFrame


def plan(*, quick: bool = False) -> list[Analysis]:
    """List the analyses of the main job.

    All outcomes under both kinds of evidence, three shock priors and three effect structures; the
    timing scenarios of CLA; and the published coefficients under fixed shock SDs. `quick` keeps the cells under
    yearly effects, and the headline's embedding.
    """
    if quick:
        return [
            Analysis(outcome, shock=shock, effect=effect)
            for outcome in OUTCOMES
            for shock in SHOCK_PRIORS
            for effect in EFFECTS
            if effect == "yearly" or (shock == "national" and effect == "embedding")
        ]
    main = [
        Analysis(outcome, evidence, shock, effect)
        for outcome in OUTCOMES
        for evidence in EVIDENCE
        for shock in SHOCK_PRIORS
        for effect in EFFECTS
    ]
    scenarios = [
        Analysis(name, effect=effect, timing=timing)
        for name, outcome in OUTCOMES.items()
        for timing in list(timings(outcome.study))[1:]
        for effect in ("constant", "embedding")
    ]
    sensitivity = [
        Analysis(name, "coefficients", sd_shock=sd) for name in OUTCOMES for sd in SHOCK_GRID
    ]
    return main + scenarios + sensitivity


def is_main(analysis: Analysis) -> bool:
    """Tell whether an analysis belongs to the main grid, with no assumption changed."""
    return analysis.timing == "as_published" and analysis.sd_shock is None


def _outputs(result: Result, seed: int, posteriors: Path) -> Outputs:
    """Reduce a result to tables, and save its posterior if it is one that the report shows."""
    analysis = result.analysis
    outcome = get_outcome(analysis.outcome)
    labels = asdict(analysis)
    diagnostics = pd.DataFrame(
        [
            {
                **labels,
                "divergences": result.divergences,
                "max_rhat": result.effects["rhat"].max(),
                "min_ess_bulk": result.effects["ess_bulk"].min(),
                "min_ess_tail": result.effects["ess_tail"].min(),
                "draws": result.tree["posterior"].sizes["draw"]
                * result.tree["posterior"].sizes["chain"],
                "usable": result.usable,
            }
        ]
    )
    trends = costs = pd.DataFrame()
    if is_main(analysis):
        posterior = result.tree["posterior"].to_dataset()
        observed = cells(outcome)
        rows = estimands(posterior, observed, outcome, effect=analysis.effect)
        averted = next(row for row in rows if row.name == "outcomes_averted")
        costs = cost_table(averted, outcome).assign(**labels, usable=result.usable)
        if analysis.evidence == "cells":
            trends = cell_summaries(posterior, observed, outcome, seed=seed).assign(
                **labels, usable=result.usable
            )
            name = f"{analysis.outcome}__{analysis.shock}__{analysis.effect}.nc"
            if analysis.effect == "yearly" or analysis.shock == "national":
                save_posterior(result.tree, posteriors / name)
    return Outputs(analysis, result.effects, diagnostics, trends, costs)


def _work(analysis: Analysis, priors: Priors, seed: int, posteriors: Path, cores: int) -> Outputs:
    from mp_bayes.fit import PATIENT, STANDARD

    sampling = PATIENT if analysis.shock == "within-study" else STANDARD
    result = analyse(analysis, priors, seed=seed, sampling=sampling, cores=cores)
    return _outputs(result, seed, posteriors)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def run_analyses(
    analyses: list[Analysis],
    priors: Priors,
    *,
    seed: int,
    posteriors: Path,
    workers: int | None = None,
    on_done: Callable[[Outputs], None] = lambda _: None,
) -> list[Outputs]:
    """Run analyses on all cores and return their outputs in the order given.

    Analyses that share a compiled model go to the same process, so each model is compiled once.

    Parameters
    ----------
    analyses : list of Analysis
    priors : Priors
    seed : int
    posteriors : Path
        Existing folder for the saved posteriors.
    workers : int, optional
        Processes; one per core, at most four, unless given. The numbers do not depend on it.
    on_done : callable
        Called with each result as it comes.
    """
    for analysis in analyses:  # a wrong prior is an error now, not after a minute
        priors_for(analysis, priors)
    workers = workers or min(os.cpu_count() or 1, 4)
    cores = max(1, (os.cpu_count() or 1) // workers)
    pools = [
        ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_parent
        )
        for _ in range(workers)
    ]
    try:
        futures: dict[Future[Outputs], int] = {}
        for group, pool in zip(_shares(analyses, workers), pools, strict=True):
            for place in group:
                task = pool.submit(_work, analyses[place], priors, seed, posteriors, cores)
                futures[task] = place
        done: dict[int, Outputs] = {}
        for future in as_completed(futures):
            done[futures[future]] = future.result()
            on_done(done[futures[future]])
        return [done[place] for place in range(len(analyses))]
    except BaseException:
        for pool in pools:
            for process in list(pool._processes.values()):
                process.kill()
        raise
    finally:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)


# Seconds, roughly: only their proportions matter, to give the processes equal shares.
COMPILE_COST, FIT_COST = 15.0, {"cells": 1.5, "coefficients": 0.6}


def _shares(analyses: list[Analysis], workers: int) -> Iterator[list[int]]:
    """Divide the analyses' places among workers; those with one structure stay together."""
    groups: dict[tuple[str, str], list[int]] = {}
    for place, analysis in enumerate(analyses):
        groups.setdefault(analysis.structure, []).append(place)
    cost = {key: COMPILE_COST + FIT_COST[key[0]] * len(group) for key, group in groups.items()}
    shares: list[list[int]] = [[] for _ in range(workers)]
    load = [0.0] * workers
    for key in sorted(groups, key=lambda key: -cost[key]):
        least = load.index(min(load))
        shares[least] += groups[key]
        load[least] += cost[key]
    yield from shares


def tables(outputs: list[Outputs]) -> dict[str, pd.DataFrame]:
    """Join outputs into the tables of the results folder, by file name without ending."""
    main = [output for output in outputs if is_main(output.analysis)]
    joined = {
        "effects": pd.concat([output.effects for output in main], ignore_index=True),
        "diagnostics": pd.concat([output.diagnostics for output in outputs], ignore_index=True),
        "trends": pd.concat([output.trends for output in main], ignore_index=True),
        "costs": pd.concat([output.costs for output in main], ignore_index=True),
    }
    scenarios = [
        output.effects.assign(timing=output.analysis.timing)
        for output in outputs
        if output.analysis.timing != "as_published"
    ]
    sensitivity = [
        output.effects.assign(assumed_sd_shock=output.analysis.sd_shock)
        for output in outputs
        if output.analysis.sd_shock is not None
    ]
    if scenarios:
        joined["timing_scenarios"] = pd.concat(scenarios, ignore_index=True)
    if sensitivity:
        joined["shock_sensitivity"] = pd.concat(sensitivity, ignore_index=True)
    return joined
