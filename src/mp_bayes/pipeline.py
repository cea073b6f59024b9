"""The main job: which analyses are run, how they share the cores, and the tables they make."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from mp_bayes.plan import Analysis
from mp_bayes.priors import Priors
from mp_bayes.storage import uninterrupted
from mp_bayes.study import get_outcome


@dataclass(frozen=True)
class Outputs:
    """What the main job keeps of one analysis; `trends` and `costs` may be empty."""

    analysis: Analysis
    effects: pd.DataFrame
    diagnostics: pd.DataFrame
    trends: pd.DataFrame
    costs: pd.DataFrame


def _work(analysis: Analysis, priors: Priors, seed: int, posteriors: Path, cores: int) -> Outputs:
    # Only the worker processes load the samplers: the parent starts them without waiting.
    from mp_bayes.outputs import work

    return work(analysis, priors, seed=seed, posteriors=posteriors, cores=cores)


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
        priors.select(get_outcome(analysis.outcome), shock=analysis.shock, years=analysis.years)
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
        # A process that is still importing has not reached its initializer.
        with uninterrupted():
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
COMPILE_COST, FIT_COST, HEADLINE_COST = 15.0, {"cells": 1.5, "coefficients": 0.6}, 20.0


def _shares(analyses: list[Analysis], workers: int) -> Iterator[list[int]]:
    """Divide the analyses' places among workers; those with one structure stay together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, analysis in enumerate(analyses):
        groups.setdefault(analysis.structure, []).append(place)
    cost = {
        key: COMPILE_COST
        + FIT_COST[key[0]] * len(group)
        + HEADLINE_COST * sum(analyses[place].headline for place in group)
        for key, group in groups.items()
    }
    shares: list[list[int]] = [[] for _ in range(workers)]
    load = [0.0] * workers
    for key in sorted(groups, key=lambda key: -cost[key]):
        least = load.index(min(load))
        shares[least] += groups[key]
        load[least] += cost[key]
    yield from shares


def tables(outputs: list[Outputs]) -> dict[str, pd.DataFrame]:
    """Join outputs into the tables of the results folder, by file name without ending."""
    kinds: dict[str, list[Outputs]] = {"": [], "timing": [], "years": [], "shape": []}
    for output in outputs:
        kinds[output.analysis.assumption].append(output)
    main = kinds[""]
    joined = {
        "effects": pd.concat([output.effects for output in main], ignore_index=True),
        "diagnostics": pd.concat([output.diagnostics for output in outputs], ignore_index=True),
        "trends": pd.concat([output.trends for output in main], ignore_index=True),
        "costs": pd.concat([output.costs for output in main], ignore_index=True),
    }
    changed = {
        "timing_scenarios": [
            output.effects.assign(timing=output.analysis.timing) for output in kinds["timing"]
        ],
        "headline_variants": [
            output.effects.assign(years=output.analysis.years, shape=output.analysis.shape)
            for output in kinds["years"] + kinds["shape"]
        ],
    }
    return joined | {
        name: pd.concat(parts, ignore_index=True) for name, parts in changed.items() if parts
    }
