"""Check embedding curves and doses against closed forms, simulation and finite differences."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from studied import CIN, CLA

from mp_bayes.embedding import (
    CURVES,
    dose,
    exponential,
    exposure_nodes,
    immediate,
    linear,
    logistic,
    training,
    training_cohorts,
)

HALF_LIVES = (0.1, 0.25, 1.0, 4.0)
STARTS = np.arange(-4.0, 5.0) + 0.0
# Quick to compile, and no Elemwise fusion: its Python form stops at 32 operands.
PLAIN = Mode(linker="py", optimizer=None)
MATURING = ("exponential", "linear", "logistic", "training")


def twice_integrated_exponential(x: Any, half_life: float) -> Any:
    """Integrate 1 - 2^(-e / half_life) twice from 0 to x; 0 for x below 0."""
    x, scale = np.maximum(x, 0.0), half_life / np.log(2)
    return x**2 / 2 - scale * x + scale**2 * (1 - 2 ** (-x / half_life))


def once_integrated_exponential(x: Any, half_life: float) -> Any:
    x, scale = np.maximum(x, 0.0), half_life / np.log(2)
    return x - scale * (1 - 2 ** (-x / half_life))


def once_integrated_ramp(x: Any, length: float) -> Any:
    x = np.maximum(x, 0.0)
    return np.where(x < length, x**2 / (2 * length), x - length / 2)


def twice_integrated_ramp(x: Any, length: float) -> Any:
    x = np.maximum(x, 0.0)
    beyond = length**2 / 6 + length / 2 * (x - length) + (x - length) ** 2 / 2
    return np.where(x < length, x**3 / (6 * length), beyond)


def closed_dose(once: Callable[[Any], Any], twice: Callable[[Any], Any], window: float) -> Any:
    """Average a curve over each bin of STARTS from its first and second integral."""
    if window == 0:
        return once(STARTS + 1) - once(STARTS)
    return (
        twice(STARTS + 1 + window) - twice(STARTS + window) - twice(STARTS + 1) + twice(STARTS)
    ) / window


@pytest.mark.parametrize("window", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("half_life", HALF_LIVES)
@pytest.mark.parametrize("delay", [0.0, 0.4])
def test_exponential_dose_is_its_closed_form(window: float, half_life: float, delay: float) -> None:
    found = dose(
        partial(exponential, half_life=half_life, delay=delay),
        STARTS,
        onset=0.0,
        window=window,
        breaks=(delay,),
    )
    expected = closed_dose(
        lambda x: once_integrated_exponential(x - delay, half_life),
        lambda x: twice_integrated_exponential(x - delay, half_life),
        window,
    )
    # Four nodes a piece: 2.2e-4 at a half-life of 0.1, below which the prior puts 0.3%; from 0.25
    # on, where 95% of the prior is, at most 2e-6.
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=3e-4 if half_life < 0.25 else 3e-6 if half_life < 1 else 1e-9
    )


@pytest.mark.parametrize("window", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("half_life", [0.3, 1.0, 2.2])
def test_linear_dose_is_its_closed_form(window: float, half_life: float) -> None:
    found = dose(
        partial(linear, half_life=half_life),
        STARTS,
        onset=0.0,
        window=window,
        breaks=(0.0, 2 * half_life),
    )
    expected = closed_dose(
        lambda x: once_integrated_ramp(x, 2 * half_life),
        lambda x: twice_integrated_ramp(x, 2 * half_life),
        window,
    )
    # Piecewise quadratic, so the quadrature is exact; nodes' places are rounded to 1e-12.
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    ("study", "window", "expected"),
    [
        (CIN, 1.0, [0, 0, 0.5, 1, 1, 1]),
        (CIN, 2.0, [0, 0.25, 0.75, 1, 1, 1]),
        (CLA, 0.0, [0, 0, 1, 1]),
    ],
    ids=["12 months", "24 months", "counts"],
)
def test_immediate_embedding_doses_the_years_whose_windows_reach_past_the_onset(
    study: Any, window: float, expected: list[float]
) -> None:
    found = dose(immediate, study.bin_starts, onset=study.onset, window=window)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_an_onset_within_a_bin_doses_what_is_left_of_the_bin() -> None:
    # From January 2016, seven of the twelve months of August 2015 to July 2016.
    found = dose(immediate, CLA.bin_starts, onset=2016.0, window=0.0)
    np.testing.assert_allclose(found, [7 / 12, 1, 1, 1], rtol=0, atol=1e-10)


@pytest.mark.parametrize("window", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("name", CURVES)
def test_dose_is_the_average_over_simulated_referrals(name: str, window: float) -> None:
    settings = {} if name == "immediate" else {"half_life": 0.8}
    curve = partial(CURVES[name], **settings)
    rng = np.random.default_rng(20150301)
    size = 20_000
    starts = np.array([-1.5, -0.5, 0.0, 1.0, 2.0])
    found = dose(curve, starts, onset=0.0, window=window, breaks=(0.0, 1.6))
    for start, expected in zip(starts, found, strict=True):
        moment = start + rng.uniform(size=size) + window * rng.uniform(size=size)
        g = curve(moment)
        # Five Monte Carlo standard errors; 1e-3 for the training curve, whose quarterly kinks
        # are not at the ends of quadrature pieces.
        assert expected == pytest.approx(g.mean(), abs=5 * g.std() / np.sqrt(size) + 1e-3)


@pytest.mark.parametrize("window", [0.0, 0.3, 1.0, 1.7, 2.0])
@pytest.mark.parametrize("breaks", [(), (0.0,), (0.0, 0.37)])
def test_weights_of_every_year_sum_to_one(window: float, breaks: tuple[float, ...]) -> None:
    nodes, weights = exposure_nodes(STARTS, onset=0.0, window=window, breaks=breaks)
    assert nodes.shape == weights.shape
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=0, atol=1e-10)
    # The mean time is the middle of the bin plus half the window.
    np.testing.assert_allclose(
        (nodes * weights).sum(axis=1), STARTS + 0.5 + window / 2, rtol=0, atol=1e-10
    )
    used = weights > 0
    late = np.broadcast_to(STARTS[:, None] + 1 + window, nodes.shape)
    assert (nodes[used] <= late[used]).all()
    assert (nodes[used] >= np.broadcast_to(STARTS[:, None], nodes.shape)[used]).all()


@pytest.mark.parametrize("name", CURVES)
def test_curves_begin_at_zero_and_rise_to_at_most_one(name: str) -> None:
    settings = {} if name == "immediate" else {"half_life": 1.0}
    e = np.linspace(-2.0, 10.0, 1201)
    g = np.asarray(CURVES[name](e, **settings), dtype=float)
    assert (g[e < 0] == 0).all()
    # Leavers take mature practice with them and newcomers start anew, so the training curve may
    # ripple a little around its level, within a quarter's turnover (4%).
    assert (np.diff(g) >= (-0.04 if name == "training" else -1e-12)).all()
    assert g.max() <= 1 + 1e-12
    assert g[-1] > 0.7


@pytest.mark.parametrize("name", MATURING)
def test_curves_fall_as_the_half_life_grows(name: str) -> None:
    # To less than 8 years, where the ramp with a half-life of 4 is complete.
    e = np.linspace(0.05, 7.5, 60)
    g = np.array([CURVES[name](e, half_life=h) for h in (0.2, 0.5, 1.0, 2.0, 4.0)])
    assert (np.diff(g, axis=0) <= 1e-12).all()
    assert (g[0] > g[-1]).all()


@pytest.mark.parametrize("name", MATURING)
def test_a_delay_shifts_the_curve(name: str) -> None:
    e = np.linspace(-1.0, 6.0, 50)
    np.testing.assert_allclose(
        CURVES[name](e, half_life=0.7, delay=0.6), CURVES[name](e - 0.6, half_life=0.7), atol=1e-12
    )


@pytest.mark.parametrize("curve", [exponential, linear, logistic])
@pytest.mark.parametrize("half_life", HALF_LIVES)
def test_curves_are_half_way_at_the_half_life(curve: Any, half_life: float) -> None:
    assert curve(half_life, half_life=half_life) == pytest.approx(0.5, abs=1e-12)


def test_logistic_begins_at_exactly_zero_and_is_steepest_near_its_half_life() -> None:
    e = np.linspace(0.0, 3.0, 3001)
    g = logistic(e, half_life=1.0)
    assert g[0] == 0
    # The start that is cut off moves the point of inflection by less than a tenth of a year:
    # log(exp(4) - 2) / 4 = 0.991 years.
    assert e[np.argmax(np.diff(g))] == pytest.approx(np.log(np.e**4 - 2) / 4, abs=2e-3)


@pytest.mark.parametrize("name", MATURING)
def test_dose_gradient_is_that_of_finite_differences(name: str) -> None:
    half_life, delay = pt.dscalars("half_life", "delay")
    # Two bins with the onset inside the first, so that delay moves a kink between nodes.
    nodes, weights = exposure_nodes([-0.5, 0.5], onset=0.0, window=1.0)
    found = (weights * CURVES[name](nodes, half_life=half_life, delay=delay)).sum(axis=1).sum()
    function = pytensor.function(
        [half_life, delay], [found, *pytensor.grad(found, [half_life, delay])], mode=PLAIN
    )
    at, h = np.array([0.83, 0.071]), 1e-5
    _, *gradient = function(*at)
    for i, value in enumerate(gradient):
        step = h * np.eye(2)[i]
        difference = (function(*(at + step))[0] - function(*(at - step))[0]) / (2 * h)
        # Central differences err by h squared times a third derivative of order 10.
        assert float(value) == pytest.approx(float(difference), abs=1e-7)
        assert value < 0


@pytest.mark.parametrize("name", MATURING)
def test_numbers_and_pytensor_give_the_same_curve(name: str) -> None:
    e = np.linspace(-1.0, 5.0, 30)
    symbolic = CURVES[name](pt.as_tensor(e), half_life=pt.constant(0.9), delay=pt.constant(0.2))
    np.testing.assert_allclose(
        symbolic.eval(mode=PLAIN), CURVES[name](e, half_life=0.9, delay=0.2), atol=1e-12
    )


@pytest.mark.parametrize("capacity", [0.02, 0.15, 0.6, 1.0])
@pytest.mark.parametrize("turnover", [0.0, 0.15, 0.8])
@pytest.mark.parametrize("informal_uptake", [0.0, 0.3, 5.0])
def test_training_never_makes_more_practitioners_than_posts(
    capacity: float, turnover: float, informal_uptake: float
) -> None:
    times, entrants = training_cohorts(
        capacity=capacity, turnover=turnover, informal_uptake=informal_uptake
    )
    assert (entrants >= 0).all()
    age = np.subtract.outer(times, times)
    staying = np.where(age >= 0, np.exp(-turnover * np.maximum(age, 0)), 0.0)
    practising = staying @ entrants
    assert practising.max() <= 1 + 1e-12
    # Rounds that can take all who leave in a quarter end with everybody trained, and level off.
    assert (np.diff(practising) >= -1e-12).all()
    if capacity >= 0.6:
        np.testing.assert_allclose(practising[times >= 1], 1.0, rtol=0, atol=1e-12)


def test_training_without_turnover_or_uptake_is_hand_arithmetic() -> None:
    times, entrants = training_cohorts(capacity=0.3, turnover=0.0, informal_uptake=0.0, years=1.5)
    np.testing.assert_allclose(times, [0, 0.25, 0.5, 0.75, 1.0, 1.25])
    np.testing.assert_allclose(entrants, [0.3, 0.3, 0.3, 0.1, 0, 0], atol=1e-12)
    # Two years on with a half-life of one: cohorts that are 2, 1.75, 1.5 and 1.25 years old.
    settings = {"capacity": 0.3, "turnover": 0.0, "informal_uptake": 0.0}
    expected = 0.3 * (3 - 2**-2 - 2**-1.75 - 2**-1.5) + 0.1 * (1 - 2**-1.25)
    assert training(2.0, half_life=1.0, **settings) == pytest.approx(expected, abs=1e-12)


def test_second_training_round_fills_what_leavers_left_by_hand() -> None:
    # All are trained at once; in a quarter a share 1 - exp(-0.25 x 0.4) leave and are replaced.
    _, entrants = training_cohorts(capacity=1.0, turnover=0.4, informal_uptake=0.0, years=0.75)
    leavers = 1 - np.exp(-0.1)
    np.testing.assert_allclose(entrants, [1.0, leavers, leavers], atol=1e-12)


def test_informal_uptake_is_from_those_who_practise() -> None:
    _, entrants = training_cohorts(capacity=0.2, turnover=0.0, informal_uptake=1.0, years=0.5)
    # Nobody to learn from in the first quarter; then the untrained 0.6 learn from 0.2.
    expected = [0.2, 0.2 + 0.6 * (1 - np.exp(-0.25 * 0.2))]
    np.testing.assert_allclose(entrants, expected, atol=1e-12)


def test_training_levels_off_below_one() -> None:
    g = training(np.arange(8.0, 12.0, 0.01), half_life=0.5)
    assert g.max() < 1
    # Each quarter's round replaces the leavers of the quarter, a share 1 - exp(-0.25 x 0.15), and
    # a cohort of age a practises exp(-0.15 a) (1 - 2^(-2 a)): an integral over ages, times four.
    entrants = 1 - np.exp(-0.25 * 0.15)
    level = 4 * entrants * (1 / 0.15 - 1 / (0.15 + np.log(2) / 0.5))
    assert g.mean() == pytest.approx(level, abs=1e-3)
    assert np.ptp(g) < 0.01
