"""The report's own difference-in-differences, recomputed from the published cells."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from mp_bayes.errors import InputError
from mp_bayes.studies.study import Outcome

Z95 = float(stats.norm.ppf(0.975))

#: The report's regressions, by the scale of their linear predictor.
MODELS = ("linear", "logit", "quasi_poisson")


def did(
    events: npt.ArrayLike,
    total: npt.ArrayLike,
    *,
    treated: npt.ArrayLike,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    model: str,
    scale: npt.ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the difference-in-differences of four groups of cells, and its standard error.

    Counts are summed over the boroughs and years of each group. The report's regressions without
    covariates have a parameter for each group, so they fit its proportion or rate exactly: their
    interaction and its standard error are these closed forms.

    Parameters
    ----------
    events, total : array_like, dims (borough, year, ...batch)
        Counts of events, and of referrals or cases. The batch dims broadcast: either may lack them.
    treated : array_like of bool, dims (borough,)
        The other boroughs are the comparison.
    before, after : array_like of bool, dims (year,)
        Years in neither are left out.
    model : {"linear", "logit", "quasi_poisson"}
    scale : array_like, dims () or (...batch)
        Design effect or dispersion by which variances are multiplied.

    Returns
    -------
    estimate, se : ndarray, dims (...batch)
        In proportions (`linear`), log-odds (`logit`) or log-rates (`quasi_poisson`). NaN where a
        group has no referrals or cases, and on the log scales where it has none of its events
        (`logit`: or all).

    Raises
    ------
    InputError
        If there is no such model; the message lists those there are.
    """
    if model not in MODELS:
        raise InputError(f"unknown model '{model}': choose one of {', '.join(MODELS)}")
    events, total = np.asarray(events), np.asarray(total)
    place, early, late = (np.asarray(flags, dtype=bool) for flags in (treated, before, after))
    estimate, variance = np.zeros(()), np.zeros(())
    for boroughs, years, sign in (
        (place, late, 1.0),
        (place, early, -1.0),
        (~place, late, -1.0),
        (~place, early, 1.0),
    ):
        value, spread = _group(
            events[boroughs][:, years].sum(axis=(0, 1), dtype=float),
            total[boroughs][:, years].sum(axis=(0, 1), dtype=float),
            model,
        )
        estimate, variance = estimate + sign * value, variance + spread
    se = np.asarray(np.sqrt(np.asarray(scale, dtype=float) * variance))
    # The scale alone may have the batch dims. A copy, since broadcast arrays are read-only.
    return np.broadcast_to(estimate, se.shape).copy(), se


def _group(y: np.ndarray, n: np.ndarray, model: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a group's value on the scale of the model, and its variance, dims (...batch)."""
    usable = n > 0
    if model != "linear":
        usable = usable & (y > 0)
    if model == "logit":
        usable = usable & (y < n)
    # NaN from here on: infinities would make contrasts that look like numbers.
    y = np.where(usable, y, np.nan)
    if model == "linear":
        p = y / n
        return p, p * (1 - p) / n
    if model == "logit":
        return np.log(y / (n - y)), 1 / y + 1 / (n - y)
    return np.log(y / n), 1 / y


def _contrasts(
    outcome: Outcome, cells: xr.Dataset, model: str, *, pooled: bool, scale: float
) -> Iterator[tuple[str, float, float]]:
    """Yield (label, estimate, SE) of a regression's interactions, on its own scale.

    Each year against the reference year; or `pooled`, the report's exploratory contrast: all
    post-years against all others.
    """
    setting = outcome.setting
    counts = cells.sel(borough=list(setting.boroughs), year=list(outcome.years))
    counts = counts.transpose("borough", "year", ...)
    treated = np.isin(setting.boroughs, setting.treated_boroughs)
    years = np.array(outcome.years)
    begun = setting.treated_post[:, outcome.observed]
    post = np.isin(years, outcome.post_years)
    reference = years == setting.reference_year
    # With staggered onsets no one year parts before from after.
    groups = {} if setting.staggered else {"post": (~post, post)}
    if not pooled:
        groups = {str(year): (reference, years == year) for year in years[~reference]}
    for label, (before, after) in groups.items():
        # A treated borough joins when its programme begins, and before that only in pre-years.
        joined = begun[:, after].all(1) | ~begun[:, after].any()
        kept = np.concatenate([joined, np.ones((~treated).sum(), dtype=bool)])
        estimate, se = did(
            counts["events"].to_numpy()[kept],
            counts["total"].to_numpy()[kept],
            treated=treated[kept],
            before=before,
            after=after,
            model=model,
            scale=scale,
        )
        yield label, float(estimate), float(se)


def difference_in_differences(outcome: Outcome, cells: xr.Dataset, *, scale: float) -> pd.DataFrame:
    """Recompute the report's regressions from the cells, without covariates.

    Several treated or comparison boroughs are pooled; a treated one from its own onset.

    Parameters
    ----------
    outcome : Outcome
    cells : xarray.Dataset, dims (borough, year)
        From `mp_bayes.evidence.arrays.cells`.
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
    models = ["linear", "logit"] if outcome.likelihood == "binomial" else ["quasi_poisson"]
    rows = []
    for model in models:
        factor = 100.0 if model == "linear" else 1.0
        units = "percentage_points" if model == "linear" else outcome.link_scale
        for pooled in (False, True):
            for label, estimate, se in _contrasts(
                outcome, cells, model, pooled=pooled, scale=scale
            ):
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


def raw_contrasts(outcome: Outcome, cells: xr.Dataset) -> pd.Series:
    """Return the raw difference-in-differences of log-odds or log-rates, by year."""
    rows = _contrasts(outcome, cells, outcome.regression, pooled=False, scale=1.0)
    contrasts = pd.Series({label: estimate for label, estimate, _ in rows}, dtype=float)
    return contrasts.rename_axis("year")
