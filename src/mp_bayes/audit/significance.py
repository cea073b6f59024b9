"""Compare estimates and standard errors with p-values, and p-values with stars."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.stats import norm, t

from mp_bayes.audit.comparison import Comparison, Published, compare, span_text
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.rounded import Rounded, between, printed
from mp_bayes.audit.rows import Coefficient

# The notes to Tables 9-11, 15 and 16: "+ p < 0.1, * p < 0.05, ** p < 0.01".
STAR_LEVELS: Final = (("**", 0.01), ("*", 0.05), ("+", 0.1))


def p_value_from_estimate(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare each printed p-value with the p-values that its estimate and SE allow.

    The estimate and the SE are rounded, so a range of z-values, and of p-values, fits them. The
    range covers a normal reference and a t reference on the residual degrees of freedom.
    """
    for row in evidence.coefficients:
        yield compare(
            "p_value_from_estimate",
            coefficient_name(row),
            Published(p_text(row), p_interval(row), row.source),
            _possible_p(row, _residual_degrees_of_freedom(evidence, row)),
            f"estimate {row.estimate} and SE {row.se}",
            explanation="no rounding of the estimate and the SE leads to it",
        )


def stars_from_p_value(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare the stars of each table row with its p-value and the thresholds in the notes.

    A p-value that rounds to a threshold may carry the stars of either side.
    """
    for row in evidence.coefficients:
        if row.term == "treated_x_post":  # stated in the text, which prints no stars
            continue
        p = p_interval(row)
        possible = [stars for stars, low, high in _bands() if p.low < high and p.high >= low]
        shown = row.stars or "no star"
        names = " or ".join(possible)
        agrees = shown in possible
        yield Comparison(
            rule="stars_from_p_value",
            subject=coefficient_name(row),
            published=shown,
            published_source=row.source,
            rederived=names,
            rederived_source=f"p = {row.p_value} and the thresholds in the table's notes",
            agrees=agrees,
            tolerance=f"p-value {span_text(p)}",
            detail=f"{shown} is printed beside p = {row.p_value}, which "
            + ("it fits." if agrees else f"calls for {names}."),
        )


def p_interval(row: Coefficient) -> Rounded:
    """Return the p-values that a printed one stands for."""
    return p_bounds(printed(row.p_value), upper_bound=row.p_relation == "<")


def p_bounds(p: Rounded, *, upper_bound: bool) -> Rounded:
    """Keep a p-value within 0 and 1, from 0 where it was printed as an upper bound."""
    if upper_bound:
        return between(0.0, p.value)
    return Rounded(p.value, max(p.low, 0.0), min(p.high, 1.0))


def p_text(row: Coefficient) -> str:
    """Write a p-value as printed."""
    return f"p {row.p_relation} {row.p_value}"


def coefficient_name(row: Coefficient) -> str:
    """Name a coefficient for people to read."""
    year = f" {row.year}" if row.year else ""
    return f"{row.outcome}, {row.model}, {row.term}{year}"


def _bands() -> list[tuple[str, float, float]]:
    bands, low = [], 0.0
    for stars, high in STAR_LEVELS:
        bands.append((stars, low, high))
        low = high
    return [*bands, ("no star", low, np.inf)]


def _possible_p(row: Coefficient, degrees_of_freedom: float) -> Rounded:
    estimate, se = printed(row.estimate), printed(row.se)
    smallest = (
        0.0 if estimate.low <= 0 <= estimate.high else min(abs(estimate.low), abs(estimate.high))
    )
    largest = max(abs(estimate.low), abs(estimate.high))
    z_high = np.inf if se.low <= 0 else largest / se.low
    low = 2 * float(norm.sf(z_high))
    high = 2 * float(t.sf(smallest / se.high, degrees_of_freedom))
    if se.value == 0:  # printed as 0.000: a bound, not a number to divide by
        return between(low, high)
    return Rounded(2 * float(norm.sf(abs(estimate.value) / se.value)), low, high)


def _residual_degrees_of_freedom(evidence: PrintedEvidence, row: Coefficient) -> float:
    sizes = [
        s.number
        for s in evidence.sample_sizes
        if s.outcome == row.outcome and s.unit == "observations"
    ]
    terms = sum(
        (c.outcome, c.model) == (row.outcome, row.model) and c.term != "treated_x_post"
        for c in evidence.coefficients
    )
    return max(min(sizes) - terms, 1) if sizes else np.inf
