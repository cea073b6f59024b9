"""Tables as the page shows them: text cells, a caption, a header for each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mp_bayes.wording.numbers import estimate_in

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
    name : str
        Of its file, where the page's own name for it would not tell it from another: what it shows
        and, after two underscores, of what.
    source : str
        Where its data come from, if not from where the page's do.
    """

    caption: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""
    name: str = ""
    source: str = ""


def marked(text: str, *, usable: bool) -> str:
    """Say beside a number that it must not be used, where that is so."""
    return text if usable else f"{text} ({UNUSABLE})"


def whole(text: str) -> str:
    """Keep a cell on one line."""
    return text.replace(" ", NBSP)


def effect_cell(row: Mapping[Any, Any], *, value: str = "mean") -> str:
    """Write an effect with its interval, and whether it may be used.

    `row` is as for `mp_bayes.wording.numbers.estimate_in`, with usable.
    """
    middle, _, bracket = estimate_in(row, value=value).partition(" ")
    # A line may end between estimate and interval, but not inside the interval.
    return marked(f"{middle} {whole(bracket)}", usable=bool(row["usable"]))
