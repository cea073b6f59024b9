"""Text broken into lines by its width as drawn."""

from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

#: What every figure is drawn in: Matplotlib brings it along.
FONT = "DejaVu Sans"


@lru_cache(maxsize=50_000)
def inches(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a line of text is, in inches; `size` is in points."""
    font = FontProperties(family=FONT, size=size, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, False)
    return float(width) / 72.0


def wrap(text: str, width: float, *, size: float, weight: str = "normal") -> list[str]:
    """Break text into as few lines as fit, with no word alone on its line if that can be.

    Parameters
    ----------
    text : str
        Line breaks in it stay.
    width : float
        Of the lines, in inches.
    size : float
        In points.
    weight : str
    """
    lines: list[str] = []
    for part in text.split("\n"):
        # At spaces alone: a hard space holds its words together.
        words = [word for word in part.split(" ") if word]
        lines += _balanced(words, width, size, weight) or [""]
    return lines


def _balanced(words: list[str], width: float, size: float, weight: str) -> list[str]:
    """Fill lines; with a word left alone, fill narrower ones of the same number."""
    full = _filled(words, width, size, weight)
    for share in (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5):
        lines = _filled(words, share * width, size, weight)
        if len(lines) == len(full) and all(" " in line for line in lines):
            return lines
    return full


def _filled(words: list[str], width: float, size: float, weight: str) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in words:
        longer = f"{line} {word}" if line else word
        if inches(longer, size, weight) <= width:
            line = longer
            continue
        lines += [line] * bool(line)
        *whole, line = _pieces(word, width, size, weight)
        lines += whole
    return [*lines, line] if line else lines


def _pieces(word: str, width: float, size: float, weight: str) -> list[str]:
    """Break a word that is wider than a line."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and inches(pieces[-1] + letter, size, weight) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
