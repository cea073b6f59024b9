"""The effect against the shock SD that one assumes: the figure that carries the argument."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.figures.chart import Chart, Tables
from mp_bayes.figures.numbers import CONFIDENCE, CREDIBLE, listed, unit_of
from mp_bayes.figures.selection import pick
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    INK,
    TREATED,
    UNUSABLE,
    WITHOUT,
    face,
    new_figure,
    panel_title,
    style,
)
from mp_bayes.priors import Priors, load_priors
from mp_bayes.study import Outcome, get_outcome

_PUBLISHED_AT = -0.06
_Z = (-1.959964, 0.0, 1.959964)


def first_including_zero(year: pd.DataFrame) -> float | None:
    """Return the lowest assumed SD at which the 95% interval holds 0; None if none does.

    Parameters
    ----------
    year : pandas.DataFrame
        One post-year's rows, with assumed_sd_shock, lower and upper.
    """
    holds = year[(year["lower"] <= 0) & (year["upper"] >= 0)]
    return None if holds.empty else float(holds["assumed_sd_shock"].min())


def _verdict(first: float | None, last: float) -> str:
    if first is None:
        return f"leaves out 0 up to {last:g}"
    return "includes 0 even at SD 0" if first == 0 else f"includes 0 from SD {first:g}"


def effect_against_shock(tables: Tables, outcome: str, *, priors: Priors | None = None) -> Chart:
    """Draw each post-year's effect under fixed shock SDs, with the priors of that SD below.

    Parameters
    ----------
    tables : dict of DataFrame
        With `shock_sensitivity` and `comparison`.
    outcome : str
    priors : Priors, optional
        Those of the run; the defaults unless given.

    Returns
    -------
    Chart
        In log-odds or log-rates.
    """
    what = get_outcome(outcome)
    unit = unit_of(what.link_scale, what)
    table = tables["shock_sensitivity"]
    grid = pick(table, outcome=outcome, estimand="yearly_effect", scale=what.link_scale)
    published = pick(
        tables["comparison"],
        outcome=outcome,
        estimand="yearly_effect",
        scale=what.link_scale,
        source="published",
    )
    shocks = _shock_priors(what, priors or load_priors())
    years = what.post_years
    title = f"{what.label}: the effect depends on how much boroughs move on their own"
    good = bool(grid["usable"].all())
    with style():
        figure = new_figure(
            title,
            f"Effect by year, {unit}, against the assumed SD of borough-by-year shocks; below 0 is "
            f"a reduction.\nCircles: posterior mean and {CREDIBLE}. "
            f"Diamond: published {CONFIDENCE}, which assumes SD 0.",
            height=5.6,
            note="Evidence: published coefficients, pre-years' interactions free as published; "
            "rho from the national prior.\nBelow: median and 95% interval of two priors for the SD."
            + ("" if good else f" Hollow points: {UNUSABLE}."),
        )
        axes = figure.subplots(
            2,
            len(years),
            sharex=True,
            sharey="row",
            squeeze=False,
            gridspec_kw={"height_ratios": [5, 1]},
        )
        for column, year in enumerate(years):
            rows = pick(grid, year=year).sort_values("assumed_sd_shock")
            _draw_year(axes[0, column], rows, pick(published, year=year))
            verdict = _verdict(first_including_zero(rows), grid["assumed_sd_shock"].max())
            panel_title(axes[0, column], f"{year}:\n{verdict}")
            _draw_priors(axes[1, column], shocks)
            axes[1, column].set_xlabel(f"Assumed SD ({unit})")
        axes[0, 0].margins(y=0.08)
        axes[1, 0].set_yticks([1, 0], ["National prior", "Within-study prior"])
        axes[1, 0].set_ylim(-0.6, 1.6)
        top = max(shocks["upper"].max(), float(grid["assumed_sd_shock"].max()))
        axes[0, 0].set_xlim(-0.1, top + 0.03)
        axes[0, 0].set_xticks([0, 0.2, 0.4], ["0", "0.2", "0.4"])
    message = _message(grid, what, good)
    alt = (
        f"Interval chart of the effect on {what.label.lower()} in each year, in {unit}, as the "
        f"assumed SD of borough-by-year shocks grows from 0. {message}"
    )
    data = _data(grid, published, shocks)
    return Chart(f"effect_against_shock__{outcome}", title, figure, data, alt, message)


def _shock_priors(what: Outcome, priors: Priors) -> pd.DataFrame:
    """Return lower, median and upper of the shock SD's two priors."""
    rows: list[dict[str, Any]] = []
    for shock in ("within-study", "national"):
        prior = priors.select(what, shock=shock)["sd_shock"]
        lower, median, upper = prior.quantile(np.array(_Z))
        rows.append({"prior": shock, "lower": lower, "median": median, "upper": upper})
    return pd.DataFrame(rows)


def _draw_year(axes: Axes, rows: pd.DataFrame, published: pd.DataFrame) -> None:
    axes.axhline(0, color=INK, linewidth=1)
    x = rows["assumed_sd_shock"]
    axes.fill_between(x, rows["lower"], rows["upper"], color=BAND, alpha=0.45, linewidth=0)
    axes.vlines(x, rows["lower"], rows["upper"], color=TREATED, linewidth=1.8)
    for good, part in rows.groupby(rows["usable"].astype(bool)):
        fill = face(TREATED, bool(good))
        axes.plot(part["assumed_sd_shock"], part["mean"], "o", color=TREATED, mfc=fill, ms=6)
    left = np.full(len(published), _PUBLISHED_AT)
    axes.vlines(left, published["lower"], published["upper"], color=COMPARISON)
    axes.plot(left, published["estimate"], "D", color=COMPARISON, ms=6)


def _draw_priors(axes: Axes, shocks: pd.DataFrame) -> None:
    places = np.arange(len(shocks))
    axes.hlines(places, shocks["lower"], shocks["upper"], color=WITHOUT, linewidth=3)
    axes.plot(shocks["median"], places, "|", color=WITHOUT, ms=13, mew=2.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _message(grid: pd.DataFrame, what: Outcome, good: bool) -> str:
    if not good:
        return "Some of these fits did not converge, so the figure must not be relied upon."
    last = float(grid["assumed_sd_shock"].max())
    parts = [
        f"in {year} it {_verdict(first_including_zero(pick(grid, year=year)), last)}"
        for year in what.post_years
    ]
    return f"The larger the assumed SD, the wider the 95% interval: {listed(parts)}."


def _data(grid: pd.DataFrame, published: pd.DataFrame, shocks: pd.DataFrame) -> pd.DataFrame:
    columns = ["year", "assumed_sd_shock", "estimate", "lower", "upper", "usable"]
    return pd.concat(
        [
            grid.rename(columns={"mean": "estimate"})[columns].assign(series="posterior"),
            published[["year", "estimate", "lower", "upper", "usable"]].assign(series="published"),
            shocks.rename(columns={"median": "estimate"})[["estimate", "lower", "upper"]].assign(
                series=[f"prior of the shock SD: {name}" for name in shocks["prior"]]
            ),
        ],
        ignore_index=True,
    )
