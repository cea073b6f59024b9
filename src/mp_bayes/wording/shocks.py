"""How much boroughs move: what was assumed, and what `mp-bayes panel fit` found."""

import math
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.panel.national import new_authority
from mp_bayes.priors import unnamed_shock
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import estimate, interval, listed, number, percent

#: How a study of one's own names a measure.
IN_STUDY = 'shock_prior = "national:MEASURE" in study.toml'


def unnamed_measure(priors: pd.DataFrame, outcome: Outcome, how: str = IN_STUDY) -> str:
    """Say that an outcome's national shock prior is of no measure, and how to name one; or nothing.

    Parameters
    ----------
    priors : pandas.DataFrame
        As `priors.csv`: outcome, shock_prior, parameter, prior.
    outcome : Outcome
    how : str
        Where MEASURE is to be named.
    """
    prior = unnamed_shock()
    used = priors[
        priors["outcome"].eq(outcome.name)
        & priors["shock_prior"].eq("national")
        & priors["parameter"].eq("sd_shock")
    ]
    if outcome.measure or not used["prior"].astype(str).eq(str(prior)).any():
        return ""
    low, high = prior.quantile(np.array([-1.96, 1.96]))
    return (
        "No measure of the official statistics was named, so the national shock prior allows for "
        f"small shocks as well as large ones (an SD of {interval(low, high, 2)} with 95% "
        "probability): the interval may be narrower than with a measure that moves like this "
        f"outcome. To name one: {how}, where MEASURE is {listed(list(MEASURES), last='or')}."
    )


def shock_estimate(table: pd.DataFrame, parameter: str, decimals: int = 2) -> str:
    """Write the posterior median and interval of a parameter for all authorities."""
    row = table[table["group"].eq("all") & table["parameter"].eq(parameter)].iloc[0]
    median, lower, upper = (float(row[name]) for name in ("median", "lower", "upper"))
    return estimate(median, lower, upper, decimals)


def shocks_answer(table: pd.DataFrame, check: pd.DataFrame) -> list[str]:
    """Say how much authorities move.

    Parameters
    ----------
    table, check : pandas.DataFrame
        From `mp_bayes.commands.panel_job.fit_job`.
    """
    heavy = table["parameter"].eq("nu").any()
    what = "scale (of a Student t, not its standard deviation)" if heavy else "standard deviation"
    low, high = new_authority(table).frozen().ppf([0.025, 0.975])
    lines = [
        f"Without this programme the median authority's yearly shock has a {what} of "
        f"{shock_estimate(table, 'sd_shock', 3)} in log-odds and a correlation of "
        f"{shock_estimate(table, 'rho')} with the next year's (posterior medians, 95% equal-tailed "
        f"intervals). Authorities differ: the logarithms of theirs have a standard deviation of "
        f"{shock_estimate(table, 'tau_shock')}, and that of an authority not yet seen lies between "
        f"{number(low, 2)} and {number(high, 2)} with 95% probability. Other authorities' own "
        "reforms are part of it."
    ]
    if not table["usable"].all():
        lines.append("The sampling did not converge: do not use it.")
    size, *others = check.to_dict("records")
    lines.append(
        f"Check: {_replicated(size)}."
        if size["passes"]
        else f"The model does not fit: {_replicated(size)}. These numbers describe the model, not "
        "the authorities, and no prior is made of them."
    )
    for row in others:
        verdict = "Check" if row["passes"] else "Not reproduced by the model"
        lines.append(f"{verdict}: {_replicated(row)}.")
    return lines


def _replicated(row: dict[Any, Any]) -> str:
    return (
        f"the {row['check']} of the log-odds is {number(row['observed'], 3)}; panels replicated "
        f"from the model have {estimate(row['mean'], row['lower'], row['upper'], 3)}"
    )


def authorities_answer(table: pd.DataFrame, *, marked: list[str]) -> list[str]:
    """Say where some authorities stand among all by the SD of their shocks.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.shocks.authority_table`.
    marked : list of str
        The authorities; those that the table does not have are left out.
    """
    rows = [
        f"{row['authority']} {estimate(row['median'], row['lower'], row['upper'], 2)}, rank "
        f"{row['rank']}, {percent(row['larger'])} of the others above it "
        f"({percent(row['larger_lower'])} to {percent(row['larger_upper'])})"
        for row in table[table["authority"].isin(marked)].to_dict("records")
    ]
    if not rows:
        return []
    text = (
        f"Among {len(table)} authorities (all years, those with the programme too): standard "
        f"deviation of the shocks, posterior median (95% equal-tailed interval), rank 1 the "
        f"largest: {'; '.join(rows)}."
    )
    return [text if table["usable"].all() else f"{text} The sampling did not converge."]


def tails_answer(table: pd.DataFrame) -> str:
    """Say which shape of shocks predicts better, from `mp_bayes.panel.ahead.compare_shapes`."""
    row = table[table["year"].astype(str).eq("all")].iloc[0]
    if not row["usable"]:
        return "Normal and heavy-tailed shocks are not compared: a fit did not converge."
    clear = abs(row["difference"]) > 2 * math.hypot(row["se"], row["mcse"])
    better = "heavy-tailed (Student t)" if row["difference"] > 0 else "normal"
    verdict = f"{better} shocks do better" if clear else "the two cannot be told apart"
    return (
        f"Normal or heavy-tailed shocks? Predicting {row['cells']:.0f} authority-years one year "
        f"ahead, {verdict}: the log predictive density, Student t minus normal, is "
        f"{number(row['difference'], 1, sign=True)} in sum (standard error "
        f"{number(row['se'], 1)}, as if authorities were independent; Monte Carlo error "
        f"{number(row['mcse'], 1)}). Each year is predicted by fits to the years before it: to "
        "carry one fit forward by importance sampling would have a Pareto k of "
        f"{number(row['pareto_k'], 1)} or more in every year, and 0.7 is the limit."
    )
