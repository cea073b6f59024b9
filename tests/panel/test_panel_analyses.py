"""The panel's analyses on simulated panels whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from studied import STUDY
from synthetic_panel import simulated

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import measure_of
from mp_bayes.evidence.official.read import read_measure
from mp_bayes.panel.claims import false_claims, ranking
from mp_bayes.panel.compare import compare
from mp_bayes.panel.effects import dropped, effects, label, panel_outcome, suitable
from mp_bayes.panel.inference import DONALD_LANG, PLAIN, first_post
from mp_bayes.panel.placebo import PLAIN_PAIR, placebo, planted, windows
from mp_bayes.priors import load_priors

REREFERRAL = measure_of(STUDY, "rereferral")
ONSET = 2015 + 2 / 12


def test_reporting_years_are_named_by_what_they_span():
    assert [label(year) for year in (2013, 2100)] == ["2012-13", "2099-00"]
    outcome = panel_outcome(
        REREFERRAL, [2014, 2015, 2016], treated="A", comparisons=["B"], onset=ONSET
    )
    assert outcome.post_years == ("2015-16",)
    with pytest.raises(InputError, match="do not lie on both sides"):
        panel_outcome(REREFERRAL, [2016, 2017], treated="A", comparisons=["B"], onset=ONSET)


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
        load_priors(STUDY),
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


def test_a_reporting_year_is_after_an_onset_if_it_begins_then():
    assert first_post(2015 + 2 / 12) == first_post(2015.25) == 2016  # 2015-16, from 1 April 2015
    assert first_post(2015.26) == 2017
    data = simulated(np.random.default_rng(3), authorities=2, years=7, sd_shock=0.1, rho=0.5)
    spans = windows(data, onset=ONSET)
    assert [(span.start, span.stop) for span, _ in spans] == [
        (2013, 2019),
        (2013, 2018),
        (2014, 2019),
    ]
    assert [first_post(onset) for _, onset in spans] == [2016, 2016, 2017]


@pytest.mark.nightly
def test_placebo_ranks_are_uniform_where_nothing_happened():
    rng = np.random.default_rng(11)
    panels, authorities = 24, 24
    ranks, claimed = [], []
    for _ in range(panels):
        data = simulated(rng, authorities=authorities, years=6, sd_shock=0.3, rho=0.6)
        found = placebo(
            data, REREFERRAL, load_priors(STUDY), treated="Islington", onset=ONSET, rng=rng
        )
        table = ranking(found)
        assert sorted(table["rank"]) == list(range(1, authorities + 1))
        ranks.append(table.loc[table["authority"].eq("Islington"), "rank"].iloc[0])
        claimed.append(false_claims(found, treated="Islington").set_index(["effect", "method"]))
    # Kolmogorov-Smirnov: a uniform rank fails once in a thousand times.
    assert stats.kstest((np.array(ranks) - 0.5) / authorities, "uniform").pvalue > 0.001
    shares = pd.concat(claimed)["claims"].dropna().groupby(level=["effect", "method"]).mean()
    assert shares[0, PLAIN_PAIR] > 0.5
    # Correlated years make Donald and Lang's test claim too much.
    known_wrong = shares[0].index[shares[0].index.str.startswith((PLAIN, DONALD_LANG))]
    # 24 panels of 23 authorities, 552 if they were independent; three Monte Carlo standard errors
    # of 5%. Few-treated p values come in steps of 1/23 here: 1/23 = 4.3% is claimed.
    for method, share in shares[0].drop(known_wrong).items():
        assert share < 0.05 + 3 * np.sqrt(0.05 * 0.95 / (panels * (authorities - 1))), method
    # A fall of 6 points is found more often than one of 3, and that more often than nothing.
    assert (shares[-6] > shares[-3]).drop(PLAIN_PAIR).all()
    assert (shares[-3] > shares[0]).drop(PLAIN_PAIR).all()


def test_on_real_authorities_only_the_report_s_method_claims_what_is_not_there(official):
    data, _ = read_measure(official, REREFERRAL)
    found = placebo(
        data.sel(year=slice(2013, 2018)),
        REREFERRAL,
        load_priors(STUDY),
        treated="Islington",
        onset=2015.25,
        rng=np.random.default_rng(1),
    )
    table = false_claims(found, treated="Islington")
    shares = table[table["effect"].eq(0)].set_index("method")
    assert shares["reason"].ne("").sum() == 3  # few-treated methods against one control
    shares = shares[shares["reason"].eq("")]
    assert shares["authorities"].min() > 130
    assert shares.loc[PLAIN_PAIR, "claims"] > 0.6
    # Three standard errors of 5% of so many authorities, as if they were independent.
    error = 3 * np.sqrt(0.05 * 0.95 / shares["authorities"])
    fair = ~shares.index.str.startswith((PLAIN, DONALD_LANG))
    assert (shares["claims"] < 0.05 + error)[fair].all()
    # Correlated years make Donald and Lang's test claim too much.
    assert (shares["claims"] > 0.05 + error)[~fair].all()


def test_a_planted_fall_is_so_many_points():
    events = np.array([[200.0, 30.0], [300.0, 40.0]])
    total = np.full((2, 2), 1000.0)
    left = planted(events, total, -6.0)
    # The years differ, so the pooled rate falls by 6 points up to their curvature.
    assert left[:, 0].sum() / 2000 == pytest.approx(0.25 - 0.06, abs=0.001)
    step = np.diff(np.log(left / (total - left)), axis=0) - np.diff(
        np.log(events / (total - events)), axis=0
    )
    assert step[0, 0] == pytest.approx(0.0, abs=1e-12)
    # 3.5% cannot fall by 6 points.
    assert np.isnan(left[:, 1]).all()
    np.testing.assert_allclose(planted(events, total, 0.0), events)


def test_an_authority_with_few_events_is_named_and_left_out():
    data = simulated(np.random.default_rng(3), authorities=4, years=5, sd_shock=0.1, rho=0.5)
    data["low"][2, 3] = data["high"][2, 3] = 9
    out = dropped(data)
    assert list(out["authority"]) == ["Borough 2"]
    assert "fewer than 10 events" in out["reason"].iloc[0]
    assert "Borough 2" not in suitable(data)


def test_a_planted_fall_ranks_first():
    data = simulated(np.random.default_rng(13), authorities=12, years=6, sd_shock=0.1, rho=0.5)
    after = {"authority": "Borough 4", "year": slice(2016, None)}
    for name in ("low", "high"):
        data[name].loc[after] = (0.5 * data["low"].sel(after)).astype(int)
    rng = np.random.default_rng(1)
    table = ranking(
        placebo(data, REREFERRAL, load_priors(STUDY), treated="Islington", onset=ONSET, rng=rng)
    )
    first = table[table["rank"].eq(1)].iloc[0]
    assert first["authority"] == "Borough 4"
    assert first["claims"]
    assert first["mean"] < -2


def test_a_parallel_candidate_is_the_nearest():
    data = simulated(np.random.default_rng(2), authorities=15, years=3, sd_shock=0.4, rho=0.5)
    for name in ("total", "low", "high"):  # the same shares, of twice as many
        data[name].loc[{"authority": "Borough 7"}] = 2 * data[name].sel(authority="Islington")
    known = {"sd_shock": 0.4, "rho": 0.5, "seed": 1}
    table = compare(data, treated="Islington", neighbours=["Borough 3"], **known)
    first = table.iloc[0]
    assert first["authority"] == "Borough 7"
    assert first["size"] == pytest.approx(2.0)
    assert first["farther_than_first"] == 0
    assert table["farther_than_first"].iloc[-1] > 0.9
    assert table.set_index("authority")["neighbour"].dropna().to_dict() == {"Borough 3": 1.0}
    assert (table["lower"] < table["distance"]).all()
    with pytest.raises(InputError, match="at least two years"):
        compare(data.isel(year=[0]), treated="Islington", neighbours=[], **known)


def test_small_parallel_authorities_are_not_behind_large_diverging_ones():
    rng = np.random.default_rng(21)
    years, trend = 4, np.array([0.0, 0.1, -0.1, 0.05])
    small, large = np.full(40, 600), np.full(40, 20_000)
    total = np.repeat(np.concatenate([[20_000], small, large])[:, None], years, axis=1)
    away = np.concatenate([np.zeros((41, years)), rng.normal(0, 0.3, (40, years))])
    events = rng.binomial(total, 1 / (1 + np.exp(1.4 - trend - away)))
    data = xr.Dataset(
        {name: (("authority", "year"), one) for name, one in (("total", total), ("low", events))},
        coords={"authority": [f"A{place}" for place in range(81)], "year": range(2013, 2017)},
    )
    data["high"] = data["low"].copy()
    table = compare(data, treated="A0", neighbours=[], sd_shock=0.2, rho=0.0, seed=1)
    parallel = table["authority"].str[1:].astype(int).le(40)
    assert parallel.head(10).mean() > 0.5
