"""A plan's answers, from made-up trials whose answers are known."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scenarios import rereferral
from scipy import stats

from mp_bayes.planning.answers import (
    ASSURANCE_COLUMNS,
    BESIDE,
    assurance_table,
    bias_by_lag,
    false_claims,
    false_claims_by_shock,
    guess_effects,
    prior_cost,
    smallest_effects,
    years_needed,
)
from mp_bayes.planning.design import (
    FACTORS,
    Design,
    compared,
    contrasted,
    label,
    side_labels,
    smallest,
)

LINK, RESPONSE = "log_odds", "percentage_points"


def design(effect=-3.0, post_years=5, **more) -> Design:
    base = rereferral(effect=effect, post_years=post_years, **more)
    return Design(base, (1,), (0.0,), "national", target=0.8, replicates=100)


def curve(*assurance) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "comparison_boroughs": 1,
            "half_life": 0.0,
            "post_years": range(1, len(assurance) + 1),
            "assurance": assurance,
            "calibrated_power": np.array(assurance) + 0.1,
            "size": 0.01,
            "bias": 0.5,
            "coverage": 0.9,
            **{f"{name}_mcse": 0.01 for name in ("assurance", *BESIDE)},
        }
    )


@pytest.mark.parametrize(
    ("assurance", "years"),
    [
        ((0.5, 0.7, 0.81, 0.85, 0.9), 3),
        ((0.8, 0.8, 0.8, 0.8, 0.8), 1),
        # Touching the target by chance does not count.
        ((0.5, 0.82, 0.79, 0.85, 0.9), 4),
        ((0.81, 0.5, 0.6, 0.7, 0.8), 5),
        ((0.5, 0.82, 0.83, 0.85, 0.79), np.nan),
        ((0.1, 0.2, 0.3, 0.4, 0.5), np.nan),
        # A year whose fits all failed has no assurance.
        ((0.9, np.nan, 0.9, 0.9, 0.9), 3),
        ((0.9, 0.9, 0.9, 0.9, np.nan), np.nan),
    ],
)
def test_years_needed_hold_from_there_on(assurance, years):
    table = years_needed(curve(*assurance), design())
    assert table["years_needed"].tolist() == pytest.approx([years], nan_ok=True)
    at = assurance[int(years) - 1] if np.isfinite(years) else assurance[-1]
    assert table["assurance"].tolist() == pytest.approx([at], nan_ok=True)
    assert table["max_post_years"].tolist() == [5]


def test_years_needed_under_the_calibrated_rule_and_what_stands_beside():
    row = years_needed(curve(0.5, 0.72, 0.75, 0.85, 0.9), design()).iloc[0]
    # The calibrated curve is a tenth higher.
    assert (row["years_needed"], row["years_needed_calibrated"]) == (4, 2)
    assert row["calibrated_power"] == pytest.approx(0.95)
    assert (row["size"], row["bias"], row["coverage"]) == (0.01, 0.5, 0.9)
    never = years_needed(curve(0.1, 0.2, 0.3, 0.4, 0.5), design()).iloc[0]
    assert np.isnan(never["years_needed_calibrated"])
    assert never["calibrated_power"] == pytest.approx(0.6)


def test_what_the_last_years_brought():
    table = years_needed(curve(0.3, 0.45, 0.5, 0.52, 0.53), design())
    assert table["gain"].item() == pytest.approx(0.53 - 0.45)
    # Both errors of 0.01, as if apart.
    assert table["gain_mcse"].item() == pytest.approx(0.01 * np.sqrt(2))
    assert table["shock_sd"].item() > table["shock_sd_limit"].item() > 0


def answers(trial, year, *, estimate, half_width, truth, method="national/embedding", failed=0):
    """Return both estimands on both scales; points are 16 times log-odds."""
    count = len(estimate)
    parts = []
    for (estimand, label_), (scale, factor) in itertools.product(
        (("average_effect", "2020-25"), ("fully_embedded_effect", "")),
        ((LINK, 1.0), (RESPONSE, 16.0)),
    ):
        parts.append(
            pd.DataFrame(
                {
                    "trial": trial,
                    "post_years": year,
                    "method": method,
                    "replicate": range(count),
                    "estimand": estimand,
                    "year": label_,
                    "scale": scale,
                    "mean": factor * estimate,
                    "sd": factor * half_width / 2,
                    "lower": factor * (estimate - half_width),
                    "upper": factor * (estimate + half_width),
                    "prob_below_0": stats.norm.cdf(-2 * estimate / half_width),
                    "prob_beyond_minimum": 0.5,
                    "usable": np.arange(count) >= failed,
                    "engine": "laplace",
                    "reason": "",
                    "truth": factor * truth,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def powers(plan, sizes, *, count=4000, seed=1):
    """Return answers whose limits follow the effect exactly, at sizes in log-odds."""
    noise = 0.1 * np.random.default_rng(seed).standard_normal(count)
    sign = -1.0 if plan.reduces else 1.0
    trials = [(label(1, None), 0.0)]
    trials += [(smallest(1, 0.0, f), sign * x) for f, x in zip(FACTORS, sizes, strict=True)]
    return pd.concat(
        [
            answers(trial, year, estimate=noise + truth, half_width=0.2, truth=truth)
            for year in plan.milestones
            for trial, truth in trials
        ],
        ignore_index=True,
    )


@pytest.mark.parametrize("points", [-3.0, 3.0])
def test_the_smallest_effect_is_where_power_crosses_the_target(points):
    plan = design(points)
    table = smallest_effects(powers(plan, (0.19, 0.27, 0.3, 0.5)), plan)
    # Claimed when noise (SD 0.1) + effect is beyond 0.2: 80% need 0.2 + 0.84 x 0.1.
    exact = abs(plan.base.response_effect(np.sign(points) * 0.2842))
    # Power is curved between the two effects, and each has its Monte Carlo error.
    np.testing.assert_allclose(table["mdes"], exact, atol=0.1)
    assert (table["mdes_mcse"] < 0.1).all()
    # The interval's half-width is two SDs of the noise; the calibrated rule claims beyond 1.96.
    calibrated = abs(plan.base.response_effect(np.sign(points) * 0.2802))
    np.testing.assert_allclose(table["mdes_calibrated"], calibrated, atol=0.1)


def test_an_effect_that_is_too_small_everywhere_gives_no_answer():
    plan = design()
    assert smallest_effects(powers(plan, (0.02, 0.05, 0.1, 0.2)), plan)["mdes"].isna().all()


@pytest.mark.parametrize("points", [-3.0, 3.0])
def test_a_first_guess_moves_the_limits_over_zero(points):
    plan = design(points)
    sign = np.sign(points)
    noise = 0.1 * np.random.default_rng(1).standard_normal(4000)
    rows = pd.concat(
        [
            answers(trial, plan.base.post_years, estimate=noise + x, half_width=0.2, truth=x)
            for trial, x in ((label(1, None), 0.0), (label(1, 0.0), sign * 0.2))
        ],
        ignore_index=True,
    )
    # Monte Carlo error of an 80% quantile of 4000: 0.1 x sqrt(0.16 / 4000) / 0.28 = 0.002.
    assert guess_effects(rows, plan)[1, 0.0] == pytest.approx(sign * 0.2842, abs=0.008)


def test_assurance_is_the_share_that_claims_the_right_sign():
    plan = design(post_years=2)
    estimate = np.array([-0.3, -0.3, 0.3, -0.1, -0.3, -9.0])
    rows = [
        answers(
            label(1, 0.0), year, estimate=estimate, half_width=0.2, truth=-0.25, failed=year - 1
        )
        for year in (1, 2)
    ]
    other = answers(label(1, None), 1, estimate=estimate + 0.15, half_width=0.2, truth=0.0)
    table = assurance_table(pd.concat([*rows, other], ignore_index=True), plan)
    assert list(table) == ASSURANCE_COLUMNS
    assert table["post_years"].tolist() == [1, 2]
    # Claims: all but the fourth; the third has the wrong sign. The first fit fails in year 2.
    assert table["assurance"].tolist() == pytest.approx([4 / 6, 3 / 5])
    assert table["failed"].tolist() == pytest.approx([0, 1 / 6])
    assert table["type_s"].tolist() == pytest.approx([1 / 5, 1 / 4])
    assert table["bias"].tolist()[0] == pytest.approx(16 * (estimate.mean() + 0.25))
    # Without an effect the third (0.45) and the last are claimed; in year 2 it is not known.
    assert table["size"].tolist() == pytest.approx([2 / 6, np.nan], nan_ok=True)
    # Six replicates without an effect have no 95th percentile.
    assert table["calibrated_power"].isna().all()


def test_the_prior_costs_what_its_trials_say():
    plan = design(post_years=2)
    noise = 0.1 * np.random.default_rng(3).standard_normal(2000)
    parts = []
    # The plan's own analysis pulls to half; a rule of the same scores is worth the same.
    for method, pull, named in (
        ("national/embedding", 0.5, str),
        ("national/embedding/flat", 1.0, contrasted),
    ):
        for trial, truth in ((label(1, 0.0), -0.25), (label(1, None), 0.0)):
            estimate = pull * (noise + truth)
            how = {"half_width": 0.2, "truth": truth, "method": method}
            parts += [answers(named(trial), year, estimate=estimate, **how) for year in (1, 2)]
    table = prior_cost(pd.concat(parts, ignore_index=True), plan).set_index("method")
    assert set(table["post_years"]) == {2}
    own, flat = table.loc["national/embedding"], table.loc["national/embedding/flat"]
    # By the noise's distribution: 0.067 and 0.69.
    assert own["assurance"] < 0.1
    assert flat["assurance"] > 0.6
    assert own["size"] < 0.01 < flat["size"]
    assert own["calibrated_power"] == flat["calibrated_power"]
    # Half of the noise's mean error: four Monte Carlo SEs of 2000.
    assert own["bias"] == pytest.approx(16 * 0.125, abs=16 * 4 * 0.05 / np.sqrt(2000))


def test_false_claims_by_method_and_by_shock():
    plan = design()
    estimate = np.array([-0.3, 0.0, 0.1, 0.3])
    own = answers(compared(1), 4, estimate=estimate, half_width=0.2, truth=0.0)
    did = answers(
        compared(1), 4, estimate=estimate, half_width=0.05, truth=0.0, method="did_linear"
    )
    table = false_claims(pd.concat([own, did], ignore_index=True), plan)
    assert table["comparison_boroughs"].tolist() == [1, 1]
    assert table.set_index("method")["claim_rate"].to_dict() == pytest.approx(
        {"national/embedding": 0.5, "did_linear": 0.75}
    )
    by_shock, _ = side_labels(plan)
    rows = pd.concat(
        [answers(name, 3, estimate=estimate, half_width=0.2, truth=0.0) for name in by_shock]
    )
    table = false_claims_by_shock(rows, plan)
    assert table["sd_shock"].tolist() == list(by_shock.values())
    assert table["claim_rate"].tolist() == pytest.approx([0.5] * len(by_shock))


def test_bias_by_lag_is_that_of_each_method():
    plan = design()
    _, by_lag = side_labels(plan)
    estimate = np.array([-0.2, -0.1])
    rows = pd.concat(
        [answers(name, 5, estimate=estimate, half_width=0.2, truth=-0.25) for name in by_lag]
    )
    table = bias_by_lag(rows, plan)
    assert set(table["half_life"]) == set(by_lag.values())
    np.testing.assert_allclose(table["bias"], 16 * 0.1)
