"""Where the texts of a figure lie, as drawn."""

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def texts_of(figure):
    """Return the texts that are drawn, and their boxes in pixels."""
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        found += [axes.title, axes._left_title, axes._right_title, *axes.texts]
        if axes.get_legend():
            found += axes.get_legend().get_texts()
        for axis in (axes.xaxis, axes.yaxis):
            found += [axis.label, axis.get_offset_text()]
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high:
                    found += [tick.label1, tick.label2]
    shown = [text for text in found if text.get_visible() and text.get_text().strip()]
    # Of an annotation the text alone, without its arrow.
    return [(text.get_text(), Text.get_window_extent(text)) for text in shown]


def clipped(figure, texts):
    """Return the texts that reach beyond the canvas, by more than half a pixel."""
    width, height = figure.get_size_inches() * figure.dpi
    return [
        text
        for text, box in texts
        if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > width + 0.5 or box.y1 > height + 0.5
    ]


def overlapping(texts, *, pixels=2.0):
    """Return the pairs of texts whose boxes overlap by more than so many pixels both ways."""
    return [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(texts, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > pixels and min(a.y1, b.y1) - max(a.y0, b.y0) > pixels
    ]
