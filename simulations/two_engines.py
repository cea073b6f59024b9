"""The two engines against each other on every analysis of the main job, except heavy tails.

    uv run python simulations/two_engines.py [FOLDER]

Weighted draws around the Laplace approximation, and long chains of the No-U-Turn sampler, of the
published evidence: all outcomes, kinds of evidence, shock priors, effect structures and timings.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from _common import SEED, STUDY, WORKERS, folder, show, write

from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.grid import grid
from mp_bayes.reanalysis.pipeline import start
from mp_bayes.reanalysis.task import Task
from mp_bayes.reanalysis.workers import processes

# What is asked for: means within so many posterior SDs, and SDs within this share.
MEAN, SD = 0.05, 0.03
ANALYSIS = ["outcome", "evidence", "shock", "effect", "coding", "timing", "years"]
OUT = folder(__file__)


if __name__ == "__main__":
    tasks = [
        Task(one, check=True, precise=True) for one in grid(STUDY.outcomes.values(), quick=True)
    ]
    with processes(WORKERS) as workers, TemporaryDirectory() as kept:
        how = {"seed": SEED, "posteriors": Path(kept), "workers": workers}
        outputs = [future.result() for future in start(tasks, load_priors(STUDY), **how)]
    compared = [output for output in outputs if len(output.agreement)]
    refused = [output.analysis.name for output in outputs if not len(output.agreement)]
    print(f"left to the sampler by their Pareto k or effective draws: {refused or 'none'}")
    table = pd.concat([output.agreement for output in compared], ignore_index=True)
    # Ratios repeat the log scale.
    table = table[~table["scale"].isin(["odds_ratio", "rate_ratio"])]
    worst = table.assign(
        mean_away=table["mean_difference"].abs(), sd_away=(table["sd_ratio"] - 1).abs()
    )
    each = worst.groupby(ANALYSIS, as_index=False).agg(
        quantities=("mean_away", "size"),
        mean_away=("mean_away", "max"),
        sd_away=("sd_away", "max"),
        mean_error=("mean_error", "max"),
        pareto_k=("pareto_k", "max"),
        vouched=("vouched", "all"),
        converged=("converged", "all"),
    )
    brief = [*ANALYSIS[:4], "mean_away", "sd_away", "converged"]
    show(each[brief], "The two engines, analysis by analysis")
    for name, most in (("mean_away", MEAN), ("sd_away", SD)):
        print(
            f"{name}: {(worst[name] <= most).sum()} of {len(worst)} quantities and "
            f"{(each[name] <= most).sum()} of {len(each)} analyses within {most:g}; "
            f"largest {worst[name].max():.3f}"
        )
    write({"agreement": table, "summary": each}, [], OUT, script=__file__, replicates=len(each))
