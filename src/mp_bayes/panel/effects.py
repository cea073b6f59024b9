"""What the panel says of one authority's programme, or of one that it never had."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.distributions import Fixed
from mp_bayes.errors import InputError
from mp_bayes.fast import fast_effects, structure
from mp_bayes.frequentist import Z95, did
from mp_bayes.panel.measures import Measure
from mp_bayes.priors import Priors
from mp_bayes.study import OUTCOMES, Outcome, Study

#: Reporting years run from 1 April to 31 March; the one that ends in 2016 is 2015-16.
BIN_START = 3 / 12
#: A comparison with fewer events than this in any of its years is too small to compare with.
FEWEST_EVENTS = 10


def label(year: int) -> str:
    """Name a reporting year by the calendar years that it spans: 2016 is 2015-16."""
    return f"{year - 1}-{year % 100:02d}"


def suitable(data: xr.Dataset) -> list[str]:
    """Return the authorities that can be compared: every year known, and none with few events."""
    known = (data["total"] > 0) & (data["low"] == data["high"]) & (data["low"] >= FEWEST_EVENTS)
    return [str(name) for name in data["authority"].to_numpy()[known.all("year").to_numpy()]]


def panel_outcome(
    measure: Measure, years: list[int], *, treated: str, comparisons: list[str], onset: float
) -> Outcome:
    """Describe a measure as an outcome of an evaluation that official statistics can follow.

    A share counts what happened in its year, so the dose is the year's own (no window).
    """
    labels = tuple(label(year) for year in years)
    study = Study(
        name="panel",
        treated_boroughs=(treated,),
        comparison_boroughs=tuple(comparisons),
        onsets=(onset,),
        bin_start=BIN_START,
        years=labels,
        reference_year=labels[0],
    )
    if study.post.all() or not study.post.any():
        raise InputError(
            f"onset {onset:g}: {measure.name} covers {labels[0]} to {labels[-1]}; choose an onset "
            "with years before and after it"
        )
    nearest = OUTCOMES[measure.outcome]
    return Outcome(
        measure.name,
        measure.label,
        study,
        "binomial",
        0.0,
        labels,
        nearest.minimum if nearest.likelihood == "binomial" else 1.0,
        "logit",
        "case",
    )


def effects(
    data: xr.Dataset,
    measure: Measure,
    priors: Priors,
    *,
    treated: str,
    comparisons: list[str],
    onset: float,
    effect: str,
) -> pd.DataFrame:
    """Approximate the posterior of one authority's effects against others, year by year.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.panel.official.read_measure`.
    measure : Measure
    priors : Priors
        Of shocks (`national`) and effects; see `panel_priors`.
    treated : str
    comparisons : list of str
    onset : float
        Decimal calendar year.
    effect : {"yearly", "constant", "embedding"}

    Returns
    -------
    pandas.DataFrame
        As from `mp_bayes.fast.effects_of`; `usable` is False where it does not vouch for itself.
    """
    outcome = panel_outcome(
        measure,
        [int(year) for year in data["year"]],
        treated=treated,
        comparisons=comparisons,
        onset=onset,
    )
    chosen = panel_priors(priors, measure, data)
    events, total = counts(data, [treated, *comparisons])
    built = structure(outcome, chosen, effect=effect)
    rows = fast_effects(built, events[..., None], total[..., None], yearly=True)
    return rows.drop(columns="replicate")


def panel_priors(priors: Priors, measure: Measure, data: xr.Dataset) -> dict[str, Any]:
    """Return the priors of a panel analysis, by parameter.

    Shocks and effects have the re-analysis' own priors. How authorities' levels and the years'
    movement are spread is taken from all suitable authorities: over a hundred of them tell it
    far more closely than the effect, in which levels cancel, could need.
    """
    chosen = priors.select(OUTCOMES[measure.outcome], shock="national")
    names = suitable(data)
    events, total = counts(data, names)
    eta = np.log((events + 0.5) / (total - events + 0.5))
    levels, years = eta.mean(1), eta.mean(0)
    known = {
        "level_mean": levels.mean(),
        "sd_borough": levels.std(),
        "sd_year": years.std(),
        # Official statistics count referrals; what a child's several referrals share is part of
        # the shocks, which were estimated from the same statistics.
        "design_effect": 1.0,
    }
    return {**chosen, **{name: Fixed(value=float(value)) for name, value in known.items()}}


def counts(data: xr.Dataset, authorities: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return events and totals, dims (authority, year); a suppressed count is left out."""
    missing = sorted(set(authorities) - {str(name) for name in data["authority"].to_numpy()})
    if missing:
        raise InputError(f"the statistics have no authority '{missing[0]}'")
    chosen = data.sel(authority=authorities)
    known = (chosen["low"] == chosen["high"]) & (chosen["total"] > 0)
    return tuple(  # type: ignore[return-value]
        chosen[name].where(known, 0).to_numpy().astype(float) for name in ("low", "total")
    )


def did_claims(
    data: xr.Dataset, *, treated: str, comparison: str, post: np.ndarray
) -> tuple[float, float, bool]:
    """Return the report's difference-in-differences of one pair, its SE, and what it claims.

    The linear probability regression pooled over years, in percentage points; it claims an effect
    if its 95% confidence interval excludes 0.
    """
    events, total = counts(data, [treated, comparison])
    found = did(
        events[..., None],
        total[..., None],
        treated=np.array([True, False]),
        before=~post,
        after=post,
        model="linear",
        scale=1.0,
    )
    estimate, se = (100 * float(values[0]) for values in found)
    return estimate, se, abs(estimate) > Z95 * se
