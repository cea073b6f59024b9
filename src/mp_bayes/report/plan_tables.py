"""Tables of a planning study: years needed, smallest effects, false claims, assumptions."""

from typing import Any

import pandas as pd

from mp_bayes.figures.chart import Tables
from mp_bayes.figures.numbers import interval, number
from mp_bayes.figures.planning_words import HALF_WIDTH, Facts, measure, method_labels, target, years
from mp_bayes.figures.selection import has
from mp_bayes.report.table import NBSP, Table

_WITH_ERROR = "\N{PLUS-MINUS SIGN} half the width of its 95% Monte Carlo interval"
_DESIGN = ["Comparison boroughs", "Half-life"]


def with_error(value: float, error: float, decimals: int = 1, *, scale: float = 1.0) -> str:
    """Write a number with half its 95% Monte Carlo interval, on one line."""
    if pd.isna(value):
        return "not available"
    text = number(scale * value, decimals)
    if pd.isna(error):
        return text
    half = number(scale * HALF_WIDTH * error, decimals)
    return f"{text}{NBSP}\N{PLUS-MINUS SIGN}{NBSP}{half}"


def half_life(value: float) -> str:
    """Write a half-life as a cell."""
    return "0 (embedded at once)" if value == 0 else years(value)


def years_needed_table(tables: Tables, facts: Facts) -> Table | None:
    """Return the years that each design needs, with the assurance there."""
    if not has(tables, "years_needed"):
        return None
    word = measure(facts)
    rows = [
        [
            f"{row['comparison_boroughs']:.0f}",
            half_life(row["half_life"]),
            _needed(row),
            with_error(row["assurance"], row["assurance_mcse"], scale=100),
        ]
        for row in tables["years_needed"].to_dict("records")
    ]
    return Table(
        f"Post-intervention years needed for {target(facts)} {word}",
        [*_DESIGN, "Years needed", f"{word.capitalize()} there, percent"],
        rows,
        f"{word.capitalize()} {_WITH_ERROR}; that of the last year if the target is not reached."
        + _near(tables["years_needed"], facts["target"])
        + _failed(tables.get("assurance")),
    )


def _near(needed: pd.DataFrame, goal: float) -> str:
    """Say how many answers could change with more replicates."""
    near = (needed["assurance"] - goal).abs() <= HALF_WIDTH * needed["assurance_mcse"]
    if not near.any():
        return ""
    return (
        f" In {near.sum()} of {len(needed)} rows that interval holds the target, so that more "
        "replicates may change the years."
    )


def _failed(table: pd.DataFrame | None) -> str:
    """Say how many fits are missing from the shares."""
    most = 0.0 if table is None or "failed" not in table else float(table["failed"].max())
    return f" Up to {100 * most:.2g}% of fits failed; no share counts them." if most else ""


def _needed(row: dict[Any, Any]) -> str:
    if pd.isna(row["years_needed"]):
        return f"not within {years(row['max_post_years'])}"
    return f"{row['years_needed']:g}"


def flattening_table(tables: Tables, facts: Facts) -> Table | None:
    """Return what shocks alone contribute, now and with endless follow-up, and the last gains."""
    if not has(tables, "years_needed"):
        return None
    needed = tables["years_needed"]
    rows = []
    for count, part in needed.groupby("comparison_boroughs"):
        gain = 100 * part["gain"]
        low, high = number(gain.min()), number(gain.max())
        rows.append(
            [
                f"{count:.0f}",
                number(float(part["shock_sd"].iloc[0]), 2),
                number(float(part["shock_sd_limit"].iloc[0]), 2),
                low if low == high else interval(gain.min(), gain.max()),
            ]
        )
    last = float(needed["max_post_years"].max())
    gained = min(3.0, last - 1)
    word = measure(facts)
    return Table(
        "What flattens the curve",
        [
            "Comparison boroughs",
            f"SD from shocks alone after {years(last)}, {facts['unit']}",
            f"The same with endless follow-up, {facts['unit']}",
            f"{word.capitalize()} gained over the last {years(gained)}, percentage points",
        ],
        rows,
        "SD: that of the difference between boroughs in their change from before to after. "
        "Gains: lowest to highest over half-lives.",
    )


def mdes_table(tables: Tables, facts: Facts) -> Table | None:
    """Return the smallest detectable effect of each design by post-years."""
    if not has(tables, "mdes"):
        return None
    table = tables["mdes"]
    at = sorted(table["post_years"].unique())
    rows = []
    for (count, lag), part in table.groupby(["comparison_boroughs", "half_life"]):
        by_year = part.set_index("post_years").to_dict("index")
        cells = [_mdes(by_year.get(year)) for year in at]
        rows.append(
            [
                f"{count:.0f}",
                half_life(float(str(lag))),
                *cells,
            ]
        )
    return Table(
        f"Smallest effect that is detected with {target(facts)} power, {facts['unit']}",
        [*_DESIGN, *(f"After {years(year)}" for year in at)],
        rows,
        f"Size of the fully embedded effect {_WITH_ERROR}. None: the largest effect simulated is "
        "missed too often; the baseline is " + facts["baseline"] + ".",
    )


def _mdes(row: dict[Any, Any] | None) -> str:
    if row is None:
        return "not worked out"
    return "none" if pd.isna(row["mdes"]) else with_error(row["mdes"], row["mdes_mcse"])


def false_claims_table(tables: Tables) -> Table | None:
    """Return the share of false claims of each design under each method."""
    if not has(tables, "false_claims"):
        return None
    table = tables["false_claims"]
    names = method_labels(table["method"])
    rows = []
    for (count, year), part in table.groupby(["comparison_boroughs", "post_years"]):
        by_method = part.set_index("method").to_dict("index")
        cells = [_claims(by_method.get(name)) for name in names]
        rows.append([f"{count:.0f}", f"{year:.0f}", *cells])
    return Table(
        "Evaluations that claim an effect although nothing happened, percent",
        ["Comparison boroughs", "Post-intervention years", *names.values()],
        rows,
        f"Percent of evaluations {_WITH_ERROR}. A 95% interval promises 5%.{_failed(table)}",
    )


def _claims(row: dict[Any, Any] | None) -> str:
    if row is None:
        return "not simulated"
    return with_error(row["claim_rate"], row["claim_rate_mcse"], scale=100)


def assumptions_table(facts: Facts) -> Table:
    """Return what was assumed, with the reasons."""
    rows = [[str(cell) for cell in row] for row in facts["assumptions"]]
    return Table("What the simulations assume", ["Assumption", "Value", "Reason"], rows)
