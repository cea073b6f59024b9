"""Truths from a model's own priors, and data from them, by a path of its own.

Written from the model's description (docs/methods.md), not from its code: doses by plain averages
over a grid, shocks year by year, counts by compounding. Only priors and study are shared.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import expit

from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors.distributions import Fixed
from mp_bayes.reanalysis.grid import Analysis

#: SDs of levels, common years and free pre-trends in the models that are checked, in log-odds or
#: log-rates. The study's own priors of these are so wide that most data drawn from them have none
#: or all of their events. With these a borough's odds differ from the study's by a factor of less
#: than 2.7 with 95%, a year's by less than 1.8.
PROPER = {"sd_borough": 0.5, "sd_year": 0.3, "sd_pre_trend": 0.3}
#: What may be wrong with a simulator on purpose, so that the test is tested.
FAULTS = {
    "prior": "the simulator draws shocks half as large as the model's prior says",
    "root": "the simulator takes the shocks' variance for their standard deviation",
}
# Points of an outcome's window, and of a year's referrals: the dose is then right to 0.003.
_POINTS = 200
_SMALLER = 0.5


@dataclass(frozen=True)
class Simulated:
    """Truths, and the data that each gave.

    Attributes
    ----------
    truth : xarray.Dataset, dims (chain, draw, ...)
        Under the names of a posterior: draw is the replicate, and there is one chain.
    known : xarray.Dataset
        The study's own evidence, all of which but `drawn` is every replicate's.
    drawn : ndarray, dims (..., replicate)
        Events (borough, year), or estimates (year).
    """

    truth: xr.Dataset
    known: xr.Dataset
    drawn: np.ndarray

    def data(self, replicate: int) -> xr.Dataset:
        """Return one replicate's evidence."""
        name = "events" if "events" in self.known else "estimate"
        return self.known.assign({name: (self.known[name].dims, self.drawn[..., replicate])})


def proper(priors: dict[str, Any], analysis: Analysis) -> dict[str, Any]:
    """Return priors with `PROPER` ones where data must not come from the study's.

    Parameters
    ----------
    priors : dict
        From `Priors.select`.
    analysis : Analysis
        Levels are centred on its outcome's rate, in log-odds or log-rates per child-year.
    """
    observed = cells(analysis.outcome).sum()
    share = float(observed["events"] / observed["total"])
    if analysis.outcome.likelihood == "binomial":
        centre = np.log(share / (1 - share))
    else:
        centre = np.log(share / middle(priors["exposure"]))
    narrow = {name: Fixed(value=sd) for name, sd in PROPER.items() if priors[name].support[1] > 0}
    return priors | narrow | {"level_mean": Fixed(value=round(float(centre), 2))}


def middle(prior: Any) -> float:
    """Return a prior's median."""
    return float(prior.quantile(np.zeros(1))[0])


def simulate(
    analysis: Analysis, priors: dict[str, Any], *, replicates: int, seed: int, fault: str = ""
) -> Simulated:
    """Draw every parameter from its prior, and data from the likelihood.

    Parameters
    ----------
    analysis : Analysis
        Its evidence says whether cells or published coefficients are drawn. Totals, or the
        coefficients' covariance, are the study's.
    priors : dict
        From `proper`.
    replicates, seed : int
    fault : str
        One of `FAULTS`; none unless given.

    References
    ----------
    Talts, Betancourt, Simpson, Vehtari and Gelman 2018, arXiv:1804.06788.
    """
    rng = np.random.default_rng(seed)
    outcome, setting = analysis.outcome, analysis.outcome.setting
    boroughs, years = len(setting.boroughs), len(setting.years)
    treated = np.arange(boroughs) < len(setting.treated_boroughs)
    own = {name: _drawn(prior, replicates, rng) for name, prior in priors.items()}

    def normal(*shape: int) -> Floats:
        return rng.standard_normal((*shape, replicates))

    level = own["level_mean"] + own["sd_borough"] * normal(boroughs)
    common = own["sd_year"] * normal(years) * ~setting.reference[:, None]
    noise = normal(boroughs, years)
    if analysis.shape == "student":
        # Scaled to the variance of normal noise.
        noise *= np.sqrt((own["nu"] - 2) / rng.chisquare(own["nu"], noise.shape))
    shock = _shocks(own["sd_shock"], own["rho"], noise, fault)
    amount = _doses(analysis, own["half_life"])
    effect = own["mean_effect"] * amount
    departs = np.zeros((boroughs, years, replicates))
    if analysis.effect == "yearly":
        effect = (own["mean_effect"] + own["sd_effect"] * normal(years)) * amount
        free = (amount == 0) & ~setting.reference[:, None] & treated[:, None, None]
        departs = free * own["sd_pre_trend"] * normal(years)
    eta = level[:, None] + common + shock + effect + departs
    truth: dict[str, Any] = {name: (("draw",), values) for name, values in own.items()}
    truth["effect"] = (("borough", "year", "draw"), effect)
    observed = cells(outcome)
    if analysis.evidence == "cells":
        truth["eta"] = (("borough", "year", "draw"), eta)
        known = observed
        data = counts(outcome.likelihood, observed["total"].to_numpy(), eta, own, rng)
    else:
        known = coefficients(outcome)
        contrast = _contrasts(analysis, observed, shock + effect + departs)
        truth["contrast"] = (("year", "draw"), contrast)
        data = estimates(known, contrast, rng)
    labels = {"borough": list(setting.boroughs), "year": list(setting.years)}
    drawn = xr.Dataset(truth, labels | {"draw": np.arange(replicates)}).expand_dims(chain=[0])
    return Simulated(drawn, known, data)


def _drawn(prior: Any, count: int, rng: np.random.Generator) -> Floats:
    """Draw from a prior by SciPy, not by the quantile table that the models take in."""
    if isinstance(prior, Fixed):
        return np.full(count, prior.value)
    return np.asarray(prior.frozen().rvs(count, random_state=rng))


def _shocks(sd: Floats, rho: Floats, noise: Floats, fault: str) -> Floats:
    """Draw stationary AR(1) shocks year by year, dims (borough, year, replicate)."""
    scale = {"": sd, "prior": _SMALLER * sd, "root": sd**2}[fault]
    shock = np.empty_like(noise)
    shock[:, 0] = scale * noise[:, 0]
    for year in range(1, noise.shape[1]):
        fresh = scale * np.sqrt(1 - rho**2) * noise[:, year]
        shock[:, year] = rho * shock[:, year - 1] + fresh
    return shock


def _doses(analysis: Analysis, half_life: Floats) -> Floats:
    """Return doses, dims (borough, year, replicate): averages over referral dates and window."""
    setting, window = analysis.outcome.setting, analysis.outcome.window
    amount = np.zeros((len(setting.boroughs), len(setting.years), half_life.size))
    middles = (np.arange(_POINTS) + 0.5) / _POINTS
    for borough, onset in enumerate(setting.onsets):
        for year, start in enumerate(setting.bin_starts):
            if analysis.effect == "yearly" and analysis.coding == "published":
                amount[borough, year] = float(start >= onset - 1e-9)
                continue
            looks = window * middles if window else np.zeros(1)
            since = np.add.outer(start + middles, looks).ravel() - onset
            after = since[since > 0]
            embedded = np.full(half_life.size, float(after.size))
            if analysis.effect == "embedding":
                embedded = np.array([(1 - 2 ** (-after / one)).sum() for one in half_life])
            amount[borough, year] = embedded / since.size
    return amount


def counts(
    likelihood: str,
    total: Floats,
    eta: Floats,
    own: dict[str, Floats],
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw events, dims (borough, year, replicate).

    A Binomial whose share is a Beta, so that two referrals of a cell correlate by
    (design effect - 1) / (total - 1); a Poisson whose mean is a Gamma with that mean, so that the
    variance is (1 + dispersion excess) times the mean.
    """
    size = total[..., None] * np.ones(eta.shape[-1])
    if likelihood == "binomial":
        p = expit(eta)
        correlation = (own["design_effect"] - 1) / np.maximum(size - 1, 1)
        if (correlation > 0).any():
            others = 1 / np.maximum(correlation, 1e-12) - 1
            p = rng.beta(p * others, (1 - p) * others)
        return np.asarray(rng.binomial(size.astype(int), p))
    mean = size * own["exposure"] * np.exp(eta)
    excess = own["dispersion_excess"]
    return np.asarray(rng.poisson(rng.gamma(mean / excess, 1.0) * excess))


def _contrasts(analysis: Analysis, observed: xr.Dataset, moved: Floats) -> Floats:
    """Return treated less comparison, less the same in the reference year, dims (year, replicate).

    Several boroughs count by their totals, as regressions pool them.
    """
    setting = analysis.outcome.setting
    weight = observed["total"].sum("year").to_numpy().astype(float)
    count = len(setting.treated_boroughs)
    apart = np.average(moved[:count], axis=0, weights=weight[:count])
    apart -= np.average(moved[count:], axis=0, weights=weight[count:])
    return np.asarray(apart - apart[setting.reference])


def estimates(known: xr.Dataset, contrast: Floats, rng: np.random.Generator) -> Floats:
    """Draw estimates with the published covariance, dims (year, replicate)."""
    given = np.isfinite(known["se"].to_numpy())
    covariance = known["covariance"].to_numpy()[np.ix_(given, given)]
    estimate = np.zeros_like(contrast)
    for replicate, truth in enumerate(contrast.T):
        estimate[given, replicate] = rng.multivariate_normal(truth[given], covariance)
    return estimate
