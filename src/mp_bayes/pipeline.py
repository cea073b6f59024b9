"""The main job: which analyses are run, how they share the cores, and the tables they make."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from mp_bayes.plan import Analysis, checked
from mp_bayes.priors import Priors
from mp_bayes.storage import uninterrupted
from mp_bayes.study import get_outcome


@dataclass(frozen=True)
class Outputs:
    """What the main job keeps of one analysis; tables that it does not give are empty."""

    analysis: Analysis
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    diagnostics: pd.DataFrame = field(default_factory=pd.DataFrame)
    trends: pd.DataFrame = field(default_factory=pd.DataFrame)
    costs: pd.DataFrame = field(default_factory=pd.DataFrame)
    agreement: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True)
class Task:
    """One analysis to be fitted by an engine, or fitted by both for a check of one by the other."""

    analysis: Analysis
    engine: str
    check: bool = False

    @property
    def samples(self) -> bool:
        """Whether a model must be compiled."""
        return self.engine == "nuts" or self.check


def _work(task: Task, priors: Priors, seed: int, posteriors: Path, cores: int) -> Outputs:
    # Only the worker processes load the samplers: the parent starts them without waiting.
    from mp_bayes.outputs import work

    return work(task, priors, seed=seed, posteriors=posteriors, cores=cores)


def _leave_interrupts_to_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def tasks(analyses: list[Analysis], *, seed: int, quick: bool = False) -> list[Task]:
    """Say what fits each analysis, and add the checks of one engine by the other.

    `quick` has the Laplace engine throughout, and no checks.
    """
    fits = [Task(one, "laplace" if quick else one.engine) for one in analyses]
    checks = [] if quick else [Task(one, "laplace", check=True) for one in checked(analyses, seed)]
    return fits + checks


def run_analyses(
    tasks: list[Task],
    priors: Priors,
    *,
    seed: int,
    posteriors: Path,
    workers: int | None = None,
    on_done: Callable[[Outputs], None] = lambda _: None,
) -> list[Outputs]:
    """Run tasks on all cores and return their outputs in the order given.

    Those that share a compiled model go to the same process, so each model is compiled once.

    Parameters
    ----------
    tasks : list of Task
    priors : Priors
    seed : int
    posteriors : Path
        Existing folder for the saved posteriors.
    workers : int, optional
        Processes; one per core, at most four, unless given. The numbers do not depend on it.
    on_done : callable
        Called with each result as it comes.
    """
    for task in tasks:  # a wrong prior is an error now, not after a minute
        one = task.analysis
        priors.select(get_outcome(one.outcome), shock=one.shock, years=one.years)
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
            for group, pool in zip(_shares(tasks, workers), pools, strict=True):
                for place in group:
                    future = pool.submit(_work, tasks[place], priors, seed, posteriors, cores)
                    futures[future] = place
        done: dict[int, Outputs] = {}
        for future in as_completed(futures):
            done[futures[future]] = future.result()
            on_done(done[futures[future]])
        return [done[place] for place in range(len(tasks))]
    except BaseException:
        for pool in pools:
            for process in list(pool._processes.values()):
                process.kill()
        raise
    finally:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)


# Seconds, roughly: only their proportions matter, to give the processes equal shares.
_COMPILE, _HEADLINE, _LAPLACE = 10.0, 10.0, 0.2
_SAMPLE = {"none": 1.0, "within-study": 4.0, "national": 1.0}


def _shares(tasks: list[Task], workers: int) -> Iterator[list[int]]:
    """Divide the tasks' places among workers; those with one compiled model stay together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place, task in enumerate(tasks):
        alone = ("laplace", str(place))
        groups.setdefault(task.analysis.structure if task.samples else alone, []).append(place)
    cost = {
        key: _COMPILE * (key[0] != "laplace") + sum(_cost(tasks[place]) for place in group)
        for key, group in groups.items()
    }
    shares: list[list[int]] = [[] for _ in range(workers)]
    load = [0.0] * workers
    for key in sorted(groups, key=lambda key: -cost[key]):
        least = load.index(min(load))
        shares[least] += groups[key]
        load[least] += cost[key]
    yield from shares


def _cost(task: Task) -> float:
    if task.analysis.headline:
        return _HEADLINE
    return _LAPLACE + _SAMPLE[task.analysis.shock] * task.samples


def tables(outputs: list[Outputs]) -> dict[str, pd.DataFrame]:
    """Join outputs into the tables of the results folder, by file name without ending."""
    checks = [output.agreement for output in outputs if len(output.agreement)]
    outputs = [output for output in outputs if len(output.effects)]
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
