"""From the published estimate to the headline, one assumption at a time."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across, row_height
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    INK,
    TREATED,
    interval_row,
    intervals_only,
    keyed,
    new_figure,
    only_outer,
    panel_title,
    source_of,
    style,
)
from mp_bayes.reanalysis.decomposition import LAST, PUBLISHED, RECOMPUTED
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import (
    CONFIDENCE,
    CREDIBLE,
    comparison_in,
    decimals_of,
    headed,
    lowered,
    number,
    treated_in,
    unit_of,
)
from mp_bayes.wording.selection import REGRESSIONS, Tables, pick, regression_source

_LOOKS = {PUBLISHED: (COMPARISON, "D"), RECOMPUTED: (COMPARISON, "s")}


def walk_to_headline(tables: Tables, what: Outcome) -> Chart:
    """Draw the chain of estimates, one step a row, one panel a year and one for their average.

    Parameters
    ----------
    tables : dict of DataFrame
        With `decomposition`.
    what : Outcome

    Returns
    -------
    Chart
        In percentage points, or log-rates.
    """
    data = pick(tables["decomposition"], outcome=what.name)
    years = list(dict.fromkeys(data["year"]))
    unit = unit_of(str(data["scale"].iloc[0]), what)
    source = regression_source([what])
    word = REGRESSIONS[source]
    start = "published" if source == "published" else "a plain difference-in-differences"
    title = f"{what.label}: from {start} to headline, step by step"
    good = bool(data["usable"].all())
    first = pick(data, year=years[0])
    labels = [
        textwrap.fill(f"{row.step}. {headed(str(row.label))}", 25, break_on_hyphens=False)
        for row in first.itertuples()
    ]
    per_row = across(len(years), len(years), inches=1.4)
    rows_of_panels = -(-len(years) // per_row)
    if rows_of_panels > 1:
        labels, key = keyed([headed(str(label)) for label in first["label"]], stacked=True)
    else:
        key = ""
    with style():
        figure = new_figure(
            title,
            f"Change in {treated_in(what.setting)} against {comparison_in(what.setting)}, {unit}; "
            "below 0 is a reduction. Each row changes one thing and keeps what stands above it.\n"
            f"Diamonds and squares: {CONFIDENCE}. Circles: posterior mean and {CREDIBLE}. "
            "Shaded: the headline.",
            height=1.9 + 0.6 * len(labels)
            if rows_of_panels == 1
            else 2.0 + (0.4 + row_height() * len(labels)) * rows_of_panels,
            source=source_of(what),
            note=key
            + "Dashed: how the estimate moves from step to step. Rows between the recomputed "
            "estimate and the headline: from the totals, by the fast posterior."
            + ("" if good else " Hollow points: unusable."),
        )
        grid = figure.subplots(
            rows_of_panels, per_row, sharex=True, sharey=True, squeeze=False
        ).ravel()
        for axes, year in zip(grid, years, strict=False):
            _draw(axes, pick(data, year=year))
            panel_title(axes, year if year in what.post_years else "Average")
            axes.set_xlabel(headed(unit))
        only_outer(grid, len(years), per_row)
        grid[0].set_yticks(first["step"], labels)
        grid[0].set_ylim(len(labels) + 0.5, 0.5)
    message = _message(data, years, what, word)
    alt = (
        f"Interval chart of the effect on {lowered(what.label)} in {len(labels)} steps from the "
        f"{word} estimate to the headline, by year. {message}"
    )
    columns = ["year", "step", "label", "scale", "estimate", "lower", "upper", "interval", "change"]
    return Chart(
        f"decomposition__{what.name}", title, figure, data[[*columns, "usable"]], alt, message
    )


def _draw(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw one year's chain, downwards."""
    headline = float(pick(rows, name=LAST)["step"].iloc[0])
    axes.axhspan(headline - 0.5, headline + 0.5, color=BAND, alpha=0.35, linewidth=0)
    axes.axvline(0, color=INK, linewidth=1)
    axes.plot(rows["estimate"], rows["step"], color=COMPARISON, linestyle="--", linewidth=1)
    for row in rows.itertuples():
        colour, marker = _LOOKS.get(str(row.name), (TREATED, "o"))
        size = 8 if row.name == LAST else 5.5
        interval_row(axes, float(str(row.step)), row, colour, marker, size)
    intervals_only(axes)


def _message(data: pd.DataFrame, years: list[str], what: Outcome, word: str) -> str:
    """Say how far the average goes, what widens it most, and which year moves most."""
    if not data["usable"].all():
        return "Some of these estimates are unusable, so the figure must not be relied upon."
    scale = str(data["scale"].iloc[0])
    decimals, unit = decimals_of(scale), unit_of(scale, what)

    def ends(rows: pd.DataFrame) -> str:
        start, end = (number(rows["estimate"].iloc[place], decimals) for place in (0, -1))
        return f"from {start} to {end}"

    def step(row: pd.Series) -> str:
        return f"step {row['step']} ({row['label']})"

    average = pick(data, year=years[-1])
    width = (average["upper"] - average["lower"]).to_numpy()
    widest = int(np.diff(width).argmax()) + 1
    wide = [number(float(value), decimals) for value in width]
    text = (
        f"The average effect goes {ends(average)} {unit}; the {word} interval is {wide[0]} "
        f"wide, that of the headline {wide[-1]}. It widens most at "
        f"{step(average.iloc[widest])}, from {wide[widest - 1]} to {wide[widest]}."
    )
    chains = {year: pick(data, year=year) for year in years[:-1]}
    moved = {
        year: abs(rows["estimate"].iloc[-1] - rows["estimate"].iloc[0])
        for year, rows in chains.items()
    }
    most = chains[max(moved, key=lambda year: float(moved[year]))]
    largest = most.iloc[int(most["change"].abs().fillna(0.0).argmax())]
    return (
        f"{text} Of single years {most['year'].iloc[0]} moves most, {ends(most)}; its largest "
        f"step, of {number(largest['change'], decimals, sign=True)}, is {step(largest)}."
    )
