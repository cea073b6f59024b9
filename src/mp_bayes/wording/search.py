"""What a search over designs says: the answer, the frontier, and what it rests on."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from scipy.special import ndtr

from mp_bayes.planning.protocol import listed_words
from mp_bayes.planning.value import SHOCK_PRIOR
from mp_bayes.simulate.performance import share_interval
from mp_bayes.wording.designs import closely, design
from mp_bayes.wording.numbers import interval, listed, lowered, number, percent
from mp_bayes.wording.planning import MONTE_CARLO, Facts, lag, measure, simulated, target, years

SOURCE = "Source: closed form of mp_bayes"
# Claims on one side where there is no effect.
_BY_CHANCE = 0.025
# Local authorities with referrals in the year that ended on 31 March 2025: DfE, "Children in need",
# file c1.
_AUTHORITIES = 153
_FIELDS = {
    SHOCK_PRIOR: "SD and correlation of shocks: averaged over the national prior",
    "sd_shock": "SD of borough-by-year shocks",
    "rho": "Year-to-year correlation of shocks",
    "half_life": "Half-life of embedding, years",
    "contamination": "Share of the effect that comparison boroughs get",
    "shock_df": "Heavy-tailed shocks, degrees of freedom",
}


def best(tables: Mapping[str, pd.DataFrame]) -> dict[Any, Any]:
    """Return the frontier's first design, of which the rest of the answer is."""
    return tables["frontier"].to_dict("records")[0]


def answer(tables: Mapping[str, pd.DataFrame], facts: Facts) -> str:
    """Return the answer in a sentence; `around` says the rest."""
    first = best(tables)
    goal = f"{target(facts)} {measure(facts)}"
    if _alone(tables, facts):
        short = "" if first["reaches"] else f", short of {target(facts)}"
        return (
            f"With {design(first)}, {measure(facts)} is {percent(first['assurance'])}{short}; "
            f"{_smallest(first, facts)}."
        )
    if not first["reaches"]:
        return (
            f"No design that was tried reaches {goal}. The nearest has {design(first)}: "
            f"{percent(first['assurance'])}; {_smallest(first, facts)}.{_bounded(facts)}"
        )
    return (
        f"Of the designs that were tried, the one with the fewest treated boroughs that reaches "
        f"{goal} has {design(first)}."
    )


def _bounded(facts: Facts) -> str:
    """Say it where no design at all could reach the target: the effect may lie on the other side.

    An answer that claims the effect on its side is worth at most the probability of that side.
    """
    base = facts.get("base")  # which folders of earlier versions do not hold
    if not base or not facts["effect_sd"]:
        return ""
    away = math.log(base["effect"]) if base["effect_scale"] == "ratio" else base["effect"]
    most = float(ndtr(abs(away) / facts["effect_sd"]))
    if most + _BY_CHANCE >= facts["target"]:
        return ""
    return (
        f" None of any size does: the design prior itself gives only {percent(most)} to an effect "
        "on the assumed one's side of no effect."
    )


def around(tables: Mapping[str, pd.DataFrame], facts: Facts) -> str:
    """Return what stands around the answer: other ways, and among what was searched."""
    first = best(tables)
    if _alone(tables, facts):
        return _more_than_there_are(tables).strip()
    if not first["reaches"]:
        return tried(tables, facts)
    others = [
        f"{row['best']}: {design(row)}"
        for row in tables["frontier"].iloc[1:].to_dict("records")
        if row["best"]
    ]
    more = f"Other ways: {'; '.join(others)}. " if others else ""
    fewer = "Fewer treated boroughs were not tried. " if fewest_tried(first, facts) else ""
    return f"{fewer}{more}{tried(tables, facts)}"


def _alone(tables: Mapping[str, pd.DataFrame], facts: Facts) -> bool:
    """Tell whether one design was asked for, so that nothing was searched."""
    return len(tables["designs"]) == 1 and len(facts["treated_boroughs"]) == 1


def fewest_tried(row: Mapping[Any, Any], facts: Facts) -> bool:
    """Tell whether fewer treated boroughs than a design's might do, but were not tried.

    Folders of earlier versions do not hold what was tried, and then nothing is known.
    """
    return bool(row["treated_boroughs"] == min(facts.get("treated_boroughs", (1,))) > 1)


def tried(tables: Mapping[str, pd.DataFrame], facts: Facts) -> str:
    """Say among which designs was searched."""
    table, counts = tables["designs"], facts["treated_boroughs"]

    def those(column: str) -> str:
        return listed([f"{value:g}" for value in sorted(table[column].unique())], last="or")

    whole = list(counts) == list(range(min(counts), max(counts) + 1)) and len(counts) > 2
    number_of = (
        f"{min(counts)} to {max(counts)}"
        if whole
        else listed([str(count) for count in counts], last="or")
    )
    return (
        f"Tried were {number_of} treated and {those('comparison_boroughs')} comparison boroughs, "
        f"{those('pre_years')} years before and {those('post_years')} after.{_edges(tables)}"
        f"{_more_than_there_are(tables)}"
    )


def _edges(tables: Mapping[str, pd.DataFrame]) -> str:
    """Say beyond which numbers nothing was tried although a best design has them."""
    every, named = tables["designs"], tables["frontier"]
    named = named[named["best"].ne("")]
    found, single = [], []
    for column, noun in (
        ("comparison_boroughs", "comparison boroughs"),
        ("pre_years", "years before"),
        ("post_years", "years after"),
    ):
        low, high = every[column].min(), every[column].max()
        if low == high:
            single.append(noun)
            continue
        if named[column].eq(high).any():
            found.append(f"more than {high:g} {noun}")
        if column == "post_years" and low > 1 and named[column].eq(low).any():
            found.append(f"fewer than {low:g} {noun}")
    if single:
        found.append(f"other numbers of {listed(single)}")
    if not found:
        return ""
    return f" Designs listed here lie at the edge of what was tried: {listed(found)} were not."


def _more_than_there_are(tables: Mapping[str, pd.DataFrame]) -> str:
    """Say that a best design has more boroughs than England has authorities."""
    every = tables["frontier"]
    named = every[every["best"].ne("") | (every.index == every.index[0])]
    most = (named["treated_boroughs"] + named["comparison_boroughs"]).max()
    if most <= _AUTHORITIES:
        return ""
    return f" England had {_AUTHORITIES} local authorities in 2025; {most:.0f} boroughs are more."


def _smallest(row: Mapping[Any, Any], facts: Facts) -> str:
    if pd.isna(row["mdes"]):
        return f"no effect that was tried is found with {target(facts)} power"
    return (
        f"the smallest effect that is found with {target(facts)} power is {closely(row, 'mdes')} "
        f"{facts['unit']}"
    )


def rule(row: Mapping[Any, Any], facts: Facts) -> str:
    """Say what stands beside the power of a design."""
    return (
        "There the rule that claims an effect where the 95% equal-tailed posterior interval leaves "
        f"out 0 claims an effect in {_counted(row, 'size')} of evaluations where "
        "nothing happened. "
        f"If the effect is the planned one, the average effect is {_signed(row['average_effect'])} "
        f"{facts['unit']}; its estimate is off by about {closely(row, 'bias', sign=True)} on "
        "average, and its "
        f"interval holds the true one in {percent(row['coverage'])}. Under the rule calibrated to "
        f"5% false claims, which claims what lies more than {number(row['critical'], 2)} posterior "
        f"SDs from 0, {measure(facts)} is {percent(row['calibrated'])}."
    )


def _signed(value: float, decimals: int = 1) -> str:
    return number(value, decimals, sign=True)


def waiting(looks: pd.DataFrame) -> str:
    """Say when the answer would have come, and what looking every year does to false claims."""
    last, first = looks.to_dict("records")[-1], looks["post_years"].iloc[0]
    end, waves = years(last["post_years"]), first > 1
    half = looks.loc[looks["answered"] >= 0.5, "post_years"]
    since = f" from year {first:.0f} on, when every treated borough has begun," if waves else ""
    at_once = ", at the first look" if waves and len(half) and half.iloc[0] == first else ""
    when = (
        f"Half of the evaluations would have their answer within {years(half.iloc[0])}{at_once}."
        if len(half)
        else f"Fewer than half of the evaluations would have an answer within {end}."
    )
    return (
        f"If the data are looked at every year{since} and an effect is claimed as soon as the "
        f"interval leaves out 0, {_counted(last, 'answered', 0)} rightly claim it within {end}. "
        f"{when} But where nothing happened {_counted(last, 'false_claims')} claim something at "
        f"one of the looks, against {_counted(last, 'false_claims_once')} with one look at the "
        f"end. In brackets: {MONTE_CARLO}; evaluations are drawn one by one here, so that shares "
        "differ from the closed form's by chance."
    )


def _counted(row: Mapping[Any, Any], name: str, decimals: int = 1) -> str:
    """Write a share of draws with its interval."""
    lower, upper = share_interval(row[name], row[f"{name}_error"])
    return f"{number(100 * row[name], decimals)}% ({interval(100 * lower, 100 * upper, decimals)}%)"


def worlds(table: pd.DataFrame) -> list[str]:
    """Name the rows of a sensitivity table."""
    return [
        (_FIELDS[row["field"]] if row["field"] else "As assumed")
        + (f": {row['value']:g}" if pd.notna(row["value"]) else "")
        for row in table.to_dict("records")
    ]


def weakest(table: pd.DataFrame, facts: Facts) -> str:
    """Say which of the worlds has the lowest power."""
    averaged = table.loc[table["field"].eq(SHOCK_PRIOR), "assurance"].iloc[0]
    others = table[~table["field"].isin(["", SHOCK_PRIOR])]
    low = others.sort_values("assurance").to_dict("records")[0]
    name, value, planned = _FIELDS[low["field"]], low["value"], facts["base"][low["field"]]
    instead = "Normal ones" if low["field"] == "shock_df" else f"{planned:g}"
    return (
        f"Averaged over the national prior of the shocks' SD and correlation {measure(facts)} is "
        f"{percent(averaged)} instead of {percent(table['assurance'].iloc[0])}; that prior is of "
        "one authority not yet seen, and of many together more is known. Of the worlds below it "
        f"is lowest, {percent(low['assurance'])}, in the one with this: {lowered(name)}, "
        f"{value:g} instead of {instead}."
    )


def paragraph(tables: Mapping[str, pd.DataFrame], facts: Facts) -> str:
    """Write the paragraph for a protocol."""
    row = best(tables)
    confirmed = ""
    if pd.notna(row.get("simulated")):
        confirmed = (
            f" Simulation of {facts['replicates']:,} such evaluations gives "
            f"{simulated(row['simulated'], row['simulated_mcse'])}."
        )
    prior = ""
    if facts["effect_sd"]:
        prior = f" (design prior: Normal, SD {facts['effect_sd']:.3g} {facts['effect_sd_unit']})"
    nearest = "" if row["reaches"] else f", the nearest that was found to {target(facts)}"
    return (
        f"The planned effect on '{facts['outcome'].label.lower()}' is {facts['effect']} at full "
        f"embedding{prior}, from a baseline of {facts['baseline']}, {lag(facts['half_life'])}. "
        f"With {design(row)}, {measure(facts)} is {percent(row['assurance'])}{nearest}, by a "
        f"closed form.{confirmed} An effect is claimed when the 95% equal-tailed posterior "
        "interval of the average effect over the post-years leaves out 0, in a hierarchical model "
        f"with borough-by-year effects under the {facts['shock']} prior that estimates how the "
        f"practice embeds, {facts['analysis_prior']}. {rule(row, facts)} Assumed: "
        f"{listed_words(facts['assumptions'])}."
    )
