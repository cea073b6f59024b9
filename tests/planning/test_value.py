"""Early looks and other worlds: what they count, and how sure they are."""

import numpy as np
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.planning.value import SHOCK_PRIOR, _share, curve, interim_looks, sensitivity
from mp_bayes.planning.worth import assured, worth
from mp_bayes.priors import load_priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.performance import proportion
from mp_bayes.simulate.scenario import changed

PRIORS = load_priors(STUDY)
OWN = Method("national", "embedding")
SCENARIO = rereferral(
    treated_boroughs=8, comparison_boroughs=12, effect=-8.0, half_life=1.0, post_years=4
)


def test_one_look_is_what_the_closed_form_says():
    table = interim_looks(SCENARIO, OWN, PRIORS)
    said = worth(SCENARIO, OWN, PRIORS)
    last = table.iloc[-1]
    # Four of its own errors, and two of the closed form's draws.
    assert abs(last["false_claims_once"] - said.size) < 4 * last["false_claims_once_error"] + 0.005
    first = table.iloc[0]
    after_one = worth(changed(SCENARIO, post_years=1), OWN, PRIORS)
    tolerance = 4 * first["answered_error"] + 2 * after_one.assurance_error
    assert abs(first["answered"] - after_one.assurance) < tolerance


def test_looking_often_finds_more_and_claims_more():
    table = interim_looks(SCENARIO, OWN, PRIORS)
    for name in ("answered", "misled", "false_claims"):
        assert (np.diff(table[name]) >= 0).all()
    assert (table["false_claims"] >= table["false_claims_once"]).all()
    # Whose first claim was right was not misled.
    assert (table["answered"] + table["misled"] <= 1).all()


def test_other_worlds_are_worth_more_or_less():
    whole = sensitivity(SCENARIO, OWN, PRIORS)
    heavy = whole.set_index("field").loc["shock_df"]
    # Of 2,000 draws.
    assert heavy["size_error"] == pytest.approx(proportion(np.arange(2000) < 100)[1], rel=0.3)
    table = whole.set_index(["field", "value"])["assurance"]
    as_planned = table.iloc[0]
    shocks = table.xs("sd_shock", level="field")
    assert shocks.iloc[0] > as_planned > shocks.iloc[1]
    assert table.xs("half_life", level="field").loc[0.0] > as_planned
    assert table.xs("contamination", level="field").iloc[0] < as_planned


def test_a_curve_has_a_row_a_year():
    table = curve(SCENARIO, OWN, PRIORS, target=0.8)
    assert table["post_years"].tolist() == [1, 2, 3, 4]
    assert (np.diff(table["assurance"]) > 0).all()


def test_the_row_of_the_shock_prior_averages_over_it():
    method, base = OWN, SCENARIO
    table = sensitivity(base, method, PRIORS).set_index("field")
    low, high = sorted(table.loc["sd_shock", "assurance"])
    averaged = table.loc[SHOCK_PRIOR, "assurance"]
    assert low < averaged < high
    # By many draws of the prior, each with its own world.
    rng = np.random.default_rng(3)
    national = PRIORS.select(base.outcome, shock="national")
    drawn = [
        assured(
            changed(
                base,
                sd_shock=float(national["sd_shock"].quantile(rng.standard_normal(1))[0]),
                rho=float(national["rho"].quantile(rng.standard_normal(1))[0]),
            ),
            method,
            PRIORS,
        )[0]
        for _ in range(60)
    ]
    assert averaged == pytest.approx(np.mean(drawn), abs=3 * np.std(drawn) / 60**0.5)


def test_a_share_of_none_is_not_known_without_error():
    share, error = _share(np.zeros(2000, bool))
    # As many draws' error as `proportion` would give.
    assert (share, error) == (0.0, pytest.approx(proportion(np.zeros(2000))[1], rel=0.01))
