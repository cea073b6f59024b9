"""Average effects alone, and in one model of all outcomes."""

import textwrap

from mp_bayes.checks.joint import FIRST
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.style import INK, TREATED, WITHOUT, new_figure, source_of, style
from mp_bayes.studies.study import Study
from mp_bayes.wording.joint import alone, together, too_few
from mp_bayes.wording.numbers import number
from mp_bayes.wording.selection import Tables, pick

_APART = 0.16


def joint_charts(tables: Tables, study: Study) -> list[Chart]:
    """Draw each outcome's average effect with its interval, alone and together."""
    outcomes = list(study.outcomes.values())
    rows = {
        "Alone": (alone(tables["joint"]), -_APART, WITHOUT, "s"),
        "In one model": (together(tables["joint"]), _APART, TREATED, "o"),
    }
    few = too_few(tables)
    title = "Average effects alone, and in one model of all outcomes"
    ratio = (
        rows["In one model"][0].set_index("outcome")["sd"]
        / rows["Alone"][0].set_index("outcome")["sd"]
    )
    message = (
        f"The joint model leaves {few}, too few to be drawn."
        if few
        else f"Posterior SDs are {number(100 * ratio.min(), 0)}% to "
        f"{number(100 * ratio.max(), 0)}% of those alone."
    )
    if few:
        del rows["In one model"]
    several = tables["joint"]["same_measure"].nunique() > 1
    with style():
        figure = new_figure(
            title,
            "Log-odds of binary outcomes, log-rates of counts; 95% equal-tailed intervals.",
            height=1.6 + 0.55 * len(outcomes),
            source=source_of(outcomes[0]),
            note=f"Shocks of outcomes of one measure: an assumed correlation of {FIRST:g}."
            if several
            else "",
        )
        axes = figure.subplots()
        for name, (table, shift, colour, marker) in rows.items():
            mine = [pick(table, outcome=one.name).iloc[0] for one in outcomes]
            at = [place + shift for place in range(len(mine))]
            axes.hlines(
                at, [row["lower"] for row in mine], [row["upper"] for row in mine], color=colour
            )
            axes.plot([row["mean"] for row in mine], at, marker, color=colour, ls="", label=name)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(
            range(len(outcomes)), [textwrap.fill(one.short or one.label, 24) for one in outcomes]
        )
        axes.set_ylim(len(outcomes) - 0.4, -0.6)
        axes.set_xlabel("Average effect")
        axes.grid(visible=False, axis="y")
        legend_above(figure, *axes.get_legend_handles_labels(), columns=2)
    alt = f"Intervals for each of {len(outcomes)} outcomes. {message}"
    return [Chart("joint", title, figure, tables["joint"], alt, message)]
