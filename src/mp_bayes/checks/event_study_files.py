"""Read an event study from two tables: estimates by period, and their covariance."""

import csv
import io
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np

from mp_bayes.checks.event_study import LEAST, MOST, EventStudy, Floats, check_scale
from mp_bayes.errors import InputError
from mp_bayes.storage import read_text

#: Bytes, and periods: no event study comes near.
_LARGEST, _MOST = 4 * 2**20, 200
#: 2009, -3, or 2012-13.
_PERIOD = re.compile(r"(-?\d{1,6})(?:[-/]\d{2,4})?")
_PHASES = ("pre", "post", "reference")


def read_event_study(
    estimates: Path, covariance: Path, *, onset: str | None = None, reference: str | None = None
) -> EventStudy:
    """Return the event study in two CSV files.

    Parameters
    ----------
    estimates : Path
        Columns period (2009, -3 or 2012-13), estimate and, unless the options say it, phase: pre,
        post or reference. The reference's estimate is 0, or its row is left out.
    covariance : Path
        A row and a column for each period but the reference; the first column names the row's.
    onset, reference : str, optional
        First period with the programme, and the one that the others are relative to.

    Raises
    ------
    InputError
        If the files do not hold together; the message names the file and what to do.
    """
    values, phases = _estimates(estimates)
    base, after = _roles(values, phases, estimates.name, onset, reference)
    labels = sorted((one for one in values if one != base), key=_time)
    _check_order([*labels, base], after, base, estimates.name)
    matrix = _covariance(covariance, labels, base)
    start = _time(base)
    study = EventStudy(
        name=estimates.stem,
        label=_plain(estimates.stem.removesuffix("_estimates").replace("_", " ")),
        unit="units",
        periods=tuple(labels),
        reference=base,
        times=np.array([_time(one) - start for one in labels], dtype=float),
        post=np.array([one in after for one in labels]),
        estimate=np.array([values[one] for one in labels]),
        covariance=matrix,
    )
    return check_scale(study, f"{estimates.name} and {covariance.name}")


def _plain(label: str) -> str:
    """Return a label in which what is no writing, as a file's name may hold, is a blank."""
    return "".join(letter if letter.isprintable() else " " for letter in label)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    text = read_text(path, "table", largest=_LARGEST)
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    try:
        found = [(reader.line_num, [c.strip() for c in cells]) for cells in reader if any(cells)]
    except csv.Error:
        raise InputError(
            f"{path.name}, line {reader.line_num}: is not valid CSV; check its quotes and commas"
        ) from None
    if len(found) < 2:
        raise InputError(f"{path.name}: is empty; it needs a header and a row for each period")
    if len(found) > _MOST:
        raise InputError(f"{path.name}: has {len(found)} rows; is it the right file?")
    width = len(found[0][1])
    for line, cells in found:
        if len(cells) != width:
            raise InputError(
                f"{path.name}, line {line}: has {len(cells)} cells, the header {width}; check its "
                "commas"
            )
    return found


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > 1e100:
        shown = f"'{cell[:40]}' is" if cell else "an empty cell is"
        raise InputError(f"{where}: {shown} not a number; write one, or leave its row out")
    return value


def _time(period: str) -> int:
    found = _PERIOD.fullmatch(period)
    assert found is not None
    return int(found[1])


def _period(cell: str, where: str) -> str:
    if not _PERIOD.fullmatch(cell):
        raise InputError(
            f"{where}: period '{cell[:40]}' is neither a whole number nor a year as 2012-13; "
            "number the periods"
        )
    return cell


def _estimates(path: Path) -> tuple[dict[str, float], dict[str, str]]:
    (_, header), *rows = _lines(path)
    for column in ("period", "estimate"):
        if header.count(column) != 1:
            raise InputError(f"{path.name}, line 1: needs one column {column}; name it so")
    values: dict[str, float] = {}
    phases: dict[str, str] = {}
    for line, cells in rows:
        where = f"{path.name}, line {line}"
        row = dict(zip(header, cells, strict=True))
        name = _period(row["period"], where)
        if any(_time(name) == _time(other) for other in values):
            raise InputError(f"{where}: period {name} is there twice; remove one of the two rows")
        values[name] = _number(row["estimate"], where)
        if "phase" in header:
            if row["phase"] not in _PHASES:
                raise InputError(
                    f"{where}: phase '{row['phase'][:40]}' is not known; use pre, post or reference"
                )
            phases[name] = row["phase"]
    return values, phases


def _roles(
    values: dict[str, float],
    phases: dict[str, str],
    file: str,
    onset: str | None,
    reference: str | None,
) -> tuple[str, set[str]]:
    """Return the reference period, and the periods from the onset on."""
    if phases and (onset or reference):
        raise InputError(f"{file} has a column phase: leave out --onset and --reference")
    if phases:
        bases = [name for name, phase in phases.items() if phase == "reference"]
        if len(bases) != 1:
            raise InputError(
                f"{file}: {len(bases) or 'no'} periods are the reference; mark one row, its "
                "estimate 0, with the phase reference"
            )
        base = bases[0]
        after = {name for name, phase in phases.items() if phase == "post"}
    else:
        if not onset or not reference:
            raise InputError(
                f"{file} has no column phase: give --onset (the first period with the programme) "
                "and --reference (the period that the others are relative to)"
            )
        base = _period(reference, "--reference")
        first = _time(_period(onset, "--onset"))
        after = {name for name in values if _time(name) >= first}
    if values.get(base, 0.0) != 0.0:
        raise InputError(
            f"{file}: the reference period {base} has the estimate {values[base]:g}; estimates are "
            "relative to it, so its own is 0: subtract it, or name another reference"
        )
    return base, after


def _check_order(periods: list[str], after: set[str], base: str, file: str) -> None:
    before = [name for name in periods if name not in after]
    if base in after or not after:
        what = (
            "the reference period is after the onset" if after else "no period is after the onset"
        )
        raise InputError(f"{file}: {what}; check the phases, or --onset and --reference")
    if len(before) < 2:
        raise InputError(
            f"{file}: there is no period before the onset but the reference, so nothing is known "
            "of earlier trends; add one, or do without this check"
        )
    if max(map(_time, before)) > min(map(_time, after)):
        raise InputError(
            f"{file}: a period before the onset is later than one after it; check phase"
        )
    times = sorted(map(_time, periods))
    for one, following in pairwise(times):
        if following != one + 1:
            raise InputError(
                f"{file}: periods jump from {one} to {following}; trends are followed from one "
                "period to the next, so number them without a gap"
            )


def _covariance(path: Path, labels: list[str], base: str) -> Floats:
    (_, header), *rows = _lines(path)
    columns, names = header[1:], [cells[0] for _, cells in rows]
    if len(columns) != len(names):
        raise InputError(
            f"{path.name}: has {len(names)} rows and {len(columns)} columns of numbers; a "
            "covariance has as many of either"
        )
    for kind, given in (("column", columns), ("row", names)):
        if base in given:
            raise InputError(
                f"{path.name}: has a {kind} for the reference period {base}, whose estimate is 0 "
                "by definition; remove it"
            )
        for missing in [one for one in labels if one not in given]:
            raise InputError(
                f"{path.name}: no {kind} is called {missing}, which has an estimate; name rows and "
                "columns as the periods"
            )
        for odd in [one for one in given if given.count(one) > 1 or one not in labels]:
            raise InputError(
                f"{path.name}: the {kind} '{odd[:40]}' has no estimate of its own, or is there "
                "twice; remove it"
            )
    values = np.array(
        [[_number(cell, f"{path.name}, line {line}") for cell in cells[1:]] for line, cells in rows]
    )
    matrix = values[np.ix_([names.index(n) for n in labels], [columns.index(n) for n in labels])]
    variances = np.diag(matrix)
    for name, variance in zip(labels, variances, strict=True):
        if variance <= 0:
            raise InputError(
                f"{path.name}: the variance of {name} is {variance:g}; it must be above 0: are "
                "these covariances?"
            )
        if not LEAST**2 <= variance <= MOST**2:
            raise InputError(
                f"{path.name}: the variance of {name} is {variance:g}; it must be between "
                f"{LEAST**2:g} and {MOST**2:g}: write estimates and covariance in another unit"
            )
    scale = np.sqrt(np.outer(variances, variances))
    uneven = np.abs(matrix - matrix.T) / scale
    if uneven.max() > 1e-6:
        i, j = np.unravel_index(int(uneven.argmax()), uneven.shape)
        raise InputError(
            f"{path.name}: is not symmetric: {labels[i]} with {labels[j]} is {matrix[i, j]:g} in "
            f"one place and {matrix[j, i]:g} in the other; correct one of them"
        )
    matrix = (matrix + matrix.T) / 2
    lowest = float(np.linalg.eigvalsh(matrix / scale).min())
    if lowest < -1e-8:
        raise InputError(
            f"{path.name}: is no covariance: it is not positive semi-definite (an eigenvalue of "
            f"the correlations is {lowest:.2g}); write it with more digits, or check its entries"
        )
    if lowest < 1e-10:
        raise InputError(
            f"{path.name}: is singular: some combination of the estimates would have no error, as "
            "where there are more periods than clusters; give a covariance of full rank, or fewer "
            "periods"
        )
    return np.asarray(matrix)
