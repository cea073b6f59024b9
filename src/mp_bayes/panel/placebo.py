"""Placebo in space: the same analysis of authorities that had no programme."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.panel.effects import BIN_START, did_claims, effects, suitable
from mp_bayes.panel.measures import Measure
from mp_bayes.priors import Priors


def placebo(
    data: xr.Dataset,
    measure: Measure,
    priors: Priors,
    *,
    treated: str,
    onset: float,
    seed: int,
    on_progress: Callable[[float, float], None] = lambda _done, _total: None,
) -> pd.DataFrame:
    """Analyse every authority as if it, and no other, had had the programme.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.panel.official.read_measure`; the years to analyse.
    measure : Measure
    priors : Priors
    treated : str
        The authority that had it; left out of the others' comparisons.
    onset : float
        Decimal calendar year.
    seed : int
        Draws each authority's one comparison for the report's difference-in-differences.
    on_progress : callable
        Called with the authorities done and those in all.

    Returns
    -------
    pandas.DataFrame
        One row an authority, the treated one too: `mean`, `sd`, `lower`, `upper` of the average
        effect of the hierarchical model (`constant` effect, all other authorities compared with),
        in percentage points, `usable`, and `claims`: whether its 95% interval excludes 0;
        `comparison`, `did`, `did_se` and `did_claims` of the report's analysis of one pair; and
        `rank`, by mean, 1 for the largest fall.
    """
    names = suitable(data)
    post = np.array([int(year) - 1 + BIN_START >= onset - 1e-9 for year in data["year"]])
    rng = np.random.default_rng(seed)
    rows = []
    on_progress(0, len(names))
    for name in names:
        others = [other for other in names if other not in (name, treated)]
        fitted = effects(
            data,
            measure,
            priors,
            treated=name,
            comparisons=others,
            onset=onset,
            effect="constant",
        )
        chosen = fitted[
            fitted["estimand"].eq("average_effect") & fitted["scale"].eq("percentage_points")
        ].iloc[0]
        pair = str(rng.choice(others))
        estimate, se, claims = did_claims(data, treated=name, comparison=pair, post=post)
        rows.append(
            {
                "authority": name,
                **{key: chosen[key] for key in ("mean", "sd", "lower", "upper", "usable")},
                "claims": bool(chosen["lower"] > 0 or chosen["upper"] < 0),
                "comparison": pair,
                "did": estimate,
                "did_se": se,
                "did_claims": claims,
            }
        )
        on_progress(len(rows), len(names))
    table = pd.DataFrame(rows)
    return table.assign(rank=table["mean"].rank().astype(int)).sort_values("rank")


def false_claims(table: pd.DataFrame, *, treated: str) -> pd.DataFrame:
    """Return the share of untreated authorities for which each method claims an effect.

    Returns
    -------
    pandas.DataFrame
        Columns method, authorities, claims (their share) and mcse, its standard error as if
        authorities were independent.
    """
    untreated = table[table["authority"].ne(treated)]
    parts = {
        "Report's DiD, one random pair": untreated["did_claims"],
        "Hierarchical model, all authorities": untreated.loc[untreated["usable"], "claims"],
    }
    return pd.DataFrame(
        [
            {
                "method": method,
                "authorities": len(claims),
                "claims": claims.mean(),
                "mcse": np.sqrt(claims.mean() * (1 - claims.mean()) / len(claims)),
            }
            for method, claims in parts.items()
        ]
    )
