"""How far chance may move each number of a table: its Monte Carlo error, where it has one."""

from typing import Any

import numpy as np
import pandas as pd

#: How a sampler or a weighting went, or how long it took: another machine's is its own.
_GONE = frozenset(
    {
        "effective_draws",
        "rhat",
        "ess_bulk",
        "ess_tail",
        "pareto_k",
        "max_rhat",
        "min_ess_bulk",
        "min_ess_tail",
    }
    | {"divergences", "attempts", "draws", "sampled", "drawn", "seconds", "engine", "rank"}
)
#: Steps that follow from simulated measures: a replicate more or less moves them by a whole year.
_STEPS = frozenset({"years_needed", "years_needed_calibrated", "gain"})
#: Columns whose Monte Carlo error stands under another name.
_UNDER = {"estimate": "mcse_mean", "prob_below_0": "mcse_prob"}
_COST = "cost_per_outcome_"
#: What names an analysis, in every table of a run that has a row of it.
_ANALYSIS = ["outcome", "evidence", "shock", "effect", "timing", "coding", "years", "shape"]
#: Standard errors of a statistic of n Normal draws, in SDs over the root of n. Of an end of the
#: central 95%: sqrt(0.025 * 0.975) over the Normal density there. Of an SD: that of a distribution
#: of kurtosis 5, since posteriors of rates and ratios have heavier tails than a Normal.
_STATISTICS = {
    "mean": 1.0,
    "estimate": 1.0,
    "median": 1.26,
    "sd": 1.0,
    "se": 1.0,
    "lower": 2.68,
    "upper": 2.68,
}
_NORMAL_WIDTH = 2 * 1.96


def compared(table: pd.DataFrame) -> list[str]:
    """Return the columns of numbers and flags that are compared; texts name the rows."""
    return [
        str(name)
        for name in table
        if not pd.api.types.is_string_dtype(table[name].dtype) and not left_out(str(name))
    ]


def is_statistic(name: str) -> bool:
    """Tell whether a column is an estimate, its SD, an end of its interval, or their change."""
    return name.rpartition("_")[2] in {*_STATISTICS, "change"}


def left_out(name: str) -> bool:
    """Tell whether a column is of how the numbers were made, or an error itself."""
    return (
        name in _GONE
        or name in _STEPS
        or name.startswith("mcse")
        or name.endswith(("_mcse", "_error"))
    )


def share_error(share: Any, draws: Any) -> Any:
    """Return the Monte Carlo standard error of a share of so many draws; none is certain."""
    near = (share * draws + 1) / (draws + 2)
    return np.sqrt(near * (1 - near) / draws)


def measured(performance: pd.DataFrame) -> set[str]:
    """Return the measures of a simulation that have an error there; elsewhere they are repeated."""
    return {name.removesuffix("_mcse") for name in map(str, performance) if name.endswith("_mcse")}


def errors(table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the Monte Carlo standard error of each number that is compared; 0 if it has none.

    Parameters
    ----------
    table : pandas.DataFrame
    tables : dict of DataFrame
        Of the same folder: `diagnostics` has the effective number of draws where the table has no
        error of its own, `effects` the errors of numbers that a decomposition repeats, and
        `planning_performance` those of measures that other planning tables repeat.

    Returns
    -------
    pandas.DataFrame
        In the numbers' own units, the table's index, a column for each of `compared`. Not a number
        where a number is simulated, and its error stands with it in another table.
    """
    found = pd.DataFrame(0.0, index=table.index, columns=compared(table))
    ess = _draws(table, tables)
    repeats = measured(tables["planning_performance"]) if measured(table) else set()
    for name in found:
        if table[name].dtype == bool:
            continue  # flags, as usable, are or are not
        own = _own(table, str(name))
        if own is None and name in repeats:
            found[name] = np.nan
            continue
        guess = _from_draws(table, str(name), ess).fillna(0.0)
        found[name] = guess if own is None else own.fillna(guess)
    if "step" in table and "effects" in tables:
        found = _repeated(table, found, tables["effects"])
    return found


def _own(table: pd.DataFrame, name: str) -> pd.Series | None:
    """Return the column that holds a column's errors."""
    for error in (f"{name}_mcse", f"mcse_{name.removeprefix(_COST)}", _UNDER.get(name, "")):
        if error in table:
            # Text where a number should be is none, and found in its own column.
            return pd.to_numeric(table[error], errors="coerce").astype(float)
    return None


def _draws(table: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.Series:
    """Return the effective number of draws behind each row; not a number where none is known."""
    if {"ess_bulk", "ess_tail"} <= set(table):
        return table[["ess_bulk", "ess_tail"]].min(axis=1)
    if {"se", "mcse_mean"} <= set(table):
        return (table["se"] / table["mcse_mean"]) ** 2
    if "mean_error" in table:  # one engine against the other, in posterior SDs
        return table["mean_error"] ** -2
    known = tables.get("diagnostics")
    labels = [] if known is None else [name for name in _ANALYSIS if name in table]
    if known is None or len(labels) < len(_ANALYSIS):
        return pd.Series(np.nan, index=table.index)
    least = known.set_index(_ANALYSIS)[["min_ess_bulk", "min_ess_tail"]].min(axis=1)
    of_each = least[~least.index.duplicated()].reindex(pd.MultiIndex.from_frame(table[_ANALYSIS]))
    return pd.Series(of_each.to_numpy(), index=table.index)


def _from_draws(table: pd.DataFrame, name: str, ess: pd.Series) -> pd.Series:
    """Return the error of a statistic of so many draws; not a number if it is none of draws."""
    if name.startswith("prob"):
        chance = table["probability"] if "probability" in table else table[name]
        return pd.Series(share_error(chance, ess), index=table.index)
    if "mean_error" in table:
        kind = next((kind for kind in ("lower", "upper") if name.startswith(kind)), "mean")
        return _STATISTICS[kind] * ess**-0.5
    stem, _, kind = name.rpartition("_")
    if kind not in _STATISTICS:
        return pd.Series(np.nan, index=table.index)
    return _STATISTICS[kind] * _spread(table, f"{stem}_" if stem else "") * ess**-0.5


def _spread(table: pd.DataFrame, stem: str) -> pd.Series:
    """Return each row's posterior SD, from its column or from its interval's width."""
    for name in (f"{stem}sd", f"{stem}se"):
        if name in table:
            return table[name].astype(float)
    if {f"{stem}lower", f"{stem}upper"} <= set(table):
        return (table[f"{stem}upper"] - table[f"{stem}lower"]) / _NORMAL_WIDTH
    return pd.Series(np.nan, index=table.index)


def _repeated(table: pd.DataFrame, found: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of a decomposition that repeat an effect its errors."""
    numbers = {"mean": "estimate", "lower": "lower", "upper": "upper"}
    labels = ["outcome", "year", "scale", *numbers.values()]
    known = effects.rename(columns=numbers).drop_duplicates(labels).set_index(labels)
    of_each = known.reindex(pd.MultiIndex.from_frame(table[labels]))
    for number, name in numbers.items():
        error = pd.to_numeric(of_each[f"mcse_{number}"], errors="coerce")
        found[name] = error.fillna(0.0).to_numpy()
    # A change is from the row before, of which at most one is drawn.
    found["change"] = np.hypot(found["estimate"], found["estimate"].shift(fill_value=0.0))
    return found
