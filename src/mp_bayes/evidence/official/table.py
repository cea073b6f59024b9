"""Read one of the Department for Education's files as text, and check that it is whole."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import Source
from mp_bayes.storage import read_text

#: No file of theirs has nearly as many columns.
_MOST_COLUMNS = 500
#: A year in which fewer authorities than this share of the fullest year's have rows is not whole.
_FEWEST = 0.8
_THOUSANDS = r"[0-9]{1,3}(,[0-9]{3})+"


def find_file(folder: Path, pattern: str, release: str) -> Path:
    """Return the one file of a release in a folder."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give the one with the DfE's files as --data")
    found = sorted(folder.glob(pattern))
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(path.name for path in found)
        raise InputError(f"{folder} has more than one {pattern}: {names}; keep one")
    raise InputError(f"{folder} has no file {pattern}; download it from {release}")


def read_table(path: Path) -> pd.DataFrame:
    """Read a file as text, every row as long as the header; numbers without thousands separators.

    Raises
    ------
    InputError
        If it is no such table; the message names the line.
    """
    text = read_text(path, "file")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        if not any(header):
            raise InputError(f"{path.name}, line 1: the file is empty; download it again")
        if len(header) > _MOST_COLUMNS:
            raise InputError(f"{path.name}: has {len(header)} columns: is it the right file?")
        for name in header:
            if header.count(name) > 1:
                raise InputError(f"{path.name}, line 1: column '{name}' stands twice; keep one")
        rows = []
        for row in reader:
            if len(row) != len(header) and row:
                raise InputError(
                    f"{path.name}, line {reader.line_num}: has {len(row)} cells, the header "
                    f"{len(header)}: the file is damaged, or cut; download it again"
                )
            if row:
                rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        raise InputError(
            f"{path.name}, line {reader.line_num}: is not valid CSV: {error}"
        ) from None
    if text[-1] != "\n" and rows and rows[-1][-1].isdigit():
        raise InputError(
            f"{path.name}: ends within line {reader.line_num}: if the last number is whole, add a "
            "line break; otherwise download it again"
        )
    table = pd.DataFrame(rows, columns=header, dtype=str)
    for name in header:
        thousands = table[name].str.fullmatch(_THOUSANDS)
        table[name] = table[name].mask(thousands, table[name].str.replace(",", ""))
    return table


def expect(path: Path, table: pd.DataFrame, columns: list[str], release: str) -> None:
    """Refuse a table that lacks a column."""
    missing = [name for name in columns if name not in table]
    if missing:
        raise InputError(
            f"{path.name} has no column '{missing[0]}': expected {', '.join(columns)}, as in "
            f"{release}"
        )


def check_whole(path: Path, rows: pd.DataFrame) -> None:
    """Refuse rows of authorities, columns authority and year, of which a part is missing."""
    count = {int(str(year)): len(part) for year, part in rows.groupby("year")}
    first, last = min(count), max(count)
    gaps = [year for year in range(first, last) if year not in count]
    if gaps:
        raise InputError(
            f"{path.name}: has no rows of {gaps[0]}, though of {first} and {last}: a part is "
            "missing; download it again"
        )
    few, full = (choose(count, key=lambda year: count[year]) for choose in (min, max))
    if count[few] < _FEWEST * count[full]:
        raise InputError(
            f"{path.name}: has {count[few]} authorities in {few} and {count[full]} in {full}: a "
            "part is missing; download it again"
        )


def check_codes(path: Path, rows: pd.DataFrame) -> None:
    """Refuse a name that two authorities have at a time; columns code, authority and year.

    An authority that was reorganised may hand its name on to a new one.
    """
    spans = rows.groupby(["authority", "code"])["year"].agg(["min", "max"]).reset_index()
    for name, own in spans.sort_values("min").groupby("authority"):
        before = own["max"].cummax().shift()
        if (own["min"] <= before).any():
            codes = ", ".join(own["code"])
            raise InputError(
                f"{path.name}: {name} has several codes in the same years ({codes}): rows are "
                "mixed up; download it again"
            )


def check_rates(path: Path, rows: pd.DataFrame, source: Source, labels: pd.DataFrame) -> None:
    """Refuse counts that the rates beside them contradict.

    Each count and its rate tell how large what the rate is of must be, as closely as the rate is
    rounded; in a row all must agree.

    Parameters
    ----------
    path : Path
    rows : pandas.DataFrame
        As read, of authorities alone.
    source : Source
    labels : pandas.DataFrame
        The same rows' authority and year.
    """
    low, high = np.zeros(len(rows)), np.full(len(rows), np.inf)
    for count, rate, per in source.rates:
        if count not in rows or (rate and rate not in rows):
            continue
        events = pd.to_numeric(rows[count], errors="coerce").to_numpy(float)
        about = np.where(labels["year"].isin(source.rounded_years), source.rounded_to / 2, 0.0)
        if rate:
            shown = pd.to_numeric(rows[rate], errors="coerce").to_numpy(float)
            half = 0.5001 * 10.0**-source.rate_decimals
            with np.errstate(divide="ignore", invalid="ignore"):
                least = per * (events - about) / (shown + half)
                most = np.where(shown > half, per * (events + about) / (shown - half), np.inf)
        else:
            least, most = events - about, events + about
        known = np.isfinite(least) & (events >= 0)
        low = np.where(known, np.maximum(low, least), low)
        high = np.where(known, np.minimum(high, most), high)
    contradictory = low > high * (1 + 1e-9)
    for count, rate, _ in source.rates:
        if rate and count in rows and rate in rows:
            # What is no number has no rate; what has none says why, by a code.
            counted, rated = (
                pd.to_numeric(rows[name], errors="coerce").notna() for name in (count, rate)
            )
            contradictory |= ((rated & ~counted) | (counted & rows[rate].eq(""))).to_numpy()
    if source.parts and set(source.parts) <= set(rows):
        shown = rows[list(source.parts)].apply(pd.to_numeric, errors="coerce").sum(axis=1)
        whole = pd.to_numeric(rows[source.whole], errors="coerce")
        contradictory |= (shown > whole).to_numpy()
    wrong = np.flatnonzero(contradictory)
    if wrong.size:
        first = labels.iloc[int(wrong[0])]
        columns = [name for count, rate, _ in source.rates for name in (count, rate) if name]
        names = ", ".join([*columns, *source.parts, *([source.whole] if source.whole else [])])
        raise InputError(
            f"{path.name}: {first['authority']}, {first['year']}: its counts and the rates beside "
            f"them contradict each other ({names}); correct the row, or download the file again"
        )
