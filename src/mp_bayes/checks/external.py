"""Cases of others: this project's estimators beside numbers that were published of them."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.checks.event_study import EventStudy, Floats, Z
from mp_bayes.checks.event_study_files import read_event_study
from mp_bayes.checks.published import (
    CONDITIONAL,
    EMPLOYMENT,
    PERMUTATION,
    PROFITS,
    PUBLISHED,
    SMOKING,
    Published,
)
from mp_bayes.checks.relative import relative_magnitudes
from mp_bayes.checks.smooth import smoothness
from mp_bayes.checks.trends import LAST, RELATIVE, SMOOTH
from mp_bayes.errors import InputError
from mp_bayes.frequentist.few_treated import permutation
from mp_bayes.storage import read_text

#: The programme of the third case, and its first year.
_STATE, _ONSET = "California", 1989
_LARGEST = 2**20


def files(folder: Path) -> list[Path]:
    """Return the files that the cases are read from."""
    studies = [f"{case}_{what}" for case in (PROFITS, EMPLOYMENT)
               for what in ("estimates", "covariance")]  # fmt: skip
    return [folder / f"{name}.csv" for name in (*studies, SMOKING)]


def external(folder: Path) -> pd.DataFrame:
    """Return every published number of the cases in a folder, with ours beside it.

    Parameters
    ----------
    folder : Path
        With the files that `files` lists.

    Returns
    -------
    pandas.DataFrame
        A row for each of `PUBLISHED`, with `ours_lower`, `ours_upper`, the largest `difference`,
        and whether it `agrees` (empty where the estimator is another).

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give the one with the cases by --data")
    listed = files(folder)
    cases = {
        PROFITS: read_event_study(*listed[:2]),
        EMPLOYMENT: read_event_study(*listed[2:4]),
    }
    years, sales, treated = _panel(listed[4])
    rows: list[dict[str, Any]] = []
    for one in PUBLISHED:
        if one.case == SMOKING:
            ours = _smoking(one, years, sales, treated)
        else:
            ours = _event_study(one, cases[one.case])
        rows.append(_row(one, ours))
    return pd.DataFrame(rows)


def agreement_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `external` again from our numbers in it, without the cases' own data.

    The differences stay as they are: they are smaller than a printed number's last digit.
    """
    ours = zip(table["ours_lower"], table["ours_upper"], strict=True)
    rows = [_row(one, both) for one, both in zip(PUBLISHED, ours, strict=False)]
    again = pd.DataFrame(rows).assign(difference=table["difference"])
    same = again["difference"].le(again["tolerance"])
    return again.assign(agrees=same.astype(object).where(again["same"].astype(bool), None))


def _row(one: Published, ours: tuple[float, float]) -> dict[str, Any]:
    difference = float(np.nanmax(np.abs(np.array(ours) - (one.lower, one.upper))))
    return {
        "case": one.case,
        "effect": one.effect,
        "analysis": one.analysis,
        "value": one.value,
        "ours_lower": ours[0],
        "ours_upper": ours[1],
        "published_lower": one.lower,
        "published_upper": one.upper,
        "difference": difference,
        "tolerance": one.tolerance,
        "same": one.same,
        "agrees": bool(difference <= one.tolerance) if one.same else None,
        "why": one.why,
        "source": one.source,
    }


def _event_study(one: Published, study: EventStudy) -> tuple[float, float]:
    after = [name for name, late in zip(study.periods, study.post, strict=True) if late]
    if one.effect == "average":
        weights = study.weights()
    elif one.effect in ("first", *after):
        weights = np.eye(len(after))[0 if one.effect == "first" else after.index(one.effect)]
    else:
        raise InputError(
            f"{one.case}_estimates.csv: has no period {one.effect} after the onset, of which an "
            "answer was published; take it whole from the source that the documentation names"
        )
    if one.analysis == SMOOTH:
        found = smoothness(study, one.value, weights=weights)
    elif one.analysis == RELATIVE:
        found = relative_magnitudes(study, one.value, weights=weights)
    elif one.analysis == CONDITIONAL:
        found = relative_magnitudes(study, one.value, weights=weights, first_stage=1e-9)
    else:
        assert one.analysis == LAST
        covariance = study.covariance[np.ix_(study.post, study.post)]
        middle = float(weights @ study.estimate[study.post])
        half = Z * float(np.sqrt(weights @ covariance @ weights))
        return middle - half, middle + half
    return found.lower, found.upper


def _smoking(
    one: Published, years: Floats, sales: Floats, treated: np.ndarray
) -> tuple[float, float]:
    kept = (years < _ONSET) | (years == float(one.effect)) if one.effect != "average" else years > 0
    found = permutation(sales[:, kept], (treated[:, None] & (years >= _ONSET))[:, kept])
    value = float(found.p_value if one.analysis == PERMUTATION else found.estimate)
    return value, value


def _panel(path: Path) -> tuple[Floats, Floats, np.ndarray]:
    """Read sales by year and state.

    Returns
    -------
    years : ndarray, dims (year,)
    sales : ndarray, dims (state, year)
    treated : ndarray of bool, dims (state,)
    """
    text = read_text(path, "table", largest=_LARGEST)
    try:
        header, *rows = [cells for cells in csv.reader(io.StringIO(text), strict=True) if cells]
        values = np.array([[float(cell) for cell in cells] for cells in rows])
    except (ValueError, csv.Error):
        values, header = np.empty(0), []
    states = set(header[1:])
    whole = (
        len(states) > 1
        and len(states) == len(header) - 1
        and values.ndim == 2
        and values.shape[1] == len(header)
        and np.isfinite(values).all()
    )
    if not whole or header[:1] != ["Year"] or _STATE not in header:
        raise InputError(
            f"{path.name}: is not a table of numbers with a column Year and one for each state, "
            f"{_STATE} and others among them, each once; take it from the source that the "
            "documentation names"
        )
    years = values[:, 0]
    if not (years < _ONSET).any() or 2000 not in years or len(set(years)) < len(years):
        raise InputError(
            f"{path.name}: has not the years before {_ONSET} to 2000, each once; take it whole"
        )
    return years, values[:, 1:].T, np.array(header[1:]) == _STATE
