"""What borough-by-year shocks alone do to an estimate, however large the cells are."""

import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.simulate.draw import dose_row
from mp_bayes.simulate.scenario import Scenario


def shock_error_sd(scenario: Scenario, post_years: int) -> float:
    """Return the SD that shocks alone give the best estimate of the fully embedded effect.

    By generalised least squares with free levels and years, which knows how the practice embeds and
    how shocks last. A further year never makes it larger; the shocks of the pre-years stay however
    many follow. In percentage points, or per 100 child-years, at the baseline.

    References
    ----------
    Prais and Winsten 1954, Cowles Commission Discussion Paper 383.
    """
    years = scenario.pre_years + post_years
    rows = [
        dose_row(scenario, scenario.half_life, onset, post_years=post_years)
        for onset in scenario.onsets
    ]
    doses = np.array([*rows, *np.zeros((scenario.comparison_boroughs, years))])
    # Boroughs' shocks are alike, so that free years take away the mean over boroughs.
    dose = _whitened(doses - doses.mean(0), scenario.rho)
    level = _whitened(np.ones((1, years)), scenario.rho)[0]
    information = (dose**2).sum() - ((dose @ level) ** 2).sum() / (level @ level)
    return float(_slope(scenario) * scenario.sd_shock / np.sqrt(information))


def _whitened(fields: Floats, rho: float) -> Floats:
    """Turn shocks of SD 1 that last into independent ones, dims (borough, year)."""
    innovations = (fields[:, 1:] - rho * fields[:, :-1]) / np.sqrt(1 - rho**2)
    return np.concatenate([fields[:, :1], innovations], axis=1)


def shock_contrast_sd(scenario: Scenario, post_years: int) -> float:
    """Return the SD that shocks alone give the pre-post contrast between boroughs.

    In percentage points, or per 100 child-years, at the baseline. All years count the same, which
    is not the best estimate where shocks last: with more of them this SD may rise.
    """
    pre = scenario.pre_years
    lag = np.abs(np.subtract.outer(np.arange(pre + post_years), np.arange(pre + post_years)))
    weight = np.r_[np.full(pre, -1 / pre), np.full(post_years, 1 / post_years)]
    variance = weight @ np.power(scenario.rho, lag) @ weight
    boroughs = 1 / scenario.treated_boroughs + 1 / scenario.comparison_boroughs
    return float(_slope(scenario) * scenario.sd_shock * np.sqrt(variance * boroughs))


def _slope(scenario: Scenario) -> float:
    """Return the change per 100, at the baseline, for a change of its logit or logarithm."""
    p = scenario.baseline
    return 100 * (p * (1 - p) if scenario.binary else p)
