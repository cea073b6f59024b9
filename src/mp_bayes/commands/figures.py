"""`mp-bayes figures`: figures of results that are there, drawn again as a document needs them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mp_bayes.commands.progress import progress, updater
from mp_bayes.commands.terminal import Force, Out, console, typed


class Format(StrEnum):
    """Image formats of `figures`."""

    svg = "svg"
    png = "png"
    pdf = "pdf"


def figures(
    results: Annotated[
        Path, typer.Option(help="Folder that `mp-bayes run`, `plan` or `panel` wrote.")
    ] = Path("results"),
    outcome: Annotated[str | None, typer.Option(help="Only this outcome.")] = None,
    figure: Annotated[str | None, typer.Option(help="Only this figure.")] = None,
    image_format: Annotated[
        list[Format] | None,
        typer.Option("--format", help="svg, png or pdf; may be given several times."),
    ] = None,
    width: Annotated[
        str | None,
        typer.Option(help="Of the figures, 30mm to 300mm; or in cm or in. 8in unless given."),
    ] = None,
    dpi: Annotated[int, typer.Option(min=72, max=600, help="Pixels an inch, of PNG files.")] = 110,
    title: Annotated[
        bool,
        typer.Option(
            "--title/--no-title",
            help="Title and subtitle in the image, or in the text beside it alone.",
        ),
    ] = True,
    grey: Annotated[bool, typer.Option("--grey", help="Tones of grey.")] = False,
    names: Annotated[
        bool, typer.Option("--list", help="Name the figures that there are, and draw none.")
    ] = False,
    out: Out = Path("figures"),
    force: Force = False,
) -> None:
    """Draw figures from existing results, without refitting."""
    from mp_bayes.commands.figures_job import chosen, figures_job, inches
    from mp_bayes.commands.gallery import gallery
    from mp_bayes.figures.look import WIDTH, Look

    look = Look(width=inches(width) if width else WIDTH, grey=grey, title=title, dpi=dpi)
    if names:
        for one in chosen(found := gallery(results), results, outcome, figure):
            typer.echo(one.name)
        if found.missing:
            console.print(found.missing, highlight=False, soft_wrap=True)
        return
    formats = tuple(item.value for item in image_format) if image_format else ("svg", "png")
    with progress() as bar:
        update = updater(bar, "Drawing")
        drawn = figures_job(
            out,
            results=results,
            outcome=outcome,
            figure=figure,
            formats=formats,
            look=look,
            command=typed(),
            force=force,
            on_progress=update,
        )
    console.print(f"Written to {out}: {', '.join(drawn.names)}")
    console.print(f"To choose from: {out / 'index.html'}")
    if drawn.missing:
        console.print(f"Left out: {drawn.missing}", highlight=False, soft_wrap=True)
