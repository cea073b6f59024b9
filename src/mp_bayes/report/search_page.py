"""The page of a search over designs."""

from collections.abc import Iterable

from mp_bayes.figures.chart import Chart
from mp_bayes.report import plan_tables, search_tables
from mp_bayes.report.page import Page, picture, render
from mp_bayes.wording import search as words
from mp_bayes.wording.planning import Facts
from mp_bayes.wording.selection import Tables


def build_search_page(tables: Tables, charts: Iterable[Chart], facts: Facts) -> Page:
    """Return a search as one HTML page without external requests.

    Parameters
    ----------
    tables : dict of DataFrame
        From `mp_bayes.planning.found.answer`; its frontier perhaps confirmed.
    charts : iterable of Chart
        From `mp_bayes.figures.search.search_charts`.
    facts : mapping
        What was assumed, and how the plan was made: outcome, unit, effect, effect_sd, baseline,
        half_life, base, shock, analysis_prior, target, replicates, seed, command, version,
        paragraph, assumptions and cautions.
    """
    return render("search.html.j2", context(tables, charts, facts))


def context(tables: Tables, charts: Iterable[Chart], facts: Facts) -> dict[str, object]:
    """Return what the template shows; the planner in a browser shows the same.

    Without the tables of `mp_bayes.planning.found.beside` what is of them is left out.
    """
    return {
        "facts": facts,
        "outcome": facts["outcome"],
        "lead": words.answer(tables, facts),
        "around": words.around(tables, facts),
        "rule": words.rule(words.best(tables), facts),
        "frontier_table": search_tables.frontier_table(tables, facts),
        "worth_table": search_tables.worth_table(tables, facts),
        "designs_table": search_tables.designs_table(tables, facts),
        "curve_table": search_tables.curve_table(tables, facts),
        "assumptions_table": plan_tables.assumptions_table(facts),
        "kinds_table": search_tables.kinds_table(facts["outcome"]),
        "published_table": search_tables.published_table(),
        "pictures": {chart.name: picture(chart) for chart in charts},
        **(_beside(tables, facts) if "looks" in tables else {}),
    }


def _beside(tables: Tables, facts: Facts) -> dict[str, object]:
    return {
        "waiting": words.waiting(tables["looks"]),
        "weakest": words.weakest(tables["sensitivity"], facts),
        "looks_table": search_tables.looks_table(tables),
        "sensitivity_table": search_tables.sensitivity_table(tables, facts),
        "cost_table": search_tables.cost_table(tables, facts),
    }
