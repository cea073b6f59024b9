"""The joint model: alone it is the engine's answer, together it is the exact Gaussian one."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import block_diag
from studied import OUTCOMES, STUDY

from mp_bayes.checks import joint as module
from mp_bayes.checks.correlations import known_correlations, shock_correlations
from mp_bayes.checks.joint import SAME_MEASURE, _cross, _posterior, joint_tables
from mp_bayes.checks.joint_parts import part_of
from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import MEASURES, measure_of
from mp_bayes.evidence.official.read import read_measure
from mp_bayes.figures.joint import joint_charts
from mp_bayes.panel.together import measure_correlations
from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.sensitivity import fast_answer
from mp_bayes.wording.joint import joint_answer, joint_tables_of

PRIORS = load_priors(STUDY)


@pytest.fixture(scope="module")
def tables():
    return joint_tables(OUTCOMES.values(), PRIORS, seed=1)


def test_alone_each_outcome_has_the_headlines_answer(tables):
    alone = tables["joint"][tables["joint"]["same_measure"].isna()].set_index("outcome")
    for name, outcome in OUTCOMES.items():
        known = fast_answer(outcome, PRIORS)
        known = known[
            known["estimand"].eq("average_effect") & known["scale"].eq(outcome.link_scale)
        ].iloc[0]
        row = alone.loc[name]
        # 2,000 draws of the hyperparameters: a mean is off by 0.02 SDs at most, an SD by 2%, an end
        # of an interval, from 20,000 draws, by 0.03 SDs; three times that is allowed.
        assert abs(row["mean"] - known["mean"]) < 0.06 * known["sd"]
        assert row["sd"] == pytest.approx(known["sd"], rel=0.06)
        for end in ("lower", "upper"):
            assert abs(row[end] - known[end]) < 0.1 * known["sd"]


def test_outcomes_of_one_measure_inform_each_other_and_others_hardly(tables):
    table = tables["joint"].set_index(["same_measure", "outcome"])["sd"]
    alone = tables["joint"][tables["joint"]["same_measure"].isna()].set_index("outcome")["sd"]
    for name in ("cin_rereferral_12m", "cin_rereferral_24m"):
        sds = [alone[name], *(table[one, name] for one in SAME_MEASURE)]
        assert sds == sorted(sds, reverse=True)
    assert table[0.9, "cla_residential_placements"] == pytest.approx(
        alone["cla_residential_placements"], rel=0.03
    )
    found = tables["joint_correlations"].set_index(["same_measure", "first", "second"])
    pair = found.loc[0.9, "cin_rereferral_12m", "cin_rereferral_24m"]
    assert pair["shocks"] == 0.9
    assert 0.3 < pair["correlation"] < 0.9


def test_nested_outcomes_share_their_sampling_error():
    # Of 1,000 referrals with rates of 0.2 and 0.3, the one inside the other.
    rng = np.random.default_rng(5)
    short = rng.binomial(1000, 0.2, 200_000)
    long = short + rng.binomial(1000 - short, 0.1 / 0.8)
    log_odds = [np.log(x / (1000 - x)) for x in (short, long)]
    simulated = np.corrcoef(log_odds)[0, 1]
    parts = [part_of(OUTCOMES[name], PRIORS, 1) for name in list(OUTCOMES)[:2]]
    cross = _cross(*parts, 0.0, shared=True)[0]
    a, b = np.argwhere(cross > 0)[0]
    rates = [part.events[at] / part.total[at] for part, at in zip(parts, (a, b), strict=True)]
    sd = np.sqrt(parts[0].variance[a, 0] * parts[1].variance[b, 0])
    low, high = min(rates), max(rates)
    assert cross[a, b] / sd == pytest.approx(np.sqrt(low * (1 - high) / ((1 - low) * high)))
    # The formula itself, by simulation: a correlation of 200,000 pairs is off by 0.002.
    assert np.sqrt(0.2 * 0.7 / (0.8 * 0.3)) == pytest.approx(simulated, abs=0.007)
    # Other boroughs and other years share nothing without shocks.
    assert (cross > 0).sum() == min(len(part.total) for part in parts)


def test_only_windows_of_the_same_cases_are_nested():
    short, long = (OUTCOMES[name] for name in list(OUTCOMES)[:2])
    others = tuple(replace(one, total=one.total + 1) for one in long.counts)
    fewer = tuple(replace(one, events=0) for one in long.counts)
    for other in (
        replace(long, window=short.window),  # of one window: boys and girls, say
        replace(long, counts=others),
        replace(long, counts=fewer),
    ):
        parts = [part_of(one, PRIORS, 1) for one in (short, other)]
        assert not _cross(*parts, 0.0, shared=True).any()


def test_shocks_are_apart_by_the_calendar():
    """Years of two outcomes that do not touch, and one year under two labels."""
    outcome = OUTCOMES["cin_rereferral_12m"]
    later = {year: f"{int(year[:4]) + 10}-{int(year[-2:]) + 10}" for year in outcome.setting.years}
    setting = replace(
        outcome.setting,
        years=tuple(later.values()),
        reference_year=later[outcome.setting.reference_year],
        onsets=tuple(onset + 10 for onset in outcome.setting.onsets),
        scenarios=(),
    )
    counts = tuple(replace(one, year=later[one.year]) for one in outcome.counts)
    far = replace(
        outcome, setting=setting, years=tuple(later[y] for y in outcome.years), counts=counts
    )
    parts = [part_of(one, PRIORS, 1) for one in (outcome, far)]
    cross = _cross(*parts, 1.0, shared=False)
    sd, rho = ([getattr(part, name) for part in parts] for name in ("sd_shock", "rho"))
    # Both have the same posterior, and so the same draws: an AR(1) of one rho.
    np.testing.assert_array_equal(rho[0], rho[1])
    (last, first) = (np.argmax(parts[0].where[1]), 0)
    lag = parts[1].begins[first] - parts[0].begins[last]
    assert lag == 5
    np.testing.assert_allclose(
        cross[:, last, first], sd[0] * sd[1] * rho[0] ** lag, rtol=1e-3, atol=1e-6
    )


def test_too_few_effective_draws_are_no_answer(tables):
    few = {name: table.copy() for name, table in tables.items()}
    rows = few["joint_together"]["same_measure"].eq(0.9)
    few["joint_together"].loc[rows, ["effective_draws", "usable"]] = 13.5, False
    said = joint_answer(few, STUDY)
    assert "leave 14 effective draws; 400 are needed" in said[-1]
    assert "narrows" not in " ".join(said)
    effects, years, *_ = joint_tables_of(few, STUDY)
    assert all(row[3] == "not usable (14 effective draws)" for row in effects.rows)
    assert all("not usable" not in row[2] for row in effects.rows)  # at 0.5
    assert all(row[2].startswith("not usable") for row in years.rows)
    (chart,) = joint_charts(few, STUDY)
    assert "too few to be drawn" in chart.message


def test_what_widens_is_told(tables):
    wide = {name: table.copy() for name, table in tables.items()}
    joint = wide["joint"]
    at = joint["same_measure"].eq(0.9) & joint["outcome"].eq("cla_placement_moves")
    joint.loc[at, "sd"] *= 1.3
    told = " ".join(joint_answer(wide, STUDY))
    assert (
        "The joint model widens the 95% interval of the average effect on placement moves" in told
    )
    (chart,) = joint_charts(wide, STUDY)
    assert "to 13" in chart.message


def test_large_studies_are_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_CELLS", 20)
    with pytest.raises(InputError, match="for 20 counts at most"):
        joint_tables(OUTCOMES.values(), PRIORS, seed=1)


def test_a_joint_draw_is_the_gaussian_conditional():
    # At one draw of the hyperparameters: conditioning by hand, effects and data as one vector.
    parts = [part_of(OUTCOMES[name], PRIORS, 1) for name in list(OUTCOMES)[:2]]
    pairs = shock_correlations([part.outcome for part in parts])
    means, covariances, weight = _posterior(parts, pairs, 0.9)
    one = 7
    blocks, gains, away, prior = [], [], [], []
    for part in parts:
        boroughs, years = part.where
        same = boroughs[:, None] == boroughs
        latent = part.own[years[:, None], years, one] * same
        spread = np.diag(part.prior_sd[:, one] ** 2)
        blocks.append(
            latent + part.design @ spread @ part.design.T + np.diag(part.variance[:, one])
        )
        gains.append(part.design @ spread @ part.targets.T)
        away.append(part.data[:, one] - part.design @ part.prior_mean[:, one])
        prior.append(part.targets @ spread @ part.targets.T)
    cross = _cross(*parts, 0.9, shared=True)[one]
    cover = np.block([[blocks[0], cross], [cross.T, blocks[1]]])
    zeros = [
        np.zeros((len(gains[1]), gains[0].shape[1])),
        np.zeros((len(gains[0]), gains[1].shape[1])),
    ]
    gain = np.block([[gains[0].T, zeros[0].T], [zeros[1].T, gains[1].T]])
    inverse = np.linalg.inv(cover)
    expected = gain @ inverse @ np.concatenate(away)
    np.testing.assert_allclose(means[one], expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        covariances[one], block_diag(*prior) - gain @ inverse @ gain.T, rtol=1e-6, atol=1e-9
    )
    assert weight.sum() == pytest.approx(1.0)


def test_probabilities_add_up(tables):
    for _, rows in tables["joint_together"].groupby("same_measure", dropna=False):
        said = rows.set_index("statement")["probability"]
        assert said["none falls"] + said["at least 1 fall"] == pytest.approx(1.0)
        steps = [said[f"at least {n} fall"] for n in range(1, 5)] + [said["all fall"]]
        assert steps == sorted(steps, reverse=True)
        # Fewer would make the probabilities' last digit noise.
        assert rows["effective_draws"].min() > 400


def test_all_outcome_years_are_each_outcomes_own_when_alone(tables):
    years = tables["joint_years"]
    alone = years[years["same_measure"].isna()].set_index(["outcome", "year"])
    assert len(alone) == sum(len(one.post_years) for one in OUTCOMES.values()) == 12
    for name, outcome in OUTCOMES.items():
        known = fast_answer(outcome, PRIORS)
        of_years = known["estimand"].eq("yearly_effect") & known["scale"].eq(outcome.link_scale)
        known = known[of_years].set_index("year")
        for year in outcome.post_years:
            row = alone.loc[name, year]
            # As of averages, above.
            assert abs(row["mean"] - known["mean"][year]) < 0.06 * known["sd"][year]
            assert row["sd"] == pytest.approx(known["sd"][year], rel=0.06)


def test_how_many_effects_are_below_0(tables):
    table, years = tables["joint_years_together"], tables["joint_years"]
    (before,) = table[~table["data"]].to_dict("records")
    # By symmetry half are, in 20,000 draws of 12.
    assert before["below_0"] == pytest.approx(6.0, abs=4 * before["sd"] / 20_000**0.5)
    # Within an outcome effects share a mean, whose SD is the larger: they go together.
    assert before["sd"] > 1.2 * before["sd_if_independent"]
    assert before["sd_if_independent"] == pytest.approx((12 * 0.25) ** 0.5, rel=0.01)
    said = table[table["data"]].set_index("same_measure")
    for assumed, rows in years.groupby("same_measure", dropna=False):
        here = said[said.index.isna()].iloc[0] if np.isnan(assumed) else said.loc[assumed]
        share = rows["prob_below_0"]
        assert here["below_0"] == pytest.approx(share.sum())
        assert here["sd_if_independent"] == pytest.approx((share * (1 - share)).sum() ** 0.5)
        assert here["outcome_years"] == len(rows)
        assert here["sd"] > here["sd_if_independent"]


def test_words_come_from_the_tables(tables):
    told = " ".join(joint_answer(tables, STUDY))
    both = "re-referral within 12 months and re-referral within 24 months"
    assert f"narrows the 95% interval of the average effect on {both}" in told
    assert re.search(r"posterior SD \d+% of that alone \(\d+% at 0\.5 and \d+% at 0\.99\)", told)
    rows = tables["joint_together"]
    share = rows[rows["same_measure"].eq(0.9) & rows["statement"].eq("all fall")]["probability"]
    assert f"every average effect is a fall is {100 * share.iloc[0]:.0f}%" in told
    expected = tables["joint_years_together"].set_index("same_measure").loc[0.9]
    assert f"began {expected['below_0']:.1f} (SD {expected['sd']:.1f}) are expected" in told
    effects, years, correlations, measures = joint_tables_of(tables, STUDY)
    assert len(effects.rows) == len(OUTCOMES)
    assert len(years.rows) == 12
    assert len(correlations.rows) == 10
    assert len(measures.rows) == len(known_correlations())


def test_the_measures_correlations_are_those_of_the_official_files(official):
    data = {name: read_measure(official, measure_of(STUDY, name))[0] for name in MEASURES}
    found = measure_correlations(data, seed=2020).dropna()
    known = known_correlations()
    keys = ["first", "second", "changes", "authorities"]
    assert found[keys].to_numpy().tolist() == known[keys].to_numpy().tolist()
    for column, tolerance in (("correlation", 0.0051), ("lower", 0.0051), ("upper", 0.0051)):
        # Written with two decimals.
        assert (found[column].to_numpy() - known[column].to_numpy()) == pytest.approx(
            0.0, abs=tolerance
        )


def test_correlated_shocks_are_found_and_independent_ones_not():
    rng = np.random.default_rng(4)
    import xarray as xr

    shape = (150, 12)
    shared = rng.normal(0, 0.3, shape)
    made = {}
    for name, weight in (("one", 1.0), ("two", 0.6), ("three", 0.0)):
        own = rng.normal(0, 0.3, shape)
        log_odds = -1.5 + weight * shared + np.sqrt(1 - weight**2) * own
        total = np.full(shape, 1500)
        events = rng.binomial(total, 1 / (1 + np.exp(-log_odds)))
        counts = {
            key: (("authority", "year"), value)
            for key, value in (("total", total), ("low", events), ("high", events))
        }
        names = [f"a{number}" for number in range(shape[0])]
        made[name] = xr.Dataset(
            counts, {"authority": names, "code": ("authority", names), "year": range(shape[1])}
        )
    found = measure_correlations(made, seed=1).set_index(["first", "second"])
    # 1,650 changes, half of them shared by two: an SD of about 0.03.
    assert found.loc[("one", "two"), "correlation"] == pytest.approx(0.6, abs=0.1)
    assert found.loc[("one", "three"), "correlation"] == pytest.approx(0.0, abs=0.1)
    assert isinstance(found, pd.DataFrame)
