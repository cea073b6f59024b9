"""The job behind `mp-bayes plan` where it searches: the answer, its confirmation, and a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.commands.kept_study import keep_study
from mp_bayes.planning.found import MOST_FAILED, Question, answer, beside, confirmed
from mp_bayes.planning.protocol import effect_words
from mp_bayes.planning.saved import assumed, scenario_text
from mp_bayes.priors import Priors, load_priors
from mp_bayes.priors import inputs as inputs_of
from mp_bayes.storage import whole_results, write_manifest
from mp_bayes.studies.study import Study

# Standard errors by which a simulation may differ from the closed form: about 1 in 100 do.
_BY_CHANCE = 2.58
OnProgress = Callable[[str, float, float], None]
Tables = dict[str, pd.DataFrame]


def search_job(
    out: Path,
    study: Study,
    question: Question,
    *,
    seed: int,
    prior_file: Path | None,
    scenario_file: Path | None,
    workers: int | None,
    dask: str | None,
    command: str,
    force: bool,
    on_progress: OnProgress,
    on_answer: Callable[[Tables, dict[str, Any]], None] = lambda _tables, _facts: None,
) -> dict[str, Any]:
    """Search for designs, confirm the best by simulation, and write a folder.

    `on_answer` is called with what the closed form says, before anything is simulated.

    Returns
    -------
    dict
        `tables` by name, and `facts` for people.

    Raises
    ------
    InputError
        If an input, the cluster or the folder is wrong.
    """
    priors = load_priors(study, prior_file)
    base = question.base
    holds = (
        f"a search for designs of {base.outcome.name}, {effect_words(base)}, of {study.known_as}"
    )
    with whole_results(out, holds, force=force) as staging:
        tables = answer(question, priors, on_progress=on_progress)
        on_progress("Weighing", 0.5, 1.0)
        on_answer(tables, assumed(study, question, tables, priors, seed=seed, command=command))
        tables |= beside(question, tables, priors)
        tables["frontier"] = confirmed(
            question,
            tables["frontier"],
            priors,
            folder=out / "replicates",
            seed=seed,
            workers=workers,
            dask=dask,
            on_progress=on_progress,
        )
        facts = described(study, question, tables, priors, seed=seed, command=command)
        from mp_bayes.figures import save
        from mp_bayes.figures.chart import also_narrow
        from mp_bayes.figures.facts import FACTS, write_facts
        from mp_bayes.figures.search import search_charts
        from mp_bayes.report import write_tables
        from mp_bayes.report.search_page import build_search_page

        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        # `mp-bayes figures` draws with these, and with the study.
        write_facts(staging / FACTS, facts)
        keep_study(study, staging)
        drawn = also_narrow(lambda: search_charts(tables, facts))
        for chart in drawn:
            save(chart, staging / "figures")
        (staging / "protocol.txt").write_text(facts["paragraph"] + "\n", encoding="utf-8")
        scenario = scenario_text(question, study)
        (staging / "scenario.toml").write_text(scenario, encoding="utf-8")
        page = build_search_page(tables, drawn, facts)
        (staging / "plan.html").write_text(page, encoding="utf-8")
        source = f"simulations, by the assumptions listed, and {study.source}"
        write_tables(staging, page, source=source, command=command)
        (staging / "priors.toml").write_text(priors.text(study.outcomes.values()), encoding="utf-8")
        inputs = [*inputs_of(study), *(file for file in (prior_file, scenario_file) if file)]
        write_manifest(staging, inputs=inputs, command=command, study=study.name, seed=seed)
    return {"tables": tables, "facts": facts}


def described(
    study: Study,
    question: Question,
    tables: Tables,
    priors: Priors,
    *,
    seed: int,
    command: str,
) -> dict[str, Any]:
    """Add the paragraph for a protocol, and what went wrong in simulation."""
    from mp_bayes.wording.search import paragraph

    facts = assumed(study, question, tables, priors, seed=seed, command=command)
    failed = tables["frontier"]["failed"].max()
    if failed > 0:
        facts["cautions"].append(
            f"up to {100 * failed:.1f}% of a design's simulated evaluations could not be analysed, "
            f"and are left out; of a design with more than {100 * MOST_FAILED:g}% no share is shown"
        )
    facts["cautions"] += apart(tables["frontier"])
    return {**facts, "paragraph": paragraph(tables, facts)}


def apart(frontier: pd.DataFrame) -> list[str]:
    """Say where simulation and closed form differ by more than chance."""
    away = frontier["simulated"] - frontier["assurance"]
    error = np.hypot(frontier["simulated_mcse"], frontier["assurance_error"])
    found = frontier[away.abs() > _BY_CHANCE * error]
    return [
        f"of {row['treated_boroughs']:.0f} treated and {row['comparison_boroughs']:.0f} comparison "
        f"boroughs, {row['post_years']:.0f} years after, simulation says "
        f"{100 * row['simulated']:.0f}% and the closed form {100 * row['assurance']:.0f}%, more "
        "apart than chance makes them: believe the simulation"
        for row in found.to_dict("records")
    ]
