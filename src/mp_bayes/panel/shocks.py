"""How large borough-by-year shocks are: the panel's posterior, whole and by authority."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from mp_bayes.inference.nuts import MAX_RHAT, MIN_ESS, OnDraws, Sampling, divergences, sample

PARAMETERS = ("sd_shock", "tau_shock", "rho", "sd_borough", "sd_year", "level_mean", "nu")


def groups(data: xr.Dataset) -> dict[str, list[str]]:
    """Return authorities by third of size, and by region if it is known."""
    known = data["total"].where(data["total"] > 0).mean("year").to_series().dropna()
    thirds = pd.qcut(known.rank(method="first"), 3, labels=["small", "middle", "large"])
    found = {
        f"size: {third}": list(part.index) for third, part in known.groupby(thirds, observed=True)
    }
    if "region" in data.coords:
        regions = data["region"].sel(authority=known.index).to_series()
        found |= {f"region: {name}": list(part.index) for name, part in regions.groupby(regions)}
    return found


def sample_until_usable(
    model: pm.Model,
    *,
    usable: Callable[[xr.DataTree], bool],
    seed: int,
    sampling: Sampling,
    on_draws: OnDraws | None = None,
) -> xr.DataTree:
    """Sample a panel's model; and once more, longer, if what is to be reported did not converge.

    Where years are few, or shocks last so long that they look like levels, chains mix slowly.

    Parameters
    ----------
    model : pymc.Model
        From `panel_model`.
    usable : callable
        Tells whether what will be reported of a fit converged.
    seed, on_draws
        As for `mp_bayes.inference.nuts.sample`.
    sampling : Sampling
        To try first.
    """
    longer = replace(sampling, draws=3 * sampling.draws, tune=2 * sampling.tune, target_accept=0.95)
    for settings in (sampling, longer):
        tree = sample(model, seed=seed, sampling=settings, on_draws=on_draws)
        if usable(tree):
            break
    return tree


def converged(tree: xr.DataTree) -> bool:
    """Tell whether the parameters of the whole and each authority's SD pass the gate."""
    return all(bool(table(tree)["usable"].all()) for table in (shock_table, authority_table))


def shock_table(tree: xr.DataTree) -> pd.DataFrame:
    """Summarise a fitted panel.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.inference.nuts.sample` of `panel_model`.

    Returns
    -------
    pandas.DataFrame
        Columns group (`all`), parameter, median, mean, sd, lower, upper (95% equal-tailed), rhat,
        ess_bulk, ess_tail, usable. In log-odds; `tau_shock` in their logarithm.
    """
    posterior = tree["posterior"].to_dataset()
    rows = {("all", name): posterior[name] for name in PARAMETERS if name in posterior.data_vars}
    return _table(rows, tree, columns=("group", "parameter"))


def group_table(tree: xr.DataTree, data: xr.Dataset) -> pd.DataFrame:
    """Summarise the shocks of each kind of authority.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.inference.nuts.sample` of `panel_model`.
    data : xarray.Dataset, dims (authority, year)
        What was fitted.

    Returns
    -------
    pandas.DataFrame
        As from `shock_table`: for each third of size and each region, `sd_shock` (root mean square
        over its authorities).
    """
    each = tree["posterior"].to_dataset()["sd_by_borough"]
    rows = {
        (group, "sd_shock"): (each.sel(borough=members) ** 2).mean("borough") ** 0.5
        for group, members in groups(data).items()
    }
    return _table(rows, tree, columns=("group", "parameter"))


def authority_table(tree: xr.DataTree) -> pd.DataFrame:
    """Say where each authority stands among all by the SD of its shocks.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.inference.nuts.sample` of `panel_model`.

    Returns
    -------
    pandas.DataFrame
        One row for each authority, the largest SD first: authority; median, mean, sd, lower and
        upper (95% equal-tailed) of the SD, in log-odds; `rank` by the median (1 is the largest);
        `larger`, `larger_lower` and `larger_upper`, the share of the other authorities whose SD is
        larger (posterior mean, and 95% equal-tailed); rhat, ess_bulk, ess_tail, usable.
    """
    each = tree["posterior"].to_dataset()["sd_by_borough"]
    names = [str(name) for name in each["borough"].to_numpy()]
    table = _table(
        {(name,): each.sel(borough=name) for name in names}, tree, columns=("authority",)
    )
    # Twice sorted, the largest first: how many are larger, draw by draw.
    draws = each.transpose("borough", ...).to_numpy().reshape(len(names), -1)
    share = (-draws).argsort(axis=0).argsort(axis=0) / max(len(names) - 1, 1)
    table["larger"] = share.mean(1)
    table["larger_lower"], table["larger_upper"] = np.quantile(share, [0.025, 0.975], axis=1)
    table = table.sort_values("median", ascending=False, ignore_index=True)
    table.insert(1, "rank", table.index + 1)
    return table


def _table(
    rows: Mapping[Any, xr.DataArray], tree: xr.DataTree, *, columns: tuple[str, ...]
) -> pd.DataFrame:
    diverged = divergences(tree)
    return pd.DataFrame(
        [
            {**dict(zip(columns, labels, strict=True)), **summary(values, diverged)}
            for labels, values in rows.items()
        ]
    )


def summary(values: xr.DataArray, diverged: int) -> dict[str, float | bool]:
    """Summarise draws, dims (chain, draw), and tell whether they pass the gate."""
    lower, median, upper = np.quantile(values, [0.025, 0.5, 0.975])
    one = values.to_dataset(name="x")
    rhat = float(az.rhat(one)["x"])
    bulk, tail = (float(az.ess(one, method=method)["x"]) for method in ("bulk", "tail"))
    return {
        "median": median,
        "mean": float(values.mean()),
        "sd": float(values.std()),
        "lower": lower,
        "upper": upper,
        "rhat": rhat,
        "ess_bulk": bulk,
        "ess_tail": tail,
        "usable": diverged == 0 and rhat < MAX_RHAT and min(bulk, tail) > MIN_ESS,
    }
