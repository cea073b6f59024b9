"""Designs: what is refused, and which trials tell their evaluations apart."""

import numpy as np
import pandas as pd
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.planning.design import (
    FACTORS,
    Design,
    checking_trials,
    compared,
    contrasted,
    contrasting_trials,
    label,
    main_trials,
    nulls,
    side_labels,
    side_trials,
    smallest,
)
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import FLAT, MOST_SAMPLED
from mp_bayes.simulate.runner import work
from mp_bayes.simulate.scenario import from_study

GOOD = {
    "base": rereferral(effect=-3.0, effect_sd=1.0, post_years=6),
    "comparison_boroughs": (1, 5),
    "half_lives": (0.0, 2.0),
    "shock": "national",
    "target": 0.8,
    "replicates": 100,
}


def design(**changes) -> Design:
    return Design(**{**GOOD, **changes})


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"base": rereferral(effect=0.0)}, "^effect: "),
        ({"base": rereferral(effect=1.0, effect_scale="ratio")}, "^effect: "),
        ({"target": 0.0}, "^target: "),
        ({"target": 1.0}, "^target: "),
        ({"target": 80.0}, "^target: "),
        ({"target": float("nan")}, "^target: "),
        ({"replicates": 19}, "^replicates: "),
        ({"comparison_boroughs": ()}, "at least one"),
        ({"half_lives": ()}, "at least one"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(changes, match):
    with pytest.raises(InputError, match=match) as error:
        design(**changes)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"comparison_boroughs": (1, 0)}, "comparison_boroughs"),
        ({"half_lives": (-1.0,)}, "half_life"),
        ({"shock": "strong"}, "unknown shock prior 'strong'"),
        ({"analysis_prior_sd": 0.0}, "analysis prior"),
        ({"analysis_prior_sd": -1.0}, "analysis prior"),
    ],
)
def test_impossible_numbers_and_names_are_refused_before_anything_runs(changes, match):
    with pytest.raises(InputError, match=match):
        design(**changes)


@pytest.mark.parametrize(
    ("effect", "scale", "reduces"),
    [(-3.0, "response", True), (2.0, "response", False), (0.8, "ratio", True)],
)
def test_the_direction_is_that_of_the_effect(effect, scale, reduces):
    base = rereferral(effect=effect, effect_scale=scale)
    assert design(base=base).reduces is reduces


def test_the_reports_own_regression_is_that_of_the_outcome():
    assert design().did.name == "did_linear"
    assert design(base=from_study(STUDY, "cla_placement_moves", effect=-5.0)).did.name == "did_log"


def test_main_trials_are_every_combination_and_one_null_for_each_number_of_boroughs():
    trials = {trial.name: trial for trial in main_trials(design())}
    names = {label(b, h) for b in (1, 5) for h in (0.0, 2.0, None)}
    assert set(trials) == names
    trials |= {trial.name: trial for trial in contrasting_trials(design())}
    assert set(trials) == names | {contrasted(name) for name in names}
    one = trials[label(5, 2.0)]
    assert one.scenario.comparison_boroughs == 5
    assert one.scenario.half_life == 2.0
    assert one.scenario.effect == -3.0
    assert one.post_years == (1, 2, 3, 4, 5, 6)
    assert [method.name for method in one.methods] == ["national/embedding"]
    null = trials[label(1, None)]
    assert (null.scenario.effect, null.scenario.effect_sd) == (0.0, 0.0)
    assert design().milestones == (1, 3, 5, 6)
    # Other analyses meet the same data at the end; and false claims are known wherever power is.
    other = trials[contrasted(label(5, 2.0))]
    assert (other.scenario, other.post_years) == (one.scenario, (6,))
    assert [method.name for method in other.methods] == ["national/embedding/flat", "shock_aware"]
    for name, without in nulls(design()).items():
        if name in trials:
            assert trials[without].post_years == trials[name].post_years
            assert trials[without].methods == trials[name].methods
            assert trials[without].scenario.effect == 0.0


def test_the_analysis_prior_is_not_the_design_prior():
    plain, flat, own = (design(analysis_prior_sd=sd) for sd in (None, FLAT, 0.7))
    assert plain.method.name == "national/embedding"
    assert plain.contrast.name == flat.method.name == own.contrast.name == "national/embedding/flat"
    assert flat.contrast == plain.method
    assert own.method.name == "national/embedding/sd 0.7"
    assert {
        trial.scenario.effect_sd for trial in main_trials(own) if "no effect" not in trial.name
    } == {GOOD["base"].effect_sd}


def test_nothing_happened_is_a_ratio_of_one():
    ratio = design(base=rereferral(effect=0.8, effect_scale="ratio", effect_sd=0.1))
    null = ratio.without_effect(5)
    assert null.effect == 1.0
    assert not synthesise(null, seed=1, replicates=range(3)).effect.any()


def test_side_trials_vary_one_thing_each():
    by_shock, by_lag = side_labels(design())
    trials = {trial.name: trial for trial in side_trials(design())}
    assert set(trials) == {*by_shock, *by_lag}
    # The scenario's own SD and the design's own half-lives are among them.
    assert GOOD["base"].sd_shock in by_shock.values()
    assert set(GOOD["half_lives"]) <= set(by_lag.values())
    for name, sd in by_shock.items():
        assert trials[name].scenario.sd_shock == sd
        assert trials[name].scenario.effect == 0.0
        assert "did_linear" in [method.name for method in trials[name].methods]
    for name, lag in by_lag.items():
        assert trials[name].scenario.half_life == lag
        assert [method.effect for method in trials[name].methods] == ["constant", "embedding"]
    assert {trial.scenario.comparison_boroughs for trial in trials.values()} == {1}


def test_checking_trials_compare_methods_where_the_answer_is():
    needed = pd.DataFrame(
        {"comparison_boroughs": [1, 1, 5, 5], "years_needed": [3.0, 4.0, 2.0, np.nan]}
    )
    guesses = {(1, 0.0): -0.5, (1, 2.0): -0.7, (5, 0.0): -0.3, (5, 2.0): -0.9}
    trials = {trial.name: trial for trial in checking_trials(design(), needed, guesses)}
    assert trials[compared(1)].post_years == (4,)
    # Where no year is enough, the last is looked at.
    assert trials[compared(5)].post_years == (6,)
    methods = [method.name for method in trials[compared(1)].methods]
    assert methods[0] == "did_linear"
    others = {"shock_aware", "none/constant", "within-study/constant", "national/embedding"}
    assert others == set(methods[1:])
    for factor in FACTORS:
        checked = trials[smallest(1, 2.0, factor)].scenario
        assert checked.log_effect(checked.effect) == pytest.approx(-0.7 * factor)
        assert checked.effect_sd == 0.0


def test_only_the_answer_waits_for_a_sampler():
    own = design()
    assert {trial.most_sampled for trial in main_trials(own)} == {MOST_SAMPLED}
    beside = [*contrasting_trials(own), *side_trials(own), *checking_trials(own)]
    assert {trial.most_sampled for trial in beside} == {None}


def test_what_is_checked_costs_the_same_before_it_is_known():
    needed = pd.DataFrame({"comparison_boroughs": [1, 5], "years_needed": [np.nan, np.nan]})
    guesses = dict.fromkeys(design().combinations, -0.5)
    assert work(checking_trials(design())) == work(checking_trials(design(), needed, guesses)) > 0


def test_staggered_onsets_can_be_planned():
    base = rereferral(effect=-3.0, treated_boroughs=2, stagger=1.0, post_years=4)
    for trial in main_trials(design(base=base)):
        drawn = synthesise(trial.scenario, seed=1, replicates=[0])
        for after in trial.post_years:
            assert drawn.first(after).scenario.post_years == after
