"""How large borough-by-year shocks are: the panel's posterior, whole and by kind of authority."""

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.fit import MAX_RHAT, MIN_ESS, divergences

PARAMETERS = ("sd_shock", "rho", "sd_borough", "sd_year", "level_mean", "nu")


def shock_table(tree: xr.DataTree, data: xr.Dataset) -> pd.DataFrame:
    """Summarise a fitted panel.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.fit.sample` of `panel_model`.
    data : xarray.Dataset, dims (authority, year)
        What was fitted.

    Returns
    -------
    pandas.DataFrame
        Columns group, parameter, median, mean, sd, lower, upper (95% equal-tailed), rhat, ess_bulk,
        ess_tail, usable. The group `all` has the model's parameters; each third of authorities by
        size, and each region, has the SD over its authority-years of their shocks (log-odds), and
        the correlation of successive years.
    """
    posterior = tree["posterior"].to_dataset()
    rows = {("all", name): posterior[name] for name in PARAMETERS if name in posterior.data_vars}
    for group, members in groups(data).items():
        shocks = posterior["shock"].sel(borough=members)
        rows[group, "sd_shock"] = (shocks**2).mean(("borough", "year")) ** 0.5
        before, after = shocks.isel(year=slice(None, -1)), shocks.isel(year=slice(1, None))
        after = after.assign_coords(year=before["year"])
        product = (before * after).mean(("borough", "year"))
        squares = (before**2).mean(("borough", "year")) * (after**2).mean(("borough", "year"))
        rows[group, "rho"] = product / squares**0.5
    diverged = divergences(tree)
    return pd.DataFrame(
        [
            {"group": group, "parameter": name, **_summary(values, diverged)}
            for (group, name), values in rows.items()
        ]
    )


def groups(data: xr.Dataset) -> dict[str, list[str]]:
    """Return authorities by third of size, and by region if it is known."""
    known = data["total"].where(data["total"] > 0).mean("year").to_series().dropna()
    thirds = pd.qcut(known, 3, labels=["small", "middle", "large"])
    found = {
        f"size: {third}": list(part.index) for third, part in known.groupby(thirds, observed=True)
    }
    if "region" in data.coords:
        regions = data["region"].to_series()
        found |= {
            f"region: {region}": list(part.index) for region, part in regions.groupby(regions)
        }
    return found


def _summary(values: xr.DataArray, diverged: int) -> dict[str, float | bool]:
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
