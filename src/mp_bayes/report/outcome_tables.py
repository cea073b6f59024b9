"""Tables of one outcome: its average by each method, its years, and other structures."""

import pandas as pd

from mp_bayes.figures.glance import at_a_glance
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.studies.study import EFFECTS, Outcome
from mp_bayes.wording.numbers import CREDIBLE, percent, unit_of
from mp_bayes.wording.reanalysis import minimum_of
from mp_bayes.wording.selection import Tables, has, pick
from mp_bayes.wording.table import Table, effect_cell, marked


def headline_table(tables: Tables, outcome: Outcome) -> Table | None:
    """Return one outcome's average effect by each method: what the first picture shows of it."""
    if not has(tables, "comparison", outcome.name):
        return None
    rows = at_a_glance(tables, [outcome])
    unit = unit_of(outcome.response_scale, outcome)
    return Table(
        f"{outcome.label}: average effect by each method",
        ["Method", f"{unit.capitalize()} (95% interval)", "Probability of a reduction"],
        [
            [
                row["series"],
                effect_cell(row, value="estimate"),
                "" if pd.isna(row["prob_below_0"]) else percent(row["prob_below_0"]),
            ]
            for row in rows.to_dict("records")
        ],
        "Regressions and shock-aware DiD: confidence intervals. Posterior: equal-tailed, under the "
        "national shock prior.",
        name=f"headline__{outcome.name}",
    )


def outcome_table(effects: pd.DataFrame, outcome: Outcome) -> Table:
    """Return yearly and average effects under the three shock priors, on the response scale."""
    scale = outcome.response_scale
    unit = unit_of(scale, outcome)
    rows = []
    chosen = pick(effects, outcome=outcome.name, evidence="cells", effect_structure="yearly")
    for estimand, period in (
        ("partly_exposed_effect", ", partly exposed"),
        ("yearly_effect", ""),
        ("average_effect", " average"),
    ):
        these = pick(chosen, estimand=estimand, scale=scale)
        for year in dict.fromkeys(these["year"]):
            for shock in SHOCK_PRIORS:
                for row in pick(these, year=year, shock_prior=shock).to_dict("records"):
                    chances = [row["prob_below_0"], row["prob_beyond_minimum"]]
                    rows.append(
                        [
                            f"{year}{period}",
                            shock,
                            effect_cell(row),
                            *(
                                marked(percent(chance), usable=bool(row["usable"]))
                                for chance in chances
                            ),
                        ]
                    )
    return Table(
        f"{outcome.label}: effect by year and shock prior",
        [
            "Period",
            "Shock prior",
            f"Effect in {unit}, mean ({CREDIBLE})",
            "Probability of a reduction",
            f"Probability of a reduction of more than {minimum_of(outcome)}",
        ],
        rows,
        "Evidence: cells. Effects: yearly. Below 0 is a reduction. A partly exposed year lies "
        "before the onset, and some of its outcomes after it: its effect is the part that it has "
        "by its dose. Under none such years are untreated, as in regressions.",
        name=f"effects__{outcome.name}",
    )


def structure_table(effects: pd.DataFrame, outcome: Outcome) -> Table:
    """Return the average and the full effect under each effect structure and shock prior."""
    scale = outcome.response_scale
    chosen = pick(effects, outcome=outcome.name, evidence="cells", scale=scale)
    rows = []
    for structure in EFFECTS:
        for shock in SHOCK_PRIORS:
            here = pick(chosen, effect_structure=structure, shock_prior=shock)
            average = pick(here, estimand="average_effect").to_dict("records")
            if not average:
                continue
            full = pick(here, estimand="fully_embedded_effect").to_dict("records")
            cells = [effect_cell(row) for row in (*average, *full)]
            good = bool(average[0]["usable"])
            chance = marked(percent(average[0]["prob_below_0"]), usable=good)
            whole = cells[1] if full else "not defined"
            rows.append([structure, shock, cells[0], chance, whole])
    return Table(
        f"{outcome.label}: effect by structure and shock prior, {unit_of(scale, outcome)}",
        [
            "Effect structure",
            "Shock prior",
            f"Average over post-years, mean ({CREDIBLE})",
            "Probability of a reduction",
            "At full embedding",
        ],
        rows,
        "Evidence: cells. Yearly: each exposed year its own effect, partly pooled. Every year "
        "counts by its dose, except for yearly effects under none, which are coded as in "
        "regressions: years before the onset are untreated.",
        name=f"structures__{outcome.name}",
    )
