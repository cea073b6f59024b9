"""What the national panel shows: ten years on, and authorities that had no programme."""

import numpy as np
import pandas as pd

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.numbers import CREDIBLE, estimate, number, percent
from mp_bayes.figures.style import COMPARISON, INK, LINES, TREATED, face, new_figure, style

SOURCE = "Source: Department for Education statistics, analysed by mp_bayes"
# Horizontal distance between the comparisons of one year.
_APART = 0.2


def ten_years(effects: pd.DataFrame, *, treated: str, label: str) -> Chart:
    """Draw the effect in each year against each set of comparisons.

    Parameters
    ----------
    effects : pandas.DataFrame
        From `mp_bayes.panel.job.islington_job`.
    treated : str
    label : str
        The measure, as people say it.

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
        f"No year after the programme began sets {treated} apart from other authorities"
        if clear.empty
        else f"{treated} stands apart in {', '.join(dict.fromkeys(clear['year']))} alone"
    )
    subtitle = f"{label}: effect in each year, percentage points. Bars: {CREDIBLE}s."
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
    alt = f"Interval plot by year, with a mark for each set of comparison authorities. {title}."
    return Chart("effects_by_year", title, figure, data, alt, title)


def placebo_chart(table: pd.DataFrame, claims: pd.DataFrame, *, treated: str, label: str) -> Chart:
    """Draw the effect that each authority would be said to have had, in order.

    Parameters
    ----------
    table, claims : pandas.DataFrame
        From `mp_bayes.panel.placebo`.
    treated, label : str

    Returns
    -------
    Chart
        In percentage points.
    """
    data = table.sort_values("mean", ignore_index=True)
    own = data[data["authority"].eq(treated)].iloc[0]
    share = claims.set_index("method")["claims"]
    title = (
        f"{treated} ranks {own['rank']:.0f} of {len(data)}; of those without a programme the "
        f"report's method would claim an effect for {percent(share.iloc[0])}, the model for "
        f"{percent(share.iloc[1])}"
    )
    subtitle = (
        f"{label}: effect that each authority would be said to have had, percentage points. "
        f"Bars: {CREDIBLE}s of the hierarchical model."
    )
    middle = " and ".join(number(float(data["mean"].quantile(q))) for q in (0.25, 0.75))
    message = (
        f"{treated}: {estimate(own['mean'], own['lower'], own['upper'])}. The middle half of all "
        f"lies between {middle}."
    )
    with style():
        figure = new_figure(title, subtitle, height=4.8, note=message, source=SOURCE)
        axes = figure.add_subplot()
        axes.axhline(0, color=INK, linewidth=1.0)
        for mine, colour, width in ((False, COMPARISON, 0.7), (True, TREATED, 2.4)):
            rows = data[data["authority"].eq(treated).eq(mine)]
            axes.vlines(rows.index, rows["lower"], rows["upper"], color=colour, linewidth=width)
            axes.plot(rows.index, rows["mean"], "o", color=colour, ms=7 if mine else 2.5)
        at = int(data.index[data["authority"].eq(treated)][0])
        axes.annotate(
            treated,
            (at, own["upper"]),
            (0, 6),
            textcoords="offset points",
            ha="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        axes.set_xlabel("Authorities, by effect")
        axes.set_xticks([])
    alt = f"Interval plot of {len(data)} authorities in order of their effect. {title}. {message}"
    return Chart("placebo", title, figure, data, alt, message)
