"""Tables of effects: by outcome, published beside posterior, under other timings, and costs."""

import pandas as pd

from mp_bayes.figures.numbers import CREDIBLE, percent, unit_of
from mp_bayes.figures.selection import pick
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.report.answers import minimum_of, pounds
from mp_bayes.report.table import Table, effect_cell, marked
from mp_bayes.study import EFFECTS, OUTCOMES, Outcome
from mp_bayes.timing import timings

POOLED_LABEL = "All post-years: against all pre-years (DiD); average of years (posterior)"
_MODELS = {"linear": "linear", "logit": "logit", "quasi_poisson": "quasi-Poisson"}


def outcome_table(effects: pd.DataFrame, outcome: Outcome) -> Table:
    """Return yearly and average effects under the three shock priors, on the response scale."""
    scale = outcome.response_scale
    unit = unit_of(scale, outcome)
    rows = []
    chosen = pick(effects, outcome=outcome.name, evidence="cells", effect_structure="yearly")
    for estimand, period in (("yearly_effect", ""), ("average_effect", " average")):
        these = pick(chosen, estimand=estimand, scale=scale)
        for year in dict.fromkeys(these["year"]):
            for shock in SHOCK_PRIORS:
                for row in pick(these, year=year, shock_prior=shock).to_dict("records"):
                    good = bool(row["usable"])
                    effect = effect_cell(
                        row["mean"], row["lower"], row["upper"], scale=scale, usable=good
                    )
                    chances = [row["prob_below_0"], row["prob_beyond_minimum"]]
                    rows.append(
                        [
                            f"{year}{period}",
                            shock,
                            effect,
                            *(marked(percent(chance), usable=good) for chance in chances),
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
        "Evidence: cells. Effects: yearly. Below 0 is a reduction.",
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
            cells = [
                effect_cell(
                    row["mean"], row["lower"], row["upper"], scale=scale, usable=bool(row["usable"])
                )
                for row in (*average, *full)
            ]
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
        "Evidence: cells. Yearly: each post-year its own effect, and partly exposed years before "
        "the onset count as untreated. Constant and embedding: every year by its dose.",
    )


def comparison_tables(comparison: pd.DataFrame, outcome: Outcome) -> list[Table]:
    """Return published, recomputed and posterior effects side by side, a table for each scale."""
    mine = pick(comparison, outcome=outcome.name)
    shown = mine["estimand"].isin(["yearly_effect", "average_effect", "pre_post_contrast"])
    tables = []
    for scale in ("percentage_points", outcome.link_scale):
        rows = mine[shown & mine["scale"].eq(scale)]
        if len(rows):
            caption = f"{outcome.label}: published and posterior, {unit_of(scale, outcome)}"
            tables.append(_side_by_side(rows, [*outcome.post_years, ""], caption, scale))
    return tables


def trends_table(comparison: pd.DataFrame, outcome: Outcome) -> Table | None:
    """Return the contrasts of the pre-years, 0 if trends were parallel; None if there are none."""
    rows = pick(
        comparison, outcome=outcome.name, estimand="parallel_trends", scale=outcome.link_scale
    )
    if rows.empty:
        return None
    caption = (
        f"{outcome.label}: departure from parallel trends, {unit_of(outcome.link_scale, outcome)}"
    )
    return _side_by_side(rows, list(outcome.pre_years), caption, outcome.link_scale)


def _columns(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Divide a comparison into its columns: published, recomputed, each posterior."""
    columns = []
    for source in ("published", "recomputed"):
        part = pick(rows, source=source)
        for model in dict.fromkeys(part["method"]):
            columns.append((f"{source.capitalize()}, {_MODELS[model]}", pick(part, method=model)))
    posterior = pick(rows, source="posterior", effect_structure="yearly")
    for evidence in ("cells", "coefficients"):
        for shock in SHOCK_PRIORS:
            part = pick(posterior, method=evidence, shock_prior=shock)
            if len(part):
                columns.append((f"Posterior, {evidence}, {shock}", part))
    return columns


def _side_by_side(rows: pd.DataFrame, years: list[str], caption: str, scale: str) -> Table:
    """Set columns side by side by year; year "" stands for all post-years."""
    columns = _columns(rows)
    lines = []
    for year in years:
        line = [year or POOLED_LABEL]
        for _, part in columns:
            pooled = part["estimand"].isin(["average_effect", "pre_post_contrast"])
            here = part[pooled] if not year else part[part["year"].eq(year) & ~pooled]
            cells = [
                effect_cell(
                    row["estimate"], row["lower"], row["upper"], scale=scale, usable=row["usable"]
                )
                for row in here.to_dict("records")
            ]
            line.append(cells[0] if cells else "not given")
        lines.append(line)
    return Table(
        caption,
        ["Year", *(name for name, _ in columns)],
        lines,
        "Estimate (95% interval): confidence intervals for published and recomputed, equal-tailed "
        "posterior intervals for the others, with yearly effects.",
    )


def timing_table(scenarios: pd.DataFrame, effects: pd.DataFrame, outcome: Outcome) -> Table | None:
    """Return the effect under each timing scenario; None if there is none for the outcome."""
    if scenarios.empty or pick(scenarios, outcome=outcome.name).empty:
        return None
    published = pick(effects, evidence="cells", shock_prior="national").assign(
        timing="as_published"
    )
    both = pick(
        pd.concat([published, scenarios]), outcome=outcome.name, scale=outcome.response_scale
    )
    rows = []
    for timing in timings(outcome.study).values():
        for effect in ("constant", "embedding"):
            here = pick(both, timing=timing.name, effect_structure=effect)
            line = [timing.label, effect]
            for estimand in ("average_effect", "fully_embedded_effect"):
                for row in pick(here, estimand=estimand).to_dict("records"):
                    good = bool(row["usable"])
                    line.append(
                        effect_cell(
                            row["mean"],
                            row["lower"],
                            row["upper"],
                            scale=outcome.response_scale,
                            usable=good,
                        )
                    )
                    line.append(marked(percent(row["prob_below_0"]), usable=good))
            if len(line) == 6:
                rows.append(line)
    unit = unit_of(outcome.response_scale, outcome)
    return Table(
        f"{outcome.label}: effect under other dates of onset",
        [
            "Scenario",
            "Effect structure",
            f"Average effect in {unit} ({CREDIBLE})",
            "Probability of a reduction on average",
            f"Fully embedded effect in {unit} ({CREDIBLE})",
            "Probability of a reduction when fully embedded",
        ],
        rows,
        "Evidence: cells. Shock prior: national.",
    )


def cost_tables(costs: pd.DataFrame) -> list[Table]:
    """Return the cost per averted outcome, and the chance that the programme pays, by value."""
    chosen = pick(costs, evidence="cells", shock="national", effect="yearly")
    each, pays = [], []
    values = sorted(chosen["value_per_outcome"].unique())
    for name, outcome in OUTCOMES.items():
        rows = pick(chosen, outcome=name)
        if rows.empty:
            continue
        row, good = rows.iloc[0], bool(rows["usable"].all())
        parts = [f"cost_per_outcome_{part}" for part in ("lower", "median", "upper")]
        texts = [percent(row["prob_averts"]), *(pounds(row[part]) for part in parts)]
        each.append(
            [outcome.label, row["period"], pounds(row["cost"])]
            + [marked(text, usable=good) for text in texts]
        )
        chance = rows.set_index("value_per_outcome")["prob_pays"]
        pays.append(
            [outcome.label]
            + [marked(percent(float(chance.loc[value])), usable=good) for value in values]
        )
    return [
        Table(
            "Cost per averted outcome",
            [
                "Outcome",
                "Period",
                "Programme cost",
                "Probability that any was averted",
                "Lower end of 95% interval",
                "Median cost of one averted",
                "Upper end of 95% interval",
            ],
            each,
            f"{CREDIBLE[0].upper()}{CREDIBLE[1:]}. The whole cost of the funding round is set "
            "against each outcome alone, and later benefits are not counted.",
        ),
        Table(
            "Probability that the programme paid for itself, by value of one averted outcome",
            ["Outcome", *(pounds(value) for value in values)],
            pays,
        ),
    ]
