"""Cases of others in words: where ours agree with what was published, and where nothing should."""

import math

import pandas as pd

from mp_bayes.checks.published import EMPLOYMENT, PROFITS, SMOKING
from mp_bayes.checks.published_posteriors import ERRORS, MEAN, SCHOOLS, SURGERY
from mp_bayes.wording.numbers import interval, listed, number
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
#: Posteriors, likewise.
POSTERIORS = {
    SCHOOLS: ("Coaching in eight schools (Rubin 1981), points of a test", 2),
    SURGERY: ("Deaths after operations on babies' hearts in twelve hospitals (shares)", 4),
}
_ENGINES = {"laplace": "weighted draws", "nuts": "the sampler"}
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
    return lines + _posteriors_answer(tables["posteriors"])


def _posteriors_answer(rows: pd.DataFrame) -> list[str]:
    counted = [
        f"{int(of_engine['agrees'].sum())} of {len(of_engine)} with {name}"
        for engine, name in _ENGINES.items()
        for of_engine in [rows[rows["engine"].eq(engine)]]
    ]
    cases = listed([label.split(" (")[0].lower() for label, _ in POSTERIORS.values()])
    line = (
        f"Published posteriors of models without shocks that this project's contain as special "
        f"cases ({cases}): "
        f"{listed(counted)} agree within {ERRORS:g} Monte Carlo errors of the difference."
    )
    apart = [
        f"Apart by {number(row['difference'], 4)}: {POSTERIORS[row['case']][0]}, "
        f"{row['quantity']}, {row['statistic']}, {_ENGINES[row['engine']]}"
        + ("." if row["converged"] else ", a fit that did not converge.")
        for _, row in rows[~rows["agrees"].astype(bool)].iterrows()
    ]
    return [line, *apart]


def _posterior_table(rows: pd.DataFrame, label: str, decimals: int) -> Table:
    lines = []
    for (quantity, statistic), of_number in rows.groupby(["quantity", "statistic"], sort=False):
        engines = of_number.set_index("engine")
        ours = [number(engines["ours"][name], decimals) for name in _ENGINES]
        what = f"{quantity}: posterior mean" if statistic == MEAN else f"{quantity}: {statistic}"
        apart = [
            f"{number(one['difference'], 4)} ({number(one['tolerance'], 4)})"
            for _, one in engines.loc[list(_ENGINES)].iterrows()
        ]
        verdict = "yes" if engines["agrees"].astype(bool).all() else "no"
        published = number(of_number["published"].iloc[0], decimals)
        lines.append([what, *ours, published, *apart, verdict])
    return Table(
        label,
        [
            "Of the posterior",
            *(f"Ours, {name}" for name in _ENGINES.values()),
            "Published",
            *(f"Apart by (tolerance), {name}" for name in _ENGINES.values()),
            "Agrees",
        ],
        lines,
        f"Tolerance: {ERRORS:g} Monte Carlo errors of the difference, theirs and ours. Source: "
        f"{rows['source'].iloc[0]}.",
        f"external__{rows['case'].iloc[0]}",
    )


def external_tables(tables: Tables) -> list[Table]:
    """Return a table for each case, and one for each published posterior."""
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
    rows = tables["posteriors"]
    return shown + [
        _posterior_table(rows[rows["case"].eq(case)], label, decimals)
        for case, (label, decimals) in POSTERIORS.items()
    ]


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
