"""Observed outcomes by year, with the fitted model and the counterfactual."""

import itertools

import numpy as np
import pandas as pd

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    TREATED,
    UNUSABLE,
    WITHOUT,
    face,
    new_figure,
    panel_title,
    style,
)
from mp_bayes.studies.study import get_outcome
from mp_bayes.wording.numbers import CREDIBLE, headed, listed, number, unit_of
from mp_bayes.wording.selection import Tables, headline_cells

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


def outcome_trends(tables: Tables, outcome: str) -> Chart:
    """Draw both boroughs' outcome by year, and the treated one's without the programme.

    Parameters
    ----------
    tables : dict of DataFrame
        With `trends`.
    outcome : str

    Returns
    -------
    Chart
        In percent of referrals, or events per 100 child-years.
    """
    what = get_outcome(outcome)
    study = what.study
    data = headline_cells(tables, outcome)
    good = bool(data["usable"].all())
    treated = data[data["borough"].eq(study.treated)]
    other = data[data["borough"].eq(study.comparison)]
    x = np.arange(len(what.years), dtype=float)
    post = np.array([year in what.post_years for year in what.years])
    partly = np.array([year in what.partly_exposed for year in what.years])
    exposed = post | partly
    percent = what.likelihood == "binomial"
    unit = "percent of referrals" if percent else unit_of(what.response_scale, what)
    title = (
        f"{what.label}: {study.treated} and {study.comparison}, {what.years[0]} to {what.years[-1]}"
    )
    with style():
        figure = new_figure(
            title,
            f"Bands are each a {CREDIBLE} of the posterior."
            + ("" if good else f"\nHollow points: {UNUSABLE}"),
            height=5.0,
            note="National shock prior, cells, yearly effects. Markers: published totals. "
            "Lines: posterior means."
            + (
                " Partly exposed: before the programme, with outcomes that fall after it began."
                if partly.any()
                else ""
            ),
        )
        axes = figure.add_subplot()
        for rows, colour, marker, line in (
            (treated, TREATED, "o", "-"),
            (other, COMPARISON, "s", "-."),
        ):
            axes.fill_between(
                x,
                rows["fitted_lower"],
                rows["fitted_upper"],
                color=BAND if marker == "o" else "#BFBFBF",
                alpha=0.45,
                linewidth=0,
            )
            axes.plot(x, rows["fitted_mean"], color=colour, linestyle=line)
            axes.plot(x, rows["observed"], marker, color=colour, mfc=face(colour, good), ms=6.5)
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
        axes.set_ylim(0, None)
        onset = (study.onset - study.bin_starts[0]) - 0.5
        top = axes.get_ylim()[1]
        axes.axvline(onset, color="#595959", linestyle=":", linewidth=1.4)
        axes.text(onset - 0.06, 0.02 * top, "Programme\nbegins", ha="right", va="bottom", size=9.5)
        ends = [treated["fitted_mean"], without["without_mean"], other["fitted_mean"]]
        names = [study.treated, f"{study.treated} without\nthe programme", study.comparison]
        places = spread([float(end.iloc[-1]) for end in ends], 0.10 * top)
        for name, place, colour in zip(names, places, (TREATED, WITHOUT, COMPARISON), strict=True):
            axes.text(x[-1] + 0.12, place, name, color=colour, va="center", weight="bold", size=9.5)
        axes.set_xlim(-0.3, x[-1] + 0.25 + 0.27 * len(x))
        marked = [
            f"{year}\npartly exposed" if reach else year
            for year, reach in zip(what.years, partly, strict=True)
        ]
        axes.set_xticks(x, marked)
        axes.set_xlabel(
            f"Year ({'March to February' if study.name == 'cin' else 'August to July'})"
        )
        panel_title(axes, headed(unit))
    message = _message(treated[post], unit, good)
    alt = (
        f"Line chart of {what.label.lower()} in {study.treated} and {study.comparison} by year, in "
        f"{unit}, with {study.treated}'s estimated course without the programme. {message}"
    )
    return Chart(
        f"outcome_trends__{outcome}", title, figure, data[[*_COLUMNS, "usable"]], alt, message
    )


def _message(post: pd.DataFrame, unit: str, good: bool) -> str:
    """Say in which years the observed value lies outside the counterfactual's interval."""
    if not good:
        return "The fit did not converge, so its lines must not be used."
    last = post.iloc[-1]
    below = post.loc[post["observed"] < post["without_lower"], "year"].tolist()
    above = post.loc[post["observed"] > post["without_upper"], "year"].tolist()
    course = (
        f"In {last['year']} {number(last['observed'])} {unit} were observed, where "
        f"{number(last['without_mean'])} ({CREDIBLE} {number(last['without_lower'])} to "
        f"{number(last['without_upper'])}) would be expected without the programme"
    )
    outside = [f"below it in {listed(below)}"] * bool(below)
    outside += [f"above it in {listed(above)}"] * bool(above)
    where = listed(outside) if outside else "inside it in every year since the programme began"
    return f"{course}; the observed value lies {where}."
