"""What the national panel shows: how much authorities move, and ten years on."""

import numpy as np
import pandas as pd

from mp_bayes.evidence.official.measures import Measure
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import look
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    INK,
    LINES,
    TREATED,
    face,
    new_figure,
    style,
)
from mp_bayes.panel.national import new_authority
from mp_bayes.wording.numbers import CREDIBLE, estimate, listed, number

SOURCE = "Source: Department for Education statistics, analysed by mp_bayes"
# Horizontal distance between the comparisons of one year.
_APART = 0.2


def ten_years(effects: pd.DataFrame, *, treated: str, measure: Measure) -> Chart:
    """Draw the effect in each year against each set of comparisons.

    Parameters
    ----------
    effects : pandas.DataFrame
        From `mp_bayes.commands.panel_job.effects_job`.
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
        if look().fitted:
            legend_above(figure, *axes.get_legend_handles_labels(), columns=3)
        else:
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


def authorities_chart(
    authorities: pd.DataFrame, table: pd.DataFrame, *, marked: list[str], measure: Measure
) -> Chart:
    """Draw each authority's SD of shocks, in order, beside what an authority not yet seen has.

    Parameters
    ----------
    authorities, table : pandas.DataFrame
        From `mp_bayes.panel.shocks.authority_table` (all authorities) and `shock_table` (without
        the treated one).
    marked : list of str
        Authorities to name.
    measure : Measure

    Returns
    -------
    Chart
        In log-odds.
    """
    data = authorities[::-1].reset_index(drop=True)
    new = new_authority(table).frozen()
    low, middle, high = new.ppf([0.025, 0.5, 0.975])
    named = data[data["authority"].isin(marked)]
    # The order of `data` turns ranks round: 1 is the largest.
    ranks = [f"{row['authority']} ranks {row['rank']}" for row in named[::-1].to_dict("records")]
    title = (
        f"{measure.short}: authorities' yearly shocks differ from {number(data['median'].min(), 2)}"
        f" to {number(data['median'].max(), 2)} log-odds; of {len(data)}, {listed(ranks)}"
    )
    subtitle = (
        f"{measure.label}: SD of each authority's shocks, log-odds. Points: posterior medians; "
        f"bars: {CREDIBLE}s.\nRight: an authority not yet seen."
    )
    words = "; ".join(
        f"{row['authority']} {estimate(row['median'], row['lower'], row['upper'], 2)}"
        for row in named[::-1].to_dict("records")
    )
    message = f"An authority not yet seen: {estimate(middle, low, high, 2)}. {words}."
    note = "All years, with the programme in them for those that had it. "
    if table["parameter"].eq("nu").any():
        note += "Scale of a Student t in place of the SD. "
    if not data["usable"].all():
        note += "Hollow: did not converge."
    with style():
        figure = new_figure(title, subtitle, height=5.0, note=note, source=SOURCE)
        axes, beside = figure.subplots(1, 2, sharey=True, width_ratios=[6, 1])
        for place, row in enumerate(data.to_dict("records")):
            mine = row["authority"] in marked
            colour = TREATED if mine else COMPARISON
            thick, size = (2.4, 7) if mine else (0.7, 2.5)
            axes.vlines(place, row["lower"], row["upper"], color=colour, linewidth=thick)
            filled = face(colour, row["usable"])
            axes.plot(place, row["median"], "o", color=colour, mfc=filled, ms=size)
        axes.set_xlabel("Authorities, by SD")
        axes.set_xticks([])
        axes.set_ylim(0, 1.2 * data["upper"].max())
        # Each name on a line of its own, since authorities may be next to each other.
        names = zip(named.index, named["authority"], named["upper"], strict=True)
        for line, (place, name, top) in enumerate(names):
            right = place > len(data) / 2
            axes.annotate(
                name,
                (place, top),
                (place, (1.15 - 0.09 * line) * data["upper"].max()),
                ha="right" if right else "left",
                arrowprops={"arrowstyle": "-", "color": TREATED, "relpos": (float(right), 0)},
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
            )
        grid = np.linspace(new.ppf(0.001), new.ppf(0.999), 200)
        beside.fill_betweenx(grid, new.pdf(grid), color=BAND)
        beside.plot(new.pdf(grid), grid, color=TREATED)
        beside.vlines(0, low, high, color=TREATED, linewidth=2.4)
        beside.plot(0, middle, "o", color=TREATED, ms=7)
        beside.set_xlabel("Not yet seen")
        beside.set_xticks([])
    alt = f"Interval plot of {len(data)} authorities in order. {title}. {message}"
    return Chart("authorities", title, figure, data, alt, message)
