"""What ArviZ expects beside the posterior: predictions, log likelihoods, priors, and the data."""

from typing import Any

import numpy as np
import xarray as xr
from scipy import stats
from scipy.linalg import solve_triangular

from mp_bayes.estimands.predictive import replicate
from mp_bayes.evidence.arrays import coefficients
from mp_bayes.priors.distributions import Fixed
from mp_bayes.priors.quantiles import SMALLEST_EXCESS
from mp_bayes.studies.study import Outcome

#: Draws of the prior, as many as a thinned posterior has.
_PRIOR_DRAWS = 320
_CELLS = ("borough", "year")


def log_likelihood(posterior: xr.Dataset, observed: xr.Dataset, outcome: Outcome) -> xr.DataArray:
    """Return the log likelihood of every cell at every draw, dims (chain, draw, borough, year).

    Not a number in a year without data.
    """
    eta = posterior["eta"].transpose("chain", "draw", *_CELLS)
    total, events = (observed[name].transpose(*_CELLS) for name in ("total", "events"))
    if outcome.likelihood == "binomial":
        excess = (posterior["design_effect"] - 1).clip(min=SMALLEST_EXCESS)
        precision = ((total - 1 - excess) / excess).clip(min=1.0)
        p = (1 + xr.apply_ufunc(np.exp, -eta)) ** -1
        a, b = ((share * precision).transpose(*eta.dims) for share in (p, 1 - p))
        values = stats.betabinom.logpmf(events, total, a, b)
    else:
        excess = posterior["dispersion_excess"].clip(min=SMALLEST_EXCESS)
        mean = (total * posterior["exposure"] * np.exp(eta)).transpose(*eta.dims)
        size = (mean / excess).transpose(*eta.dims)
        values = stats.nbinom.logpmf(events, size, size / (size + mean))
    return eta.copy(data=values).where(total > 0)


def _of_estimates(posterior: xr.Dataset, outcome: Outcome, seed: int) -> dict[str, xr.Dataset]:
    """Return the groups of a fit of published estimates, dims (..., year).

    The estimates are correlated: each year's log likelihood is given the years before, so that
    they add up to the joint one.
    """
    years = [year for year in outcome.years if year != outcome.setting.reference_year]
    known = coefficients(outcome).sel(year=years, year_=years)
    root = np.linalg.cholesky(known["covariance"].to_numpy())
    contrast = posterior["contrast"].sel(year=known["year"]).transpose("chain", "draw", "year")
    apart = known["estimate"].to_numpy() - contrast.to_numpy()
    white = solve_triangular(root, np.moveaxis(apart, -1, 0).reshape(len(root), -1), lower=True)
    density = stats.norm.logpdf(white.T) - np.log(np.diag(root))
    noise = np.random.default_rng(seed).standard_normal(contrast.shape) @ root.T
    values = {
        "observed_data": known["estimate"].drop_vars("year_", errors="ignore"),
        "posterior_predictive": contrast + noise,
        "log_likelihood": contrast.copy(data=density.reshape(contrast.shape)),
    }
    return {name: xr.Dataset({"observed_estimate": one}) for name, one in values.items()}


def add_groups(
    tree: xr.DataTree, priors: dict[str, Any], observed: xr.Dataset, outcome: Outcome, *, seed: int
) -> xr.DataTree:
    """Return a fit's tree with the groups that ArviZ' functions look for.

    Parameters
    ----------
    tree : xarray.DataTree
        With `posterior`, thinned as it is to be kept.
    priors : dict
        Of the fit, from `Priors.select`.
    observed : xarray.Dataset, dims (borough, year)
        `events` and `total`.
    outcome : Outcome
    seed : int

    Returns
    -------
    xarray.DataTree
        With `prior` and `log_prior` of every scalar parameter that is not fixed; `observed_data`
        (events) and `constant_data` (total); `posterior_predictive` and `log_likelihood` of
        `observed_events`, or of `observed_estimate` where published estimates were fitted.
    """
    posterior = tree["posterior"].to_dataset()
    free = {
        name: prior
        for name, prior in priors.items()
        if name in posterior and not isinstance(prior, Fixed)
    }
    rng = np.random.default_rng(seed)
    drawn = {
        name: (("chain", "draw"), prior.quantile(rng.standard_normal((1, _PRIOR_DRAWS))))
        for name, prior in free.items()
    }
    density = {
        name: posterior[name].copy(data=prior.frozen().logpdf(posterior[name].to_numpy()))
        for name, prior in free.items()
    }
    groups: dict[str, xr.Dataset] = {
        **{str(name): node.to_dataset() for name, node in tree.children.items()},
        "prior": xr.Dataset(drawn, {"chain": [0], "draw": np.arange(_PRIOR_DRAWS)}),
        "log_prior": xr.Dataset(density),
        "observed_data": observed[["events"]].rename(events="observed_events"),
        "constant_data": observed[["total"]],
    }
    if "eta" in posterior:
        eta = posterior["eta"].transpose("chain", "draw", *_CELLS)
        replicated = eta.copy(data=replicate(posterior, observed["total"], outcome, seed))
        groups["posterior_predictive"] = xr.Dataset({"observed_events": replicated})
        groups["log_likelihood"] = xr.Dataset(
            {"observed_events": log_likelihood(posterior, observed, outcome)}
        )
    else:
        groups |= _of_estimates(posterior, outcome, seed)
    joined = xr.DataTree.from_dict(groups)
    joined.attrs = tree.attrs
    return joined
