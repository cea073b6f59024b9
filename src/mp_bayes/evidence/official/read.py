"""Read the Department for Education's files as published; they are not part of this package.

A count that is suppressed to protect children, or rounded, is an interval; one that is not
available is missing; both are listed with their reason. Years are reporting years that end on 31
March.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import NEIGHBOURS, NEIGHBOURS_RELEASE, Measure, Source
from mp_bayes.evidence.official.table import (
    check_codes,
    check_rates,
    check_whole,
    expect,
    find_file,
    read_table,
)

_REASONS = {
    "c": "suppressed",
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
        lies: the same unless it is suppressed or rounded. Coordinates of authorities: `code`, and
        `region` where the file has it. A reorganised authority is a new one, with years missing.
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
    size = pd.to_numeric(both["count_total"].where(both["count_total"].map(_why).eq("")))
    low, high, about = _bounds(both, size, measure.source)
    reason = both["count_total"].map(_why).replace("suppressed", "total suppressed")
    reason = reason.where(reason.ne(""), both["count"].map(_why).mask(about.ne(""), ""))
    reason = reason.mask(reason.eq("") & size.eq(0), "total is 0")
    reason = reason.mask(reason.eq("") & (low > size), "more events than the total")
    known = reason.eq("")
    if not known.any():
        raise InputError(
            f"no authority has a usable count of {measure.events}: is this another release than "
            f"{measure.source.release}?"
        )
    table = both.assign(
        total=size.where(known, 0), low=low.where(known, 0), high=high.where(known, 0)
    )
    each = {
        name: table.pivot_table(name, "authority", "year", fill_value=0).astype(int)
        for name in ("total", "low", "high")
    }
    names = each["total"].index
    first = table.drop_duplicates("authority").set_index("authority").loc[names]
    coordinates = {
        name: ("authority", first[name].to_numpy(object))
        for name in ("code", "region")
        if name in first
    }
    data = xr.Dataset(
        {name: (("authority", "year"), counts.to_numpy()) for name, counts in each.items()},
        coords={
            "authority": list(names),
            "year": list(each["total"].columns),
            **coordinates,
        },
    )
    left_out = both.assign(reason=reason.mask(known, about))
    left_out = left_out[left_out["reason"].ne("")][["authority", "year", "reason"]]
    left_out = pd.concat([left_out, _absent(both)])
    return data, left_out.sort_values(["authority", "year"], ignore_index=True)


def _absent(rows: pd.DataFrame) -> pd.DataFrame:
    """List the years between an authority's first and last that have no row of it."""
    found = [
        {"authority": name, "year": year, "reason": "no row in the file"}
        for name, own in rows.groupby("authority")["year"]
        for year in sorted(set(range(own.min(), own.max())) - set(own))
    ]
    return pd.DataFrame(found, columns=["authority", "year", "reason"])


def _bounds(both: pd.DataFrame, size: pd.Series, source: Source) -> tuple[pd.Series, ...]:
    """Return the lowest and highest number of events, and what was done to those that differ."""
    low = pd.to_numeric(both["count"].where(both["count"].map(_why).eq("")))
    high, about = low, both["count"].map(lambda _: "")
    for code, (least, most) in source.suppressed.items():
        hidden = both["count"].eq(code) & size.notna()
        low, high = low.mask(hidden, least), high.mask(hidden, np.minimum(most, size))
        about = about.mask(hidden, f"suppressed: {least} to {most}")
    rounded = both["year"].astype(str).isin(source.rounded_years) & low.notna() & about.eq("")
    half = source.rounded_to // 2
    low = low.mask(rounded, (low - half).clip(lower=0))
    high = high.mask(rounded, np.minimum(high + half, size))
    return low, high, about.mask(rounded, f"rounded to {source.rounded_to}")


def read_neighbours(folder: Path, data: xr.Dataset, authority: str) -> list[str]:
    """Return an authority's statistical neighbours as the data name them, nearest first.

    Raises
    ------
    InputError
        If the file is missing, or is not the expected one.
    """
    path = find_file(folder, NEIGHBOURS, NEIGHBOURS_RELEASE)
    table = read_table(path)
    places = [f"SN_{place}" for place in range(1, 11)]
    expect(path, table, ["old_la_code", *places], NEIGHBOURS_RELEASE)
    names = dict(zip(data["code"].to_numpy(), data["authority"].to_numpy(), strict=True))
    own = str(data["code"].sel(authority=authority).item())
    rows = table.loc[table["old_la_code"].eq(own), places].to_numpy().tolist()
    if len(rows) != 1:
        raise InputError(f"{path.name}: has {len(rows)} rows of {authority}; expected one")
    if own in rows[0] or len(set(rows[0])) < len(rows[0]):
        raise InputError(
            f"{path.name}: {authority}'s neighbours name it, or one twice; download it again"
        )
    return [str(names[code]) for code in rows[0] if code in names]


def _why(value: str) -> str:
    """Say why a value is not a count; nothing if it is one."""
    return "" if value.isascii() and value.isdigit() else _REASONS[value]


def _unique_names(rows: pd.DataFrame) -> pd.Series:
    """Tell authorities of one name apart by their last year: North Yorkshire (to 2023)."""
    last = rows.groupby("code")["year"].transform("max")
    latest = last.eq(rows.groupby("authority")["year"].transform("max"))
    return rows["authority"].where(latest, rows["authority"] + " (to " + last.astype(str) + ")")


def _counts(folder: Path, source: Source, column: str) -> pd.DataFrame:
    """Return code, authority, region, year and the text of a count, one row an authority-year."""
    path = find_file(folder, source.pattern, source.release)
    table = read_table(path)
    columns = {
        source.code: "code",
        source.authority: "authority",
        source.year: "year",
        source.region: "region",
        source.level: "level",
        column: "count",
    }
    columns.pop("", None)
    expect(path, table, list(columns), source.release)
    rows = table[list(columns)].rename(columns=columns)
    if source.level:
        rows = rows[rows["level"].eq("Local authority")]
    # England and the regions have no three-digit code.
    rows = rows[rows["code"].str.fullmatch(r"[0-9]{3}(\.0)?")]
    bad = rows[~rows["year"].str.fullmatch(r"20[0-9][0-9]")]
    if len(bad) or rows.empty:
        what = f"'{bad['year'].iloc[0]}' in {source.year}" if len(bad) else "no authority"
        raise InputError(f"{path.name}: {what}: expected a year such as 2024 for each authority")
    twice_named = rows.duplicated(["code", "year"]) | rows.duplicated(["authority", "year"])
    if twice_named.any():
        twice = rows[twice_named].iloc[0]
        raise InputError(
            f"{path.name}: {twice['authority']} has {twice['year']} twice; expected one row an "
            "authority and year"
        )
    wrong = rows[~rows["count"].str.fullmatch(r"[0-9]{1,9}") & ~rows["count"].isin(list(_REASONS))]
    if len(wrong):
        one = wrong.iloc[0]
        codes = ", ".join(code for code in _REASONS if code)
        raise InputError(
            f"{path.name}: '{one['count']}' in {column} for {one['authority']}, {one['year']}: "
            f"expected a whole number without commas, or one of the codes {codes}"
        )
    check_rates(path, table.loc[rows.index], source, rows)
    # One file writes its codes as 301.0.
    code = rows["code"].str.removesuffix(".0")
    rows = rows.assign(code=code, year=rows["year"].astype(int))
    check_whole(path, rows)
    check_codes(path, rows)
    # One that was renamed keeps its number: it is known by its latest name throughout.
    latest = rows.sort_values("year").groupby("code")["authority"].last()
    return rows.assign(authority=rows["code"].map(latest))
