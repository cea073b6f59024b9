"""The check of parallel trends in words: what pre-trends could show, and what effects withstand."""

import math
from typing import Any

import pandas as pd

from mp_bayes.checks.trends import EQUAL, GIVEN, LAST, POWERS, PRIOR, PUBLISHED, RELATIVE, SMOOTH
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import MINUS, listed, lowered, number, percent
from mp_bayes.wording.selection import Tables, leaves_out_zero, pick
from mp_bayes.wording.trends_tables import (
    breakdown_value,
    cell,
    decimals_of_row,
    ends_at_zero,
    shown,
    unit_in,
)


def trends_answer(tables: Tables, study: Study | None) -> list[str]:
    """Say what tests of earlier trends could have found, and what effects withstand.

    Parameters
    ----------
    tables : dict of DataFrame
        From `mp_bayes.checks.trends.trends`.
    study : Study, optional
        Of which they are, if of one.
    """
    names = list(dict.fromkeys(tables["pretrends"]["outcome"]))
    lines = []
    if len(names) > 1:
        lines.append(_together(tables, len(names)))
    lines += [_one(tables, name) for name in names]
    lines.append(
        "Intervals are 95% confidence intervals, under a prior on the slope 95% equal-tailed ones; "
        "there the effect is compared with all periods before the onset. All take the estimates' "
        "errors as they are given: shocks to single places and periods, which those errors leave "
        "out, count here as departures from parallel trends."
    )
    weighted = set(tables["pretrends"]["weighted_by"]) - {EQUAL, GIVEN}
    if weighted:
        lines.append(
            f"Years are weighted by the number of {listed(sorted(weighted), last='or')} in the "
            "treated boroughs whose programme had begun, as the re-analysis weights them."
        )
    if study is not None:
        exposed = {
            name: study.outcomes[name].partly_exposed
            for name in names
            if name in study.outcomes and study.outcomes[name].partly_exposed
        }
        if exposed:
            said = [
                f"{listed(list(years))} for {lowered(study.outcomes[name].label)}"
                for name, years in exposed.items()
            ]
            lines.append(
                f"Partly exposed to the programme, though before its onset: {'; '.join(said)}. "
                "What these years show is not the trend alone."
            )
    return lines


def _together(tables: Tables, count: int) -> str:
    """Say for how many outcomes what holds, relative to the last period before the onset."""
    first = pick(tables["pretrends"], power=POWERS[0])
    larger = first["bias"] > first["estimate"].abs()
    towards = first["line"] * first["estimate"] > 0
    rejected = [
        f"{lowered(str(row.label))} "
        f"(there that line runs {'towards' if same else 'against'} the effect)"
        for row, same in zip(first.itertuples(), towards, strict=True)
        if row.beyond
    ]
    kept = int(leaves_out_zero(pick(tables["sensitivity"], method=LAST)).sum())
    one = pick(tables["sensitivity"], method=RELATIVE, value=1.0)
    return (
        "Relative to the last period before the onset, a linear difference in trends that the test "
        f"of earlier trends misses half the time could be all of the average effect for "
        f"{int(larger.sum())} of {count} outcomes; the line through the estimates before the onset "
        f"runs towards the effect for {int((larger & towards).sum())} of these"
        f"{_open_lines(first[larger & towards])}. Some estimate "
        f"before the onset leaves out 0 for {len(rejected)} of {count}"
        f"{': ' if rejected else ''}{listed(rejected)}. The interval of {kept} of {count} average "
        "effects leaves out 0; if trends may depart as much as before the onset, that of "
        f"{int(leaves_out_zero(one).sum())}."
    )


def _open_lines(rows: pd.DataFrame) -> str:
    """Say of lines how many may as well be level."""
    level = int(((rows["line_lower"] <= 0) & (rows["line_upper"] >= 0)).sum())
    return f", though the 95% interval of {level} of these lines holds 0" if level else ""


def _one(tables: Tables, name: str) -> str:
    pre = pick(tables["pretrends"], outcome=name).to_dict("records")
    rows = pick(tables["sensitivity"], outcome=name)
    last = pick(rows, method=LAST).iloc[0]
    decimals, unit, count = decimals_of_row(last), unit_in(pre[0]), pre[0]["tested"]
    which = (
        f"{pre[0]['beyond']} of {count} estimates before the onset "
        f"{'leaves' if pre[0]['beyond'] == 1 else 'leave'} out 0"
        if count > 1
        else "the one estimate before the onset "
        + ("leaves out 0" if pre[0]["beyond"] else "does not leave out 0")
    )
    said = f"{cell(last, decimals)} {unit} relative to {last['last_before']}"
    if last["reference"] != last["last_before"]:
        published = cell(pick(rows, method=PUBLISHED).iloc[0], decimals)
        said = f"{published} {unit} relative to {last['reference']}, and {said}"
    return (
        f"{pre[0]['label']}: {which}. {_average(pre[0])} is {said}, the last period before the "
        f"onset. {_withstands(tables, name, _slopes(pre, decimals), decimals)}"
    )


def _average(row: Any) -> str:
    """Say what the average effect is."""
    if row["weighted_by"] == GIVEN:
        weights = str(row["weights"]).replace(": -", f": {MINUS}")
        return f"The sum of the estimates after the onset times the weights ({weights})"
    by = str(row["weighted_by"])
    how = "with equal weights" if by == EQUAL else f"weighted by {by}"
    return f"The average of the estimates after the onset, {how},"


def _slopes(pre: list[dict[Any, Any]], decimals: int) -> str:
    """Say what the test's slopes, and the line before the onset, do to the effect."""
    unit = unit_in(pre[0])
    found = [row for row in pre if row["slope"] > 0]
    moved = listed([number(row["bias"], decimals) for row in found], last="or")
    often = listed([percent(row["power"]) for row in found], last="or")
    said = (
        f"A linear difference in trends moves this estimate by {moved} {unit} if the test of "
        f"earlier trends finds it {often} of the time. "
        if found
        else ""
    )
    if len(found) < len(pre):
        often = percent(max(row["power"] for row in pre if row["slope"] == 0))
        said += (
            "With so many estimates before the onset, the test of earlier trends finds something "
            f"at least {often} of the time without any difference. "
        )
    line = shown(pre[0]["line"], pre[0]["line_lower"], pre[0]["line_upper"], decimals)
    return f"{said}The line through the estimates before the onset, continued, adds {line} {unit}."


def _withstands(tables: Tables, name: str, slopes: str, decimals: int) -> str:
    """Say with what interval each method begins, and until when that leaves out 0."""
    rows = pick(tables["breakdown"], outcome=name).set_index("method")
    unit = unit_in(rows.iloc[0])
    value = {str(method): breakdown_value(row["breakdown"]) for method, row in rows.iterrows()}
    line: Any = rows.loc[SMOOTH]
    bend = f"trends bend by {value[SMOOTH]} {unit} a period"
    if line["before"] > 0:
        bend += (
            f", {number(line['breakdown'] / line['before'], 1)} times the largest bend before the "
            f"onset ({breakdown_value(line['before'])})"
        )
    prior = pick(tables["sensitivity"], outcome=name, method=PRIOR, value=0.0).iloc[0]
    departs = _until(
        rows.loc[RELATIVE],
        f"trends depart by {value[RELATIVE]} times their largest change before the onset",
        "however many times their largest change before the onset trends depart by",
    )
    bends = _until(line, bend, "however much trends bend")
    slope = _until(
        rows.loc[PRIOR],
        f"a linear difference in trends has a prior SD of {value[PRIOR]} {unit} a period",
        "whatever the prior SD of a linear difference in trends",
    )
    return (
        f"This interval {departs}. {slopes} If the difference in trends is linear, the interval is "
        f"{ends_at_zero(line, decimals)}, which {bends}. Compared with all periods before the "
        f"onset, the estimate is {cell(prior, decimals)}; that interval {slope}."
    )


def _until(row: Any, until: str, whatever: str) -> str:
    """Say that an interval holds 0, or until when it does not."""
    if row["breakdown"] == 0:
        return "holds 0"
    # Below 0 by one method and above it by another: a trend before the onset can do that.
    side = "above" if row["lower_at_zero"] > 0 else "below"
    return f"lies {side} 0 {whatever if math.isinf(row['breakdown']) else f'until {until}'}"
