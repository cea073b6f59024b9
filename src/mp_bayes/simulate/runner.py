"""Run a study: trials times replicates, on this machine's cores or a cluster, and resume it.

A trial is finished when its Parquet file is there; one that was interrupted is run again from its
start. Every replicate has random numbers of its own, so neither the number of workers nor an
interruption changes a number.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.workers import serve
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import COLUMNS, LABELS, MOST_SAMPLED, Method, answers
from mp_bayes.simulate.scenario import Scenario
from mp_bayes.storage import digest as file_digest

# Replicates that one task takes. Fixed, so that fits share their blocks whoever runs them.
CHUNK = 100
#: Raised when the format or the fast posterior changes: a study does not mix old and new numbers.
FORMAT = 9

OnProgress = Callable[[float, float], None]


@dataclass(frozen=True)
class Trial:
    """One scenario and what is done with it.

    Attributes
    ----------
    name : str
        Unique in its study.
    scenario : Scenario
        With the largest number of post-years.
    methods : tuple of Method
    post_years : tuple of int
        After which of its years each replicate is analysed.
    replicates : int
    most_sampled : int, optional
        Fits that NUTS samples where neither the fast posterior nor its weighted draws vouch for
        themselves: of each chunk of replicates, number of post-years and method. The rest has
        failed. With None, nothing is drawn either.
    """

    name: str
    scenario: Scenario
    methods: tuple[Method, ...]
    post_years: tuple[int, ...]
    replicates: int
    most_sampled: int | None = MOST_SAMPLED

    @property
    def cost(self) -> float:
        """Of one replicate, in units that only matter relative to each other."""
        boroughs = self.scenario.treated_boroughs + self.scenario.comparison_boroughs
        years = [self.scenario.pre_years + after for after in self.post_years]
        weight = {"none": 0.3, "within-study": 4.0, "national": 1.0}
        each = sum(weight.get(method.shock, 0.0) for method in self.methods)
        return float(0.001 + each * sum((boroughs + 4) * year**1.5 for year in years))


def work(trials: list[Trial]) -> float:
    """Return what trials cost together."""
    return sum(trial.cost * trial.replicates for trial in trials)


def run(
    trials: list[Trial],
    priors: Priors,
    *,
    seed: int,
    folder: Path,
    workers: int | None = None,
    dask: str | None = None,
    on_progress: OnProgress = lambda _done, _total: None,
) -> pd.DataFrame:
    """Run every trial that is not finished, and return the answers of all.

    Parameters
    ----------
    trials : list of Trial
    priors : Priors
    seed : int
    folder : Path
        Keeps one Parquet file a finished trial; made if need be.
    workers : int, optional
        Processes; as many as cores unless given.
    dask : str, optional
        Address of a running Dask scheduler, for instance tcp://10.0.0.1:8786.
    on_progress : callable
        Called with the work done and the work in all.

    Returns
    -------
    pandas.DataFrame
        Columns trial, post_years, method, those of `methods.COLUMNS`, and truth; rows in the
        order of trials and replicates, whatever the order in which they were run.

    Raises
    ------
    InputError
        If the folder cannot be written to, or the cluster not be reached.
    """
    digests = {trial.name: _digest(trial, priors, seed) for trial in trials}
    if len(digests) < len(trials):
        raise InputError("two trials of this study have the same name; rename one")
    if folder.is_symlink():
        raise InputError(f"{folder} is a link: replicates are kept in a folder of their own")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Fail now, not after an hour, if the folder cannot be written to.
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(
            f"cannot write to the folder {folder}: {error.strerror}; choose another with --out"
        ) from None
    found = {name: _finished(folder, digest) for name, digest in digests.items()}
    files = {name: file for name, file in found.items() if file}
    waiting = [trial for trial in trials if trial.name not in files]
    total = work(trials)
    done = total - work(waiting)
    on_progress(done, total)
    # The longest first: at the end no worker is left alone with a long task.
    waiting.sort(key=lambda trial: -trial.cost)
    tasks = [
        (place, first)
        for place, trial in enumerate(waiting)
        for first in range(0, trial.replicates, CHUNK)
    ]
    left = {place: -(-trial.replicates // CHUNK) for place, trial in enumerate(waiting)}
    parts: dict[int, dict[int, pd.DataFrame]] = {place: {} for place in left}
    with _parallel(workers, dask) as parallel:
        results = parallel(
            joblib.delayed(_task)(waiting[place], priors, seed, place, first)
            for place, first in tasks
        )
        for place, first, rows in results:
            trial = waiting[place]
            parts[place][first] = rows
            done += trial.cost * min(CHUNK, trial.replicates - first)
            on_progress(done, total)
            left[place] -= 1
            if not left[place]:
                whole = parts.pop(place)
                every = pd.concat([whole[key] for key in sorted(whole)])
                files[trial.name] = _keep(every, folder, digests[trial.name])
    return pd.concat([pd.read_parquet(files[trial.name]) for trial in trials], ignore_index=True)


def _task(
    trial: Trial, priors: Priors, seed: int, place: int, first: int
) -> tuple[int, int, pd.DataFrame]:
    """Draw and analyse one chunk of a trial's replicates."""
    numbers = range(first, min(first + CHUNK, trial.replicates))
    drawn = synthesise(trial.scenario, seed=seed, replicates=numbers)
    parts = []
    for after in trial.post_years:
        replicates = drawn.first(after)
        truths = replicates.truths()
        for method in trial.methods:
            rows = answers(method, replicates, priors, seed=seed, most_sampled=trial.most_sampled)
            labels = zip(*(rows[name].tolist() for name in LABELS), strict=True)
            # A lookup: merging tables would take a tenth of the time of small fits.
            truth = [truths[tuple(label)][number - first] for number, *label in labels]
            rows = rows.assign(trial=trial.name, post_years=after, method=method.name, truth=truth)
            parts.append(rows)
    rows = pd.concat(parts, ignore_index=True)
    return place, first, rows[["trial", "post_years", "method", *COLUMNS, "truth"]]


@contextmanager
def _parallel(workers: int | None, dask: str | None) -> Iterator[Any]:
    """Give joblib on this machine's cores, or on a Dask cluster."""
    with ExitStack() as stack:
        count = _processes(workers)
        if dask is not None:
            stack.enter_context(_told_of_the_cluster(dask))
            client = stack.enter_context(_client(dask))
            stack.enter_context(joblib.parallel_config(backend="dask", client=client))
            count = -1
        else:
            begin: dict[str, Any] = {"initializer": serve, "initargs": (os.getpid(),)}
            stack.enter_context(joblib.parallel_config(backend="loky", **begin))
        yield stack.enter_context(joblib.Parallel(n_jobs=count, return_as="generator_unordered"))


def _processes(wanted: int | None) -> int:
    """Return how many processes to start; refuse more than a machine has any use for."""
    here = os.cpu_count() or 1
    if wanted is not None and wanted > 2 * here:
        raise InputError(
            f"--workers: {wanted} processes would wait for {here} processors and fill the memory; "
            f"give {2 * here} at most"
        )
    return wanted or here


@contextmanager
def _told_of_the_cluster(address: str) -> Iterator[None]:
    """Tell in one line that a cluster was lost, whatever error that becomes."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"the Dask cluster at {address} failed ({type(error).__name__}): finished trials are "
            "kept, and the same command goes on from there"
        ) from None


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise InputError("--dask needs dask.distributed: install 'mp-bayes[dask]'") from None
    try:
        # Not the default: xarray would go on writing its files through a cluster that is gone.
        return Client(address, timeout=10, set_as_default=False)
    except (OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise InputError(
            f"cannot reach a Dask scheduler at {address}: {reason}; give tcp://HOST:PORT"
        ) from None


def _digest(trial: Trial, priors: Priors, seed: int) -> str:
    """Name a trial's file by all that its numbers depend on."""
    return hashlib.sha256(repr((FORMAT, CHUNK, trial, priors, seed)).encode()).hexdigest()[:20]


def _keep(rows: pd.DataFrame, folder: Path, digest: str) -> Path:
    """Write a finished trial whole or not at all; its name ends in the hash of what it holds."""
    # A name that nobody can have put a link at.
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{digest}-", suffix=".unfinished")
    os.close(handle)
    partial = Path(name)
    try:
        rows.to_parquet(partial, index=False)
        file = folder / f"{digest}-{_content(partial)}.parquet"
        os.replace(partial, file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError(
            f"could not write to {folder}: {error.strerror or error}; "
            "finished trials are kept, so the study goes on from here when there is room"
        ) from None
    return file


def _content(file: Path) -> str:
    return file_digest(file)[:20]


def _finished(folder: Path, digest: str) -> Path | None:
    """Return a trial's file if it is finished; one that was changed or damaged is run again."""
    for file in folder.glob(f"{digest}-*.parquet"):
        if file.is_file() and file.stem.endswith(f"-{_content(file)}"):
            return file
    return None
