"""Fitting panels, and what is written at them, to a width that they were not laid out for."""

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text

from mp_bayes.figures.look import look, points
from mp_bayes.figures.sheet import Sheet
from mp_bayes.figures.wrapping import inches, wrap

#: Inches between texts that stand beside each other.
_APART = 0.08


def fit(figure: Sheet) -> None:
    """Break titles and labels into lines that fit, and leave out labels of ticks that would meet.

    The figure becomes as much higher as its panels would otherwise lose.
    """
    shown = [axes for axes in figure.axes if axes.get_visible()]
    titles: list[Text] = [axes._left_title for axes in shown]  # type: ignore[attr-defined]
    words = [title.get_text() for title in titles]
    # A title that is wider than its panel would take the panel's place.
    for title, text in zip(titles, words, strict=True):
        title.set_text("\n".join(line[:1] for line in text.split("\n")))
    figure.draw_without_rendering()
    before = _heights(figure)
    for title, text in zip(titles, words, strict=True):
        title.set_text(text)
    for axes in shown:
        _fold(axes, shown)
    figure.draw_without_rendering()
    lost = before - _heights(figure)
    if lost > 0.02:
        figure.grow(lost)
        figure.draw_without_rendering()
    for axes in shown:
        _thin(axes)


def _heights(figure: Sheet) -> float:
    """Return the inches that panels have, one below the other."""
    columns: dict[int, float] = {}
    for axes in figure.axes:
        box = axes.get_window_extent()
        columns[round(box.x0)] = columns.get(round(box.x0), 0.0) + box.height / figure.dpi
    return max(columns.values(), default=0.0)


def _fold(axes: Axes, shown: list[Axes]) -> None:
    """Break what is written at a panel: titles and labels."""
    own = axes.get_window_extent()
    dpi = axes.figure.dpi
    # Up to the panel at its right, or to the edge.
    right = [
        box.x0
        for box in (other.get_window_extent() for other in shown)
        if box.x0 > own.x1 and box.y0 < own.y1 and box.y1 > own.y0
    ]
    room = (min(right, default=look().width * dpi) - own.x0) / dpi - _APART
    left_title: Text = axes._left_title  # type: ignore[attr-defined]
    _break(left_title, room)
    # A label stands in the middle, and may reach as far to both sides.
    middle = (own.x0 + own.x1) / 2 / dpi
    sides = 2 * min(middle, look().width - middle) - _APART
    alone = not right and not any(other.get_window_extent().x1 < own.x0 for other in shown)
    _break(axes.xaxis.label, sides if alone else min(room, sides))
    _break(axes.yaxis.label, own.height / dpi)


def _break(text: Text, room: float) -> None:
    size, weight = float(text.get_fontsize()), str(text.get_fontweight())
    if any(inches(line, size, weight) > room for line in text.get_text().split("\n")):
        text.set_text("\n".join(wrap(text.get_text(), room, size=size, weight=weight)))


def _thin(axes: Axes) -> None:
    """Leave out labels of the horizontal axis that would meet, from its right end on."""
    low, high = sorted(axes.get_xlim())
    ticks = [
        (place, label)
        for place, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=False)
        if low <= place <= high and label.get_text() and label.get_visible()
    ]
    if len(ticks) < 2:
        return
    boxes = [label.get_window_extent() for _, label in ticks]
    apart = _APART * axes.figure.dpi
    for step in range(1, len(ticks) + 1):
        kept = _kept([place for place, _ in ticks], step)
        if all(boxes[one].x1 + apart <= boxes[after].x0 for one, after in pairwise(kept)):
            break
    if step > 1:
        axes.set_xticks([ticks[one][0] for one in kept], [ticks[one][1].get_text() for one in kept])


def _kept(places: list[float], step: int) -> list[int]:
    """Return which of the ticks stay: each `step`-th, with 0 among them, or else the last."""
    anchor = int(np.argmin(np.abs(places))) if min(places) < 0 < max(places) else len(places) - 1
    return [one for one in range(len(places)) if (one - anchor) % step == 0]


def legend_above(figure: Sheet, handles: list[Any], labels: list[str], *, columns: int) -> None:
    """Name lines once, above all panels, in as many columns as fit.

    Parameters
    ----------
    figure : Sheet
    handles : list
        Of lines or bars.
    labels : list of str
    columns : int
        At most.
    """
    size = points(9.5)
    mark = 5.0 * size / 72
    room = look().width - 0.1
    if not look().fitted and len(labels) > columns:
        columns = -(-len(labels) // 2)
    while (
        look().fitted
        and columns > 1
        and columns * (mark + max(inches(one, size) for one in labels)) > room
    ):
        columns -= 1
    folded = [
        wrap(label, room / columns - mark, size=size) if look().fitted else [label]
        for label in labels
    ]
    rows = -(-len(folded) // columns)
    # A column is filled before the next.
    lines = sum(max(map(len, folded[row::rows])) for row in range(rows))
    legend = figure.legend(
        handles,
        ["\n".join(one) for one in folded],
        loc="upper left",
        ncols=columns,
        frameon=False,
        fontsize=size,
        handlelength=3.6,
        borderpad=0,
        borderaxespad=0.2,
    )
    figure.put_above(legend, 0.1 + 0.22 * lines * size / 9.5)


def pairs(figure: Sheet, count: int, columns: int, *, ratios: list[int]) -> Any:
    """Return panels, each above one that belongs to it, in as many blocks as there are rows.

    Returns
    -------
    numpy.ndarray of matplotlib.axes.Axes
        With two rows, and `count` columns.
    """
    blocks = -(-count // columns)
    grid = figure.subplots(
        2 * blocks,
        columns,
        sharex=True,
        sharey="row",
        squeeze=False,
        gridspec_kw={"height_ratios": ratios * blocks},
    )
    panels = np.hstack([grid[2 * block : 2 * block + 2] for block in range(blocks)])
    for axes in panels[:, count:].ravel():
        axes.remove()
    return panels[:, :count]


def same_heights(panels: Any) -> None:
    """Give panels of several rows the same vertical axis."""
    limits = np.array([axes.get_ylim() for axes in panels])
    for axes in panels:
        axes.set_ylim(limits[:, 0].min(), limits[:, 1].max())
