"""Tables of effects: by outcome, published beside posterior, under other timings, and costs."""

import pandas as pd

from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.fair import NAMES
from mp_bayes.wording.numbers import CREDIBLE, number, percent, unit_of
from mp_bayes.wording.reanalysis import BREAK_EVEN_FROM, costs_each, pounds
from mp_bayes.wording.selection import REGRESSIONS, pick, regression_source
from mp_bayes.wording.table import Table, effect_cell, marked

#: What a row of the comparison stands for, where it is not one year.
_ROWS = {
    "partly_exposed_effect": "{year}, partly exposed",
    "yearly_effect": "{year}",
    "average_effect": "{year}, average of the yearly effects",
    "pre_post_contrast": "All years after against all before",
    "parallel_trends": "{year}",
}
_MODELS = {"linear": "linear", "logit": "logit", "quasi_poisson": "quasi-Poisson"}
_INTERVALS = (
    "Estimate (95% interval): confidence intervals for regressions, shock-aware and "
    "Donald-Lang, equal-tailed posterior intervals for the others, with yearly effects."
)
_COMPARED = (
    f"{_INTERVALS} The average weighs years by treated boroughs' totals in every "
    "column{published}. A year that is partly exposed is untreated in regressions and in "
    "posteriors under none."
)


def comparison_tables(comparison: pd.DataFrame, outcome: Outcome) -> list[Table]:
    """Return published, recomputed, fair and posterior effects, a table for each scale."""
    mine = pick(comparison, outcome=outcome.name)
    shown = [name for name in _ROWS if name != "parallel_trends"]
    tables = []
    for scale in (outcome.response_scale, outcome.link_scale):
        rows = mine[mine["estimand"].isin(shown) & mine["scale"].eq(scale)]
        if len(rows):
            source = regression_source([outcome])
            worked = "; of published estimates it is worked out here"
            note = _COMPARED.format(published=worked if source == "published" else "")
            first = REGRESSIONS[source]
            caption = f"{outcome.label}: {first} and posterior, {unit_of(scale, outcome)}"
            name = f"comparison__{outcome.name}__{scale}"
            tables.append(_side_by_side(rows, shown, caption, note, name))
    return tables


def adjustment_answer(comparison: pd.DataFrame) -> str:
    """Say how far the published, adjusted estimates lie from the raw contrasts; may be empty."""
    rows = pick(comparison, estimand="yearly_effect")
    rows = rows[rows["se"].notna()]
    keys = ["outcome", "year", "scale", "method"]
    both = pick(rows, source="published").merge(
        pick(rows, source="recomputed"), on=keys, suffixes=("", "_raw")
    )
    if both.empty:
        return ""
    gap = ((both["estimate"] - both["estimate_raw"]) / both["se"]).abs().max()
    so = (
        "makes little difference to them"
        if gap < 1
        else "or another way of counting, makes a difference to them"
    )
    return (
        f"The contrasts recomputed from the totals, without covariates, lie within "
        f"{number(gap, 2)} published standard errors of the published coefficients, in every year "
        f"and on every scale: what the totals leave out, the mix of children, {so}."
    )


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
    name = f"parallel_trends__{outcome.name}"
    return _side_by_side(rows, ["parallel_trends"], caption, _INTERVALS, name)


def _columns(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Divide a comparison into its columns: published, recomputed, fair, each posterior."""
    columns = []
    words = {"published": "Published", "recomputed": "Recomputed"}
    if not rows["source"].eq("published").any():
        words["recomputed"] = REGRESSIONS["recomputed"].capitalize()
    for source in ("published", "recomputed"):
        part = pick(rows, source=source)
        for model in dict.fromkeys(part["method"]):
            columns.append((f"{words[source]}, {_MODELS[model]}", pick(part, method=model)))
    fair = pick(rows, source="fair")
    for method in dict.fromkeys(fair["method"]):
        part = pick(fair, method=method)
        # Methods that cannot be used have a table of their own, with the reason.
        if part["lower"].notna().any():
            columns.append((NAMES[method], part))
    posterior = pick(rows, source="posterior", effect_structure="yearly")
    for evidence in ("cells", "coefficients"):
        for shock in SHOCK_PRIORS:
            part = pick(posterior, method=evidence, shock_prior=shock)
            if len(part):
                columns.append((f"Posterior, {evidence}, {shock}", part))
    return columns


def _side_by_side(
    rows: pd.DataFrame, estimands: list[str], caption: str, note: str, name: str
) -> Table:
    """Set columns side by side, a line for each estimand and year."""
    columns = _columns(rows)
    lines = []
    for estimand in estimands:
        these = pick(rows, estimand=estimand)
        for year in sorted(dict.fromkeys(these["year"])):
            line = [_ROWS[estimand].format(year=year)]
            for _, part in columns:
                here = pick(part, estimand=estimand, year=year).to_dict("records")
                line.append(effect_cell(here[0], value="estimate") if here else "not given")
            lines.append(line)
    return Table(caption, ["Year", *(heading for heading, _ in columns)], lines, note, name)


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
    for timing in outcome.setting.timings.values():
        for effect in ("constant", "embedding"):
            here = pick(both, timing=timing.name, effect_structure=effect)
            line = [timing.label, effect]
            for estimand in ("average_effect", "fully_embedded_effect"):
                for row in pick(here, estimand=estimand).to_dict("records"):
                    chance = percent(row["prob_below_0"])
                    line += [effect_cell(row), marked(chance, usable=bool(row["usable"]))]
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
        name=f"timing__{outcome.name}",
    )


def cost_tables(costs: pd.DataFrame, study: Study) -> list[Table]:
    """Return the cost per averted outcome, and the chance that the programme pays, by value."""
    chosen = pick(costs, evidence="cells", shock="national", effect="yearly")
    each, pays = [], []
    values = sorted(chosen["value_per_outcome"].unique())
    for name, outcome in study.outcomes.items():
        rows = pick(chosen, outcome=name)
        if rows.empty:
            continue
        row, good = rows.iloc[0], bool(rows["usable"].all())
        lower, median, upper = costs_each(row)
        told = median if row["prob_averts"] >= BREAK_EVEN_FROM else "too open to say"
        texts = [told, lower, upper, percent(row["prob_averts"])]
        each.append(
            [outcome.label, row["period"], pounds(row["cost"])]
            + [marked(text, usable=good) for text in texts]
        )
        chance = rows.set_index("value_per_outcome")["prob_pays"]
        pays.append(
            [outcome.label]
            + [
                marked(percent(float(chance[value])), usable=good)
                if value in chance.index
                else "not asked"
                for value in values
            ]
        )
    return [
        Table(
            "Break-even value: the cost per averted outcome",
            [
                "Outcome",
                "Period",
                "Programme cost",
                "Median cost of one averted: the break-even value",
                "Lower end of 95% interval",
                "Upper end of 95% interval",
                "Probability that any was averted",
            ],
            each,
            f"{CREDIBLE[0].upper()}{CREDIBLE[1:]}. The programme's whole cost is set "
            "against each outcome alone, and later benefits are not counted. No break-even value "
            "is given where the probability that any was averted is below "
            f"{percent(BREAK_EVEN_FROM)}: it would be all but arbitrary.",
            name="break_even",
        ),
        Table(
            "Probability that the programme paid for itself, by value of one averted outcome",
            ["Outcome", *(pounds(value) for value in values)],
            pays,
            "Values are those that the study names, or the project's own.",
            name="paid_for_itself",
        ),
    ]
