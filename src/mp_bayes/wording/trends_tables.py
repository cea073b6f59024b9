"""The check of parallel trends as tables, and how its numbers are written."""

import math
from typing import Any

from mp_bayes.checks.trends import LAST, POWERS, PRIOR, PUBLISHED, RELATIVE, SMOOTH
from mp_bayes.wording.numbers import estimate, interval, number, percent
from mp_bayes.wording.selection import Tables, pick
from mp_bayes.wording.table import Table, whole


def trends_tables(tables: Tables) -> list[Table]:
    """Return what tests could have found, and intervals under each restriction."""
    pre, rest, breakdown = (tables[name] for name in ("pretrends", "sensitivity", "breakdown"))
    power, starts, broken, relative = [], [], [], []
    for name in dict.fromkeys(pre["outcome"]):
        mine = pick(pre, outcome=name).to_dict("records")
        rows = pick(rest, outcome=name)
        last = pick(rows, method=LAST).iloc[0]
        decimals = decimals_of_row(last)
        head = f"{mine[0]['label']} ({unit_in(mine[0])})"
        power.append(
            [
                head,
                f"{mine[0]['beyond']} of {mine[0]['tested']}",
                *(number(row[key], decimals) for row in mine for key in ("slope", "bias")),
                number(mine[0]["estimate"], decimals),
            ]
        )
        limits: dict[Any, Any] = {
            row["method"]: row for row in pick(breakdown, outcome=name).to_dict("records")
        }
        line = shown(mine[0]["line"], mine[0]["line_lower"], mine[0]["line_upper"], decimals)
        prior = pick(rows, method=PRIOR, value=0.0).iloc[0]
        starts.append(
            [
                head,
                *(cell(pick(rows, method=one).iloc[0], decimals) for one in (PUBLISHED, LAST)),
                line,
                whole(ends_at_zero(limits[SMOOTH], decimals)),
                cell(prior, decimals),
            ]
        )
        broken.append(
            [
                head,
                *(breakdown_value(limits[one]["breakdown"]) for one in (RELATIVE, SMOOTH)),
                breakdown_value(limits[SMOOTH]["before"]),
                breakdown_value(limits[PRIOR]["breakdown"]),
            ]
        )
        found = pick(rows, method=RELATIVE).to_dict("records")
        relative.append(
            [head, *(whole(_interval(row["lower"], row["upper"], decimals)) for row in found)]
        )
    mbars = pick(rest, method=RELATIVE)["value"].unique()
    return [
        Table(
            "What tests of earlier trends could have found",
            [
                "Outcome (unit)",
                "Estimates before the onset that leave out 0",
                *(
                    f"{what}, {percent(one)} power"
                    for one in POWERS
                    for what in ("Slope per period", "Its bias in the average")
                ),
                "Average effect",
            ],
            power,
            "The test finds a linear difference in trends if the 95% interval of any estimate "
            "before the onset leaves out 0 (Roth 2022). Bias and effect are relative to the last "
            "period before the onset.",
            "pretrend_power",
        ),
        Table(
            "The average effect if trends do not depart",
            [
                "Outcome (unit)",
                "Published reference",
                "From the last period before",
                "What the line before adds",
                "The line taken off",
                "From all periods before",
            ],
            starts,
            "Estimate (95% confidence interval). The line is through the estimates before the "
            "onset; taken off, it gives the interval of smoothness without a bend. Where the "
            "effect is from the last period before, relative magnitudes begin; where it is from "
            "all periods before (there a 95% equal-tailed interval), the prior on the slope.",
            "no_departure",
        ),
        Table(
            "From where on the average effect's interval holds 0",
            [
                "Outcome (unit)",
                "Relative magnitudes",
                "Smoothness",
                "Largest bend before the onset",
                "SD of the prior on the slope",
            ],
            broken,
            "The smallest value whose interval holds 0; 0: from the start; no limit: at none. "
            "Relative magnitudes are multiples of the largest change before the onset, all others "
            "in the outcome's unit, a period.",
            "breakdowns",
        ),
        Table(
            "The average effect if trends depart a multiple as much as before",
            ["Outcome (unit)", *(f"{value:g} times" for value in mbars)],
            relative,
            "95% confidence intervals under relative magnitudes (Rambachan and Roth 2023).",
            "relative_magnitudes",
        ),
    ]


def breakdown_value(value: float) -> str:
    """Write a breakdown value with two digits."""
    within = 0 < value < math.inf
    return number(value, max(0, 1 - math.floor(math.log10(value))) if within else 0)


def decimals_of_row(row: Any) -> int:
    """Return the decimals at which a plain interval has two digits of its width."""
    return max(0, math.ceil(1 - math.log10(row["upper"] - row["lower"])))


def unit_in(row: Any) -> str:
    """Return the unit of a row's numbers in words."""
    return str(row["unit"]).replace("_", "-")


def cell(row: Any, decimals: int) -> str:
    """Write a row's estimate with its interval."""
    return shown(row["estimate"], row["lower"], row["upper"], decimals)


def shown(value: float, lower: float, upper: float, decimals: int) -> str:
    """Write an estimate with its interval, where no end that leaves out 0 is written as 0."""
    return estimate(value, lower, upper, _enough(lower, upper, decimals))


def ends_at_zero(row: Any, decimals: int) -> str:
    """Write the interval with which a method begins."""
    return _interval(row["lower_at_zero"], row["upper_at_zero"], decimals)


def _interval(lower: float, upper: float, decimals: int) -> str:
    return interval(lower, upper, _enough(lower, upper, decimals))


def _enough(lower: float, upper: float, decimals: int) -> int:
    """Return the decimals with which no interval that leaves out 0 seems to end there."""
    near = max(lower, -upper)
    while near > 0 and round(near, decimals) == 0:
        decimals += 1
    return decimals
