"""A figure with what goes with it, and how it is saved."""

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from mp_bayes.figures.look import PHONE, look, looking
from mp_bayes.figures.sheet import Sheet
from mp_bayes.figures.wrapping import FONT

_COLOURS = 128
# Characters that XML forbids: a file's name, which labels an event study, may hold them.
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Among a chart's images: the SVG file of the same chart as a phone shows it.
NARROW: Final = "narrow"
#: Fonts for a reader who lacks the one that texts were measured in: the first is about as wide.
_FONTS: Final = f"'{FONT}', Verdana, Arial, sans-serif"


@dataclass(frozen=True)
class Chart:
    """One figure with its data and its words.

    Attributes
    ----------
    name : str
        File name without ending.
    title : str
        What the figure shows, in sentence case.
    figure : matplotlib.figure.Figure, or None
        None once its images are all that is wanted.
    data : pandas.DataFrame
        Everything that is drawn, in the units of the axes.
    alt : str
        Text alternative: what is shown, and the main message.
    message : str
        The main message alone, for a caption.
    images : dict of bytes
        Images rendered so far by their ending, so that none is rendered twice.
    """

    name: str
    title: str
    figure: Figure | None
    data: pd.DataFrame
    alt: str
    message: str = ""
    images: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @property
    def table(self) -> bytes:
        """The data as the CSV file that lies beside the image."""
        text = self.data.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        return text.encode("utf-8")


def render(chart: Chart, ending: str) -> bytes:
    """Return a chart as an image file's bytes, the same each time.

    No dates, and identifiers derived from the chart's name: those of two charts differ. The image
    says its title, the version of mp_bayes, and the SHA-256 of the chart's table.
    """
    if ending in chart.images:
        return chart.images[ending]
    assert chart.figure is not None
    made = f"mp_bayes {version('mp-bayes')}"
    data = f"SHA-256 of the data: {hashlib.sha256(chart.table).hexdigest()}"
    metadata: dict[str, dict[str, Any]] = {
        "svg": {"Creator": made, "Identifier": data, "Date": None},
        "pdf": {"Title": chart.title, "Creator": made, "Keywords": data, "CreationDate": None},
    }
    stream = BytesIO()
    with mpl.rc_context({"svg.hashsalt": chart.name, "svg.fonttype": "none"}):
        chart.figure.savefig(stream, format=ending, dpi="figure", metadata=metadata.get(ending))
        # The layout is settled now, and finding it takes longer than drawing it.
        chart.figure.set_layout_engine("none")
    image = stream.getvalue()
    if ending == "svg":
        image = _described(image, chart)
    if ending == "png":
        image = _smaller(stream, {"Title": chart.title, "Software": made, "Source": data})
    chart.images[ending] = image
    return image


def also_narrow(draw: Callable[[], Iterable[Chart]]) -> list[Chart]:
    """Draw charts for a page: each once more for a phone, among its images."""
    drawn = list(draw())
    with looking(PHONE):
        for one, narrow in zip(drawn, draw(), strict=True):
            one.images[NARROW] = render(narrow, "svg")
    return drawn


def _shortened(places: re.Match[str]) -> str:
    """Write places to a hundredth of a point, which no eye tells from more: a tenth of a file."""
    return re.sub(r"(\.\d\d)\d+", r"\1", places[0])


def _described(svg: bytes, chart: Chart) -> bytes:
    """Give an SVG file its title and text alternative, and fonts that other machines have."""
    text = _UNWRITABLE.sub("", svg.decode("utf-8"))
    text = re.sub(r'\b(?:d|transform|x|y)="[^"]*"', _shortened, text)
    name = re.sub(r"[^\w-]", "-", chart.name)
    words = (
        f'<title id="{name}-title">{escape(chart.title, quote=False)}</title>\n'
        f' <desc id="{name}-desc">{escape(chart.alt, quote=False)}</desc>'
    )
    labelled = f'<svg role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc" '
    head, root, body = text.partition("<svg ")
    attributes, _, inside = body.partition(">")
    fonts = re.sub(rf"""(style="font[^"]*)'{FONT}'""", rf"\g<1>{_FONTS}", inside)
    assert root
    return f"{head}{labelled}{attributes}>\n {words}{fonts}".encode()


def _smaller(stream: BytesIO, words: dict[str, str]) -> bytes:
    """Save a PNG file in few colours, which take a third of the size."""
    drawn = Image.open(stream)
    dpi = drawn.info["dpi"]
    image = drawn.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    known = PngInfo()
    for key, text in words.items():
        known.add_itxt(key, text)
    stream = BytesIO()
    image.save(stream, format="png", optimize=True, dpi=dpi, pnginfo=known)
    return stream.getvalue()


def save(chart: Chart, folder: Path, formats: tuple[str, ...] = ("svg", "png")) -> list[Path]:
    """Write a chart as images, its data as CSV and its alt text as plain text.

    Where the look leaves title and subtitle out of the image, they stand above the alt text.

    Parameters
    ----------
    chart : Chart
    folder : Path
        Created if need be.
    formats : tuple of str
        Any that Matplotlib writes.

    Returns
    -------
    list of Path
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for ending in formats:
        path = folder / f"{chart.name}.{ending}"
        path.write_bytes(render(chart, ending))
        written.append(path)
    words = chart.alt
    if not look().title and isinstance(chart.figure, Sheet):
        words = f"{chart.title}\n{chart.figure.subtitle}\n\n{words}"
    data, text = folder / f"{chart.name}.csv", folder / f"{chart.name}.txt"
    data.write_bytes(chart.table)
    text.write_text(words + "\n", encoding="utf-8")
    return [*written, data, text]
