"""The panel's model on simulated panels whose truth is known."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats
from synthetic_panel import simulated

from mp_bayes.inference.nuts import Sampling, divergences, sample
from mp_bayes.models.panel import Cells, panel_model
from mp_bayes.panel.checks import _statistics, year_to_year
from mp_bayes.panel.shocks import authority_table, group_table, groups, shock_table

# One shape for all that are sampled, so that the model is compiled once.
AUTHORITIES, YEARS = 60, 12


@pytest.mark.nightly
@pytest.mark.parametrize("shock", ["normal", "student"])
def test_a_simulated_panel_gives_its_values_back(shock):
    rng = np.random.default_rng(3)
    truth = {"sd_shock": 0.3, "tau_shock": 0.4, "rho": 0.6}
    sd = truth["sd_shock"] * np.exp(truth["tau_shock"] * stats.norm.ppf((np.arange(60) + 0.5) / 60))
    # A calm and a wild authority, whose places are known.
    sd = rng.permutation(sd)
    sd[10], sd[11] = 0.05, 1.0
    data = simulated(rng, authorities=AUTHORITIES, years=YEARS, sd_shock=sd, rho=truth["rho"])
    # A suppressed and a missing cell are no obstacle.
    data["total"][5, 2] = data["low"][5, 2] = data["high"][5, 2] = 0
    data["total"][6, 3], data["low"][6, 3], data["high"][6, 3] = 12, 1, 5
    tree = sample(
        panel_model(data, shock=shock),
        seed=1,
        sampling=Sampling(draws=500, tune=600, target_accept=0.9, adaptation="diag"),
    )
    table = shock_table(tree)
    assert divergences(tree) == 0
    found = table[table["group"].eq("all")].set_index("parameter")
    # Three posterior SDs: a right model misses one of three values once in a hundred times.
    for name, value in truth.items():
        assert abs(found.loc[name, "mean"] - value) < 3 * found.loc[name, "sd"]
        assert found.loc[name, "sd"] < 0.1
    assert ("nu" in found.index) == (shock == "student")
    assert set(table["group"]) == {"all"}
    if shock == "normal":
        assert year_to_year(tree, data, seed=1)["passes"].all()
    else:
        # The innovations are normal: fewer degrees of freedom than 5 would be a find of tails.
        assert found.loc["nu", "median"] > 5
    each = authority_table(tree).set_index("authority")
    assert each.loc["Borough 11", "rank"] == 1
    assert each.loc["Borough 11", "larger_upper"] < 0.1
    assert each.loc["Borough 10", "rank"] >= 58
    assert each.loc["Borough 10", "larger_lower"] > 0.8
    # Of 60 intervals at 95% some three miss; that seven or more do has a probability of 2%.
    names = ["Islington", *(f"Borough {place}" for place in range(1, 60))]
    own = each.loc[names]
    missed = ~((own["lower"] < sd) & (sd < own["upper"]))
    assert missed.sum() <= 7


@pytest.mark.nightly
def test_kinds_that_move_differently_are_told_apart():
    rng = np.random.default_rng(6)
    # The larger an authority the less it moves.
    sizes = ((0.4, 1500), (0.2, 6000), (0.1, 24_000))
    parts = [
        simulated(rng, authorities=AUTHORITIES // 3, years=YEARS, sd_shock=sd, rho=0.5, size=size)
        for sd, size in sizes
    ]
    for place, part in enumerate(parts):
        part.coords["authority"] = [f"{name} {place}" for name in part["authority"].to_numpy()]
    data = xr.concat(parts, "authority")
    tree = sample(
        panel_model(data),
        seed=1,
        sampling=Sampling(draws=500, tune=600, target_accept=0.9, adaptation="diag"),
    )
    table = group_table(tree, data)
    assert set(table["group"]) == set(groups(data))
    found = table.set_index("group")
    for group, truth in (("size: small", 0.4), ("size: middle", 0.2), ("size: large", 0.1)):
        # Each authority's SD is drawn towards the whole's: beyond sampling error by a tenth.
        assert abs(found.loc[group, "mean"] - truth) < 3 * found.loc[group, "sd"] + 0.1 * truth
        assert found.loc[group, "sd"] < 0.05


def test_kurtosis_tells_unequal_authorities_from_heavy_tails():
    rng = np.random.default_rng(2)
    total = np.full((400, 13), 10**9)
    both = np.ones((400, 12), dtype=bool)
    sd = np.exp(0.6 * rng.normal(size=(400, 1)))
    found = {}
    for name, shock in (
        ("alike", rng.normal(size=(400, 13))),
        ("unequal", sd * rng.normal(size=(400, 13))),
        ("heavy", rng.standard_t(3, (400, 13))),
    ):
        events = np.round(total / (1 + np.exp(1.4 - 0.1 * shock)))
        _, raw, scaled = _statistics(events, total, both).values()
        found[name] = raw, scaled
    # 4800 changes: the kurtosis of normal ones has a standard error of 0.07, more if dependent.
    assert abs(found["alike"][0]) < 0.3
    assert found["unequal"][0] > 0.5 < found["heavy"][0]
    assert found["unequal"][1] == pytest.approx(found["alike"][1], abs=0.2)
    assert found["heavy"][1] > found["alike"][1] + 0.2


@pytest.mark.nightly
def test_a_stock_that_hardly_varies_fails_the_check():
    # Much the same children every year: less variation than independent counts would have.
    rng = np.random.default_rng(9)
    data = simulated(rng, authorities=AUTHORITIES, years=YEARS, sd_shock=0.0, rho=0.0)
    first = data.isel(year=[0]).squeeze("year")
    for name in ("total", "low", "high"):
        data[name][:] = np.repeat(first[name].to_numpy()[:, None] // 10, YEARS, axis=1)
    tree = sample(
        panel_model(data),
        seed=1,
        sampling=Sampling(draws=300, tune=500, target_accept=0.9, adaptation="diag"),
    )
    check = year_to_year(tree, data, seed=1).iloc[0]
    assert not check["passes"]
    assert check["observed"] < check["lower"]


def test_a_suppressed_count_says_no_more_than_its_interval():
    data = simulated(np.random.default_rng(1), authorities=3, years=3, sd_shock=0.2, rho=0.5)
    data["total"][1, 1], data["low"][1, 1], data["high"][1, 1] = 40, 1, 5
    model = panel_model(data)
    cells = Cells.of(data)
    assert cells.exact.sum() == 8
    assert cells.precision[1, 1] == 0
    found, eta = (
        one.eval(dict(zip(model.value_vars, model.initial_point().values(), strict=True)))
        for one in model.replace_rvs_by_values([model["suppressed_events"], model["eta"]])
    )
    interval = stats.binom.pmf(np.arange(1, 6), 40, 1 / (1 + np.exp(-eta[1, 1]))).sum()
    assert float(found) == pytest.approx(np.log(interval), rel=1e-9)
