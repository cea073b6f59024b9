"""Print how long the main job takes, and fits against plain `pm.sample`.

    uv run python benchmarks/speed.py          time per fit, as a ratio
    uv run python benchmarks/speed.py --job    and the main job, cold and warm, with peak memory
    uv run python benchmarks/speed.py --start  only how long commands take from start to end

Machines differ and are shared: read the ratio, not the seconds.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

import pymc as pm

from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.nuts import STANDARD, sample
from mp_bayes.models import cells_model
from mp_bayes.priors import load_priors
from mp_bayes.studies.read import read_study

STUDY = read_study()

REPEATS = 3


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def fits() -> None:
    outcome, priors = STUDY.outcome("cin_rereferral_12m"), load_priors(STUDY)
    models = [
        cells_model(cells(outcome), priors.select(outcome, shock=shock), effect=effect)
        for shock, effect in (("national", "yearly"), ("national", "embedding"), ("none", "yearly"))
    ]
    sample(models[0], seed=0)
    ours, plain = [], []
    for repeat in range(REPEATS):
        model = models[repeat % len(models)]
        ours.append(seconds(lambda model=model, repeat=repeat: sample(model, seed=repeat)))

        def plainly(model=model, repeat=repeat):
            with model:
                pm.sample(
                    STANDARD.draws,
                    tune=STANDARD.tune,
                    chains=STANDARD.chains,
                    cores=2,
                    random_seed=repeat,
                    nuts_sampler="pymc",
                    target_accept=STANDARD.target_accept,
                    progressbar=False,
                    compute_convergence_checks=False,
                )

        plain.append(seconds(plainly))
    ratios = sorted(b / a for a, b in zip(ours, plain, strict=True))
    print(f"one fit, compiled once: median {sorted(ours)[REPEATS // 2]:.2f} s")
    print(f"plain pm.sample each time: median {sorted(plain)[REPEATS // 2]:.2f} s")
    print(f"ratio, pair by pair: {', '.join(f'{ratio:.0f}' for ratio in ratios)} times faster")


def start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for arguments, status in (
            (["--help"], 0),
            (["fit", "--nonsense"], 2),
            (["fit", "cin_rereferral_12m", "--engine", "laplace", "--out", folder], 0),
        ):
            taken = sorted(processor_seconds(arguments, status) for _ in range(REPEATS))
            shown = " ".join(arguments[:-2] if folder in arguments else arguments)
            print(f"mp-bayes {shown}: median {taken[REPEATS // 2]:.2f} s of processor time")


def processor_seconds(arguments: list[str], status: int) -> float:
    """Return the user and system time of a whole process; the machine may be shared."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "mp_bayes", *arguments]
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode != status:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def job() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for label in ("cold", "warm"):
            # PyTensor keeps compiled pieces below this folder; a new one makes the first run cold.
            flags = f"base_compiledir={folder}/compiled"
            command = [sys.executable, "-m", "mp_bayes", "run", "--out", f"{folder}/results"]
            environment = {**os.environ, "PYTENSOR_FLAGS": flags}
            taken = seconds(lambda c=command, e=environment: subprocess.run(c, check=True, env=e))
            print(f"main job, {label}: {taken:.0f} s")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"peak memory of its largest process: {peak:.2f} GiB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", action="store_true")
    parser.add_argument("--start", action="store_true")
    arguments = parser.parse_args()
    if arguments.start:
        start()
    else:
        fits()
    if arguments.job:
        job()
