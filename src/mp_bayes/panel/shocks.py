"""How large borough-by-year shocks are: the panel's posterior, whole and by kind of authority."""

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from mp_bayes.fit import MAX_RHAT, MIN_ESS, divergences
from mp_bayes.panel.effects import FEWEST_EVENTS
from mp_bayes.panel.measures import TREATED, Measure
from mp_bayes.panel.model import Cells, groups

_REPLICATES = 400
PARAMETERS = ("sd_shock", "rho", "sd_borough", "sd_year", "level_mean", "nu")


def shock_table(tree: xr.DataTree) -> pd.DataFrame:
    """Summarise a fitted panel.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.fit.sample` of `panel_model`.

    Returns
    -------
    pandas.DataFrame
        Columns group (`all`), parameter, median, mean, sd, lower, upper (95% equal-tailed), rhat,
        ess_bulk, ess_tail, usable.
    """
    posterior = tree["posterior"].to_dataset()
    rows = {("all", name): posterior[name] for name in PARAMETERS if name in posterior.data_vars}
    return _table(rows, tree)


def group_table(tree: xr.DataTree, data: xr.Dataset) -> pd.DataFrame:
    """Summarise a panel in which each group of authorities has its own shocks.

    Parameters
    ----------
    tree : xarray.DataTree
        From `mp_bayes.fit.sample` of `panel_model` with `by_group`.
    data : xarray.Dataset, dims (authority, year)
        What was fitted.

    Returns
    -------
    pandas.DataFrame
        As from `shock_table`: for each third of size and each region, `sd_shock` (root mean square
        over its authorities) and `rho` (mean).
    """
    posterior = tree["posterior"].to_dataset()
    rows = {}
    for group, members in groups(data).items():
        each = posterior.sel(borough=members)
        rows[group, "sd_shock"] = (each["sd_by_borough"] ** 2).mean("borough") ** 0.5
        rows[group, "rho"] = each["rho_by_borough"].mean("borough")
    return _table(rows, tree)


def _table(rows: dict[tuple[str, str], xr.DataArray], tree: xr.DataTree) -> pd.DataFrame:
    diverged = divergences(tree)
    return pd.DataFrame(
        [
            {"group": group, "parameter": name, **_summary(values, diverged)}
            for (group, name), values in rows.items()
        ]
    )


def year_to_year(tree: xr.DataTree, data: xr.Dataset, *, seed: int) -> pd.DataFrame:
    """Check the model by the statistic on which its use turns: how much authorities change.

    The mean square change of the log-odds from one year to the next, of authorities and years whose
    count is known, beside that of replicated panels with new shocks and new counts.

    Returns
    -------
    pandas.DataFrame
        One row: check, observed, mean, lower and upper (95% equal-tailed, replicated), and passes.
    """
    draws = az.extract(tree, num_samples=_REPLICATES, random_seed=seed)
    rng = np.random.default_rng(seed)
    cells = Cells.of(data)
    known = cells.exact & (cells.low >= FEWEST_EVENTS)
    both = known[:, 1:] & known[:, :-1]

    def statistic(events: np.ndarray) -> float:
        eta = np.log((events + 0.5) / (cells.total - events + 0.5))
        return float((np.diff(eta, axis=1)[both] ** 2).mean())

    found = []
    for place in range(draws.sizes["sample"]):
        one = draws.isel(sample=place)
        sd, rho = float(one["sd_shock"]), float(one["rho"])
        unit = rng.normal(size=known.shape)
        for year in range(1, known.shape[1]):
            unit[:, year] = rho * unit[:, year - 1] + np.sqrt(1 - rho**2) * unit[:, year]
        rest = one["level"].to_numpy()[:, None] + one["year_effect"].to_numpy()
        found.append(statistic(rng.binomial(cells.total, special.expit(rest + sd * unit))))
    observed = statistic(np.where(known, cells.low, 0))
    lower, upper = np.quantile(found, [0.025, 0.975])
    row = {
        "check": "mean square change from year to year",
        "observed": observed,
        "mean": float(np.mean(found)),
        "lower": lower,
        "upper": upper,
        "passes": lower <= observed <= upper,
    }
    return pd.DataFrame([row])


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


def national_prior(table: pd.DataFrame, measure: Measure, data: xr.Dataset) -> str:
    """Turn the panel's posterior into the `national` shock prior, as a file for `--priors`.

    `sd_shock` has the posterior's median and `rho` its mean; both are wider than the posterior, by
    what the measure says of itself, because it is not the evaluation's outcome. Neither parameter
    of rho's Beta is below 1: else a persistent measure would pile its prior up at 1, where shocks
    become levels and cancel.

    Parameters
    ----------
    table : pandas.DataFrame
        From `shock_table`.
    measure : Measure
    data : xarray.Dataset, dims (authority, year)
        What was fitted.

    Returns
    -------
    str
        TOML, with a section for each outcome of the evaluation that the measure stands for.
    """
    known = table[table["group"].eq("all")].set_index("parameter")
    sd, rho = known.loc["sd_shock"], known.loc["rho"]
    weight = measure.weight_of_rho
    # In halves: the weight is a judgement, and finer digits would only follow Monte Carlo error.
    beta = min(max(round(2 * weight * (1 - rho["mean"])) / 2, 1.0), weight - 1.0)
    authorities = int((data["total"] > 0).any("year").sum())
    years = f"{int(data['year'][0])}-{int(data['year'][-1])}"
    reason = (
        f"{measure.label}: {authorities} English authorities without {TREATED}, a "
        f"reorganised one counted before and after, {years} ({measure.source.release})"
    )
    about_sd = f"{sd['median']:.3f} (95% {sd['lower']:.3f}-{sd['upper']:.3f}), log-odds"
    about_rho = f"{rho['median']:.2f} (95% {rho['lower']:.2f}-{rho['upper']:.2f})"
    lines = (
        f'sd_shock = {{ distribution = "LogNormal", median = {sd["median"]:.2f}, '
        f'sigma = {measure.sd_log_sd_shock:g}, reason = "{reason}: {about_sd}. Wider, since '
        f'{measure.differs}." }}',
        f'rho = {{ distribution = "Beta", alpha = {weight - beta:g}, beta = {beta:g}, '
        f'reason = "The same: year-to-year correlation {about_rho}." }}',
    )
    sections = ["\n".join((f"[{name}.shock.national]", *lines)) for name in measure.outcomes]
    return "\n\n".join(sections) + "\n"
