"""The job behind `mp-bayes figures`: draw again from results that lie in a folder."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mp_bayes.commands.gallery import Drawable, Gallery, gallery
from mp_bayes.commands.jobs import OnProgress
from mp_bayes.errors import InputError
from mp_bayes.figures.chart import Chart, save
from mp_bayes.figures.look import Look, looking
from mp_bayes.names import instead
from mp_bayes.report.figure_sheet import Entry, build_sheet
from mp_bayes.storage import MANIFEST, read_manifest, whole_results, write_manifest

#: Millimetres that a figure may be wide.
NARROWEST, WIDEST = 30, 300
_MILLIMETRES: Final = {"mm": 1.0, "cm": 10.0, "in": 25.4}
#: What may lie beside each other under a figure's name, in the order of the sheet's links.
_ENDINGS: Final = ("svg", "png", "pdf", "csv", "txt")


@dataclass(frozen=True)
class Drawn:
    """What was drawn: the figures' names, and what could not be, with the reason."""

    names: list[str]
    missing: str


def inches(text: str) -> float:
    """Return a width as 160mm, 16cm or 6.3in in inches.

    Raises
    ------
    InputError
        If it is none, or no width for a figure.
    """
    parts = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,4})?) ?(mm|cm|in)", text)
    if parts is None:
        raise InputError(f"--width: '{text}' is not a width such as 160mm, 16cm or 6.3in")
    millimetres = float(parts[1]) * _MILLIMETRES[parts[2]]
    if not NARROWEST <= millimetres <= WIDEST:
        raise InputError(
            f"--width: {text} is not between {NARROWEST} and {WIDEST} mm: choose another"
        )
    return millimetres / 25.4


def chosen(
    found: Gallery, results: Path, outcome: str | None, figure: str | None
) -> list[Drawable]:
    """Return the figures that are asked for, of those that there are.

    Raises
    ------
    InputError
        If there is none.
    """
    if outcome is not None:
        outcome = found.study.outcome(outcome).name
    there = list(dict.fromkeys(one.figure for one in found.figures))
    if not there:
        raise InputError(f"{results} holds {found.of}, of which no figure is drawn")
    # A figure of one outcome may be asked for by its file's name, as `--list` has it.
    names = [*there, *(one.name for one in found.figures)]
    if figure is not None and figure not in names:
        raise InputError(_not_there(figure, there, results, found))
    return [
        one
        for one in found.figures
        if figure in (None, one.figure, one.name) and outcome in (None, one.outcome or outcome)
    ]


def _not_there(figure: str, there: list[str], results: Path, found: Gallery) -> str:
    """Say why a figure cannot be drawn."""
    from mp_bayes.figures.planning import NAMES
    from mp_bayes.figures.registry import CHARTS

    if figure in NAMES and found.missing:
        return found.missing
    if figure in CHARTS:
        return f"the results in {results} cannot give '{figure}'; run without --quick for it"
    return f"unknown figure '{figure}': {instead(figure, there)}"


def figures_job(
    out: Path,
    *,
    results: Path,
    outcome: str | None,
    figure: str | None,
    formats: tuple[str, ...],
    look: Look,
    command: str,
    force: bool,
    on_progress: OnProgress,
) -> Drawn:
    """Draw figures from a results folder, with a sheet of all that then lie in `out`."""
    found = gallery(results)
    asked = chosen(found, results, outcome, figure)
    holds = f"figures of {found.of}"
    charts: dict[str, Chart] = {}
    # Figure by figure: what was drawn before stays beside them.
    with whole_results(out, holds, force=force, adds=True) as staging, looking(look):
        for done, one in enumerate(asked):
            on_progress(f"Drawing {one.name}", done, len(asked))
            chart = _draw(one, results)
            save(chart, staging, formats)
            charts[one.name] = chart
        kept = _earlier(out, holds) | {
            name: {"title": chart.title, "alt": chart.alt} for name, chart in charts.items()
        }
        entries = [_entry(name, words, (staging, out)) for name, words in kept.items()]
        sheet = build_sheet(entries, holds)
        (staging / "index.html").write_text(sheet, encoding="utf-8")
        write_manifest(
            staging,
            inputs=[results / MANIFEST],
            command=command,
            study=found.study.name,
            figures=kept,
        )
    return Drawn(list(charts), found.missing if figure is None else "")


def _draw(one: Drawable, results: Path) -> Chart:
    try:
        return one.draw()
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        # As its manifest says, and yet not what a run writes: somebody else's perhaps.
        raise InputError(
            f"{results} holds tables or posteriors that cannot be drawn "
            f"({type(error).__name__}): run the analysis again"
        ) from None


def _earlier(out: Path, holds: str) -> dict[str, dict[str, str]]:
    """Return title and alt text of figures that an earlier call drew, and that are still there."""
    try:
        manifest = read_manifest(out)
    except InputError:
        return {}
    known: Any = manifest.get("figures")
    if manifest.get("holds") != holds or not isinstance(known, dict):
        return {}
    return {
        name: {"title": str(words["title"]), "alt": str(words["alt"])}
        for name, words in known.items()
        if isinstance(words, dict)
        and {"title", "alt"} <= set(words)
        and f"{name}.txt" in manifest["files"]
    }


def _entry(name: str, words: dict[str, str], folders: tuple[Path, ...]) -> Entry:
    files = [
        f"{name}.{ending}"
        for ending in _ENDINGS
        if any((folder / f"{name}.{ending}").is_file() for folder in folders)
    ]
    return Entry(name, words["title"], words["alt"], files)
