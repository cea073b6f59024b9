"""Observed outcomes by year, with the fitted model and the counterfactual."""

import calendar
import itertools
import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across as in_a_row
from mp_bayes.figures.look import look, points
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    TREATED,
    UNUSABLE,
    WITHOUT,
    face,
    new_figure,
    source_of,
    style,
)
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import (
    CREDIBLE,
    comparison_in,
    headed,
    listed,
    number,
    treated_in,
    unit_of,
)
from mp_bayes.wording.selection import Tables, headline_cells

#: Treated boroughs that get a panel.
_PANELS = 6
_COLUMNS = ["borough", "year", "observed"] + [
    f"{name}_{part}" for name in ("fitted", "without") for part in ("mean", "lower", "upper")
]


def spread(positions: list[float], gap: float) -> list[float]:
    """Move label positions apart until they are at least `gap` from each other, order kept."""
    order = np.argsort(positions)
    placed = np.array(positions, dtype=float)
    for _ in range(100):
        moved = False
        for low, high in itertools.pairwise(order):
            short = gap - (placed[high] - placed[low])
            if short > 1e-9:
                placed[low] -= short / 2
                placed[high] += short / 2
                moved = True
        if not moved:
            break
    return [float(value) for value in placed]


def outcome_trends(tables: Tables, what: Outcome) -> Chart:
    """Draw each treated borough's outcome by year, without the programme too, and comparisons.

    Parameters
    ----------
    tables : dict of DataFrame
        With `trends`.
    what : Outcome

    Returns
    -------
    Chart
        In percent of the total, or events per 100 child-years; one panel a treated borough, the
        first six.
    """
    setting = what.setting
    data = headline_cells(tables, what.name)
    good = bool(data["usable"].all())
    partly = np.array([year in what.partly_exposed for year in what.years])
    percent = what.likelihood == "binomial"
    unit = f"percent of {what.total_unit}" if percent else unit_of(what.response_scale, what)
    treated, comparison = treated_in(setting), comparison_in(setting)
    title = f"{what.label}: {treated} against {comparison}, {what.years[0]} to {what.years[-1]}"
    shown = setting.treated_boroughs[:_PANELS]
    across = in_a_row(len(shown), 3, inches=2.6)
    down = -(-len(shown) // across)
    note = "National shock prior, cells, yearly effects. Markers: totals. Lines: posterior means."
    if partly.any() and len(shown) == 1:
        note += " Star: partly" if _narrow() else " Partly"
        note += " exposed: before the programme, with outcomes that fall after it began."
    if len(shown) < len(setting.treated_boroughs):
        note += f" The first {len(shown)} of {len(setting.treated_boroughs)} treated boroughs."
    with style():
        figure = new_figure(
            title,
            f"Bands are each a {CREDIBLE} of the posterior."
            + (
                ""
                if across == 1
                else f" Years run from {_months(setting.bin_start)}; each stands at its middle."
            )
            + ("" if good else f"\nHollow points: {UNUSABLE}"),
            height=1.6 + (3.4 if not look().fitted or down == 1 else 2.2) * down,
            source=source_of(what),
            note=note,
        )
        grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
        top = 1.08 * float(data[["fitted_upper", "without_upper", "observed"]].max().max())
        for place, (axes, borough) in enumerate(zip(grid, shown, strict=False)):
            _draw(axes, data, what, place, top=top, good=good)
            axes.set_title(headed(unit) if across == 1 else borough, loc="left", weight="bold")
        for axes in grid[len(shown) :]:
            axes.remove()
        if across > 1:
            grid[0].set_ylabel(headed(unit))
    first = data[data["borough"].eq(shown[0])]
    message = _message(first[_begun(what, 0)], unit, good, shown[0] if across > 1 else "")
    alt = (
        f"Line chart of {what.label.lower()} in {treated}, and in {comparison}, by year, in "
        f"{unit}, with the estimated course of {treated} without the programme. {message}"
    )
    return Chart(
        f"outcome_trends__{what.name}", title, figure, data[[*_COLUMNS, "usable"]], alt, message
    )


def _narrow() -> bool:
    """Tell whether years do not fit beside each other."""
    return look().width < 5.0


def _begun(what: Outcome, place: int) -> np.ndarray:
    """Return in which observed years a treated borough's programme had begun."""
    return np.asarray(what.setting.treated_post[place][what.observed])


def _draw(
    axes: Axes, data: pd.DataFrame, what: Outcome, place: int, *, top: float, good: bool
) -> None:
    """Draw one treated borough, with and without the programme, and the comparisons."""
    setting = what.setting
    borough, onset = setting.treated_boroughs[place], setting.onsets[place]
    treated = data[data["borough"].eq(borough)]
    x = np.arange(len(what.years), dtype=float)
    reach = what.reaches_past_onset[place][what.observed]
    exposed = _begun(what, place) | reach
    names = list(setting.comparison_boroughs)
    others = [data[data["borough"].eq(name)] for name in names]
    _line(axes, x, treated, TREATED, "o", "-", BAND, good)
    if len(others) == 1:
        _line(axes, x, others[0], COMPARISON, "s", "-.", "#BFBFBF", good)
    else:
        faint = 0.7 if len(others) < 6 else 0.3
        for rows in others:
            axes.plot(x, rows["observed"], color=COMPARISON, linewidth=0.9, alpha=faint)
    without = treated[exposed]
    axes.fill_between(
        x[exposed],
        without["without_lower"],
        without["without_upper"],
        facecolor="none",
        edgecolor=WITHOUT,
        alpha=0.45,
        hatch="///",
        linewidth=0.6,
    )
    axes.plot(
        x[exposed],
        without["without_mean"],
        color=WITHOUT,
        linestyle="--",
        marker="D",
        mfc=face(WITHOUT, good),
        ms=4.5,
    )
    axes.set_ylim(0, top)
    begins = (onset - setting.bin_starts[0]) - 0.5
    axes.axvline(begins, color="#595959", linestyle=":", linewidth=1.4)
    last = [float(treated["fitted_mean"].iloc[-1]), float(without["without_mean"].iloc[-1])]
    column = "fitted_mean" if len(others) == 1 else "observed"
    last.append(float(np.mean([rows[column].iloc[-1] for rows in others])))
    said = [
        textwrap.fill(borough, 16),
        "Without the\nprogramme",
        textwrap.fill(names[0], 16) if len(names) == 1 else f"{len(names)} comparison\nboroughs",
    ]
    alone = len(setting.treated_boroughs) == 1
    places = spread(last, (0.10 if alone else 0.17) * top)
    # Left of the line, unless panels are so narrow that it would stand on the axis; then on the
    # side, below or above, that the names at the lines' ends leave free.
    shift, side = (-0.06, "right") if alone else (0.06, "left")
    low = alone or min(places) > 0.3 * top
    axes.text(
        begins + shift,
        (0.02 if low else 0.98) * top,
        "Programme\nbegins",
        ha=side,
        va="bottom" if low else "top",
        size=points(9.5),
    )
    for name, at, colour in zip(said, places, (TREATED, WITHOUT, COMPARISON), strict=True):
        axes.annotate(
            name,
            (x[-1], at),
            xytext=(7, 0),  # points: clear of the marker however narrow the panel is
            textcoords="offset points",
            color=colour,
            va="center",
            weight="bold",
            size=points(9.5),
        )
    axes.set_xlim(-0.3, x[-1] + 0.25 + (0.5 if _narrow() else 0.27) * len(x))
    mark = "*" if _narrow() else "\npartly exposed"
    marked = [
        f"{year}{mark}" if partly and alone else year[:4] if not alone else year
        for year, partly in zip(what.years, reach, strict=True)
    ]
    # Beside other panels there is room for a few labels only.
    step = 1 if alone else -(-len(x) // 3)
    axes.set_xticks(x[::-step][::-1], marked[::-step][::-1])
    axes.tick_params(axis="x", labelbottom=True, labelrotation=90 if alone and _narrow() else 0)
    if alone:
        axes.set_xlabel(f"Year ({_months(setting.bin_start)})")


def _line(
    axes: Axes,
    x: np.ndarray,
    rows: pd.DataFrame,
    colour: str,
    marker: str,
    line: str,
    band: str,
    good: bool,
) -> None:
    """Draw a borough's counts, and the model's line and band through them."""
    axes.fill_between(
        x, rows["fitted_lower"], rows["fitted_upper"], color=band, alpha=0.45, linewidth=0
    )
    axes.plot(x, rows["fitted_mean"], color=colour, linestyle=line)
    axes.plot(x, rows["observed"], marker, color=colour, mfc=face(colour, good), ms=6.5)


def _months(bin_start: float) -> str:
    """Say from which month to which a year-bin runs."""
    first = round(12 * bin_start)
    return f"{calendar.month_name[first + 1]} to {calendar.month_name[(first - 1) % 12 + 1]}"


def _message(post: pd.DataFrame, unit: str, good: bool, borough: str = "") -> str:
    """Say in which years the observed value lies outside the counterfactual's interval."""
    if not good:
        return "The fit did not converge, so its lines must not be used."
    last = post.iloc[-1]
    below = post.loc[post["observed"] < post["without_lower"], "year"].tolist()
    above = post.loc[post["observed"] > post["without_upper"], "year"].tolist()
    where_it_is = f"{borough}: in" if borough else "In"
    course = (
        f"{where_it_is} {last['year']} {number(last['observed'])} {unit} were observed, where "
        f"{number(last['without_mean'])} ({CREDIBLE} {number(last['without_lower'])} to "
        f"{number(last['without_upper'])}) would be expected without the programme"
    )
    outside = [f"below it in {listed(below)}"] * bool(below)
    outside += [f"above it in {listed(above)}"] * bool(above)
    where = listed(outside) if outside else "inside it in every year since the programme began"
    return f"{course}; the observed value lies {where}."
