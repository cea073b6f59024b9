"""Predicting the next year: the density is right, and heavy tails are found where they are."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import integrate, stats
from synthetic_panel import simulated

from mp_bayes.inference.nuts import Sampling
from mp_bayes.panel.ahead import _log_density, compare_shapes, one_year_ahead

SAMPLING = Sampling(draws=300, tune=500, target_accept=0.9, adaptation="diag")


@pytest.mark.parametrize("nu", [None, 3.0])
def test_the_predictive_density_is_the_integral_over_the_new_shock(nu):
    data = simulated(np.random.default_rng(4), authorities=2, years=2, sd_shock=0.3, rho=0.6)
    sd, rho = 0.3, 0.6
    shock = np.array([[0.2, 0.0], [-0.1, 0.0]])
    dims = ("chain", "draw", "borough", "year")
    one = np.ones((1, 1))
    posterior = xr.Dataset(
        {
            "shock": (dims, shock[None, None]),
            "eta": (dims, (shock - 1.3)[None, None]),
            "sd_by_borough": (dims[:3], np.full((1, 1, 2), sd)),
            "rho": (("chain", "draw"), rho * one),
            **({} if nu is None else {"nu": (("chain", "draw"), nu * one)}),
        },
        coords={"borough": data["authority"].to_numpy(), "year": data["year"].to_numpy()},
    )
    found = _log_density(xr.DataTree.from_dict({"posterior": posterior}), data, 2014)[:, 0, 0]
    innovation = stats.norm() if nu is None else stats.t(nu)
    scale = sd * np.sqrt(1 - rho**2)
    for place, name in enumerate(data["authority"].to_numpy()):
        events, total = (int(data[key].sel(authority=name, year=2014)) for key in ("low", "total"))
        at = np.log(events / (total - events))

        def density(x, place=place, events=events, total=total):
            new = innovation.pdf((x + 1.3 - rho * shock[place, 0]) / scale) / scale
            return stats.binom.pmf(events, total, 1 / (1 + np.exp(-x))) * new

        exact, _ = integrate.quad(density, at - 1, at + 1, points=[at])
        # Sixty quantiles stand for a smooth integrand.
        assert found[place] == pytest.approx(np.log(exact), abs=0.02)


@pytest.mark.nightly
def test_heavy_tails_are_found_where_they_are():
    rng = np.random.default_rng(8)
    data = simulated(rng, authorities=80, years=8, sd_shock=0.02, rho=0.3, size=20_000)
    # Shocks of a Student t with two degrees of freedom, scale 0.15.
    eta = -1.4 + 0.15 * rng.standard_t(2, (80, 8))
    events = rng.binomial(data["total"].to_numpy(), 1 / (1 + np.exp(-eta)))
    data["low"][:], data["high"][:] = events, events
    scores = one_year_ahead(data, years=[2019, 2020], seed=1, sampling=SAMPLING)
    table = compare_shapes(scores).set_index("year")
    assert list(table.index) == ["2019", "2020", "all"]
    each = table.loc[["2019", "2020"]]
    assert each["cells"].sum() == len(scores) == 160
    assert each["difference"].sum() > 2 * np.sqrt((each["se"] ** 2).sum())


def test_years_whose_fits_did_not_converge_are_not_summed():
    one = {"authority": "A", "normal": -5.0, "student": -4.0, "mcse": 0.3, "pareto_k": 0.9}
    scores = pd.DataFrame(
        [{**one, "year": year, "usable": year != 2020} for year in (2019, 2020) for _ in range(3)]
    )
    table = compare_shapes(scores).set_index("year")
    assert table["usable"].to_dict() == {"2019": True, "2020": False, "all": True}
    assert table.loc["all", "cells"] == 3
    assert table.loc["all", "difference"] == 3
    assert table.loc["all", "mcse"] == 0.3
    assert not compare_shapes(scores.assign(usable=False))["usable"].any()
