"""The check of parallel trends as tables: power of the pre-trend test, sensitivity, breakdowns."""

from collections.abc import Callable, Iterable
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mp_bayes.checks.event_study import EventStudy, Floats, Z, of_outcome
from mp_bayes.checks.linear import (
    Posterior,
    bias,
    least_error,
    slope_before,
    slope_found,
    trend_prior,
)
from mp_bayes.checks.relative import Bounds, relative_magnitudes
from mp_bayes.checks.smooth import largest_bend, smoothness
from mp_bayes.errors import InputError
from mp_bayes.studies.study import Study

#: Methods as they stand in the tables.
PUBLISHED, LAST, RELATIVE, SMOOTH, PRIOR = (
    "published",
    "from the last period before",
    "relative magnitudes",
    "smoothness",
    "prior on the slope",
)
#: Weights of which there is no more to say: all the same, or as they were asked for.
EQUAL, GIVEN = "equal", "given"
#: Power with which Roth (2022) looks for a slope.
POWERS = (0.5, 0.8)
#: Multiples of the largest change before the onset.
MBARS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
#: Bends, and SDs of the slope, as multiples of the slope that the test finds half the time: what is
#: large depends on the outcome's unit.
_MULTIPLES = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0)
_HALVINGS = 16


def study_trends(study: Study, weights: npt.ArrayLike | None = None) -> dict[str, pd.DataFrame]:
    """Return the check's tables for every outcome with published yearly estimates.

    Raises
    ------
    InputError
        If no outcome has them.
    """
    chosen = [one for one in study.outcomes.values() if "coefficients" in one.evidence]
    if not chosen:
        raise InputError(
            f"{study.name} has no published estimates by year: give your own by --estimates and "
            "--covariance"
        )
    return trends(map(of_outcome, chosen), weights)


def trends(
    studies: Iterable[EventStudy], weights: npt.ArrayLike | None = None
) -> dict[str, pd.DataFrame]:
    """Return what is known of parallel trends in each event study.

    Parameters
    ----------
    studies : iterable of EventStudy
    weights : array_like, optional
        Of the periods after the onset; each study's own unless given.

    Returns
    -------
    dict of str to DataFrame
        `pretrends`: a row for each study and power, with what a slope and the line through the
        estimates before the onset add to the average effect; effects count from the last period
        before. `sensitivity`: a row for each study, method and value (Mbar, M or SD) with estimate,
        95% interval and identified set. `breakdown`: the value from which the interval holds 0, and
        what the estimates before the onset show of the same.
    """
    tables: dict[str, list[dict[str, Any]]] = {"pretrends": [], "sensitivity": [], "breakdown": []}
    for one in studies:
        chosen = one.weights(weights)
        about = {
            "outcome": one.name,
            "label": one.label,
            "unit": one.unit,
            "reference": one.reference,
            "last_before": one.rebased().reference,
            "weighted_by": (one.weighted_by or EQUAL) if weights is None else GIVEN,
            "weights": "; ".join(
                f"{name}: {weight:.4g}"
                for name, weight in zip(np.array(one.periods)[one.post], chosen, strict=True)
            ),
        }
        tables["pretrends"] += [about | row for row in _pretrends(one, chosen)]
        scale = tables["pretrends"][-len(POWERS)]["slope"] or least_error(one)
        tables["sensitivity"] += [about | row for row in _sensitivity(one, chosen, scale)]
        tables["breakdown"] += [about | row for row in _breakdowns(one, chosen, scale)]
    return {name: pd.DataFrame(rows) for name, rows in tables.items()}


def _pretrends(one: EventStudy, weights: Floats) -> list[dict[str, Any]]:
    before = ~one.post
    beyond = np.abs(one.estimate[before]) > Z * np.sqrt(np.diag(one.covariance)[before])
    # The test is of the estimates as published; what it misses counts from where trends depart.
    based = one.rebased()
    effect = float(weights @ based.estimate[based.post])
    slope, variance = slope_before(one)
    line, half = bias(based, slope, weights), Z * abs(bias(based, variance**0.5, weights))
    rows = []
    for power in POWERS:
        found = slope_found(one, power)
        rows.append(
            {
                "tested": int(before.sum()),
                "beyond": int(beyond.sum()),
                "power": power,
                "slope": found,
                "bias": abs(bias(based, found, weights)),
                "estimate": effect,
                "line": line,
                "line_lower": line - half,
                "line_upper": line + half,
            }
        )
    return rows


def _sensitivity(one: EventStudy, weights: Floats, scale: float) -> list[dict[str, Any]]:
    rows = []
    for method, study in ((PUBLISHED, one), (LAST, one.rebased())):
        effect = float(weights @ study.estimate[study.post])
        part = study.covariance[np.ix_(study.post, study.post)]
        half = Z * float(np.sqrt(weights @ part @ weights))
        rows.append(_row(method, nan, effect - half, effect + half, effect))
    bounds = [(RELATIVE, mbar, relative_magnitudes(one, mbar, weights=weights)) for mbar in MBARS]
    bounds += [
        (SMOOTH, times * scale, smoothness(one, times * scale, weights=weights))
        for times in _MULTIPLES
    ]
    rows += [
        _row(method, value, found.lower, found.upper)
        | {"set_lower": found.set_lower, "set_upper": found.set_upper}
        for method, value, found in bounds
    ]
    for sd in (*(times * scale for times in _MULTIPLES), inf):
        posterior = trend_prior(one, sd, weights)
        rows.append(_row(PRIOR, sd, posterior.lower, posterior.upper, posterior.mean))
    return rows


def _row(
    method: str, value: float, lower: float, upper: float, estimate: float = nan
) -> dict[str, Any]:
    return {"method": method, "value": value, "estimate": estimate, "lower": lower, "upper": upper}


def _breakdowns(one: EventStudy, weights: Floats, scale: float) -> list[dict[str, Any]]:
    analyses: dict[str, tuple[Callable[[float], Bounds | Posterior], float, float]] = {
        RELATIVE: (lambda mbar: relative_magnitudes(one, mbar, weights=weights), 1.0, 1.0),
        SMOOTH: (lambda m: smoothness(one, m, weights=weights), scale, largest_bend(one)),
        PRIOR: (lambda sd: trend_prior(one, sd, weights), scale, abs(slope_before(one)[0])),
    }
    rows = []
    for method, (analyse, start, before) in analyses.items():
        at_zero = analyse(0.0)
        rows.append(
            {
                "method": method,
                "breakdown": _first(analyse, start),
                "lower_at_zero": at_zero.lower,
                "upper_at_zero": at_zero.upper,
                "before": before,
            }
        )
    return rows


def _first(analyse: Callable[[float], Bounds | Posterior], start: float) -> float:
    """Return the smallest value from which the interval holds 0; infinite if there is none."""

    def holds_zero(value: float) -> bool:
        found = analyse(value)
        return found.lower <= 0 <= found.upper

    if holds_zero(0.0):
        return 0.0
    low, high = 0.0, start
    while not holds_zero(high):
        low, high = high, 2 * high
        if not isfinite(high) or high > 1e4 * start:
            return inf
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds_zero(middle) else (middle, high)
    return high
