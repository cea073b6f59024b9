"""The cells of a page's tables as a spreadsheet holds them: numbers, intervals' ends, and text."""

import re
import unicodedata
from decimal import Decimal

from mp_bayes.wording.numbers import MINUS
from mp_bayes.wording.table import NBSP

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@")
_DIGITS = r"(?:[1-9]\d{0,2}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?"
_NUMBER = rf"[+{MINUS}]?£?{_DIGITS}%?"
_PLUS_MINUS = "\N{PLUS-MINUS SIGN}"
#: Ways in which a cell holds several numbers, and what their columns' headings end in.
_SEVERAL = (
    (rf"({_NUMBER}) \(({_NUMBER}) to ({_NUMBER})\)", ("", ": lower end", ": upper end")),
    (rf"({_NUMBER}) {_PLUS_MINUS} ({_NUMBER})", ("", ": plus or minus")),
    (rf"({_NUMBER}) to ({_NUMBER})", (": lower end", ": upper end")),
)
#: Digits beyond which a spreadsheet's number is no longer the one that was written.
_EXACT = 15


def plain(text: str) -> str:
    """Write the spaces at which a page's lines must not end as others."""
    return text.replace(NBSP, " ")


def guarded(text: str) -> str:
    """Set an apostrophe before text that a spreadsheet would work out, as OWASP recommends."""
    begins = unicodedata.normalize("NFKC", text).startswith((*_FORMULA, "\t", "\r"))
    estimate = re.fullmatch(rf"{_NUMBER}(?: {_PLUS_MINUS} {_NUMBER})?", text)
    return f"'{text}" if begins and not estimate else text


def number_in(text: str) -> tuple[float, str] | None:
    """Return the number that a cell is, and the format that shows it as it was; None for text."""
    found = re.fullmatch(rf"([+{MINUS}]?)(£?)({_DIGITS})(%?)", text)
    if found is None or sum(letter.isdigit() for letter in text) > _EXACT:
        return None
    sign, pound, digits, percent = found.groups()
    value = Decimal(digits.replace(",", "")) / (100 if percent else 1)
    decimals = digits.partition(".")[2]
    shape = f'"{pound}"' if pound else ""
    shape += ("#,##0" if "," in digits else "0") + ("." + "0" * len(decimals) if decimals else "")
    shape += percent
    return float(-value if sign == MINUS else value), f"+{shape}" if sign == "+" else shape


def columns_of(heading: str, cells: list[str]) -> list[tuple[str, list[str]]]:
    """Divide a column of intervals into their numbers; one of anything else stays as it is.

    Only where every cell is an interval, or words without any.
    """
    for form, endings in _SEVERAL:
        found = [re.fullmatch(form, cell) for cell in cells]
        if not any(found) or not all(
            match or _stands_alone(cell, endings) for match, cell in zip(found, cells, strict=True)
        ):
            continue
        nothing = [""] * (len(endings) - 1)
        rows = [
            list(match.groups()) if match else [cell, *nothing]
            for match, cell in zip(found, cells, strict=True)
        ]
        return [
            (f"{heading}{ending}", [row[place] for row in rows])
            for place, ending in enumerate(endings)
        ]
    return [(heading, cells)]


def _stands_alone(cell: str, endings: tuple[str, ...]) -> bool:
    """Say whether a cell may stand in the first column alone."""
    return not endings[0] and _PLUS_MINUS not in cell and not re.search(rf"{_DIGITS}%? to ", cell)
