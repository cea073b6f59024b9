"""One look for all figures, after the Government Analysis Function's chart guidance.

The base is the style sheet of `afcharts` (its colours, left titles, light grid); what differs is
said here: a font that Matplotlib brings along, so that every machine draws the same, and text that
stays readable when the figure is as wide as a column.
"""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mp_bayes.studies.study import Outcome

#: Colours of the Analysis Function that have a contrast of at least 3 to 1 on white.
TREATED, COMPARISON, WITHOUT = "#12436D", "#3D3D3D", "#801650"
#: Of bands: only ever beside a line or label that says the same.
BAND = "#ADD1F1"
#: Of text and zero lines.
INK = "#1A1A1A"
#: Of what stands between the published and the Bayesian answers.
OPPONENT = "#1E7A72"
#: Of lines of one kind: colour (4.5 to 1 on white, so that labels may have it), marker, dashes.
LINES = (
    (TREATED, "o", "-"),
    (WITHOUT, "s", (0, (5, 1.5))),
    (OPPONENT, "D", (0, (1.2, 1.2))),
    (COMPARISON, "^", (0, (5, 1.5, 1.2, 1.5))),
    ("#746CB1", "v", (0, (8, 3))),
    ("#2073BC", "P", (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2))),
)

WIDTH = 8.0
UNUSABLE = "unusable: did not converge"
UNTRUSTED = "unusable: beyond the limits of the fast posterior"

_OVERRIDES: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.labelsize": 10,
    "axes.edgecolor": "#595959",
    "xtick.color": "#595959",
    "ytick.color": "#595959",
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "lines.linewidth": 1.8,
    "hatch.linewidth": 0.6,
    "axes.unicode_minus": True,
    # A borough's name may hold a dollar sign.
    "text.parse_math": False,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the project's style whatever the user's is, and leave settings as they were."""
    with matplotlib.style.context(["default", "afcharts.afcharts", _OVERRIDES]):
        yield


def new_figure(title: str, subtitle: str, *, height: float, source: str, note: str = "") -> Figure:
    """Make an empty figure with title, subtitle and source line, without touching pyplot.

    Parameters
    ----------
    title : str
        What is shown.
    subtitle : str
        Units, and the kind and width of the intervals.
    height : float
        Of the whole figure in inches; its width is `WIDTH`.
    note : str
        Stands above the source.
    source : str
        Where the numbers come from.
    """
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    head = textwrap.wrap(title, 70)
    sub = [line for part in subtitle.split("\n") for line in textwrap.wrap(part, 106)]
    foot = [*textwrap.wrap(note, 120), source]
    figure.text(0.012, 1 - 0.1 / height, "\n".join(head), va="top", weight="bold", size=12.5)
    under = 0.1 + 0.235 * len(head)
    figure.text(0.012, 1 - under / height, "\n".join(sub), va="top", size=9.5, color=INK)
    figure.text(0.012, 0.07 / height, "\n".join(foot), va="bottom", size=8.5, color=INK)
    top = under + 0.175 * len(sub) + 0.1
    bottom = 0.1 + 0.155 * len(foot)
    engine: Any = figure.get_layout_engine()
    engine.set(rect=(0.005, bottom / height, 0.99, 1 - (top + bottom) / height))
    return figure


def source_of(outcome: Outcome) -> str:
    """Return the source line of a figure on an outcome."""
    again = "re-analysed" if outcome.coefficients else "analysed"
    return f"Source: {outcome.source}, {again} by mp_bayes"


def panel_title(axes: Axes, text: str) -> None:
    """Title a panel, at its left."""
    axes.set_title(text, loc="left", weight="bold", size=10)


def face(colour: str, usable: bool) -> str:
    """Return the marker's fill: hollow says unusable."""
    return colour if usable else "white"


def interval_row(axes: Axes, y: float, row: Any, colour: str, marker: str, size: float = 6) -> None:
    """Draw one estimate with its interval along the horizontal axis; hollow if unusable.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    y : float
    row : named tuple
        With estimate, lower, upper and usable.
    colour, marker : str
    size : float
        Of the marker, in points.
    """
    axes.plot([row.lower, row.upper], [y, y], color=colour, linewidth=1.8)
    fill = face(colour, bool(row.usable))
    axes.plot(row.estimate, y, marker, color=colour, mfc=fill, ms=size)


def intervals_only(axes: Axes) -> None:
    """Take away from the vertical axis what says nothing where its places are rows."""
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
