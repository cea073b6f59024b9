"""What executed pages share: a folder to work in, shell cells, tables, figures with alt text."""

import os
import subprocess
import warnings
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
from IPython.core.magic import register_cell_magic
from IPython.display import Markdown

ROOT = Path(__file__).parents[1]


def enter() -> None:
    """Work in a temporary folder that looks like the repository's, so that pages leave no files."""
    folder = mkdtemp(dir=os.environ["PAGES_FOLDER"])
    for name in ("results", "models", "simulations"):
        Path(folder, name).symlink_to(ROOT / name)
    os.chdir(folder)
    # The kernel asks for colours, which a page does not show.
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        os.environ.pop(name, None)
    register_cell_magic(bash)
    # Instead of a line on the page. Not all: the kernel's own end warns of what is to come.
    for kind in (DeprecationWarning, FutureWarning, RuntimeWarning, UserWarning):
        warnings.simplefilter("error", kind)


def bash(_line: str, cell: str) -> None:
    """Run a cell by Bash, and fail at its first command that fails.

    Instead of IPython's own, which hands on what is printed in pieces that cut lines.
    """
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", cell], check=False, capture_output=True, text=True
    )
    print(done.stdout, done.stderr, sep="", end="")
    done.check_returncode()


def table(rows: pd.DataFrame) -> Markdown:
    """Show text as a table whose lines wrap."""
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    return Markdown("\n".join(f"| {' | '.join(map(str, line))} |" for line in lines))


def figure(name: str) -> Markdown:
    """Show a figure of `results/` with the alt text that lies beside it."""
    alt = (ROOT / "results" / f"{name}.txt").read_text(encoding="utf-8").strip()
    # An image's path is taken from the page's folder.
    return Markdown(f"![{alt}](../results/{name}.svg)")
