"""How much each borough-year's rate counts in each average effect."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across, look, points, row_height
from mp_bayes.figures.style import (
    COMPARISON,
    INK,
    TREATED,
    intervals_only,
    new_figure,
    only_outer,
    source_of,
    style,
)
from mp_bayes.reanalysis.weights import AVERAGES, grouped
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import comparison_in, headed, number, treated_in
from mp_bayes.wording.selection import Tables, pick

_HEADLINE, _BORROWED = "headline", "borrowed"


def weights_of_averages(tables: Tables, what: Outcome) -> Chart:
    """Draw the weight of every borough-year in each average effect, one panel an average.

    Parameters
    ----------
    tables : dict of DataFrame
        With `weights`.
    what : Outcome

    Returns
    -------
    Chart
        Weights of rates; those of log-odds or log-rates for posteriors.
    """
    data = grouped(pick(tables["weights"], outcome=what.name), what)
    averages = [name for name in AVERAGES if data["average"].eq(name).any()]
    boroughs = list(dict.fromkeys(data["borough"]))
    places, ticks = _places(what, boroughs)
    title = f"{what.label}: how much each year of each borough counts in the average effect"
    partly = what.reaches_past_onset.any()
    per_row = across(len(averages), len(averages), inches=1.0)
    rows_of_panels = -(-len(averages) // per_row)
    rows_high = max(places.values()) + 1
    with style():
        figure = new_figure(
            title,
            "Weight of each borough-year's rate: by how much the average effect moves for each "
            "unit of that rate.\nAbove each panel: the average, and how much the comparison's "
            "years since the programme began count for every 1 of the treated borough's.",
            height=2.7 + 0.22 * rows_high
            if rows_of_panels == 1
            else 2.0 + (0.9 + row_height() * rows_high) * rows_of_panels,
            source=source_of(what),
            note="Of proportions or log-rates for regressions; of log-odds or log-rates "
            "otherwise, at the posterior of the shocks' size."
            + (" Star: partly exposed." if partly else "")
            + (
                " Dotted line: the first programme begins, or a treated borough's own."
                if what.setting.staggered
                else " Dotted line: programme begins."
            ),
        )
        grid = figure.subplots(
            rows_of_panels, per_row, sharex=True, sharey=True, squeeze=False
        ).ravel()
        for axes, name in zip(grid, averages, strict=False):
            rows = pick(data, average=name)
            _draw(axes, rows, places, what)
            words = headed(str(rows["label"].iloc[0]))
            # In another width it is broken by what the panel has.
            words = words if look().fitted else textwrap.fill(words, 19)
            share = float(rows["comparison_weight"].iloc[0])
            axes.set_title(f"{words}\n{number(share, 2)} for every 1", loc="left", size=points(9))
            axes.set_xlabel("Weight")
        only_outer(grid, len(averages), per_row)
        grid[0].set_yticks(list(ticks), list(ticks.values()))
        for label in (label for axes in grid[::per_row] for label in axes.get_yticklabels()):
            label.set_weight("bold" if label.get_text() in boroughs else "normal")
        grid[0].set_ylim(max(places.values()) + 0.6, -1.6)
        reach = 1.15 * float(data["weight"].abs().max())
        grid[0].set_xlim(-reach, reach)
    message = _message(data, what)
    alt = (
        f"Bar charts of the weight of every year of {'; '.join(boroughs)} in "
        f"{len(averages)} averages of the effect on {what.label.lower()}. {message}"
    )
    return Chart(f"weights__{what.name}", title, figure, data, alt, message)


def _places(
    what: Outcome, boroughs: list[str]
) -> tuple[dict[tuple[str, str], int], dict[int, str]]:
    """Return the row of each borough-year, and the labels of the rows."""
    places: dict[tuple[str, str], int] = {}
    ticks: dict[int, str] = {}
    row = 0
    for borough in boroughs:
        ticks[row - 1] = borough
        for year in what.years:
            places[borough, year] = row
            ticks[row] = f"{year}{'*' if year in _partly(what, borough) else ''}"
            row += 1
        row += 2
    return places, ticks


def _partly(what: Outcome, borough: str) -> set[str]:
    """Return the years of a treated borough whose outcomes reach past its onset."""
    setting = what.setting
    if borough not in setting.treated_boroughs:
        return set(what.partly_exposed)
    reach = what.reaches_past_onset[setting.treated_boroughs.index(borough)]
    return {year for year, partly in zip(setting.years, reach, strict=True) if partly}


def _since(what: Outcome, borough: str) -> np.ndarray:
    """Tell in which observed years its programme, or that of any, had begun; dims (year,)."""
    setting = what.setting
    if borough not in setting.treated_boroughs:
        return np.asarray(setting.post[what.observed])
    return np.asarray(setting.treated_post[setting.treated_boroughs.index(borough)][what.observed])


def _draw(
    axes: Axes, rows: pd.DataFrame, places: dict[tuple[str, str], int], what: Outcome
) -> None:
    """Draw one average's weights: a bar and a number for each borough-year."""
    axes.axvline(0, color=INK, linewidth=1)
    for borough, own in rows.groupby("borough", sort=False):
        treated = bool(own["treated"].iloc[0])
        at = np.array([places[str(borough), str(year)] for year in own["year"]])
        axes.barh(
            at,
            own["weight"],
            height=0.7,
            facecolor=TREATED if treated else "white",
            edgecolor=TREATED if treated else COMPARISON,
            hatch="" if treated else "////",
            linewidth=0.8,
        )
        begun = _since(what, str(borough))
        axes.axhline(
            at.min() + int((~begun).sum()) - 0.5, color=COMPARISON, linestyle=":", linewidth=1
        )
    intervals_only(axes)


def _message(data: pd.DataFrame, what: Outcome) -> str:
    """Say how much the comparison counts, with free years and with borrowed ones."""
    share = data.groupby("average")["comparison_weight"].first()
    others, treated = comparison_in(what.setting), treated_in(what.setting)
    return (
        f"For every 1 that the years of {treated} since the programme began count in the headline, "
        f"those of {others} count {number(share[_HEADLINE], 2)}; with common years borrowed from "
        f"national ones, {number(share[_BORROWED], 2)}."
    )
