"""What could mislead an evaluation: shocks that look like effects, and an effect that lags."""

import textwrap
from collections.abc import Iterable

import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import look, points
from mp_bayes.figures.style import INK, LINES, new_figure, style
from mp_bayes.figures.trends import spread
from mp_bayes.wording.numbers import counted, estimate, number
from mp_bayes.wording.planning import (
    MONTE_CARLO,
    SOURCE,
    Facts,
    lag,
    method_labels,
    plural,
    rate,
    with_interval,
    years,
)
from mp_bayes.wording.selection import Tables

#: What a 95% interval promises where nothing happened, in percent.
NOMINAL = 5.0
_LAG_LABELS = {"constant": "Assumes immediate embedding", "embedding": "Estimates the embedding"}


def false_claims_by_shock(tables: Tables, facts: Facts) -> Chart:
    """Draw how often each method claims an effect where there is none, by the shock SD.

    Parameters
    ----------
    tables : dict of DataFrame
        With `false_claims_by_shock`.
    facts : mapping
        As for `planning_charts`.

    Returns
    -------
    Chart
        In percent.
    """
    data = with_interval(tables["false_claims_by_shock"], "claim_rate")
    names = method_labels(data["method"])
    what = facts["outcome"]
    unit = what.link_scale.replace("_", "-")
    title = _claims_title(data, names)
    with style():
        figure = new_figure(
            title,
            "Evaluations that claim an effect although nothing happened, percent.\n"
            f"{what.label}. Bars: {MONTE_CARLO}.",
            height=5.0,
            note="Claimed: the 95% interval leaves out 0. "
            f"Dotted line: the shock SD that this plan assumes ({facts['sd_shock']:.2g}). "
            f"{facts.get('side', '')}. Bayesian models assume immediate embedding here. "
            f"Of the plan's own analysis: {facts['rule']}",
            source=SOURCE,
        )
        axes = figure.add_subplot()
        axes.axhline(NOMINAL, color=INK, linewidth=1.1, linestyle=(0, (6, 3)))
        axes.axvline(facts["sd_shock"], color="#595959", linewidth=1.3, linestyle=":")
        _lines(axes, data, "sd_shock", "claim_rate", names)
        axes.set_ylim(0, min(102.0, max(20.0, 1.08 * float(data["upper"].max()))))
        axes.set_xlabel(f"SD of borough-by-year shocks ({unit})")
        _labels(axes, data, "sd_shock", "claim_rate", names, {f"{NOMINAL:g}% line": NOMINAL})
    message = _claims_message(data, names)
    alt = (
        f"Line chart of the share of evaluations that claim an effect although nothing happened, "
        f"by the SD of borough-by-year shocks, with a line for each method. {title}. {message}"
    )
    columns = ["sd_shock", "method", "claim_rate", "lower", "upper"]
    return Chart("false_claims_by_shock_sd", title, figure, data[columns], alt, message)


def bias_by_lag(tables: Tables, facts: Facts) -> Chart:
    """Draw the bias of the full effect by half-life, with and without an embedding curve.

    Parameters
    ----------
    tables : dict of DataFrame
        With `bias_by_lag`.
    facts : mapping
        As for `planning_charts`.

    Returns
    -------
    Chart
        On the outcome's response scale, at the largest number of post-years.
    """
    data = tables["bias_by_lag"]
    data = data[data["estimand"].eq("fully_embedded_effect")]
    last = float(data["post_years"].max())
    data = with_interval(data[data["post_years"].eq(last)], "bias", scale=1.0)
    names = {name: _lag_label(str(name)) for name in data["method"].unique()}
    what, unit = facts["outcome"], facts["unit"]
    title = _bias_title(data, unit)
    with style():
        figure = new_figure(
            title,
            f"Bias of the fully embedded effect after {last:g} post-intervention "
            f"{plural('year', last)}, {unit}.\n"
            f"{what.label}: {facts['effect']}. Bars: {MONTE_CARLO}.",
            height=4.8,
            note="Bias: mean posterior estimate less the true value; at 0 there is none. "
            f"{facts.get('side', '')}.",
            source=SOURCE,
        )
        axes = figure.add_subplot()
        axes.axhline(0, color=INK, linewidth=1)
        _lines(axes, data, "half_life", "bias", names)
        axes.margins(y=0.12)
        axes.set_xlabel("Half-life of the embedding (years)")
        _labels(axes, data, "half_life", "bias", names, {})
    message = _bias_message(data, names, facts)
    alt = (
        "Line chart of the bias of the fully embedded effect by the half-life of its embedding, "
        f"for a model that assumes immediate embedding and one that estimates it. {title}. "
        f"{message}"
    )
    columns = ["half_life", "post_years", "method", "bias", "lower", "upper", "mean_truth"]
    return Chart("bias_by_embedding_lag", title, figure, data[columns], alt, message)


def _lines(axes: Axes, data: pd.DataFrame, x: str, y: str, names: Iterable[str]) -> None:
    """Draw one line with bars for each method."""
    for place, name in enumerate(names):
        rows = data[data["method"].eq(name)].sort_values(x)
        colour, marker, dashes = LINES[place % len(LINES)]
        axes.errorbar(
            rows[x],
            rows[y],
            [rows[y] - rows["lower"], rows["upper"] - rows[y]],
            color=colour,
            marker=marker,
            linestyle=dashes,
            elinewidth=1.2,
            capsize=2.5,
            ms=6,
        )


def _labels(
    axes: Axes, data: pd.DataFrame, x: str, y: str, names: dict[str, str], others: dict[str, float]
) -> None:
    """Name the lines at their right ends, moved apart where they meet."""
    ends: list[float] = []
    looks: list[tuple[str, str]] = []
    for place, name in enumerate(names):
        rows = data[data["method"].eq(name)].dropna(subset=[y]).sort_values(x)
        if not rows.empty:
            ends.append(float(rows[y].iloc[-1]))
            looks.append(
                (
                    textwrap.fill(names[name], 27 if look().width > 5 else 14),
                    LINES[place % len(LINES)][0],
                )
            )
    ends += others.values()
    looks += [(text, INK) for text in others]
    bottom, top = axes.get_ylim()
    lines = max((text.count("\n") + 1 for text, _ in looks), default=1)
    gap = 0.062 if lines == 1 else 0.0575 * lines
    places = spread(ends, gap * (top - bottom))
    # Labels that were moved below the axis would meet its numbers.
    lift = max(0.0, bottom - min(places, default=bottom))
    for (text, colour), height in zip(looks, places, strict=True):
        axes.annotate(
            text,
            (1.0, height + lift),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            weight="normal" if colour == INK else "bold",
            size=points(9.5),
        )


def _claims_title(data: pd.DataFrame, names: dict[str, str]) -> str:
    """Name the method that claims most, if it is clearly above the nominal rate."""
    above = data[data["lower"] > NOMINAL]
    if above.empty:
        return f"No method makes clearly more false claims than {NOMINAL:g}% at these shock SDs"
    worst = above.sort_values("claim_rate").to_dict("records")[-1]
    return (
        f"{names[worst['method']]}: an effect that is not there is claimed in up to "
        f"{counted(worst['claim_rate'] / 100)} of evaluations"
    )


def _claims_message(data: pd.DataFrame, names: dict[str, str]) -> str:
    """Give the rates of every method at the smallest and the largest shock SD."""
    parts: list[str] = []
    for sd in sorted({data["sd_shock"].min(), data["sd_shock"].max()}):
        rows = data[data["sd_shock"].eq(sd)].dropna(subset="claim_rate")
        rates = [f"{names[row['method']]} {rate(row)}" for row in rows.to_dict("records")]
        parts.append(f"At a shock SD of {sd:g}: {'; '.join(rates) or 'no usable fit'}.")
    return " ".join([*parts, f"In brackets: {MONTE_CARLO}."])


def _lag_label(method: str) -> str:
    structure = method.partition("/")[2]
    return _LAG_LABELS.get(structure, method)


def _bias_title(data: pd.DataFrame, unit: str) -> str:
    """Set both models' biases at the longest half-life side by side: each may be biased."""
    longest = float(data["half_life"].max())
    rows = data[data["half_life"].eq(longest)].dropna(subset="bias")
    said = {"constant": "assuming immediate embedding", "embedding": "estimating the curve"}
    parts = [
        f"{number(row['bias'], 2, sign=True)} {said[structure]}"
        for row in rows.to_dict("records")
        if (structure := row["method"].partition("/")[2]) in said
    ]
    if not parts:
        return "Bias of the full effect by how slowly it embeds"
    where = "embedded at once" if longest == 0 else f"with a half-life of {years(longest)}"
    return f"Bias of the full effect {where}: {', '.join(parts)} ({unit})"


def _bias_message(data: pd.DataFrame, names: dict[str, str], facts: Facts) -> str:
    """Give each model's bias at the longest half-life, beside the true effect."""
    longest = float(data["half_life"].max())
    rows = data[data["half_life"].eq(longest)].dropna(subset="bias")
    if rows.empty:
        return f"There is no usable fit at a half-life of {years(longest)}."
    parts = [
        f"the model that {names[row['method']][0].lower()}{names[row['method']][1:]} has a bias of "
        f"{estimate(row['bias'], row['lower'], row['upper'], 2)}"
        for row in rows.to_dict("records")
    ]
    truth = number(float(rows["mean_truth"].iloc[0]), 2, sign=True)
    where = (
        f"With a true effect of {truth} {facts['unit']} on average over the evaluations (planned: "
        f"{facts['effect']}, at the baseline of {facts['baseline']}; {lag(longest)})"
    )
    return f"{where}, {' and '.join(parts)}. In brackets: {MONTE_CARLO}."
