"""The command lines that people are told to type: in README.md, CONTRIBUTING.md and docs/."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from places import ROOT

DOCS = ROOT / "docs"
#: Documents whose commands are checked.
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
_FENCE = re.compile(r"^```(\S+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_REDIRECTED = re.compile(r"\d?>(&\d|\s*\S+)")
# A paragraph whose every line is indented by four spaces, as in README.md.
_INDENTED = re.compile(r"(?:(?<=\n\n)|\A)((?: {4}[^\n]*\n)+)(?=\n|\Z)")


@dataclass(frozen=True)
class Line:
    """One command, without `uv run`.

    Attributes
    ----------
    document : str
        Path in the repository.
    words : tuple of str
    executed : bool
        Whether the documentation's build runs it.
    """

    document: str
    words: tuple[str, ...]
    executed: bool = False

    def __str__(self) -> str:
        return shlex.join(self.words)


def fences(document: Path) -> list[tuple[str, str]]:
    """Return a document's fenced blocks: language, or directive in braces, and text."""
    return _FENCE.findall(document.read_text(encoding="utf-8"))


def lines(document: Path) -> list[Line]:
    """Return a document's commands, those of executed pages included."""
    name = document.relative_to(ROOT).as_posix()
    found = [
        command for block in _shell_blocks(document) for command in _commands(block, name, False)
    ]
    cells = [text for kind, text in fences(document) if kind == "{code-cell}"]
    for cell in cells:
        if cell.startswith("%%bash\n"):
            found += _commands(cell.removeprefix("%%bash\n"), name, True)
    return found


def _shell_blocks(document: Path) -> list[str]:
    text = document.read_text(encoding="utf-8")
    indented = [] if document.is_relative_to(DOCS) else _INDENTED.findall(text)
    return indented + [body for kind, body in fences(document) if kind == "shell"]


def _commands(block: str, document: str, executed: bool) -> list[Line]:
    """Return the commands of a shell block; of what is executed, those of mp-bayes alone."""
    found = []
    for line in block.replace("\\\n", " ").splitlines():
        for part in re.split(r"&&|\|\||[|;]", _REDIRECTED.sub("", line)):
            words = tuple(shlex.split(part, comments=True))
            if words[:2] == ("uv", "run"):
                words = words[2:]
            if words and (not executed or words[0] == "mp-bayes"):
                found.append(Line(document, words, executed))
    return found


#: Every command, and those of this project.
EVERY = [line for document in DOCUMENTS for line in lines(document)]
OURS = [line for line in EVERY if line.words[0] == "mp-bayes"]


def quick(line: Line) -> bool:
    """Tell whether a command takes seconds."""
    seconds = (
        line.words[1] in ("audit", "priors", "figures", "new", "list") or "--help" in line.words
    )
    lists = line.words[1:3] == ("check", "checklists")
    return seconds or lists or "--engine laplace" in str(line)


#: Those that take longer, and that no page's build runs.
LONG = [line for line in OURS if not quick(line) and not line.executed]
