"""What every page is made with: the templates' environment, and figures as they are embedded."""

from dataclasses import dataclass
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from mp_bayes.figures.chart import Chart, render

# Letters that may stand as they are in the data of an address, and in an attribute.
_PLAIN = " !$()*+,-./:;=?@[]_~"


@dataclass(frozen=True)
class Picture:
    """A figure as the page embeds it."""

    title: str
    alt: str
    message: str
    name: str
    source: str
    folder: str


def picture(chart: Chart, *, folder: str = "figures") -> Picture:
    """Embed a chart as an image, so that no identifier inside it can meet another's.

    `folder` is where its data lie, seen from the page.
    """
    # Mostly plain letters: escaped, they take a fifth less than in base 64.
    source = "data:image/svg+xml," + quote(render(chart, "svg").decode("utf-8"), safe=_PLAIN)
    return Picture(chart.title, chart.alt, chart.message, chart.name, source, folder)


def environment() -> Environment:
    """Return the templates, in which a missing value is an error."""
    return Environment(
        loader=PackageLoader("mp_bayes.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
