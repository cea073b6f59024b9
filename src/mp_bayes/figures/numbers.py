"""Write numbers as people read them: rounded, with units and a true minus sign."""

import math

from mp_bayes.study import Outcome

MINUS = "\N{MINUS SIGN}"
#: Interval kinds, as they are named on figures and in text.
CREDIBLE, CONFIDENCE = "95% equal-tailed interval", "95% confidence interval"

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


def decimals_of(scale: str) -> int:
    """Return the decimals that a scale deserves, given how precise the estimates are."""
    return 1 if scale in ("percentage_points", "per_100_child_years") else 2


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


def interval(lower: float, upper: float, decimals: int = 1) -> str:
    """Write an interval as `lower to upper`."""
    return f"{number(lower, decimals)} to {number(upper, decimals)}"


def estimate(mean: float, lower: float, upper: float, decimals: int = 1) -> str:
    """Write an estimate with its interval in brackets."""
    return f"{number(mean, decimals)} ({interval(lower, upper, decimals)})"


def percent(probability: float) -> str:
    """Write a probability as a percentage that is never rounded to certainty."""
    if math.isnan(probability):
        return "not available"
    if probability < 0.005:
        return "less than 1%"
    if probability > 0.995:
        return "more than 99%"
    return f"{100 * probability:.0f}%"


def listed(items: list[str], *, last: str = "and") -> str:
    """Join words into a list: `a, b and c`."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def lowered(label: str) -> str:
    """Write a label as it stands within a sentence."""
    return label[:1].lower() + label[1:]


def headed(label: str) -> str:
    """Write a label as it stands at the head of a panel or axis."""
    return label[:1].upper() + label[1:]
