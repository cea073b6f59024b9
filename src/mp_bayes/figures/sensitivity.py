"""The headline against one number that one assumes: the SD of shocks, or that of years' effects."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.estimands import span
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import pairs, same_heights
from mp_bayes.figures.look import across
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    INK,
    TREATED,
    UNTRUSTED,
    WITHOUT,
    face,
    new_figure,
    panel_title,
    source_of,
    style,
)
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.sensitivity import chosen_rows
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import (
    CONFIDENCE,
    CREDIBLE,
    decimals_of,
    listed,
    lowered,
    number,
    unit_of,
)
from mp_bayes.wording.selection import REGRESSIONS, Tables, leaves_out_zero, pick, regression_source

_Z = (-1.959964, 0.0, 1.959964)


@dataclass(frozen=True)
class _Axis:
    """What is assumed along the horizontal axis.

    Attributes
    ----------
    name, table : str
        Of the figure and of its table; the table's column is `assumed_` and the parameter.
    parameter : str
        The prior that is held at a number.
    title, quantity : str
        Words.
    published : str
        What the published estimate assumes of it.
    priors : tuple of (str, str)
        Shock prior that is shown below, and its label.
    """

    name: str
    table: str
    parameter: str
    title: str
    quantity: str
    published: str
    priors: tuple[tuple[str, str], ...]

    @property
    def column(self) -> str:
        return f"assumed_{self.parameter}"


_SHOCK = _Axis(
    "effect_against_shock",
    "shock_sensitivity",
    "sd_shock",
    "the effect against how much boroughs move on their own",
    "borough-by-year shocks",
    "assumes SD 0",
    (("within-study", "Within-study prior"), ("national", "National prior")),
)
_POOLING = _Axis(
    "effect_against_pooling",
    "pooling_sensitivity",
    "sd_effect",
    "the effect against how much the years' effects may differ",
    "the years' effects around their mean",
    "leaves every year on its own, has no shocks",
    (("national", "Prior"),),
)


def effect_against_shock(tables: Tables, what: Outcome, *, priors: Priors) -> Chart:
    """Draw the headline's effects under fixed shock SDs, with the priors of that SD below.

    Parameters
    ----------
    tables : dict of DataFrame
        With `shock_sensitivity` and `comparison`.
    what : Outcome
    priors : Priors
        Those of the run.

    Returns
    -------
    Chart
        In log-odds or log-rates; one panel a post-year, and one for their average.
    """
    return _draw_chart(tables, what, _SHOCK, priors)


def effect_against_pooling(tables: Tables, what: Outcome, *, priors: Priors) -> Chart:
    """Draw the headline's effects under fixed SDs of the years' effects, with that SD's prior.

    Parameters
    ----------
    tables : dict of DataFrame
        With `pooling_sensitivity` and `comparison`.
    what : Outcome
    priors : Priors
        Those of the run.

    Returns
    -------
    Chart
        As of `effect_against_shock`. At SD 0 all years have one effect, in proportion to their
        doses; a large SD leaves each on its own.
    """
    return _draw_chart(tables, what, _POOLING, priors)


def zero_verdict(rows: pd.DataFrame, column: str) -> str:
    """Say at which assumed values the interval includes 0.

    Parameters
    ----------
    rows : pandas.DataFrame
        One effect's, with lower, upper and the column.
    column : str
        Of the assumed SD.
    """
    rows = rows.sort_values(column)
    out = leaves_out_zero(rows).to_numpy()
    values = [f"{value:g}" for value in rows[column]]
    if not out.any():
        return "includes 0 at every SD"
    if out.all():
        return "leaves out 0 at every SD"
    changes = np.flatnonzero(np.diff(out.astype(int)))
    if len(changes) == 1:
        place = int(changes[0])
        return (
            f"includes 0 from SD {values[place + 1]}"
            if out[0]
            else f"includes 0 up to SD {values[place]}"
        )
    return f"leaves out 0 at {out.sum()} of {len(out)} SDs"


def _draw_chart(tables: Tables, what: Outcome, axis: _Axis, priors: Priors) -> Chart:
    """Draw the figure of one axis."""
    unit = unit_of(what.link_scale, what)
    table = pick(tables[axis.table], outcome=what.name)
    grid = pd.concat(
        chosen_rows(rows, what, what.link_scale) for _, rows in table.groupby(axis.column)
    )
    # What the study's regressions say, published or recomputed.
    source = regression_source([what])
    word = REGRESSIONS[source]
    published = chosen_rows(
        pick(tables["comparison"], outcome=what.name, source=source), what, what.link_scale
    )
    below = _quantiles(axis, what, priors)
    years = [*what.post_years, span(what.post_years)]
    title = f"{what.label}: {axis.title}"
    good = bool(grid["usable"].all())
    partly = ", takes partly exposed years as untreated" if what.partly_exposed else ""
    columns = across(len(years), len(years), inches=1.4)
    blocks = -(-len(years) // columns)
    with style():
        figure = new_figure(
            title,
            f"Effect, {unit}, against the assumed SD of {axis.quantity}; below 0 is a reduction.\n"
            f"Circles: posterior mean and {CREDIBLE}. Diamond: {word} {CONFIDENCE}.",
            height=5.8 if blocks == 1 else 1.8 + 3.0 * blocks,
            source=source_of(what),
            note="Circles: the totals; all else as in the headline, by the fast posterior. "
            f"The {word} estimate {axis.published}{partly} and compares with the reference year "
            "alone, without priors. "
            "Below: median and 95% interval of the prior for the SD."
            + ("" if good else f" Hollow points: {UNTRUSTED}."),
        )
        panels = pairs(figure, len(years), columns, ratios=[9, len(below)])
        top = max(float(below["upper"].max()), float(grid[axis.column].max()))
        for column, year in enumerate(years):
            rows = pick(grid, year=year).sort_values(axis.column)
            _draw_year(panels[0, column], rows, pick(published, year=year), axis, -0.12 * top)
            verdict = (
                zero_verdict(rows, axis.column)
                .replace(" at ", "\nat ")
                .replace(" from ", "\nfrom ")
                .replace(" up ", "\nup ")
            )
            name = year if year in what.post_years else "Average"
            panel_title(panels[0, column], f"{name}:\n{verdict}")
            _draw_priors(panels[1, column], below)
            panels[1, column].set_xlabel("Assumed SD")
        panels[0, 0].margins(y=0.08)
        # Where panels are narrow, without the word itself.
        names = [name if blocks == 1 else name.removesuffix(" prior") for name in below["prior"]]
        for first in range(0, len(years), columns):
            upper, lower = panels[:, first]
            upper.set_ylabel(f"Effect, {unit}")
            lower.set_yticks(range(len(below)), names)
            lower.set_ylim(-0.6, len(below) - 0.4)
        if blocks > 1:
            same_heights(panels[0])
        panels[0, 0].set_xlim(-0.2 * top, 1.05 * top)
        ticks = [0.0, 0.2, 0.4, 0.6] if top < 0.8 else [0.0, 0.5, 1.0]
        panels[0, 0].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    message = _message(grid, what, axis, good)
    alt = (
        f"Interval chart of the effect on {lowered(what.label)} in each year and on average, in "
        f"{unit}, as the assumed SD of {axis.quantity} grows from 0. {message}"
    )
    data = _data(grid, published, below, axis, word)
    return Chart(f"{axis.name}__{what.name}", title, figure, data, alt, message)


def _quantiles(axis: _Axis, what: Outcome, priors: Priors) -> pd.DataFrame:
    """Return lower, median and upper of the assumed SD's priors."""
    rows: list[dict[str, Any]] = []
    for shock, label in axis.priors:
        prior = priors.select(what, shock=shock)[axis.parameter]
        lower, median, upper = prior.quantile(np.array(_Z))
        rows.append({"prior": label, "lower": lower, "median": median, "upper": upper})
    return pd.DataFrame(rows)


def _draw_year(
    axes: Axes, rows: pd.DataFrame, published: pd.DataFrame, axis: _Axis, side: float
) -> None:
    axes.axhline(0, color=INK, linewidth=1)
    x = rows[axis.column]
    axes.fill_between(x, rows["lower"], rows["upper"], color=BAND, alpha=0.45, linewidth=0)
    axes.vlines(x, rows["lower"], rows["upper"], color=TREATED, linewidth=1.8)
    for good, part in rows.groupby(rows["usable"].astype(bool)):
        fill = face(TREATED, bool(good))
        axes.plot(part[axis.column], part["mean"], "o", color=TREATED, mfc=fill, ms=5.5)
    left = np.full(len(published), side)
    axes.vlines(left, published["lower"], published["upper"], color=COMPARISON)
    axes.plot(left, published["estimate"], "D", color=COMPARISON, ms=6)


def _draw_priors(axes: Axes, below: pd.DataFrame) -> None:
    places = np.arange(len(below))
    axes.hlines(places, below["lower"], below["upper"], color=WITHOUT, linewidth=3)
    axes.plot(below["median"], places, "|", color=WITHOUT, ms=11, mew=2.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _message(grid: pd.DataFrame, what: Outcome, axis: _Axis, good: bool) -> str:
    if not good:
        return "Some of these answers are unusable, so the figure must not be relied upon."
    verdicts: dict[str, list[str]] = {}
    for year in [*what.post_years, span(what.post_years)]:
        rows = pick(grid, year=year).sort_values(axis.column)
        name = year if year in what.post_years else "the average"
        verdicts.setdefault(zero_verdict(rows, axis.column), []).append(name)
    first, last = rows.iloc[0], rows.iloc[-1]
    decimals, unit = decimals_of(what.link_scale), unit_of(what.link_scale, what)
    wide = [number(end["upper"] - end["lower"], decimals) for end in (first, last)]
    mean = [number(end["mean"], decimals) for end in (first, last)]
    zero = "; ".join(f"{verdict} for {listed(names)}" for verdict, names in verdicts.items())
    return (
        f"From an assumed SD of {first[axis.column]:g} to one of {last[axis.column]:g}, the mean "
        f"of the average effect goes from {mean[0]} to {mean[1]} and its 95% interval from "
        f"{wide[0]} to {wide[1]} {unit} wide. Of the SDs shown, the interval {zero}."
    )


def _data(
    grid: pd.DataFrame, published: pd.DataFrame, below: pd.DataFrame, axis: _Axis, name: str
) -> pd.DataFrame:
    columns = ["year", axis.column, "estimate", "lower", "upper", "usable"]
    return pd.concat(
        [
            grid.rename(columns={"mean": "estimate"})[columns].assign(series="posterior"),
            published[["year", "estimate", "lower", "upper", "usable"]].assign(series=name),
            below.rename(columns={"median": "estimate"})[["estimate", "lower", "upper"]].assign(
                series=[f"SD: {lowered(name)}" for name in below["prior"]]
            ),
        ],
        ignore_index=True,
    )
