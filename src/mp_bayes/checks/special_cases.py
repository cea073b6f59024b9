"""Models of others that this project's contain as special cases, fitted by both engines.

Where a prior of theirs is none that a file of priors can name, a near one is fitted and its draws
are weighted by the ratio of the two densities.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from scipy.special import expit

from mp_bayes.checks.published_posteriors import (
    COACHING,
    MEAN,
    OPERATIONS,
    OURS,
    REFERENCES,
    SCHOOLS,
    SURGERY,
    compared,
)
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import LARGEST_K, draw, smoothed, structure
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.inference.nuts import MAX_RHAT, MIN_ESS, Sampling, divergences, sample
from mp_bayes.models import cells_model, coefficients_model
from mp_bayes.priors.distributions import Fixed, LogNormal, Normal, Uniform
from mp_bayes.studies.study import Count, Outcome, Setting

ENGINES = ("laplace", "nuts")
# So many that our Monte Carlo errors are no larger than theirs.
_PROPOSALS = 100_000
_SAMPLING = Sampling(draws=5000, tune=2000, target_accept=0.99)
_SEED = 2020
_OFF = ("sd_shock", "rho", "sd_pre_trend", "mean_effect", "sd_effect", "comparison_effect", "delay")
_PLAIN: dict[str, Any] = {
    **{name: Fixed(value=0.0) for name in _OFF},
    "level_mean": Fixed(value=0.0),
    **{name: Fixed(value=1.0) for name in ("sd_borough", "sd_year", "half_life", "design_effect")},
    "nu": Fixed(value=5.0),
}


#: A posterior's draws by name, dims (chain, draw, ...).
_Draws = dict[str, Floats]


@dataclass(frozen=True)
class SpecialCase:
    """One model of others, as a case of ours.

    Attributes
    ----------
    outcome : Outcome
    data : xarray.Dataset
        Evidence, as from `mp_bayes.evidence.arrays`.
    priors : dict
    effect : str
        Structure of the effect.
    log_weight : callable
        Log of their prior's density over ours, up to a constant, of a posterior's draws.
    quantities : callable
        What was published, by name, of a posterior's draws; dims (chain, draw).
    """

    outcome: Outcome
    data: xr.Dataset
    priors: dict[str, Any]
    effect: str
    log_weight: Callable[[_Draws], Floats]
    quantities: Callable[[_Draws], dict[str, Floats]]


def eight_schools() -> SpecialCase:
    """Return the eight schools as published interactions of one year each, without shocks.

    Effects of years scatter around their mean as effects of schools do: mean Normal(0, 5), SD
    half-Cauchy(5). Above 60, where the SD's prior is cut off, the data leave it no chance.
    """
    years = tuple(str(2000 + place) for place in range(len(COACHING) + 1))
    setting = Setting(SCHOOLS, ("coached",), ("others",), (2001.0,), 0.0, years, years[0])
    estimate, se = np.array([(0.0, np.inf), *COACHING]).T
    data = xr.Dataset(
        {
            "estimate": ("year", estimate),
            "se": ("year", se),
            "covariance": (("year", "year_"), np.diag(se**2)),
            "pooling": ("borough", [1.0, -1.0]),
        },
        coords={"borough": list(setting.boroughs), "year": list(years), "year_": list(years)},
        attrs={"outcome": SCHOOLS, "evidence": "coefficients"},
    )
    priors = {
        **_PLAIN,
        "mean_effect": Normal(distribution="Normal", mu=0.0, sigma=5.0),
        "sd_effect": Uniform(distribution="Uniform", lower=0.0, upper=60.0),
    }
    names = [f"school {place + 1}" for place in range(len(COACHING))]
    return SpecialCase(
        Outcome(SCHOOLS, "Eight schools", setting, "binomial", 0.0, years, 1.0, "point"),
        data,
        priors,
        "yearly",
        lambda drawn: -np.log1p((drawn["sd_effect"] / 5.0) ** 2),
        lambda drawn: {
            **{name: drawn["contrast"][..., place + 1] for place, name in enumerate(names)},
            "mean over schools": drawn["mean_effect"],
            "SD over schools": drawn["sd_effect"],
        },
    )


def surgery() -> SpecialCase:
    """Return the twelve hospitals as boroughs with levels of their own, one year and no programme.

    Their mean is free (ours: Normal, SD 1); its precision is Gamma(0.001, 0.001) (ours: SD
    LogNormal).
    """
    names = tuple("ABCDEFGHIJKL")
    setting = Setting(SURGERY, names[:1], names[1:], (2001.0,), 0.0, ("2000",), "2000")
    counts = tuple(
        Count(name, "2000", deaths, operations)
        for name, (deaths, operations) in zip(names, OPERATIONS, strict=True)
    )
    outcome = Outcome(
        SURGERY,
        "Twelve hospitals",
        setting,
        "binomial",
        0.0,
        ("2000",),
        1.0,
        "death",
        counts=counts,
    )
    own: dict[str, Any] = {
        "level_mean": Normal(distribution="Normal", mu=-2.5, sigma=1.0),
        "sd_borough": LogNormal(distribution="LogNormal", median=0.4, sigma=1.0),
    }

    def log_weight(drawn: _Draws) -> Floats:
        sd = drawn["sd_borough"]
        theirs = -1.002 * np.log(sd) - 0.001 / sd**2
        ours = sum(prior.frozen().logpdf(drawn[name]) for name, prior in own.items())
        return np.asarray(theirs - ours)

    return SpecialCase(
        outcome,
        cells(outcome),
        _PLAIN | own,
        "constant",
        log_weight,
        lambda drawn: {
            **{
                f"hospital {name}": expit(drawn["eta"][..., place, 0])
                for place, name in enumerate(names)
            },
            "mean over hospitals, log-odds": drawn["level_mean"],
            "SD over hospitals, log-odds": drawn["sd_borough"],
        },
    )


def special_cases(
    engines: tuple[str, ...] = ENGINES,
    *,
    on_progress: Callable[[str, float, float], None] = lambda _text, _done, _total: None,
) -> pd.DataFrame:
    """Return every number of `REFERENCES` with ours beside it, by each engine.

    Parameters
    ----------
    engines : tuple of str
        Of `ENGINES`.
    on_progress : callable
        Called before and after each fit with words, how many are done, and of how many.

    Returns
    -------
    pandas.DataFrame
        case, quantity, statistic, engine; `ours` and `published` with Monte Carlo errors
        `ours_mcse` and `published_mcse`; `difference`, `tolerance`, whether the fit `converged`,
        whether it `agrees`, and `source`.
    """
    rows: list[dict[str, Any]] = []
    fits = [(case, engine) for case in (eight_schools(), surgery()) for engine in engines]
    for done, (case, engine) in enumerate(fits):
        on_progress(f"Fitting {case.outcome.label.lower()}", done, len(fits))
        drawn, error, converged = _fit(case, engine)
        values = case.quantities(drawn)
        log_weight = case.log_weight(drawn)
        weight, pareto_k = smoothed(log_weight.ravel())
        weight = weight.reshape(log_weight.shape) * weight.size
        converged &= pareto_k < LARGEST_K
        for one in REFERENCES:
            if one.case == case.outcome.name:
                found = _statistic(one.statistic, values[one.quantity], weight, error)
                # As they are written, so that what is worked out from them can be again.
                ours = {name: float(f"{x:.6g}") for name, x in zip(OURS, found, strict=True)}
                rows.append({"engine": engine, "converged": converged, **ours, **asdict(one)})
    on_progress("Fitted", len(fits), len(fits))
    return compared(pd.DataFrame(rows))


def _fit(case: SpecialCase, engine: str) -> tuple[_Draws, Callable[[Floats], float], bool]:
    """Return draws, what gives a mean's Monte Carlo error, and whether they may be used."""
    if engine == "laplace":
        known = structure(case.outcome, case.priors, effect=case.effect)
        drawn = draw(case.data, known, seed=_SEED, proposals=_PROPOSALS)
        root, sound = drawn.ess**0.5, drawn.pareto_k < LARGEST_K and drawn.ess > MIN_ESS
        return _arrays(drawn.posterior), lambda x: float(x.std() / root), sound
    build = coefficients_model if case.data.attrs["evidence"] == "coefficients" else cells_model
    model: pm.Model = build(case.outcome, case.data, case.priors, effect=case.effect)
    tree = sample(model, seed=_SEED, sampling=_SAMPLING)
    posterior = _arrays(tree["posterior"].to_dataset())
    sound = divergences(tree) == 0 and all(
        az.rhat(one) < MAX_RHAT
        and az.ess(one, method="bulk") > MIN_ESS
        and az.ess(one, method="tail", prob=(0.05, 0.95)) > MIN_ESS
        for one in case.quantities(posterior).values()
    )
    return posterior, lambda x: float(az.mcse(x)), sound


def _arrays(posterior: xr.Dataset) -> _Draws:
    return {
        str(name): one.transpose("chain", "draw", ...).to_numpy() for name, one in posterior.items()
    }


def _statistic(
    name: str, values: Floats, weight: Floats, error: Callable[[Floats], float]
) -> tuple[float, float]:
    """Return a statistic of weighted draws, dims (chain, draw), with its Monte Carlo error.

    Of a ratio of means, to the first order; a quantile's is read off where the share below it would
    be one error less or more.
    """
    if name == MEAN:
        mean = float((weight * values).mean())
        return mean, error(weight * (values - mean))
    share = float(name.removesuffix("%")) / 100
    order = values.ravel().argsort()
    sorted_values = values.ravel()[order]
    below = weight.ravel()[order].cumsum() / weight.size

    def at(wanted: float) -> float:
        return float(np.interp(wanted, below, sorted_values))

    quantile = at(share)
    off = error(weight * ((values <= quantile) - share))
    return quantile, (at(share + off) - at(share - off)) / 2
