"""Placebo in space and time: the same analysis where, and when, there was no programme."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from mp_bayes.panel.effects import BIN_START, did_claims, effects, suitable, whole_years
from mp_bayes.panel.measures import Measure
from mp_bayes.priors import Priors
from mp_bayes.study import OUTCOMES

#: Years before and after the onset in a window, as in the report's study of children in need.
PRE_YEARS, POST_YEARS = 3, 3


def first_post(onset: float) -> int:
    """Return the first reporting year, by its end, that begins at or after an onset."""
    return int(np.ceil(onset - BIN_START - 1e-9)) + 1


def windows(data: xr.Dataset, *, onset: float) -> list[tuple[slice, float]]:
    """Return the spans of years to analyse, each with its onset.

    First all years with the real onset; then every run of three years before and three after, with
    an onset between them that never was.
    """
    years = [int(year) for year in data["year"]]
    return [
        (slice(years[0], years[-1]), onset),
        *(
            (slice(first, first + PRE_YEARS + POST_YEARS - 1), first + PRE_YEARS - 1 + BIN_START)
            for first in years
            if first + PRE_YEARS + POST_YEARS - 1 <= years[-1]
            and len(years) > PRE_YEARS + POST_YEARS
        ),
    ]


def placebo(
    data: xr.Dataset,
    measure: Measure,
    priors: Priors,
    *,
    treated: str,
    onset: float,
    rng: np.random.Generator,
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
    rng : numpy.random.Generator
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
    data = whole_years(data, onset)
    names = suitable(data)
    post = (data["year"] >= first_post(onset)).to_numpy()
    nearest = priors.select(OUTCOMES[measure.outcomes[0]], shock="none")
    design_effect = float(nearest["design_effect"].quantile(np.zeros(1))[0])
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
            yearly=False,
        )
        chosen = fitted[
            fitted["estimand"].eq("average_effect") & fitted["scale"].eq("percentage_points")
        ].iloc[0]
        pair = str(rng.choice(others))
        estimate, se, claims = did_claims(
            data, treated=name, comparison=pair, post=post, design_effect=design_effect
        )
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
        Columns method, authorities, claims (their share), and lower and upper of its 95%
        equal-tailed interval (Jeffreys prior), as if authorities were independent.
    """
    untreated = table[table["authority"].ne(treated)]
    parts = {
        "Report's DiD, one random pair": untreated["did_claims"],
        "Hierarchical model, all authorities": untreated.loc[untreated["usable"], "claims"],
    }
    rows = []
    for method, claims in parts.items():
        found, missed = claims.sum() + 0.5, (~claims.astype(bool)).sum() + 0.5
        lower, upper = stats.beta(found, missed).ppf([0.025, 0.975])
        # Where none, or all, are claimed the interval reaches the end.
        lower, upper = (lower if claims.any() else 0.0), (upper if not claims.all() else 1.0)
        rows.append(
            {
                "method": method,
                "authorities": len(claims),
                "claims": claims.mean(),
                "lower": lower,
                "upper": upper,
            }
        )
    return pd.DataFrame(rows)
