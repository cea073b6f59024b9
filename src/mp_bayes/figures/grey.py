"""A figure in tones of grey."""

from typing import Any, Final

from matplotlib.colors import to_hex, to_rgba, to_rgba_array
from matplotlib.figure import Figure
from matplotlib.text import Annotation

#: Tones that are told apart where colours of much the same lightness are not, each at least 4.5 to
#: 1 on white, as labels need; markers, dashes and hatches say the same without them.
_TONES: Final = {
    "#12436d": "#000000",
    "#801650": "#767676",
    "#1e7a72": "#383838",
    "#3d3d3d": "#5c5c5c",
    "#746cb1": "#6b6b6b",
    "#2073bc": "#202020",
    "#add1f1": "#c4c4c4",
}
_PARTS: Final = ("color", "facecolor", "edgecolor", "markerfacecolor", "markeredgecolor")


def in_grey(figure: Figure) -> None:
    """Turn every colour of a figure into a grey tone."""
    for artist in figure.findobj():
        parts: list[Any] = [artist]
        if isinstance(artist, Annotation) and artist.arrow_patch is not None:
            parts.append(artist.arrow_patch)
        for part in parts:
            _turn(part)


def _turn(artist: Any) -> None:
    for name in _PARTS:
        if not hasattr(artist, f"get_{name}") or not hasattr(artist, f"set_{name}"):
            continue
        colour = getattr(artist, f"get_{name}")()
        if colour is None or (isinstance(colour, str) and colour in ("none", "auto")):
            continue
        several = not isinstance(colour, str) and not isinstance(colour, tuple)
        grey = [_tone(one) for one in to_rgba_array(colour)] if several else _tone(colour)
        if not several or grey:
            getattr(artist, f"set_{name}")(grey)


def _tone(colour: Any) -> tuple[float, float, float, float]:
    """Return the grey of a colour, as transparent as that is."""
    red, green, blue, alpha = to_rgba(colour)
    known = _TONES.get(to_hex((red, green, blue)))
    if known is not None:
        return to_rgba(known, alpha)
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (light, light, light, alpha)
