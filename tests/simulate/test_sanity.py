"""The sanity figure of METHODS 8: how often an effect is claimed where there is none."""

import numpy as np
import pandas as pd
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.priors import load_priors
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import Method, answers
from mp_bayes.simulate.performance import performance

REPLICATES = 600
INDEPENDENT = """
[default.shock.within-study]
rho = 0
"""


@pytest.fixture(scope="module")
def claims(tmp_path_factory) -> pd.Series:
    """Return claim rates of the average effect by method, on the response scale."""
    scenario = rereferral(
        treated_boroughs=1,
        comparison_boroughs=1,
        pre_years=3,
        post_years=3,
        cell_size=1500,
        baseline=0.2,
        sd_shock=0.1,
        rho=0.0,
        effect=0.0,
    )
    path = tmp_path_factory.mktemp("priors") / "independent.toml"
    path.write_text(INDEPENDENT)
    priors = load_priors(STUDY, path)
    replicates = synthesise(scenario, seed=8, replicates=range(REPLICATES))
    methods = (Method("did_linear"), Method("within-study", "yearly"), Method("none", "constant"))
    rows = pd.concat(
        [
            answers(method, replicates, priors, seed=1)
            .merge(replicates.truth(), how="left")
            .assign(trial="null", post_years=3, method=method.name)
            for method in methods
        ],
        ignore_index=True,
    )
    measures = performance(rows).query(
        "estimand == 'average_effect' and scale == 'percentage_points'"
    )
    assert (measures["replicates"] == REPLICATES).all()
    assert (measures["failed"] == 0).all()
    return measures.set_index("method")["claim_rate"]


def test_the_reports_regression_claims_an_effect_in_about_three_of_ten(claims):
    # Three Monte Carlo SEs of a share of 0.30: 0.056.
    error = np.sqrt(0.3 * 0.7 / REPLICATES)
    assert claims["did_linear"] == pytest.approx(0.30, abs=3 * error)


def test_the_hierarchical_model_claims_one_in_a_few_of_a_hundred(claims):
    assert 0 < claims["within-study/yearly"] < 0.08


def test_without_shocks_in_it_the_model_does_not_do_better_than_the_regression(claims):
    assert claims["none/constant"] > 0.15
