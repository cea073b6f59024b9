"""Figures' data and words, made again from the tables; the images are not drawn."""

import math
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pandas as pd

from mp_bayes.figures.chart import Chart

#: Relative differences: tables of simulations and of checks are printed with six digits, figures'
#: data too.
_RELATIVE = 1e-5
#: The same of a column's largest number, for what is a difference of printed numbers.
_OF_COLUMN = 1e-6


def other_figures(folder: Path, charts: Iterable[Chart], place: str) -> list[str]:
    """Return where the data or the words beside a figure are not those that the tables give.

    Parameters
    ----------
    folder : Path
        Where the figures' files lie.
    charts : iterable of Chart
        As the tables give them.
    place : str
        The folder, as it is named in what is found.
    """
    found = []
    for chart in charts:
        data, words = folder / f"{chart.name}.csv", folder / f"{chart.name}.txt"
        missing = [file.name for file in (data, words) if not file.is_file()]
        found += [f"{place}/{name} is missing" for name in missing]
        if not missing:
            found += [f"{place}/{data.name} {said}" for said in _data(data.read_bytes(), chart)]
            if words.read_text(encoding="utf-8") != f"{chart.alt}\n":
                found.append(f"{place}/{words.name} does not say what its tables give")
    return found


def _data(then: bytes, chart: Chart) -> list[str]:
    """Return what differs in a figure's data, as one remark."""
    if then == chart.table:
        return []
    try:
        old, new = (
            pd.read_csv(BytesIO(one), dtype=str, keep_default_na=False)
            for one in (then, chart.table)
        )
    except ValueError:  # pandas' own errors are ValueErrors
        return ["is damaged"]
    if list(old) != list(new) or len(old) != len(new):
        return ["has other rows or columns than its tables give"]
    away = _away(old, new)
    if away:
        # Rows that printing has made equal may stand in another order.
        texts = [str(name) for name in new if any(math.isnan(_number(cell)) for cell in new[name])]
        sides = [one.sort_values(texts, kind="stable") if texts else one for one in (old, new)]
        away = min(away, _away(*sides), key=len)
    if not away:
        return []
    line, name, one, other = min(away)
    rest = len(away) - 1
    more = f"; {rest} more {'cell differs' if rest == 1 else 'cells differ'}" if rest else ""
    return [f"line {line}, {name}: `{one}`; from the tables it is `{other}`{more}"]


def _away(old: pd.DataFrame, new: pd.DataFrame) -> list[tuple[int, str, str, str]]:
    """Return the cells that differ: line in the file, column, then, now."""
    largest = {name: max(map(_size, new[name]), default=0.0) for name in new}
    return [
        (int(line) + 2, str(name), one, other)
        for name in new
        for line, one, other in zip(old.index, old[name], new[name], strict=True)
        if not _same(one, other, largest[name])
    ]


def _size(text: str) -> float:
    value = _number(text)
    return abs(value) if math.isfinite(value) else 0.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _same(one: str, other: str, largest: float) -> bool:
    if one == other:
        return True
    then, now = _number(one), _number(other)
    # What is no number is never near another.
    return abs(then - now) <= _RELATIVE * abs(now) + _OF_COLUMN * largest
