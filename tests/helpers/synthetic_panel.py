"""Hand-made files in the layout of the official ones, and simulated panels."""

import numpy as np
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
