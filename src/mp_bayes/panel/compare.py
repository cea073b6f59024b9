"""Choosing a comparison: parallel trends as a posterior, and how much there was to choose from."""

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.panel.effects import FEWEST_EVENTS, counts, label, suitable

DRAWS = 4000


def compare(
    data: xr.Dataset,
    *,
    treated: str,
    neighbours: list[str],
    sd_shock: float,
    rho: float,
    seed: int,
) -> pd.DataFrame:
    """Rank candidates by how far their trend was from the treated authority's.

    The distance is the root mean square, over the years, of the difference between the two
    authorities' log-odds, each around its own mean over these years: 0 for parallel trends.
    Each authority's true trend has a posterior: its shocks are AR(1) around the average of all, its
    level is free, its counts are binomial (a normal approximation). So an authority with few
    children is not taken to be far because its counts are noisy; its distance is uncertain.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.evidence.official.read.read_measure`; only the years before the onset.
    treated : str
    neighbours : list of str
        Its statistical neighbours, nearest first.
    sd_shock, rho : float
        Of yearly shocks, log-odds: see `mp_bayes.panel.shocks`.
    seed : int

    Returns
    -------
    pandas.DataFrame
        One row a candidate, nearest first: `distance` (posterior mean, log-odds), `lower` and
        `upper` (95% equal-tailed interval), `farther_than_first` (posterior probability of a larger
        distance than the first row's), `neighbour` (its place among the statistical neighbours),
        `same_region`, `size` (mean total over the treated authority's), and what was compared:
        `treated`, `first_year`, `last_year`.

    Raises
    ------
    InputError
        If there are fewer than two years, or the treated authority's own counts are not known.
    """
    if data.sizes["year"] < 2:
        raise InputError("parallel trends need at least two years; give --years FIRST:LAST")
    known = (data["total"] > 0).all("year")
    names = [name for name in suitable(data) if known.sel(authority=name)]
    if treated not in names or len(names) < 2:
        raise InputError(
            f"{treated}, or every other authority, has a year of "
            f"{int(data['year'][0])}-{int(data['year'][-1])} without a usable count (at least "
            f"{FEWEST_EVENTS} events): choose another authority, or --years"
        )
    names = [treated, *(name for name in names if name != treated)]
    events, total = counts(data, names)
    trend = _trends(events, total, sd_shock=sd_shock, rho=rho, rng=np.random.default_rng(seed))
    distance = np.sqrt(((trend[:, 1:] - trend[:, :1]) ** 2).mean(-1))
    first = distance[:, [distance.mean(0).argmin()]]
    regions = data["region"].sel(authority=names).to_numpy() if "region" in data.coords else None
    table = pd.DataFrame(
        {
            "authority": names[1:],
            "distance": distance.mean(0),
            "lower": np.quantile(distance, 0.025, axis=0),
            "upper": np.quantile(distance, 0.975, axis=0),
            "farther_than_first": (distance > first).mean(0),
            "neighbour": [
                neighbours.index(name) + 1 if name in neighbours else np.nan for name in names[1:]
            ],
            "same_region": "" if regions is None else regions[1:] == regions[0],
            "size": total[1:].mean(1) / total[0].mean(),
            "treated": treated,
            "first_year": label(int(data["year"][0])),
            "last_year": label(int(data["year"][-1])),
        }
    )
    return table.sort_values("distance", ignore_index=True)


def _trends(
    events: np.ndarray,
    total: np.ndarray,
    *,
    sd_shock: float,
    rho: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw each authority's trend: log-odds around their mean, dims (draw, authority, year)."""
    years = events.shape[1]
    eta = np.log((events + 0.5) / (total - events + 0.5))
    noise = 1 / (events + 0.5) + 1 / (total - events + 0.5)
    lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    around = np.eye(years) - 1 / years
    prior = around @ (sd_shock**2 * rho**lag) @ around
    common = (eta @ around).mean(0)
    drawn = np.empty((DRAWS, *events.shape))
    for place in range(len(eta)):
        seen = around @ np.diag(noise[place]) @ around
        gain = prior @ np.linalg.pinv(prior + seen)
        mean = common + gain @ (around @ eta[place] - common)
        spread = prior - gain @ prior
        drawn[:, place] = rng.multivariate_normal(mean, spread, DRAWS, method="eigh")
    return drawn
