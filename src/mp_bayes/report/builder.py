"""Put the page together: sentences, tables and figures into one self-contained file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mp_bayes.figures.chart import Chart, Tables
from mp_bayes.figures.selection import has
from mp_bayes.report import answers, check_tables, effect_tables
from mp_bayes.report.assumptions import ASSUMPTIONS, METHODS
from mp_bayes.report.page import Picture, environment, picture
from mp_bayes.report.panel_page import PanelSection
from mp_bayes.report.plan_page import PlanningSection
from mp_bayes.report.table import Table
from mp_bayes.study import OUTCOMES, Outcome


@dataclass(frozen=True)
class OutcomeSection:
    """All that the page says of one outcome."""

    outcome: Outcome
    answer: str
    years: str
    cost: str
    table: Table
    structures: Table
    pictures: list[Picture]


def build_report(
    tables: Tables,
    charts: Iterable[Chart],
    facts: Mapping[str, Any],
    *,
    planning: PlanningSection | None = None,
    panel: PanelSection | None = None,
) -> str:
    """Return the report as one HTML page without external requests.

    Parameters
    ----------
    tables : dict of DataFrame
        A run's tables by file name: effects, comparison, trends, costs, diagnostics, and where
        there are any timing_scenarios, audit and priors.
    charts : iterable of Chart
        From `mp_bayes.figures.charts`.
    facts : mapping
        The manifest: version, seed, quick, command, python, versions and inputs.
    planning : PlanningSection, optional
        From `mp_bayes.report.plan_page.planning_section`; without it the page has no such section.
    panel : PanelSection, optional
        From `mp_bayes.report.panel_page.panel_section`; likewise.

    Returns
    -------
    str
        HTML.
    """
    pictures = [picture(chart) for chart in charts]
    return (
        environment()
        .get_template("page.html.j2")
        .render(_context(tables, pictures), facts=_facts(facts), planning=planning, panel=panel)
    )


def _context(tables: Tables, pictures: list[Picture]) -> dict[str, Any]:
    """Work out every text and table of the page."""
    effects, diagnostics = tables["effects"], tables["diagnostics"]
    names = [name for name in OUTCOMES if has(tables, "effects", name)]
    outcomes = [OUTCOMES[name] for name in names]
    empty = pd.DataFrame()
    comparison = tables.get("comparison", empty)
    costs, trends = tables.get("costs", empty), tables.get("trends", empty)
    scenarios = tables.get("timing_scenarios", empty)
    audit, priors = tables.get("audit", empty), tables.get("priors", empty)
    compared = [] if comparison.empty else outcomes
    return {
        "notice": answers.notice(diagnostics),
        "overall": answers.overall_answer(effects),
        "contrast": answers.contrast_answer(effects, None if comparison.empty else comparison),
        "sections": [_section(tables, name, pictures) for name in names],
        "general_pictures": [picture for picture in pictures if "__" not in picture.name],
        "comparisons": [
            table
            for outcome in compared
            for table in effect_tables.comparison_tables(comparison, outcome)
        ],
        "trend_tables": _present(effect_tables.trends_table(comparison, one) for one in compared),
        "timing_tables": _present(
            effect_tables.timing_table(scenarios, effects, outcome) for outcome in outcomes
        ),
        "cost_tables": [] if costs.empty else effect_tables.cost_tables(costs),
        "audit_summary": "" if audit.empty else check_tables.audit_summary(audit),
        "audit_tables": [] if audit.empty else check_tables.audit_tables(audit),
        "diagnostics_summary": check_tables.diagnostics_summary(diagnostics),
        "diagnostics_tables": check_tables.diagnostics_tables(diagnostics),
        "predictive_summary": "" if trends.empty else check_tables.predictive_summary(trends),
        "predictive_table": None if trends.empty else check_tables.predictive_table(trends),
        "priors_table": None if priors.empty else check_tables.priors_table(priors),
        "assumptions": ASSUMPTIONS,
        "methods": METHODS,
    }


def _present(tables: Iterable[Table | None]) -> list[Table]:
    return [table for table in tables if table is not None]


def _section(tables: Tables, name: str, pictures: list[Picture]) -> OutcomeSection:
    """Gather one outcome's sentences, table and figures."""
    outcome = OUTCOMES[name]
    cost = (
        answers.cost_answer(tables["costs"], name)
        if has(tables, "costs", name)
        else "Costs were not worked out for this outcome."
    )
    return OutcomeSection(
        outcome,
        answers.outcome_answer(tables["effects"], name),
        answers.years_answer(tables["effects"], name),
        cost,
        effect_tables.outcome_table(tables["effects"], outcome),
        effect_tables.structure_table(tables["effects"], outcome),
        [picture for picture in pictures if picture.name.partition("__")[2] == name],
    )


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what a caller left out of the provenance."""
    return {
        "version": facts.get("version", "unknown"),
        "seed": facts.get("seed", "unknown"),
        "quick": bool(facts.get("quick", False)),
        "command": facts.get("command", "uv run mp-bayes run"),
        "python": facts.get("python", "unknown"),
        "versions": _pairs(facts, "versions", "Versions of the software", "Package", "Version"),
        "inputs": _pairs(facts, "inputs", "Inputs and their hashes", "File", "SHA-256"),
    }


def _pairs(facts: Mapping[str, Any], key: str, caption: str, name: str, value: str) -> Table:
    rows = [[str(one), str(other)] for one, other in facts.get(key, {}).items()]
    return Table(caption, [name, value], rows)
