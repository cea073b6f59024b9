"""Intervals of sampled fits cover simulated truth."""

import numpy as np
import pytest
from studied import OUTCOMES, STUDY

from mp_bayes.embedding.doses import lay_out
from mp_bayes.estimands import LOWER, UPPER, estimands
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.nuts import STANDARD, sample
from mp_bayes.models import build_model
from mp_bayes.priors import load_priors


def _simulate(outcome, priors, rng):
    """Draw parameters from the priors and counts from the model; return data and true effect."""
    data = cells(outcome)
    drawn = {name: float(prior.quantile(rng.normal(size=1))[0]) for name, prior in priors.items()}
    years = len(outcome.setting.years)
    post = outcome.setting.post * 1.0
    dose = lay_out(outcome, effect="yearly")["fixed_dose"].to_numpy()[0]
    effect = (drawn["mean_effect"] + drawn["sd_effect"] * rng.normal(size=years)) * dose
    shock = np.zeros((2, years))
    shock[:, 0] = rng.normal(size=2) * drawn["sd_shock"]
    for year in range(1, years):
        step = np.sqrt(1 - drawn["rho"] ** 2) * drawn["sd_shock"]
        shock[:, year] = drawn["rho"] * shock[:, year - 1] + step * rng.normal(size=2)
    # Levels and years are free in the fit; these are of the size that boroughs have.
    level = drawn["level_mean"] + 0.3 * rng.normal(size=(2, 1))
    common = 0.1 * rng.normal(size=years) * ~outcome.setting.reference
    eta = level + common + shock + np.array([[1.0], [0.0]]) * effect
    total = data["total"].to_numpy()
    if outcome.likelihood == "binomial":
        p, excess = 1 / (1 + np.exp(-eta)), drawn["design_effect"] - 1
        precision = np.maximum((total - 1 - excess) / excess, 1.0)
        events = rng.binomial(total, rng.beta(p * precision, (1 - p) * precision))
    else:
        mean = total * drawn["exposure"] * np.exp(eta)
        excess = drawn["dispersion_excess"]
        events = rng.poisson(rng.gamma(mean / excess, excess))
    true = float(np.average(effect, weights=total[0] * post * outcome.observed))
    return data.assign(events=(("borough", "year"), events)), true


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
def test_simulated_truth_is_covered(name):
    outcome = OUTCOMES[name]
    priors = load_priors(STUDY).select(outcome, shock="national")
    rng = np.random.default_rng(20200312)
    covered = 0
    for number in range(100):
        data, true = _simulate(outcome, priors, rng)
        tree = sample(
            build_model(outcome, data, priors, effect="yearly"), seed=number, sampling=STANDARD
        )
        rows = estimands(tree["posterior"].to_dataset(), data, outcome, effect="yearly")
        average = next(
            row for row in rows if row.name == "average_effect" and row.scale == outcome.link_scale
        )
        lower, upper = np.quantile(average.draws, [LOWER, UPPER])
        covered += lower <= true <= upper
    # With 95% coverage, 100 intervals cover between 90 and 99 times in 98 studies out of 100.
    assert 90 <= covered <= 99
