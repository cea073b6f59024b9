"""The specification curve: all averages in order, and the share that leaves out 0 by choice."""

from collections.abc import Iterator

import numpy as np

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import across
from mp_bayes.figures.style import BAND, INK, TREATED, WITHOUT, new_figure, source_of, style
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.multiverse import (
    CHOICES,
    curve_message,
    shares_by_choice,
    tried,
    value_label,
)
from mp_bayes.wording.numbers import CREDIBLE, unit_of
from mp_bayes.wording.selection import Tables


def multiverse_charts(tables: Tables, study: Study) -> Iterator[Chart]:
    """Draw every outcome's specification curve."""
    for outcome in study.outcomes.values():
        if len(tried(tables, outcome)):
            yield _curve(tables, outcome)


def _curve(tables: Tables, outcome: Outcome) -> Chart:
    rows, shares = tried(tables, outcome), shares_by_choice(tables, outcome)
    unit = unit_of(outcome.response_scale, outcome)
    title = f"{outcome.label}: the average effect under every combination of choices"
    message = curve_message(tables, outcome)
    stacked = across(2, 2, inches=2.9) == 1
    first, second = ("Above", "Below") if stacked else ("Left", "Right")
    high = 0.9 + 0.19 * (len(shares) + shares["choice"].nunique())
    with style():
        figure = new_figure(
            title,
            f"{first}: averages over the post-years in order, {unit}, each with its {CREDIBLE}.\n"
            f"{second}: share of specifications whose interval leaves out 0, by each choice.",
            height=1.5 + (high + 2.6 if stacked else high),
            source=source_of(outcome),
            note="Combinations are not equally plausible: a share of them is no probability.",
        )
        left, right = figure.subplots(
            *((2, 1) if stacked else (1, 2)),
            height_ratios=[2.6, high] if stacked else None,
            squeeze=False,
        ).ravel()
        # Some flat priors reach far beyond what is of interest.
        low, top = rows["lower"].quantile(0.02), rows["upper"].quantile(0.98)
        reach = np.array([low, top]) + np.array([-0.05, 0.05]) * (top - low)
        place = np.arange(1, len(rows) + 1)
        left.fill_between(
            place,
            rows["lower"].clip(*reach),
            rows["upper"].clip(*reach),
            color=BAND,
            linewidth=0,
            label=CREDIBLE,
        )
        left.plot(place, rows["mean"], color=INK, label="Average")
        out = rows["leaves_out_0"].to_numpy()
        left.plot(
            place[out],
            rows.loc[out, "mean"],
            color=WITHOUT,
            marker="s",
            markersize=3,
            linestyle="",
            label="Leaves out 0",
        )
        left.axhline(0, color=INK, linewidth=0.8)
        left.set_ylim(*reach)
        left.set_xlabel("Specification, in order")
        left.set_ylabel(unit[:1].upper() + unit[1:])
        legend_above(figure, *left.get_legend_handles_labels(), columns=3)
        labels, values, y = [], [], 0
        ticks = []
        for choice, part in shares.groupby("choice", sort=False):
            ticks.append((y, CHOICES[str(choice)], True))
            y += 1
            for value, share in zip(part["value"], part["share"], strict=True):
                ticks.append((y, value_label(str(choice), str(value)), False))
                labels.append(y)
                values.append(100 * float(share))
                y += 1
        right.hlines(labels, 0, values, color=BAND)
        right.plot(values, labels, "o", color=TREATED, markersize=5)
        right.set_yticks([at for at, _, _ in ticks], [text for _, text, _ in ticks])
        for label, (_, _, head) in zip(right.get_yticklabels(), ticks, strict=True):
            label.set_weight("bold" if head else "normal")
        right.set_ylim(y - 0.4, -0.6)
        right.set_xlim(-2, 102)
        right.set_xlabel("Leaves out 0, %")
        right.grid(visible=False, axis="y")
    alt = (
        f"Left, {len(rows):,} averages with intervals in order; right, dots for the share that "
        f"leaves out 0 under each choice. {message}"
    )
    return Chart(f"multiverse__{outcome.name}", title, figure, rows, alt, message)
