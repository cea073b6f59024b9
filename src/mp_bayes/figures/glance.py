"""The answer in one picture: every outcome's average effect, by three methods."""

from collections.abc import Iterable
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import look, points
from mp_bayes.figures.style import (
    COMPARISON,
    INK,
    OPPONENT,
    TREATED,
    UNUSABLE,
    interval_row,
    intervals_only,
    new_figure,
    source_of,
    style,
)
from mp_bayes.figures.wrapping import inches, wrap
from mp_bayes.reanalysis.opponents import SHOCK_AWARE
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import CONFIDENCE, CREDIBLE, listed, lowered, percent, unit_of
from mp_bayes.wording.selection import (
    HEADLINE,
    REGRESSIONS,
    Tables,
    has,
    leaves_out_zero,
    pick,
    regression_source,
)

_HEADLINE = {"source": "posterior", "method": HEADLINE["evidence"]} | {
    name: HEADLINE[name] for name in ("shock_prior", "effect_structure")
}
_POSTERIOR, _REGRESSION = "Posterior", "Regression"
#: Label, rows of `comparison`, colour and marker.
_SERIES: tuple[tuple[str, dict[str, str], str, str], ...] = (
    (_REGRESSION, {}, COMPARISON, "D"),
    ("Shock-aware DiD", {"source": "fair", "method": SHOCK_AWARE}, OPPONENT, "s"),
    (_POSTERIOR, _HEADLINE, TREATED, "o"),
)
#: Rows that an outcome takes: its name, one for each series, and some space.
_ROWS = len(_SERIES) + 1.4


def answer_at_a_glance(tables: Tables, outcomes: Iterable[Outcome]) -> Chart:
    """Draw each outcome's average effect: published, shock-aware and posterior.

    Parameters
    ----------
    tables : dict of DataFrame
        With `comparison`.
    outcomes : iterable of Outcome

    Returns
    -------
    Chart
        In percentage points, or events per 100 child-years; one panel a unit.
    """
    outcomes = list(outcomes)
    data, first = at_a_glance(tables, outcomes), outcomes[0]
    panels = {
        str(unit): list(dict.fromkeys(rows["outcome"]))
        for unit, rows in data.groupby("unit", sort=False)
    }
    source = regression_source(outcomes)
    word = REGRESSIONS[source]
    averaged = " (its yearly effects averaged here)" if source == "published" else " DiD"
    title = f"Average effect on each outcome: {word}, shock-aware and posterior"
    good = bool(data["usable"].all())
    # A name that is wider than the figure takes two lines, all names as many.
    lines = max(len(_named(str(label)).split("\n")) for label in data["label"])
    with style():
        figure = new_figure(
            title,
            "Average over the years since the programme began; below 0 is a reduction.\n"
            f"{word.capitalize()}{averaged} and shock-aware DiD: {CONFIDENCE}. "
            f"Posterior (headline): mean and {CREDIBLE}.",
            height=1.5
            + 0.2 * _ROWS * sum(map(len, panels.values()))
            + 0.55 * len(panels)
            + 0.2 * (lines - 1) * data["outcome"].nunique(),
            source=source_of(first),
            note="Shock-aware DiD: difference-in-differences whose standard error allows for "
            "borough-by-year shocks of national size. Posterior: national shock prior, "
            "totals." + ("" if good else f" Hollow points: {UNUSABLE}."),
        )
        grid = figure.subplots(
            len(panels),
            1,
            squeeze=False,
            gridspec_kw={"height_ratios": [len(names) for names in panels.values()]},
        )[:, 0]
        for axes, (unit, names) in zip(grid, panels.items(), strict=True):
            _draw(axes, data, names, _ROWS + 0.9 * (lines - 1))
            axes.set_xlabel(f"Change in {unit}")
        _label(
            grid[0],
            "Probability\nof a reduction",
            (1.0, -0.4 - 0.9 * (lines - 1)),
            (8, 0),
            weight="bold",
            up=True,
        )
    message = _message(data, word)
    alt = (
        f"Interval chart of the average effect on each outcome: {word}, by a shock-aware "
        f"difference-in-differences and as a posterior. {message}"
    )
    return Chart("answer_at_a_glance", title, figure, data, alt, message)


def at_a_glance(tables: Tables, outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Return each outcome's average effect by regression, shock-aware DiD and posterior.

    Returns
    -------
    pandas.DataFrame
        Columns estimate, lower, upper (95%, of the kind in `interval`), interval, prob_below_0 (of
        posteriors) and usable, outcome, label, unit and series; in the order that people read.
    """
    table = pick(tables["comparison"], estimand="average_effect")
    outcomes = list(outcomes)
    source = regression_source(outcomes)
    errors = [name for name in ("mcse_mean", "mcse_lower", "mcse_upper") if name in table]
    columns = ["estimate", "lower", "upper", "interval", "prob_below_0", "usable", "scale", *errors]
    parts = []
    for outcome in outcomes:
        name = outcome.name
        if not has(tables, "comparison", name):
            continue
        own = pick(table, outcome=name, scale=outcome.response_scale)
        regression = {_REGRESSION: (REGRESSIONS[source].capitalize(), {"source": source})}
        for series, rows, _, _ in _SERIES:
            label, wanted = regression.get(series, (series, rows))
            parts.append(
                pick(own, **wanted)[columns].assign(
                    outcome=name,
                    label=outcome.label,
                    unit=unit_of(outcome.response_scale, outcome),
                    series=label,
                )
            )
    return pd.concat(parts, ignore_index=True)


def _named(label: str) -> str:
    """Return an outcome's name, on more than one line where the figure is narrow."""
    if inches(label, points(9.5), "bold") < look().width - 0.2:
        return label
    return "\n".join(wrap(label, look().width - 0.2, size=points(9.5), weight="bold"))


def _draw(axes: Axes, data: pd.DataFrame, names: list[str], rows_of_one: float) -> None:
    """Draw the outcomes of one unit, one below the other, each in so many rows."""
    looks = {label: (colour, marker) for label, _, colour, marker in _SERIES}
    looks |= {word.capitalize(): looks[_REGRESSION] for word in REGRESSIONS.values()}
    ticks: dict[float, str] = {}
    for place, name in enumerate(names):
        top = place * rows_of_one
        rows = pick(data, outcome=name)
        axes.vlines(0, top + 0.5, top + len(_SERIES) + 0.5, color=INK, linewidth=1)
        heading = _label(
            axes,
            _named(str(rows["label"].iloc[0])),
            (0.0, top + 0.4 * (rows_of_one > _ROWS)),
            (-102, 0),
            weight="bold",
            up=rows_of_one > _ROWS,
        )
        if look().fitted:  # at the left edge, over whatever room the panel is given
            heading.xycoords = ("figure fraction", "data")
            heading.xy = (0.096 / look().width, heading.xy[1])
            heading.set_position((0, 0))
            heading.set_in_layout(False)
        for below, row in enumerate(rows.itertuples(), start=1):
            colour, marker = looks[str(row.series)]
            interval_row(axes, top + below, row, colour, marker)
            ticks[top + below] = str(row.series)
            if row.series == _POSTERIOR:
                shown = percent(float(str(row.prob_below_0))) if row.usable else "unusable"
                _label(axes, shown, (1.0, top + below), (8, 0), color=colour, weight="bold")
    intervals_only(axes)
    axes.set_yticks(list(ticks), list(ticks.values()))
    axes.set_ylim(rows_of_one * len(names) - 0.8 - (rows_of_one - _ROWS), -0.6)


def _label(
    axes: Axes,
    text: str,
    place: tuple[float, float],
    offset: tuple[float, float],
    *,
    up: bool = False,
    **look: Any,
) -> Annotation:
    """Write beside a row, at a share of the axes' width, on white."""
    return axes.annotate(
        text,
        place,
        xycoords=axes.get_yaxis_transform(),
        xytext=offset,
        textcoords="offset points",
        va="bottom" if up else "center",
        size=points(9.5),
        annotation_clip=False,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        **look,
    )


def _message(data: pd.DataFrame, word: str) -> str:
    """Say which intervals leave out 0, and how likely reductions are."""
    posterior = pick(data, series=_POSTERIOR)
    if not posterior["usable"].all():
        return "Some of the posteriors are unusable: they did not converge."
    names = []
    for label in (word.capitalize(), "Shock-aware DiD", _POSTERIOR):
        rows = pick(data, series=label)
        out = rows[leaves_out_zero(rows)]
        found = [
            f"{lowered(label)} (a {'rise' if lower > 0 else 'reduction'})"
            for label, lower in zip(out["label"], out["lower"], strict=True)
        ]
        names.append(listed(found))
    first, second, third = (name or "no outcome" for name in names)
    ordered = posterior.sort_values("prob_below_0")
    low, high = ordered.iloc[0], ordered.iloc[-1]
    return (
        f"Of {len(posterior)} average effects, the {word} 95% interval leaves out 0 for "
        f"{first}, the shock-aware one for {second}, and the posterior's for {third}. The "
        f"posterior probability of a reduction goes from {percent(low['prob_below_0'])} "
        f"({lowered(low['label'])}) to {percent(high['prob_below_0'])} ({lowered(high['label'])})."
    )
