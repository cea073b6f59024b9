"""Differences in differences of many data sets at once, and of groups that have none."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from mp_bayes.errors import InputError
from mp_bayes.frequentist import MODELS, did

SCALE = 1.37


YEARS = np.array(["a", "b", "c", "d", "e"])


GROUPS: dict[str, Any] = {
    "treated": np.array([False, True, False, True]),
    "before": np.isin(YEARS, ["a", "c"]),
    "after": np.isin(YEARS, ["d", "e"]),
}


MODEL = pytest.mark.parametrize("model", MODELS)


def simulated(*batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return events and total, dims (borough, year, ...batch)."""
    rng = np.random.default_rng(20)
    total = rng.integers(100, 500, (4, 5, *batch))
    return rng.binomial(total, rng.uniform(0.1, 0.6, total.shape)), total


@MODEL
def test_a_batch_is_its_data_sets_one_by_one(model: str) -> None:
    events, total = simulated(3, 2)
    scale = np.random.default_rng(21).uniform(1.0, 2.0, (3, 2))
    estimate, se = did(events, total, **GROUPS, model=model, scale=scale)
    assert estimate.shape == se.shape == (3, 2)
    for i, j in np.ndindex(3, 2):
        one = did(
            events[..., i, j], total[..., i, j], **GROUPS, model=model, scale=float(scale[i, j])
        )
        assert one[0].shape == one[1].shape == ()
        np.testing.assert_allclose(one, (estimate[i, j], se[i, j]), rtol=1e-13)


@MODEL
def test_batch_dims_broadcast(model: str) -> None:
    events, total = simulated(6)
    total = total.max(axis=2)
    whole = np.repeat(total[..., None], 6, axis=2)
    expected = did(events, whole, **GROUPS, model=model, scale=SCALE)
    np.testing.assert_array_equal(did(events, total, **GROUPS, model=model, scale=SCALE), expected)
    np.testing.assert_array_equal(
        did(events, total[..., None], **GROUPS, model=model, scale=SCALE), expected
    )
    # One data set, several design effects.
    estimate, se = did(events[..., 0], total, **GROUPS, model=model, scale=np.array([1.0, 4.0]))
    np.testing.assert_allclose(estimate, np.repeat(expected[0][0], 2), rtol=1e-13)
    np.testing.assert_allclose(se, expected[1][0] * np.sqrt([1 / SCALE, 4 / SCALE]), rtol=1e-13)


@MODEL
def test_years_in_neither_group_are_left_out_whatever_they_hold(model: str) -> None:
    events, total = (counts.astype(float) for counts in simulated())
    expected = did(events, total, **GROUPS, model=model, scale=SCALE)
    events[:, 1], total[:, 1] = np.nan, 0.0
    np.testing.assert_array_equal(did(events, total, **GROUPS, model=model, scale=SCALE), expected)


@MODEL
@pytest.mark.parametrize("share", [0, 1], ids=["none", "all"])
def test_a_group_with_none_or_all_of_its_events_has_no_contrast_on_a_log_scale(
    model: str, share: int
) -> None:
    # Warnings are errors in the tests. The last of the batch is as it was.
    events, total = simulated(5)
    untouched = did(events, total, **GROUPS, model=model, scale=SCALE)
    cases = product((True, False), ("before", "after"))
    for i, (treated, when) in enumerate(cases):
        group = np.ix_(GROUPS["treated"] == treated, GROUPS[when], [i])
        events[group] = share * total[group]
    estimate, se = did(events, total, **GROUPS, model=model, scale=SCALE)
    numbers = model == "linear" or (model == "quasi_poisson" and share == 1)
    assert list(np.isfinite(estimate)) == list(np.isfinite(se)) == [numbers] * 4 + [True]
    assert not (np.isinf(estimate) | np.isinf(se)).any()
    assert (estimate[4], se[4]) == pytest.approx((untouched[0][4], untouched[1][4]), rel=1e-13)


@MODEL
@pytest.mark.parametrize("left", [0, 3], ids=["no_events", "events"])
def test_a_group_without_referrals_has_no_contrast(model: str, left: int) -> None:
    events, total = simulated()
    group = np.ix_(GROUPS["treated"], GROUPS["after"])
    events[group], total[group] = left, 0
    assert np.isnan(did(events, total, **GROUPS, model=model, scale=SCALE)).all()


@MODEL
def test_no_year_before_gives_no_contrast(model: str) -> None:
    groups = GROUPS | {"before": np.zeros(5, dtype=bool)}
    assert np.isnan(did(*simulated(2), **groups, model=model, scale=SCALE)).all()


def test_an_unknown_model_is_refused_in_one_line_that_names_the_choices() -> None:
    with pytest.raises(InputError, match=r"'probit': choose one of linear, logit, quasi_poisson$"):
        did(*simulated(), **GROUPS, model="probit", scale=SCALE)
