"""Weighted draws: exact where that can be worked out, refused where weights cannot be trusted."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from places import RESULTS
from studied import get_outcome

from mp_bayes.estimands import estimands
from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.inference.laplace import LARGEST_K, draw, draws, structure
from mp_bayes.inference.laplace.draws import smoothed
from mp_bayes.priors.distributions import Fixed, HalfNormal, Normal, Uniform
from mp_bayes.reanalysis import analysis as analyses
from mp_bayes.reanalysis.analysis import analyse
from mp_bayes.reanalysis.grid import Analysis

REREFERRAL, MOVES = get_outcome("cin_rereferral_12m"), get_outcome("cla_placement_moves")


def drawn(outcome, evidence, priors, *, shock, effect, changes=None):
    chosen = priors.select(outcome, shock=shock) | (changes or {})
    data = {"cells": cells, "coefficients": coefficients}[evidence](outcome)
    return draw(data, structure(outcome, chosen, effect=effect), seed=1)


def test_one_effect_of_the_coefficients_is_its_conjugate_posterior(priors):
    # Known shocks and one normal effect: a scalar Gaussian posterior, written out in full.
    sd, rho, prior_sd = 0.2, 0.6, 0.3
    changes = {
        "sd_shock": Fixed(value=sd),
        "rho": Fixed(value=rho),
        "mean_effect": Normal(distribution="Normal", mu=0.1, sigma=prior_sd),
    }
    found = drawn(
        REREFERRAL, "coefficients", priors, shock="national", effect="constant", changes=changes
    )
    data = coefficients(REREFERRAL)
    study = REREFERRAL.setting
    given = np.isfinite(data["se"].to_numpy())
    lag = np.abs(np.subtract.outer(np.arange(len(study.years)), np.arange(len(study.years))))
    against = (np.eye(len(study.years)) - study.reference)[given]
    covariance = against @ (2 * sd**2 * rho**lag) @ against.T
    covariance += data["covariance"].to_numpy()[np.ix_(given, given)]
    dose = structure(REREFERRAL, priors.select(REREFERRAL, shock="none"), effect="constant")
    column = against @ dose.dose_table[3, 0, 0]
    weighted = np.linalg.solve(covariance, column)
    precision = 1 / prior_sd**2 + weighted @ column
    mean = (0.1 / prior_sd**2 + weighted @ data["estimate"].to_numpy()[given]) / precision
    draws = found.posterior["mean_effect"].to_numpy().ravel()
    # Independent draws: four Monte Carlo SEs.
    assert draws.mean() == pytest.approx(mean, abs=4 * precision**-0.5 / np.sqrt(found.ess))
    assert draws.std() == pytest.approx(precision**-0.5, rel=4 / np.sqrt(2 * found.ess))
    assert found.pareto_k < 0.5


def test_with_no_data_to_speak_of_cells_give_back_the_prior(priors):
    changes = {
        "sd_shock": HalfNormal(distribution="HalfNormal", sigma=0.3),
        "mean_effect": Normal(distribution="Normal", mu=-0.2, sigma=0.4),
    }
    data = cells(REREFERRAL) * 0
    chosen = priors.select(REREFERRAL, shock="within-study") | changes
    data = data.assign_attrs(cells(REREFERRAL).attrs)
    found = draw(data, structure(REREFERRAL, chosen, effect="constant"), seed=2)
    effect, sd = (found.posterior[one].to_numpy().ravel() for one in ("mean_effect", "sd_shock"))
    error = 4 / np.sqrt(found.ess)
    assert effect.mean() == pytest.approx(-0.2, abs=0.4 * error)
    assert effect.std() == pytest.approx(0.4, rel=error)
    # A half-normal's median, with its density there for the error of a quantile.
    assert (sd < 0.3 * 0.67449).mean() == pytest.approx(0.5, abs=0.5 * error)


@pytest.mark.parametrize("outcome", [REREFERRAL, MOVES])
@pytest.mark.parametrize("shock", ["none", "within-study", "national"])
def test_draws_are_the_committed_sampled_posteriors(outcome, shock, priors):
    quoted = Analysis(outcome, shock=shock, coding="published" if shock == "none" else "dosed")
    result = analyse(quoted, priors, seed=3, engine="laplace")
    assert result.engine == "laplace"
    keys = ["estimand", "year", "scale"]
    committed = pd.read_csv(RESULTS / "effects.csv").fillna({"year": ""})
    reference = committed[
        committed["outcome"].eq(outcome.name)
        & committed["shock_prior"].eq(shock)
        & committed["effect_structure"].eq("yearly")
        & committed["evidence"].eq("cells")
    ]
    both = result.effects.merge(reference, on=keys, suffixes=("", "_sampled"))
    assert len(both) > 10
    # 4.5 standard errors of the difference: a few hundred quantities are compared in all.
    for name in ("mean", "lower", "upper"):
        error = np.hypot(both[f"mcse_{name}"], both[f"mcse_{name}_sampled"])
        assert ((both[name] - both[f"{name}_sampled"]).abs() < 4.5 * error).all(), name


def test_the_same_seed_gives_the_same_draws(priors):
    one, two = (
        drawn(MOVES, "cells", priors, shock="national", effect="embedding") for _ in range(2)
    )
    assert one.posterior.identical(two.posterior)
    assert one.ess == two.ess


def test_draws_serve_the_estimands(priors):
    found = drawn(MOVES, "cells", priors, shock="national", effect="embedding")
    names = {
        row.name for row in estimands(found.posterior, cells(MOVES), MOVES, effect="embedding")
    }
    assert {"average_effect", "fully_embedded_effect", "half_life", "sd_shock"} <= names


def test_weights_with_a_heavy_tail_are_told():
    rng = np.random.default_rng(1)
    # Exponentials of exponentials with mean 1.25 have a Pareto tail of shape 1.25.
    assert smoothed(rng.exponential(1.25, 20000))[1] > LARGEST_K
    assert smoothed(rng.exponential(0.2, 20000))[1] < LARGEST_K


def test_what_the_engine_does_not_vouch_for_is_sampled(priors, monkeypatch):
    class SampledError(Exception):
        """Instead of minutes of sampling."""

    def sampled(*_):
        raise SampledError

    monkeypatch.setattr(analyses._Fit, "nuts", sampled)
    with pytest.raises(SampledError):
        analyse(Analysis(REREFERRAL, shape="student"), priors, seed=1, engine="laplace")
    honest = draws.draw
    for field, value in (("pareto_k", LARGEST_K), ("ess", 399.0)):
        monkeypatch.setattr(
            draws, "draw", lambda *a, f=field, v=value, **k: replace(honest(*a, **k), **{f: v})
        )
        with pytest.raises(SampledError):
            analyse(Analysis(REREFERRAL), priors, seed=1, engine="laplace")


@pytest.mark.parametrize(
    "changes",
    [
        {"sd_shock": HalfNormal(distribution="HalfNormal", sigma=2.0)},
        {"sd_borough": Fixed(value=10.0)},
        {"sd_shock": Uniform(distribution="Uniform", lower=0.0, upper=10.0)},
    ],
)
def test_wide_priors_are_drawn_or_refused_but_never_a_crash(changes, priors):
    # Proposals reach shocks far larger than the cells' noise, where differences of covariances lose
    # all their digits.
    for seed in range(3):
        chosen = priors.select(REREFERRAL, shock="within-study") | changes
        found = draw(cells(REREFERRAL), structure(REREFERRAL, chosen, effect="yearly"), seed=seed)
        assert np.isfinite(found.posterior["eta"]).all()
        assert found.ess > 100


def test_cells_of_many_events_are_drawn(priors):
    data = cells(REREFERRAL) * 30
    data = data.assign_attrs(cells(REREFERRAL).attrs)
    chosen = priors.select(REREFERRAL, shock="within-study")
    for seed in range(3):
        found = draw(data, structure(REREFERRAL, chosen, effect="yearly"), seed=seed)
        assert found.pareto_k < LARGEST_K


def test_what_cannot_be_drawn_is_left_to_the_sampler(priors, monkeypatch):
    def singular(*_, **__):
        raise np.linalg.LinAlgError("Matrix is not positive definite")

    monkeypatch.setattr(draws, "draw", singular)
    fit = analyses._Fit(
        Analysis(REREFERRAL),
        cells(REREFERRAL),
        cells(REREFERRAL),
        priors.select(REREFERRAL, shock="national"),
        REREFERRAL.setting.timings["as_published"],
        1,
    )
    assert fit.laplace(1000) is None


def test_small_blocks_give_the_same_posterior(priors, monkeypatch):
    # What a table of hundreds of boroughs needs, here of two: 57 draws a block.
    found = drawn(REREFERRAL, "cells", priors, shock="national", effect="constant")
    monkeypatch.setattr(draws, "_BLOCK_BYTES", 57 * 8 * 2 * len(REREFERRAL.setting.years) ** 2)
    again = drawn(REREFERRAL, "cells", priors, shock="national", effect="constant")
    one, other = (each.posterior["mean_effect"].to_numpy().ravel() for each in (found, again))
    assert not np.array_equal(one, other)
    # Four Monte Carlo errors of a difference.
    assert abs(one.mean() - other.mean()) < 4 * one.std() * np.sqrt(1 / found.ess + 1 / again.ess)
