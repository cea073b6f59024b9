"""The analyses that are compared: each turns replicates into one table of answers."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.estimands import INTERVAL, span
from mp_bayes.estimands.effects import estimands
from mp_bayes.estimands.summaries import summarise
from mp_bayes.inference.laplace import NotFastError, fast_effects, structure, vouched_draws
from mp_bayes.inference.laplace.structure import Structure
from mp_bayes.inference.nuts import STANDARD, seed_for
from mp_bayes.names import check
from mp_bayes.priors import SHOCK_PRIORS, Priors
from mp_bayes.priors.distributions import Fixed, Normal
from mp_bayes.simulate.boroughs import Replicates
from mp_bayes.simulate.closed_form import DID, OPPONENTS, opponent, plain_did
from mp_bayes.simulate.draw import baseline_priors
from mp_bayes.simulate.scenario import Scenario
from mp_bayes.studies.study import EFFECTS, Outcome

#: What is kept of a fit: effects as a change per 100, and on the link scale.
ESTIMANDS = ("average_effect", "fully_embedded_effect")
SUMMARIES = ["mean", "sd", "lower", "upper", "prob_below_0", "prob_beyond_minimum"]
LABELS = ["replicate", "estimand", "year", "scale"]
COLUMNS = [*LABELS, *SUMMARIES, "interval", "usable", "engine", "reason"]
#: Fits that one call of `answers` samples unless told otherwise, that is for a chunk of replicates,
#: a number of post-years and a method. What lies beyond failed: each takes minutes.
MOST_SAMPLED = 3
#: Engines that answer where the fast posterior does not vouch for itself: weighted draws take a
#: second, and where those do not vouch for themselves either, the sampler takes minutes.
DRAWN, SAMPLED = "laplace_draws", "nuts"
# Draws for a mean with a Monte Carlo error of about 0.02 posterior SDs.
_PROPOSALS = 4000
_NOT_VOUCHED = "the fast posterior does not vouch for it"
#: SD of an effect prior that is as good as flat: 95% between odds or rate ratios of 1/134 and 134.
FLAT = 2.5


@dataclass(frozen=True)
class Method:
    """One analysis.

    Attributes
    ----------
    shock : str
        A shock prior of the Bayesian model; or one of `DID`, the report's linear probability
        regression, or its logit or quasi-Poisson; or one of `OPPONENTS`.
    effect : str
        Effect structure of the Bayesian model; empty for the others.
    prior_sd : float, optional
        SD of the analysis prior of the effect around 0, instead of the priors file's; `FLAT` for
        none to speak of. Yearly effects are then not pooled: each moves about the mean effect with
        an SD as large.
    """

    shock: str
    effect: str = ""
    prior_sd: float | None = None

    def __post_init__(self) -> None:
        check("method", self.shock, (*SHOCK_PRIORS, *DID, *OPPONENTS))
        allowed = EFFECTS if self.shock in SHOCK_PRIORS else ("",)
        if self.effect not in allowed:
            raise InputError(
                f"unknown effect structure '{self.effect}' of {self.shock}: "
                f"choose one of {', '.join(allowed) or 'none'}"
            )
        if self.prior_sd is not None and not (self.effect and 0 < self.prior_sd <= 10):
            raise InputError(
                "analysis prior (--analysis-prior-sd): its SD must be above 0 and at most 10, of a "
                f"Bayesian method (given: {self.prior_sd:g} for {self.shock})"
            )

    @property
    def name(self) -> str:
        """As in tables: `national/embedding`, `national/embedding/flat`, `did_linear`."""
        prior = "" if self.prior_sd is None else f"sd {self.prior_sd:g}"
        prior = "flat" if self.prior_sd == FLAT else prior
        return "/".join(part for part in (self.shock, self.effect, prior) if part)

    def priors(self, priors: Priors, scenario: Scenario) -> dict[str, Any]:
        """Return every parameter's prior in this analysis of a scenario's boroughs."""
        chosen = priors.select(scenario.outcome, shock=self.shock)
        if self.prior_sd is not None:
            chosen["mean_effect"] = Normal(distribution="Normal", mu=0.0, sigma=self.prior_sd)
            chosen["sd_effect"] = Fixed(value=self.prior_sd)
        return baseline_priors(chosen, scenario)


def answers(
    method: Method,
    replicates: Replicates,
    priors: Priors,
    *,
    seed: int,
    most_sampled: int | None = MOST_SAMPLED,
) -> pd.DataFrame:
    """Analyse replicates by one method.

    Parameters
    ----------
    method : Method
    replicates : Replicates
    priors : Priors
    seed : int
        For the fits that have to be sampled.
    most_sampled : int, optional
        How many of those are, the first; the others have failed. With None, all that the fast
        posterior does not vouch for have failed; with 0, those whose weighted draws do not either.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. `mean` and `sd` are estimate and SE for DiD. `engine` is `closed_form`,
        `laplace` or, where the fast posterior does not vouch for itself, `laplace_draws`, or
        `nuts` where these do not either; `none` for a fit beyond the first `most_sampled` of
        those, whose summaries are not numbers. `usable`
        is False for a fit that failed; `reason` says why, where that is known beforehand.
    """
    if method.shock in DID:
        return plain_did(method.shock, replicates)[COLUMNS]
    if method.shock in OPPONENTS:
        return opponent(method.shock, replicates, priors, seed=seed)[COLUMNS]
    return _bayes(method, replicates, priors, seed, most_sampled)


def _bayes(
    method: Method, replicates: Replicates, priors: Priors, seed: int, most_sampled: int | None
) -> pd.DataFrame:
    chosen = method.priors(priors, replicates.scenario)
    numbers = np.array(replicates.numbers)
    reason = _NOT_VOUCHED
    built = None
    try:
        built = _structure(replicates.outcome, tuple(chosen.items()), method.effect)
        fitted = fast_effects(built, replicates.events, replicates.total)
        fitted = fitted.assign(engine="laplace", reason="")
    except NotFastError as error:
        fitted = pd.DataFrame({"replicate": np.arange(numbers.size), "usable": False})
        reason = str(error)
    refit = np.unique(fitted.loc[~fitted["usable"], "replicate"])
    parts = [fitted[~fitted["replicate"].isin(refit)]]
    beyond = []
    sampled = 0
    for place in refit:
        data, number = replicates.dataset(int(place)), str(numbers[place])
        rows = None
        if built is not None and most_sampled is not None:
            rows = _drawn(built, data, method, seed, number)
        if rows is None and sampled < (most_sampled or 0):
            rows = _sampled(replicates.outcome, data, chosen, method, seed, number)
            sampled += 1
        if rows is None:
            beyond.append(place)
        else:
            parts.append(rows.assign(replicate=place, reason=""))
    scales = [replicates.outcome.link_scale, replicates.outcome.response_scale]
    if beyond:
        labels = _labels(method, replicates, scales).merge(
            pd.DataFrame({"replicate": beyond}), how="cross"
        )
        failed = labels.assign(usable=False, engine="none", **dict.fromkeys(SUMMARIES, np.nan))
        parts.append(failed.assign(reason=f"{reason}, and no more are sampled"))
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
    rows = rows[rows["estimand"].isin(ESTIMANDS) & rows["scale"].isin(scales)]
    rows = rows.assign(replicate=numbers[rows["replicate"].to_numpy()])
    return rows.sort_values("replicate", kind="stable", ignore_index=True)[COLUMNS]


def _labels(method: Method, replicates: Replicates, scales: list[str]) -> pd.DataFrame:
    """Name the rows of one fit, for fits that there are none of."""
    years = {"average_effect": span(replicates.outcome.post_years), "fully_embedded_effect": ""}
    kept = {name: year for name, year in years.items() if method.effect != "yearly" or year}
    rows = [(*one, scale, INTERVAL) for one in kept.items() for scale in scales]
    return pd.DataFrame(rows, columns=["estimand", "year", "scale", "interval"])


@lru_cache(maxsize=128)
def _structure(outcome: Outcome, priors: tuple[tuple[str, Any], ...], effect: str) -> Structure:
    """Work a structure out once for all chunks, and for all trials that share it."""
    return structure(outcome, dict(priors), effect=effect)


def _drawn(
    built: Structure, data: xr.Dataset, method: Method, seed: int, number: str
) -> pd.DataFrame | None:
    """Summarise weighted draws of one data set; None if they do not vouch for themselves."""
    drawn = vouched_draws(
        data, built, seed=seed_for(seed, method.name, number), proposals=_PROPOSALS
    )
    if drawn is None:
        return None
    rows = estimands(drawn.posterior, data, built.outcome, effect=method.effect)
    effects = summarise(rows, ess=drawn.ess, pareto_k=drawn.pareto_k)
    return effects.assign(usable=True, engine=DRAWN)


def _sampled(
    outcome: Outcome,
    data: xr.Dataset,
    priors: dict[str, Any],
    method: Method,
    seed: int,
    number: str,
) -> pd.DataFrame:
    """Fit one data set with NUTS."""
    # The samplers are slow to import, and most studies never need them.
    from mp_bayes.inference.agreement import sampled_effects

    effects = sampled_effects(
        outcome,
        data,
        priors,
        effect=method.effect,
        seed=seed_for(seed, method.name, number),
        sampling=STANDARD,
        cores=1,
    )
    return effects.assign(engine=SAMPLED)
