"""The main job: which analyses are run, how they share the cores, and the tables they make."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Future, ProcessPoolExecutor
from pathlib import Path

import pandas as pd

from mp_bayes.priors import Priors
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.reanalysis.task import Outputs, Task
from mp_bayes.reanalysis.workers import Workers, cores, submit


def _work(task: Task, priors: Priors, seed: int, posteriors: Path, cores: int) -> Outputs:
    # Only the worker processes load the samplers: the parent starts them without waiting.
    from mp_bayes.reanalysis.outputs import work

    return work(task, priors, seed=seed, posteriors=posteriors, cores=cores)


def start(
    tasks: list[Task],
    priors: Priors,
    *,
    seed: int,
    posteriors: Path,
    workers: Workers,
    busy: float = 0.0,
    on_done: Callable[[float], None] = lambda _seconds: None,
) -> list[Future[Outputs]]:
    """Give tasks to processes, and return their outputs to come in the order given.

    Those that share a compiled model go to the same process, so each model is compiled once; the
    others go to whichever process is free.

    Parameters
    ----------
    tasks : list of Task
    priors : Priors
    seed : int
    posteriors : Path
        Existing folder for the saved posteriors.
    workers : list of ProcessPoolExecutor
        From `mp_bayes.reanalysis.workers.processes`. The numbers do not depend on how many there
        are.
    busy : float
        Seconds, roughly, for which the last of them has other work.
    on_done : callable
        Called as each is finished, with the seconds that it takes, roughly: see `seconds`.
    """
    for task in tasks:  # a wrong prior is an error now, not after a minute
        one = task.analysis
        priors.select(one.outcome, shock=one.shock, years=one.years)
    each = max(1, cores() // len(workers))
    takes = seconds(tasks)
    futures: list[Future[Outputs]] = [Future() for _ in tasks]
    anywhere = deque(place for place, task in enumerate(tasks) if not task.samples)

    def give_next(pool: ProcessPoolExecutor, own: deque[int]) -> None:
        """Give a process its next task: of its own first, then what any process may do."""
        try:
            place = (own or anywhere).popleft()
        except IndexError:
            return
        given = submit(pool, _work, tasks[place], priors, seed, posteriors, each)
        given.add_done_callback(lambda done: settle(place, done, pool, own))

    def settle(
        place: int, done: Future[Outputs], pool: ProcessPoolExecutor, own: deque[int]
    ) -> None:
        error = CancelledError() if done.cancelled() else done.exception()
        if isinstance(error, BrokenExecutor | CancelledError):
            # The process is gone, and its pool's lock is held: to give it more would wait for ever.
            for lost in (place, *own, *anywhere):
                if not futures[lost].done():
                    futures[lost].set_exception(error)
            own.clear()
            anywhere.clear()
            return
        give_next(pool, own)
        if error is None:
            futures[place].set_result(done.result())
            on_done(takes[place])
        else:
            futures[place].set_exception(error)

    for places, pool in zip(_shares(tasks, len(workers), busy), workers, strict=True):
        give_next(pool, deque(places))
    return futures


# Seconds, roughly: only their proportions matter, to give the processes equal shares, and to tell
# how far a job is. Measured on the study that comes first, processor time on one core.
_COMPILE = 13.0
# By year-bin.
_SAMPLE = {"none": 0.6, "within-study": 1.0, "national": 0.6}
# Of weighted draws: many of what is quoted; the draws of cells go through their likelihood.
_QUOTED, _DRAWN = 4.5, {"cells": 0.9, "coefficients": 0.5}


def _shares(tasks: list[Task], workers: int, busy: float) -> list[list[int]]:
    """Divide the places of what is sampled among workers, a compiled model to one of them."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, task in enumerate(tasks):
        if task.samples:
            groups.setdefault(task.analysis.structure, []).append(place)
    cost = {
        key: _COMPILE + sum(_seconds(tasks[place].analysis) for place in group)
        for key, group in groups.items()
    }
    shares: list[list[int]] = [[] for _ in range(workers)]
    load = [0.0] * (workers - 1) + [busy]
    for key in sorted(groups, key=lambda key: -cost[key]):
        least = load.index(min(load))
        shares[least] += groups[key]
        load[least] += cost[key]
    return shares


def seconds(tasks: list[Task]) -> list[float]:
    """Return what each task takes, roughly: a model is compiled for the first that shares it."""
    compiled: set[tuple[str, ...]] = set()
    found = []
    for task in tasks:
        one = task.analysis
        takes = _QUOTED if one.quoted else _DRAWN[one.evidence]
        if task.samples:
            new = one.structure not in compiled
            compiled.add(one.structure)
            takes += _COMPILE * new + _seconds(one)
        found.append(takes)
    return found


def _seconds(analysis: Analysis) -> float:
    return _SAMPLE[analysis.shock] * len(analysis.outcome.setting.years)


def tables(outputs: list[Outputs]) -> dict[str, pd.DataFrame]:
    """Join outputs into the tables of the results folder, by file name without ending."""
    checks = [output.agreement for output in outputs if len(output.agreement)]
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
    changed["engine_agreement"] = checks
    return joined | {
        name: pd.concat(parts, ignore_index=True) for name, parts in changed.items() if parts
    }
