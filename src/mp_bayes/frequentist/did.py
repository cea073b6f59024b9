"""Plain difference-in-differences, as the 2020 report's, recomputed from a study's cells."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from mp_bayes.errors import InputError
from mp_bayes.studies.study import Outcome

Z95 = float(stats.norm.ppf(0.975))

#: The regressions, by the scale of their linear predictor.
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
    """Return a difference-in-differences, and its standard error.

    Counts are summed over the years before and after, in each borough. The change within boroughs
    is then combined over the treated, and over the comparison boroughs, as Mantel and Haenszel
    combine strata: boroughs keep levels of their own, so that growing or shrinking shares in the
    counts are no change, and few events are no trouble. With one borough on either side these are
    the report's regressions without covariates, which have a parameter for each of four cells: its
    interaction and its standard error. With several, `linear` is the regression with a level of
    each borough, weighted by counts.

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
        In proportions (`linear`), log-odds (`logit`) or log-rates (`quasi_poisson`). NaN where no
        borough of either group has referrals or cases both before and after, and on the log scales
        where none of those has events (`logit`: or only such).

    Raises
    ------
    InputError
        If there is no such model; the message lists those there are.

    References
    ----------
    Greenland and Robins 1985, doi:10.2307/2530643 (rates and proportions); Robins, Breslow and
    Greenland 1986, doi:10.2307/2531052 (odds): the variances.
    """
    if model not in MODELS:
        raise InputError(f"unknown model '{model}': choose one of {', '.join(MODELS)}")
    events, total = np.asarray(events), np.asarray(total)
    dims = max(events.ndim, total.ndim)
    events, total = (one.reshape(one.shape + (1,) * (dims - one.ndim)) for one in (events, total))
    place, early, late = (np.asarray(flags, dtype=bool) for flags in (treated, before, after))
    y0, y1 = (events[:, years].sum(axis=1, dtype=float) for years in (early, late))
    n0, n1 = (total[:, years].sum(axis=1, dtype=float) for years in (early, late))
    (own, own_variance), (other, other_variance) = (
        _change(y0[side], n0[side], y1[side], n1[side], model) for side in (place, ~place)
    )
    estimate, variance = own - other, own_variance + other_variance
    se = np.asarray(np.sqrt(np.asarray(scale, dtype=float) * variance))
    # The scale alone may have the batch dims. A copy, since broadcast arrays are read-only.
    return np.broadcast_to(estimate, se.shape).copy(), se


def _change(
    y0: np.ndarray, n0: np.ndarray, y1: np.ndarray, n1: np.ndarray, model: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the boroughs' common change on the model's scale, and its variance, dims (...batch).

    From their events and counts before and after, dims (borough, ...batch).
    """
    known = (n0 > 0) & (n1 > 0)
    y0, n0, y1, n1 = (np.where(known, one, 0.0) for one in np.broadcast_arrays(y0, n0, y1, n1))
    both = np.where(known, n0 + n1, 1.0)
    if model == "linear":
        weight = n0 * n1 / both
        p0, p1 = y0 / np.where(known, n0, 1.0), y1 / np.where(known, n1, 1.0)
        # The variance of either proportion, times the weight's square.
        spread = (n1 / both) ** 2 * n0 * p0 * (1 - p0) + (n0 / both) ** 2 * n1 * p1 * (1 - p1)
        whole = _or_nan(weight.sum(0))
        return (weight * (p1 - p0)).sum(0) / whole, spread.sum(0) / whole**2
    if model == "quasi_poisson":
        more, less = y1 * n0 / both, y0 * n1 / both
        up, down = _or_nan(more.sum(0)), _or_nan(less.sum(0))
        return np.log(up / down), ((y0 + y1) * n0 * n1 / both**2).sum(0) / (up * down)
    more, less = y1 * (n0 - y0) / both, y0 * (n1 - y1) / both
    agree, differ = (y1 + n0 - y0) / both, (y0 + n1 - y1) / both
    up, down = _or_nan(more.sum(0)), _or_nan(less.sum(0))
    variance = (
        (agree * more).sum(0) / up**2
        + (agree * less + differ * more).sum(0) / (up * down)
        + (differ * less).sum(0) / down**2
    )
    return np.log(up / down), variance / 2


def _or_nan(value: np.ndarray) -> np.ndarray:
    """Replace what is not above 0: infinities would make contrasts that look like numbers."""
    return np.where(value > 0, value, np.nan)


def _contrasts(
    outcome: Outcome, cells: xr.Dataset, model: str, *, pooled: bool, scale: float
) -> Iterator[tuple[str, float, float]]:
    """Yield (label, estimate, SE) of a regression's interactions, on its own scale.

    Each year against the reference year; or `pooled`, an exploratory contrast: all
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
    """Work regressions out from the cells, without covariates.

    Several treated or comparison boroughs keep levels of their own; a treated one counts from its
    own onset.

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
    logistic model of two boroughs fits every cell's proportion, so the linear rows are the
    difference in average marginal effects of both.
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
    """Name what a regression's interaction estimates."""
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
