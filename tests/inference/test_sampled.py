"""Fits of the study's own models: against JAGS and the published regressions, and how they run.

In one module, so that each model is compiled once.
"""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scenarios import rereferral
from studied import OUTCOMES, STUDY

from mp_bayes.estimands import estimands
from mp_bayes.estimands.summaries import COLUMNS as EFFECT_COLUMNS
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.nuts import PRECISE, sample
from mp_bayes.models import build_model
from mp_bayes.priors import Priors, load_priors
from mp_bayes.priors.distributions import StudentT
from mp_bayes.reanalysis.analysis import analyse
from mp_bayes.reanalysis.comparison import published, recomputed
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.simulate import methods
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import COLUMNS, LABELS, Method, answers

FLAT_PRIORS = """
[default]
mean_effect = 0
sd_effect = 10
[default.shock.none]
sd_pre_trend = 10
"""


def _priors(tmp_path, text):
    path = tmp_path / "priors.toml"
    path.write_text(text)
    return load_priors(STUDY, path)


def test_the_reference_is_that_of_the_independent_run(jags):
    """The committed summaries and another hand's differ by Monte Carlo error and rounding."""
    for name, theirs in jags["independent"].items():
        if name == "source":
            continue
        ours = jags["posterior"][name]
        # Its error of a mean is said to be 0.003; the ends of an interval are some 2.5 times as
        # noisy, an SD 0.7 times; and all are given to three decimals.
        allowed = {"mean": 0.003, "sd": 0.0025, "q2.5": 0.008, "q97.5": 0.008}
        for statistic, tolerance in allowed.items():
            if statistic in theirs:
                assert ours[statistic] == pytest.approx(theirs[statistic], abs=tolerance + 0.0005)


def test_cells_agree_with_the_jags_posterior(jags_priors, jags):
    result = analyse(
        Analysis(OUTCOMES["cin_rereferral_12m"], shock="within-study", coding="published"),
        jags_priors,
        seed=1,
        sampling=PRECISE,
    )
    assert result.usable
    rows = result.effects.query("estimand == 'yearly_effect' and scale == 'log_odds'")
    assert len(rows) == 3
    for row in rows.itertuples():
        known = jags["posterior"][f"d[{row.year}]"]
        assert abs(row.mean - known["mean"]) < 0.05 * known["sd"]
        assert abs(row.sd - known["sd"]) < 0.05 * known["sd"]
        assert abs(row.prob_below_0 - known["prob_below_0"]) < 0.01
        # The ends of an interval are noisier than its middle, by as much as the fit says.
        assert abs(row.lower - known["q2.5"]) < 0.05 * known["sd"] + 3 * row.mcse_lower
        assert abs(row.upper - known["q97.5"]) < 0.05 * known["sd"] + 3 * row.mcse_upper
    shock = result.effects.set_index("estimand").loc["sd_shock"]
    known = jags["posterior"]["s"]
    # The shock SD mixes more slowly than effects: its own Monte Carlo error is about 0.02 SDs.
    assert abs(shock["mean"] - known["mean"]) < 0.05 * known["sd"] + 0.003
    assert abs(shock["sd"] - known["sd"]) < 0.05 * known["sd"] + 0.003


# One of each likelihood; the others are fits of the same compiled models to other numbers.
QUICK = [
    ("cin_rereferral_24m", "coefficients"),
    ("cin_rereferral_24m", "cells"),
    ("cla_residential_placements", "cells"),
]


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        pytest.param(*case, marks=[pytest.mark.nightly] * (case not in QUICK))
        for case in itertools.product(OUTCOMES, ["coefficients", "cells"])
    ],
)
def test_without_shocks_and_with_flat_priors_the_frequentist_answers_come_back(
    name, evidence, tmp_path
):
    """The published interactions from the coefficients, the raw contrasts from the cells."""
    outcome = OUTCOMES[name]
    result = analyse(
        Analysis(outcome, evidence, "none", "yearly", coding="published"),
        _priors(tmp_path, FLAT_PRIORS),
        seed=1,
        sampling=PRECISE,
    )
    assert result.usable
    answers = {
        "coefficients": lambda: published(outcome),
        "cells": lambda: recomputed(outcome, load_priors(STUDY)),
    }[evidence]()
    report = answers[
        answers["scale"].eq(outcome.link_scale)
        & answers["estimand"].isin(["yearly_effect", "parallel_trends"])
    ]
    ours = result.effects.query("scale == @outcome.link_scale").set_index(["estimand", "year"])
    assert len(report) == len(outcome.years) - 1
    for row in report.itertuples():
        posterior = ours.loc[(row.estimand, row.year)]
        assert abs(posterior["mean"] - row.estimate) < 0.05 * row.se
        assert abs(posterior["sd"] - row.se) < 0.03 * row.se


def test_one_compilation_serves_every_prior_effect_and_outcome_of_a_shape():
    from mp_bayes.inference import nuts as fit

    # The other tests' compilation will do as well.
    before = set(fit._compiled)
    priors = load_priors(STUDY)
    used = set()
    for name, shock, effect in (
        ("cin_rereferral_12m", "none", "yearly"),
        ("cin_rereferral_24m", "national", "embedding"),
        ("cin_escalation_12m", "within-study", "constant"),
    ):
        outcome = OUTCOMES[name]
        model = build_model(
            outcome, cells(outcome), priors.select(outcome, shock=shock), effect=effect
        )
        fit.compile_model(model)
        used.add(fit._structure(model))
    assert len(used) == 1
    assert set(fit._compiled) - before <= used


def test_same_seed_same_numbers_whatever_the_cores():
    analysis = Analysis(OUTCOMES["cin_rereferral_12m"], shock="none", effect="constant")
    priors = load_priors(STUDY)
    first, again = (analyse(analysis, priors, seed=5, cores=cores) for cores in (1, 2))
    xr.testing.assert_equal(
        first.tree["posterior"].to_dataset(), again.tree["posterior"].to_dataset()
    )
    other = analyse(analysis, priors, seed=6)
    assert not np.array_equal(
        first.tree["posterior"]["effect"].to_numpy(), other.tree["posterior"]["effect"].to_numpy()
    )


def test_a_fit_that_does_not_converge_is_marked_unusable():
    from mp_bayes.inference.nuts import Sampling, passes_gate

    outcome = OUTCOMES["cin_rereferral_12m"]
    priors = load_priors(STUDY).select(outcome, shock="national")
    tree = sample(
        build_model(outcome, cells(outcome), priors, effect="yearly"),
        seed=1,
        sampling=Sampling(draws=20, tune=20),
    )
    from mp_bayes.estimands.summaries import summarise

    rows = estimands(tree["posterior"].to_dataset(), cells(outcome), outcome, effect="yearly")
    assert not passes_gate(summarise(rows), tree)


def draw(scenario, numbers=(0, 1, 2)):
    return synthesise(scenario, seed=12, replicates=numbers)


def one_of(replicates, place):
    """Return one of the replicates alone."""
    arrays = {
        name: getattr(replicates, name)[..., [place]]
        for name in ("events", "total", "eta", "effect")
    }
    return replace(
        replicates,
        numbers=[replicates.numbers[place]],
        full_effect=replicates.full_effect[[place]],
        **arrays,
    )


def test_a_data_set_with_hardly_any_events_is_drawn_with_weights_or_sampled(monkeypatch):
    replicates = draw(rereferral(baseline=0.05, cell_size=200, comparison_boroughs=1), (4, 8))
    replicates.events[...] = np.maximum(replicates.events, 5)
    replicates.events[0, 3, 1] = 1
    method = Method("national", "constant")
    weighted = answers(method, replicates, load_priors(STUDY), seed=1)
    assert weighted.loc[weighted["replicate"].eq(8), "engine"].unique() == ["laplace_draws"]
    monkeypatch.setattr(methods, "vouched_draws", lambda *_, **__: None)
    rows = answers(method, replicates, load_priors(STUDY), seed=1)
    # Both are draws of one posterior: 1,700 and 2,400 effective ones at best, so that means differ
    # by 0.03 posterior SDs, and the sampler's own draws are correlated.
    both = weighted.merge(rows, on=LABELS, suffixes=("", "_nuts"))
    assert len(both) == len(rows)
    assert ((both["mean"] - both["mean_nuts"]).abs() / both["sd_nuts"]).max() < 0.15
    engines = rows.groupby("replicate")["engine"].unique().str.join("")
    assert engines.to_dict() == {4: "laplace", 8: "nuts"}
    assert list(rows) == COLUMNS
    assert rows["usable"].all()
    assert len(rows[rows["replicate"].eq(4)]) == len(rows[rows["replicate"].eq(8)])
    # By its own seed: alone it is the same.
    only = answers(method, one_of(replicates, 1), load_priors(STUDY), seed=1)
    np.testing.assert_array_equal(only["mean"], rows.loc[rows["replicate"].eq(8), "mean"])


def test_a_prior_that_the_fast_posterior_does_not_cover_is_sampled():
    wide = StudentT(distribution="StudentT", nu=4.0, mu=0.0, sigma=0.3)
    base = load_priors(STUDY)
    priors = Priors(({("default", "", "mean_effect"): wide}, *base.layers))
    rows = answers(Method("none", "constant"), draw(rereferral(), [0]), priors, seed=1)
    assert set(rows["engine"]) == {"nuts"}
    assert rows["usable"].all()


def test_fit_writes_the_promised_columns(mp_bayes, tmp_path):
    out = tmp_path / "fit"
    status, _, _ = mp_bayes("fit", "cla_placement_moves", "--shock", "none", "--out", str(out))
    assert status == 0
    effects = pd.read_csv(out / "effects.csv")
    assert list(effects.columns) == EFFECT_COLUMNS
    assert effects["usable"].all()
    assert {"log_rate", "per_100_child_years"} <= set(effects["scale"])
    import arviz as az

    tree = az.from_netcdf(out / "posterior.nc")
    assert {"posterior", "sample_stats", "observed_data"} <= set(tree.children)
