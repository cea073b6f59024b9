"""Tables as the page shows them: text cells, a caption, a header for each row."""

from dataclasses import dataclass, field

from mp_bayes.figures.numbers import decimals_of, estimate

UNUSABLE = "unusable"
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Table:
    """One table of the page; the first cell of a row is its header.

    Attributes
    ----------
    caption : str
        Different from every other caption on the page.
    columns : list of str
    rows : list of list of str
    note : str
        Stands below the table.
    """

    caption: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""


def marked(text: str, *, usable: bool) -> str:
    """Say beside a number that it must not be used, where that is so."""
    return text if usable else f"{text} ({UNUSABLE})"


def effect_cell(mean: float, lower: float, upper: float, *, scale: str, usable: bool) -> str:
    """Write an effect with its interval, and whether it may be used."""
    text = estimate(mean, lower, upper, decimals_of(scale))
    number, _, bracket = text.partition(" ")
    # A line may end between estimate and interval, but not inside the interval.
    return marked(f"{number} {bracket.replace(' ', NBSP)}", usable=usable)
