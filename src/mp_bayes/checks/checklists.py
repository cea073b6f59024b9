"""What a results folder holds, as the checklists need to know it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.storage import read_manifest, read_tables

#: Folders below a results folder.
SIMULATIONS, CHECKS, PANEL = "simulations", "checks", "panel"
_RUN = "the analysis of "


@dataclass(frozen=True)
class Evidence:
    """Everything that an answer may rest on.

    Attributes
    ----------
    manifest : dict
        Of the run.
    tables : dict of DataFrame
        The run's, by name.
    simulations : dict of dict
        The manifest of each simulation study that lies there, by its folder.
    checks : dict of dict of DataFrame
        The tables of each check that lies there, by its name.
    measures, placebos : tuple of str
        Of the national panel: whose shocks were fitted, and of which authorities without the
        programme were analysed as if they had had it.
    """

    manifest: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    simulations: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: dict[str, dict[str, pd.DataFrame]] = field(default_factory=dict)
    measures: tuple[str, ...] = ()
    placebos: tuple[str, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; one without rows if it is not there."""
        return self.tables.get(name, pd.DataFrame())

    def check(self, *words: str) -> str:
        """Return the first check that lies there whose name has one of the words; or nothing."""
        return next((one for one in self.checks if any(word in one for word in words)), "")


def gather(results: Path) -> Evidence:
    """Read what lies in a results folder.

    Raises
    ------
    InputError
        If it is not one that `mp-bayes run` wrote, or damaged.
    """
    manifest = read_manifest(results)
    holds = manifest.get("holds", "")
    if not holds.startswith(_RUN):
        raise InputError(
            f"{results} holds {holds or 'other results'}, and checklists are filled from those of "
            "`mp-bayes run`: give its folder with --results"
        )
    # A check's own answers are no evidence for it.
    checks = {
        name: read_tables(results / CHECKS / name)
        for name in _below(results / CHECKS, "*")
        if name != "checklists"
    }
    simulations = {
        name: read_manifest(results / SIMULATIONS / name)
        for name in _below(results / SIMULATIONS, "*")
    }
    measures, placebos = (
        tuple(Path(one).parent.name for one in _below(results / PANEL, f"*/{command}"))
        for command in ("fit", "placebo")
    )
    return Evidence(manifest, read_tables(results), simulations, checks, measures, placebos)


def _below(folder: Path, pattern: str) -> list[str]:
    """Return the folders that hold results, relative to another."""
    found = sorted(folder.glob(f"{pattern}/manifest.json"))
    return [path.parent.relative_to(folder).as_posix() for path in found]
