"""What the panel says, in sentences made from its tables."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from mp_bayes.panel.inference import DONALD_LANG, PLAIN
from mp_bayes.wording.numbers import estimate, interval, listed, number, p_value, percent
from mp_bayes.wording.table import whole


def panel_results(kind: str, measure: str, treated: str) -> str:
    """Say what the results of a panel command are, for their manifest."""
    return f"panel {kind} of {measure}, for {treated}"


def by_year(table: pd.DataFrame) -> pd.DataFrame:
    """Write each year's effect against each set of comparisons, from `effects_job`."""
    rows = table[
        table["scale"].eq("percentage_points")
        & table["effect"].eq("yearly")
        & table["estimand"].eq("yearly_effect")
    ]
    text = [
        whole(estimate(row["mean"], row["lower"], row["upper"]) + ("" if row["usable"] else " *"))
        for row in rows.to_dict("records")
    ]
    wide = rows.assign(text=text).pivot_table("text", "year", "comparison", "first", sort=False)
    return wide.reset_index()


def did_it_embed(table: pd.DataFrame) -> list[str]:
    """Say whether the programme embedded later; from `commands.panel_job.effects_job`."""
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
        f"Did it embed later? None of {len(good)} intervals, of the years {span} and once "
        f"embedded, leaves 0 out. They span {lowest} to {highest} percentage points, and an "
        "interval with 0 inside shows no effect and rules none out."
        if falls + rises == 0
        else f"Did it embed later? Of {len(good)} intervals, of the years {span} and once "
        f"embedded, {falls} lie wholly below 0 and {rises} wholly above; weigh them against the "
        "placebo authorities'."
    )
    if len(good) < len(both):
        lines.append(f"{len(both) - len(good)} more are left out: not vouched for.")
    return lines


def methods_table(table: pd.DataFrame) -> pd.DataFrame:
    """Write each method's answer, or why there is none, from `panel.inference.inference`."""
    rows = []
    for row in table.to_dict("records"):
        interval = whole(estimate(row["estimate"], row["lower"], row["upper"]))
        rows.append(
            {
                "Method": row["method"],
                "Compared with": row["comparison"],
                "Effect": row["reason"] or interval,
                "p": "" if row["reason"] else p_value(row["p_value"]),
                "Claims": "" if row["reason"] else ("yes" if row["claims"] else "no"),
            }
        )
    return pd.DataFrame(rows)


def inference_answer(table: pd.DataFrame) -> list[str]:
    """Say what the methods claim, and which cannot be used.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.inference.inference`.

    Returns
    -------
    list of str
        The first sentence can stand alone.
    """
    table = table.fillna({"reason": ""})
    first, can = table.iloc[0], table["reason"].eq("")
    usable = table[can & ~table["method"].isin([PLAIN, DONALD_LANG])]
    claimed = usable[usable["claims"]]
    verdict = (
        f"none of {len(usable)} answers claims an effect at the 5% level"
        if claimed.empty
        else f"{len(claimed)} of {len(usable)} answers claim an effect at the 5% level ("
        + "; ".join(f"{row['method']} {_against(row)}" for row in claimed.to_dict("records"))
        + ")"
    )
    lines = [
        f"{first['treated']}, average of {first['first_post_year']} to {first['last_year']} "
        f"against the years before, from {first['first_year']}: by methods that allow for "
        f"authorities' own lasting movements, {verdict}; their 95% confidence intervals reach "
        f"from {number(usable['lower'].min())} to {number(usable['upper'].max())} percentage "
        "points."
    ]
    for method, words in (
        (PLAIN, "The plain DiD knows of no such movements"),
        (DONALD_LANG, "Donald and Lang's test takes each year's as independent of the last"),
    ):
        own = [
            f"{'claims an effect' if row['claims'] else 'claims none'} {_against(row)}"
            for row in table[can & table["method"].eq(method)].to_dict("records")
        ]
        if own:
            lines.append(f"{words}: it {'; it '.join(own)}.")
    for (comparison, reason), part in table[~can].groupby(["comparison", "reason"], sort=False):
        lines.append(
            f"Against {_lower(str(comparison))}, no answer by {listed(list(part['method']))}: "
            f"{reason}."
        )
    lines.append(
        f"The shock-aware DiD takes shocks with an SD of {number(first['sd_shock'], 2)} log-odds "
        f"and a correlation of {number(first['rho'], 2)} from year to year as known (the national "
        "prior's root mean square and mean)."
    )
    return lines


def _against(row: dict[Hashable, Any]) -> str:
    effect = estimate(row["estimate"], row["lower"], row["upper"])
    return f"against {_lower(row['comparison'])}, {effect}"


def _lower(comparison: str) -> str:
    """Write `All 137 authorities` within a sentence; names keep their capital."""
    return comparison.replace("All ", "all ", 1)


def placebo_answer(table: pd.DataFrame, claims: pd.DataFrame, *, treated: str) -> list[str]:
    """Say where the treated authority ranks, and what the counts of claims rest on.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.claims.ranking`.
    claims : pandas.DataFrame
        From `commands.panel_job.placebo_job`: `false_claims` of each span of years, the first of
        all years with the real onset.
    treated : str
    """
    claims = claims.fillna({"reason": ""})
    real, asis = claims["onset"].eq("real"), claims["effect"].eq(0)
    rank = int(table.loc[table["authority"].eq(treated), "rank"].iloc[0])
    lines = [
        f"{treated} ranks {rank} of {len(table)} by effect; 1 is the largest fall. Others had "
        "reforms of their own; none had this programme."
    ]
    lines.append(
        "The plain DiD pools the years before and after, and its error knows of no shocks. The "
        "shock priors of the model and of the shock-aware DiD come from these same statistics. "
        "Donald and Lang's test takes each year's movement as independent of the last."
    )
    unusable = claims[real & asis & claims["reason"].ne("")]
    for reason, part in unusable.groupby("reason", sort=False):
        lines.append(f"No answer: {'; '.join(part['method'])}. It {reason}.")
    return lines


def placebo_table(claims: pd.DataFrame, *, effect: int) -> pd.DataFrame:
    """Write what each method does with one planted effect, from `placebo_answer`'s claims.

    Shares are per cent: of all years, and the range over the spans with an onset that never was;
    bias in percentage points and coverage are of all years.
    """
    claims = claims[claims["effect"].eq(effect)].dropna(subset="claims")
    claimed = "Claims an effect" if effect == 0 else "Finds the fall"
    rows = []
    for method, part in claims.groupby("method", sort=False):
        real = part["onset"].eq("real")
        if not real.any():  # too few authorities have all years: `placebo_answer` says so
            continue
        asked, spans = part[real].iloc[0], part.loc[~real, "claims"]
        ends = [percent(one) for one in (asked["lower"], asked["upper"])]
        rows.append(
            {
                "Method": method,
                claimed: f"{percent(asked['claims'])} ({' to '.join(ends)})",
                f"{claimed}, three years on each side": ""
                if spans.empty
                else f"{percent(spans.min())} to {percent(spans.max())}",
                "Bias": number(asked["bias"]),
                "Coverage of 95% intervals": percent(asked["coverage"]),
            }
        )
    return pd.DataFrame(rows)


def compare_answer(table: pd.DataFrame, *, reported: str) -> list[str]:
    """Say how much there was to choose from.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.compare.compare`.
    reported : str
        The study's only comparison; empty if it has several, or of another authority.
    """
    first = table.iloc[0]
    near = int((table["farther_than_first"].iloc[1:] < 0.975).sum())
    verdict = (
        "so their order is not a ranking, and trends do not choose a comparison among them"
        if near
        else "so it alone is nearest"
    )
    lines = [
        f"Trends from {first['first_year']} to {first['last_year']}: {near} of {len(table) - 1} "
        f"candidates cannot be told apart from {first['authority']}, whose trend is estimated "
        f"nearest to {first['treated']}'s: the probability that they lie farther away is below "
        f"97.5%; {verdict}."
    ]
    place = table.index[table["authority"].eq(reported)]
    if len(place):
        row = table.loc[place[0]]
        lines.append(
            f"The study's comparison, {reported}: its trend lay {number(row['distance'], 2)} "
            f"log-odds ({interval(row['lower'], row['upper'], 2)}) away, {first['authority']}'s "
            f"{number(first['distance'], 2)} "
            f"({interval(first['lower'], first['upper'], 2)})"
            + (
                f"; the probability that {reported}'s lay farther is "
                f"{percent(row['farther_than_first'])}."
                if place[0]
                else "."
            )
        )
    return lines
