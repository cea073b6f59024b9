"""Every answer to the same question, side by side: published, recomputed, posterior."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.estimands import span
from mp_bayes.evidence import load
from mp_bayes.evidence.arrays import cells, coefficients, interaction_covariance
from mp_bayes.frequentist import (
    change_per_100,
    difference_in_differences,
    estimand_of,
    with_interval,
)
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.opponents import fair_opponents
from mp_bayes.studies.study import OUTCOMES, Outcome

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


def published(outcome: Outcome, folder: Path | None = None) -> pd.DataFrame:
    """Return the report's interactions, their average, and its exploratory contrasts.

    The linear ones in points. The report gives no average: it is that of its yearly interactions,
    weighted by the treated borough's referrals or cases, with the covariance of
    `interaction_covariance`; see `with_average`.

    References
    ----------
    2020 report, Tables 9-11, 15, 16, and Appendix 4, "Additional quantitative results".
    """
    table = load("coefficients", folder)
    wanted = table["term"].isin(["treated_x_year", "treated_x_post"])
    table = table[wanted & table["outcome"].eq(outcome.name)].copy()
    linear = table["model"].eq("linear")
    factor = linear.map({True: 100.0, False: 1.0})
    pooled = table["term"].eq("treated_x_post")
    table = table.assign(
        source="published",
        method=table["model"],
        estimand=[
            "pre_post_contrast" if is_pooled else estimand_of(outcome, year)
            for is_pooled, year in zip(pooled, table["year"], strict=True)
        ],
        year=table["year"].fillna(""),
        scale=linear.map({True: "percentage_points", False: outcome.link_scale}),
        estimate=table["estimate"] * factor,
        se=table["se"] * factor,
    )
    return with_interval(with_average(table, outcome, cells(outcome, folder)))


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
    total = counts["total"].sel(borough=outcome.study.treated, year=years).to_series()
    share = (total / total.sum()).to_numpy()
    parts = [table]
    for model, rows in table[table["estimand"].eq("yearly_effect")].groupby("model", sort=False):
        by_year = rows.set_index("year").loc[years]
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


def recomputed(outcome: Outcome, folder: Path | None = None) -> pd.DataFrame:
    """Return the report's regressions recomputed from its cells, without covariates."""
    scaling = coefficients(outcome, folder).attrs["scaling"]
    counts = cells(outcome, folder)
    table = with_average(difference_in_differences(counts, scale=scaling), outcome, counts)
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
    own = counts.sel(borough=outcome.study.treated)
    for place, row in rows.iterrows():
        years = [row["year"]] if row["year"] in outcome.years else list(outcome.post_years)
        these = own.sel(year=years)
        rate = float(these["events"].sum() / these["total"].sum()) / exposure
        for name in ("estimate", "lower", "upper"):
            rows.loc[place, name] = float(change_per_100(row[name], rate, link="log"))
    return pd.concat([table, rows.assign(scale=outcome.response_scale, se=np.nan)])


def compare(effects: pd.DataFrame, priors: Priors, folder: Path | None = None) -> pd.DataFrame:
    """Set the posterior beside the published estimates, their recomputation and fair opponents.

    Parameters
    ----------
    effects : pandas.DataFrame
        From `mp_bayes.reanalysis.analysis.analyse`, any number of analyses.
    priors : Priors
        Of the run: how large shocks the fair opponents take into account.
    folder : Path, optional
        Folder with an edited copy of the published tables.

    Returns
    -------
    pandas.DataFrame
        Tidy, columns `COLUMNS`. `source` is published, recomputed, fair or posterior; `method` is
        the regression, the opponent, or the evidence of a posterior; `se` is the posterior SD for
        posteriors. On the link scale, and as a change per 100: for published and recomputed log
        rates at the treated borough's own rate and the prior's median exposure.
    """
    scales = ["percentage_points", "per_100_child_years", "log_odds", "log_rate"]
    shown = ["yearly_effect", "partly_exposed_effect", "average_effect", "parallel_trends"]
    posterior = effects[effects["scale"].isin(scales) & effects["estimand"].isin(shown)]
    posterior = posterior.rename(columns={"mean": "estimate", "sd": "se", "evidence": "method"})
    parts = [
        _frequentist(outcome, priors, folder)
        for name, outcome in OUTCOMES.items()
        if name in set(effects["outcome"])
    ]
    both = pd.concat([*parts, posterior.assign(source="posterior")])
    both = both.reindex(columns=COLUMNS)
    order = {name: place for place, name in enumerate(OUTCOMES)}
    return both.sort_values(
        ["outcome", "estimand", "year", "scale"],
        key=lambda column: column.map(order) if column.name == "outcome" else column,
        kind="stable",
    ).reset_index(drop=True)


def _frequentist(outcome: Outcome, priors: Priors, folder: Path | None) -> pd.DataFrame:
    """Return the published, recomputed and fair answers of one outcome."""
    counts = cells(outcome, folder)
    prior = priors.select(outcome, shock="national")["exposure"]
    exposure = float(prior.quantile(np.zeros(1))[0])
    parts = [
        on_response(published(outcome, folder), outcome, counts, exposure),
        on_response(recomputed(outcome, folder), outcome, counts, exposure),
        fair_opponents(outcome, priors, folder).assign(source="fair"),
    ]
    return pd.concat(parts).assign(outcome=outcome.name, interval="95% confidence", usable=True)
