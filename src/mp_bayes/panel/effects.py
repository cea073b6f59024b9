"""What the panel says of one authority's programme, or of one that it never had."""

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import Measure
from mp_bayes.inference.laplace import fast_effects, structure
from mp_bayes.names import find
from mp_bayes.priors import Priors
from mp_bayes.priors.distributions import Fixed, scaled
from mp_bayes.studies.study import Outcome, Setting

#: Reporting years run from 1 April to 31 March; the one that ends in 2016 is 2015-16.
BIN_START = 3 / 12
#: A comparison with fewer events than this in any of its years is too small to compare with.
FEWEST_EVENTS = 10
#: Share of the years that must be known, and part of a year that an onset may cut off.
_KNOWN_YEARS, CUT = 0.75, 0.1


def label(year: int) -> str:
    """Name a reporting year by the calendar years that it spans: 2016 is 2015-16."""
    return f"{year - 1}-{year % 100:02d}"


def whole_years(data: xr.Dataset, onset: float) -> xr.Dataset:
    """Blank the reporting year that the onset cuts in two, if more than a tenth lies on each side.

    It is neither before nor after: of a programme that began in August, that year has eight months.
    """
    treated = data["year"] + BIN_START - onset
    cut = (treated > CUT) & (treated < 1 - CUT)
    return data.where(~cut, 0).astype(int)


def dropped(data: xr.Dataset) -> pd.DataFrame:
    """Return the authorities that cannot be compared, with the reason; columns as of left_out."""
    has = data["total"] > 0
    share = has.sum("year") / has.any("authority").sum()
    few = (has & (data["low"] < FEWEST_EVENTS)).any("year").to_series()
    reason = few.map({True: f"not compared: fewer than {FEWEST_EVENTS} events in a year"})
    reason = reason.mask((share < _KNOWN_YEARS).to_series(), "not compared: too few years known")
    chosen = reason.dropna().rename("reason").rename_axis("authority").reset_index()
    return chosen.assign(year="all")[["authority", "year", "reason"]]


def suitable(data: xr.Dataset) -> list[str]:
    """Return the authorities that can be compared: most years known, and none with few events."""
    out = set(dropped(data)["authority"])
    return [str(name) for name in data["authority"].to_numpy() if name not in out]


def panel_outcome(
    measure: Measure, years: list[int], *, treated: str, comparisons: list[str], onset: float
) -> Outcome:
    """Describe a measure as an outcome of an evaluation that official statistics can follow.

    A share counts what happened in its year, so the dose is the year's own (no window).
    """
    labels = tuple(label(year) for year in years)
    setting = Setting(
        name="panel",
        treated_boroughs=(treated,),
        comparison_boroughs=tuple(comparisons),
        onsets=(onset,),
        bin_start=BIN_START,
        years=labels,
        reference_year=labels[0],
    )
    if setting.post.all() or not setting.post.any():
        raise InputError(
            f"{measure.name}: the years {labels[0]} to {labels[-1]} do not lie on both sides of "
            f"the onset ({onset:.2f}); choose another measure, or other --years"
        )
    nearest = measure.outcomes[0]
    return Outcome(
        name=measure.name,
        label=measure.label,
        setting=setting,
        likelihood="binomial",
        window=0.0,
        years=labels,
        minimum=nearest.minimum if nearest.likelihood == "binomial" else 1.0,
        unit="case",
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
    yearly: bool = True,
) -> pd.DataFrame:
    """Approximate the posterior of one authority's effects against others, year by year.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.evidence.official.read.read_measure`.
    measure : Measure
    priors : Priors
        Of shocks (`national`) and effects; see `panel_priors`.
    treated : str
    comparisons : list of str
    onset : float
        Decimal calendar year.
    effect : {"yearly", "constant", "embedding"}
    yearly : bool
        Give each year's effect too; the treated authority must then have all years.

    Returns
    -------
    pandas.DataFrame
        As from `mp_bayes.inference.laplace.effects_of`; `usable` is False where it does not vouch
        for itself.
    """
    data = whole_years(data, onset)
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
    rows = fast_effects(built, events[..., None], total[..., None], yearly=yearly)
    return rows.drop(columns="replicate")


def measure_priors(priors: Priors, measure: Measure) -> dict[str, Any]:
    """Return the `national` priors of a measure itself, by parameter.

    Those of the outcome that it stands for; where the measure moves more by a known factor, its
    shocks are larger by it.
    """
    chosen = priors.select(measure.outcomes[0], shock="national")
    least, most = measure.moves_more
    try:
        own = scaled(chosen["sd_shock"], (least * most) ** 0.5)
    except InputError as error:
        raise InputError(
            f"[{measure.outcomes[0].name}.shock.national] sd_shock, for {measure.name}: {error}"
        ) from None
    return {**chosen, "sd_shock": own}


def panel_priors(priors: Priors, measure: Measure, data: xr.Dataset) -> dict[str, Any]:
    """Return the priors of a panel analysis, by parameter.

    Shocks, years and effects have the re-analysis' own priors. How authorities' levels are spread
    is taken from all suitable authorities: over a hundred of them tell it far more closely than
    the effect, in which levels cancel, could need.
    """
    chosen = measure_priors(priors, measure)
    names = suitable(data)
    events, total = counts(data, names)
    eta = np.where(total > 0, np.log((events + 0.5) / (total - events + 0.5)), np.nan)
    eta = eta[:, (total > 0).any(0)]
    levels = np.nanmean(eta, 1)
    known = {
        "level_mean": levels.mean(),
        "sd_borough": levels.std(),
        # Official statistics count referrals; what a child's several referrals share is part of
        # the shocks, which were estimated from the same statistics.
        "design_effect": 1.0,
    }
    return {**chosen, **{name: Fixed(value=float(value)) for name, value in known.items()}}


def authority(data: xr.Dataset, name: str) -> str:
    """Return an authority as the statistics write it, or refuse one that they do not have."""
    known = [str(one) for one in data["authority"].to_numpy()]
    return find("authority", name, known, more="`mp-bayes list authorities --data DIR` has all")


def counts(data: xr.Dataset, authorities: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return events and totals, dims (authority, year), 0 where they are not known.

    A rounded count is taken at its middle; a suppressed one is left out.
    """
    for name in authorities:
        authority(data, name)
    chosen = data.sel(authority=authorities)
    told = (chosen["low"] == chosen["high"]) | (chosen["low"] >= FEWEST_EVENTS)
    known = told & (chosen["total"] > 0)
    middle = (chosen["low"] + chosen["high"]) / 2
    events, total = (
        one.where(known, 0).transpose("authority", "year").to_numpy().astype(float)
        for one in (middle, chosen["total"])
    )
    return events, total
