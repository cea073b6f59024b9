"""Tables of a planning study: years needed, smallest effects, false claims, assumptions."""

from typing import Any

import pandas as pd

from mp_bayes.simulate.performance import share_interval
from mp_bayes.wording.numbers import interval, number, unit_of
from mp_bayes.wording.planning import (
    HALF_WIDTH,
    MONTE_CARLO,
    Facts,
    measure,
    method_labels,
    target,
    years,
)
from mp_bayes.wording.selection import Tables, has
from mp_bayes.wording.table import NBSP, Table, whole

_WITH_ERROR = f"\N{PLUS-MINUS SIGN} half the width of its {MONTE_CARLO}"
_BRACKETS = f"in brackets the {MONTE_CARLO}"
_DESIGN = ["Comparison boroughs", "Half-life"]


def with_error(value: float, error: float, decimals: int = 1, *, sign: bool = False) -> str:
    """Write a number with half its 95% Monte Carlo interval, on one line."""
    if pd.isna(value):
        return "not available"
    text = number(value, decimals, sign=sign)
    if pd.isna(error):
        return text
    half = number(HALF_WIDTH * error, decimals)
    return f"{text}{NBSP}\N{PLUS-MINUS SIGN}{NBSP}{half}"


def share(value: float, error: float) -> str:
    """Write a share in percent with its 95% interval."""
    if pd.isna(value):
        return "not available"
    lower, upper = share_interval(value, error)
    return f"{number(100 * value)} {whole(f'({interval(100 * lower, 100 * upper)})')}"


def half_life(value: float) -> str:
    """Write a half-life as a cell."""
    return "0 (embedded at once)" if value == 0 else years(value)


def _beside(row: dict[Any, Any]) -> list[str]:
    """Write what stands beside assurance: under the calibrated rule, size, bias, coverage."""
    return [
        share(row["assurance"], row["assurance_mcse"]),
        share(row["calibrated_power"], row["calibrated_power_mcse"]),
        share(row["size"], row["size_mcse"]),
        with_error(row["bias"], row["bias_mcse"], 2, sign=True),
        share(row["coverage"], row["coverage_mcse"]),
    ]


def _beside_columns(facts: Facts) -> list[str]:
    word = measure(facts).capitalize()
    return [word, f"{word}, calibrated", "False claims", "Bias", "Coverage"]


_RULES = (
    f" Shares in percent, {_BRACKETS}. False claims: of the 95% interval where nothing happened. "
    "Calibrated: the rule that claims what is further from 0, in posterior SDs, than 95% of "
    "evaluations where nothing happened."
)


def years_needed_table(tables: Tables, facts: Facts) -> Table | None:
    """Return the years that each design needs, with the assurance there and what it is worth."""
    if not has(tables, "years_needed"):
        return None
    word = measure(facts)
    rows = [
        [
            f"{row['comparison_boroughs']:.0f}",
            half_life(row["half_life"]),
            _needed(row, "years_needed"),
            _needed(row, "years_needed_calibrated"),
            *_beside(row),
        ]
        for row in tables["years_needed"].to_dict("records")
    ]
    return Table(
        f"Post-intervention years needed for {target(facts)} {word}",
        [*_DESIGN, "Years needed", "Years, calibrated", *_beside_columns(facts)],
        rows,
        "All but years: in the year that is needed, or the last if the target is not reached. "
        f"Bias: {facts['unit']}, {_WITH_ERROR}.{_RULES}"
        + _near(tables["years_needed"], facts["target"], word)
        + _failed(tables.get("assurance")),
        name="years_needed",
    )


def prior_cost_table(tables: Tables, facts: Facts) -> Table | None:
    """Return what the analysis prior costs each design, beside a shock-aware DiD."""
    if not has(tables, "prior_cost"):
        return None
    table = tables["prior_cost"]
    names = method_labels(table["method"])
    rows = [
        [
            f"{row['comparison_boroughs']:.0f}",
            half_life(row["half_life"]),
            names[row["method"]],
            *_beside(row),
        ]
        for row in table.to_dict("records")
    ]
    return Table(
        f"What the analysis prior costs, after {years(facts['max_post_years'])}",
        [*_DESIGN, "Analysis", *_beside_columns(facts)],
        rows,
        f"The plan's own analysis is the first, {facts['analysis_prior']}. "
        f"Bias: {facts['unit']}, {_WITH_ERROR}.{_RULES}",
        name="prior_cost",
    )


def _near(needed: pd.DataFrame, goal: float, word: str) -> str:
    """Say how many answers could change with more replicates."""
    ends = map(share_interval, needed["assurance"], needed["assurance_mcse"])
    near = sum(lower <= goal <= upper for lower, upper in ends)
    if not near:
        return ""
    return (
        f" In {near} of {len(needed)} rows the interval of {word} holds the target, so that more "
        "replicates may change the years."
    )


def _failed(table: pd.DataFrame | None) -> str:
    """Say how many fits are missing from the shares."""
    most = 0.0 if table is None or "failed" not in table else float(table["failed"].max())
    return f" Up to {100 * most:.2g}% of fits failed; no share counts them." if most else ""


def _needed(row: dict[Any, Any], column: str) -> str:
    if pd.isna(row[column]):
        return f"not within {years(row['max_post_years'])}"
    return f"{row[column]:g}"


def flattening_table(tables: Tables, facts: Facts) -> Table | None:
    """Return what shocks alone contribute, now and with endless follow-up, and the last gains."""
    if not has(tables, "years_needed"):
        return None
    needed = tables["years_needed"]
    rows = []
    for count, part in needed.groupby("comparison_boroughs"):
        rows.append(
            [
                f"{count:.0f}",
                _span(part["shock_sd"], 2),
                _span(part["shock_sd_limit"], 2),
                _span(100 * part["gain"]),
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
        "Lowest to highest over half-lives. SD: of the best estimate of the fully embedded effect, "
        "by generalised least squares. Gains: Monte Carlo SE "
        f"{number(100 * needed['gain_mcse'].max())} points or less.",
    )


def _span(values: pd.Series, decimals: int = 1) -> str:
    """Write the lowest and the highest of some numbers."""
    low, high = values.min(), values.max()
    alike = number(low, decimals) == number(high, decimals)
    return number(low, decimals) if alike else interval(low, high, decimals)


def mdes_table(tables: Tables, facts: Facts) -> Table | None:
    """Return the smallest detectable effect of each design by post-years."""
    if not has(tables, "mdes"):
        return None
    table = tables["mdes"]
    at = sorted(table["post_years"].unique())
    rows = []
    for (count, lag), part in table.groupby(["comparison_boroughs", "half_life"]):
        by_year = part.set_index("post_years").to_dict("index")
        for rule, column in (("95% interval", "mdes"), ("calibrated", "mdes_calibrated")):
            cells = [_mdes(by_year.get(year), column) for year in at]
            rows.append([f"{count:.0f}", half_life(float(str(lag))), rule, *cells])
    return Table(
        f"Smallest effect that is detected with {target(facts)} power, {facts['unit']}",
        [*_DESIGN, "Rule", *(f"After {years(year)}" for year in at)],
        rows,
        f"Size of the fully embedded effect {_WITH_ERROR}. None: the largest effect simulated is "
        "missed too often; the baseline is " + facts["baseline"] + ".",
    )


def _mdes(row: dict[Any, Any] | None, column: str) -> str:
    if row is None:
        return "not worked out"
    return "none" if pd.isna(row[column]) else with_error(row[column], row[f"{column}_mcse"])


def false_claims_table(tables: Tables, facts: Facts) -> Table | None:
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
        f"Percent of evaluations, {_BRACKETS}. A 95% interval promises 5%. Without shocks, and "
        "under the within-study prior, the effect is taken to be immediate. Of the plan's own "
        f"analysis: {facts['rule']}{_failed(table)}",
        name="false_claims",
    )


def _claims(row: dict[Any, Any] | None) -> str:
    if row is None:
        return "not simulated"
    if row["reason"]:
        return f"cannot be used: {row['reason']}"
    return share(row["claim_rate"], row["claim_rate_mcse"])


def replay_table(tables: Tables, facts: Facts) -> Table | None:
    """Return what an evaluation as long as the study's could have detected."""
    if not has(tables, "replay"):
        return None
    rows = []
    for row in tables["replay"].to_dict("records"):
        outcome = facts["outcomes"][row["outcome"]]
        unit = unit_of(outcome.response_scale, outcome)
        smallest = (
            "none that was tried" if pd.isna(row[name]) else f"{_rare(row[name])} {unit}"
            for name in ("mdes", "mdes_calibrated")
        )
        rows.append(
            [
                outcome.label,
                f"{row['boroughs']:.0f} and {row['boroughs']:.0f}",
                f"{row['pre_years']:.0f} and {row['post_years']:.0f}",
                _rare(row["baseline"]),
                *smallest,
                _rare(row["minimum"]),
                f"{number(100 * row['size'])}%",
            ]
        )
    return Table(
        f"What so long an evaluation could have found with {target(facts)} power",
        [
            "Outcome",
            "Treated and comparison boroughs",
            "Years before and after",
            "Baseline, per 100",
            "Smallest effect found",
            "The same, calibrated",
            "Smallest of interest",
            "False claims",
        ],
        rows,
        "Smallest effect at full embedding that the hierarchical model under the national prior "
        "finds, if half of it is there after a year; by closed form, from the study's own sizes "
        "and the national shocks. Calibrated: by the rule that makes 5% false claims.",
        name="replay",
    )


def _rare(value: float) -> str:
    """Write a rate or a change per 100, with two digits where it is below 1."""
    return number(value, 1 if value >= 1 else 2)


def assumptions_table(facts: Facts) -> Table:
    """Return what was assumed, with the reasons."""
    rows = [[str(cell) for cell in row] for row in facts["assumptions"]]
    return Table("What the simulations assume", ["Assumption", "Value", "Reason"], rows)
