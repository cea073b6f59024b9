"""Figures of a planning study: the years that an evaluation needs, and what could mislead it."""

import textwrap
from collections.abc import Callable, Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import across, look, points
from mp_bayes.figures.planning_risks import bias_by_lag, false_claims_by_shock
from mp_bayes.figures.style import INK, LINES, new_figure, panel_title, style
from mp_bayes.wording.numbers import counted, listed
from mp_bayes.wording.planning import (
    MONTE_CARLO,
    SOURCE,
    Facts,
    answer,
    boroughs,
    by_boroughs,
    capital,
    lag,
    measure,
    needed_years,
    plural,
    target,
    with_interval,
)
from mp_bayes.wording.selection import Tables, has

__all__ = ["assurance_by_years", "bias_by_lag", "false_claims_by_shock", "planning_charts"]

#: Of the figures, in the order of the page.
NAMES = ("assurance_by_post_years", "false_claims_by_shock_sd", "bias_by_embedding_lag")
_COLUMNS = ["comparison_boroughs", "half_life", "post_years", "assurance", "lower", "upper"]


def planning_charts(tables: Tables, facts: Facts) -> Iterator[Chart]:
    """Draw the figures whose tables are there.

    Parameters
    ----------
    tables : dict of DataFrame
        `assurance`, `years_needed`, `false_claims_by_shock`, `bias_by_lag`.
    facts : mapping
        What was assumed: outcome, unit, effect, effect_sd, baseline, target, sd_shock, replicates.

    Yields
    ------
    Chart
    """
    for _, draw in drawable(tables):
        yield draw(tables, facts)


def drawable(tables: Tables) -> list[tuple[str, Callable[[Tables, Facts], Chart]]]:
    """List the figures whose tables are there: name, and what draws it."""
    return [
        (name, draw)
        for name, table, draw in (
            (NAMES[0], "assurance", assurance_by_years),
            (NAMES[1], "false_claims_by_shock", false_claims_by_shock),
            (NAMES[2], "bias_by_lag", bias_by_lag),
        )
        if has(tables, table) and _drawable(tables[table])
    ]


def _drawable(table: pd.DataFrame) -> bool:
    """Tell whether the estimand that is drawn is there, in a table that has several."""
    return "estimand" not in table or bool(table["estimand"].eq("fully_embedded_effect").any())


def assurance_by_years(tables: Tables, facts: Facts) -> Chart:
    """Draw assurance by post-years: a panel per number of boroughs, a line per half-life.

    Parameters
    ----------
    tables : dict of DataFrame
        With `assurance`, and `years_needed` for the messages.
    facts : mapping
        As for `planning_charts`.

    Returns
    -------
    Chart
        In percent.
    """
    data = with_interval(tables["assurance"], "assurance")
    needed = tables["years_needed"] if has(tables, "years_needed") else None
    word, what = measure(facts), facts["outcome"]
    title = _title(needed, facts)
    counts = sorted(int(count) for count in data["comparison_boroughs"].unique())
    lags = sorted(float(value) for value in data["half_life"].unique())
    columns = across(len(counts), 2 if len(counts) == 4 else 3, inches=1.9)
    rows = -(-len(counts) // columns)
    with style():
        figure = new_figure(
            title,
            f"{what.label}: {facts['effect']}, from a baseline of {facts['baseline']}.\n"
            f"{capital(word)}, percent. Bars: {MONTE_CARLO}. Points of a year stand side by side.",
            height=2.2 + (2.75 if not look().fitted or rows == 1 else 2.1) * rows,
            note=_note(data, facts),
            source=SOURCE,
        )
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for place, axes in enumerate(panels.flat):
            if place >= len(counts):
                axes.set_visible(False)
                continue
            panel = data[data["comparison_boroughs"].eq(counts[place])]
            _draw_panel(axes, panel, lags, facts["target"])
            panel_title(axes, _panel_words(counts[place], needed, width=66 // columns))
            if place % columns == columns - 1 or place == len(counts) - 1:
                _label_target(axes, facts)
            # A panel at the foot of its column has the axis, also above an empty place.
            last = place + columns >= len(counts)
            axes.tick_params(labelbottom=last)
            axes.set_xlabel("Post-intervention years" if last else "")
        panels[0, 0].set_ylim(0, 102)
        handles, _ = panels[0, 0].get_legend_handles_labels()
        legend_above(figure, handles, [capital(lag(value)) for value in lags], columns=4)
    message = _message(data, needed, facts)
    alt = (
        f"Line chart of {word} by post-intervention years, with a panel for "
        f"{listed([str(count) for count in counts[:-1]] + [boroughs(counts[-1])])} and a line for "
        f"each speed of embedding ({listed([lag(value) for value in lags])}). {title}. {message}"
    )
    kept = [*_COLUMNS, *(name for name in ("replicates", "failed") if name in data)]
    return Chart("assurance_by_post_years", title, figure, data[kept], alt, message)


def _title(needed: pd.DataFrame | None, facts: Facts) -> str:
    if needed is not None:
        return answer(needed, facts)
    return f"{capital(measure(facts))} by post-intervention years"


def _message(data: pd.DataFrame, needed: pd.DataFrame | None, facts: Facts) -> str:
    if needed is not None:
        return by_boroughs(needed)
    last = float(data["post_years"].max())
    ends = data.loc[data["post_years"].eq(last), "assurance"] / 100
    return (
        f"After {last:g} post-intervention {plural('year', last)} {measure(facts)} is between "
        f"{counted(ends.min())} and {counted(ends.max())}, for a target of {target(facts)}."
    )


def _note(data: pd.DataFrame, facts: Facts) -> str:
    """Say what the share is taken of, and what is missing from it."""
    text = (
        f"Share of {facts['replicates']:,} simulated evaluations whose 95% equal-tailed interval "
        f"lies on the effect's side of 0, under the {facts['shock']} shock prior. {facts['rule']}"
    )
    missing = int(data["assurance"].isna().sum())
    if missing:
        text += f" No usable fit in {missing} of {len(data)} points, which are not drawn."
    return text


def _draw_panel(axes: Axes, panel: pd.DataFrame, lags: list[float], goal: float) -> None:
    """Draw one line per half-life, a little apart, with its bars."""
    axes.axhline(100 * goal, color=INK, linewidth=1.1, linestyle=(0, (6, 3)))
    gap = 0.5 / max(len(lags), 4)
    for place, value in enumerate(lags):
        rows = panel[panel["half_life"].eq(value)].sort_values("post_years")
        colour, marker, dashes = LINES[place % len(LINES)]
        middle = rows["assurance"]
        axes.errorbar(
            rows["post_years"] + gap * (place - (len(lags) - 1) / 2),
            middle,
            [middle - rows["lower"], rows["upper"] - middle],
            color=colour,
            marker=marker,
            linestyle=dashes,
            elinewidth=1.1,
            capsize=0,
            ms=5,
            label=lag(value),
        )
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.margins(x=0.06)
    first, last = panel["post_years"].min(), panel["post_years"].max()
    if first == last:
        axes.set_xlim(first - 1, last + 1)
        axes.set_xticks([first])


def _panel_words(count: int, needed: pd.DataFrame | None, *, width: int) -> str:
    if needed is None:
        return boroughs(count)
    rows = needed[needed["comparison_boroughs"].eq(count)]
    if rows.empty:
        return boroughs(count)
    return "\n".join([f"{boroughs(count)}:", *textwrap.wrap(needed_years(rows), width)])


def _label_target(axes: Axes, facts: Facts) -> None:
    """Name the target line at its right end, where no other line runs."""
    axes.annotate(
        f"Target\n{target(facts)}",
        (1.0, 100 * facts["target"]),
        xycoords=("axes fraction", "data"),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        size=points(9.5),
        color=INK,
    )
