"""Work out the counts of the Family Safeguarding study from the Department for Education's files.

    uv run python studies_source/work_out.py FOLDER

FOLDER holds the files c1, b1, d1 and the statistical neighbours, as README lists them. The rule
and its sources are in `src/mp_bayes/studies/family_safeguarding/ORIGIN.md`.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import xarray as xr

from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.evidence.official.read import read_measure, read_neighbours
from mp_bayes.evidence.official.table import find_file

STUDY = Path(__file__).parents[1] / "src/mp_bayes/studies/family_safeguarding"
TREATED = ("Hertfordshire", "Peterborough", "Luton", "Bracknell Forest", "West Berkshire")
#: Reporting years, by the calendar year in whose March they end.
YEARS = range(2013, 2021)
#: Statistical neighbours that had a whole-service reform of their own, by April 2020.
REFORMED = {
    "Buckinghamshire": "Reclaiming Social Work, Innovation Programme round 1",
    "Cambridgeshire": "Family Safeguarding, launched around February 2020",
    "Ealing": "Brighter Futures, rolled out across the borough in April 2017",
    "Gloucestershire": "Innovation Programme round 1, rethinking children's social work",
    "Hampshire": "Family Intervention Teams, Innovation Programme round 1",
    "Slough": "an independent trust with a new model of practice, from October 2015",
    "West Sussex": "Signs of Safety, Innovation Programme round 1",
}
PLANS = MEASURES["protection_plan"]


def main(folder: Path, out: Path = STUDY / "counts.csv") -> None:
    """Write the counts, and print which authorities are compared."""
    referrals, _ = read_measure(folder, MEASURES["rereferral"])
    plans = plans_of_children(folder)
    compared = comparisons(folder, referrals, plans)
    print(f"{len(compared)} comparisons: {', '.join(compared)}")
    names = [*TREATED, *compared]
    release = PLANS.source.release.removesuffix("file d1")
    parts = (
        rows("rereferral_12m", referrals, names, column="total", source=f"{release}file c1"),
        rows("protection_plans", plans, names, column="exposure", source=f"{release}files d1, b1"),
    )
    columns = ["outcome", "borough", "year", "events", "total", "exposure", "source"]
    table = pd.concat(parts).reindex(columns=columns)
    table.astype({"total": "Int64", "exposure": "Int64"}).to_csv(out, index=False)
    print(f"{len(table)} rows in {out.name}")


def plans_of_children(folder: Path) -> xr.Dataset:
    """Read protection plans started, of the children who live in an authority.

    The files give rates per 10,000 children but not their number: it is episodes of need over
    their rate, to within 0.04% since the rate has one decimal.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    xarray.Dataset, dims (authority, year)
        As from `read_measure`; `total` is the number of children aged 0 to 17, to the nearest 10.
    """
    data, _ = read_measure(folder, replace(PLANS, total="Anypoint_episodes"))
    need = PLANS.total_source
    table = pd.read_csv(
        find_file(folder, need.pattern, need.release), dtype={need.code: str}, encoding="utf-8-sig"
    )
    table["rate"] = pd.to_numeric(table["Anypoint_episodes_rate"], errors="coerce")
    rate = table.dropna(subset=[need.code]).pivot_table("rate", need.code, need.year)
    rate = rate.reindex(index=data["code"].to_numpy(), columns=data["year"].to_numpy())
    children = (data["total"] / rate.to_numpy() * 10_000).fillna(0)
    return data.assign(total=(children / 10).round().astype(int) * 10)


def comparisons(folder: Path, *measures: xr.Dataset) -> list[str]:
    """Return the neighbours of any treated authority that neither reformed nor lack a count."""
    names: list[str] = []
    for treated in TREATED:
        near = read_neighbours(folder, measures[0], treated)
        names += [name for name in near if name not in (*TREATED, *names)]
    whole = [name for name in names if all(known(data, name) for data in measures)]
    for name in names:
        if name not in whole or name in REFORMED:
            print(f"not compared: {name}: {REFORMED.get(name, 'a year is missing or suppressed')}")
    return sorted(name for name in whole if name not in REFORMED)


def known(data: xr.Dataset, name: str) -> bool:
    """Tell whether an authority's count is known, as a number, in each year of the study."""
    own = data.sel(authority=name, year=list(YEARS))
    return bool(((own["total"] > 0) & (own["low"] == own["high"])).all())


def rows(
    outcome: str, data: xr.Dataset, names: list[str], *, column: str, source: str
) -> pd.DataFrame:
    """Lay an outcome's counts out, one row an authority and year."""
    for name in TREATED:
        if not known(data, name):
            raise SystemExit(f"{name} lacks a count of {outcome}: is this another release?")
    part = data.sel(authority=names, year=list(YEARS))
    table = part[["low", "total"]].to_dataframe().loc[names].reset_index()
    return pd.DataFrame(
        {
            "outcome": outcome,
            "borough": table["authority"],
            "year": [f"{year - 1}-{year % 100:02d}" for year in table["year"]],
            "events": table["low"],
            column: table["total"],
            "source": source,
        }
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
