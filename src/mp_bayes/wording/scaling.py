"""How much each prior pulls, in words."""

import math
from collections.abc import Mapping
from typing import Any

from mp_bayes.checks.scaling import DATA, SENSITIVE
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import (
    decimals_for,
    interval,
    listed,
    lowered,
    most_decimals,
    number,
    p_value,
    unit_of,
)
from mp_bayes.wording.selection import Tables, pick
from mp_bayes.wording.table import Table

# Error of a ratio of widths below which two that do not differ by more are about the same.
_SURE = 0.05
# By component and power.
Rows = dict[tuple[str, float], Mapping[Any, Any]]
# Decimals are chosen for errors of half a unit here, of a fifth where numbers stand alone.
_HALF = 2 / 5
# Monte Carlo standard errors (of ten batches) within which a sensitivity may lie on the other side.
_CHANCE = 3.0
_COMPONENTS = {
    "mean_effect": "mean effect",
    "sd_effect": "SD of the years' effects",
    "sd_shock": "SD of shocks",
    "rho": "persistence of shocks",
    "dispersion_excess": "dispersion of counts",
    "exposure": "years at risk",
}


def component_label(name: str) -> str:
    """Name a parameter whose prior is scaled, or the data."""
    return "all data" if name == DATA else _COMPONENTS.get(name, name.replace("_", " "))


def scaled(tables: Tables, outcome: Outcome) -> Rows:
    """Return an outcome's rows by component and power; none if its fit cannot be relied upon."""
    rows = pick(tables["scaling"], outcome=outcome.name)
    rows = rows[rows["usable"].astype(bool)]
    return {(row["component"], row["power"]): row for row in rows.to_dict("records")}


def outcome_sentence(tables: Tables, outcome: Outcome) -> str:
    """Say which prior moves one outcome's average effect most, and what twice the data would."""
    rows = scaled(tables, outcome)
    priors = [name for name, power in rows if power == 1.0 and name != DATA]
    if not priors:
        return f"{outcome.label}: the fit cannot be relied upon, so nothing is said."

    def moved(name: str) -> float:
        known = [rows[name, power]["mean"] for power in (0.5, 2.0) if (name, power) in rows]
        return max((abs(mean - rows[name, 1.0]["mean"]) for mean in known), default=0.0)

    most = max(priors, key=moved)
    said = (
        f"{outcome.label} ({unit_of(outcome.response_scale, outcome)}): the average effect, "
        f"{_told(rows[most, 1.0])}, moves most with the prior of the "
        f"{component_label(most)}: {_counted(rows, most, 'it')}."
    )
    if (DATA, 2.0) in rows:
        said += (
            f" If all data counted twice, as if twice as many children had said the same: "
            f"{_told(rows[DATA, 2.0])}, an interval {_width(rows[DATA, 1.0], rows[DATA, 2.0])}."
        )
    return said


def _told(row: Mapping[Any, Any]) -> str:
    """Write an average effect, its mean with decimals of which errors are half a unit at most.

    What is set beside another must not seem to move, or to stand, by rounding alone.
    """
    most = most_decimals(row)
    mean = decimals_for(_HALF * row["mcse_mean"], most, least=most - 1)
    ends = decimals_for(max(row["mcse_lower"], row["mcse_upper"]), most, least=most - 1)
    return f"{number(row['mean'], mean)} ({interval(row['lower'], row['upper'], ends)})"


def _width(once: Mapping[Any, Any], twice: Mapping[Any, Any]) -> str:
    """Say how wide one interval is, as a share of another."""
    share = (twice["upper"] - twice["lower"]) / (once["upper"] - once["lower"])
    errors = [row[f"mcse_{end}"] for row in (once, twice) for end in ("lower", "upper")]
    error = math.hypot(*errors) / (once["upper"] - once["lower"])
    if abs(share - 1) >= 2 * error:
        return f"{100 * share:.0f}% as wide"
    return "about as wide" if error < _SURE else "whose width too few draws tell"


def _counted(rows: Rows, name: str, what: str) -> str:
    """Say the average effect where something counts half, and where it counts twice."""
    words = {0.5: "half", 2.0: "twice"}
    parts = [
        f"{_told(rows[name, power])} where {what} counts {word}"
        for power, word in words.items()
        if (name, power) in rows
    ]
    return listed(parts)


def scaling_answer(tables: Tables, study: Study) -> list[str]:
    """Say how much each prior pulls on the headline."""
    return [
        "Each prior of the headline models is made to count half and twice, and so are the data, "
        "with all else held.",
        *(outcome_sentence(tables, outcome) for outcome in study.outcomes.values()),
        f"{sensitivity_sentence(tables)} Sensitivity is how far the distribution of the average "
        f"effect moves as something counts more. {_of_data(tables, study)}",
    ]


def _of_data(tables: Tables, study: Study) -> str:
    """Say what a small sensitivity to the data means, and where twice the data are not known."""
    said = (
        "Where the data's is below it, twice as many children in the same boroughs and years would "
        "leave the answer about where it is."
    )
    rows = pick(tables["scaling"], component=DATA, power=2.0)
    blind = rows.loc[~rows["usable"].astype(bool), "outcome"]
    if not len(blind):
        return said
    names = listed([lowered(study.outcomes[name].label) for name in blind])
    return f"{said} With all data twice too few draws carry the weights for: {names}."


def sensitivity_sentence(tables: Tables) -> str:
    """Say of how many priors, and of how many outcomes' data, the sensitivity is large."""
    rows = tables["scaling"]
    rows = rows[rows["power"].eq(1.0) & rows["usable"].astype(bool)]
    of_data = rows["component"].eq(DATA)
    large = rows["sensitivity"].gt(SENSITIVE)
    if of_data.all():
        return "No fit can be relied upon, so no sensitivity is given."
    most = rows[~of_data].nlargest(1, "sensitivity").iloc[0]
    near = (rows["sensitivity"] - SENSITIVE).abs() < _CHANCE * rows["mcse_sensitivity"]
    open_ = int((near & ~of_data).sum())
    return (
        f"Above a sensitivity of {number(SENSITIVE, 2)}, from which it deserves a look, lie "
        f"{int(large[~of_data].sum())} of {int((~of_data).sum())} priors (the largest: "
        f"{number(most['sensitivity'], 3)}, Monte Carlo SE {p_value(most['mcse_sensitivity'])}) "
        f"and the data of {int(large[of_data].sum())} of {int(of_data.sum())} outcomes"
        + (
            f"; {open_} {'prior lies' if open_ == 1 else 'priors lie'} so near to it that another "
            "seed may say otherwise."
            if open_
            else "."
        )
    )


def scaling_tables(tables: Tables, study: Study) -> list[Table]:
    """Return a table of every prior, and of the data, of every outcome."""
    lines = []
    for outcome in study.outcomes.values():
        rows = scaled(tables, outcome)
        for name in dict.fromkeys(component for component, _ in rows):
            if (name, 1.0) not in rows:
                continue
            once = rows[name, 1.0]
            lines.append(
                [
                    f"{outcome.short or outcome.label}: {component_label(name)}",
                    str(once["prior"]) if name != DATA else "",
                    number(once["sensitivity"], 3),
                    *(
                        _told(rows[name, power]) if (name, power) in rows else "not available"
                        for power in (0.5, 1.0, 2.0)
                    ),
                ]
            )
    return [
        Table(
            "The average effect as each prior, and the data, count half and twice",
            ["Outcome and prior", "Prior", "Sensitivity", "Half", "As given", "Twice"],
            lines,
            "Mean and 95% equal-tailed interval of the average effect over the post-years, in "
            "percentage points or events per 100 child-years, with decimals of which Monte Carlo "
            "errors are half a unit at most (of ends, a fifth); drawn anew, so that the "
            "last may differ from the main page's by one or two. "
            "Not available: too few draws carry the weights. Sensitivity: cumulative "
            "Jensen-Shannon distance per doubling (Kallioinen and others 2024, "
            "doi:10.1007/s11222-023-10366-5).",
            name="scaling",
        )
    ]
