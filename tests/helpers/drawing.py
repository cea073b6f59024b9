"""What the tests ask of a figure."""

import matplotlib as mpl
from matplotlib.colors import to_rgba


def texts(chart):
    return " ".join(text.get_text() for text in chart.figure.findobj(mpl.text.Text))


def hollow(chart):
    """Count drawn marker lines with white faces."""
    return sum(
        line.get_marker() in ("o", "s", "D")
        and to_rgba(line.get_markerfacecolor()) == to_rgba("white")
        for line in chart.figure.findobj(mpl.lines.Line2D)
    )
