"""What a fitted model says of every cell: fitted, without the programme, and replicated."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from mp_bayes.estimands import LOWER, UPPER, response
from mp_bayes.priors.quantiles import SMALLEST_EXCESS
from mp_bayes.studies.study import Outcome


def replicate(
    posterior: xr.Dataset, total: xr.DataArray, outcome: Outcome, seed: int
) -> np.ndarray:
    """Draw replicated events from the posterior predictive distribution.

    Returns
    -------
    ndarray, dims (chain, draw, borough, year)
    """
    rng = np.random.default_rng(seed)
    eta = posterior["eta"].transpose("chain", "draw", "borough", "year").to_numpy()
    n = total.transpose("borough", "year").to_numpy()
    scalar = (slice(None), slice(None), None, None)
    if outcome.likelihood == "binomial":
        excess = np.maximum(posterior["design_effect"].to_numpy() - 1, SMALLEST_EXCESS)[scalar]
        precision = np.maximum((n - 1 - excess) / excess, 1.0)
        p = 1 / (1 + np.exp(-eta))
        return np.asarray(rng.binomial(n, rng.beta(p * precision, (1 - p) * precision)))
    excess = np.maximum(posterior["dispersion_excess"].to_numpy(), SMALLEST_EXCESS)[scalar]
    mean = n * posterior["exposure"].to_numpy()[scalar] * np.exp(eta)
    return np.asarray(stats.nbinom.rvs(mean / excess, 1 / (1 + excess), random_state=rng))


def cell_summaries(
    posterior: xr.Dataset, cells: xr.Dataset, outcome: Outcome, *, seed: int
) -> pd.DataFrame:
    """Summarise each cell under one fit of `cells` evidence.

    Returns
    -------
    pandas.DataFrame
        One row per observed borough-year: `observed`, and mean, lower and upper of `fitted`,
        `without` (the programme) and `replicated`, in percent of referrals or events per 100
        child-years, all at the posterior mean exposure;
        `prob_as_high`, the posterior predictive probability of a count at least as high (ties
        count half).
    """
    treated = list(outcome.setting.treated_boroughs)
    posterior, cells = (data.sel(year=list(outcome.years)) for data in (posterior, cells))
    total, events = cells["total"], cells["events"]
    effect = posterior["effect"].where(posterior["borough"].isin(treated), 0.0)
    # Cells tell events per case-year; exposure, which is unknown, should not widen their bands.
    per_case: float | xr.DataArray = 1.0
    if outcome.likelihood == "nb1":
        per_case = posterior["exposure"] / posterior["exposure"].mean()
    draws = {
        "fitted": per_case * response(posterior["eta"], outcome),
        "without": per_case * response(posterior["eta"] - effect, outcome),
    }
    replicated = xr.DataArray(
        replicate(posterior, total, outcome, seed),
        dims=("chain", "draw", "borough", "year"),
        coords={"borough": cells["borough"], "year": cells["year"]},
    )
    share = 1.0 if outcome.likelihood == "binomial" else float(posterior["exposure"].mean())
    per = total * share / 100.0
    draws["replicated"] = replicated / per
    columns = {"observed": events / per}
    for name, values in draws.items():
        columns[f"{name}_mean"] = values.mean(("chain", "draw"))
        for end, level in (("lower", LOWER), ("upper", UPPER)):
            columns[f"{name}_{end}"] = values.quantile(level, ("chain", "draw")).drop_vars(
                "quantile"
            )
    higher = (replicated > events).mean(("chain", "draw"))
    columns["prob_as_high"] = higher + 0.5 * (replicated == events).mean(("chain", "draw"))
    return xr.Dataset(columns).to_dataframe().reset_index()
