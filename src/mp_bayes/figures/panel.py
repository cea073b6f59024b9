"""What the national panel shows: how much authorities move, and ten years on."""

import numpy as np
import pandas as pd

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.numbers import CREDIBLE, estimate, listed, number
from mp_bayes.figures.style import (
    INK,
    LINES,
    TREATED,
    face,
    new_figure,
    style,
)
from mp_bayes.panel.answers import shock_estimate
from mp_bayes.panel.measures import Measure

SOURCE = "Source: Department for Education statistics, analysed by mp_bayes"
# Horizontal distance between the comparisons of one year.
_APART = 0.2


def ten_years(effects: pd.DataFrame, *, treated: str, measure: Measure) -> Chart:
    """Draw the effect in each year against each set of comparisons.

    Parameters
    ----------
    effects : pandas.DataFrame
        From `mp_bayes.panel.job.islington_job`.
    treated : str
    measure : Measure

    Returns
    -------
    Chart
        In percentage points.
    """
    data = effects[
        effects["estimand"].eq("yearly_effect")
        & effects["effect"].eq("yearly")
        & effects["scale"].eq("percentage_points")
    ]
    years = list(dict.fromkeys(data["year"]))
    clear = data[data["usable"] & ((data["lower"] > 0) | (data["upper"] < 0))]
    title = (
        f"{measure.short}: no year's usable interval sets {treated} apart"
        if clear.empty
        else f"{measure.short}: {treated} stands apart in {listed(list(clear['year'].unique()))}"
    )
    subtitle = f"{measure.label}: effect in each year, percentage points. Bars: {CREDIBLE}s."
    note = "Each year has an effect of its own, partially pooled. Reporting years end on 31 March. "
    note += "Hollow: the approximation does not vouch for it."
    with style():
        figure = new_figure(title, subtitle, height=4.8, note=note, source=SOURCE)
        axes = figure.add_subplot()
        axes.axhline(0, color=INK, linewidth=1.0)
        groups = list(data.groupby("comparison", sort=False))
        for place, ((name, rows), (colour, marker, _)) in enumerate(
            zip(groups, LINES, strict=False)
        ):
            x = np.array([years.index(year) for year in rows["year"]])
            x = x + _APART * (place - (len(groups) - 1) / 2)
            axes.vlines(x, rows["lower"], rows["upper"], color=colour, linewidth=1.6)
            for at, mean, usable in zip(x, rows["mean"], rows["usable"], strict=True):
                axes.plot(at, mean, marker, color=colour, mfc=face(colour, usable), ms=6)
            axes.plot([], [], marker, color=colour, label=str(name))
        axes.set_xticks(range(len(years)), years)
        axes.set_xlim(-0.6, len(years) - 0.4)
        axes.legend(frameon=False, ncols=3, loc="lower left")
        low, high = axes.get_ylim()
        axes.set_ylim(low - 0.15 * (high - low), high)
    last = data[data["year"].eq(years[-1])]
    message = f"{years[-1]}: " + "; ".join(
        f"{row['comparison']}, {estimate(row['mean'], row['lower'], row['upper'])}"
        for row in last.to_dict("records")
    )
    message += "."
    alt = f"Interval plot by year, with a mark for each set of comparisons. {title}. {message}"
    return Chart("effects_by_year", title, figure, data, alt, message)


def shocks_chart(table: pd.DataFrame, *, measure: Measure) -> Chart:
    """Draw the shocks' SD and correlation, whole and by kind of authority.

    Parameters
    ----------
    table : pandas.DataFrame
        From `mp_bayes.panel.shocks.shock_table`.
    measure : Measure

    Returns
    -------
    Chart
        In log-odds, and as a correlation.
    """
    data = table[table["parameter"].isin(["sd_shock", "rho"])]
    sds = data.loc[data["parameter"].eq("sd_shock"), "median"]
    title = (
        f"{measure.short}: yearly shocks of {number(sds.min(), 2)} to {number(sds.max(), 2)} "
        "log-odds, by kind of authority"
    )
    message = (
        f"All authorities: SD {shock_estimate(table, 'sd_shock')}, correlation "
        f"{shock_estimate(table, 'rho')}."
    )
    subtitle = f"{measure.label}. Points: posterior medians; bars: {CREDIBLE}s."
    note = "Each third of size and each region has a value of its own, partially pooled. "
    note += "Hollow: did not converge."
    if table["parameter"].eq("nu").any():
        note += " All: scale of a Student t in place of the SD."
    groups = list(dict.fromkeys(data["group"]))
    panels = {"sd_shock": "SD of shocks, log-odds", "rho": "Correlation of successive years"}
    with style():
        height = 2.0 + 0.3 * len(groups)
        figure = new_figure(title, subtitle, height=height, note=note, source=SOURCE)
        both = figure.subplots(1, 2, sharey=True)
        for axes, (name, words) in zip(both, panels.items(), strict=True):
            rows = data[data["parameter"].eq(name)]
            at = [-groups.index(group) for group in rows["group"]]
            axes.hlines(at, rows["lower"], rows["upper"], color=TREATED, linewidth=1.6)
            for y, middle, usable in zip(at, rows["median"], rows["usable"], strict=True):
                axes.plot(middle, y, "o", color=TREATED, mfc=face(TREATED, usable), ms=6)
            axes.set_xlabel(words)
            axes.set_xlim(0, 1 if name == "rho" else 1.05 * rows["upper"].max())
            axes.grid(visible=True, axis="x")
        names = [group.removeprefix("region: ") for group in groups]
        names = [name[:1].upper() + name[1:] for name in names]
        both[0].set_yticks([-place for place in range(len(groups))], names)
    alt = f"Interval plots by kind of authority. {title}. {message}"
    return Chart("shocks", title, figure, data, alt, message)
