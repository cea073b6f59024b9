"""Compare what the prose says of each contrast with the regression tables."""

from collections.abc import Iterator
from math import inf
from typing import Final

from mp_bayes.audit.comparison import Comparison, Published, compare
from mp_bayes.audit.printed_evidence import PrintedEvidence, primary_model
from mp_bayes.audit.rounded import between, printed
from mp_bayes.audit.rows import Coefficient, ReportedTest
from mp_bayes.audit.significance import p_bounds, p_interval, p_text

# "Significant" is 5% throughout the report; "marginal" is the band its tables mark with "+".
_CLAIMED_P: Final = {
    "significant": between(0.0, 0.05),
    "marginal": between(0.05, 0.1),
    "not_significant": between(0.05, 1.0),
}
_CLAIMED_SIGN: Final = {"increase": between(0.0, inf), "decrease": between(-inf, 0.0)}


def p_value_in_prose(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare each p-value stated in prose with the one in the table or appendix.

    The prose rounds harder than the tables, so the two must share a value within both roundings.
    """
    for test, row in _tested(evidence):
        if test.p_value is not None:
            p = p_bounds(printed(test.p_value), upper_bound=test.p_relation == "<")
            yield compare(
                "p_value_in_prose",
                _name(test),
                Published(f"p {test.p_relation or '='} {test.p_value}", p, test.source),
                p_interval(row),
                f"{p_text(row)} ({row.source})",
            )


def significance_in_prose(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare each claim of significance in prose with the printed p-value.

    A claim should hold at the 5% level that the report uses, in its own primary model.
    """
    for test, row in _tested(evidence):
        if test.claim is not None:
            yield compare(
                "significance_in_prose",
                _name(test),
                Published(test.claim.replace("_", " "), _CLAIMED_P[test.claim], test.source),
                p_interval(row),
                f"{p_text(row)} ({row.source})",
            )


def direction_in_prose(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare each claimed increase or decrease with the sign of the estimate."""
    for test, row in _tested(evidence):
        if test.direction is not None:
            yield compare(
                "direction_in_prose",
                _name(test),
                Published(test.direction, _CLAIMED_SIGN[test.direction], test.source),
                printed(row.estimate),
                f"the estimate {row.estimate} ({row.source})",
            )


def _tested(evidence: PrintedEvidence) -> Iterator[tuple[ReportedTest, Coefficient]]:
    for test in evidence.reported_tests:
        model = primary_model(test.outcome)
        row = evidence.coefficient(test.outcome, model, test.term, test.year)
        if row is not None:
            yield test, row


def _name(test: ReportedTest) -> str:
    return f"{test.outcome}, {test.year or 'all post-years together'}"
