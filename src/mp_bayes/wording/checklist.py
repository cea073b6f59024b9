"""A checklist: what is asked, what the results answer, and where; gaps said as gaps."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import pandas as pd

from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import listed
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table

DONE, PARTLY, GAP = "done", "partly", "gap"
#: Each checklist's file, its title, and where it comes from.
LISTS: Final[dict[str, tuple[str, str]]] = {
    "barg": (
        "Bayesian analysis reporting guidelines, for the re-analysis",
        "Items of Kruschke (2021), doi:10.1038/s41562-021-01177-7, in our words.",
    ),
    "ademp": (
        "ADEMP, for the simulation studies",
        "Items of Morris, White and Crowther (2019), doi:10.1002/sim.8086, in our words.",
    ),
    "assumptions_log": (
        "Assumptions log",
        "In the form that the AQuA Book asks for (UK Government Analysis Function, 2025).",
    ),
    "qa_log": (
        "Quality assurance log",
        "Activities of verification and validation that the AQuA Book names, and its roles.",
    ),
}
_COLUMNS = ["Item", "What is asked", "Answer", "Where", "Status"]


@dataclass(frozen=True)
class Item:
    """One line of a checklist."""

    item: str
    asks: str
    answer: str
    evidence: str
    status: str


def answered(item: str, asks: str, answer: str, evidence: str, *, gap: str = "") -> Item:
    """Return a line that is answered; `gap` says what is missing, if anything."""
    said = f"{answer} Gap: {gap}" if gap else answer
    return Item(item, asks, said, evidence, PARTLY if gap else DONE)


def missing(item: str, asks: str, gap: str) -> Item:
    """Return a line that is not answered, with what would answer it."""
    return Item(item, asks, f"Gap: {gap}", "", GAP)


def item_table(items: Iterable[Item]) -> pd.DataFrame:
    """Return the lines as a table: item, asks, answer, evidence, status."""
    return pd.DataFrame([asdict(item) for item in items])


def checklists_answer(tables: Tables, _study: Study) -> list[str]:
    """Say how much of each checklist is answered, and name the gaps."""
    sentences = []
    for name, (title, _) in LISTS.items():
        status = tables[name]["status"]
        number = {kind: int(status.eq(kind).sum()) for kind in (DONE, PARTLY, GAP)}
        sentences.append(
            f"{title}: {len(status)} items. Answered: {number[DONE]}; in part: {number[PARTLY]}; "
            f"gaps: {number[GAP]}."
        )
        gaps = tables[name].loc[status.eq(GAP), "item"]
        if len(gaps):
            sentences[-1] += f" The gaps: {listed([f'“{gap}”' for gap in gaps])}."
    return sentences


def checklists_tables(tables: Tables, _study: Study) -> list[Table]:
    """Return the checklists as the page shows them."""
    return [
        Table(
            title,
            _COLUMNS,
            tables[name].fillna("").astype(str).to_numpy().tolist(),
            note,
            name=name,
        )
        for name, (title, note) in LISTS.items()
    ]
