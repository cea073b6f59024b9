"""Evidence as labelled arrays: what the models and estimands take in."""

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.names import check
from mp_bayes.studies.study import EVIDENCE, Outcome


def cells(outcome: Outcome) -> xr.Dataset:
    """Return the observed counts of one outcome.

    Returns
    -------
    xarray.Dataset, dims (borough, year)
        `total` (referrals, cases or child-years) and `events`; both 0 in a year without data. The
        name of the outcome is in `attrs`.
    """
    setting = outcome.setting
    known = {(count.borough, count.year): count for count in outcome.counts}
    # Child-years may have decimals; numbers of children have none.
    kinds = {"total": "float64" if outcome.exposure_known else "int64", "events": "int64"}
    return xr.Dataset(
        {
            name: (
                ("borough", "year"),
                np.array(
                    [
                        [getattr(known.get((borough, year)), name, 0) for year in setting.years]
                        for borough in setting.boroughs
                    ],
                    dtype=kind,
                ),
            )
            for name, kind in kinds.items()
        },
        coords={"borough": list(setting.boroughs), "year": list(setting.years)},
        attrs={"outcome": outcome.name, "evidence": "cells"},
    )


def sampling_variance(outcome: Outcome, data: xr.Dataset, model: str = "") -> xr.DataArray:
    """Return the variance of each cell's share, log-odds or log-rate, if events are independent.

    Parameters
    ----------
    outcome : Outcome
    data : xarray.Dataset, dims (borough, year)
        From `cells`.
    model : {"linear", "logit", "quasi_poisson"}, optional
        Whose scale; the outcome's `regression` unless given.

    Returns
    -------
    DataArray, dims (borough, year)
        Infinite in a year without data.
    """
    events, total = data["events"].astype(float), data["total"].astype(float)
    model = model or outcome.regression
    if model == "linear":
        return (events * (total - events) / total**3).where(total > 0, np.inf)
    if model == "logit":
        return 1 / events + 1 / (total - events)
    return 1 / events


def post_shares(outcome: Outcome, counts: xr.Dataset) -> np.ndarray:
    """Return what each year after the onset counts in an average effect, dims (year,).

    Its share of the totals of treated boroughs whose programme has begun.
    """
    setting = outcome.setting
    total = counts["total"].sel(borough=list(setting.treated_boroughs)).to_numpy()
    total = (total * setting.treated_post).sum(0)[np.isin(setting.years, outcome.post_years)]
    return np.asarray(total / total.sum())


def _pooled(outcome: Outcome, counts: xr.Dataset, year: str) -> xr.Dataset:
    """Add up the comparison boroughs, and the treated ones whose programme had begun by a year.

    As regressions pool them; before any programme all treated boroughs.
    """
    setting = outcome.setting
    begun = setting.treated_post[:, setting.years.index(year)]
    pairs = zip(setting.treated_boroughs, begun | ~begun.any(), strict=True)
    groups = ([name for name, joins in pairs if joins], list(setting.comparison_boroughs))
    return xr.concat([counts.sel(borough=names).sum("borough") for names in groups], "borough")


def interaction_covariance(
    outcome: Outcome, counts: xr.Dataset, se: pd.Series, model: str = ""
) -> tuple[np.ndarray, float]:
    """Rebuild the covariance of a regression's interactions of treatment with year.

    They share the reference year's cells, so their covariance is those cells' sampling variance,
    rebuilt from the counts and scaled like the squared standard errors (median ratio).

    Parameters
    ----------
    outcome : Outcome
    counts : xarray.Dataset, dims (borough, year)
        From `cells`.
    se : pandas.Series
        Standard error by year, on the scale of `model`.
    model : str
        As of `sampling_variance`.

    Returns
    -------
    covariance : ndarray, dims (year, year), in the order of `se`
    scaling : float
        The median ratio.

    Raises
    ------
    InputError
        If it is not positive definite.
    """
    reference = outcome.setting.reference_year
    own, base = np.empty((2, se.size))
    for place, year in enumerate(se.index):
        pooled = _pooled(outcome, counts, str(year))
        variance = sampling_variance(outcome, pooled, model).sum("borough").to_series()
        own[place], base[place] = variance[year], variance[reference]
    squares = se.to_numpy() ** 2
    scaling = float(np.median(squares / (own + base)))
    # Treated boroughs that joined later are a part of fewer years' reference: of two years the
    # one with more boroughs has the smaller variance, and that is what both share.
    covariance = scaling * np.minimum.outer(base, base)
    np.fill_diagonal(covariance, squares)
    if np.linalg.eigvalsh(covariance).min() <= 0:
        raise InputError(
            f"the published standard errors of {outcome.name} are too small for the "
            "reference year that the interactions share; check them against the report"
        )
    return covariance, scaling


def coefficients(outcome: Outcome) -> xr.Dataset:
    """Return the published interactions with the covariance that the cells imply.

    Reports give standard errors only; see `interaction_covariance`.

    Returns
    -------
    xarray.Dataset, dims year and its copy `year_`
        `estimate` (log-odds or log-rate; 0 where there is none), `se` (infinite where there is
        none), `covariance`; `scaling` is the median ratio, in `attrs`. And `pooling` (borough), by
        which each borough's predictor enters a contrast.

    Raises
    ------
    InputError
        If a year lacks its coefficient, or the covariance is not positive definite.
    """
    setting = outcome.setting
    table = pd.DataFrame(
        [
            (one.year, one.estimate, one.se)
            for one in outcome.coefficients
            if one.model == outcome.regression and one.year
        ],
        columns=["year", "estimate", "se"],
    ).set_index("year")
    counts = cells(outcome)
    events, total = counts["events"], counts["total"]
    full = events == total if outcome.likelihood == "binomial" else xr.zeros_like(events, bool)
    extreme = ((events == 0) | full).sel(year=list(outcome.years)).to_series()
    if extreme.any():
        borough, year = extreme[extreme].index[0]
        raise InputError(
            f"{outcome.name}, {borough}, {year} has none or all of its events: the published "
            "coefficients cannot be weighed with such a cell; leave them out of the study"
        )
    labels = [year for year in outcome.years if year != setting.reference_year]
    missing = [year for year in labels if year not in table.index]
    if missing:
        raise InputError(
            f"no {outcome.regression} coefficient treated_x_year for {outcome.name}, {missing[0]}"
        )
    covariance, scaling = interaction_covariance(outcome, counts, table.loc[labels, "se"])
    years = list(setting.years)
    estimate = table["estimate"].reindex(years)
    whole = pd.DataFrame(covariance, labels, labels).reindex(index=years, columns=years)
    return xr.Dataset(
        {
            "estimate": ("year", estimate.fillna(0.0).to_numpy()),
            "se": ("year", table["se"].reindex(years).fillna(np.inf).to_numpy()),
            "covariance": (("year", "year_"), whole.to_numpy()),
            "pooling": ("borough", _pooling(outcome, counts)),
        },
        coords={"borough": list(setting.boroughs), "year": years, "year_": years},
        attrs={"outcome": outcome.name, "evidence": "coefficients", "scaling": scaling},
    )


def _pooling(outcome: Outcome, counts: xr.Dataset) -> np.ndarray:
    """Return each borough's share of its group's total, negative for comparisons, dims (borough,).

    A regression pools boroughs; the log-odds of pooled counts are near this average of theirs.
    """
    total = counts["total"].sum("year").to_numpy().astype(float)
    treated = np.arange(total.size) < len(outcome.setting.treated_boroughs)
    share = np.where(treated, total / total[treated].sum(), -total / total[~treated].sum())
    return np.asarray(share)


def load_evidence(outcome: Outcome, kind: str) -> xr.Dataset:
    """Return `cells` or `coefficients` by name."""
    check("evidence", kind, EVIDENCE)
    if kind not in outcome.evidence:
        raise InputError(
            f"{outcome.name} has no published estimates by year in the study: use --evidence cells"
        )
    return {"cells": cells, "coefficients": coefficients}[kind](outcome)


def whitening(data: xr.Dataset) -> np.ndarray:
    """Return W with W V W' = I for the years that have a coefficient, 0 elsewhere.

    Dims (year, year). A year without a coefficient then adds nothing to the likelihood, and
    outcomes with fewer years fit the same model.
    """
    given = np.isfinite(data["se"].to_numpy())
    weight = np.zeros((given.size, given.size))
    covariance = data["covariance"].to_numpy()[np.ix_(given, given)]
    weight[np.ix_(given, given)] = np.linalg.inv(np.linalg.cholesky(covariance))
    return weight
