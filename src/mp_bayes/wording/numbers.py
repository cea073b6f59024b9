"""Write numbers as people read them: rounded, with units and a true minus sign."""

import math
from collections.abc import Mapping
from typing import Any

from mp_bayes.studies.study import Outcome, Setting

MINUS = "\N{MINUS SIGN}"
#: Interval kinds, as they are named on figures and in text.
CREDIBLE, CONFIDENCE = "95% equal-tailed interval", "95% confidence interval"

#: Boroughs are named in sentences up to so many.
_NAMED = 3
_UNITS = {
    "percentage_points": "percentage points",
    "log_odds": "log-odds",
    "log_rate": "log-rate",
    "odds_ratio": "odds ratio",
    "rate_ratio": "rate ratio",
    "years": "years",
    "correlation": "correlation",
    "count": "outcomes",
}


def unit_of(scale: str, outcome: Outcome) -> str:
    """Return the unit of a scale in words, in the plural."""
    if scale == "per_100_child_years":
        return f"{outcome.unit}s per 100 child-years"
    return _UNITS[scale]


def treated_in(setting: Setting) -> str:
    """Name the treated boroughs: a few by name, many by their number."""
    return _named(setting.treated_boroughs, "treated")


def comparison_in(setting: Setting) -> str:
    """Name the comparison boroughs likewise."""
    return _named(setting.comparison_boroughs, "comparison")


def _named(boroughs: tuple[str, ...], role: str) -> str:
    if len(boroughs) > _NAMED:
        return f"the {len(boroughs)} {role} boroughs"
    # Kensington and Chelsea is one.
    if any("," in name or " and " in name for name in boroughs) and len(boroughs) > 1:
        return f"{'; '.join(boroughs[:-1])}; and {boroughs[-1]}"
    return listed(list(boroughs))


def decimals_of(scale: str) -> int:
    """Return the decimals that a scale deserves, given how precise the estimates are."""
    return 1 if scale in ("percentage_points", "per_100_child_years") else 2


def decimals_for(error: float, most: int, *, least: int = 0) -> int:
    """Return the decimals that a Monte Carlo standard error allows.

    The largest number of decimals at which the error is at most a fifth of a unit of the last: then
    two runs with different seeds differ by more than that unit less than once in a thousand times.

    Parameters
    ----------
    error : float
        In the number's own unit; not a number where there is none, and then all decimals are kept.
    most, least : int
        Bounds; below 0 they stand for tens, hundreds, and so on.
    """
    if math.isnan(error):
        return most
    return next((d for d in range(most, least, -1) if 5 * error <= 10.0**-d), least)


def most_decimals(row: Mapping[Any, Any]) -> int:
    """Return the decimals that a row deserves, were it not for Monte Carlo errors."""
    most = decimals_of(row["scale"])
    width = float(row.get("upper", math.nan)) - float(row.get("lower", math.nan))
    if 0 < width < 1:  # of a rare outcome: two digits of the interval
        most = max(most, math.ceil(1 - math.log10(width)))
    return most


def decimals_in(row: Mapping[Any, Any]) -> tuple[int, int, int]:
    """Return the decimals of a row's mean, of its interval's lower end and of its upper one.

    Both ends have the same, unless one would be rounded to no change though it is more than two
    Monte Carlo errors from it: that one has another decimal, to show on which side it lies.

    Parameters
    ----------
    row : mapping
        scale, lower and upper and, where the numbers are sampled, mcse_mean, mcse_lower and
        mcse_upper.
    """
    most = most_decimals(row)
    mean, lower, upper = (
        float(row.get(f"mcse_{name}", math.nan)) for name in ("mean", "lower", "upper")
    )
    # Log-odds and log-rates without a decimal would say nothing.
    least = most - 1
    ends = decimals_for(max(lower, upper), most, least=least)
    unmoved = 1.0 if row["scale"] in ("odds_ratio", "rate_ratio") else 0.0

    def shown(end: str, error: float) -> int:
        value = float(row.get(end, math.nan))
        hidden = round(value, ends) == unmoved and abs(value - unmoved) > 2 * error
        return min(ends + hidden, most)

    return decimals_for(mean, most, least=least), shown("lower", lower), shown("upper", upper)


def number(value: float, decimals: int = 1, *, sign: bool = False) -> str:
    """Round a number; with `sign`, write + before what is above 0."""
    if not math.isfinite(value):
        return "not available" if math.isnan(value) else ("no limit" if value > 0 else "none")
    text = f"{abs(value):,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        return text
    if value < 0:
        return MINUS + text
    return f"+{text}" if sign else text


def two_digits(value: float) -> str:
    """Round a number to two digits, for what a few thousand draws carry far out."""
    if not math.isfinite(value) or value == 0:
        return number(value, 0)
    place = 1 - math.floor(math.log10(abs(value)))
    return number(round(value, place), max(place, 0))


def interval(lower: float, upper: float, decimals: int = 1) -> str:
    """Write an interval as `lower to upper`."""
    return f"{number(lower, decimals)} to {number(upper, decimals)}"


def interval_in(row: Mapping[Any, Any]) -> str:
    """Write a row's interval with the decimals of `decimals_in`."""
    _, lower, upper = decimals_in(row)
    return f"{number(row['lower'], lower)} to {number(row['upper'], upper)}"


def estimate(mean: float, lower: float, upper: float, decimals: int = 1) -> str:
    """Write an estimate with its interval in brackets."""
    return f"{number(mean, decimals)} ({interval(lower, upper, decimals)})"


def estimate_in(row: Mapping[Any, Any], *, value: str = "mean") -> str:
    """Write a row's estimate and interval with the decimals that its Monte Carlo errors allow.

    Parameters
    ----------
    row : mapping
        As for `decimals_in`, with lower, upper and the estimate under the name `value`.
    """
    return f"{number(row[value], decimals_in(row)[0])} ({interval_in(row)})"


def p_value(value: float) -> str:
    """Write a p value, which is never rounded to 0."""
    return "below 0.001" if value < 0.001 else number(value, 3)


def percent(probability: float) -> str:
    """Write a probability as a percentage that is never rounded to certainty."""
    if not math.isfinite(probability):
        return "not available"
    whole = math.floor(100 * probability + 0.5)  # halves up, as people round
    if whole < 1:
        return "less than 1%"
    return f"{whole}%" if whole < 100 else "more than 99%"


def counted(share: float) -> str:
    """Write a share that was counted as a percentage: none is 0% and all are 100%."""
    return f"{100 * share:.0f}%" if share in (0.0, 1.0) else percent(share)


def listed(items: list[str], *, last: str = "and") -> str:
    """Join words into a list: `a, b and c`."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def lowered(label: str) -> str:
    """Write a label as it stands within a sentence: but for abbreviations in lower case."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def headed(label: str) -> str:
    """Write a label as it stands at the head of a panel or axis."""
    return label[:1].upper() + label[1:]
