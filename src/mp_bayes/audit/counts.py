"""Compare counts with percentages, and counts with one another."""

from collections import defaultdict
from collections.abc import Iterator
from math import inf

from mp_bayes.audit.comparison import Comparison, Published, compare
from mp_bayes.audit.labels import CIN_OUTCOMES
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.rounded import between, exact, printed
from mp_bayes.audit.rows import Cell


def percent_from_counts(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare each printed percentage with its count over its base.

    A count, a base and a percentage printed together say one thing twice.
    """
    for cell in evidence.cells:
        if cell.percent is not None:
            published = Published(f"{cell.percent}%", printed(cell.percent), cell.source)
            yield _percent(_cell_name(cell), published, cell.events, cell.total, cell.source)
    for answer in evidence.survey:
        subject = f"{answer.table_printed}: {answer.question}, {answer.option}"
        published = Published(f"{answer.percent}%", printed(answer.percent), answer.source)
        yield _percent(subject, published, answer.count, answer.base, answer.base_source)


def _percent(
    subject: str, published: Published, count: int, base: int, base_source: str
) -> Comparison:
    bases = [
        other
        for other in range(max(count, 1), 2 * base + 1)
        if published.number.overlaps(exact(100 * count / other))
    ]
    counts = [n for n in range(base + 1) if published.number.overlaps(exact(100 * n / base))]
    would_fit = [
        *(f"{count} of {other}" for other in bases[:3]),
        *(f"{other} of {base}" for other in counts[:3]),
    ]
    return compare(
        "percent_from_counts",
        subject,
        published,
        exact(100 * count / base),
        f"{count} of {base} ({base_source})",
        explanation=f"it would fit {' or '.join(would_fit)}" if would_fit else "",
    )


def single_choice_counts(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Add up the answers of each single-choice question and compare with its base.

    Where people can choose one answer only, the answers add up to the people asked.
    """
    questions: dict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
    for answer in evidence.survey:
        if answer.choice == "single":
            key = (answer.table_printed, answer.question)
            questions[key].append((answer.count, answer.base, answer.base_source))
    for (table, question), answers in questions.items():
        base, base_source = answers[0][1:]
        yield compare(
            "single_choice_counts",
            f"{table}: respondents to {question}",
            Published(str(base), exact(base), base_source),
            exact(sum(count for count, _, _ in answers)),
            f"the sum of the counts in {table}",
        )


def longer_window_holds_more(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Check that a 24-month window holds at least the re-referrals of its first 12 months."""
    shorter = {(c.borough, c.year): c for c in evidence.cells if c.outcome == "cin_rereferral_12m"}
    for cell in evidence.cells:
        first = shorter.get((cell.borough, cell.year))
        if cell.outcome == "cin_rereferral_24m" and first is not None:
            yield compare(
                "longer_window_holds_more",
                _cell_name(cell),
                Published(str(cell.events), exact(cell.events), cell.source),
                between(first.events, inf),
                f"the 12-month count ({first.source})",
            )


def same_referrals(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Check that the outcomes of a borough and year share one number of referrals.

    Table 8 prints it once per borough and year, and a child has at least one referral.
    """
    groups: dict[tuple[str, str], list[Cell]] = defaultdict(list)
    for cell in evidence.cells:
        if cell.outcome in CIN_OUTCOMES:
            groups[cell.borough, cell.year].append(cell)
    for group in groups.values():
        first, *others = group
        for cell in others:
            yield compare(
                "same_referrals",
                f"referrals, {_cell_name(cell)}",
                Published(str(cell.total), exact(cell.total), cell.source),
                exact(first.total),
                f"the row of {first.outcome} ({first.source})",
            )
        yield compare(
            "same_referrals",
            f"children, {_cell_name(first)}",
            Published(str(first.children), exact(first.children), first.source),
            between(1, first.total),
            f"one referral a child or more of {first.total} referrals ({first.source})",
        )


def _cell_name(cell: Cell) -> str:
    return f"{cell.borough} {cell.year}, {cell.outcome}"
