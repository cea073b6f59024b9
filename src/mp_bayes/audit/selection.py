"""Look up what a statement names: figures, and printed cells of other tables."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from mp_bayes.audit.comparison import Published
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.record_rows import Figure, Statement
from mp_bayes.audit.registry import TABLES
from mp_bayes.audit.rounded import Rounded, exact, printed, rounded_to
from mp_bayes.audit.rows import Row
from mp_bayes.errors import InputError

# Sums of money are stated in pounds, thousands and millions; arithmetic needs one of them.
_SCALE: Final = {"gbp": 1.0, "gbp_thousand": 1e3, "gbp_million": 1e6}
_SIGN: Final = {"percent": "%", "gbp_million": "m", "gbp_thousand": "k"}


def named(text: str | None) -> list[str]:
    """Split the names in a cell of the statements table."""
    return [] if text is None else text.split(";")


def find_figure(evidence: PrintedEvidence, statement: Statement, name: str) -> Figure:
    """Return a figure by name, or say which statement names one that is not there."""
    for figure in evidence.figures:
        if figure.figure == name:
            return figure
    raise InputError(
        f"statements.csv, statement {statement.statement}: figures.csv has no figure {name!r}; "
        "add it or correct the name."
    )


def claimed_figure(
    evidence: PrintedEvidence, statement: Statement, position: int = 0
) -> tuple[Figure, Published]:
    """Return one claimed figure, as a row and as a published number."""
    names = named(statement.claimed)
    if position >= len(names):
        raise InputError(
            f"statements.csv, statement {statement.statement}, column claimed: kind "
            f"{statement.kind} needs {position + 1} figure(s); name them, separated by semicolons."
        )
    figure = find_figure(evidence, statement, names[position])
    return figure, Published(
        figure_text(figure), rounded_to(figure.value, figure.step), statement.source
    )


def operand(evidence: PrintedEvidence, statement: Statement, name: str, unit: str) -> Rounded:
    """Return a figure that a claim follows from, in the unit of the claim."""
    figure = find_figure(evidence, statement, name)
    scale = _SCALE.get(figure.unit, 1.0) / _SCALE.get(unit, 1.0)
    return rounded_to(figure.value, figure.step) * exact(scale)


def figure_text(figure: Figure) -> str:
    """Write a figure as the report prints it."""
    pound = "£" if figure.unit in _SCALE else ""
    return f"{pound}{figure.value}{_SIGN.get(figure.unit, '')}"


def selected(evidence: PrintedEvidence, statement: Statement) -> list[Row]:
    """Return the rows that a statement is about."""
    table = statement.evidence_table
    rows: Sequence[Row] = getattr(evidence, table) if table in TABLES else []
    wanted = dict(part.split("=", 1) for part in named(statement.where))
    found = [
        row
        for row in rows
        if all(
            str(getattr(row, column, None)) in values.split("|")
            for column, values in wanted.items()
        )
    ]
    if not found:
        raise InputError(
            f"statements.csv, statement {statement.statement}: columns evidence_table and where "
            "select no rows; correct them."
        )
    return found


def numbers(statement: Statement, rows: Sequence[Row]) -> list[Rounded]:
    """Return the numbers in the statement's column, whole numbers exact, decimals rounded."""
    result = []
    for row in rows:
        value = getattr(row, statement.column or "", None)
        if isinstance(value, Decimal):
            result.append(printed(value))
        elif isinstance(value, int):
            result.append(exact(value))
        else:
            raise InputError(
                f"statements.csv, statement {statement.statement}, column column: the selected "
                f"rows of {statement.evidence_table} have no number there; correct it."
            )
    return result


def sources(rows: Sequence[Row]) -> str:
    """Return where the selected rows were printed."""
    return ", ".join(sorted({row.source for row in rows}))
