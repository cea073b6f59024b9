"""One assumption at a time, in words: what each step from published to headline did."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from mp_bayes.estimands import span
from mp_bayes.evidence.arrays import cells
from mp_bayes.reanalysis.decomposition import LAST, PUBLISHED, RECOMPUTED
from mp_bayes.reanalysis.weights import grouped
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import (
    comparison_in,
    decimals_of,
    number,
    percent,
    treated_in,
    unit_of,
)
from mp_bayes.wording.selection import HEADLINE, pick
from mp_bayes.wording.table import Table, effect_cell

#: How the chain begins.
_BEGUN = {PUBLISHED: "as published", RECOMPUTED: "recomputed from the totals"}
#: One year's rows of the decomposition, by the step's name.
type Chain = dict[str, dict[Hashable, Any]]


def steps_answer(decomposition: pd.DataFrame, outcome: Outcome) -> list[str]:
    """Say which step moved the average most, and the single year that moved most on the way.

    Parameters
    ----------
    decomposition : pandas.DataFrame
        From `mp_bayes.reanalysis.decomposition.decompose`.
    outcome : Outcome
    """
    mine = pick(decomposition, outcome=outcome.name)
    if not mine["usable"].all():
        return ["The chain has a step that is unusable, and is not put into words."]
    whole = span(outcome.post_years)
    chains = {year: _chain(mine, year) for year in (*outcome.post_years, whole)}

    def moved(year: str) -> float:
        estimates = [row["estimate"] for row in chains[year].values()]
        return float(abs(estimates[-1] - estimates[0]))

    farthest = max(outcome.post_years, key=moved)
    average, single = _walk(chains[whole], outcome), _walk(chains[farthest], outcome)
    return [
        f"Averaged over {whole}: {average} {_width(chains[whole])}",
        f"The single year that moves most is {farthest}: {single}",
    ]


def _chain(table: pd.DataFrame, year: str) -> Chain:
    """Return one year's rows by the step's name, in order."""
    return {row["name"]: row for row in pick(table, year=year).to_dict("records")}


def _walk(chain: Chain, outcome: Outcome) -> str:
    """Put one chain into words: its ends, its largest step, and what pooling and the prior did."""
    scale = chain[LAST]["scale"]
    decimals = decimals_of(scale)
    start = next(iter(chain))
    first, last = (number(chain[name]["estimate"], decimals) for name in (start, LAST))
    largest = max(list(chain)[1:], key=lambda name: abs(chain[name]["change"]))
    top, shocks, pooled, prior = (
        number(chain[name]["change"], decimals, sign=True)
        for name in (largest, "shocks", "pooled", LAST)
    )
    return (
        f"{first} {unit_of(scale, outcome)} {_BEGUN[start]}, {last} in the headline. The largest "
        f"step, {top}, is “{chain[largest]['label']}”. Allowing for shocks moves the estimate by "
        f"{shocks}, pooling the years by {pooled}, the prior of the mean effect by {prior}."
    )


def _width(chain: Chain) -> str:
    """Say how wide the interval is at the steps that change it."""
    # An interval's ends are known less well than a mean.
    decimals = decimals_of(chain[LAST]["scale"]) - 1
    names = list(chain)
    first, before, shocks, last = (
        number(chain[name]["upper"] - chain[name]["lower"], decimals)
        for name in (names[0], names[names.index("shocks") - 1], "shocks", LAST)
    )
    return (
        f"The 95% interval is {first} wide {_BEGUN[names[0]]}, {before} just before "
        f"shocks are allowed for, {shocks} with them, and {last} in the headline."
    )


def steps_table(decomposition: pd.DataFrame, effects: pd.DataFrame, outcome: Outcome) -> Table:
    """Return the chain: a row a step, a column a year, and the average over them."""
    mine = pick(decomposition, outcome=outcome.name)
    scale = str(mine["scale"].iloc[0])
    own = pick(effects, outcome=outcome.name, scale=scale, **HEADLINE)
    own = own[own["estimand"].isin(["yearly_effect", "average_effect"])]
    years = [*outcome.post_years, span(outcome.post_years)]
    lines = []
    for name, part in mine.groupby("name", sort=False):
        # The headline's sampled numbers have Monte Carlo errors, which say their digits.
        rows, value = (own, "mean") if name == LAST else (part, "estimate")
        found = {row["year"]: row for row in rows.to_dict("records")}
        label = str(part["label"].iloc[0])
        lines.append([label, *(effect_cell(found[year], value=value) for year in years)])
    return Table(
        f"{outcome.label}: one assumption at a time, {unit_of(scale, outcome)}",
        ["Each step keeps the ones before", *outcome.post_years, f"{years[-1]} average"],
        lines,
        "Estimate (95% interval): confidence intervals for regressions, equal-tailed "
        "posterior intervals for the others. Steps between those and the last are by the fast "
        "posterior.",
        name=f"steps__{outcome.name}",
    )


def weights_answer(weights: pd.DataFrame, outcome: Outcome) -> str:
    """Say what the averages count, the comparison's weight, and how much the data count.

    Parameters
    ----------
    weights : pandas.DataFrame
        From `mp_bayes.reanalysis.weights.weights_table`.
    outcome : Outcome
    """
    mine = pick(weights, outcome=outcome.name)
    count = {
        name: float(pick(mine, average=name)["comparison_weight"].iloc[0])
        for name in ("headline", "borrowed")
    }
    setting = outcome.setting
    treated = mine[mine["borough"].isin(setting.treated_boroughs)]
    begun = dict(zip(setting.treated_boroughs, setting.treated_post, strict=True))
    places = {year: place for place, year in enumerate(setting.years)}
    post = treated[
        [
            bool(begun[borough][places[year]])
            for borough, year in zip(treated["borough"], treated["year"], strict=True)
        ]
    ]
    own = {
        name: float(pick(post, average=name)["weight"].sum())
        for name in ("headline", "shock_aware")
    }
    before = {
        name: pick(treated, average=name, year=setting.reference_year)["weight"].sum()
        for name in ("published", "headline")
    }
    reference = (
        f"The published average counts the reference year {setting.reference_year} by "
        f"{number(before['published'], 2)}, the headline by {number(before['headline'], 2)}. "
        if outcome.coefficients
        else ""
    )
    who, others = treated_in(setting), comparison_in(setting)
    partly = outcome.reaches_past_onset.any()
    pooled = ", and partly exposed years that are pooled with them" if partly else ""
    return (
        f"For every 1 that the years of {who} since the programme began count, those of {others} "
        f"count {number(count['headline'], 2)} in the headline, and "
        f"{number(count['borrowed'], 2)} if common years were borrowed from national statistics. "
        f"{reference}In all, those years of {who} count {number(own['headline'], 2)} in the "
        f"headline, and {number(own['shock_aware'], 2)} with shocks but no prior of the effect to "
        f"speak of: the difference is what the prior takes{pooled}.{_largest(post, outcome)}"
    )


def _largest(post: pd.DataFrame, outcome: Outcome) -> str:
    """Say how much the largest of several treated boroughs counts, and how large it is."""
    setting = outcome.setting
    if len(setting.treated_boroughs) == 1:
        return ""
    total = cells(outcome)["total"].sel(borough=list(setting.treated_boroughs))
    since = (total * setting.treated_post).sel(year=list(outcome.years))
    size = since.sum("year").to_series()
    counted = pick(post, average="headline").groupby("borough")["weight"].sum()
    most = str(size.idxmax())
    counts, holds = (percent(float(one[most] / one.sum())) for one in (counted, size))
    return (
        f" Of what the treated boroughs count in the headline, {counts} is {most}'s, which has "
        f"{holds} of their {outcome.total_unit}: one effect a year is common to all, and each "
        "borough counts by how closely it tells it, shocks included."
    )


def weights_table_of(weights: pd.DataFrame, outcome: Outcome) -> Table:
    """Return the weight of every borough-year in each average."""
    mine = grouped(pick(weights, outcome=outcome.name), outcome)
    lines = [
        [f"{label}: {borough}", *(number(weight, 2, sign=True) for weight in part["weight"])]
        for (label, borough), part in mine.groupby(["label", "borough"], sort=False)
    ]
    return Table(
        f"{outcome.label}: weight of each borough-year in each average",
        ["Average, borough", *outcome.years],
        lines,
        "By how much the average moves if that borough-year's rate moves by 1: proportions or "
        "log-rates for regressions, log-odds or log-rates for the others.",
        name=f"weights__{outcome.name}",
    )
