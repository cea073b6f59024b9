"""`mp-bayes check checklists`: what reporting guidelines ask for, and whether it is there."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mp_bayes.commands.terminal import Force, console, typed

if TYPE_CHECKING:  # slow to import, and every command imports this
    from mp_bayes.checks.checklists import Evidence
    from mp_bayes.studies.study import Study
    from mp_bayes.wording.selection import Tables

NAME = "checklists"


def checklists(
    results: Annotated[
        Path, typer.Option("--results", help="Folder that `mp-bayes run` wrote.")
    ] = Path("results"),
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the results; checks/checklists in --results."),
    ] = None,
    force: Force = False,
) -> None:
    """Fill in BARG, ADEMP, and the AQuA Book's logs from a results folder; gaps show as gaps."""
    from mp_bayes.checks.checklists import CHECKS, gather
    from mp_bayes.commands.check_job import check_job
    from mp_bayes.commands.kept_study import kept_study
    from mp_bayes.storage import MANIFEST

    evidence = gather(results)
    study = kept_study(results)
    place = results / CHECKS / NAME if out is None else out
    sentences = check_job(
        NAME,
        place,
        study,
        lambda: lists_of(evidence, study),
        seed=evidence.manifest.get("seed", 0),
        command=typed(),
        force=force,
        read=[results / MANIFEST],
    )
    for sentence in sentences:
        console.print(sentence, highlight=False)
    console.print(f"Read {place / 'check.html'} first; the lists lie beside it.")


def lists_of(evidence: "Evidence", study: "Study") -> "Tables":
    """Return the checklists as tables, by name."""
    from mp_bayes.wording.ademp import ademp
    from mp_bayes.wording.aqua import assumptions_log, qa_log
    from mp_bayes.wording.barg import barg
    from mp_bayes.wording.checklist import item_table

    return {
        "barg": item_table(barg(evidence, study)),
        "ademp": item_table(ademp(evidence)),
        "assumptions_log": item_table(assumptions_log(evidence, study)),
        "qa_log": item_table(qa_log(evidence, study)),
    }
