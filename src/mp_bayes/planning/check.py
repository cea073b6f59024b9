"""The check of a plan: a sample of its replicates fitted again with NUTS, beside the simulation."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pandas as pd

from mp_bayes.inference.nuts import Sampling
from mp_bayes.planning.design import STRUCTURE, Design, label
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.workers import serve

# Borough-years that are fitted in all, unless a single data set has more.
_CELLS = 120
_SAMPLING = Sampling(draws=1500, tune=700)


@contextmanager
def refitting(
    design: Design, priors: Priors, *, seed: int, count: int
) -> Iterator[Callable[[], pd.DataFrame]]:
    """Begin `refit` in a process of its own; give a function that waits for its table.

    The process ends with the block, whatever ends it.
    """
    from joblib.externals.loky import ProcessPoolExecutor

    executor = ProcessPoolExecutor(max_workers=1, initializer=serve, initargs=(os.getpid(),))
    try:
        yield executor.submit(refit, design, priors, seed=seed, count=count).result
    finally:
        executor.shutdown(kill_workers=True)


def refit(design: Design, priors: Priors, *, seed: int, count: int) -> pd.DataFrame:
    """Fit a random sample of the replicates with NUTS, and set both answers side by side.

    All of one number of boroughs and years, since each shape is compiled on its own. Of large
    designs fewer are fitted than `count`, one at least: the sampler's time grows faster than their
    cells.
    """
    # The samplers are slow to import; a design that is refused should not wait for them.
    from mp_bayes.inference.agreement import differences, sampled_effects
    from mp_bayes.inference.laplace import effects_of, structure
    from mp_bayes.inference.nuts import seed_for
    from mp_bayes.simulate.draw import synthesise

    rng = np.random.default_rng(seed)
    boroughs = min(design.comparison_boroughs)
    after = int(rng.choice(design.milestones[:2]))
    cells = (design.base.treated_boroughs + boroughs) * (design.base.pre_years + after)
    count = max(1, min(count, _CELLS // cells))
    parts = []
    for number in rng.choice(design.replicates, size=count, replace=False):
        half_life = float(rng.choice(design.half_lives))
        drawn = synthesise(design.scenario(boroughs, half_life), seed=seed, replicates=[number])
        drawn = drawn.first(after)
        chosen = design.method.priors(priors, drawn.scenario)
        fast = effects_of(drawn.dataset(0), structure(drawn.outcome, chosen, effect=STRUCTURE))
        sampled = sampled_effects(
            drawn.outcome,
            drawn.dataset(0),
            chosen,
            effect=STRUCTURE,
            seed=seed_for(seed, "refit", str(number)),
            sampling=_SAMPLING,
        )
        parts.append(
            differences(fast, sampled).assign(
                trial=label(boroughs, half_life), post_years=after, replicate=number
            )
        )
    return pd.concat(parts, ignore_index=True)
