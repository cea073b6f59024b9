"""What every page is made with: the templates' environment, and figures as they are embedded."""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from mp_bayes.figures import chart as charts
from mp_bayes.figures.chart import NARROW, Chart
from mp_bayes.report.compact import compact
from mp_bayes.report.shown import shown_tables
from mp_bayes.wording.table import Table

_TITLE = re.compile("<title>(.*?)</title>", re.DOTALL)


class Page(str):
    """The HTML of a page, which knows the tables that stand in it.

    Attributes
    ----------
    heading : str
        Its title.
    tables : dict of Table
        By the names of their files, in the page's order.
    """

    heading: str
    tables: dict[str, Table]


# Letters that may stand as they are in the data of an address, and in an attribute.
_PLAIN = " !$()*+,-./:;=?@[]_~"
_IMAGE = "data:image/svg+xml,"


@dataclass(frozen=True)
class Picture:
    """A figure as the page embeds it; `narrow` is its source on a phone, if there is one."""

    title: str
    alt: str
    message: str
    name: str
    source: str
    folder: str
    narrow: str = ""


_drawn: ContextVar[bool] = ContextVar("drawn", default=True)


@contextmanager
def without_images() -> Iterator[None]:
    """Leave images out of pages that are made meanwhile: drawing takes longer than all the rest."""
    token = _drawn.set(False)
    try:
        yield
    finally:
        _drawn.reset(token)


def pictures(draw: Callable[[], Iterable[Chart]], *, folder: str = "figures") -> list[Picture]:
    """Draw charts and embed them, each with another image for phones."""
    drawn = charts.also_narrow(draw) if _drawn.get() else draw()
    return [picture(chart, folder=folder) for chart in drawn]


def picture(chart: Chart, *, folder: str = "figures") -> Picture:
    """Embed a chart as an image, so that no identifier inside it can meet another's.

    `folder` is where its data lie, seen from the page.
    """
    if not _drawn.get():
        return Picture(chart.title, chart.alt, chart.message, chart.name, _IMAGE, folder)
    source = _embedded(charts.render(chart, "svg"))
    narrow = _embedded(chart.images[NARROW]) if NARROW in chart.images else ""
    # At a space another source would begin.
    narrow = narrow.replace(" ", "%20")
    return Picture(chart.title, chart.alt, chart.message, chart.name, source, folder, narrow)


def _embedded(svg: bytes) -> str:
    # Mostly plain letters: escaped, they take a fifth less than in base 64.
    return _IMAGE + quote(compact(svg.decode("utf-8")), safe=_PLAIN)


def environment() -> Environment:
    """Return the templates, in which a missing value is an error."""
    return Environment(
        loader=PackageLoader("mp_bayes.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(template: str, context: Mapping[str, Any]) -> Page:
    """Fill in a template."""
    page = Page(environment().get_template(template).render(context))
    found = _TITLE.search(page)
    page.heading = html.unescape(found[1]).strip() if found else ""
    page.tables = shown_tables(page, context)
    return page
