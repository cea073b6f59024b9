"""State one comparison of a published number with the same number re-derived."""

from dataclasses import dataclass
from math import inf, isnan

from mp_bayes.audit.rounded import Rounded, between


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold one row of the audit."""

    rule: str
    subject: str
    published: str
    published_source: str
    rederived: str
    rederived_source: str
    agrees: bool
    tolerance: str
    detail: str


@dataclass(frozen=True, slots=True)
class Published:
    """Hold a number as printed, what its rounding leaves open, and where it is printed."""

    text: str
    number: Rounded
    source: str


def compare(
    rule: str,
    subject: str,
    published: Published,
    rederived: Rounded,
    rederived_source: str,
    *,
    explanation: str = "",
) -> Comparison:
    """Compare a printed number with a re-derived one, allowing for the rounding of both.

    Parameters
    ----------
    rule
        Name of the rule, in snake case.
    subject
        What is compared, for people to read.
    published
        The number as printed.
    rederived
        The same number from other printed numbers, with what their rounding leaves open.
    rederived_source
        Where those are printed, and how they were combined.
    explanation
        A further clause for the sentence, given only where the two disagree.

    Returns
    -------
    Comparison
        It agrees if some value could have been printed as the one and lead to the other.
    """
    agrees = published.number.overlaps(rederived)
    shown = number_text(rederived)
    if agrees:
        detail = f"{published.text} is what {rederived_source} gives, within rounding."
    else:
        reasons = [explanation, _cut_off(published.number, rederived)]
        extra = "".join(f"; {reason}" for reason in reasons if reason)
        detail = f"{published.text} is printed where {rederived_source} gives {shown}{extra}."
    return Comparison(
        rule=rule,
        subject=subject,
        published=published.text,
        published_source=published.source,
        rederived=shown,
        rederived_source=rederived_source,
        agrees=agrees,
        tolerance=f"published {span_text(published.number)}; re-derived {span_text(rederived)}",
        detail=detail,
    )


def _cut_off(published: Rounded, rederived: Rounded) -> str:
    """Say so where a number was cut off after its last printed digit instead of rounded."""
    step = published.high - published.low
    if 0 < rederived.value - published.value < step:
        return "it was cut off rather than rounded"
    return ""


def number_text(number: Rounded) -> str:
    """Write a re-derived number to about four significant digits, or its bounds alone."""
    if number.low == -inf and number.high == inf:
        return "any number"
    if number.low == -inf:
        return f"at most {plain(number.high if isnan(number.value) else number.value)}"
    if number.high == inf:
        return f"at least {plain(number.low if isnan(number.value) else number.value)}"
    if isnan(number.value):
        return f"{plain(number.low)} to {plain(number.high)}"
    return plain(number.value)


def span_text(number: Rounded) -> str:
    """Write the values that rounding allows."""
    if number.low == number.high:
        return f"exactly {plain(number.value)}"
    if number.low == -inf or number.high == inf:
        return number_text(between(number.low, number.high))
    return f"{plain(number.low, digits=6)} to {plain(number.high, digits=6)}"


def plain(number: float, *, digits: int = 4) -> str:
    """Write a number without exponent: whole from 1,000 on, else to so many digits."""
    if number == round(number) or abs(number) >= 10 ** max(digits - 1, 3):
        text = f"{number:.1f}".removesuffix(".0")
    else:
        text = f"{number:.{digits}g}"
        text = f"{float(text):.8f}".rstrip("0") if "e" in text else text
    return "0" if text in {"-0", "0.", "-0."} else text
