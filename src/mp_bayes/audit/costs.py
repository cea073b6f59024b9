"""Compare costs with their totals, and unit costs with costs over people reached."""

from collections.abc import Iterator

from mp_bayes.audit.comparison import Comparison, Published, compare
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.record_rows import Cost, Reach, UnitCost
from mp_bayes.audit.rounded import exact, printed, total


def cost_row_totals(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Add the two rounds of every cost and compare with the total printed beside them."""
    for stated in evidence.costs:
        if stated.round == "total":
            parts = [c for c in evidence.costs if c.item == stated.item and c.round != "total"]
            yield _add_up("cost_row_totals", stated, parts, "both rounds")


def cost_column_totals(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Add the costs of every column and compare with the total printed beneath them."""
    for stated in evidence.costs:
        if stated.item == "total":
            parts = [c for c in evidence.costs if c.round == stated.round and c.item != "total"]
            yield _add_up("cost_column_totals", stated, parts, f"its {len(parts)} items")


def reach_totals(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Add the children, and the staff, of both rounds and compare with the printed total."""
    for stated in evidence.reach:
        if stated.round == "total":
            parts = [r for r in evidence.reach if r.unit == stated.unit and r.round != "total"]
            yield compare(
                "reach_totals",
                f"{stated.unit} reached, both rounds",
                Published(str(stated.number), exact(stated.number), stated.source),
                exact(sum(r.number for r in parts)),
                f"the sum of both rounds ({stated.source})",
            )


def unit_cost_from_total(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Divide each round's total cost by the people reached and compare with the unit cost.

    Section 3.4 of the 2020 report says that the unit costs were calculated in this way. Where a
    recomputed unit cost is the one printed for another group, and the other way round, the two were
    exchanged.
    """
    pairs = [(stated, *_operands(evidence, stated)) for stated in evidence.unit_costs]
    rebuilt = [
        (stated, printed(cost.amount) / exact(reach.number), cost, reach)
        for stated, cost, reach in pairs
        if cost is not None and reach is not None
    ]
    for stated, amount, cost, reach in rebuilt:
        partners = [
            other.label
            for other, other_amount, _, _ in rebuilt
            if other is not stated
            and printed(other.amount).overlaps(amount)
            and printed(stated.amount).overlaps(other_amount)
        ]
        yield compare(
            "unit_cost_from_total",
            f"unit cost, {stated.label}",
            Published(f"£{stated.amount}", printed(stated.amount), stated.source),
            amount,
            f"£{cost.amount} over {reach.number} ({cost.source}; {reach.source})",
            explanation=f"exchanging it with '{partners[0]}' would explain both"
            if partners
            else "",
        )


def _add_up(rule: str, stated: Cost, parts: list[Cost], of_what: str) -> Comparison:
    found = total(printed(part.amount) for part in parts)
    return compare(
        rule,
        f"{stated.item}, {'both rounds' if stated.round == 'total' else f'round {stated.round}'}",
        Published(f"£{stated.amount}", printed(stated.amount), stated.source),
        found,
        f"the sum of {of_what} ({stated.source})",
        explanation=f"a difference of {found.value - float(stated.amount):+,.0f} pounds",
    )


def _operands(evidence: PrintedEvidence, stated: UnitCost) -> tuple[Cost | None, Reach | None]:
    costs = [c for c in evidence.costs if c.item == "total" and c.round == stated.round]
    reach = [r for r in evidence.reach if (r.unit, r.round) == (stated.unit, stated.round)]
    return (costs[0] if costs else None), (reach[0] if reach else None)
