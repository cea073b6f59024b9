"""Evidence as labelled arrays: what the models and estimands take in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.evidence.tables import load
from mp_bayes.studies.study import OUTCOMES, Outcome, Study

#: The kinds of evidence that the published report gives.
EVIDENCE = ("cells", "coefficients")


def cells(outcome: Outcome, folder: Path | None = None) -> xr.Dataset:
    """Return the published totals of one outcome.

    Parameters
    ----------
    outcome : Outcome
    folder : Path, optional
        Folder with an edited copy of the tables.

    Returns
    -------
    xarray.Dataset, dims (borough, year)
        `total` (referrals, or CLA cases) and `events`; both 0 in a year without data. The name of
        the outcome is in `attrs`.

    References
    ----------
    2020 report, Tables 8 and 13.
    """
    table = load("cells", folder)
    table = table[table["outcome"] == outcome.name].set_index(["borough", "year"])
    study = outcome.study
    wanted = pd.MultiIndex.from_product([study.boroughs, study.years], names=["borough", "year"])
    seen = wanted[np.tile(outcome.observed, len(study.boroughs))]
    missing = [cell for cell in seen if cell not in table.index]
    if missing:
        borough, year = missing[0]
        raise InputError(
            f"cells.csv: no row for {outcome.name}, {borough}, {year}; every borough needs "
            f"every year from {outcome.years[0]} to {outcome.years[-1]}"
        )
    counts = table.reindex(wanted)[["total", "events"]].fillna(0).astype("int64")
    data = xr.Dataset.from_dataframe(counts).reindex(
        borough=list(study.boroughs), year=list(study.years)
    )
    return data.assign_attrs(outcome=outcome.name, evidence="cells")


def sampling_variance(outcome: Outcome, data: xr.Dataset, model: str = "") -> xr.DataArray:
    """Return the variance of each cell's share, log-odds or log-rate, if events are independent.

    Parameters
    ----------
    outcome : Outcome
    data : xarray.Dataset, dims (borough, year)
        From `cells`.
    model : {"linear", "logit", "quasi_poisson"}, optional
        Whose scale; the outcome's `published_model` unless given.

    Returns
    -------
    DataArray, dims (borough, year)
        Infinite in a year without data.
    """
    events, total = data["events"].astype(float), data["total"].astype(float)
    model = model or outcome.published_model
    if model == "linear":
        return (events * (total - events) / total**3).where(total > 0, np.inf)
    if model == "logit":
        return 1 / events + 1 / (total - events)
    return 1 / events


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
    variance = sampling_variance(outcome, counts, model).sum("borough").to_series()
    shared = variance[outcome.study.reference_year]
    squares = se.to_numpy() ** 2
    scaling = float(np.median(squares / (variance[se.index].to_numpy() + shared)))
    covariance = np.full((se.size, se.size), scaling * shared)
    np.fill_diagonal(covariance, squares)
    if np.linalg.eigvalsh(covariance).min() <= 0:
        raise InputError(
            f"coefficients.csv: the standard errors of {outcome.name} are too small for the "
            "reference year that the interactions share; check them against the report"
        )
    return covariance, scaling


def coefficients(outcome: Outcome, folder: Path | None = None) -> xr.Dataset:
    """Return the published interactions with the covariance that the cells imply.

    The report gives standard errors only; see `interaction_covariance`.

    Returns
    -------
    xarray.Dataset, dims year and its copy `year_`
        `estimate` (log-odds or log-rate; 0 where there is none), `se` (infinite where there is
        none), `covariance`; `scaling` is the median ratio, in `attrs`.

    Raises
    ------
    InputError
        If a year lacks its coefficient, or the covariance is not positive definite.

    References
    ----------
    2020 report, Tables 9-11 (logit), 15 and 16 (quasi-Poisson).
    """
    table = load("coefficients", folder)
    wanted = table["outcome"].eq(outcome.name) & table["model"].eq(outcome.published_model)
    table = table[wanted & table["term"].eq("treated_x_year")].set_index("year")
    study = outcome.study
    counts = cells(outcome, folder)
    events, total = counts["events"], counts["total"]
    full = events == total if outcome.likelihood == "binomial" else xr.zeros_like(events, bool)
    extreme = ((events == 0) | full).sel(year=list(outcome.years)).to_series()
    if extreme.any():
        borough, year = extreme[extreme].index[0]
        raise InputError(
            f"cells.csv: {outcome.name}, {borough}, {year} has none or all of its events: "
            "the published coefficients cannot be weighed with such a cell"
        )
    labels = [year for year in outcome.years if year != study.reference_year]
    missing = [year for year in labels if year not in table.index]
    if missing:
        raise InputError(
            f"coefficients.csv: no treated_x_year row for {outcome.name}, "
            f"{outcome.published_model}, {missing[0]}"
        )
    covariance, scaling = interaction_covariance(outcome, counts, table.loc[labels, "se"])
    years = list(study.years)
    estimate = table["estimate"].reindex(years)
    whole = pd.DataFrame(covariance, labels, labels).reindex(index=years, columns=years)
    return xr.Dataset(
        {
            "estimate": ("year", estimate.fillna(0.0).to_numpy()),
            "se": ("year", table["se"].reindex(years).fillna(np.inf).to_numpy()),
            "covariance": (("year", "year_"), whole.to_numpy()),
        },
        coords={"year": years, "year_": years},
        attrs={"outcome": outcome.name, "evidence": "coefficients", "scaling": scaling},
    )


def load_evidence(outcome: Outcome, kind: str, folder: Path | None = None) -> xr.Dataset:
    """Return `cells` or `coefficients` by name."""
    if kind not in EVIDENCE:
        raise InputError(f"unknown evidence '{kind}': choose one of {', '.join(EVIDENCE)}")
    return {"cells": cells, "coefficients": coefficients}[kind](outcome, folder)


def outcome_of(data: xr.Dataset) -> Outcome:
    """Return the outcome that a data set is about.

    A data set with a coordinate `onset` (borough) describes a study of its own: boroughs with an
    onset are treated and come first.
    """
    outcome = OUTCOMES[data.attrs["outcome"]]
    if "onset" not in data.coords:
        return outcome
    onsets = data["onset"].to_series()
    years = tuple(str(year) for year in data["year"].to_numpy())
    study = Study(
        name="synthetic",
        treated_boroughs=tuple(str(name) for name in onsets.dropna().index),
        comparison_boroughs=tuple(str(name) for name in onsets[onsets.isna()].index),
        onsets=tuple(float(onset) for onset in onsets.dropna()),
        bin_start=data.attrs["bin_start"],
        years=years,
        reference_year=data.attrs["reference_year"],
    )
    return replace(outcome, study=study, years=years, window=data.attrs["window"])


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
