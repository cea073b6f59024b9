"""A canvas with words above and below its panels."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text


class Sheet(Figure):
    """A figure that knows where its words stand.

    Attributes
    ----------
    subtitle : str
        Also where it is not in the image.
    left : float
        Share of the width at which a legend above the panels begins.
    above, below : float
        Inches that are kept free of panels, for the words.
    """

    subtitle: str = ""
    left: float = 0.005
    above: float = 0.0
    below: float = 0.0
    _words: tuple[tuple[Text, float], ...] = ()
    _legend: tuple[Legend, float] | None = None

    def write(self, text: str, *, x: float, inches: float, **look: Any) -> None:
        """Write words at a distance from the upper edge, or (below 0) from the lower one."""
        written = self.text(x, 0.0, text, va="top" if inches >= 0 else "bottom", **look)
        self._words = (*self._words, (written, inches))

    def lay(self) -> None:
        """Put the words in their places, and leave the rest to the panels."""
        height = self.get_figheight()
        for text, inches in self._words:
            text.set_y(1 - inches / height if inches >= 0 else -inches / height)
        legend, room = self._legend or (None, 0.0)
        top = 1 - self.above / height
        rect = (0.005, self.below / height, 0.99, 1 - (self.above + room + self.below) / height)
        engine: Any = self.get_layout_engine()
        engine.set(rect=rect)
        if legend is not None:
            legend.set_bbox_to_anchor((self.left, top), self.transSubfigure)

    def put_above(self, legend: Legend, room: float) -> None:
        """Keep `room`, in inches, for a legend above the panels."""
        self._legend = (legend, room)
        legend.set_in_layout(False)
        self.lay()

    def grow(self, inches: float) -> None:
        """Give the panels more height."""
        self.set_figheight(self.get_figheight() + inches)
        self.lay()
