"""One plain page of all figures in a folder, to choose from."""

from dataclasses import dataclass

from mp_bayes.report.page import environment


@dataclass(frozen=True)
class Entry:
    """A figure on the sheet: its name, its words, and its files, which lie beside the page."""

    name: str
    title: str
    alt: str
    files: list[str]

    @property
    def preview(self) -> str:
        """The file that a browser shows; empty if there is none."""
        shown = [file for file in self.files if file.endswith((".svg", ".png"))]
        return shown[0] if shown else ""

    @property
    def links(self) -> list[tuple[str, str]]:
        """Each file with what it is."""
        endings = {"csv": "data (CSV)", "txt": "alt text (TXT)"}
        parts = [(file, file.rpartition(".")[2]) for file in self.files]
        return [(file, endings.get(ending, ending.upper())) for file, ending in parts]


def build_sheet(entries: list[Entry], holds: str) -> str:
    """Return the page.

    Parameters
    ----------
    entries : list of Entry
    holds : str
        What the figures are of.
    """
    return environment().get_template("figures.html.j2").render(entries=entries, holds=holds)
