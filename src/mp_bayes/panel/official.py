"""Read the Department for Education's files as published; they are not part of this package.

A count that is suppressed to protect children is an interval, never 0; one that is not available is
missing; both are listed with their reason. Years are reporting years that end on 31 March.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.panel.measures import NEIGHBOURS, NEIGHBOURS_RELEASE, Measure, Source

# Smallest and largest count that the code for a suppressed one can stand for.
SUPPRESSED = (1, 5)
_SUPPRESSED_CODE = "c"
_REASONS = {
    "x": "not available",
    "z": "not applicable",
    "u": "unreliable",
    ":": "not available",
    "-": "no figure: not published, or no such authority that year",
    "": "no figure",
}


def read_measure(folder: Path, measure: Measure) -> tuple[xr.Dataset, pd.DataFrame]:
    """Read one measure of all authorities and years.

    Parameters
    ----------
    folder : Path
        With the files of the releases.
    measure : Measure

    Returns
    -------
    data : xarray.Dataset, dims (authority, year)
        `total`, 0 where nothing is known; `low` and `high`, between which the number of events
        lies: the same unless it is suppressed. Coordinates of authorities: `code`, and `region`
        where the file has it. A reorganised authority is a new one, with years missing.
    left_out : pandas.DataFrame
        Columns authority, year and reason.

    Raises
    ------
    InputError
        If a file is missing, or is not the expected one.
    """
    events = _counts(folder, measure.source, measure.events)
    total = _counts(folder, measure.total_source, measure.total)
    keys = ["code", "year"]
    both = events.merge(
        total[[*keys, "count"]], how="left", on=keys, suffixes=("", "_total"), validate="1:1"
    ).fillna({"count_total": ""})
    both["authority"] = _unique_names(both)
    suppressed = both["count"].eq(_SUPPRESSED_CODE)
    reason = both["count_total"].map(_why).where(lambda why: why.ne(""), "")
    reason = reason.mask(both["count_total"].eq(_SUPPRESSED_CODE), "total suppressed")
    reason = reason.where(reason.ne(""), both["count"].map(_why).mask(suppressed, ""))
    number = pd.to_numeric(both["count"], errors="coerce")
    size = pd.to_numeric(both["count_total"], errors="coerce")
    low = number.mask(suppressed, SUPPRESSED[0])
    high = number.mask(suppressed, np.minimum(SUPPRESSED[1], size))
    reason = reason.mask(reason.eq("") & (low > size), "more events than the total")
    reason = reason.mask(reason.eq("") & size.eq(0), "total is 0")
    known = reason.eq("")
    table = both.assign(
        total=size.where(known, 0), low=low.where(known, 0), high=high.where(known, 0)
    )
    each = {
        name: table.pivot_table(name, "authority", "year", fill_value=0).astype(int)
        for name in ("total", "low", "high")
    }
    names = each["total"].index
    first = table.drop_duplicates("authority").set_index("authority").loc[names]
    about = {
        name: ("authority", first[name].to_numpy(object))
        for name in ("code", "region")
        if name in first
    }
    data = xr.Dataset(
        {name: (("authority", "year"), counts.to_numpy()) for name, counts in each.items()},
        coords={"authority": list(names), "year": list(each["total"].columns), **about},
    )
    left_out = both.assign(reason=reason.mask(suppressed & known, "suppressed: 1 to 5"))
    left_out = left_out[left_out["reason"].ne("")][["authority", "year", "reason"]]
    return data, left_out.sort_values(["authority", "year"], ignore_index=True)


def read_neighbours(folder: Path) -> dict[str, list[str]]:
    """Return each authority's ten statistical neighbours by name, nearest first.

    Raises
    ------
    InputError
        If the file is missing, or is not the expected one.
    """
    path = find_file(folder, NEIGHBOURS, NEIGHBOURS_RELEASE)
    table = _table(path)
    places = [f"SN_{place}" for place in range(1, 11)]
    _expect(path, table, ["old_la_code", "la_name", *places], NEIGHBOURS_RELEASE)
    names = dict(zip(table["old_la_code"], table["la_name"], strict=True))
    return {
        row["la_name"]: [names[row[place]] for place in places if row[place] in names]
        for row in table.to_dict("records")
    }


def _why(value: str) -> str:
    """Say why a value is not a count; nothing if it is one."""
    return "" if value.isdigit() else _REASONS.get(value, f"not a count: '{value}'")


def _unique_names(rows: pd.DataFrame) -> pd.Series:
    """Tell authorities of one name apart by their last year: North Yorkshire (to 2023)."""
    last = rows.groupby("code")["year"].transform("max")
    latest = last.eq(rows.groupby("authority")["year"].transform("max"))
    return rows["authority"].where(latest, rows["authority"] + " (to " + last.astype(str) + ")")


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


def _table(path: Path) -> pd.DataFrame:
    """Read a file as text."""
    try:
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}") from None
    return table.map(str.strip)


def _expect(path: Path, table: pd.DataFrame, columns: list[str], release: str) -> None:
    missing = [name for name in columns if name not in table]
    if missing:
        raise InputError(
            f"{path.name} has no column '{missing[0]}': expected {', '.join(columns)}, as in "
            f"{release}"
        )


def _counts(folder: Path, source: Source, column: str) -> pd.DataFrame:
    """Return code, authority, region, year and the text of a count, one row an authority-year."""
    path = find_file(folder, source.pattern, source.release)
    table = _table(path)
    columns = {
        source.code: "code",
        source.authority: "authority",
        source.year: "year",
        source.region: "region",
        source.level: "level",
        column: "count",
    }
    columns.pop("", None)
    _expect(path, table, list(columns), source.release)
    rows = table[list(columns)].rename(columns=columns)
    if source.level:
        rows = rows[rows["level"].eq("Local authority")]
    bad = rows[~rows["year"].str.fullmatch(r"20\d\d")]
    if len(bad) or rows.empty:
        what = f"'{bad['year'].iloc[0]}' in {source.year}" if len(bad) else "no authority"
        raise InputError(f"{path.name}: {what}: expected a year such as 2024 for each authority")
    if rows.duplicated(["code", "year"]).any():
        twice = rows[rows.duplicated(["code", "year"])].iloc[0]
        raise InputError(
            f"{path.name}: {twice['authority']} has {twice['year']} twice; expected one row an "
            "authority and year"
        )
    return rows.assign(year=rows["year"].astype(int))
