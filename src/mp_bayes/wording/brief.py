"""The answer in one line for each outcome, for a terminal."""

from typing import Any

import pandas as pd

from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import (
    CREDIBLE,
    decimals_in,
    estimate_in,
    number,
    percent,
    unit_of,
)
from mp_bayes.wording.reanalysis import headline_row
from mp_bayes.wording.selection import REGRESSIONS, Tables, pick, regression_source
from mp_bayes.wording.table import UNUSABLE, Table, whole

_NONE = "none"
_UNITS = {"percentage_points": "points", "per_100_child_years": "per 100"}
_NOTES = {
    "percentage_points": "Points: percentage points.",
    "per_100_child_years": "Per 100: child-years.",
}


def brief_answer(tables: Tables, study: Study) -> Table:
    """Return each outcome's average effect: the published estimate, and the headline's.

    Parameters
    ----------
    tables : dict of DataFrame
        Of a run: effects and comparison.
    study : Study
    """
    outcomes = list(study.outcomes.values())
    source = regression_source(outcomes)
    return Table(
        "Average effect of the programme; below 0 is a reduction",
        ["Outcome", REGRESSIONS[source].capitalize(), "Here (95% interval)", "Reduction"],
        [
            [
                f"{one.short}, {_UNITS[one.response_scale]}",
                _regression(tables, one, source),
                *_headline(tables, one),
            ]
            for one in outcomes
        ],
        "Here: posterior mean and equal-tailed interval, allowing for how much boroughs move on "
        "their own (national shock prior). Reduction: the probability of any. "
        + " ".join(
            _NOTES[scale] for scale in dict.fromkeys(one.response_scale for one in outcomes)
        ),
    )


def _regression(tables: Tables, outcome: Outcome, source: str) -> str:
    """Write the regression's average on the scale of the headline's."""
    wanted = {"estimand": "average_effect", "scale": outcome.response_scale}
    rows = pick(tables["comparison"], outcome=outcome.name, source=source, **wanted)
    if rows.empty:
        return _NONE
    row = rows.iloc[0].to_dict()
    return number(row["estimate"], decimals_in(row)[0])


def _headline(tables: Tables, outcome: Outcome) -> list[str]:
    row: Any = headline_row(tables["effects"], outcome)
    if row is None:
        return [_NONE, ""]
    if not row["usable"]:
        return [UNUSABLE, ""]
    return [whole(estimate_in(row.to_dict())), percent(row["prob_below_0"])]


def average_answer(effects: pd.DataFrame, outcome: Outcome) -> str:
    """Say in a sentence what one fit, of any assumptions, tells of the average effect."""
    wanted = {"estimand": "average_effect", "scale": outcome.response_scale}
    (row,) = pick(effects, **wanted).to_dict("records")
    unit = unit_of(outcome.response_scale, outcome)
    if not row["usable"]:
        return f"{outcome.label}: no answer, since the fit is unusable."
    return (
        f"{outcome.label}, {row['year']}: {estimate_in(row)} {unit} ({CREDIBLE}) on average; the "
        f"probability of a reduction is {percent(row['prob_below_0'])}."
    )


def fitted_table(effects: pd.DataFrame) -> pd.DataFrame:
    """Write all estimands of one fit; from `mp_bayes.reanalysis.analysis.analyse`."""
    rows = []
    for row in effects.to_dict("records"):
        chance = row["prob_below_0"]
        rows.append(
            {
                "Quantity": row["estimand"].replace("_", " "),
                "Years": row["year"],
                "Scale": row["scale"].replace("_", " "),
                "Mean (95% interval)": whole(estimate_in(row)),
                "Below 0": "" if pd.isna(chance) else percent(chance),
            }
        )
    return pd.DataFrame(rows)
