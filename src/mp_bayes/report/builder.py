"""Put the page together: sentences, tables and figures into one self-contained file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mp_bayes.figures.chart import Chart
from mp_bayes.report import check_tables, effect_tables, outcome_tables
from mp_bayes.report.checks_page import CHECKS_PAGE, Answered
from mp_bayes.report.page import Page, Picture, picture, render
from mp_bayes.report.panel_page import PanelSection
from mp_bayes.report.plan_page import PlanningSection
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording import fair, reanalysis, steps, together
from mp_bayes.wording.assumptions import assumptions, methods
from mp_bayes.wording.data_notes import data_notes
from mp_bayes.wording.quotable import quotes, reference
from mp_bayes.wording.selection import Tables, has, regression_source
from mp_bayes.wording.shocks import unnamed_measure
from mp_bayes.wording.table import Table


@dataclass(frozen=True)
class OutcomeSection:
    """All that the page says of one outcome."""

    outcome: Outcome
    answer: str
    prior: str
    years: str
    cost: str
    headline: Table | None
    table: Table
    structures: Table
    pictures: list[Picture]


@dataclass(frozen=True)
class Block:
    """Sentences, figures and tables on one outcome, or on all."""

    label: str
    sentences: list[str]
    pictures: list[Picture]
    tables: list[Table]


def build_report(
    tables: Tables,
    charts: Iterable[Chart],
    facts: Mapping[str, Any],
    study: Study,
    *,
    planning: PlanningSection | None = None,
    panel: PanelSection | None = None,
    checks: Iterable[Answered] = (),
) -> Page:
    """Return the report as one HTML page without external requests.

    Parameters
    ----------
    tables : dict of DataFrame
        A run's tables by file name: effects, comparison, trends, costs, diagnostics, and where
        there are any decomposition, weights, headline_variants, timing_scenarios, audit and priors.
    charts : iterable of Chart
        From `mp_bayes.figures.charts`.
    facts : mapping
        The manifest: seed, quick, command, python, versions and inputs.
    study : Study
    planning : PlanningSection, optional
        From `mp_bayes.report.plan_page.planning_section`; without it the page has no such section.
    panel : PanelSection, optional
        From `mp_bayes.report.panel_page.panel_section`; likewise.
    checks : iterable of Answered, optional
        From `mp_bayes.report.checks_page.found_checks`: a page of its own, which is named here.

    Returns
    -------
    Page
        HTML.
    """
    pictures, told = [picture(chart) for chart in charts], _facts(facts)
    context = {
        **_context(tables, pictures, study),
        "study": study,
        "facts": told,
        "quotes": quoted(tables, study, told["version"]),
        "reference": reference(told["version"]),
        "planning": planning,
        "panel": panel,
        "checks": [(one.name, one.question) for one in checks],
        "checks_page": CHECKS_PAGE,
    }
    return render("page.html.j2", context)


def _context(tables: Tables, pictures: list[Picture], study: Study) -> dict[str, Any]:
    """Work out every text and table of the page."""
    effects, diagnostics = tables["effects"], tables["diagnostics"]
    known = study.outcomes
    outcomes = [one for name, one in known.items() if has(tables, "effects", name)]
    empty = pd.DataFrame()
    comparison = tables.get("comparison", empty)
    costs, trends = tables.get("costs", empty), tables.get("trends", empty)
    scenarios = tables.get("timing_scenarios", empty)
    audit, priors = tables.get("audit", empty), tables.get("priors", empty)
    compared = [] if comparison.empty else outcomes
    steps_there = has(tables, "decomposition")
    return {
        "published": regression_source(outcomes) == "published",
        "notice": reanalysis.notice(diagnostics, known),
        "introduction": reanalysis.introduction(study),
        "overall": reanalysis.overall_answer(effects, outcomes),
        "contrast": together.standing_out(tables["decomposition"], known) if steps_there else "",
        "intervals": together.contrast_answer(tables["decomposition"], known)
        if steps_there
        else "",
        "outcome_links": [(f"outcome-{one.name}", one.label) for one in outcomes],
        "glance": [one for one in pictures if one.name == "answer_at_a_glance"],
        "together": _together(effects, comparison, study),
        "steps": _chains(tables, outcomes, pictures),
        "weights": _weights(tables, outcomes, pictures),
        "fair": _fair(comparison, study),
        "variants": _variants(tables, study),
        "data_notes": data_notes(study),
        "sections": [_section(tables, one, pictures, study) for one in outcomes],
        "embedding_pictures": [p for p in pictures if p.name == "embedding_curves"],
        "adjustment": "" if comparison.empty else effect_tables.adjustment_answer(comparison),
        "comparisons": [
            table
            for outcome in compared
            for table in effect_tables.comparison_tables(comparison, outcome)
        ],
        "trend_tables": _present(effect_tables.trends_table(comparison, one) for one in compared),
        "timing_tables": _present(
            effect_tables.timing_table(scenarios, effects, outcome) for outcome in outcomes
        ),
        "cost_tables": [] if costs.empty else effect_tables.cost_tables(costs, study),
        "audit_summary": "" if audit.empty else check_tables.audit_summary(audit),
        "audit_tables": [] if audit.empty else check_tables.audit_tables(audit, known),
        "diagnostics_summary": check_tables.diagnostics_summary(diagnostics),
        "agreement_summary": check_tables.agreement_summary(tables["engine_agreement"])
        if "engine_agreement" in tables
        else "",
        "diagnostics_tables": check_tables.diagnostics_tables(diagnostics, known),
        "predictive_summary": ""
        if trends.empty
        else check_tables.predictive_summary(trends, known),
        "predictive_table": None if trends.empty else check_tables.predictive_table(trends, known),
        "priors_table": None if priors.empty else check_tables.priors_table(priors, known),
        "assumptions": assumptions(study),
        "methods": methods(study),
    }


def quoted(tables: Tables, study: Study, version: str) -> dict[str, str]:
    """Return the page's paragraphs to quote, by outcome and for `all`."""
    return quotes(tables["effects"], tables.get("comparison", pd.DataFrame()), study, version)


def _named(pictures: list[Picture], figure: str, outcome: Outcome) -> list[Picture]:
    return [picture for picture in pictures if picture.name == f"{figure}__{outcome.name}"]


def _together(effects: pd.DataFrame, comparison: pd.DataFrame, study: Study) -> Block | None:
    if comparison.empty:
        return None
    both = effects, comparison, study.outcomes
    return Block("", together.together_answer(*both), [], [together.together_table(*both)])


def _chains(tables: Tables, outcomes: list[Outcome], pictures: list[Picture]) -> list[Block]:
    return [
        Block(
            outcome.label,
            steps.steps_answer(tables["decomposition"], outcome),
            _named(pictures, "decomposition", outcome),
            [steps.steps_table(tables["decomposition"], tables["effects"], outcome)],
        )
        for outcome in outcomes
        if has(tables, "decomposition", outcome.name)
    ]


def _weights(tables: Tables, outcomes: list[Outcome], pictures: list[Picture]) -> list[Block]:
    return [
        Block(
            outcome.label,
            [steps.weights_answer(tables["weights"], outcome)],
            _named(pictures, "weights", outcome),
            [steps.weights_table_of(tables["weights"], outcome)],
        )
        for outcome in outcomes
        if has(tables, "weights", outcome.name)
    ]


def _fair(comparison: pd.DataFrame, study: Study) -> Block | None:
    if comparison.empty or not comparison["source"].eq("fair").any():
        return None
    return Block(
        "",
        fair.fair_answer(comparison, study.outcomes),
        [],
        [fair.fair_table(comparison, study.outcomes)],
    )


def _variants(tables: Tables, study: Study) -> Block | None:
    if not has(tables, "headline_variants"):
        return None
    both = tables["effects"], tables["headline_variants"], study.outcomes
    return Block("", fair.variants_answer(*both), [], [fair.variants_table(*both)])


def _present(tables: Iterable[Table | None]) -> list[Table]:
    return [table for table in tables if table is not None]


def _section(
    tables: Tables, outcome: Outcome, pictures: list[Picture], study: Study
) -> OutcomeSection:
    """Gather one outcome's sentences, table and figures."""
    name = outcome.name
    costed = has(tables, "costs", name)
    cost = reanalysis.cost_answer(tables["costs"], outcome, study) if costed else ""
    return OutcomeSection(
        outcome,
        reanalysis.outcome_answer(tables["effects"], outcome),
        unnamed_measure(tables["priors"], outcome) if "priors" in tables else "",
        reanalysis.years_answer(tables["effects"], outcome),
        cost,
        outcome_tables.headline_table(tables, outcome),
        outcome_tables.outcome_table(tables["effects"], outcome),
        outcome_tables.structure_table(tables["effects"], outcome),
        [
            picture
            for picture in pictures
            if picture.name.partition("__")[2] == name
            and not picture.name.startswith(("decomposition__", "weights__"))
        ],
    )


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what a caller left out of the provenance."""
    return {
        "version": facts.get("versions", {}).get("mp-bayes", "unknown"),
        "seed": facts.get("seed", "unknown"),
        "quick": bool(facts.get("quick", False)),
        "command": facts.get("command", "uv run mp-bayes run"),
        "python": facts.get("python", "unknown"),
        "versions": _pairs(facts, "versions", "Versions of the software", "Package", "Version"),
        "inputs": _pairs(facts, "inputs", "Inputs and their hashes", "File", "SHA-256"),
    }


def _pairs(facts: Mapping[str, Any], key: str, caption: str, name: str, value: str) -> Table:
    rows = [[str(one), str(other)] for one, other in facts.get(key, {}).items()]
    return Table(caption, [name, value], rows, name=key)
