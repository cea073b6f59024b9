"""One assumption at a time: a chain of estimates from the published number to the headline.

Each step changes one thing and keeps all earlier changes. A step that would change nothing for an
outcome (dosing, where no year is partly exposed) is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from mp_bayes.estimands import INTERVAL, span
from mp_bayes.priors import Priors
from mp_bayes.priors.distributions import Fixed, Normal
from mp_bayes.reanalysis.comparison import published, recomputed
from mp_bayes.reanalysis.sensitivity import chosen_rows, fast_answer
from mp_bayes.studies.study import Outcome

#: SD of a prior that is flat beside any effect, in log-odds or log-rates; a quarter of it, where a
#: year has a quarter of an effect, is so still.
FLAT = 10.0
#: Every year's effect on its own, and no prior to speak of.
ALONE: dict[str, Any] = {"mean_effect": Fixed(value=0.0), "sd_effect": Fixed(value=FLAT)}
_FLAT_MEAN: dict[str, Any] = {"mean_effect": Normal(distribution="Normal", mu=0.0, sigma=FLAT)}
_SHARED_BASELINE: dict[str, Any] = {"sd_pre_trend": Fixed(value=0.0)}


@dataclass(frozen=True)
class Step:
    """One step of the chain that is fitted, from the cells.

    Attributes
    ----------
    name : str
        As in tables.
    label : str
        What is changed, for people.
    shock, coding : str
        As of an `Analysis`.
    changes : dict
        Priors that replace the file's.
    """

    name: str
    label: str
    shock: str
    coding: str
    changes: dict[str, Any] = field(default_factory=dict)


#: After the published and the recomputed estimate, and before the headline.
STEPS = (
    Step(
        "link",
        "fitted as a model with flat priors",
        "none",
        "published",
        ALONE,
    ),
    Step(
        "baseline",
        "all years before the onset are the baseline, not one of them",
        "none",
        "published",
        ALONE | _SHARED_BASELINE,
    ),
    Step(
        "dosed",
        "partly exposed years have part of an effect",
        "none",
        "dosed",
        ALONE | _SHARED_BASELINE,
    ),
    Step(
        "shocks",
        "each borough has its own shocks, of national size",
        "national",
        "dosed",
        ALONE,
    ),
    Step(
        "pooled",
        "yearly effects share a mean, their SD has a prior",
        "national",
        "dosed",
        _FLAT_MEAN,
    ),
)
PUBLISHED, RECOMPUTED, LAST = "published", "recomputed", "headline"
LABELS = {
    PUBLISHED: "as published, adjusted for covariates",
    RECOMPUTED: "recomputed from the totals, without covariates",
    **{step.name: step.label for step in STEPS},
    LAST: "the mean effect has a prior around 0: the headline",
}
COLUMNS = [
    "outcome",
    "year",
    "step",
    "name",
    "label",
    "scale",
    "estimate",
    "lower",
    "upper",
    "interval",
    "change",
    "usable",
]


def scale_of(outcome: Outcome) -> str:
    """Return the scale of the chain: log-odds or log-rates, as the report's regressions have too.

    The posterior mean of a change in percentage points is skewed, the more so the wider the
    posterior; on this scale a step that only widens the interval does not move the estimate.
    """
    return outcome.link_scale


def steps_of(outcome: Outcome) -> list[Step]:
    """Return the fitted steps that change something for an outcome."""
    return [step for step in STEPS if step.name != "dosed" or outcome.reaches_past_onset.any()]


def decompose(effects: pd.DataFrame, outcomes: Iterable[Outcome], priors: Priors) -> pd.DataFrame:
    """Walk from the published estimate to the headline, for every outcome, year and average.

    Parameters
    ----------
    effects : pandas.DataFrame
        The main job's, with the headline analyses.
    outcomes : iterable of Outcome
    priors : Priors

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. `year` is a post-year, or their span for the average over them, weighted
        by the treated borough's referrals or cases. `estimate` is on `scale` (log-odds, or
        log-rates), with a 95% interval; `change` is the difference from the step before. The
        steps between the recomputed estimate and the headline are posterior means by the fast
        posterior.

    References
    ----------
    2020 report, Tables 8-11, 13, 15 and 16.
    """
    tables = [
        _chain(outcome, effects, priors)
        for outcome in outcomes
        if effects["outcome"].eq(outcome.name).any()
    ]
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def _chain(outcome: Outcome, effects: pd.DataFrame, priors: Priors) -> pd.DataFrame:
    """Return the chain of one outcome."""
    scale = scale_of(outcome)
    labels = [*outcome.post_years, span(outcome.post_years)]
    parts = []
    for name, table in (
        *([(PUBLISHED, published(outcome))] if "coefficients" in outcome.evidence else []),
        (RECOMPUTED, recomputed(outcome, priors)),
    ):
        shown = table["estimand"].isin(["yearly_effect", "average_effect"])
        rows = table[shown & table["scale"].eq(scale)].set_index("year").reindex(labels)
        rows = rows[["estimate", "lower", "upper"]].reset_index()
        parts.append(rows.assign(name=name, interval="95% confidence", usable=True))
    own = effects[
        effects["outcome"].eq(outcome.name)
        & effects["evidence"].eq("cells")
        & effects["shock_prior"].eq("national")
        & effects["effect_structure"].eq("yearly")
    ]
    fitted = {
        step.name: fast_answer(
            outcome, priors, shock=step.shock, coding=step.coding, changes=step.changes
        )
        for step in steps_of(outcome)
    }
    for name, table in {**fitted, LAST: own}.items():
        rows = chosen_rows(table, outcome, scale).rename(columns={"mean": "estimate"})
        rows = rows[["year", "estimate", "lower", "upper", "usable"]]
        parts.append(rows.assign(name=name, interval=INTERVAL))
    chain = pd.concat(parts, ignore_index=True).assign(outcome=outcome.name, scale=scale)
    chain["step"] = chain["name"].map({name: place for place, name in enumerate(LABELS)})
    chain["label"] = chain["name"].map(LABELS)
    order = {label: place for place, label in enumerate(labels)}
    chain = chain.sort_values(
        ["year", "step"], key=lambda c: c.map(order) if c.name == "year" else c
    )
    chain["change"] = chain.groupby("year")["estimate"].diff()
    chain["step"] = chain.groupby("year").cumcount() + 1
    return chain
