"""The truth of synthetic boroughs, by hand, and that every analysis takes them in."""

from dataclasses import replace

import numpy as np
import pytest
from scenarios import rereferral
from scipy.special import expit, logit
from studied import STUDY

from mp_bayes.frequentist import difference_in_differences
from mp_bayes.models import cells_model
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.simulate.boroughs import Replicates
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import Scenario, from_study

ARRAYS = ("events", "total", "eta", "effect")


def draw(scenario: Scenario, count=1, **how) -> Replicates:
    return synthesise(scenario, seed=9, replicates=range(count), **how)


def by_hand() -> Replicates:
    """Return one replicate of two treated boroughs with staggered onsets, set by hand."""
    scenario = rereferral(
        treated_boroughs=2, pre_years=1, post_years=2, stagger=1.0, effect=-1.0, contamination=0.5
    )
    total = np.array([[100, 100, 200], [100, 100, 400], [100, 100, 100]])[..., None]
    p = np.array([[0.2, 0.25, 0.3], [0.2, 0.2, 0.25], [0.2, 0.2, 0.2]])
    effect = np.array([[0.0, -0.1, -0.2], [0.0, -0.05, -0.3], [0.0, -0.05, -0.1]])
    return replace(
        draw(scenario),
        events=total // 5,
        total=total,
        eta=logit(p)[..., None],
        effect=effect[..., None],
        full_effect=np.array([-0.4]),
    )


def test_the_truth_by_hand():
    truth = by_hand().truth().set_index(["estimand", "year", "scale"])["truth"]
    # Post: borough 1 in 2020 and 2021, borough 2 in 2021 alone. Weights 100, 200, 400; the
    # comparison borough's own effect, and what borough 2 has before its onset, are no part of it.
    w, d = np.array([100, 200, 400]), np.array([-0.1, -0.2, -0.3])
    p = np.array([0.25, 0.3, 0.25])
    without = expit(logit(p) - d)
    change = 100 * (p - without)
    full = 100 * (expit(logit(without) - 0.4) - without)
    exact = {
        ("average_effect", "2020-22", "log_odds"): w @ d / 700,
        ("average_effect", "2020-22", "odds_ratio"): np.exp(w @ d / 700),
        ("average_effect", "2020-22", "percentage_points"): w @ change / 700,
        ("outcomes_averted", "2020-22", "count"): -(w @ change) / 100,
        ("fully_embedded_effect", "", "log_odds"): -0.4,
        ("fully_embedded_effect", "", "odds_ratio"): np.exp(-0.4),
        ("fully_embedded_effect", "", "percentage_points"): w @ full / 700,
        ("yearly_effect", "2020-21", "log_odds"): -0.1,
        ("yearly_effect", "2020-21", "percentage_points"): change[0],
        ("yearly_effect", "2021-22", "log_odds"): w[1:] @ d[1:] / 600,
        ("yearly_effect", "2021-22", "odds_ratio"): np.exp(w[1:] @ d[1:] / 600),
        ("yearly_effect", "2021-22", "percentage_points"): w[1:] @ change[1:] / 600,
    }
    for label, value in exact.items():
        assert truth.loc[label] == pytest.approx(value, abs=1e-12), label
    assert len(truth) == len(exact) + 1


def test_a_true_effect_of_nothing_is_exactly_nothing():
    truth = draw(rereferral(effect=0.0, half_life=1.0), 3).truth()
    ratio = truth["scale"].eq("odds_ratio")
    assert (truth.loc[ratio, "truth"] == 1).all()
    assert (truth.loc[~ratio, "truth"] == 0).all()


def test_child_years_that_the_priors_drew_count_in_what_was_averted():
    scenario = from_study(STUDY, "cla_placement_moves", exposure=0.8)
    chosen = load_priors(STUDY).select(scenario.synthetic, shock="none") | {
        "exposure": Fixed(value=0.5)
    }
    drawn = draw(scenario, priors=chosen)
    truth = drawn.truth().set_index(["estimand", "scale"])["truth"]
    change = truth.loc["average_effect", "per_100_child_years"]
    child_years = 0.5 * drawn.total[0, 3:, 0].sum()
    assert truth.loc["outcomes_averted", "count"] == pytest.approx(-child_years * change / 100)


@pytest.mark.parametrize("name", ["cin_escalation_12m", "cla_placement_moves"])
def test_a_data_set_is_evidence_like_any_other(name):
    scenario = from_study(STUDY, name, treated_boroughs=2, comparison_boroughs=3, stagger=0.5)
    drawn = draw(scenario, 2)
    data = drawn.dataset(1)
    outcome = drawn.outcome
    assert outcome == scenario.synthetic
    assert data.attrs["outcome"] == outcome.name
    assert data["borough"].to_numpy().tolist() == list(outcome.setting.boroughs)
    assert data["year"].to_numpy().tolist() == list(outcome.setting.years)
    np.testing.assert_array_equal(data["events"], drawn.events[..., 1])
    np.testing.assert_array_equal(data["total"], drawn.total[..., 1])
    table = difference_in_differences(outcome, data, scale=1.1)
    assert not table.isna().any(axis=None)
    chosen = baseline_priors(load_priors(STUDY).select(outcome, shock="national"), scenario)
    model = cells_model(outcome, data, chosen, effect="embedding")
    np.testing.assert_array_equal(model["events"].get_value(), drawn.events[..., 1])
    assert list(model.coords["borough"]) == list(outcome.setting.boroughs)
