"""All outcomes in one model, in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.checks.correlations import known_correlations
from mp_bayes.checks.joint import FIRST
from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.inference.nuts import MIN_ESS
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


def too_few(tables: Tables, correlation: float = FIRST) -> str:
    """Say how many effective draws the joint model leaves, if they are too few; else nothing."""
    rows = together(tables["joint_together"], correlation)
    left = rows["effective_draws"].min()
    return "" if rows["usable"].all() else f"{number(left, 0)} effective draws"


def joint_answer(tables: Tables, study: Study) -> list[str]:
    """Say what one model of all outcomes adds to separate ones."""
    known, others = study.outcomes, _others(tables)
    assumed = (
        f" Two outcomes of one measure have one that is assumed, {FIRST:g}; what {listed(others)} "
        "would give stands in the table."
    )
    sentences = [
        "Outcomes of the same children are not independent evidence. In one model, whose sampling "
        "errors and shocks may go together, each outcome informs the others.",
        f"Changes of English authorities from year to year have correlations of {_range()} between "
        "measures of the official statistics. Shocks of outcomes of different measures have these "
        f"correlations, and none where the statistics do not tell.{assumed if others else ''} "
        "Sampling errors go together for shares of one measure in two windows among the same "
        "cases, where the longer counts whom the shorter counts, and are independent otherwise, "
        "also where two measures have the same cases.",
    ]
    if few := too_few(tables):
        return [
            *sentences,
            f"The joint model's draws, weighted from those of separate models, leave {few}; "
            f"{MIN_ESS:g} are needed, so its answers must not be used.",
        ]
    said = together(tables["joint_together"]).set_index("statement")["probability"]
    apart = alone(tables["joint_together"]).set_index("statement")["probability"]
    every = "both" if len(known) == 2 else f"all {len(known)}"
    return [
        *sentences,
        *_moved_sentences(tables, study),
        f"Of {every} outcomes together, the probability that every average effect is a "
        f"fall is {percent(said['all fall'])} ({percent(apart['all fall'])} if outcomes were "
        f"independent), and that none is {percent(said['none falls'])} "
        f"({percent(apart['none falls'])}). The effects' priors are independent of each other.",
        _years_sentence(tables),
    ]


def _moved_sentences(tables: Tables, study: Study) -> list[str]:
    """Say which average effects the joint model makes surer, and which less sure."""
    both = alone(tables["joint"]).merge(
        together(tables["joint"]), on="outcome", suffixes=("", "_joint")
    )
    ratio = both["sd_joint"] / both["sd"]
    sentences = []
    for verb, moved in (("narrows", both[ratio < 0.95]), ("widens", both[ratio > 1.05])):
        if not len(moved):
            continue
        names = [lowered(study.outcomes[name].label) for name in moved["outcome"]]
        cells = [f"{_cell(row, '')} to {_cell(row, '_joint')}" for row in moved.to_dict("records")]
        ratios = [_ratios(tables, str(name)) for name in moved["outcome"]]
        pieces = [
            f"{name} from {cell}, its posterior SD {share}"
            for name, cell, share in zip(names, cells, ratios, strict=True)
        ]
        sentences.append(
            f"The joint model {verb} the 95% interval of the average effect on {listed(names)} "
            f"(log-odds or log-rates): {'; '.join(pieces)}."
        )
    none = "The joint model changes no average effect's posterior SD by more than a twentieth."
    return sentences or [none]


def _ratios(tables: Tables, outcome: str) -> str:
    """Say how large an average effect's SD is beside the one of the outcome alone."""
    table = pick(tables["joint"], outcome=outcome)
    alone_sd = alone(table)["sd"].iloc[0]
    usable = pick(tables["joint_together"], usable=True)["same_measure"].dropna().unique()
    share = {one: together(table, one)["sd"].iloc[0] / alone_sd for one in usable}
    others = [f"{100 * share[one]:.0f}% at {one:g}" for one in share if one != FIRST]
    said = f"{100 * share[FIRST]:.0f}% of that alone"
    return f"{said} ({listed(others)})" if others else said


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
        f"{_number_of(apart)}, and by the priors, before any data, {_number_of(before)}. Were "
        f"they independent of each other, the SD would be {number(said['sd_if_independent'], 1)}. "
        f"That all are below 0 has a probability of "
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
    unusable = {one: too_few(tables, one) for one in assumed}

    def cell(row: Mapping[Any, Any], end: str, correlation: float) -> str:
        few = unusable.get(correlation)
        return f"not usable ({few})" if few else _cell(row, end)

    lines = []
    for name, outcome in study.outcomes.items():
        rows = [(np.nan, alone(table)), *((one, together(table, one)) for one in assumed)]
        cells = [
            cell(pick(part, outcome=name).to_dict("records")[0], "", one) for one, part in rows
        ]
        lines.append([outcome.label, *cells])
    few = unusable[FIRST]
    years = [
        [
            f"{_short(study.outcomes[str(row['outcome'])])}, {row['year']}",
            _cell(row, ""),
            cell(row, "_joint", FIRST),
            percent(row["prob_below_0"]),
            "" if few else percent(row["prob_below_0_joint"]),
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
            f"not usable ({few})" if few else number(row["correlation"], 2),
        ]
        for row in shown.to_dict("records")
    ]
    several = len(assumed) > 1
    columns = [f"Same measure {one:g}" for one in assumed] if several else ["In one model"]
    of_columns = " Columns: the assumed correlation of shocks of outcomes of one measure."
    at_first = (
        f" One model: an assumed correlation of {FIRST:g} of shocks of outcomes of one measure."
    )
    return [
        Table(
            "Average effects alone and in one model of all outcomes",
            ["Outcome", "Alone", *columns],
            lines,
            "Log-odds of binary outcomes, log-rates of counts: posterior mean (95% equal-tailed "
            f"interval).{of_columns if several else ''}",
            name="joint_effects",
        ),
        Table(
            "All outcome-years alone and in one model of all outcomes",
            ["Outcome, year", "Alone", "In one model", "Below 0, alone", "Below 0, in one model"],
            years,
            "Effects in log-odds of binary outcomes, log-rates of counts: posterior mean (95% "
            "equal-tailed interval), and the probability that the effect is below 0."
            f"{at_first if several else ''}",
            name="joint_years",
        ),
        Table(
            "How outcomes go together",
            ["Outcomes", "Shocks, assumed", "Average effects, posterior"],
            pairs,
            f"Correlations.{f' Of shocks of one measure {FIRST:g} is assumed.' if several else ''}",
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
