"""All outcomes in one model, in words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mp_bayes.checks.correlations import known_correlations
from mp_bayes.checks.joint import FIRST
from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import interval, listed, lowered, number, percent
from mp_bayes.wording.selection import Tables, pick
from mp_bayes.wording.table import Table, whole


def alone(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which each outcome stands alone."""
    return table[table["same_measure"].isna()]


def together(table: pd.DataFrame, correlation: float = FIRST) -> pd.DataFrame:
    """Return the rows of the joint model under one assumed correlation within a measure."""
    return pick(table, same_measure=correlation)


def joint_answer(tables: Tables, study: Study) -> list[str]:
    """Say what one model of all outcomes adds to separate ones."""
    known = study.outcomes
    both = alone(tables["joint"]).merge(
        together(tables["joint"]), on="outcome", suffixes=("", "_joint")
    )
    ratio = both["sd_joint"] / both["sd"]
    moved = both[ratio < 0.95]
    sentences = [
        "Outcomes of the same children are not independent evidence. In one model, whose sampling "
        "errors and shocks may go together, each outcome informs the others.",
        f"Changes of English authorities from year to year have correlations of {_range()} between "
        "measures of the official statistics. Shocks of outcomes of different measures have these "
        "correlations, and none where the statistics do not tell. Two outcomes of one measure have "
        f"one that is assumed, {FIRST:g}; what {listed(_others(tables))} would give stands in the "
        "table. Sampling errors go together for shares of one measure in two windows, where the "
        "longer counts whom the shorter counts, and are independent otherwise, also where two "
        "measures have the same cases.",
    ]
    if len(moved):
        names = [lowered(known[name].label) for name in moved["outcome"]]
        pieces = [
            f"{lowered(known[str(row['outcome'])].label)} from {_cell(row, '')} to "
            f"{_cell(row, '_joint')}"
            for row in moved.to_dict("records")
        ]
        sentences.append(
            f"The joint model narrows {listed(names)}; their average effects move (log-odds or "
            f"log-rates, 95% interval): {listed(pieces)}."
        )
    else:
        sentences.append("It narrows no outcome's average effect by more than a twentieth.")
    said = together(tables["joint_together"]).set_index("statement")["probability"]
    apart = alone(tables["joint_together"]).set_index("statement")["probability"]
    return [
        *sentences,
        f"Of all {len(known)} outcomes together, the probability that every average effect is a "
        f"fall is {percent(said['all fall'])} ({percent(apart['all fall'])} if outcomes were "
        f"independent), and that none is {percent(said['none falls'])} "
        f"({percent(apart['none falls'])}). The effects' priors are independent of each other.",
        _years_sentence(tables),
    ]


def _years_sentence(tables: Tables) -> str:
    """Say what all outcome-years say together, beside what separate models say."""
    counts = tables["joint_years_together"]
    after = counts[counts["data"].astype(bool)]
    said, apart = together(after).iloc[0], alone(after).iloc[0]
    before = counts[~counts["data"].astype(bool)].iloc[0]
    clear, clear_apart = (
        int(((rows["lower"] > 0) | (rows["upper"] < 0)).sum()) or "none"
        for rows in (together(tables["joint_years"]), alone(tables["joint_years"]))
    )
    return (
        f"Of the {int(said['outcome_years'])} effects by outcome and year since the programme "
        f"began {_number_of(said)} are expected to be below 0: with each outcome alone "
        f"{_number_of(apart)}, and by the priors, before any data, {_number_of(before)}. They are "
        "not independent of each other: if they were, the SD would be "
        f"{number(said['sd_if_independent'], 1)}. That all are below 0 has a probability of "
        f"{percent(said['all_below_0'])}, that none is {percent(said['none_below_0'])}. A 95% "
        f"interval excludes 0 in {clear} of them, with each outcome alone in {clear_apart}."
    )


def _number_of(row: pd.Series) -> str:
    return f"{number(row['below_0'], 1)} (SD {number(row['sd'], 1)})"


def _others(tables: Tables) -> list[str]:
    values = tables["joint"]["same_measure"].dropna().unique()
    return [f"{value:g}" for value in values if value != FIRST]


def _range() -> str:
    known = known_correlations()
    low, high = known["correlation"].min(), known["correlation"].max()
    return (
        f"{number(low, 2, sign=True)} to {number(high, 2, sign=True)} (95% limits from "
        f"{number(known['lower'].min(), 2, sign=True)} to "
        f"{number(known['upper'].max(), 2, sign=True)})"
    )


def _cell(row: Mapping[Any, Any], end: str) -> str:
    middle = number(row[f"mean{end}"], 2, sign=True)
    return f"{middle} {whole(f'({interval(row[f"lower{end}"], row[f"upper{end}"], 2)})')}"


def joint_tables_of(tables: Tables, study: Study) -> list[Table]:
    """Return each average alone and in the joint model, and the posteriors' correlations."""
    table = tables["joint"]
    assumed = list(table["same_measure"].dropna().unique())
    lines = []
    for name, outcome in study.outcomes.items():
        rows = [alone(table), *(together(table, one) for one in assumed)]
        cells = [_cell(pick(part, outcome=name).to_dict("records")[0], "") for part in rows]
        lines.append([outcome.label, *cells])
    years = [
        [
            f"{_short(study.outcomes[str(row['outcome'])])}, {row['year']}",
            _cell(row, ""),
            _cell(row, "_joint"),
            percent(row["prob_below_0"]),
            percent(row["prob_below_0_joint"]),
        ]
        for row in alone(tables["joint_years"])
        .merge(together(tables["joint_years"]), on=["outcome", "year"], suffixes=("", "_joint"))
        .to_dict("records")
    ]
    shown = together(tables["joint_correlations"])
    pairs = [
        [
            f"{_short(study.outcomes[str(row['first'])])} and "
            f"{_short(study.outcomes[str(row['second'])])}",
            number(row["shocks"], 2),
            number(row["correlation"], 2),
        ]
        for row in shown.to_dict("records")
    ]
    return [
        Table(
            "Average effects alone and in one model of all outcomes",
            ["Outcome", "Alone", *(f"Same measure {one:g}" for one in assumed)],
            lines,
            "Log-odds of binary outcomes, log-rates of counts: posterior mean (95% equal-tailed "
            "interval). Columns: the assumed correlation of shocks of outcomes of one measure.",
            name="joint_effects",
        ),
        Table(
            "All outcome-years alone and in one model of all outcomes",
            ["Outcome, year", "Alone", "In one model", "Below 0, alone", "Below 0, in one model"],
            years,
            "Effects in log-odds of binary outcomes, log-rates of counts: posterior mean (95% "
            "equal-tailed interval), and the probability that the effect is below 0. One model: "
            f"an assumed correlation of {FIRST:g} of shocks of outcomes of one measure.",
            name="joint_years",
        ),
        Table(
            "How outcomes go together",
            ["Outcomes", "Shocks, assumed", "Average effects, posterior"],
            pairs,
            f"Correlations; of shocks of one measure {FIRST:g} is assumed.",
            name="joint_correlations_of_effects",
        ),
        Table(
            "How measures move together in all English authorities",
            ["Measures", "Correlation", "Changes", "Authorities"],
            [
                [
                    f"{_measure(row['first'])} and {_measure(row['second'])}",
                    f"{number(row['correlation'], 2, sign=True)} "
                    f"({interval(row['lower'], row['upper'], 2)})",
                    f"{row['changes']:,}",
                    f"{row['authorities']:,}",
                ]
                for row in known_correlations().to_dict("records")
            ],
            "Of changes from year to year, less all authorities' and less sampling variance; 95% "
            "interval by resampling authorities.",
            name="measure_correlations",
            source="DfE, official statistics of all English authorities",
        ),
    ]


def _short(outcome: Outcome) -> str:
    return outcome.short or outcome.label


def _measure(name: str) -> str:
    return lowered(MEASURES[name].label)
