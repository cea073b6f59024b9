"""The average effect as trends may depart further from parallel, a panel for each outcome."""

import textwrap

import numpy as np

from mp_bayes.checks.trends import PRIOR, RELATIVE
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across
from mp_bayes.figures.style import BAND, INK, TREATED, new_figure, only_outer, panel_title, style
from mp_bayes.wording.numbers import CONFIDENCE, CREDIBLE, headed
from mp_bayes.wording.selection import Tables, leaves_out_zero, pick

#: Panels in a row.
_ACROSS = 3
#: Title, axis and interval of each figure.
_SAID = {
    RELATIVE: (
        "The average effect, by how far trends may depart from parallel",
        "Largest departure, as a multiple of that before",
        CONFIDENCE,
    ),
    PRIOR: (
        "The average effect with a prior on a linear difference in trends",
        "SD of the prior on the slope, per period",
        CREDIBLE,
    ),
}


def trends_charts(tables: Tables, source: str) -> list[Chart]:
    """Draw intervals along relative magnitudes, and along the SD of a prior on the slope.

    Parameters
    ----------
    tables : dict of DataFrame
        From `mp_bayes.checks.trends.trends`.
    source : str
        Where the estimates come from.

    Returns
    -------
    list of Chart
        In each outcome's own unit.
    """
    return [_chart(tables, method, source) for method in _SAID]


def _chart(tables: Tables, method: str, source: str) -> Chart:
    rows = pick(tables["sensitivity"], method=method)
    rows = rows[np.isfinite(rows["value"])]
    names = list(dict.fromkeys(rows["outcome"]))
    title, axis, kind = _SAID[method]
    units = " or ".join(dict.fromkeys(rows["unit"].str.replace("_", "-")))
    at_most = rows.loc[rows.groupby("outcome")["value"].idxmax()]
    message = (
        f"At the largest value shown, {int(leaves_out_zero(at_most).sum())} of {len(names)} "
        f"{'intervals leave' if len(names) > 1 else 'interval leaves'} out 0; at 0, "
        f"{int(leaves_out_zero(rows[rows['value'].eq(0)]).sum())}."
    )
    columns = min(across(max(len(names), _ACROSS), _ACROSS, inches=1.7), len(names))
    down = -(-len(names) // columns)
    with style():
        figure = new_figure(
            title, f"{headed(units)}. {kind}s.", height=1.4 + 2.2 * down, source=source
        )
        grid = figure.subplots(down, columns, squeeze=False).ravel()
        for axes, name in zip(grid, names, strict=False):
            mine = pick(rows, outcome=name)
            axes.axhline(0, color=INK, linewidth=1)
            axes.fill_between(
                mine["value"], mine["lower"], mine["upper"], color=BAND, alpha=0.45, linewidth=0
            )
            axes.vlines(mine["value"], mine["lower"], mine["upper"], color=TREATED, linewidth=1.8)
            axes.plot(mine["value"], mine["estimate"], "o", color=TREATED, ms=5)
            axes.set_xlabel(axis.replace(", ", ",\n"))
            panel_title(axes, textwrap.fill(str(mine["label"].iloc[0]), 24))
        for axes in grid[len(names) :]:
            axes.remove()
        if method == RELATIVE:
            only_outer(grid[: len(names)], len(names), columns)
    alt = f"Interval charts of the average effect, one for each outcome. {title}. {message}"
    data = rows[["outcome", "method", "value", "estimate", "lower", "upper"]]
    return Chart(f"trends_{method.split(maxsplit=1)[0]}", title, figure, data, alt, message)
