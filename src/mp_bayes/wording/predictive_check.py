"""What the predictive checks say, in sentences made from their table."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mp_bayes.checks.simulator import PROPER
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import estimate, listed, lowered, number, percent
from mp_bayes.wording.selection import Tables, pick
from mp_bayes.wording.table import Table

#: Beyond these a value is in a tail: 1 in 20 on each side.
_TAIL = 0.05
SUMMARIES = {
    "change": "mean absolute change from year to year",
    "spread": "spread between boroughs (SD)",
    "gap_change": "mean absolute change of the gap between treated and comparison",
}


def unit(outcome: Outcome) -> str:
    """Return the unit of an outcome itself, in words."""
    if outcome.likelihood == "binomial":
        return f"per cent of {outcome.total_unit}"
    return f"{outcome.unit}s per 100 child-years"


def _points(outcome: Outcome) -> str:
    return "percentage points" if outcome.likelihood == "binomial" else unit(outcome)


def narrow() -> str:
    """Say what is expected of levels and years where their own priors would say nothing."""
    levels, years = (number(PROPER[name]) for name in ("sd_borough", "sd_year"))
    return (
        f"with SDs of {levels} for levels, around the outcome's own rate, and {years} for common "
        "years, in log-odds or log-rates"
    )


def predictive_answer(tables: Tables, study: Study) -> list[str]:
    """Say what was expected before and after the data, and what was seen."""
    table = tables["predictive"]
    lines: list[str] = []
    odd: list[str] = []
    for name, outcome in study.outcomes.items():
        own = pick(table, outcome=name)
        after, near = (pick(own, source=source) for source in ("posterior", "near"))
        (moved,) = _of_all(near, "gap_change")
        line = (
            f"{outcome.label} ({unit(outcome)}): {_held(after)} Before the data the gap between "
            f"treated and comparison was expected to move by {_range(moved)} {_points(outcome)} "
            f"from one year to the next, up or down; it moved by {number(moved['observed'])}, and "
            f"{percent(moved['prob_as_high'])} of expected data sets move as much or more."
        )
        odd += (tails := _odd(near))
        if tails:
            line += f" In a tail of 1 in 20 of what was expected then {_lie(tails)}."
        lines.append(line)
    if not table["usable"].all():
        lines.append("A fit did not converge: do not use its rows.")
    summaries = len(SUMMARIES) * len(study.outcomes)
    lines.append(
        "What is expected is told as median and 95% equal-tailed interval of replicated counts, "
        "from some 4,000 draws; their Monte Carlo errors stand in predictive.csv. Before the data "
        f"means {narrow()}; of {summaries} summaries {len(odd)} lie in such a tail, where one in "
        "ten would by chance. The study's own priors leave levels and years free, and expect "
        "nearly anything. After the data each borough-year has its own shock, so the model is "
        "bound to be near what was seen: tail probabilities are then drawn towards a half, and "
        "tell of gross misfit only."
    )
    return lines


def _of_all(rows: pd.DataFrame, summary: str) -> list[dict[Any, Any]]:
    """Return the rows of a summary of the whole outcome; a file's empty text is no text."""
    whole = rows["borough"].isna() | rows["borough"].eq("")
    return rows[rows["quantity"].eq(summary) & whole].to_dict("records")


def _range(row: Mapping[Any, Any]) -> str:
    return estimate(float(row["median"]), float(row["lower"]), float(row["upper"]))


def _held(after: pd.DataFrame) -> str:
    """Say how many borough-years and summaries lie where the fitted model expects them."""
    seen = pick(after, quantity="outcome")
    inside = seen["observed"].between(seen["lower"], seen["upper"])
    text = (
        f"{inside.sum()} of {len(seen)} borough-years lie within the intervals of data "
        "replicated after the fit"
    )
    if odd := _odd(after):
        return f"{text}; in a tail of 1 in 20 {_lie(odd)}."
    return f"{text}, and no summary lies in a tail of 1 in 20."


def _lie(named: list[str]) -> str:
    return f"{'lies' if len(named) == 1 else 'lie'} {listed(named)}"


def _odd(rows: pd.DataFrame) -> list[str]:
    """Name the summaries that lie in a tail of what was expected."""
    whole = [row for summary in SUMMARIES for row in _of_all(rows, summary)]
    return [
        f"the {SUMMARIES[row['quantity']]} ({number(row['observed'])} seen, {_range(row)} expected)"
        for row in whole
        if not _TAIL <= row["prob_as_high"] <= 1 - _TAIL
    ]


def predictive_tables(tables: Tables, study: Study) -> list[Table]:
    """Return a table of summaries for all outcomes."""
    table = tables["predictive"]
    rows = []
    for name, outcome in study.outcomes.items():
        own = pick(table, outcome=name)
        for summary, words in SUMMARIES.items():
            whole = {row["source"]: row for row in _of_all(own, summary)}
            rows.append(
                [
                    f"{outcome.short or lowered(outcome.label)}: {words}",
                    number(whole["posterior"]["observed"]),
                    *(
                        cell
                        for source in ("near", "posterior")
                        for cell in (
                            _range(whole[source]),
                            percent(whole[source]["prob_as_high"]),
                        )
                    ),
                ]
            )
    return [
        Table(
            "Summaries of each outcome, expected and seen",
            [
                "Summary",
                "Seen",
                "Expected before the data",
                "As high, before",
                "Expected after the data",
                "As high, after",
            ],
            rows,
            note="Median and 95% equal-tailed interval of replicated data, in percentage points or "
            f"events per 100 child-years. Before the data: {narrow()}.",
            name="predictive_summaries",
        )
    ]
