"""Performance measures against hand arithmetic on a table of ten rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mp_bayes.simulate.methods import DRAWN, SAMPLED
from mp_bayes.simulate.performance import (
    GROUP,
    MEASURES,
    average,
    calibrated_power,
    interval_excludes_zero,
    performance,
    proportion,
    score,
    share_interval,
)

LABELS = {
    "trial": "t",
    "post_years": 3,
    "method": "national/constant",
    "estimand": "average_effect",
    "year": "2020-23",
    "scale": "percentage_points",
}
# mean, lower, upper, truth, usable, prob_below_0; what the fit does, truth -2 throughout:
ROWS = [
    (-3.0, -5.0, -1.0, -2.0, True, 0.99),  # claims, rightly; exaggerates by 1.5
    (-2.0, -4.5, 0.5, -2.0, True, 0.94),  # no claim
    (-6.0, -9.0, -3.0, -2.0, True, 1.00),  # claims, rightly, but does not cover; by 3
    (2.0, 1.0, 3.0, -2.0, True, 0.00),  # claims the wrong sign; does not cover; by 1
    (1.0, -2.0, 4.0, -2.0, True, 0.25),  # no claim; covers: its lower end is the truth
    (-50.0, -60.0, -40.0, -2.0, False, 1.00),  # failed: counts nowhere but in `failed`
    (np.nan, np.nan, np.nan, -2.0, False, np.nan),  # failed without an answer
    (-1.0, -3.0, 1.0, -2.0, True, 0.90),  # no claim
]
USABLE = 6


def table(rows=tuple(ROWS), **labels) -> pd.DataFrame:
    columns = ["mean", "lower", "upper", "truth", "usable", "prob_below_0"]
    own = {"replicate": range(len(rows)), "sd": 1.0, "engine": "laplace", "reason": ""}
    return pd.DataFrame(rows, columns=columns).assign(**{**own, **LABELS, **labels})


def one(rows: pd.DataFrame, **how) -> pd.Series:
    measures = performance(rows, **how)
    assert len(measures) == 1
    return measures.iloc[0]


def test_columns_are_the_group_and_each_measure_with_its_error():
    measures = performance(table())
    expected = [name for measure in MEASURES for name in (measure, f"{measure}_mcse")]
    assert list(measures) == [*GROUP, "replicates", "drawn", "sampled", "reason", *expected]
    assert dict(measures.loc[0, GROUP]) == LABELS


@pytest.mark.parametrize(
    ("measure", "count", "of"),
    [
        ("claim_rate", 3, USABLE),
        ("correct_claim_rate", 2, USABLE),
        ("coverage", 4, USABLE),
        ("type_s", 1, 3),
        ("failed", 2, 8),
    ],
)
def test_shares_and_their_errors_by_hand(measure, count, of):
    row = one(table())
    share = count / of
    assert row[measure] == pytest.approx(share, abs=1e-15)
    # At one success and one failure more.
    near = (count + 1) / (of + 2)
    assert row[f"{measure}_mcse"] == pytest.approx(np.sqrt(near * (1 - near) / of), abs=1e-15)


def test_a_share_of_none_is_not_known_without_error():
    none = proportion(pd.Series([False] * 100))
    assert none == pytest.approx((0.0, np.sqrt(1 / 102 * 101 / 102 / 100)))


@pytest.mark.parametrize(
    ("measure", "values"),
    [
        ("bias", [-1.0, 0.0, -4.0, 4.0, 3.0, 1.0]),
        ("mean_truth", [-2.0] * USABLE),
        ("interval_width", [4.0, 5.0, 6.0, 2.0, 6.0, 4.0]),
        ("type_m", [1.5, 3.0, 1.0]),
    ],
)
def test_means_and_their_errors_by_hand(measure, values):
    row = one(table())
    spread = np.sqrt(sum((x - sum(values) / len(values)) ** 2 for x in values) / (len(values) - 1))
    assert row[measure] == pytest.approx(sum(values) / len(values), abs=1e-14)
    assert row[f"{measure}_mcse"] == pytest.approx(spread / np.sqrt(len(values)), abs=1e-14)


def test_replicates_count_the_failed_ones():
    assert one(table())["replicates"] == 8


def test_a_failed_fit_changes_no_other_measure():
    with_failed = one(table())
    without = one(table([row for row in ROWS if row[4]]))
    kept = [name for name in with_failed.index if not name.startswith(("failed", "replicates"))]
    kept.remove("reason")
    pd.testing.assert_series_equal(with_failed[kept], without[kept], check_names=False)
    assert without["failed"] == 0


def test_without_one_usable_fit_there_is_no_answer_but_the_share_of_failures():
    row = one(table([row for row in ROWS if not row[4]]))
    assert row["failed"] == 1
    for measure in MEASURES[:-1]:
        assert np.isnan(row[measure])
        assert np.isnan(row[f"{measure}_mcse"])


def test_where_nothing_happened_a_claim_is_false_and_none_can_be_right():
    rows = table().assign(truth=0.0)
    row = one(rows)
    assert row["claim_rate"] == pytest.approx(3 / USABLE)
    for measure in ("correct_claim_rate", "calibrated_power", "type_s", "type_m"):
        assert np.isnan(row[measure])
    assert row["size"] == row["claim_rate"]
    # Intervals 2, 5 and 8 of the table hold 0.
    assert row["coverage"] == pytest.approx(3 / USABLE)
    assert row["bias"] == pytest.approx((-3 - 2 - 6 + 2 + 1 - 1) / USABLE)


def test_over_a_design_prior_replicates_without_an_effect_cannot_be_claimed_rightly():
    truths = [-2.0, 0.0, 1.0, -2.0, -2.0, -2.0, -2.0, -2.0]
    row = one(table().assign(truth=truths))
    # Acted: all usable but the second. Claims: 1 right, 3 wrong in sign, 4 wrong in sign.
    assert row["correct_claim_rate"] == pytest.approx(1 / 5)
    assert row["type_s"] == pytest.approx(2 / 3)
    assert row["type_m"] == pytest.approx((3.0 + 6.0 + 2.0) / (2.0 + 1.0 + 2.0))


def test_an_interval_that_touches_zero_does_not_exclude_it():
    rows = pd.DataFrame({"lower": [0.0, -1.0, 1e-9], "upper": [1.0, 0.0, 1.0]})
    assert list(interval_excludes_zero(rows)) == [False, False, True]


def test_groups_are_kept_apart_and_in_their_order():
    second = table([ROWS[0]], method="did_linear")
    measures = performance(pd.concat([table(), second], ignore_index=True))
    assert list(measures["method"]) == ["national/constant", "did_linear"]
    assert measures["replicates"].tolist() == [8, 1]
    assert measures["claim_rate"].tolist() == pytest.approx([0.5, 1.0])
    # One replicate has a mean, but no Monte Carlo error.
    assert measures["bias"].tolist()[1] == pytest.approx(-1.0)
    assert np.isnan(measures["bias_mcse"].tolist()[1])


def test_nothing_has_neither_share_nor_mean():
    empty = pd.Series([], dtype=float)
    assert np.isnan(proportion(empty.astype(bool))).all()
    assert np.isnan(average(empty)).all()


def test_a_score_is_of_the_posterior_or_of_the_estimate():
    rows = pd.DataFrame(
        {
            "prob_below_0": [0.975, 0.025, 0.5, np.nan, np.nan, 1.0, np.nan],
            "mean": [-9.0, 9.0, 9.0, -3.0, 3.0, -9.0, np.nan],
            "sd": [1.0, 1.0, 1.0, 1.5, 1.5, 1.0, np.nan],
        }
    )
    # No draw above 0 is not infinitely far from it.
    exact = [1.959964, 1.959964, 0.0, 2.0, 2.0, 7.94, np.nan]
    np.testing.assert_allclose(score(rows), exact, atol=0.01)


def test_the_calibrated_rule_by_hand():
    # Scores 1 to 100 without an effect: between 95 and 96 lies the 95th percentile.
    nulls = pd.Series(np.arange(1.0, 101.0))
    scores, right = pd.Series([94.0, 96.0, 97.0, 99.0]), pd.Series([True, True, False, True])
    known = calibrated_power(scores, right, nulls)
    assert known["critical_score"][0] == pytest.approx(95.05)
    # Two of four: the third points the wrong way.
    assert known["calibrated_power"][0] == pytest.approx(0.5)


def normal_scores(rng, *, replicates, effect, shared):
    """Return signed scores with and without an effect, from one set of random numbers or two."""
    noise = rng.standard_normal(replicates)
    other = noise if shared else rng.standard_normal(replicates)
    return pd.Series(noise + effect), pd.Series(other)


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("effect", [1.0, 2.8])
def test_calibrated_power_and_its_error_are_those_of_many_studies(effect, shared):
    rng = np.random.default_rng(6)
    found = []
    for _ in range(600):
        # A rule that is off by any factor is calibrated all the same.
        with_effect, without = normal_scores(rng, replicates=400, effect=effect, shared=shared)
        known = calibrated_power(3 * with_effect.abs(), with_effect > 0, 3 * without.abs())
        found.append((*known["calibrated_power"], *known["critical_score"]))
    power, error, critical, critical_error = np.array(found).T
    exact = stats.norm.sf(1.959964 - effect)
    # Four Monte Carlo SEs of 600 studies; and the percentile of 400 is low by a few thousandths.
    assert power.mean() == pytest.approx(exact, abs=4 * power.std() / np.sqrt(600) + 0.005)
    assert critical.mean() == pytest.approx(3 * 1.959964, rel=0.01)
    # An SD of 600 is known within 4 x 3%; the slope's own noise and its step cost some more.
    assert np.sqrt((error**2).mean()) == pytest.approx(power.std(), rel=0.17)
    assert np.sqrt((critical_error**2).mean()) == pytest.approx(critical.std(), rel=0.17)


def test_size_and_calibrated_power_are_of_the_trial_without_an_effect():
    rng = np.random.default_rng(2)
    with_effect, without = normal_scores(rng, replicates=400, effect=2.0, shared=True)
    # Errors that are half of what they should be.
    null, effect = (
        pd.DataFrame(
            {
                "mean": -values,
                "lower": -values - 0.98,
                "upper": -values + 0.98,
                "truth": truth,
                "usable": True,
                "prob_below_0": np.nan,
            }
        ).assign(
            replicate=range(400), sd=0.5, engine="laplace", reason="", **{**LABELS, "trial": trial}
        )
        for values, truth, trial in ((without, 0.0, "null"), (with_effect, -2.0, "effect"))
    )
    rows = pd.concat([effect, null])
    measures = performance(rows, nulls={"effect": "null"}).set_index("trial")
    size = (without.abs() > 0.98).mean()
    assert measures["size"].to_dict() == pytest.approx({"effect": size, "null": size})
    assert size > 0.25
    claimed = measures.loc["effect", "correct_claim_rate"]
    assert claimed == pytest.approx((with_effect > 0.98).mean())
    critical = np.quantile(2 * without.abs(), 0.95)
    assert measures.loc["effect", "calibrated_power"] == pytest.approx(
        (2 * with_effect > critical).mean()
    )
    assert measures.loc["effect", "calibrated_power"] < claimed
    # Without a null trial, or with too few replicates of it, there is neither.
    assert np.isnan(performance(effect)[["size", "calibrated_power"]]).all(axis=None)
    few = performance(pd.concat([effect, null.head(19)]), nulls={"effect": "null"})
    assert np.isnan(few.loc[0, "calibrated_power"])
    # On the side of a rise there are no right claims of a fall.
    assert performance(rows, side=1).loc[0, "correct_claim_rate"] < 0.01


def test_fits_that_were_not_sampled_count_as_failed_and_sampled_ones_are_counted():
    again = [
        table([row], engine=engine) for row, engine in zip(ROWS[:2], (SAMPLED, DRAWN), strict=True)
    ]
    beyond = table([ROWS[6]] * 2, engine="none")
    rows = pd.concat([table(), *again, beyond.assign(reason="no more are sampled")])
    row = one(rows.assign(replicate=range(len(rows))))
    assert (row["drawn"], row["sampled"]) == (1, 1)
    # Two of the first eight, and both that nobody fitted.
    assert row["failed"] == pytest.approx(4 / 12)
    # The method itself can be used.
    assert row["reason"] == ""
    assert row["claim_rate"] == pytest.approx((USABLE * one(table())["claim_rate"] + 1) / 8)


def test_a_method_that_cannot_be_used_has_a_reason_and_no_failures():
    rows = table([ROWS[6]] * 3, reason="needs 19 controls")
    row = one(rows)
    assert row["reason"] == "needs 19 controls"
    assert np.isnan(row["failed"])
    assert np.isnan(row["claim_rate"])


@pytest.mark.parametrize(
    ("successes", "count"), [(0, 40), (20, 20), (1, 20), (157, 200), (999, 1000)]
)
def test_a_shares_interval_is_wilsons(successes, count):
    expected = stats.binomtest(successes, count).proportion_ci(method="wilson")
    found = share_interval(*proportion(np.arange(count) < successes))
    assert found == pytest.approx(tuple(expected), abs=1e-9)


def test_a_share_without_evaluations_has_no_interval():
    assert np.isnan(share_interval(np.nan, np.nan)).all()
    assert share_interval(1.0, 0.0) == (1.0, 1.0)
    # A tiny error of a share by closed form; one that is larger than any count gives.
    assert share_interval(0.9999, 1e-7) == pytest.approx((0.9998998, 0.9999002), abs=1e-8)
    lower, upper = share_interval(0.5, 0.6)
    assert 0 <= lower < 0.5 < upper <= 1
