"""The page of a planning study, and its short section in the main report."""

from collections.abc import Iterable
from dataclasses import dataclass

from mp_bayes.figures.chart import Chart
from mp_bayes.report import plan_tables
from mp_bayes.report.page import Page, Picture, picture, render
from mp_bayes.wording.numbers import number
from mp_bayes.wording.planning import (
    Facts,
    answer,
    boroughs,
    by_boroughs,
    lag,
    measure,
    plural,
    years,
)
from mp_bayes.wording.selection import Tables, has
from mp_bayes.wording.table import Table

#: Difference of means, in posterior SDs, within which the fast posterior should lie.
CLOSE = 0.05
_SECTION_FIGURES = 2


@dataclass(frozen=True)
class PlanningSection:
    """What the main report shows of a planning study."""

    lead: str
    sentences: list[str]
    table: Table | None
    replay: Table | None
    pictures: list[Picture]


def build_plan_page(tables: Tables, charts: Iterable[Chart], facts: Facts) -> Page:
    """Return a planning study as one HTML page without external requests.

    Parameters
    ----------
    tables : dict of DataFrame
        Any of assurance, years_needed, false_claims, mdes and agreement.
    charts : iterable of Chart
        From `mp_bayes.figures.planning.planning_charts`.
    facts : mapping
        What was assumed, and how the study was made: outcome, unit, effect, effect_sd, baseline,
        shock, analysis_prior, rule, sd_shock, pre_years, max_post_years, target, replicates, seed,
        command, version, paragraph, assumptions and warnings.

    Returns
    -------
    Page
        HTML.
    """
    pictures = {chart.name: picture(chart) for chart in charts}
    context = {
        "facts": facts,
        "outcome": facts["outcome"],
        "lead": _lead(tables, facts),
        "by_boroughs": by_boroughs(tables["years_needed"]) if has(tables, "years_needed") else "",
        "definition": _definition(facts),
        "prior_table": plan_tables.prior_cost_table(tables, facts),
        "flattening": _flattening(tables, facts),
        "years_table": plan_tables.years_needed_table(tables, facts),
        "flattening_table": plan_tables.flattening_table(tables, facts),
        "paragraphs": [part.strip() for part in facts["paragraph"].split("\n\n") if part.strip()],
        "mdes_table": plan_tables.mdes_table(tables, facts),
        "claims_table": plan_tables.false_claims_table(tables, facts),
        "assumptions_table": plan_tables.assumptions_table(facts),
        "agreement": _agreement(tables),
        "assurance_picture": pictures.get("assurance_by_post_years"),
        "claims_picture": pictures.get("false_claims_by_shock_sd"),
        "bias_picture": pictures.get("bias_by_embedding_lag"),
    }
    return render("plan.html.j2", context)


def planning_section(tables: Tables, charts: Iterable[Chart], facts: Facts) -> PlanningSection:
    """Return what the main report says of a planning study.

    Parameters
    ----------
    tables, charts, facts
        As for `build_plan_page`; the first two figures are shown.
    """
    sentences = [
        f"{facts['outcome'].label}: {facts['effect']}, from a baseline of "
        f"{facts['baseline']}, with {years(facts['pre_years'])} before the programme, for one "
        "treated borough. The effect is chosen large, six times the smallest of interest or a half "
        "of the baseline, to show what even that would need; `mp-bayes plan` answers for others. "
        f"{facts['replicates']:,} simulated evaluations for each design.",
        _definition(facts),
        *([facts["rule"]] if facts["rule"] else []),
        *_flattening(tables, facts),
        *(f"Caution: {warning}" for warning in facts["warnings"]),
        f"Made by {facts['command']}.",
    ]
    pictures = [picture(chart) for chart, _ in zip(charts, range(_SECTION_FIGURES), strict=False)]
    table = plan_tables.years_needed_table(tables, facts)
    replayed = plan_tables.replay_table(tables, facts)
    return PlanningSection(_lead(tables, facts), sentences, table, replayed, pictures)


def _lead(tables: Tables, facts: Facts) -> str:
    if not has(tables, "years_needed"):
        return "This study holds no answer to how many years are needed."
    return f"{answer(tables['years_needed'], facts)}."


def _definition(facts: Facts) -> str:
    """Say what assurance, or power, is the share of."""
    text = (
        f"{measure(facts).capitalize()} is the share of simulated evaluations in which the 95% "
        "equal-tailed posterior interval of the average effect lies wholly on the assumed effect's "
        "side of 0,"
    )
    if facts["effect_sd"] == 0:
        return f"{text} if the effect is exactly the assumed one."
    return f"{text} averaged over how far the true effect may be from the assumed one."


def _flattening(tables: Tables, facts: Facts) -> list[str]:
    """Say what further post-years cannot remove, for the design with the fewest boroughs."""
    if not has(tables, "years_needed"):
        return []
    needed = tables["years_needed"]
    rows = needed[needed["comparison_boroughs"].eq(needed["comparison_boroughs"].min())]
    first = rows.to_dict("records")[0]
    most = rows.sort_values("gain", na_position="first").to_dict("records")[-1]
    if first["shock_sd"] == 0:
        return ["No borough-by-year shocks are assumed, so nothing but the cells' size limits it."]
    word, unit, before = measure(facts), facts["unit"], years(facts["pre_years"])
    last = first["max_post_years"]
    gained = (
        f" There the last {years(min(3, last - 1))} added at most {number(100 * most['gain'])} "
        f"percentage points of {word} (Monte Carlo SE {number(100 * most['gain_mcse'])} or less)."
    )
    return [
        "What flattens the curve: however many post-intervention years follow, the shocks of the "
        f"{before} before the programme stay. With "
        f"{boroughs(int(first['comparison_boroughs']))} ({lag(first['half_life'])}), shocks alone "
        "give the best estimate of the fully embedded effect, by generalised least squares, an SD "
        f"of {number(first['shock_sd'], 2)} {unit} after {years(last)}, and still "
        f"{number(first['shock_sd_limit'], 2)} with endless follow-up."
        + (gained if last > 1 else ""),
        f"What lowers that limit: more treated boroughs, more comparison boroughs, or more than "
        f"{before} before the programme.",
    ]


def _agreement(tables: Tables) -> list[str]:
    """Say how near the fast posterior comes to NUTS on the same data."""
    if not has(tables, "agreement"):
        return []
    table = tables["agreement"]
    vouched, converged = table["vouched"].astype(bool), table["converged"].astype(bool)
    kept = table[vouched & converged]
    refused, lost = int((~vouched).sum()), int((vouched & ~converged).sum())
    left_out = (
        f"Left out: {refused:,} {plural('value', refused)} that the fast posterior itself refuses, "
        f"and {lost:,} more whose NUTS fit did not converge."
    )
    if kept.empty:
        return [f"None of {len(table):,} refitted values can be compared. {left_out}"]
    far, ratio = kept["mean_difference"].abs(), kept["sd_ratio"]
    count = table.groupby(["trial", "post_years", "replicate"]).ngroups
    close = int((far <= CLOSE).sum())
    return [
        f"On a sample of {count} {plural('data set', count)}, refitted with NUTS, "
        f"{len(kept):,} of {len(table):,} values are compared. "
        "The largest difference between the two posterior means is "
        f"{number(far.max(), 3)} posterior SDs, and {close:,} ({100 * close / len(kept):.0f}%) lie "
        f"within {CLOSE:g}. The ratio of posterior SDs, fast over NUTS, runs from "
        f"{number(ratio.min(), 3)} to {number(ratio.max(), 3)}. Probabilities of a value below 0 "
        f"differ by at most {number(kept['probability_difference'].abs().max(), 3)}.",
        f"NUTS has an error of its own: in a mean {number(kept['mean_error'].median(), 3)} "
        f"posterior SDs (median over values). {left_out}",
    ]
