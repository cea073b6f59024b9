"""What `mp-bayes plan` prints: the answer as soon as it is known, then what stands beside it."""

from dataclasses import replace
from typing import Any

from mp_bayes.commands.terminal import console, print_page_table


def show_found(tables: dict[str, Any], facts: dict[str, Any]) -> None:
    """Print the answer by closed form, as soon as it is known."""
    from mp_bayes.report import search_tables
    from mp_bayes.wording import search

    said = f"{search.answer(tables, facts)} {search.around(tables, facts)}".rstrip()
    console.print(said, highlight=False)
    _print([search_tables.brief_table(tables, facts)])
    for caution in facts["cautions"]:
        console.print(f"Caution: {caution}", highlight=False)
    console.print("This is by closed form; its confirmation by simulation follows.")


def show_confirmed(result: dict[str, Any]) -> None:
    """Print the designs that were simulated, sensitivities and the words for a protocol."""
    from mp_bayes.report import search_tables

    tables, facts = result["tables"], result["facts"]
    _print(
        [
            search_tables.brief_table(tables, facts),
            search_tables.sensitivity_table(tables, facts),
        ]
    )
    for caution in facts["cautions"]:
        console.print(f"Caution: {caution}", highlight=False)
    console.print(facts["paragraph"], highlight=False)


def show_answer(tables: dict[str, Any], facts: dict[str, Any]) -> None:
    """Print the years that each design needs, as soon as they are known."""
    from mp_bayes.report import plan_tables

    _print([_narrow(plan_tables.years_needed_table(tables, facts))])
    console.print("This is the answer; what stands beside it, and the page, follow.")


def show(result: dict[str, Any]) -> None:
    """Print smallest effects, false claims, what the priors cost, cautions, and the words."""
    from mp_bayes.report import plan_tables

    tables, facts = result["tables"], result["facts"]
    _print(
        [
            _narrow(plan_tables.prior_cost_table(tables, facts)),
            plan_tables.flattening_table(tables, facts),
            _narrow(plan_tables.mdes_table(tables, facts)),
            _narrow(plan_tables.false_claims_table(tables, facts)),
        ]
    )
    for warning in facts["warnings"]:
        console.print(f"Caution: {warning}", highlight=False)
    console.print(facts["paragraph"], highlight=False)


def _narrow(table: Any) -> Any:
    """Fit a table of the page into 80 columns: shorter headings, and what the page alone has."""
    if table is None:
        return None
    short = {"Comparison boroughs": "Others", "Post-intervention years": "Years"}
    paged = ("calibrated", "Coverage")
    kept = [place for place, name in enumerate(table.columns) if not name.endswith(paged)]
    return replace(
        table,
        columns=[short.get(table.columns[place], table.columns[place]) for place in kept],
        rows=[[row[place] for place in kept] for row in table.rows],
    )


def _print(tables: list[Any]) -> None:
    """Print tables of the page that there are."""
    for table in tables:
        if table is not None:
            print_page_table(table)
