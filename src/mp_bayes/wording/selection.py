"""Pick from a run's tables what a figure or a section of the page shows."""

from collections.abc import Iterable

import pandas as pd

from mp_bayes.studies.study import Outcome

#: Tables of a results folder, by file name without ending.
Tables = dict[str, pd.DataFrame]

#: What the project puts first.
HEADLINE = {"evidence": "cells", "shock_prior": "national", "effect_structure": "yearly"}
#: How regressions are called, by where they come from.
REGRESSIONS = {"published": "published", "recomputed": "plain"}
NAMES = {"shock": "shock_prior", "effect": "effect_structure"}


def regression_source(outcomes: Iterable[Outcome]) -> str:
    """Return whose regressions stand beside the posterior: published ones, where there are any."""
    published = any("coefficients" in outcome.evidence for outcome in outcomes)
    return "published" if published else "recomputed"


def pick(table: pd.DataFrame, **values: str | float) -> pd.DataFrame:
    """Return the rows in which the columns have the given values."""
    for column, value in values.items():
        table = table[table[column].eq(value)]
    return table


def has(tables: Tables, name: str, outcome: str | None = None) -> bool:
    """Tell whether a table is there, with rows for the outcome."""
    table = tables.get(name)
    if table is None or table.empty:
        return False
    return outcome is None or bool(table["outcome"].eq(outcome).any())


def headline_cells(tables: Tables, outcome: str) -> pd.DataFrame:
    """Return the headline fit's summary of every cell."""
    table = tables["trends"].rename(columns=NAMES)
    return pick(table, outcome=outcome, **HEADLINE)


def usable(tables: Tables | None, outcome: str, **analysis: str) -> bool:
    """Tell whether an analysis passed the gate; a table that does not know says yes."""
    if tables is None or not has(tables, "effects", outcome):
        return True
    return bool(pick(tables["effects"], outcome=outcome, **analysis)["usable"].all())


def leaves_out_zero(rows: pd.DataFrame) -> pd.Series:
    """Tell for each row whether its interval leaves out 0."""
    return (rows["lower"] > 0) | (rows["upper"] < 0)
