"""Cases of others in words: where ours agree with what was published, and where nothing should."""

import math

import pandas as pd

from mp_bayes.checks.published import EMPLOYMENT, PROFITS, SMOKING
from mp_bayes.wording.numbers import interval, number
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table, whole

#: Cases as people say them, with their units' decimals.
CASES = {
    PROFITS: ("Restaurants' profits after a cut of value-added tax (Benzarti and Carloni 2019)", 3),
    EMPLOYMENT: (
        "Women's employment after duties to bargain, percentage points (Lovenheim and Willen 2019)",
        2,
    ),
    SMOKING: ("Cigarette packs a head after Proposition 99 in California", 3),
}
_EFFECTS = {"first": "first period", "average": "average"}


def external_answer(tables: Tables) -> list[str]:
    """Say how many published numbers ours agree with, and which compare other estimators.

    Parameters
    ----------
    tables : dict of DataFrame
        From `mp_bayes.checks.external.external`.
    """
    rows = tables["agreement"]
    same = rows[rows["same"].astype(bool)]
    wrong = same[~same["agrees"].astype(bool)]
    lines = [
        f"Of {len(same)} published answers by the same estimator, {len(same) - len(wrong)} agree "
        "with ours within a tolerance that their own rounding, grid or simulation sets."
    ]
    lines += [
        f"Apart by {number(row['difference'], 4)}: {CASES[row['case']][0]}, {_what(row)}."
        for _, row in wrong.iterrows()
    ]
    others = [
        f"{_what(row)}: ours {number(row['ours_lower'], 3)}, published "
        f"{number(row['published_lower'], 3)} ({row['why']})"
        for _, row in rows[~rows["same"].astype(bool)].iterrows()
    ]
    if others:
        lines.append(f"Other estimators need not agree: {'; '.join(others)}.")
    return lines


def external_tables(tables: Tables) -> list[Table]:
    """Return a table for each case."""
    shown = []
    for case, (label, decimals) in CASES.items():
        rows = tables["agreement"][tables["agreement"]["case"].eq(case)]
        lines = []
        for _, row in rows.iterrows():
            ours, published = (
                _pair(row[f"{who}_lower"], row[f"{who}_upper"], decimals)
                for who in ("ours", "published")
            )
            verdict = ("yes" if row["agrees"] else "no") if row["same"] else "another estimator"
            apart = [number(row[name], 4) for name in ("difference", "tolerance")]
            apart = [text if row["same"] else "" for text in apart]
            lines.append([_what(row), ours, published, *apart, verdict, row["source"]])
        reasons = "; ".join(dict.fromkeys(rows.loc[rows["same"].astype(bool), "why"]))
        shown.append(
            Table(
                label,
                [
                    "Effect and analysis",
                    "Ours",
                    "Published",
                    "Apart by",
                    "Tolerance",
                    "Agrees",
                    "Source",
                ],
                lines,
                f"95% confidence intervals, or single numbers. What sets the tolerance: {reasons}.",
                f"external__{case}",
            )
        )
    return shown


def _what(row: pd.Series) -> str:
    effect = _EFFECTS.get(str(row["effect"]), f"period {row['effect']}")
    value = "" if math.isnan(row["value"]) else f" {row['value']:g}"
    return f"{effect}, {row['analysis']}{value}"


def _pair(lower: float, upper: float, decimals: int) -> str:
    if lower == upper:
        return number(lower, decimals)
    if math.isnan(upper):
        return whole(f"from {number(lower, decimals)}")
    return whole(interval(lower, upper, decimals))
