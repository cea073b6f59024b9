"""The average effect as each prior, and the data, count half and twice."""

import textwrap

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import across
from mp_bayes.figures.style import (
    BAND,
    INK,
    TREATED,
    WITHOUT,
    new_figure,
    panel_title,
    source_of,
    style,
)
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import CREDIBLE, headed, unit_of
from mp_bayes.wording.scaling import component_label, scaled, sensitivity_sentence
from mp_bayes.wording.selection import Tables

_ACROSS = 2
_APART = 0.15
_DRAWN = (
    (0.5, "Counts half", -_APART, WITHOUT, "s"),
    (2.0, "Counts twice", _APART, TREATED, "o"),
)


def scaling_charts(tables: Tables, study: Study) -> list[Chart]:
    """Draw intervals by component, beside the interval as given.

    Parameters
    ----------
    tables : dict of DataFrame
        With `scaling`, from `mp_bayes.checks.scaling.scaling`.
    study : Study
    """
    outcomes = [one for one in study.outcomes.values() if scaled(tables, one)]
    if not outcomes:
        return []
    columns = min(across(max(len(outcomes), _ACROSS), _ACROSS, inches=2.6), len(outcomes))
    down = -(-len(outcomes) // columns)
    title = "The average effect as each prior, and the data, count half and twice"
    with style():
        figure = new_figure(
            title,
            f"Mean and {CREDIBLE}. Band: as given.",
            height=1.7 + 3.1 * down,
            source=source_of(outcomes[0]),
            note="Headline models: totals, yearly effects, national shock prior.",
        )
        grid = figure.subplots(down, columns, squeeze=False).ravel()
        for axes, outcome in zip(grid, outcomes, strict=False):
            rows = scaled(tables, outcome)
            names = [name for name, power in rows if power == 1.0]
            given = rows[names[0], 1.0]
            axes.axvspan(given["lower"], given["upper"], color=BAND, alpha=0.45, linewidth=0)
            axes.axvline(0, color=INK, linewidth=0.8)
            for power, label, shift, colour, marker in _DRAWN:
                mine = [
                    (place + shift, rows[name, power])
                    for place, name in enumerate(names)
                    if (name, power) in rows
                ]
                at = [place for place, _ in mine]
                lower, upper, mean = (
                    [row[end] for _, row in mine] for end in ("lower", "upper", "mean")
                )
                axes.hlines(at, lower, upper, color=colour)
                axes.plot(mean, at, marker, color=colour, ls="", ms=4, label=label)
            labels = [textwrap.fill(headed(component_label(name)), 16) for name in names]
            axes.set_yticks(range(len(names)), labels)
            axes.set_ylim(len(names) - 0.4, -0.6)
            axes.set_xlabel(headed(unit_of(outcome.response_scale, outcome)))
            axes.grid(visible=False, axis="y")
            panel_title(axes, textwrap.fill(outcome.short or outcome.label, 28))
        for axes in grid[len(outcomes) :]:
            axes.remove()
        legend_above(figure, *grid[0].get_legend_handles_labels(), columns=2)
    message = sensitivity_sentence(tables)
    alt = f"Interval charts, a panel for each of {len(outcomes)} outcomes. {title}. {message}"
    return [Chart("scaling", title, figure, tables["scaling"], alt, message)]
