"""Published posteriors: that ours agree, and that a model which is another one does not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from places import RESULTS
from scipy.special import logsumexp

from mp_bayes.checks import special_cases as module
from mp_bayes.checks.published_posteriors import (
    _SURGERY_QUANTILES,
    OPERATIONS,
    REFERENCES,
    SCHOOLS,
    SOURCES,
    SURGERY,
    compared,
)
from mp_bayes.checks.special_cases import eight_schools, special_cases, surgery
from mp_bayes.priors.distributions import Fixed, Normal


@pytest.fixture(scope="module")
def drawn():
    return special_cases(("laplace",))


def test_weighted_draws_are_what_was_published(drawn):
    assert len(drawn) == len(REFERENCES)
    assert drawn["agrees"].all(), drawn[~drawn["agrees"]].to_string()
    # Tolerances are Monte Carlo errors, and ours are the smaller ones: so the test can fail.
    assert drawn["ours_mcse"].lt(drawn["published_mcse"]).all()


@pytest.mark.nightly
def test_the_sampler_is_what_was_published():
    sampled = special_cases(("nuts",))
    assert sampled["converged"].all()
    assert sampled["agrees"].all(), sampled[~sampled["agrees"]].to_string()


def test_another_model_is_found(monkeypatch):
    """A mean's prior twice as wide; deaths that come in clusters."""
    schools, hospitals = eight_schools(), surgery()
    wide = {"mean_effect": Normal(distribution="Normal", mu=0.0, sigma=10.0)}
    clustered = {"design_effect": Fixed(value=1.5)}
    other = {
        "eight_schools": replace(schools, priors=schools.priors | wide),
        "surgery": replace(hospitals, priors=hospitals.priors | clustered),
    }
    for name, case in other.items():
        monkeypatch.setattr(module, name, lambda case=case: case)
    table = special_cases(("laplace",)).set_index(["case", "quantity", "statistic"])
    assert not table["agrees"][(SCHOOLS, "mean over schools", "mean")]
    assert not table["agrees"][(SURGERY, "SD over hospitals, log-odds", "mean")]


def test_verdicts_follow_from_the_table_alone(drawn):
    assert compared(drawn).equals(drawn)
    moved = drawn.copy()
    moved.loc[0, "ours"] += 1.0
    assert not compared(moved)["agrees"][0]
    failed = drawn.assign(converged=False)
    assert not compared(failed)["agrees"].any()


def test_what_is_kept_has_every_published_number():
    kept = pd.read_csv(RESULTS / "checks" / "external" / "posteriors.csv")
    assert len(compared(kept)) == 2 * len(REFERENCES)
    with pytest.raises(ValueError, match="not of the same quantities"):
        compared(kept.replace("mean over schools", "mean"))
    with pytest.raises(ValueError, match="not of the same quantities"):
        compared(kept.iloc[1:])


def test_hospitals_by_integration(drawn):
    """Mean and SD on a grid, every hospital by Gauss-Hermite quadrature."""
    node, share = np.polynomial.hermite_e.hermegauss(60)
    mean, log_sd = np.linspace(-3.6, -1.6, 301), np.linspace(np.log(0.02), np.log(2.5), 400)
    at, sd = np.meshgrid(mean, np.exp(log_sd), indexing="ij")
    density = -0.002 * np.log(sd) - 0.001 / sd**2  # of the logarithm: its precision is a Gamma
    for deaths, operations in OPERATIONS:
        eta = at[..., None] + sd[..., None] * node
        density += logsumexp(deaths * eta - operations * np.logaddexp(0, eta), b=share, axis=-1)
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    found = drawn.set_index(["case", "quantity", "statistic"]).loc[SURGERY]
    for name, grid, margin in (
        ("mean over hospitals, log-odds", mean, weight.sum(1)),
        ("SD over hospitals, log-odds", np.exp(log_sd), weight.sum(0)),
    ):
        below, exact = margin.cumsum(), margin @ grid
        spread = np.sqrt(margin @ (grid - exact) ** 2)
        row = found.loc[name, "mean"]
        assert abs(row["ours"] - exact) < 4 * row["ours_mcse"]
        for end in ("2.5%", "97.5%"):
            share_below = float(end.removesuffix("%")) / 100
            quantile, low, high = np.interp(share_below + np.array([0, -0.004, 0.004]), below, grid)
            row = found.loc[name, end]
            # And the grid's step.
            assert abs(row["ours"] - quantile) < 4 * row["ours_mcse"] + 0.004
            factor = np.sqrt(0.025 * 0.975) * (high - low) / 0.008 / spread
            (own,) = [one for one in _SURGERY_QUANTILES if one[:2] == (name, end)]
            assert own[-1] == pytest.approx(factor, rel=0.03)


def test_every_number_has_an_error_and_a_source():
    for one in REFERENCES:
        assert one.mcse > 0
        assert SOURCES[one.case]
