"""Choosing a comparison: parallel trends as a posterior, and how much there was to choose from."""

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.panel.effects import counts, suitable

DRAWS = 4000


def compare(
    data: xr.Dataset, *, treated: str, neighbours: list[str], seed: int, draws: int = DRAWS
) -> pd.DataFrame:
    """Rank candidates by how far their trend was from the treated authority's.

    The distance is the root mean square, over the years, of the difference between the two
    authorities' log-odds, each around its own mean over these years: 0 for parallel trends.
    Each year's log-odds have the posterior of their own counts (Jeffreys prior, Beta); so the
    distance says how parallel the trends can be called, given how few children they are.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.panel.official.read_measure`; only the years before the onset.
    treated : str
    neighbours : list of str
        Its statistical neighbours, nearest first.
    seed : int
    draws : int

    Returns
    -------
    pandas.DataFrame
        One row a candidate, nearest first: `distance` (posterior mean, log-odds), `lower` and
        `upper` (95% equal-tailed interval), `among_nearest_10` (posterior probability),
        `neighbour` (its place among the statistical neighbours), `same_region`, and `size`, its
        mean total over the treated authority's.

    Raises
    ------
    InputError
        If there are fewer than two years, or the treated authority's own counts are not known.
    """
    if data.sizes["year"] < 2:
        raise InputError("parallel trends need at least two years; give --years FIRST:LAST")
    names = suitable(data)
    if treated not in names:
        raise InputError(
            f"{treated} has a year without a usable count: choose another authority, or years"
        )
    names = [treated, *(name for name in names if name != treated)]
    events, total = counts(data, names)
    rng = np.random.default_rng(seed)
    p = rng.beta(events + 0.5, total - events + 0.5, size=(draws, *events.shape))
    eta = np.log(p / (1 - p))
    trend = eta - eta.mean(-1, keepdims=True)
    distance = np.sqrt(((trend[:, 1:] - trend[:, :1]) ** 2).mean(-1))
    nearest = distance.argsort(1).argsort(1) < 10
    regions = data["region"].sel(authority=names).to_numpy() if "region" in data.coords else None
    table = pd.DataFrame(
        {
            "authority": names[1:],
            "distance": distance.mean(0),
            "lower": np.quantile(distance, 0.025, axis=0),
            "upper": np.quantile(distance, 0.975, axis=0),
            "among_nearest_10": nearest.mean(0),
            "neighbour": [
                neighbours.index(name) + 1 if name in neighbours else np.nan for name in names[1:]
            ],
            "same_region": np.nan if regions is None else regions[1:] == regions[0],
            "size": total[1:].mean(1) / total[0].mean(),
        }
    )
    return table.sort_values("distance", ignore_index=True)
