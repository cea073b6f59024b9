"""A page beside the same page made again: its words, its tables, and all else but images."""

import re
from itertools import zip_longest
from pathlib import Path

# A figure's image, and the line with its image for a phone.
_IMAGE = re.compile(r'<source media[^>]*>\n|data:image/svg\+xml,[^"]*')
# Letters of a line that are shown on each side of where it begins to differ.
_AROUND = 40


def other_page(name: str, place: Path, page: str) -> list[str]:
    """Return where a page says something else than its tables do; images are not compared.

    Parameters
    ----------
    name : str
        As the page is named in what is found.
    place : Path
    page : str
        Made again, within `mp_bayes.report.page.without_images` or not.
    """
    if not place.is_file():
        return [f"{name} is missing"]
    old, new = (
        _IMAGE.sub("", text).splitlines()
        for text in (place.read_text(encoding="utf-8", errors="replace"), page)
    )
    away = [
        (line, one, other)
        for line, (one, other) in enumerate(zip_longest(old, new, fillvalue=""), start=1)
        if one != other
    ]
    if not away:
        return []
    line, one, other = away[0]
    at = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    ours, theirs = (text[max(at - _AROUND, 0) : at + _AROUND].strip() for text in (one, other))
    rest = len(away) - 1
    more = f"; {rest} more {'line differs' if rest == 1 else 'lines differ'}" if rest else ""
    return [f"{name} line {line}: `{ours}`; from its tables it is `{theirs}`{more}"]
