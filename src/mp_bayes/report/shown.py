"""Which tables a page shows, and under what names they are written beside it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from markupsafe import escape

from mp_bayes.wording.table import Table


def shown_tables(page: str, context: Mapping[str, Any]) -> dict[str, Table]:
    """Return the tables that a page was filled in with, in its order.

    Parameters
    ----------
    page : str
        Its HTML.
    context : mapping
        What the template was given. A table that has no name of its own gets that of its place
        here: `priors_table` is priors.
    """
    found = sorted(_tables("", context), key=lambda one: _place(page, one[1]))
    names = [name for name, _ in found]
    if len(set(names)) < len(names):
        raise ValueError(f"two tables of a page have the same name: {names}")
    return dict(found)


def _tables(place: str, value: Any) -> Iterator[tuple[str, Table]]:
    if isinstance(value, Table):
        yield value.name or re.sub("_tables?$", "", place), value
    elif isinstance(value, list):
        for one in value:
            yield from _tables(place, one)
    elif isinstance(value, Mapping) or is_dataclass(value):
        inner = value if isinstance(value, Mapping) else _fields(value)
        for name, one in inner.items():
            yield from _tables(f"{place}_{name}".lstrip("_"), one)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _place(page: str, table: Table) -> int:
    """Return where a table's caption stands; behind all others if the page writes it otherwise."""
    place = page.find(f">{escape(table.caption)}<")
    return len(page) if place < 0 else place
