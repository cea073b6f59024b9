"""The analyses that are compared: each turns replicates into one table of answers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.estimands import span
from mp_bayes.fast import NotFastError, fast_effects, structure
from mp_bayes.frequentist import Z95, did
from mp_bayes.priors import SHOCK_PRIORS, Priors
from mp_bayes.simulate.boroughs import Replicates
from mp_bayes.simulate.draw import baseline_priors
from mp_bayes.study import EFFECTS

#: The report's own difference-in-differences, pooled over post-years and by year.
DID = ("did_linear", "did_log")
#: What is kept of a fit: effects as a change per 100, and on the link scale.
ESTIMANDS = ("average_effect", "fully_embedded_effect")
SUMMARIES = ["mean", "sd", "lower", "upper", "prob_below_0", "prob_beyond_minimum"]
COLUMNS = ["replicate", "estimand", "year", "scale", *SUMMARIES, "interval", "usable", "engine"]


@dataclass(frozen=True)
class Method:
    """One analysis.

    Attributes
    ----------
    shock : str
        A shock prior of the Bayesian model; or one of `DID`: the report's linear probability
        regression, or its logit or quasi-Poisson.
    effect : str
        Effect structure of the Bayesian model; empty for DiD.
    """

    shock: str
    effect: str = ""

    def __post_init__(self) -> None:
        if self.shock not in (*SHOCK_PRIORS, *DID):
            known = ", ".join((*SHOCK_PRIORS, *DID))
            raise InputError(f"unknown method '{self.shock}': choose one of {known}")
        allowed = ("",) if self.shock in DID else EFFECTS
        if self.effect not in allowed:
            raise InputError(
                f"unknown effect structure '{self.effect}' of {self.shock}: "
                f"choose one of {', '.join(allowed) or 'none'}"
            )

    @property
    def name(self) -> str:
        """As in tables: `national/embedding`, `did_linear`."""
        return f"{self.shock}/{self.effect}" if self.effect else self.shock


def answers(method: Method, replicates: Replicates, priors: Priors, *, seed: int) -> pd.DataFrame:
    """Analyse replicates by one method.

    Parameters
    ----------
    method : Method
    replicates : Replicates
    priors : Priors
    seed : int
        For the fits that have to be sampled.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. `mean` and `sd` are estimate and SE for DiD. `engine` is `closed_form`,
        `laplace` or, where the fast posterior does not vouch for itself, `nuts`; `usable` is
        False for a fit that failed.
    """
    if method.shock in DID:
        return _did(method.shock, replicates)
    return _bayes(method, replicates, priors, seed)


def _bayes(method: Method, replicates: Replicates, priors: Priors, seed: int) -> pd.DataFrame:
    chosen = baseline_priors(
        priors.select(replicates.outcome, shock=method.shock), replicates.scenario
    )
    numbers = np.array(replicates.numbers)
    try:
        fitted = fast_effects(
            structure(replicates.outcome, chosen, effect=method.effect),
            replicates.events,
            replicates.total,
        )
        fitted = fitted.assign(engine="laplace")
    except NotFastError:
        fitted = pd.DataFrame({"replicate": np.arange(numbers.size), "usable": False})
    refit = np.unique(fitted.loc[~fitted["usable"], "replicate"])
    parts = [fitted[~fitted["replicate"].isin(refit)]]
    for place in refit:
        data = replicates.dataset(int(place))
        sampled = _sampled(data, chosen, method, seed, str(numbers[place]))
        parts.append(sampled.assign(replicate=place, engine="nuts"))
    rows = pd.concat([part for part in parts if len(part)], ignore_index=True)
    scales = [replicates.outcome.link_scale, replicates.outcome.response_scale]
    rows = rows[rows["estimand"].isin(ESTIMANDS) & rows["scale"].isin(scales)]
    rows = rows.assign(replicate=numbers[rows["replicate"].to_numpy()])
    return rows.sort_values("replicate", kind="stable", ignore_index=True)[COLUMNS]


def _sampled(
    data: xr.Dataset, priors: dict[str, Any], method: Method, seed: int, number: str
) -> pd.DataFrame:
    """Fit one data set with NUTS."""
    # The samplers are slow to import, and most studies never need them.
    from mp_bayes.fit import STANDARD, seed_for
    from mp_bayes.simulate.agreement import sampled_effects

    return sampled_effects(
        data,
        priors,
        effect=method.effect,
        seed=seed_for(seed, method.name, number),
        sampling=STANDARD,
        cores=1,
    )


def _did(name: str, replicates: Replicates) -> pd.DataFrame:
    """Run the report's regressions: clustered SEs know the design effect, or the dispersion."""
    scenario, outcome = replicates.scenario, replicates.outcome
    study = outcome.study
    starts = study.bin_starts
    treated = np.arange(len(study.boroughs)) < len(study.treated_boroughs)
    # With staggered onsets the years between the first and the last are neither.
    after = starts >= max(study.onsets) - 1e-9
    # The report's reference: the first year of referrals, the last before the onset for counts.
    reference = np.arange(len(study.years)) == (0 if scenario.binary else scenario.pre_years - 1)
    model, scale, factor = "linear", outcome.response_scale, 100.0
    if name == "did_log":
        model, scale, factor = outcome.published_model, outcome.link_scale, 1.0
    elif not scenario.binary:
        raise InputError("did_linear is the report's regression of binary outcomes; use did_log")
    spread = scenario.design_effect if scenario.binary else scenario.dispersion
    groups = [("average_effect", span(outcome.post_years), ~study.post, after)] + [
        ("yearly_effect", year, reference, np.array(study.years) == year)
        for year in np.array(study.years)[after]
    ]
    parts = []
    for estimand, year, before, these in groups:
        estimate, se = did(
            replicates.events,
            replicates.total,
            treated=treated,
            before=before,
            after=these,
            model=model,
            scale=spread,
        )
        estimate, se = factor * estimate, factor * se
        parts.append(
            pd.DataFrame(
                {
                    "replicate": replicates.numbers,
                    "estimand": estimand,
                    "year": year,
                    "scale": scale,
                    "mean": estimate,
                    "sd": se,
                    "lower": estimate - Z95 * se,
                    "upper": estimate + Z95 * se,
                    "prob_below_0": np.nan,
                    "prob_beyond_minimum": np.nan,
                    "interval": "95% confidence",
                    "usable": np.isfinite(estimate),
                    "engine": "closed_form",
                }
            )
        )
    return pd.concat(parts, ignore_index=True)[COLUMNS]
