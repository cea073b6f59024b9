"""Posterior draws of many quantities as a tidy table, with Monte Carlo errors."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from mp_bayes.estimands import INTERVAL, LOWER, UPPER, Estimand

COLUMNS = [
    "outcome",
    "evidence",
    "shock_prior",
    "effect_structure",
    "coding",
    "estimand",
    "year",
    "scale",
    "mean",
    "sd",
    "lower",
    "upper",
    "interval",
    "prob_below_0",
    "prob_beyond_minimum",
    "mcse_mean",
    "mcse_lower",
    "mcse_upper",
    "mcse_prob",
    "rhat",
    "ess_bulk",
    "ess_tail",
    "engine",
    "pareto_k",
    "usable",
]


def summarise(
    rows: list[Estimand], *, ess: float | None = None, pareto_k: float = np.nan, **labels: Any
) -> pd.DataFrame:
    """Summarise estimands as a tidy table.

    Parameters
    ----------
    rows : list of Estimand
    ess : float, optional
        Effective number of independent, weighted draws: those of the Laplace engine. Worked out by
        chain unless given, for the No-U-Turn sampler's.
    pareto_k : float
        Of the Laplace engine's weights.
    **labels
        Columns that are the same in every row: outcome, evidence, shock_prior, effect_structure,
        coding.

    Returns
    -------
    pandas.DataFrame
        Columns as in `COLUMNS`. `prob_below_0` is the probability of a value below 0, on ratio
        scales below 1: of a reduction, except for `outcomes_averted`, where positive is fewer.
        `prob_beyond_minimum` is the probability of a reduction larger than the outcome's smallest
        effect of interest (`Outcome.minimum`). `mcse_` of mean, lower, upper and both probabilities
        (the larger) are Monte Carlo standard errors. `engine` is laplace or nuts, `pareto_k` the
        first's, and R-hat the second's. `usable` is False until the fit has passed the gate.
    """
    below = [row.draws < row.centre for row in rows]
    beyond = [
        is_below if row.beyond is None else row.beyond
        for row, is_below in zip(rows, below, strict=True)
    ]
    events = list(zip(below, beyond, strict=True))
    errors = _by_chain(rows, events) if ess is None else _by_weight(rows, events, ess)
    flat = [row.draws.ravel() for row in rows]
    return pd.DataFrame(
        {
            **labels,
            "estimand": [row.name for row in rows],
            "year": [row.year for row in rows],
            "scale": [row.scale for row in rows],
            "mean": [x.mean() for x in flat],
            "sd": [x.std(ddof=1) for x in flat],
            "lower": [np.quantile(x, LOWER) for x in flat],
            "upper": [np.quantile(x, UPPER) for x in flat],
            "interval": INTERVAL,
            "prob_below_0": [
                np.nan if row.name in ("half_life", "sd_shock", "rho") else (x < row.centre).mean()
                for x, row in zip(flat, rows, strict=True)
            ],
            "prob_beyond_minimum": [
                np.nan if row.beyond is None else row.beyond.mean() for row in rows
            ],
            **errors,
            "engine": "nuts" if ess is None else "laplace",
            "pareto_k": pareto_k,
            "usable": False,
        }
    )


Events = list[tuple[np.ndarray, np.ndarray]]


def _by_chain(rows: list[Estimand], events: Events) -> dict[str, np.ndarray]:
    """Return Monte Carlo errors and diagnostics of correlated chains."""
    import arviz as az  # slow to import, and needed for chains only

    draws = _stacked([row.draws for row in rows])
    errors = {
        "mcse_mean": az.mcse(draws, method="mean"),
        "mcse_lower": az.mcse(draws, method="quantile", prob=LOWER),
        "mcse_upper": az.mcse(draws, method="quantile", prob=UPPER),
        "mcse_prob": np.maximum(
            *(az.mcse(_stacked(list(one)), method="mean") for one in zip(*events, strict=True))
        ),
        "rhat": az.rhat(draws),
        "ess_bulk": az.ess(draws, method="bulk"),
        "ess_tail": az.ess(draws, method="tail", prob=(LOWER, UPPER)),
    }
    return {name: found["x"].to_numpy() for name, found in errors.items()}


def _by_weight(rows: list[Estimand], events: Events, ess: float) -> dict[str, np.ndarray]:
    """Return the same of independent draws, so many in effect."""
    every = np.stack([row.draws.ravel() for row in rows])
    p = np.array([[one.mean() for one in both] for both in events])
    return {
        "mcse_mean": every.std(axis=1, ddof=1) / np.sqrt(ess),
        "mcse_lower": _quantile_error(every, LOWER, ess),
        "mcse_upper": _quantile_error(every, UPPER, ess),
        "mcse_prob": np.sqrt(p * (1 - p) / ess).max(1),
        "rhat": np.full(len(rows), np.nan),
        "ess_bulk": np.full(len(rows), ess),
        "ess_tail": np.full(len(rows), ess),
    }


def quantile_mcse(draws: np.ndarray, probability: float, ess: float | None) -> float:
    """Return the Monte Carlo standard error of a quantile, draws dims (chain, draw).

    Of so many effective independent draws; worked out by chain unless given.
    """
    if ess is not None:
        return float(_quantile_error(draws.reshape(1, -1), probability, ess)[0])
    import arviz as az  # slow to import, and needed for chains only

    return float(az.mcse(draws, method="quantile", prob=probability))


def _quantile_error(draws: np.ndarray, probability: float, ess: float) -> np.ndarray:
    """Return the same of independent draws, dims (quantity, draw)."""
    # The middle two thirds of where its rank may lie are one SE on each side.
    rank = special.betaincinv(
        ess * probability + 1, ess * (1 - probability) + 1, special.ndtr([-1, 1])
    )
    low, high = np.quantile(draws, rank, axis=-1)
    return np.asarray((high - low) / 2)


def _stacked(draws: list[np.ndarray]) -> xr.Dataset:
    """Put draws side by side, dims (chain, draw, quantity), as ArviZ takes them."""
    array = xr.DataArray(np.stack(draws, axis=-1) * 1.0, dims=("chain", "draw", "quantity"))
    return array.to_dataset(name="x")
