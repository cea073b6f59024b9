"""Simulation-based calibration: the truth should be anywhere among the draws equally often.

Every parameter is drawn from its prior, data from the likelihood, and the model is fitted; the
rank of the truth among the draws is then uniform for every quantity, if simulator, model, engine
and estimands are right. Data sets that an engine refuses are left out: that depends on the data
alone, and so leaves ranks uniform (Modrák and others 2023, doi:10.1214/23-BA1404, who also show why
the likelihood of the data should be among the quantities).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats
from scipy.special import expit

from mp_bayes.checks.calibration_around import around
from mp_bayes.checks.calibration_cases import Case
from mp_bayes.checks.simulator import proper, simulate
from mp_bayes.estimands import estimands
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import structure, vouched_draws
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.inference.nuts import Sampling, divergences, sample, seed_for
from mp_bayes.priors import Priors
from mp_bayes.priors.quantiles import SMALLEST_EXCESS
from mp_bayes.reanalysis.grid import Analysis

#: Weighted draws a replicate. Ranks are then blurred by their Monte Carlo error, a thousandth of
#: the range: far below the band of 500 replicates, about 0.06.
PROPOSALS = 1500
#: Draws among which a truth is ranked.
RANKED = 400
#: The sampler's, likewise; about 600 effective draws.
SAMPLING = Sampling(draws=400, tune=400, chains=2, target_accept=0.95)
# Share of transitions that diverge from which a fit would be run again, longer.
_DIVERGING = 0.01
KEYS = ["estimand", "year", "scale"]
#: What each of these is of a quantity.
Key = tuple[str, str, str]
# Parameters that no estimand shows.
_OF_YEARS, _OF_COUNTS = ("mean_effect", "sd_effect"), ("dispersion_excess", "exposure")


def ranks(
    case: Case,
    priors: Priors,
    *,
    replicates: int,
    seed: int,
    on_done: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Rank the truth of every quantity among the draws, in each replicate.

    Parameters
    ----------
    case : Case
    priors : Priors
    replicates, seed : int
    on_done : callable
        Called after each replicate.

    Returns
    -------
    pandas.DataFrame
        replicate, estimand, year, scale and rank: the share of draws below the truth, with ties
        and the ends broken at random. A replicate that was refused has no rows.
    """
    analysis = case.analysis
    chosen = priors.select(analysis.outcome, shock=analysis.shock)
    own = seed_for(seed, case.name)
    if case.around:
        made = around(analysis, chosen, replicates=replicates, seed=own)
    else:
        chosen = proper(chosen, analysis)
        made = simulate(analysis, chosen, replicates=replicates, seed=own, fault=case.fault)
    fit = _fitter(case, chosen)
    observed = cells(analysis.outcome)
    truths = quantities(made.truth, observed, analysis)
    kept, posteriors = [], []
    for number in range(replicates):
        posterior = fit(made.data(number), own + 1 + number)
        on_done()
        if posterior is None:
            continue
        posteriors.append(posterior)
        kept.append(number)
    if not kept:
        return pd.DataFrame(columns=["replicate", *KEYS, "rank"])
    # All at once, a replicate a chain: labelled arrays take a tenth of a second a call.
    drawn = xr.concat(posteriors, "chain").transpose("chain", "draw", ...)
    found = quantities(drawn, observed, analysis)
    true = {key: values[0, kept] for key, values in truths.items()}
    truth = made.truth.isel(draw=kept).rename(draw="chain", chain="draw")
    density = ("log_likelihood", "", "")
    used = np.moveaxis(made.drawn[..., kept], -1, 0)
    found[density] = _density(drawn, made.known, used, analysis)
    truth = truth.transpose("chain", "draw", ...)
    true[density] = _density(truth, made.known, used, analysis)[:, 0]
    return ranked(found, true, kept, np.random.default_rng(own + 1 + replicates))


def ranked(
    found: dict[Key, Floats], true: dict[Key, Floats], kept: list[int], rng: np.random.Generator
) -> pd.DataFrame:
    """Rank truths among draws.

    Parameters
    ----------
    found : dict of ndarray, dims (replicate, draw)
        Draws of each quantity.
    true : dict of ndarray, dims (replicate,)
    kept : list of int
        The replicates' numbers.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        As `ranks`.
    """
    parts = []
    for key, draws in found.items():
        below = (draws < true[key][:, None]).sum(1)
        ties = (draws == true[key][:, None]).sum(1)
        rank = (below + (ties + 1) * rng.random(len(kept))) / (draws.shape[1] + 1)
        names = dict(zip(KEYS, key, strict=True))
        parts.append(pd.DataFrame({"replicate": kept, **names, "rank": rank}))
    return pd.concat(parts, ignore_index=True)


def _fitter(case: Case, priors: dict[str, Any]) -> Callable[[xr.Dataset, int], xr.Dataset | None]:
    """Return what gives a data set's draws; None where its engine refuses."""
    analysis = case.analysis
    how: dict[str, Any] = {"effect": analysis.effect, "coding": analysis.coding}
    if case.engine == "laplace":
        built = structure(analysis.outcome, priors, **how)

        def weighted(data: xr.Dataset, seed: int) -> xr.Dataset | None:
            drawn = vouched_draws(data, built, seed=seed, proposals=PROPOSALS)
            return None if drawn is None else _thinned(drawn.posterior)

        return weighted

    def sampled(data: xr.Dataset, seed: int) -> xr.Dataset | None:
        from mp_bayes.models import build_model

        model = build_model(analysis.outcome, data, priors, shape=analysis.shape, **how)
        posterior = sampled_draws(model, seed=seed, sampling=SAMPLING)
        return None if posterior is None else _thinned(posterior)

    return sampled


def sampled_draws(model: Any, *, seed: int, sampling: Sampling) -> xr.Dataset | None:
    """Sample a model; None where one transition in a hundred diverges: it would be run again."""
    tree = sample(model, seed=seed, sampling=sampling)
    share = divergences(tree) / (sampling.chains * sampling.draws)
    return tree["posterior"].to_dataset() if share < _DIVERGING else None


def _thinned(posterior: xr.Dataset) -> xr.Dataset:
    """Keep `RANKED` draws, evenly over chains, as one chain."""
    kept = {}
    for name, array in posterior.data_vars.items():
        if array.dims[:2] == ("chain", "draw"):
            flat = array.to_numpy().reshape(-1, *array.shape[2:])
            some = flat[np.linspace(0, len(flat) - 1, RANKED).astype(int)]
            kept[str(name)] = (array.dims, some[None])
    labels = {name: posterior[name].to_numpy() for name in ("borough", "year")}
    return xr.Dataset(kept, labels)


def quantities(
    posterior: xr.Dataset, observed: xr.Dataset, analysis: Analysis
) -> dict[Key, np.ndarray]:
    """Return the draws of every reported quantity and parameter by (estimand, year, scale).

    Without ratios, and outcomes averted where totals are known: their ranks are another's.
    """
    outcome = analysis.outcome
    rows = {
        (one.name, one.year, one.scale): one.draws
        for one in estimands(posterior, observed, outcome, effect=analysis.effect)
        if one.scale != outcome.ratio_scale
        and not (one.name == "outcomes_averted" and outcome.likelihood == "binomial")
    }
    counts = outcome.likelihood == "nb1" and analysis.evidence == "cells"
    for name in _OF_YEARS * (analysis.effect == "yearly") + _OF_COUNTS * counts:
        rows[name, "", ""] = posterior[name].transpose("chain", "draw").to_numpy()
    return rows


def _density(
    posterior: xr.Dataset, known: xr.Dataset, data: np.ndarray, analysis: Analysis
) -> np.ndarray:
    """Return the log likelihood of each replicate's data at each draw, dims (chain, draw).

    Parameters
    ----------
    posterior : xarray.Dataset, dims (chain, draw, ...)
        A replicate a chain.
    known : xarray.Dataset
        Evidence, of which totals or covariance count.
    data : ndarray, dims (chain, ...)
        Events, or estimates.
    analysis : Analysis
    """
    if analysis.evidence == "coefficients":
        given = np.isfinite(known["se"].to_numpy())
        contrast = posterior["contrast"].to_numpy()[..., given]
        covariance = known["covariance"].to_numpy()[np.ix_(given, given)]
        apart = (data[:, None, given] - contrast).reshape(-1, given.sum())
        density = stats.multivariate_normal.logpdf(apart, cov=covariance)
        return np.asarray(density).reshape(contrast.shape[:2])
    events, total = data[:, None], known["total"].to_numpy().astype(float)
    eta = posterior["eta"].to_numpy()

    def scalar(name: str) -> np.ndarray:
        values = np.broadcast_to(posterior[name].to_numpy(), eta.shape[:2])
        return np.asarray(np.maximum(values, SMALLEST_EXCESS)[..., None, None])

    if analysis.outcome.likelihood == "binomial":
        excess = np.maximum(scalar("design_effect") - 1, SMALLEST_EXCESS)
        precision = np.maximum((total - 1 - excess) / excess, 1.0)
        p = expit(eta)
        values = stats.betabinom.logpmf(events, total, p * precision, (1 - p) * precision)
    else:
        excess = scalar("dispersion_excess")
        size = total * scalar("exposure") * np.exp(eta) / excess
        values = stats.nbinom.logpmf(events, size, 1 / (1 + excess))
    return np.asarray(values.sum((2, 3), where=total > 0))
