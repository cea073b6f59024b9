"""Doses of the practice by borough and year, as the synthetic boroughs get them."""

import numpy as np
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.simulate.draw import doses, synthesise
from mp_bayes.simulate.scenario import from_study


def test_a_half_life_of_0_is_immediate_embedding():
    base = {"post_years": 4, "effect": -4.0, "window": 1.0}
    at_once = rereferral(half_life=0.0, **base)
    # A follow-up that begins before the onset looks at half of it in the last pre-year.
    expected = np.array([[0, 0, 0.5, 1, 1, 1, 1], [0] * 7])
    assert doses(at_once, 0.0) == pytest.approx(expected, abs=1e-9)
    named = rereferral(curve="immediate", **base)
    assert doses(named, 0.0) == pytest.approx(expected, abs=1e-9)
    one, other = (synthesise(it, seed=9, replicates=range(3)) for it in (at_once, named))
    np.testing.assert_array_equal(one.events, other.events)


def test_an_immediate_curve_does_not_look_at_the_half_life():
    scenario = rereferral(curve="immediate", half_life=1.0)
    np.testing.assert_array_equal(doses(scenario, 1.0), doses(scenario, 0.0))


def test_an_exponential_dose_by_hand():
    # A count looks at its own year: 1 - 2^-e averaged over it.
    scenario = from_study(STUDY, "cla_placement_moves", half_life=1.0, pre_years=2, post_years=3)
    expected = [1 - (2.0**-e - 2.0 ** -(e + 1)) / np.log(2) for e in range(3)]
    assert doses(scenario, 1.0)[0] == pytest.approx([0, 0, *expected], abs=1e-5)


def test_a_binary_outcome_may_lie_in_its_own_year():
    scenario = rereferral(window=0.0, half_life=0.0)
    np.testing.assert_array_equal(doses(scenario, 0.0)[0], [0, 0, 0, 1, 1, 1])
    assert not scenario.synthetic.partly_exposed


def test_contamination_is_a_share_of_the_first_onsets_dose():
    scenario = rereferral(
        treated_boroughs=2,
        comparison_boroughs=2,
        stagger=1.0,
        half_life=2.0,
        contamination=0.25,
        effect=-3.0,
    )
    amount = doses(scenario, 2.0)
    assert amount[2:] == pytest.approx(0.25 * np.stack([amount[0]] * 2))
    # The second treated borough is a year behind.
    assert amount[1, 1:] == pytest.approx(amount[0, :-1])
    drawn = synthesise(scenario, seed=9, replicates=[0])
    assert drawn.effect[..., 0] == pytest.approx(amount * drawn.full_effect[0])
