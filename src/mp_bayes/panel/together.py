"""How shocks of one measure go with those of another, in official statistics of all authorities."""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import pandas as pd
import xarray as xr

# Fewer events say little of a log-odds.
_FEWEST = 10
# Of authorities, so that an authority's years stay together: for 95% limits to two decimals.
_RESAMPLES = 400
COLUMNS = ["first", "second", "correlation", "lower", "upper", "changes", "authorities"]


def measure_correlations(measures: Mapping[str, xr.Dataset], *, seed: int) -> pd.DataFrame:
    """Correlate authorities' changes from year to year between measures, pair by pair.

    What all authorities have in common in a year is taken out, and so is the sampling variance of
    each change, which is that of independent cases.

    Parameters
    ----------
    measures : mapping of xarray.Dataset, dims (authority, year)
        By name, from `mp_bayes.evidence.official.read.read_measure`.
    seed : int
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`: the correlation with its 95% interval, by resampling authorities.
        Not a number where a measure changes less than its sampling variance says, as a stock of
        much the same children does.
    """
    known = {name: _changes(data) for name, data in measures.items()}
    rng = np.random.default_rng(seed)
    rows = []
    for first, second in combinations(known, 2):
        both = known[first].merge(known[second], on=["code", "year"], suffixes=("_1", "_2"))
        parts = [
            part[["change_1", "change_2", "variance_1", "variance_2"]].to_numpy()
            for _, part in both.groupby("code")
        ]
        # An authority's sums are all that a correlation needs of it.
        sums = np.array([_sums(part) for part in parts])
        weights = rng.multinomial(len(parts), np.full(len(parts), 1 / len(parts)), _RESAMPLES)
        lower, upper = np.percentile(_correlation(weights @ sums), [2.5, 97.5])
        value = float(_correlation(sums.sum(0, keepdims=True))[0])
        row = (first, second, value, lower, upper, len(both), len(parts))
        rows.append(dict(zip(COLUMNS, row, strict=True)))
    return pd.DataFrame(rows)


def _changes(data: xr.Dataset) -> pd.DataFrame:
    """Return code, year, change of the log-odds less all authorities' mean, and its variance."""
    events, total = data["low"], data["total"]
    there = (data["low"] == data["high"]) & (events >= _FEWEST) & (total > events)
    odds = (events + 0.5) / (total - events + 0.5)
    log_odds = xr.apply_ufunc(np.log, odds).where(there)
    variance = (1 / (events + 0.5) + 1 / (total - events + 0.5)).where(there)
    table = xr.Dataset(
        {"change": log_odds.diff("year"), "variance": variance + variance.shift(year=1)}
    ).to_dataframe()
    table = table.dropna(subset=["change", "variance"]).reset_index()
    table["change"] -= table.groupby("year")["change"].transform("mean")
    return table[["code", "year", "change", "variance"]]


def _sums(part: np.ndarray) -> tuple[float, float, float]:
    first, second, first_noise, second_noise = part.T
    products = first @ second, first @ first - first_noise.sum(), second @ second
    return (products[0], products[1], products[2] - second_noise.sum())


def _correlation(sums: np.ndarray) -> np.ndarray:
    """Return covariance over SDs, dims (resample,)."""
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[:, 0] / np.sqrt(sums[:, 1] * sums[:, 2]))
