"""One look for all figures, after the Government Analysis Function's chart guidance.

The base is the style sheet of `afcharts` (its colours, left titles, light grid); what differs is
said here: a font that Matplotlib brings along, so that every machine draws the same, and text that
stays readable when the figure is as wide as a column.
"""

import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import matplotlib.style
from matplotlib.axes import Axes

from mp_bayes.figures.fitting import fit
from mp_bayes.figures.grey import in_grey
from mp_bayes.figures.look import look, points
from mp_bayes.figures.sheet import Sheet
from mp_bayes.figures.wrapping import FONT, wrap
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

UNUSABLE = "unusable: did not converge"
UNTRUSTED = "unusable: beyond the limits of the fast posterior"

#: Settings that are sizes of text, in points, and what all others are.
_SIZES = {
    "font.size": 10.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 10.0,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
}
_OVERRIDES: dict[str, Any] = {
    "font.family": FONT,
    "axes.edgecolor": "#595959",
    "xtick.color": "#595959",
    "ytick.color": "#595959",
    "lines.linewidth": 1.8,
    "hatch.linewidth": 0.6,
    "axes.unicode_minus": True,
    # A borough's name may hold a dollar sign.
    "text.parse_math": False,
}


#: What was begun in the innermost `style()`.
_BEGUN: ContextVar[list[Sheet]] = ContextVar("begun")


@contextmanager
def style() -> Iterator[None]:
    """Draw in the project's style whatever the user's is, and leave settings as they were.

    What was drawn is then fitted to the look's width, and made grey if that is asked for.
    """
    sizes = {name: points(size) for name, size in _SIZES.items()}
    begun = _BEGUN.set([])
    try:
        with matplotlib.style.context(["default", "afcharts.afcharts", sizes | _OVERRIDES]):
            yield
            for figure in _BEGUN.get():
                if look().fitted:
                    fit(figure)
                if look().grey:
                    in_grey(figure)
    finally:
        _BEGUN.reset(begun)


def new_figure(title: str, subtitle: str, *, height: float, source: str, note: str = "") -> Sheet:
    """Make an empty figure with title, subtitle and source line, without touching pyplot.

    Parameters
    ----------
    title : str
        What is shown.
    subtitle : str
        Units, and the kind and width of the intervals.
    height : float
        Of the whole figure in inches, if it is as wide as `WIDTH`: in another look the panels keep
        theirs, and the words take what they need.
    note : str
        Stands above the source.
    source : str
        Where the numbers come from.
    """
    room = look().width - 0.2
    head = textwrap.wrap(title, 70, break_on_hyphens=False)
    if len(head) > 1 and not all(" " in line for line in head):  # a word alone on its line
        head = wrap(title, room, size=points(12.5), weight="bold")
    sub = [line for part in subtitle.split("\n") for line in textwrap.wrap(part, 106)]
    foot = [*textwrap.wrap(note, 120), source]
    panels = height - 0.3 - 0.235 * len(head) - 0.175 * len(sub) - 0.155 * len(foot)
    if look().fitted:
        head = wrap(title, room, size=points(12.5), weight="bold")
        sub = wrap(subtitle, room, size=points(9.5))
        foot = [line for part in (note, source) if part for line in wrap(part, room, size=_small())]
    if not look().title:
        head, sub = [], []
    top, bottom = _above(len(head), len(sub)), _below(len(foot))
    if look().fitted or not look().title:
        height = panels + top + bottom
    figure = Sheet(figsize=(look().width, height), dpi=look().dpi, layout="constrained")
    figure.subtitle, figure.above, figure.below = subtitle, top, bottom
    left = 0.096 / look().width
    if look().fitted:
        figure.left = left
    if look().title:
        under = 0.1 + _line(12.5, 0.235) * len(head)
        figure.write("\n".join(head), x=left, inches=0.1, weight="bold", size=points(12.5))
        figure.write("\n".join(sub), x=left, inches=under, size=points(9.5), color=INK)
    figure.write("\n".join(foot), x=left, inches=-0.07, size=_small(), color=INK)
    figure.lay()
    _BEGUN.get().append(figure)
    return figure


def _small() -> float:
    """Return the size of notes and sources, in points."""
    return points(8.5)


def _line(size: float, inches: float) -> float:
    """Return what a line of text takes, in inches: `inches` at its usual size, in points."""
    return inches * points(size) / size


def _above(head: int, sub: int) -> float:
    """Return the inches above the panels, for lines of title and subtitle."""
    return 0.1 + _line(12.5, 0.235) * head + _line(9.5, 0.175) * sub + 0.1


def _below(foot: int) -> float:
    """Return the inches below the panels, for lines of note and source."""
    return 0.1 + _line(8.5, 0.155) * foot


def source_of(outcome: Outcome) -> str:
    """Return the source line of a figure on an outcome."""
    again = "re-analysed" if outcome.coefficients else "analysed"
    return f"Source: {outcome.source}, {again} by mp_bayes"


def panel_title(axes: Axes, text: str) -> None:
    """Title a panel, at its left."""
    axes.set_title(text, loc="left", weight="bold", size=points(10))


def keyed(labels: list[str], *, stacked: bool) -> tuple[list[str], str]:
    """Return names of rows, and a key to them: numbers where panels stand under each other."""
    if not stacked:
        return labels, ""
    numbers = [str(place + 1) for place in range(len(labels))]
    key = "; ".join(
        f"{one}\N{NO-BREAK SPACE}{label}" for one, label in zip(numbers, labels, strict=True)
    )
    return numbers, f"Rows: {key}.\n"


def only_outer(grid: Any, count: int, columns: int) -> None:
    """Leave labels of the horizontal axis below the last panel of each column, and no empty panel.

    Parameters
    ----------
    grid : sequence of matplotlib.axes.Axes
        Of all places, row by row.
    count : int
        Of panels that are drawn.
    columns : int
    """
    for place, axes in enumerate(grid):
        last = place + columns >= count
        axes.tick_params(labelbottom=last)
        if not last:
            axes.set_xlabel("")
        if place >= count:
            axes.remove()


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
