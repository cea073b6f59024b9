"""Evaluate the claims of the statements table, each by the rule that its kind names."""

from collections.abc import Callable, Iterator
from math import inf, isnan
from typing import Final

from mp_bayes.audit.arithmetic import ARITHMETIC
from mp_bayes.audit.comparison import Comparison, Published, compare, plain
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.record_rows import Statement, SurveyAnswer
from mp_bayes.audit.rounded import Rounded, between, exact, total
from mp_bayes.audit.rows import Cell
from mp_bayes.audit.selection import (
    claimed_figure,
    figure_text,
    find_figure,
    named,
    numbers,
    operand,
    selected,
    sources,
)
from mp_bayes.errors import InputError


def stated_in_prose(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Evaluate every claim in the statements table against the figures or cells it rests on.

    The table says what each sentence claims; what the claim amounts to is worked out here.
    """
    for statement in evidence.statements:
        try:
            yield from _evaluate(evidence, statement)
        except InputError:
            raise
        except (ArithmeticError, LookupError, ValueError) as error:
            raise InputError(
                f"statements.csv, statement {statement.statement}: cannot be worked out from the "
                "rows and figures it names; correct its operands, column or where."
            ) from error


def _evaluate(evidence: PrintedEvidence, statement: Statement) -> list[Comparison]:
    if statement.kind == "sum_of_parts" or statement.kind in ARITHMETIC:
        return [_from_figures(evidence, statement)]
    if statement.kind in _FROM_CELLS:
        return [_from_cells(evidence, statement)]
    if statement.kind == "range":
        return list(_range(evidence, statement))
    if statement.kind in {"increase", "decrease"}:
        return [_direction(evidence, statement)]
    kinds = ", ".join(sorted([*ARITHMETIC, *_FROM_CELLS, *_OTHERS]))
    raise InputError(
        f"statements.csv, statement {statement.statement}, column kind: {statement.kind!r} is not "
        f"known; use one of {kinds}."
    )


def _from_figures(evidence: PrintedEvidence, statement: Statement) -> Comparison:
    figure, published = claimed_figure(evidence, statement)
    names = named(statement.operands)
    operands = [operand(evidence, statement, name, figure.unit) for name in names]
    rows = [find_figure(evidence, statement, name) for name in names]
    shown = [figure_text(row) for row in rows]
    if statement.kind == "sum_of_parts":
        rederived, how = total(operands), " + ".join(shown)
    else:
        formula = ARITHMETIC[statement.kind]
        rederived, how = formula.compute(operands), formula.wording.format(*shown)
    places = "; ".join(sorted({row.source for row in rows}))
    rule = f"stated_{statement.kind}"
    return compare(rule, figure.label, published, rederived, f"{how} ({places})")


def _range(evidence: PrintedEvidence, statement: Statement) -> Iterator[Comparison]:
    rows = selected(evidence, statement)
    found = sorted(numbers(statement, rows), key=lambda number: number.value)
    for position, extreme, word in ((0, found[0], "lowest"), (1, found[-1], "highest")):
        figure, published = claimed_figure(evidence, statement, position)
        yield compare(
            "stated_range",
            figure.label,
            published,
            extreme,
            f"the {word} of {len(rows)} cells ({sources(rows)})",
        )


def _direction(evidence: PrintedEvidence, statement: Statement) -> Comparison:
    before_year, after_year = named(statement.operands)
    rows = [row for row in selected(evidence, statement) if isinstance(row, Cell)]
    # A share, not a count: more referrals alone would raise the count.
    share: dict[str, Rounded] = {row.year: exact(row.events) / exact(row.total) for row in rows}
    change = share[after_year] - share[before_year]
    rising = statement.kind == "increase"
    return compare(
        "stated_direction",
        f"{rows[0].borough}, {rows[0].outcome}, {before_year} to {after_year}",
        Published(
            statement.kind, between(0, 1e9) if rising else between(-1e9, 0), statement.source
        ),
        change,
        f"events over total in the two years ({sources(rows)})",
    )


def _from_cells(evidence: PrintedEvidence, statement: Statement) -> Comparison:
    figure, published = claimed_figure(evidence, statement)
    rederived, how = _FROM_CELLS[statement.kind](evidence, statement)
    rows = selected(evidence, statement)
    gap = rederived.value - published.number.value
    return compare(
        f"stated_{statement.kind}",
        figure.label,
        published,
        rederived,
        f"{how} ({sources(rows)})",
        explanation="" if isnan(gap) else f"a difference of {plain(gap)}",
    )


def _value(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    return numbers(statement, selected(evidence, statement))[0], "the cell"


def _total(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    found = numbers(statement, selected(evidence, statement))
    return total(found), f"the sum of {len(found)} counts"


def _weighted_total(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    rows = [row for row in selected(evidence, statement) if isinstance(row, SurveyAnswer)]
    return exact(sum(int(row.option) * row.count for row in rows)), "courses times respondents"


def _covers(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    """Return the spending that funding has to cover."""
    spent = total(numbers(statement, selected(evidence, statement)))
    return Rounded(spent.value, spent.low, inf), "the spending that it has to cover"


def _share_with_one_record(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    """Return the possible share of child-years with one referral only.

    Every child-year with more than one holds at least one of the surplus of referrals over
    children, so their share is the surplus over children at most.
    """
    rows = [row for row in selected(evidence, statement) if isinstance(row, Cell)]
    children, records = sum(r.children for r in rows), sum(r.total for r in rows)
    least = 100 * (1 - (records - children) / children)
    return between(least, 100), f"{records} referrals of {children} child-years"


def _share_with_repeats(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    """Return the possible share of cases that appear in more than one year.

    The case-years beyond the first belong to those cases, between one and years - 1 of them each.
    """
    rows = [row for row in selected(evidence, statement) if isinstance(row, Cell)]
    outcome, years = rows[0].outcome, len({row.year for row in rows})
    cases = sum(
        s.number for s in evidence.sample_sizes if s.unit == "cases" and s.outcome == outcome
    )
    surplus = 100 * (sum(row.total for row in rows) / cases - 1)
    return between(surplus / (years - 1), min(surplus, 100)), f"{cases} cases over {years} years"


def _part_of_pooled_percent(evidence: PrintedEvidence, statement: Statement) -> tuple[Rounded, str]:
    rows = [row for row in selected(evidence, statement) if isinstance(row, Cell)]
    pooled = 100 * sum(r.events for r in rows) / sum(r.total for r in rows)
    return between(0, pooled), "no more than the pooled percentage"


_OTHERS: Final = ("sum_of_parts", "range", "increase", "decrease")
_FROM_CELLS: Final[dict[str, Callable[[PrintedEvidence, Statement], tuple[Rounded, str]]]] = {
    "value": _value,
    "total": _total,
    "weighted_total": _weighted_total,
    "covers": _covers,
    "share_with_one_record": _share_with_one_record,
    "share_with_repeats": _share_with_repeats,
    "part_of_pooled_percent": _part_of_pooled_percent,
}
