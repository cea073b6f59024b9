"""Are shocks heavy-tailed? Each shape's prediction of years that it has not seen."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special, stats

from mp_bayes.inference.nuts import Sampling, divergences
from mp_bayes.models.panel import panel_model
from mp_bayes.panel.shocks import sample_until_usable, summary
from mp_bayes.studies.study import SHAPES

# Quantiles of a cell's own log-odds at which the prediction is averaged, and draws of each chain.
_NODES, _DRAWS = 60, 300


def one_year_ahead(
    data: xr.Dataset,
    *,
    years: list[int],
    seed: int,
    sampling: Sampling,
    on_done: Callable[[str], None] = lambda _what: None,
) -> pd.DataFrame:
    """Predict each authority's count in years that were held out, under each shape of shocks.

    Leave-future-out: for each year the model is fitted again to the years before it.
    `arviz.lfo_cv` would carry one fit forward by importance sampling, and fit again where its
    Pareto k exceeds 0.7. Each year brings a new shock of each authority: that k is kept here, in
    `pareto_k`, with the new shocks integrated out, which flatters it.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.evidence.official.read.read_measure`, without the treated authority.
    years : list of int
        To predict, each from all before it.
    seed : int
    sampling : Sampling
        As for `sample_until_usable`.
    on_done : callable
        Called with what has been fitted.

    Returns
    -------
    pandas.DataFrame
        One row for each authority and year whose count is known, and for which there is an earlier
        one: `normal` and `student`, the log predictive density of the count; `usable`: whether
        the year's scores converged; of the year, `mcse`, the Monte Carlo standard error of the sum
        of student minus normal, and `pareto_k` of the normal shape's posterior, were it carried
        forward over that year.

    References
    ----------
    Bürkner, Gabry and Vehtari (2020), doi:10.1080/00949655.2020.1783262.
    """
    parts = []
    for year in years:
        # Without the years after it: each cell would bring a shock to sample.
        seen = data.sel(year=data["year"] <= year)
        past = seen.where(seen["year"] < year, 0).astype(int)
        known = _predictable(data, past, year)
        score = partial(_score, data=data.sel(authority=known), year=year)
        found = {}
        for shock in SHAPES:
            tree = sample_until_usable(
                panel_model(past, shock=shock),
                usable=lambda tree, score=score: score(tree).usable,  # type: ignore[misc]
                seed=seed,
                sampling=sampling,
            )
            found[shock] = score(tree)
            words = "converged" if found[shock].usable else "did not converge"
            on_done(f"{year}, {shock}: {words}")
        part = {
            "authority": known,
            "year": year,
            **{shock: one.log_mean for shock, one in found.items()},
            "usable": all(one.usable for one in found.values()),
            "mcse": math.hypot(*(one.mcse for one in found.values())),
            "pareto_k": found["normal"].pareto_k,
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _Score:
    """One shape's log predictive densities in a year, dims (authority,), and how sure they are."""

    log_mean: np.ndarray
    mcse: float
    usable: bool
    pareto_k: float


def _score(tree: xr.DataTree, *, data: xr.Dataset, year: int) -> _Score:
    """Score a year's counts.

    The year's score, a sum over authorities of logarithms of means over draws, has the Monte Carlo
    error of a mean over draws: of the sum of densities, each divided by its own mean. That mean is
    what must have converged.
    """
    each = _log_density(tree, data, year)
    log_mean = special.logsumexp(each, axis=(1, 2)) - np.log(each[0].size)
    draws = np.exp(each - log_mean[:, None, None]).sum(0)
    row = summary(xr.DataArray(draws, dims=("chain", "draw")), divergences(tree))
    # The accessor takes log-likelihoods to be left out: minus the log weights.
    weights = xr.DataArray(-each.sum(0).ravel(), dims="sample")
    return _Score(
        log_mean,
        mcse=row["sd"] / row["ess_bulk"] ** 0.5,
        usable=bool(row["usable"]),
        pareto_k=float(weights.azstats.psislw(dim="sample")[1]),
    )


def _predictable(data: xr.Dataset, past: xr.Dataset, year: int) -> list[str]:
    """Return the authorities with a known count, neither none nor all, and with any before it."""
    now = data.sel(year=year)
    known = (now["low"] == now["high"]) & (now["low"] > 0) & (now["low"] < now["total"])
    chosen = known & (past["total"] > 0).any("year")
    return [str(name) for name in data["authority"].to_numpy()[chosen.to_numpy()]]


def _log_density(tree: xr.DataTree, data: xr.Dataset, year: int) -> np.ndarray:
    """Return the log predictive density of each authority's count, dims (authority, chain, draw).

    The new shock is integrated out at quantiles of what the count alone says of the log-odds x: as
    a function of x, a Binomial probability is a Beta(events, others) density of p times
    total / (events * others).
    """
    posterior = tree["posterior"].to_dataset()
    thin = -(-posterior.sizes["draw"] // _DRAWS)
    posterior = posterior.isel(draw=slice(None, None, thin)).transpose("borough", ...)
    here = posterior.sel(borough=list(data["authority"].to_numpy()), year=year)
    before = posterior["shock"].sel(borough=here["borough"], year=year - 1)
    rho = posterior["rho"]
    middle = here["eta"] - here["shock"] + rho * before.drop_vars("year")
    scale = here["sd_by_borough"] * np.sqrt(1 - rho**2)
    events = data["low"].sel(year=year).to_numpy().astype(float)
    others = data["total"].sel(year=year).to_numpy() - events
    at = (np.arange(_NODES) + 0.5) / _NODES
    x = special.logit(stats.beta(events[:, None], others[:, None]).ppf(at))[..., None, None]
    unit = (x - middle.to_numpy()[:, None]) / scale.to_numpy()[:, None]
    if "nu" in posterior:
        log_innovation = stats.t.logpdf(unit, posterior["nu"].to_numpy())
    else:
        log_innovation = stats.norm.logpdf(unit)
    over_nodes = special.logsumexp(log_innovation, axis=1) - np.log(_NODES)
    constant = np.log((events + others) / (events * others))[:, None, None]
    return np.asarray(constant + over_nodes - np.log(scale.to_numpy()))


def compare_shapes(scores: pd.DataFrame) -> pd.DataFrame:
    """Sum up which shape predicts better.

    Parameters
    ----------
    scores : pandas.DataFrame
        From `one_year_ahead`.

    Returns
    -------
    pandas.DataFrame
        For each year, and for all whose fits converged: authorities, and the `difference` of the
        log predictive densities, student minus normal, in sum (above 0: heavy tails predict
        better), with its standard error as if authorities were independent (`se`; within a year
        they share what is unknown of the year), its Monte Carlo standard error (`mcse`), `usable`,
        and the smallest `pareto_k`.
    """
    groups = {str(year): part for year, part in scores.groupby("year")}
    rows = []
    for name, part in {**groups, "all": scores[scores["usable"]]}.items():
        gap = part["student"] - part["normal"]
        rows.append(
            {
                "year": name,
                "cells": len(part),
                "difference": gap.sum(),
                "se": np.sqrt(len(part)) * gap.std(),
                "mcse": np.sqrt((part.drop_duplicates("year")["mcse"] ** 2).sum()),
                "usable": len(part) > 0 and part["usable"].all(),
                "pareto_k": part["pareto_k"].min(),
            }
        )
    return pd.DataFrame(rows)
