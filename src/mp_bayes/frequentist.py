"""The report's own difference-in-differences, recomputed from the published cells."""

import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
import xarray as xr
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from mp_bayes.evidence.arrays import outcome_of
from mp_bayes.study import Outcome

Z95 = float(stats.norm.ppf(0.975))


def _terms(outcome: Outcome, *, pooled: bool) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the saturated design over cells, and the year label of each interaction.

    `pooled` is the report's exploratory contrast: all post-years against all pre-years.
    """
    study = outcome.study
    years = list(outcome.years)
    index = pd.MultiIndex.from_product([study.boroughs, years], names=["borough", "year"])
    treated = np.repeat([1.0, 0.0], len(years))
    columns = {"constant": np.ones(len(index)), "treated": treated}
    post = dict(zip(study.years, study.post, strict=True))
    if pooled:
        groups = {"post": [post[year] for year in years]}
    else:
        groups = {
            year: [other == year for other in years]
            for year in years
            if year != study.reference_year
        }
    interactions = {}
    for label, flags in groups.items():
        flag = np.tile(np.array(flags, dtype=float), 2)
        columns[f"year {label}"] = flag
        columns[f"treated x {label}"] = flag * treated
        interactions[f"treated x {label}"] = label
    return pd.DataFrame(columns, index=index), interactions


def _fit(
    cells: xr.Dataset, model: str, *, pooled: bool, scale: float
) -> list[tuple[str, float, float]]:
    """Fit one of the report's regressions to cells; return (label, estimate, SE) on its own scale.

    Covariances are multiplied by `scale`: the design effect, or the dispersion. The saturated
    fits have no residual degrees of freedom from which to estimate it.
    """
    outcome = outcome_of(cells)
    design, interactions = _terms(outcome, pooled=pooled)
    counts = cells.to_dataframe().loc[design.index]
    events, total = counts["events"].to_numpy(float), counts["total"].to_numpy(float)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # With an interaction for every cell the fit is perfect, and meant to be.
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        if model == "quasi_poisson":
            poisson = sm.GLM(events, design, family=sm.families.Poisson(), exposure=total)
            result, factor = poisson.fit(scale=scale), 1.0
        else:
            # Two rows a cell, with and without the outcome, weighted by how often each occurred.
            both = pd.concat([design, design], ignore_index=True)
            outcomes = np.repeat([1.0, 0.0], len(design))
            weights = np.concatenate([events, total - events])
            if model == "logit":
                family = sm.families.Binomial()
                result = sm.GLM(outcomes, both, family=family, freq_weights=weights).fit(
                    scale=scale
                )
                factor = 1.0
            else:
                gaussian = sm.GLM(outcomes, both, freq_weights=weights)
                # Robust, as in the report; the design effect stands in for the clustering.
                result, factor = gaussian.fit(cov_type="HC0"), float(np.sqrt(scale))
    return [
        (label, float(result.params[name]), factor * float(result.bse[name]))
        for name, label in interactions.items()
    ]


def difference_in_differences(cells: xr.Dataset, *, scale: float) -> pd.DataFrame:
    """Recompute the report's regressions from the cells, without covariates.

    Parameters
    ----------
    cells : xarray.Dataset
        From `mp_bayes.evidence.cells`.
    scale : float
        Design effect (binary) or dispersion (counts) by which variances are multiplied.

    Returns
    -------
    pandas.DataFrame
        One row per model, estimand (`yearly_effect`, `parallel_trends`, `pre_post_contrast`) and
        year, with scale, estimate, se, lower and upper (95% confidence interval). The linear
        model is in percentage points.

    References
    ----------
    2020 report, Appendix 4, equations (1) and (2). Without covariates a saturated linear or
    logistic model fits every cell's proportion, so the linear rows are the difference in
    average marginal effects of both.
    """
    outcome = outcome_of(cells)
    models = ["linear", "logit"] if outcome.likelihood == "binomial" else ["quasi_poisson"]
    rows = []
    for model in models:
        factor = 100.0 if model == "linear" else 1.0
        units = "percentage_points" if model == "linear" else outcome.link_scale
        for pooled in (False, True):
            for label, estimate, se in _fit(cells, model, pooled=pooled, scale=scale):
                rows.append(
                    {
                        "outcome": outcome.name,
                        "model": model,
                        "estimand": estimand_of(outcome, label),
                        "year": "" if pooled else label,
                        "scale": units,
                        "estimate": factor * estimate,
                        "se": factor * se,
                    }
                )
    return with_interval(pd.DataFrame(rows))


def estimand_of(outcome: Outcome, label: str) -> str:
    """Name what an interaction of the report's regression estimates."""
    if label == "post":
        return "pre_post_contrast"
    return "yearly_effect" if label in outcome.post_years else "parallel_trends"


def with_interval(table: pd.DataFrame) -> pd.DataFrame:
    """Add `lower` and `upper`, the 95% confidence interval by the normal reference."""
    return table.assign(
        lower=table["estimate"] - Z95 * table["se"], upper=table["estimate"] + Z95 * table["se"]
    )


def raw_contrasts(cells: xr.Dataset) -> pd.Series:
    """Return the raw difference-in-differences of log-odds or log-rates, by year."""
    outcome = outcome_of(cells)
    study = outcome.study
    events, total = cells["events"].astype(float), cells["total"].astype(float)
    odds = events / (total - events if outcome.likelihood == "binomial" else total)
    eta: xr.DataArray = xr.apply_ufunc(np.log, odds)
    apart = eta.sel(borough=study.treated) - eta.sel(borough=study.comparison)
    years = [year for year in outcome.years if year != study.reference_year]
    contrast: xr.DataArray = apart - apart.sel(year=study.reference_year)
    return contrast.sel(year=years).to_series()
