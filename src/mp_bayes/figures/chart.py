"""A figure with what goes with it, and how it is saved."""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

_DPI, _COLOURS = 110, 128


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


def render(chart: Chart, ending: str) -> bytes:
    """Return a chart as an image file's bytes, the same each time.

    No dates, and identifiers derived from the chart's name: those of two charts differ.
    """
    if ending in chart.images:
        return chart.images[ending]
    assert chart.figure is not None
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(ending)
    stream = BytesIO()
    with mpl.rc_context({"svg.hashsalt": chart.name, "svg.fonttype": "none"}):
        chart.figure.savefig(stream, format=ending, dpi=_DPI, metadata=undated)
        # The layout is settled now, and finding it takes longer than drawing it.
        chart.figure.set_layout_engine("none")
    if ending == "png":  # few colours: a third of the size
        image = Image.open(stream).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        stream = BytesIO()
        image.save(stream, format="png", optimize=True, dpi=(_DPI, _DPI))
    chart.images[ending] = stream.getvalue()
    return chart.images[ending]


def save(chart: Chart, folder: Path, formats: tuple[str, ...] = ("svg", "png")) -> list[Path]:
    """Write a chart as images, its data as CSV and its alt text as plain text.

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
    data, text = folder / f"{chart.name}.csv", folder / f"{chart.name}.txt"
    chart.data.to_csv(data, index=False, float_format="%.6g")
    text.write_text(chart.alt + "\n", encoding="utf-8")
    return [*written, data, text]
