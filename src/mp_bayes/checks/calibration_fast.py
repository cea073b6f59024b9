"""How often the fast summaries' intervals hold the truth, on the data of the calibration.

The fast posterior gives intervals and probabilities, no draws, and so no ranks.
"""

import numpy as np
import pandas as pd
from scipy import stats

from mp_bayes.checks.calibration import KEYS, quantities
from mp_bayes.checks.calibration_cases import Case
from mp_bayes.checks.simulator import proper, simulate
from mp_bayes.estimands import LOWER, UPPER
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import fast_effects, structure
from mp_bayes.inference.nuts import seed_for
from mp_bayes.priors import Priors


def coverage(case: Case, priors: Priors, *, replicates: int, seed: int) -> pd.DataFrame:
    """Count how often intervals hold the truth.

    Parameters
    ----------
    case : Case
        Of cells.
    priors : Priors
    replicates, seed : int
        As of `mp_bayes.checks.calibration.ranks`, for the same data.

    Returns
    -------
    pandas.DataFrame
        A row for each quantity: `usable` data sets, those for which the approximation vouches;
        `covered`, the share of these whose 95% interval holds the truth, with `lower` and
        `upper`, the central 95% of what that share would be if every interval held it with that
        probability; `below`, the share of truths below 0, and `expected_below`, the mean of the
        posterior probabilities of it, with `z` of their difference.
    """
    analysis = case.analysis
    chosen = proper(priors.select(analysis.outcome, shock=analysis.shock), analysis)
    own = seed_for(seed, case.name)
    made = simulate(analysis, chosen, replicates=replicates, seed=own)
    observed = cells(analysis.outcome)
    built = structure(analysis.outcome, chosen, effect=analysis.effect, coding=analysis.coding)
    total = np.repeat(observed["total"].to_numpy()[..., None], replicates, axis=-1)
    table = fast_effects(built, made.drawn, total, yearly=True)
    truths = quantities(made.truth, observed, analysis)
    rows = []
    for key, part in table[table["usable"]].groupby(KEYS, sort=False):
        if key not in truths:
            continue
        truth = truths[key][0, part["replicate"].to_numpy()]
        held = (part["lower"].to_numpy() <= truth) & (truth <= part["upper"].to_numpy())
        probability = part["prob_below_0"].to_numpy()
        spread = np.sqrt((probability * (1 - probability)).sum())
        known = stats.binom(len(part), UPPER - LOWER)
        rows.append(
            {
                **case.labels,
                **dict(zip(KEYS, key, strict=True)),
                "replicates": replicates,
                "usable": len(part),
                "covered": held.mean(),
                "lower": known.ppf(LOWER) / len(part),
                "upper": known.ppf(UPPER) / len(part),
                "below": (truth < 0).mean(),
                "expected_below": probability.mean(),
                "z": ((truth < 0).sum() - probability.sum()) / spread,
            }
        )
    return pd.DataFrame(rows)
