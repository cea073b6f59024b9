"""The simulator: doses, moments and covariances are what the model says."""

import numpy as np
import pytest
from scipy.special import expit
from studied import STUDY, get_outcome

from mp_bayes.checks.simulator import PROPER, proper, simulate
from mp_bayes.embedding.doses import lay_out
from mp_bayes.evidence.arrays import coefficients
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.reanalysis.grid import Analysis

PRIORS = load_priors(STUDY)
MANY = 4000


def drawn(analysis, replicates=MANY, fault="", **fixed):
    chosen = proper(PRIORS.select(analysis.outcome, shock=analysis.shock), analysis)
    chosen |= {name: Fixed(value=value) for name, value in fixed.items()}
    return simulate(analysis, chosen, replicates=replicates, seed=1, fault=fault)


@pytest.mark.parametrize(
    "name", ["cin_rereferral_12m", "cin_rereferral_24m", "cla_placement_moves"]
)
@pytest.mark.parametrize(
    ("effect", "coding"),
    [("yearly", "dosed"), ("yearly", "published"), ("constant", "dosed"), ("embedding", "dosed")],
)
def test_doses_are_those_of_the_models(name, effect, coding):
    outcome = get_outcome(name)
    analysis = Analysis(outcome, effect=effect, coding=coding)
    truth = drawn(analysis, 3, mean_effect=1.0, sd_effect=0.0, half_life=1.3).truth
    known = lay_out(outcome, effect=effect, coding=coding)
    curve = 1 - 2 ** (-np.maximum(known["dose_node"], 0) / 1.3)
    theirs = known["fixed_dose"] + (known["dose_weight"] * curve).sum("node")
    ours = truth["effect"].isel(chain=0, draw=0).transpose("borough", "year")
    # A grid of 200 points a side has half a step of error: 1 in 400.
    assert ours.to_numpy() == pytest.approx(theirs.to_numpy(), abs=1 / 400 + 1e-6)


def test_shocks_are_stationary():
    analysis = Analysis(get_outcome("cin_rereferral_12m"), effect="constant")
    still = {"sd_borough": 0.0, "sd_year": 0.0, "mean_effect": 0.0}
    truth = drawn(analysis, sd_shock=0.3, rho=0.6, **still).truth
    eta = truth["eta"].isel(chain=0).transpose("draw", "borough", "year").to_numpy()
    # SDs and correlations of 4,000 draws have standard errors of about 0.011 of the SD, and 0.01.
    assert eta.std(0) == pytest.approx(0.3, rel=0.05)
    apart = np.corrcoef(eta[:, 0].T)
    lag = np.abs(np.subtract.outer(np.arange(len(apart)), np.arange(len(apart))))
    assert apart == pytest.approx(0.6**lag, abs=0.06)
    assert drawn(analysis, fault="root", sd_shock=0.3, rho=0.6, **still).truth[
        "eta"
    ].std() == pytest.approx(0.09, rel=0.05)


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
def test_counts_have_the_mean_and_variance_of_the_likelihood(name):
    outcome = get_outcome(name)
    analysis = Analysis(outcome, effect="constant", shock="none")
    own = {"design_effect": 1.4, "dispersion_excess": 0.5, "exposure": 0.8}
    still = {"sd_borough": 0.0, "sd_year": 0.0, "mean_effect": 0.0}
    made = drawn(analysis, **still, **own)
    total = made.known["total"].to_numpy()
    level = float(made.truth["level_mean"][0, 0])
    if outcome.likelihood == "binomial":
        mean, spread = total * expit(level), 1.4 * total * expit(level) * (1 - expit(level))
    else:
        mean = total * 0.8 * np.exp(level)
        spread = 1.5 * mean
    there = total > 0
    # Four standard errors of a mean, and of a variance, of 4,000 draws.
    error = 4 * np.sqrt(spread / MANY)
    assert (np.abs(made.drawn.mean(-1) - mean) <= error)[there].all()
    assert made.drawn.var(-1)[there] == pytest.approx(spread[there], rel=4 * np.sqrt(2.5 / MANY))


def test_estimates_scatter_by_the_published_covariance():
    outcome = get_outcome("cin_rereferral_12m")
    analysis = Analysis(outcome, "coefficients", "none", "constant")
    made = drawn(analysis, mean_effect=0.0)
    given = np.isfinite(coefficients(outcome)["se"].to_numpy())
    covariance = coefficients(outcome)["covariance"].to_numpy()[np.ix_(given, given)]
    sd = np.sqrt(np.diag(covariance))
    apart = np.cov(made.drawn[given]) / np.outer(sd, sd)
    assert apart == pytest.approx(covariance / np.outer(sd, sd), abs=4 * np.sqrt(2 / MANY))


def test_only_what_the_study_leaves_free_is_narrowed():
    analysis = Analysis(get_outcome("cin_rereferral_12m"))
    before = PRIORS.select(analysis.outcome, shock="national")
    after = proper(before, analysis)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"level_mean", *PROPER} - {"sd_pre_trend"}
