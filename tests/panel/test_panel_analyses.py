"""The panel's analyses on simulated panels whose truth is known."""

import numpy as np
import pytest
from panel.conftest import simulated
from scipy import stats

from mp_bayes.errors import InputError
from mp_bayes.fit import Sampling, divergences, sample
from mp_bayes.panel.compare import compare
from mp_bayes.panel.effects import effects, label, panel_outcome
from mp_bayes.panel.measures import MEASURES
from mp_bayes.panel.model import Cells, panel_model
from mp_bayes.panel.placebo import false_claims, placebo
from mp_bayes.panel.shocks import groups, shock_table
from mp_bayes.priors import load_priors

REREFERRAL = MEASURES["rereferral"]
ONSET = 2015 + 2 / 12


def test_reporting_years_are_named_by_what_they_span():
    assert [label(year) for year in (2013, 2100)] == ["2012-13", "2099-00"]
    outcome = panel_outcome(
        REREFERRAL, [2014, 2015, 2016], treated="A", comparisons=["B"], onset=ONSET
    )
    assert outcome.post_years == ("2015-16",)
    with pytest.raises(InputError, match="choose an onset with years before and after"):
        panel_outcome(REREFERRAL, [2016, 2017], treated="A", comparisons=["B"], onset=ONSET)


@pytest.mark.slow
@pytest.mark.parametrize("shock", ["normal", "student"])
def test_a_simulated_panel_gives_its_values_back(shock):
    data = simulated(np.random.default_rng(3), authorities=60, years=10, sd_shock=0.3, rho=0.6)
    # A suppressed and a missing cell are no obstacle.
    data["total"][5, 2] = data["low"][5, 2] = data["high"][5, 2] = 0
    data["total"][6, 3], data["low"][6, 3], data["high"][6, 3] = 12, 1, 5
    tree = sample(
        panel_model(data, shock=shock),
        seed=1,
        sampling=Sampling(draws=500, tune=600, target_accept=0.9, adaptation="diag"),
    )
    table = shock_table(tree, data)
    assert divergences(tree) == 0
    found = table[table["group"].eq("all")].set_index("parameter")
    # Three posterior SDs: a right model misses them once in 400 times.
    for name, truth in (("sd_shock", 0.3), ("rho", 0.6)):
        assert abs(found.loc[name, "mean"] - truth) < 3 * found.loc[name, "sd"]
        assert found.loc[name, "sd"] < 0.08
    assert ("nu" in found.index) == (shock == "student")
    assert set(table["group"]) == {"all", *groups(data)}


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


def test_an_effect_that_is_there_is_found():
    data = simulated(np.random.default_rng(5), authorities=30, years=10, sd_shock=0.05, rho=0.3)
    total = data["total"].sel(authority="Islington", year=slice(2016, None))
    eta = np.log(0.2 / 0.8) - 0.5
    events = np.round(total / (1 + np.exp(-eta))).astype(int)
    for name in ("low", "high"):
        data[name].loc[{"authority": "Islington", "year": slice(2016, None)}] = events
        data[name].loc[{"authority": "Islington", "year": slice(None, 2015)}] = np.round(
            0.2 * data["total"].sel(authority="Islington", year=slice(None, 2015))
        ).astype(int)
    rows = effects(
        data,
        REREFERRAL,
        load_priors(),
        treated="Islington",
        comparisons=[str(name) for name in data["authority"].to_numpy()[1:]],
        onset=ONSET,
        effect="constant",
    )
    found = rows.set_index(["estimand", "scale"]).loc[("average_effect", "log_odds")]
    assert found["usable"]
    # Three posterior SDs, and the prior's pull towards 0.
    assert abs(found["mean"] + 0.5) < 3 * found["sd"]
    assert found["upper"] < 0


@pytest.mark.slow
def test_placebo_ranks_are_uniform_where_nothing_happened():
    rng = np.random.default_rng(11)
    panels, authorities = 24, 12
    ranks, claimed = [], []
    for _ in range(panels):
        data = simulated(rng, authorities=authorities, years=6, sd_shock=0.3, rho=0.6)
        table = placebo(data, REREFERRAL, load_priors(), treated="Islington", onset=ONSET, seed=1)
        assert sorted(table["rank"]) == list(range(1, authorities + 1))
        ranks.append(table.loc[table["authority"].eq("Islington"), "rank"].iloc[0])
        claimed.append(false_claims(table, treated="Islington")["claims"])
    # Kolmogorov-Smirnov: a uniform rank fails once in a thousand times.
    assert stats.kstest((np.array(ranks) - 0.5) / authorities, "uniform").pvalue > 0.001
    did, model = np.mean(claimed, axis=0)
    assert did > 0.5
    assert model < 0.1


def test_a_parallel_candidate_is_the_nearest():
    data = simulated(np.random.default_rng(2), authorities=15, years=3, sd_shock=0.4, rho=0.5)
    for name in ("total", "low", "high"):  # the same shares, of twice as many
        data[name].loc[{"authority": "Borough 7"}] = 2 * data[name].sel(authority="Islington")
    table = compare(data, treated="Islington", neighbours=["Borough 3"], seed=1)
    first = table.iloc[0]
    assert first["authority"] == "Borough 7"
    assert first["size"] == pytest.approx(2.0)
    assert first["among_nearest_10"] > 0.9
    assert table.set_index("authority")["neighbour"].dropna().to_dict() == {"Borough 3": 1.0}
    assert (table["lower"] < table["distance"]).all()
    with pytest.raises(InputError, match="at least two years"):
        compare(data.isel(year=[0]), treated="Islington", neighbours=[], seed=1)
