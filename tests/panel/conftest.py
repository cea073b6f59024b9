"""Hand-made files in the layout of the official ones, and simulated panels."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

REFERRALS = "c1_children_in_need_referrals_and_rereferrals_2013_to_2015.csv"
HEADER = (
    "time_period,time_identifier,geographic_level,region_name,old_la_code,new_la_code,la_name,"
    "referral_count,rereferral_count"
)
ROWS = """\
2013,Reporting year,National,,,,,9990,2000
2013,Reporting year,Regional,North,,,,990,200
2013,Reporting year,Local authority,North,101,E1,Plain,1000,200
2014,Reporting year,Local authority,North,101,E1,Plain,1100,210
2015,Reporting year,Local authority,North,101,E1,Plain,1050,190
2013,Reporting year,Local authority,North,102,E2,Tiny,20,c
2014,Reporting year,Local authority,North,102,E2,Tiny,3,c
2015,Reporting year,Local authority,North,102,E2,Tiny,c,c
2013,Reporting year,Local authority,South,103,E3,Attacked,500,100
2014,Reporting year,Local authority,South,103,E3,Attacked,x,x
2015,Reporting year,Local authority,South,103,E3,Attacked,600,u
2013,Reporting year,Local authority,South,104,E4,Merged,700,150
2014,Reporting year,Local authority,South,104,E4,Merged,720,140
2015,Reporting year,Local authority,South,106,E5,Merged,1500,300
2013,Reporting year,Local authority,South,107,E7,Recoded,900,180
2014,Reporting year,Local authority,South,107,E8,Recoded,910,181
2015,Reporting year,Local authority,South,107,E8,Recoded,920,182
2013,Reporting year,Local authority,South,105,E6,Wrong,100,120
2014,Reporting year,Local authority,South,105,E6,Wrong,100,:
2015,Reporting year,Local authority,South,105,E6,Wrong,0,0
"""


@pytest.fixture
def official(shared: Path) -> Path:
    """Return the folder of the real files, which are not part of the project."""
    return shared / "data" / "official"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a folder with a small file that has one of every trap."""
    (tmp_path / REFERRALS).write_text(f"{HEADER}\n{ROWS}", encoding="utf-8-sig")
    return tmp_path


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a simulated panel, and neighbours, laid out as the official files."""
    folder = tmp_path_factory.mktemp("made_up")
    data = simulated(np.random.default_rng(7), authorities=14, years=8, sd_shock=0.3, rho=0.6)
    names = [str(name) for name in data["authority"].to_numpy()]
    names[1] = "Southend-on-Sea"
    rows = [
        f"{year},Reporting year,Local authority,{'North' if place % 2 else 'South'},{100 + place},"
        f"E{place},{name},{int(cell['total'])},{int(cell['low'])}"
        for place, name in enumerate(names)
        for year in data["year"].to_numpy()
        for cell in [data.isel(authority=place).sel(year=year)]
    ]
    (folder / REFERRALS.replace("2015", "2020")).write_text("\n".join([HEADER, *rows]))
    places = ",".join(f"SN_{place}" for place in range(1, 11))
    others = ",".join(str(100 + place) for place in range(2, 12))
    text = f"old_la_code,la_name,{places}\n100,Islington,{others}\n"
    text += "".join(f"{100 + place},{name},{others}\n" for place, name in enumerate(names) if place)
    (folder / "sn_model_2025_wide.csv").write_text(text)
    return folder


def simulated(
    rng: np.random.Generator,
    *,
    authorities: int,
    years: int,
    sd_shock: float | np.ndarray,
    rho: float,
    size: int = 1500,
) -> xr.Dataset:
    """Draw a panel in which nothing happened; each authority may have an SD of its own."""
    shock = np.zeros((authorities, years))
    shock[:, 0] = rng.normal(0, sd_shock, authorities)
    for year in range(1, years):
        step = rng.normal(0, sd_shock * np.sqrt(1 - rho**2), authorities)
        shock[:, year] = rho * shock[:, year - 1] + step
    level = rng.normal(-1.4, 0.3, (authorities, 1))
    eta = level + rng.normal(0, 0.05, years) + shock
    total = rng.integers(size // 2, 2 * size, (authorities, years))
    events = rng.binomial(total, 1 / (1 + np.exp(-eta)))
    names = ["Islington", *(f"Borough {place}" for place in range(1, authorities))]
    return xr.Dataset(
        {
            name: (("authority", "year"), values)
            for name, values in (("total", total), ("low", events), ("high", events.copy()))
        },
        coords={"authority": names, "year": np.arange(2013, 2013 + years)},
    )
