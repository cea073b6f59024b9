"""Average effects alone, and in one model of all outcomes."""

from mp_bayes.checks.joint import FIRST
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.style import INK, TREATED, WITHOUT, new_figure, source_of, style
from mp_bayes.studies.study import Study
from mp_bayes.wording.joint import alone, together
from mp_bayes.wording.numbers import percent
from mp_bayes.wording.selection import Tables, pick

_APART = 0.16


def joint_charts(tables: Tables, study: Study) -> list[Chart]:
    """Draw each outcome's average effect with its interval, alone and together."""
    outcomes = list(study.outcomes.values())
    rows = {
        "Alone": (alone(tables["joint"]), -_APART, WITHOUT, "s"),
        "In one model": (together(tables["joint"]), _APART, TREATED, "o"),
    }
    title = "Average effects alone, and in one model of all outcomes"
    ratio = (
        rows["In one model"][0].set_index("outcome")["sd"]
        / rows["Alone"][0].set_index("outcome")["sd"]
    )
    message = f"Posterior SDs are {percent(ratio.min())} to {percent(ratio.max())} of those alone."
    with style():
        figure = new_figure(
            title,
            "Log-odds of binary outcomes, log-rates of counts; 95% equal-tailed intervals.",
            height=1.6 + 0.55 * len(outcomes),
            source=source_of(outcomes[0]),
            note=f"Shocks of outcomes of one measure: an assumed correlation of {FIRST:g}.",
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
        axes.set_yticks(range(len(outcomes)), [one.short or one.label for one in outcomes])
        axes.set_ylim(len(outcomes) - 0.4, -0.6)
        axes.set_xlabel("Average effect")
        axes.grid(visible=False, axis="y")
        legend_above(figure, *axes.get_legend_handles_labels(), columns=2)
    alt = f"Two intervals for each of {len(outcomes)} outcomes. {message}"
    return [Chart("joint", title, figure, tables["joint"], alt, message)]
