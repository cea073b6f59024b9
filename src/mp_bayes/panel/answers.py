"""What the panel says, in sentences made from its tables."""

import math
from typing import Any

import pandas as pd

from mp_bayes.figures.numbers import estimate, interval, listed, number, percent
from mp_bayes.panel.national import new_authority


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
        From `mp_bayes.panel.job.fit_job`.
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


def by_year(table: pd.DataFrame) -> pd.DataFrame:
    """Write each year's effect against each set of comparisons, from `islington_job`."""
    rows = table[
        table["scale"].eq("percentage_points")
        & table["effect"].eq("yearly")
        & table["estimand"].eq("yearly_effect")
    ]
    text = [
        estimate(row["mean"], row["lower"], row["upper"]) + ("" if row["usable"] else " *")
        for row in rows.to_dict("records")
    ]
    wide = rows.assign(text=text).pivot_table("text", "year", "comparison", "first", sort=False)
    return wide.reset_index()


def did_it_embed(table: pd.DataFrame) -> list[str]:
    """Say whether the programme embedded later, from `mp_bayes.panel.job.islington_job`."""
    points = table[table["scale"].eq("percentage_points")]
    full = points[points["estimand"].eq("fully_embedded_effect") & points["effect"].eq("embedding")]
    yearly = points[points["estimand"].eq("yearly_effect") & points["effect"].eq("yearly")]
    lines = []
    for row in full.to_dict("records"):
        last = yearly[yearly["comparison"].eq(row["comparison"])].iloc[-1]
        vouched = row["usable"] and last["usable"]
        lines.append(
            f"{row['comparison']}: {estimate(last['mean'], last['lower'], last['upper'])} "
            f"percentage points in {last['year']}; once embedded "
            f"{estimate(row['mean'], row['lower'], row['upper'])}, probability of a reduction "
            f"{percent(row['prob_below_0'])} (95% equal-tailed intervals)."
            + ("" if vouched else " The approximation does not vouch for it.")
        )
    both = pd.concat([full, yearly])
    good = both[both["usable"]]
    if good.empty:
        return [*lines, "Did it embed later? No usable answer."]
    falls, rises = (good["upper"] < 0).sum(), (good["lower"] > 0).sum()
    span = f"{yearly['year'].iloc[0]} to {yearly['year'].iloc[-1]}"
    lowest, highest = number(good["lower"].min()), number(good["upper"].max())
    lines.append(
        f"Did it embed later? None of {len(good)} intervals of the years {span} leaves 0 out. They "
        f"reach from {lowest} to {highest} percentage points: effects beyond are ruled out, "
        "smaller ones are not."
        if falls + rises == 0
        else f"Did it embed later? Of {len(good)} intervals of the years {span}, {falls} lie "
        f"wholly below 0 and {rises} wholly above; weigh them against the placebo authorities'."
    )
    if len(good) < len(both):
        lines.append(f"{len(both) - len(good)} more are left out: not vouched for.")
    return lines


def placebo_answer(table: pd.DataFrame, claims: pd.DataFrame, *, treated: str) -> list[str]:
    """Say how often an effect is claimed where there was no programme.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.placebo.placebo`.
    claims : pandas.DataFrame
        From `mp_bayes.panel.job.placebo_job`: `false_claims` of each span of years, the first of
        all years with the real onset.
    treated : str
    """
    real = claims["onset"].eq("real")
    rank = int(table.loc[table["authority"].eq(treated), "rank"].iloc[0])
    lines = [
        f"{treated} ranks {rank} of {len(table)} by effect; 1 is the largest fall. Others had "
        "reforms of their own; none had this programme."
    ]
    for row in claims[real].to_dict("records"):
        lines.append(
            f"{row['method']}, {row['first_year']} to {row['last_year']}: claims an effect for "
            f"{percent(row['claims'])} of {row['authorities']} authorities without the programme "
            f"(95% interval {percent(row['lower'])} to {percent(row['upper'])}, as if authorities "
            "were independent)."
        )
    lines.append(
        "The report's method is its pre-post contrast pooled over years. The model's shock prior "
        "comes from these same statistics."
    )
    others = claims[~real]
    if len(others):
        each = others.groupby("method", sort=False)["claims"]
        ranges = "; ".join(
            f"{method}: {percent(part.min())} to {percent(part.max())}" for method, part in each
        )
        count = others["first_year"].nunique()
        lines.append(
            f"In {count} spans of three years before and three after an onset, wherever they lie, "
            f"the shares are: {ranges}."
        )
    return lines


def compare_answer(table: pd.DataFrame, *, reported: str) -> list[str]:
    """Say how much there was to choose from.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.compare.compare`.
    reported : str
        The report's comparison; empty if the report compared another authority.
    """
    first = table.iloc[0]
    near = int((table["farther_than_first"].iloc[1:] < 0.975).sum())
    lines = [
        f"Nearest to {first['treated']} in trend, {first['first_year']} to {first['last_year']}: "
        f"{listed(list(table['authority'].head(3)))}. {near} of the {len(table) - 1} other "
        f"candidates cannot be told from {first['authority']}: the probability that they lie "
        "farther away is below 97.5%."
    ]
    place = table.index[table["authority"].eq(reported)]
    if len(place):
        row = table.loc[place[0]]
        lines.append(
            f"The report's comparison, {reported}, is number {place[0] + 1}: its trend lay "
            f"{number(row['distance'], 2)} log-odds ({interval(row['lower'], row['upper'], 2)}) "
            f"away; the nearest lay {number(first['distance'], 2)}."
        )
    return lines
