"""How well the fast posterior agrees with NUTS on the same data."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.estimands import estimands
from mp_bayes.estimands.summaries import summarise
from mp_bayes.inference.nuts import Sampling, attempts, passes_gate, sample
from mp_bayes.studies.study import Outcome

#: What two summaries of one quantity are matched by.
KEYS = ["estimand", "year", "scale"]
#: Enough draws that the sampler's own error is small beside the differences looked for: about
#: 0.01 posterior SDs in a mean, 1% in an SD, 0.003 in a probability of 0.1.
LONG = Sampling(draws=5000, tune=1000)


def sampled_effects(
    outcome: Outcome,
    data: xr.Dataset,
    priors: dict[str, Any],
    *,
    effect: str,
    seed: int,
    sampling: Sampling = LONG,
    cores: int | None = None,
) -> pd.DataFrame:
    """Fit one evidence object with NUTS and summarise its effects.

    Returns
    -------
    pandas.DataFrame
        As from `mp_bayes.estimands.summaries.summarise`; `usable` says whether the gate was passed.
    """
    from mp_bayes.models import cells_model  # slow to import

    model = cells_model(outcome, data, priors, effect=effect)
    for attempt in attempts(sampling)[:2]:
        tree = sample(model, seed=seed, sampling=attempt, cores=cores)
        rows = estimands(tree["posterior"].to_dataset(), data, outcome, effect=effect)
        effects = summarise(rows)
        usable = passes_gate(effects, tree)
        if usable:
            break
    return effects.assign(usable=usable)


def differences(fast: pd.DataFrame, sampled: pd.DataFrame) -> pd.DataFrame:
    """Set fast and sampled summaries of the same data side by side.

    Parameters
    ----------
    fast, sampled : pandas.DataFrame
        From `mp_bayes.inference.laplace.effects_of` and `sampled_effects`.

    Returns
    -------
    pandas.DataFrame
        `KEYS`; `mean_difference`, `mean_error` (the sampler's own), `lower_difference` and
        `upper_difference` (ends of the 95% interval), in posterior SDs; `sd_ratio`, fast over
        sampled; `probability_difference` of a value below 0 and
        `minimum_difference` of one beyond the smallest effect of interest; `vouched` and
        `converged`, what each fit says of itself.
    """
    fast = fast.drop(columns="ess_bulk", errors="ignore")  # the sampler's error is meant
    both = fast.merge(sampled, on=KEYS, suffixes=("", "_sampled"), validate="one_to_one")
    return both[KEYS].assign(
        mean_difference=(both["mean"] - both["mean_sampled"]) / both["sd_sampled"],
        mean_error=1 / np.sqrt(both["ess_bulk"]),
        lower_difference=(both["lower"] - both["lower_sampled"]) / both["sd_sampled"],
        upper_difference=(both["upper"] - both["upper_sampled"]) / both["sd_sampled"],
        sd_ratio=both["sd"] / both["sd_sampled"],
        probability_difference=both["prob_below_0"] - both["prob_below_0_sampled"],
        minimum_difference=both["prob_beyond_minimum"] - both["prob_beyond_minimum_sampled"],
        probability=both["prob_below_0_sampled"],
        vouched=both["usable"],
        converged=both["usable_sampled"],
    )
