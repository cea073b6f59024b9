"""Two versions of the same tables: which numbers differ by more than chance and printing allow."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from mp_bayes.checks.errors import compared, errors, is_statistic, left_out
from mp_bayes.storage import read_table

Tables = dict[str, pd.DataFrame]
#: The chance that a faithful repetition, on another machine, is said to have moved anywhere.
CHANCE = 0.01
#: Relative differences of numbers without a Monte Carlo error. Modes are found by Newton steps
#: until they no longer move, and sums are taken in another order by another processor: measured
#: with and without vector instructions, these tables differ by less than a tenth of it.
RELATIVE = 1e-6
#: Differences of numbers near 0: probabilities, and weights that cancel.
_FLOOR = 1e-8
#: The same in the units of a row's largest estimate or end: a mean near 0 is a difference of those.
_OF_ROW = 1e-7
#: The same of an interval's ends, in its width: the fast posterior's quantiles are searched until a
#: step is shorter than 1e-4 SDs, and on another processor the search may end a step earlier.
_OF_WIDTH = 1e-4
#: How many times the other version's an error may be, and how far the earlier one is believed.
#: Between two seeds those of draws differed by 1.8 times at most, of simulated shares by 2.9 times.
RATIO = 4.0
#: Measures whose own error is erratic: of the spacing of a few scores, and of a few claims.
_ERRATIC = frozenset({"critical_score", "type_m"})
_COLUMNS = ["file", "line", "row", "column", "then", "now", "error", "allowed"]


def differences(
    file: str,
    then: pd.DataFrame,
    now: pd.DataFrame,
    before: Tables | None = None,
    after: Tables | None = None,
    *,
    digits: int = 9,
) -> pd.DataFrame:
    """Return every number that both versions of a table have, one a row.

    Rows are matched by their texts, and in the order of the file where these are the same; what
    only one version has is a row without the other's number.

    Parameters
    ----------
    file : str
        The table's name, for the result.
    then, now : pandas.DataFrame
    before, after : dict of DataFrame, optional
        All tables of each version, as for `mp_bayes.checks.errors.errors`. Without them nothing
        was drawn anew, and no number may move by chance.
    digits : int
        With which the tables were written: a number may move by a unit of the last.

    Returns
    -------
    pandas.DataFrame
        file, line (of `then`, its heading being 1), row (its texts), column, then, now, error
        (the two Monte Carlo standard errors combined, not a number where the number is repeated
        from another table), allowed (what rounding and other processors do). What is judged does
        not judge itself: the earlier error counts up to `RATIO` times the new one, and where they
        are further apart that is a row of its own, beyond what is allowed.
    """
    shared = [str(name) for name in then if name in now.columns]
    texts = [name for name in shared if _is_text(then, now, name) and not left_out(name)]
    numbers = [name for name in compared(then) if name in shared and name not in texts]
    keys = [*texts, "_place"]
    sides = []
    for table, tables in ((then, before), (now, after)):
        side = table.assign(_line=np.arange(len(table)) + 2)
        side[texts] = side[texts].fillna("").astype(str)
        grouped = side.groupby(texts, sort=False).cumcount() if texts else range(len(side))
        error = (
            pd.DataFrame(0.0, index=table.index, columns=numbers)
            if tables is None
            else errors(table, tables)
        ).add_prefix("_error_")
        side = pd.concat([side.assign(_place=grouped), error], axis=1)
        sides.append(side[[*keys, "_line", *numbers, *(f"_error_{name}" for name in numbers)]])
    both = sides[0].merge(
        sides[1], on=keys, how="outer", suffixes=("", "_now"), indicator=True, sort=False
    )
    named = both[texts].agg("; ".join, axis=1) if texts else pd.Series("", index=both.index)
    both["_row"] = named.str.replace(r"(; )+", "; ", regex=True).str.strip("; ")
    both["_file"] = file
    lost = [str(name) for name in then if name not in shared]
    parts = [_alone(both), *(_lost(file, name) for name in lost)]
    both = both[both["_merge"].eq("both")]
    relative = max(RELATIVE, 10.0 ** (1 - digits))
    columns = [_column(both, name, numbers, relative) for name in numbers]
    return joined([*parts, *columns, *map(_other_errors, columns)])[_COLUMNS]


def printed(table: pd.DataFrame, digits: int = 9) -> pd.DataFrame:
    """Return a table as it is written and read back: what is compared was rounded by printing."""
    with TemporaryDirectory() as place:
        path = Path(place) / "printed.csv"
        table.to_csv(path, index=False, float_format=f"%.{digits}g")
        return read_table(path)


def _column(both: pd.DataFrame, name: str, numbers: list[str], relative: float) -> pd.DataFrame:
    """Return one column's numbers in both versions, with what they may differ by."""
    old, new = both[name].astype(float), both[f"{name}_now"].astype(float)
    slack = relative * _size(old) + _FLOOR
    if is_statistic(name):
        alike = [one for one in numbers if is_statistic(one)]
        slack = slack + _OF_ROW * _size(both[alike].astype(float)).max(axis=1)
    if name in ("lower", "upper") and {"lower", "upper"} <= set(numbers):
        slack = slack + _OF_WIDTH * _size(both["upper"] - both["lower"])
    then, now = both[f"_error_{name}"], both[f"_error_{name}_now"]
    # What is judged has no say in whether it is judged, and little in how strictly.
    believed = then.fillna(0.0).clip(lower=0.0)
    if name not in _ERRATIC:
        believed = believed.where(believed <= RATIO * now, RATIO * now)
    return pd.DataFrame(
        {
            "file": both["_file"],
            "line": both["_line"],
            "row": both["_row"],
            "column": name,
            "then": old,
            "now": new,
            "error": np.hypot(believed, now),
            "allowed": slack,
            "error_then": then,
            "error_now": now,
        }
    )


def _other_errors(column: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a column whose Monte Carlo errors are further apart than chance allows."""
    then, now = column["error_then"], column["error_now"]
    most, least = np.maximum(then, now), np.minimum(then, now)
    far = (most > RATIO * least) & (most > column["allowed"]) | (then < 0)
    rows = column[far & ~column["column"].isin(_ERRATIC)]
    then, now = then[rows.index], now[rows.index]
    return rows.assign(
        column=rows["column"] + ": its Monte Carlo error",
        then=then,
        now=now,
        error=0.0,
        allowed=0.0,
    )


def _size(numbers: Any) -> Any:
    """Return absolute values; 0 for what is no finite number."""
    return numbers.abs().where(np.isfinite(numbers), 0.0)


def _is_text(then: pd.DataFrame, now: pd.DataFrame, name: object) -> bool:
    return any(pd.api.types.is_string_dtype(table[name].dtype) for table in (then, now))


def _alone(both: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that only one version has."""
    alone = both[both["_merge"].ne("both")]
    lost = alone["_merge"].eq("left_only")
    told = np.where(lost, "the row is no longer there", "the row was not there")
    return pd.DataFrame(
        {"file": alone["_file"], "line": alone["_line"], "row": alone["_row"], "column": told}
    ).reindex(columns=_COLUMNS)


def _lost(file: str, name: str) -> pd.DataFrame:
    """Return a row that says that a column is gone."""
    told = {"file": file, "row": "all rows", "column": f"{name} is no longer there"}
    return pd.DataFrame([told]).reindex(columns=_COLUMNS)


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put the differences of several tables under each other."""
    there = [part for part in parts if len(part)]
    if not there:
        return pd.DataFrame(columns=_COLUMNS)
    numbers = dict.fromkeys(("line", "then", "now", "error", "allowed"), float)
    return pd.concat([part.astype(numbers) for part in there], ignore_index=True)


def limit(differences: pd.DataFrame) -> float:
    """Return how many Monte Carlo errors a number may move, by Bonferroni's rule."""
    drawn = int(differences["error"].gt(0).sum())
    return float(norm.isf(CHANCE / 2 / max(drawn, 1)))


def moved(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that moved, with `errors`: by how many Monte Carlo errors, if it has one."""
    table = differences.assign(
        errors=(differences["then"] - differences["now"]).abs()
        / differences["error"].where(differences["error"] > 0)
    )
    away = (table["then"] - table["now"]).abs()
    same = table["then"].eq(table["now"]) | (table["then"].isna() & table["now"].isna())
    near = away <= table["allowed"] + limit(differences) * table["error"].fillna(0.0)
    # A number that is repeated has its error, and is compared, elsewhere.
    compared_here = table["allowed"].isna() | table["error"].notna()
    return table[compared_here & ~near & ~(same & table["allowed"].notna())]


def missing_columns(file: str, then: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Say which columns a table has not, though it would have them if it were made today."""
    fewer = [str(name) for name in now if name not in then]
    return [f"{file} has no column {', '.join(fewer)}: run it again"] if fewer else []


def near(differences: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are not the same, by more than rounding, though within chance."""
    apart = (differences["then"] - differences["now"]).abs()
    rows = differences.assign(errors=apart / differences["error"])[_other(differences)]
    return rows.drop(index=moved(differences).index, errors="ignore")


def _other(differences: pd.DataFrame) -> pd.Series:
    """Tell which drawn numbers are not the same, by more than rounding."""
    apart = (differences["then"] - differences["now"]).abs()
    return differences["error"].gt(0) & apart.gt(differences["allowed"])


@dataclass(frozen=True)
class Counts:
    """How many numbers were compared.

    Attributes
    ----------
    drawn, fixed : int
        With a Monte Carlo error, and without.
    other : int
        Of those with one: not the same, by more than rounding.
    repeated : int
        Numbers whose error stands in another table.
    """

    drawn: int
    fixed: int
    other: int
    repeated: int


def counts(differences: pd.DataFrame) -> Counts:
    """Count what was compared."""
    there = differences[differences["allowed"].notna()]
    drawn, repeated = there["error"].gt(0), there["error"].isna()
    fixed, other = ~drawn & ~repeated, _other(there)
    return Counts(int(drawn.sum()), int(fixed.sum()), int(other.sum()), int(repeated.sum()))
