"""What shocks alone do to an estimate."""

import numpy as np
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.planning.closed_form import paths
from mp_bayes.planning.shocks import shock_contrast_sd, shock_error_sd
from mp_bayes.priors import load_priors
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import changed, from_study

OWN = Method("national", "embedding")
WAVES = {"treated_boroughs": 4, "wave": 2, "stagger": 1.0}


@pytest.mark.parametrize(
    "fields", [{"rho": 0.0}, {"half_life": 2.0}, {"rho": 0.95, "half_life": 0.5}, WAVES]
)
def test_the_best_estimates_sd_from_shocks_is_the_closed_forms_with_endless_cells(fields):
    how = {"comparison_boroughs": 3, "post_years": 4, "cell_size": 1e7, "effect": -3.0}
    how["sd_year"] = 5.0  # as good as free
    scenario = rereferral(**{**how, **fields})
    [found] = paths(
        scenario,
        OWN.priors(load_priors(STUDY), scenario),
        structure="embedding",
        effect=0.0,
        covering=False,
        draws=2,
    ).values()
    # On the log-odds scale, at the baseline of 20%; cells of ten million have hardly any noise, and
    # an SD of years 25 times that of shocks tells up to a thousandth.
    assert shock_error_sd(scenario, 4) == pytest.approx(100 * 0.2 * 0.8 * found.sd[0], rel=2e-3)


@pytest.mark.parametrize("rho", [0.0, 0.64, 0.9])
@pytest.mark.parametrize("half_life", [0.0, 2.0])
def test_further_years_never_make_the_best_estimate_worse_and_never_make_it_exact(rho, half_life):
    scenario = rereferral(comparison_boroughs=3, rho=rho, half_life=half_life)
    found = [shock_error_sd(scenario, years) for years in (1, 2, 4, 8, 16, 400)]
    assert (np.diff(found) < 0).all()
    assert found[-1] > 0
    # Further pre-years lower the limit.
    assert shock_error_sd(changed(scenario, pre_years=6), 400) < found[-1]


def test_it_is_no_worse_than_the_unweighted_contrast_of_a_count():
    scenario = from_study(STUDY, "cla_placement_moves", rho=0.9, sd_shock=0.2, half_life=0.0)
    for years in (1, 5, 20):
        assert shock_error_sd(scenario, years) <= shock_contrast_sd(scenario, years) * (1 + 1e-9)


@pytest.mark.parametrize(("rho", "post_years"), [(0.0, 3), (0.64, 1), (0.64, 6), (0.95, 6)])
def test_the_contrasts_sd_from_shocks_is_the_simulations(rho, post_years):
    scenario = rereferral(
        treated_boroughs=2,
        comparison_boroughs=3,
        post_years=post_years,
        sd_borough=0.2,
        sd_year=0.1,
        rho=rho,
    )
    eta = synthesise(scenario, seed=4, replicates=range(3000)).eta
    change = eta[:, 3:].mean(1) - eta[:, :3].mean(1)
    contrast = change[:2].mean(0) - change[2:].mean(0)
    # In points at the baseline of 20%; four Monte Carlo SEs of an SD.
    simulated = 100 * 0.2 * 0.8 * contrast.std()
    assert shock_contrast_sd(scenario, post_years) == pytest.approx(
        simulated, rel=4 / np.sqrt(6000)
    )


def test_a_counts_contrast_is_in_events():
    scenario = from_study(STUDY, "cla_placement_moves", rho=0.0, baseline=0.9, sd_shock=0.2)
    by_hand = 90 * 0.2 * np.sqrt((1 / 3 + 1 / 4) * 2)
    assert shock_contrast_sd(scenario, 4) == pytest.approx(by_hand)
