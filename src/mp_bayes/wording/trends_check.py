"""The check of parallel trends in words: what pre-trends could show, and what effects withstand."""

import math
from typing import Any

import pandas as pd

from mp_bayes.checks.trends import LAST, POWERS, PRIOR, PUBLISHED, RELATIVE, SMOOTH
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import estimate, interval, listed, lowered, number, percent
from mp_bayes.wording.selection import Tables, leaves_out_zero, pick
from mp_bayes.wording.table import Table, whole

#: What a value of each method is, after "until" and a number.
_UNTIL = {
    RELATIVE: "trends depart by {} times their largest change before the onset",
    SMOOTH: "trends bend by {} a period",
    PRIOR: "a linear difference in trends has a prior SD of {} a period",
}
#: What it is a value of, where no value matters.
_WHATEVER = {
    RELATIVE: "the multiple",
    SMOOTH: "the bend",
    PRIOR: "the prior SD of a linear difference in trends",
}
#: Methods as they stand after "by".
_BY = {RELATIVE: "relative magnitudes", SMOOTH: "smoothness", PRIOR: "the prior on the slope"}


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
    """Say for how many outcomes what holds."""
    first = pick(tables["pretrends"], power=POWERS[0])
    larger = int((first["bias"] > first["estimate"].abs()).sum())
    kept = int(leaves_out_zero(pick(tables["sensitivity"], method=LAST)).sum())
    one = pick(tables["sensitivity"], method=RELATIVE, value=1.0)
    return (
        f"For {larger} of {count} outcomes, a linear difference in trends that the test of earlier "
        f"trends misses half the time would add more to the average effect than its estimate. "
        f"Compared with the last period before the onset, the interval of {kept} of {count} leaves "
        f"out 0; if trends may depart as much as before the onset, that of "
        f"{int(leaves_out_zero(one).sum())}."
    )


def _one(tables: Tables, name: str) -> str:
    pre = pick(tables["pretrends"], outcome=name).to_dict("records")
    rows = pick(tables["sensitivity"], outcome=name)
    last = pick(rows, method=LAST).iloc[0]
    decimals = _decimals(last)
    unit = _unit(pre[0])
    found = [
        f"{percent(row['power'])} of the time adds {number(row['bias'], decimals)}" for row in pre
    ]
    count = pre[0]["tested"]
    which = (
        f"{pre[0]['beyond']} of {count} estimates before the onset "
        f"{'leaves' if pre[0]['beyond'] == 1 else 'leave'} out 0"
        if count > 1
        else "the one estimate before the onset "
        + ("leaves out 0" if pre[0]["beyond"] else "does not leave out 0")
    )
    where = (
        f"The average of the published estimates is {number(pre[0]['estimate'], decimals)} {unit}."
        if last["reference"] == last["last_before"]
        else f"The average of the published estimates, relative to {last['reference']}, is "
        f"{number(pre[0]['estimate'], decimals)} {unit}; relative to {last['last_before']}, the "
        f"last period before the onset, "
        f"{estimate(last['estimate'], last['lower'], last['upper'], decimals)}."
    )
    broken = pick(tables["breakdown"], outcome=name).set_index("method")
    return (
        f"{pre[0]['label']}: {which}. A linear difference in trends that such a test finds "
        f"{listed(found, last='and one that it finds')} to the average effect. {where} "
        f"{_withstands(broken)}"
    )


def _withstands(broken: pd.DataFrame) -> str:
    """Say until when each method's interval leaves out 0."""
    until: dict[str, list[str]] = {}
    none = []
    for method, row in broken.iterrows():
        name = str(method)
        if row["breakdown"] == 0:
            none.append(_BY[name])
            continue
        # Below 0 by one method and above it by another: a trend before the onset can do that.
        side = "above" if row["lower_at_zero"] > 0 else "below"
        value = _breakdown(row["breakdown"])
        endless = math.isinf(row["breakdown"])
        said = f"whatever {_WHATEVER[name]}" if endless else f"until {_UNTIL[name].format(value)}"
        until.setdefault(side, []).append(said)
    parts = [f"Its interval lies {side} 0 {listed(said)}." for side, said in until.items()]
    if none:
        start = "By" if parts else "Its interval holds 0 from the start by"
        parts.append(f"{start} {listed(none)}{' it holds 0 from the start' if parts else ''}.")
    return " ".join(parts)


def trends_tables(tables: Tables) -> list[Table]:
    """Return what tests could have found, and intervals under each restriction."""
    pre, rest, breakdown = (tables[name] for name in ("pretrends", "sensitivity", "breakdown"))
    power, broken, relative = [], [], []
    for name in dict.fromkeys(pre["outcome"]):
        mine = pick(pre, outcome=name).to_dict("records")
        rows = pick(rest, outcome=name)
        last = pick(rows, method=LAST).iloc[0]
        decimals = _decimals(last)
        head = f"{mine[0]['label']} ({_unit(mine[0])})"
        power.append(
            [
                head,
                f"{mine[0]['beyond']} of {mine[0]['tested']}",
                *(number(row[key], decimals) for row in mine for key in ("slope", "bias")),
                number(mine[0]["estimate"], decimals),
            ]
        )
        values = pick(breakdown, outcome=name).set_index("method")["breakdown"]
        broken.append(
            [
                head,
                *(_cell(pick(rows, method=one).iloc[0], decimals) for one in (PUBLISHED, LAST)),
                *(_breakdown(values[one]) for one in (RELATIVE, SMOOTH, PRIOR)),
            ]
        )
        found = pick(rows, method=RELATIVE).to_dict("records")
        relative.append(
            [head, *(whole(interval(row["lower"], row["upper"], decimals)) for row in found)]
        )
    mbars = pick(rest, method=RELATIVE)["value"].unique()
    return [
        Table(
            "What tests of earlier trends could have found",
            [
                "Outcome (unit)",
                "Estimates before the onset that leave out 0",
                *(
                    f"{what}, {percent(one)} power"
                    for one in POWERS
                    for what in ("Slope per period", "Its bias in the average")
                ),
                "Average effect",
            ],
            power,
            "The test finds a linear difference in trends if the 95% interval of any estimate "
            "before the onset leaves out 0 (Roth 2022).",
            "pretrend_power",
        ),
        Table(
            "From where on the average effect's interval holds 0",
            [
                "Outcome (unit)",
                "Published reference",
                "From the last period before",
                "Relative magnitudes",
                "Smoothness",
                "SD of the prior on the slope",
            ],
            broken,
            "Estimate (95% confidence interval), then the smallest value whose interval holds 0; "
            "0: from the start; no limit: at none. The prior's interval is compared with all "
            "periods before the onset.",
            "breakdowns",
        ),
        Table(
            "The average effect if trends depart a multiple as much as before",
            ["Outcome (unit)", *(f"{value:g} times" for value in mbars)],
            relative,
            "95% confidence intervals under relative magnitudes (Rambachan and Roth 2023).",
            "relative_magnitudes",
        ),
    ]


def _breakdown(value: float) -> str:
    """Write a breakdown value with two digits."""
    within = 0 < value < math.inf
    return number(value, max(0, 1 - math.floor(math.log10(value))) if within else 0)


def _decimals(row: Any) -> int:
    """Return the decimals at which a plain interval has two digits of its width."""
    return max(0, math.ceil(1 - math.log10(row["upper"] - row["lower"])))


def _unit(row: Any) -> str:
    return str(row["unit"]).replace("_", "-")


def _cell(row: Any, decimals: int) -> str:
    return estimate(row["estimate"], row["lower"], row["upper"], decimals)
