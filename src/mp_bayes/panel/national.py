"""The `national` shock prior: what the panel says of an authority not yet seen."""

import math
from typing import Any

import pandas as pd
import xarray as xr

from mp_bayes.evidence.official.measures import Measure
from mp_bayes.priors.distributions import LogNormal

#: The check of the panel's model on which the size of shocks turns.
SIZE = "mean square change from year to year"


def size_fits(check: pd.DataFrame) -> bool:
    """Tell whether replicated panels change as much as the real one, so that a prior can be made.

    Parameters
    ----------
    check : pandas.DataFrame
        From `mp_bayes.panel.checks.year_to_year`.
    """
    return bool(check.loc[check["check"].eq(SIZE), "passes"].all())


def new_authority(table: pd.DataFrame) -> LogNormal:
    """Return the predictive distribution of the SD of an authority not yet seen.

    Given the median authority's SD m and the SD tau of logarithms, it is LogNormal(m, tau). Over
    their posterior the logarithm's variance is E[tau^2] + Var[log m], the latter by the delta
    method; that mixture is taken for a LogNormal.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.shocks.shock_table`.
    """
    known = _of_all(table)
    sd, tau = known["sd_shock"], known["tau_shock"]
    variance = tau["mean"] ** 2 + tau["sd"] ** 2 + (sd["sd"] / sd["mean"]) ** 2
    return LogNormal(distribution="LogNormal", median=sd["median"], sigma=math.sqrt(variance))


def national_prior(table: pd.DataFrame, measure: Measure, data: xr.Dataset) -> str:
    """Turn the panel's posterior into the `national` shock prior, as a file for `--priors`.

    `sd_shock` is the predictive distribution of an authority not yet seen (`new_authority`), its
    median divided by how much more the measure moves than the outcome, where that is known; it is
    wider, by what the measure says of itself, because it is not the outcome. `rho` has the
    posterior's mean, and is wider for the same reason. Neither parameter of its Beta is below 1:
    else a persistent measure would pile its prior up at 1, where shocks become levels and cancel.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.shocks.shock_table`.
    measure : Measure
    data : xarray.Dataset, dims (authority, year)
        What was fitted.

    Returns
    -------
    str
        TOML: the section of the measure.
    """
    known = _of_all(table)
    sd, tau, rho = (known[name] for name in ("sd_shock", "tau_shock", "rho"))
    new = new_authority(table)
    low, high = (float(x) for x in new.frozen().ppf([0.025, 0.975]))
    least, most = measure.moves_more
    factor, sd_log_factor = math.sqrt(least * most), math.log(most / least) / (2 * 1.96)
    sigma = math.hypot(new.sigma, sd_log_factor, measure.sd_log_sd_shock)
    weight = measure.weight_of_rho
    # In halves: the weight is a judgement, and finer digits would only follow Monte Carlo error.
    beta = min(max(round(2 * weight * (1 - rho["mean"])) / 2, 1.0), weight - 1.0)
    authorities = int((data["total"] > 0).any("year").sum())
    years = f"{int(data['year'][0])}-{int(data['year'][-1])}"
    source = (
        f"{measure.label}: {authorities} English authorities, without that of the "
        "evaluation for which it was made, a "
        f"reorganised one counted before and after, {years} ({measure.source.release})"
    )
    about_sd = (
        f"the median authority's SD is {_with_interval(sd, 3)}, log-odds, and authorities' SDs "
        f"have an SD of the logarithm of {_with_interval(tau, 2)}: that of an authority not yet "
        f"seen lies between {low:.2f} and {high:.2f} with 95%"
    )
    divided = (
        f" Divided by {factor:.2f}, since the measure moves {least:g} to {most:g} times as much "
        "as the outcome (which widens it too)."
        if factor != 1
        else ""
    )
    wider = (
        f" Wider, SD of the logarithm {sigma:.2f} in place of {new.sigma:.2f}, since "
        f"{measure.differs}."
    )
    about_rho = _with_interval(rho, 2)
    lines = (
        f'sd_shock = {{ distribution = "LogNormal", median = {new.median / factor:.2f}, '
        f'sigma = {sigma:.2f}, reason = "{source}: {about_sd}.{divided}{wider}" }}',
        f'rho = {{ distribution = "Beta", alpha = {weight - beta:g}, beta = {beta:g}, '
        f'reason = "The same: year-to-year correlation {about_rho}." }}',
    )
    return "\n".join((f"[national.{measure.name}]", *lines)) + "\n"


def _of_all(table: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """Return the rows of the whole, by parameter."""
    return table[table["group"].eq("all")].set_index("parameter").to_dict("index")


def _with_interval(row: dict[Any, Any], decimals: int) -> str:
    median, lower, upper = (f"{row[name]:.{decimals}f}" for name in ("median", "lower", "upper"))
    return f"{median} (95% {lower}-{upper})"
