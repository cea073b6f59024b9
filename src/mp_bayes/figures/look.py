"""What a reader of figures chooses: width, grey tones, title, resolution."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

#: Inches of a figure that nobody asked to be of another width.
WIDTH = 8.0
#: Points below which no text goes; and inches at which its size is a fifth smaller.
SMALLEST, _NARROW = 8.0, 3.15


@dataclass(frozen=True)
class Look:
    """How figures are drawn.

    Attributes
    ----------
    width : float
        Inches. At any other than `WIDTH`, texts and panels are fitted to it.
    grey : bool
        Tones of grey instead of colours.
    title : bool
        Whether title and subtitle stand in the image.
    dpi : int
        Pixels an inch, of PNG files.
    """

    width: float = WIDTH
    grey: bool = False
    title: bool = True
    dpi: int = 110

    @property
    def fitted(self) -> bool:
        """Whether the width is another than the one that figures are laid out for."""
        return self.width != WIDTH


#: On a phone, whose text is then of the page's size: 80 mm, as for a column of a journal.
PHONE = Look(width=80 / 25.4)
_USUAL = Look()
_CURRENT: ContextVar[Look] = ContextVar("look", default=_USUAL)


def look() -> Look:
    """Return the look in which figures are being drawn."""
    return _CURRENT.get()


@contextmanager
def looking(chosen: Look) -> Iterator[None]:
    """Draw and save in a look."""
    token = _CURRENT.set(chosen)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def points(size: float) -> float:
    """Return a size of text, in points, as narrow figures have it: smaller, and never below 8."""
    if look().width >= WIDTH:
        return size
    share = 0.8 + 0.2 * (look().width - _NARROW) / (WIDTH - _NARROW)
    return max(min(size, SMALLEST), size * share)


def row_height() -> float:
    """Return the inches that a row with a name takes, where panels stand under each other."""
    return 1.35 * points(9.5) / 72


def across(panels: int, most: int, *, inches: float) -> int:
    """Return how many panels stand in a row.

    Parameters
    ----------
    panels, most : int
        How many there are, and how many stand in a row of a figure as wide as `WIDTH`.
    inches : float
        That a panel needs. Rows are as equal as can be: four panels are never three and one.
    """
    if look().width >= WIDTH:
        return min(panels, most)
    fit = max(1, min(panels, most, int(look().width / inches)))
    return -(-panels // -(-panels // fit))
