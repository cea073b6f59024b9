"""Performance measures against hand arithmetic on a table of ten rows."""

import numpy as np
import pandas as pd
import pytest

from mp_bayes.simulate.performance import (
    GROUP,
    MEASURES,
    average,
    interval_excludes_zero,
    performance,
    probable_reduction,
    proportion,
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
    return pd.DataFrame(rows, columns=columns).assign(**{**LABELS, **labels})


def one(rows: pd.DataFrame, **how) -> pd.Series:
    measures = performance(rows, **how)
    assert len(measures) == 1
    return measures.iloc[0]


def test_columns_are_the_group_and_each_measure_with_its_error():
    measures = performance(table())
    expected = [name for measure in MEASURES for name in (measure, f"{measure}_mcse")]
    assert list(measures) == [*GROUP, "replicates", *expected]
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
    for measure in ("correct_claim_rate", "type_s", "type_m"):
        assert np.isnan(row[measure])
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


@pytest.mark.parametrize(("threshold", "claims"), [(0.975, 2), (0.93, 3), (0.2, 5), (0.99, 1)])
def test_a_probable_reduction_is_claimed_above_its_threshold(threshold, claims):
    row = one(table(), rule=probable_reduction(threshold))
    assert row["claim_rate"] == pytest.approx(claims / USABLE)


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
