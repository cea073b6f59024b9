"""What would be claimed for authorities that had no programme, and found if they had one."""

import numpy as np
import pandas as pd

from mp_bayes.evidence.official.measures import Measure
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import look
from mp_bayes.figures.panel import SOURCE
from mp_bayes.figures.style import (
    COMPARISON,
    INK,
    LINES,
    TREATED,
    new_figure,
    panel_title,
    style,
)
from mp_bayes.panel.inference import DONALD_LANG, PLAIN
from mp_bayes.panel.placebo import MODEL, PLAIN_PAIR
from mp_bayes.wording.numbers import CREDIBLE, estimate, number, percent

# Horizontal distance between the methods of one year.
_APART = 0.2


def placebo_chart(
    table: pd.DataFrame, claims: pd.DataFrame, *, treated: str, measure: Measure
) -> Chart:
    """Draw the effect that each authority would be said to have had, in order.

    Parameters
    ----------
    table, claims : pandas.DataFrame
        From `mp_bayes.commands.panel_job.placebo_job`.
    treated : str
    measure : Measure

    Returns
    -------
    Chart
        In percentage points.
    """
    data = table.sort_values("mean", ignore_index=True)
    own = data[data["authority"].eq(treated)].iloc[0]
    asis = claims[claims["onset"].eq("real") & claims["effect"].eq(0)]
    share = asis.set_index("method")["claims"]
    title = (
        f"{measure.short}: {treated} ranks {own['rank']:.0f} of {len(data)}; of those without the "
        f"programme the plain DiD would claim an effect for {percent(share[PLAIN_PAIR])}, "
        f"the model for {percent(share[MODEL])}"
    )
    subtitle = (
        f"{measure.label}: effect that each authority would be said to have had, percentage "
        f"points. Bars: {CREDIBLE}s of the hierarchical model."
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


def claims_chart(
    _table: pd.DataFrame, claims: pd.DataFrame, *, treated: str, measure: Measure
) -> Chart:
    """Draw how often each method claims an effect around onsets that never were.

    Parameters
    ----------
    claims : pandas.DataFrame
        From `mp_bayes.commands.panel_job.placebo_job`.
    treated : str
    measure : Measure

    Returns
    -------
    Chart
        In per cent of authorities.
    """
    data = claims[
        claims["onset"].eq("placebo")
        & claims["effect"].eq(0)
        & claims["method"].isin([PLAIN_PAIR, MODEL])
    ]
    each = data.groupby("method", sort=False)["claims"]
    ranges = [f"{percent(part.min())} to {percent(part.max())}" for _, part in each]
    title = (
        f"{measure.short}: without the programme, the plain DiD claims an effect for "
        f"{ranges[0]} of authorities, the hierarchical model for {ranges[1]}"
    )
    subtitle = (
        f"{measure.label}: authorities for which an effect is claimed, per cent, by first year "
        "after an onset that never was.\nThree years before and three after. "
        f"Bars: {CREDIBLE}s, as if authorities were independent."
    )
    note = f"{treated} is left out. Dotted line: 5 in 100."
    with style():
        figure = new_figure(title, subtitle, height=4.6, note=note, source=SOURCE)
        axes = figure.add_subplot()
        years = list(dict.fromkeys(data["first_post_year"]))
        for place, ((name, rows), (colour, marker, _)) in enumerate(
            zip(data.groupby("method", sort=False), LINES, strict=False)
        ):
            x = np.arange(len(years)) + _APART * (place - 0.5)
            axes.vlines(x, 100 * rows["lower"], 100 * rows["upper"], color=colour, linewidth=1.6)
            axes.plot(x, 100 * rows["claims"], marker, color=colour, label=str(name), clip_on=False)
        axes.axhline(5, color=INK, linewidth=1.0, linestyle=":")
        axes.set_xticks(range(len(years)), years)
        axes.set_ylim(0, 100)
        if look().fitted:
            legend_above(figure, *axes.get_legend_handles_labels(), columns=2)
        else:
            axes.legend(frameon=False, loc="center left", bbox_to_anchor=(0, 0.45))
    message = (
        f"{len(years)} onsets that never were, and {data['authorities'].min()} to "
        f"{data['authorities'].max()} authorities at each."
    )
    alt = f"Interval plot by year, with a mark for each of two methods. {title}. {message}"
    return Chart("false_claims_by_year", title, figure, data, alt, message)


def power_chart(
    _table: pd.DataFrame, claims: pd.DataFrame, *, treated: str, measure: Measure
) -> Chart:
    """Draw how often each method claims what is not there, beside how often it finds what is.

    Parameters
    ----------
    claims : pandas.DataFrame
        From `mp_bayes.commands.panel_job.placebo_job`.
    treated : str
    measure : Measure

    Returns
    -------
    Chart
        In per cent of authorities.
    """
    data = claims[claims["onset"].eq("placebo")].dropna(subset="claims")
    methods, effects = (list(dict.fromkeys(data[name])) for name in ("method", "effect"))
    data = (
        data.groupby(["method", "effect"], sort=False)["claims"]
        .agg(["mean", "min", "max"])
        .reset_index()
    )
    # The others take years to be independent of one another.
    fair = data[~data["method"].str.startswith((PLAIN, DONALD_LANG))]
    none, most = (fair.loc[fair["effect"].eq(one), "mean"] for one in (0, effects[-1]))
    title = (
        f"{measure.short}: methods that allow for lasting movements claim "
        f"{percent(none.min())} to {percent(none.max())} of effects that are not there, and find "
        f"{percent(most.min())} to {percent(most.max())} of falls of {-effects[-1]} points"
    )
    subtitle = (
        f"{measure.label}: authorities for which an effect (where one is planted: a fall) is "
        "claimed, per cent.\nThree years before and three after an onset that never was. Points: "
        "mean over all such spans; bars: lowest and highest of them."
    )
    note = f"{treated} is left out. Dotted line: 5 in 100."
    with style():
        figure = new_figure(title, subtitle, height=5.4, note=note, source=SOURCE)
        panels = figure.subplots(1, len(effects), sharey=True)
        for axes, effect in zip(panels, effects, strict=True):
            rows = data[data["effect"].eq(effect)]
            at = [-methods.index(method) for method in rows["method"]]
            axes.hlines(at, 100 * rows["min"], 100 * rows["max"], color=TREATED, linewidth=1.6)
            axes.plot(100 * rows["mean"], at, "o", color=TREATED, ms=6, clip_on=False)
            axes.axvline(5, color=INK, linewidth=1.0, linestyle=":")
            axes.set_xlim(0, 100)
            axes.set_xticks([0, 50], ["0", "50"])
            axes.grid(visible=True, axis="x")
            panel_title(axes, f"A fall of {-effect} points" if effect else "No effect")
        names = [method.replace(", ", ",\n") for method in methods]
        panels[0].set_yticks([-place for place in range(len(methods))], names)
    message = "; ".join(
        f"{method}, {', '.join(percent(share) for share in part['mean'])}"
        for method, part in data.groupby("method", sort=False)
    )
    planted = ", ".join("nothing" if one == 0 else f"{-one} points" for one in effects)
    message = f"Means over spans, with {planted} planted: {message}."
    alt = f"Interval plot by method, with a panel for each planted effect. {title}. {message}"
    return Chart("false_claims_and_power", title, figure, data, alt, message)
