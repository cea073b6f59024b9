"""Placebo in space and time: the same analysis where, and when, there was no programme."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from mp_bayes.evidence.official.measures import Measure
from mp_bayes.frequentist import Answer
from mp_bayes.inference.laplace import fast_effects, structure
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.panel.effects import (
    BIN_START,
    FEWEST_EVENTS,
    counts,
    panel_outcome,
    panel_priors,
    whole_years,
)
from mp_bayes.panel.inference import (
    CONLEY_TABER,
    DONALD_LANG,
    FERMAN_PINTO,
    PERMUTATION,
    PLAIN,
    SHOCK_AWARE,
    all_methods,
    complete,
    first_post,
    known_shocks,
    report_scale,
)
from mp_bayes.priors import Priors

#: Years before and after the onset in a window, as in the report's study of children in need.
PRE_YEARS, POST_YEARS = 3, 3
#: Falls that are planted, in percentage points; 0 is nothing.
PLANTED = (0, -3, -6)
_PAIR, _ALL = "one random pair", "all authorities"
#: Methods whose claims are counted, as in tables.
PLAIN_PAIR, MODEL = f"{PLAIN}, {_PAIR}", f"Hierarchical model, {_ALL}"
_FEW_TREATED = (CONLEY_TABER, FERMAN_PINTO, PERMUTATION)
_COUNTED = (
    *((method, _PAIR) for method in (PLAIN, SHOCK_AWARE, DONALD_LANG, *_FEW_TREATED)),
    *((method, _ALL) for method in (SHOCK_AWARE, DONALD_LANG, *_FEW_TREATED)),
)


def windows(data: xr.Dataset, *, onset: float) -> list[tuple[slice, float]]:
    """Return the spans of years to analyse, each with its onset.

    First all years with the real onset; then every run of three years before and three after, with
    an onset between them that never was.
    """
    years = [int(year) for year in data["year"]]
    return [
        (slice(years[0], years[-1]), onset),
        *(
            (slice(first, first + PRE_YEARS + POST_YEARS - 1), first + PRE_YEARS - 1 + BIN_START)
            for first in years
            if first + PRE_YEARS + POST_YEARS - 1 <= years[-1]
            and len(years) > PRE_YEARS + POST_YEARS
        ),
    ]


def placebo(
    data: xr.Dataset,
    measure: Measure,
    priors: Priors,
    *,
    treated: str,
    onset: float,
    rng: np.random.Generator,
    on_progress: Callable[[float, float], None] = lambda _done, _total: None,
) -> pd.DataFrame:
    """Analyse every authority as if it, and no other, had had the programme.

    Once as it was, and once with each of the `PLANTED` effects: see `planted`.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.evidence.official.read.read_measure`; the years to analyse. Authorities with
        a missing year are left out, so that all methods see the same.
    measure : Measure
    priors : Priors
    treated : str
        The authority that had it; left out of the others' comparisons.
    onset : float
        Decimal calendar year.
    rng : numpy.random.Generator
        Draws each authority's one comparison.
    on_progress : callable
        Called with the analyses done and those in all.

    Returns
    -------
    pandas.DataFrame
        One row an authority, planted `effect` and `method` (the hierarchical model has a
        `constant` effect): `comparison`; `estimate`, `lower` and `upper`, percentage points (95%
        confidence intervals; equal-tailed for the model); `usable`; `claims`: whether the
        interval excludes 0; and `reason`, why a method gives no interval.
    """
    data = whole_years(data, onset)
    names = complete(data)
    others = [name for name in names if name != treated]
    pairs = {name: str(rng.choice([one for one in others if one != name])) for name in names}
    parts = []
    groups = [(others, others), ([treated], names)] if treated in names else [(others, others)]
    steps = len(groups) * len(PLANTED)
    on_progress(0, steps)
    for whose, pool in groups:
        for effect in PLANTED:
            found = _analyse(
                data,
                measure,
                priors,
                whose=whose,
                pool=pool,
                pairs=pairs,
                onset=onset,
                effect=effect,
            )
            parts.append(found)
            on_progress(len(parts), steps)
    return pd.concat(parts, ignore_index=True)


def _analyse(
    data: xr.Dataset,
    measure: Measure,
    priors: Priors,
    *,
    whose: list[str],
    pool: list[str],
    pairs: dict[str, str],
    onset: float,
    effect: int,
) -> pd.DataFrame:
    """Analyse each of some authorities against the rest of a pool, by every method."""
    years = [int(year) for year in data["year"]]
    known = (data["total"] > 0).any("authority").to_numpy()
    post = np.array(years) >= first_post(onset)
    # Each authority in turn comes first; the batch is last.
    order = np.array([[pool.index(one) for one in (name, *_rest(pool, name))] for name in whose])
    events, total = (np.moveaxis(one[order], 0, -1).copy() for one in counts(data, pool))
    after = post & known
    events[0, after] = planted(events[0, after], total[0, after], effect)
    # Where too little would be left, nothing is planted: such an authority would not be analysed.
    fits = (events[0, known] >= FEWEST_EVENTS).all(0)
    whose, events, total = (
        [name for name, good in zip(whose, fits, strict=True) if good],
        events[..., fits],
        total[..., fits],
    )
    if not whose:
        return pd.DataFrame()
    of_pairs = [pairs[name] for name in whose]
    place = [1 + _rest(pool, name).index(pairs[name]) for name in whose]
    second = events[place, :, np.arange(len(whose))].T, total[place, :, np.arange(len(whose))].T
    sd_shock, rho = known_shocks(priors, measure)
    ask = partial(
        all_methods,
        post=post[known],
        years=list(np.array(years)[known]),
        sd_shock=sd_shock,
        rho=rho,
        design_effect=report_scale(priors, measure),
    )
    found = {
        _PAIR: ask(
            *(
                np.stack([one[0], other])[:, known]
                for one, other in zip((events, total), second, strict=True)
            )
        ),
        _ALL: ask(events[:, known], total[:, known]),
    }
    against = {_PAIR: of_pairs, _ALL: [_ALL] * len(whose)}
    parts = [
        _rows(found[kind][method], f"{method}, {kind}", whose, against[kind])
        for method, kind in _COUNTED
    ]
    outcome = panel_outcome(
        measure, years, treated=whose[0], comparisons=_rest(pool, whose[0]), onset=onset
    )
    built = structure(outcome, panel_priors(priors, measure, data), effect="constant")
    fitted = fast_effects(built, events, total)
    fitted = fitted[
        fitted["estimand"].eq("average_effect") & fitted["scale"].eq("percentage_points")
    ]
    model = {name: fitted[name].to_numpy() for name in ("lower", "upper", "usable")}
    parts.append(
        pd.DataFrame(
            {
                "authority": whose,
                "method": MODEL,
                "comparison": _ALL,
                "estimate": fitted["mean"].to_numpy(),
                **model,
                "claims": (model["lower"] > 0) | (model["upper"] < 0),
                "reason": "",
            }
        )
    )
    return pd.concat(parts, ignore_index=True).assign(effect=effect)


def planted(events: Floats, total: Floats, effect: float) -> Floats:
    """Return an authority's counts with a fall planted in the years after the onset.

    Each year's log-odds fall by one number: what takes the authority's own rate, pooled over these
    years, down by so many percentage points. Counts are not rounded, so that nothing but the
    effect is added. Not a number where the rate is lower than that.

    Parameters
    ----------
    events, total : ndarray, dims (year, batch)
        Of the years after the onset.
    effect : float
        In percentage points; at most 0.
    """
    rate = events.sum(0) / total.sum(0)
    left = rate + effect / 100
    step = special.logit(np.where(left > 0, left, np.nan)) - special.logit(rate)
    return np.asarray(total * special.expit(special.logit(events / total) + step))


def _rest(pool: list[str], name: str) -> list[str]:
    return [other for other in pool if other != name]


def _rows(found: Answer, method: str, names: list[str], against: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "authority": names,
            "method": method,
            "comparison": against,
            "estimate": found.estimate,
            "lower": found.lower,
            "upper": found.upper,
            "usable": not found.reason,
            "claims": found.claims,
            "reason": found.reason,
        }
    )
