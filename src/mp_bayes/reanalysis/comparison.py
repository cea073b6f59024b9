"""Every answer to the same question, side by side: published, recomputed, posterior."""

from collections.abc import Iterable
from dataclasses import asdict, fields

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.estimands import span
from mp_bayes.evidence.arrays import cells, interaction_covariance, post_shares
from mp_bayes.frequentist import (
    change_per_100,
    difference_in_differences,
    estimand_of,
    with_interval,
)
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.opponents import fair_opponents, variance_scale
from mp_bayes.studies.study import Coefficient, Outcome

COLUMNS = [
    "outcome",
    "estimand",
    "year",
    "scale",
    "source",
    "method",
    "shock_prior",
    "effect_structure",
    "estimate",
    "se",
    "lower",
    "upper",
    "interval",
    "p_value",
    "prob_below_0",
    "mcse_mean",
    "mcse_lower",
    "mcse_upper",
    "usable",
    "reason",
]


def published(outcome: Outcome) -> pd.DataFrame:
    """Return the published interactions, their average, and contrasts of all post-years.

    The linear ones in points. Reports give no average: it is that of the yearly interactions,
    weighted by the treated boroughs' referrals or cases, with the covariance of
    `interaction_covariance`; see `with_average`. Empty if nothing is published.
    """
    table = pd.DataFrame(
        [asdict(one) for one in outcome.coefficients],
        columns=[field.name for field in fields(Coefficient)],
    )
    linear = table["model"].eq("linear")
    factor = linear.map({True: 100.0, False: 1.0}).astype(float)
    table = table.assign(
        source="published",
        method=table["model"],
        estimand=[estimand_of(outcome, year or "post") for year in table["year"]],
        scale=linear.map({True: "percentage_points", False: outcome.link_scale}),
        estimate=table["estimate"] * factor,
        se=table["se"] * factor,
    )
    return with_interval(with_average(table, outcome, cells(outcome)))


def with_average(table: pd.DataFrame, outcome: Outcome, counts: xr.Dataset) -> pd.DataFrame:
    """Add each regression's average over the post-years, the counterpart of a posterior's.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an interaction: columns model, estimand, year, estimate and se.
    outcome : Outcome
    counts : xarray.Dataset, dims (borough, year)
        From `mp_bayes.evidence.arrays.cells`: the weights, and the reference year's variance that
        the interactions share.
    """
    years = list(outcome.post_years)
    share = post_shares(outcome, counts)
    parts = [table]
    for model, rows in table[table["estimand"].eq("yearly_effect")].groupby("model", sort=False):
        by_year = rows.set_index("year").reindex(years)
        if not np.isfinite(by_year[["estimate", "se"]].to_numpy(dtype=float)).all():
            continue  # a year without an estimate: there is no average
        factor = 100.0 if model == "linear" else 1.0
        covariance, _ = interaction_covariance(outcome, counts, by_year["se"] / factor, str(model))
        average = {
            **rows.iloc[0].to_dict(),
            "estimand": "average_effect",
            "year": span(outcome.post_years),
            "estimate": float(share @ by_year["estimate"].to_numpy()),
            "se": factor * float(np.sqrt(share @ covariance @ share)),
            "p_value": np.nan,
        }
        parts.append(pd.DataFrame([average]).reindex(columns=table.columns))
    return pd.concat(parts, ignore_index=True)


def recomputed(outcome: Outcome, priors: Priors) -> pd.DataFrame:
    """Return regressions recomputed from the study's cells, without covariates."""
    counts = cells(outcome)
    scale = variance_scale(outcome, priors)
    table = with_average(difference_in_differences(outcome, counts, scale=scale), outcome, counts)
    return with_interval(table.assign(source="recomputed", method=table["model"]))


def on_response(
    table: pd.DataFrame, outcome: Outcome, counts: xr.Dataset, exposure: float
) -> pd.DataFrame:
    """Add log-rate estimates of counts as a change per 100 child-years, at the treated one's rate.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns estimand, year, scale, estimate, se, lower and upper.
    outcome : Outcome
        A count; a binary outcome's linear estimates are percentage points already.
    counts : xarray.Dataset, dims (borough, year)
    exposure : float
        Mean child-years of a case.
    """
    if outcome.likelihood == "binomial":
        return table
    shown = table["estimand"].isin(["yearly_effect", "average_effect"])
    rows = table[shown & table["scale"].eq(outcome.link_scale)].copy()
    setting = outcome.setting
    own = counts.sel(borough=list(setting.treated_boroughs))
    own = own * xr.DataArray(setting.treated_post, dims=("borough", "year"))
    for place, row in rows.iterrows():
        years = [row["year"]] if row["year"] in outcome.years else list(outcome.post_years)
        these = own.sel(year=years)
        rate = float(these["events"].sum() / these["total"].sum()) / exposure
        for name in ("estimate", "lower", "upper"):
            rows.loc[place, name] = float(change_per_100(row[name], rate, link="log"))
    return pd.concat([table, rows.assign(scale=outcome.response_scale, se=np.nan)])


def compare(effects: pd.DataFrame, outcomes: Iterable[Outcome], priors: Priors) -> pd.DataFrame:
    """Set the posterior beside the published estimates, their recomputation and fair opponents.

    Parameters
    ----------
    effects : pandas.DataFrame
        From `mp_bayes.reanalysis.analysis.analyse`, any number of analyses.
    outcomes : iterable of Outcome
        Of the study.
    priors : Priors
        Of the run: how large shocks the fair opponents take into account.

    Returns
    -------
    pandas.DataFrame
        Tidy, columns `COLUMNS`. `source` is published, recomputed, fair or posterior; `method` is
        the regression, the opponent, or the evidence of a posterior; `se` is the posterior SD for
        posteriors. On the link scale, and as a change per 100: for published and recomputed log
        rates at the treated boroughs' own rate and the prior's median exposure.
    """
    scales = ["percentage_points", "per_100_child_years", "log_odds", "log_rate"]
    shown = ["yearly_effect", "partly_exposed_effect", "average_effect", "parallel_trends"]
    posterior = effects[effects["scale"].isin(scales) & effects["estimand"].isin(shown)]
    posterior = posterior.rename(columns={"mean": "estimate", "sd": "se", "evidence": "method"})
    outcomes = list(outcomes)
    fitted = set(effects["outcome"])
    parts = [_frequentist(outcome, priors) for outcome in outcomes if outcome.name in fitted]
    both = pd.concat([*parts, posterior.assign(source="posterior")])
    both = both.reindex(columns=COLUMNS)
    order = {outcome.name: place for place, outcome in enumerate(outcomes)}
    return both.sort_values(
        ["outcome", "estimand", "year", "scale"],
        key=lambda column: column.map(order) if column.name == "outcome" else column,
        kind="stable",
    ).reset_index(drop=True)


def _frequentist(outcome: Outcome, priors: Priors) -> pd.DataFrame:
    """Return the published, recomputed and fair answers of one outcome."""
    counts = cells(outcome)
    prior = priors.select(outcome, shock="national")["exposure"]
    exposure = float(prior.quantile(np.zeros(1))[0])
    parts = [
        on_response(published(outcome), outcome, counts, exposure)
        if outcome.coefficients
        else None,
        on_response(recomputed(outcome, priors), outcome, counts, exposure),
        fair_opponents(outcome, priors).assign(source="fair"),
    ]
    joined = pd.concat([part for part in parts if part is not None])
    return joined.assign(outcome=outcome.name, interval="95% confidence", usable=True)
