"""What `mp-bayes panel` has left: the report's section, and the page of each command."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import (
    MEASURES,
    Measure,
    comparison_names,
    measure_of,
    official_name,
    treated_names,
)
from mp_bayes.figures import panel as figures
from mp_bayes.figures import placebo as placebo_figures
from mp_bayes.figures.chart import Chart
from mp_bayes.report.page import Page, Picture, pictures, render
from mp_bayes.report.panel_tables import candidates_table, claims_table, shocks_table
from mp_bayes.storage import read_manifest, read_tables
from mp_bayes.studies.study import Study
from mp_bayes.wording import panel as wording
from mp_bayes.wording import shocks
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table

_PLACEBO = (
    placebo_figures.placebo_chart,
    placebo_figures.claims_chart,
    placebo_figures.power_chart,
)


@dataclass(frozen=True)
class Block:
    """What one command left: sentences, then figures and tables."""

    sentences: list[str]
    pictures: list[Picture] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


@dataclass(frozen=True)
class PanelPart:
    """What the page says of one measure."""

    label: str
    caveat: str
    blocks: list[Block]


@dataclass(frozen=True)
class PanelSection:
    """What the page says of the panel."""

    shocks: Table | None
    parts: list[PanelPart]


def panel_section(folder: Path, study: Study) -> PanelSection | None:
    """Return the section, or None if there are no results.

    Parameters
    ----------
    folder : Path
        `panel` in a results folder, with a folder for each measure and in it one for each command.
    study : Study

    Raises
    ------
    InputError
        If results are damaged.
    """
    found = {
        measure: {
            name: _tables(
                folder / measure.name / name,
                wording.panel_results(name, measure.name, _treated(study, measure)),
            )
            for name in _BLOCKS
            if (folder / measure.name / name).is_dir()
        }
        for measure in _measures(study)
    }
    try:
        parts = [_part(study, measure, results) for measure, results in found.items() if results]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(
            f"{folder} holds results of another kind or version ({error}): delete it, or run "
            "`mp-bayes panel` again"
        ) from None
    if not parts:
        return None
    fits = {measure: results["fit"] for measure, results in found.items() if "fit" in results}
    return PanelSection(shocks_table(fits) if fits else None, parts)


def panel_page(
    name: str,
    measure: Measure,
    tables: Tables,
    study: Study,
    *,
    treated: str,
    version: str,
    command: str,
) -> Page:
    """Return what one panel command has left as a page of its own.

    Parameters
    ----------
    name : str
        Of the command.
    measure : Measure
    tables : dict of DataFrame
        As they were written, and read again.
    study : Study
    treated : str
        The authority that is asked about.
    version, command : str
        What made it.
    """
    block = _PAGES[name](study, measure, treated, tables)
    beside = [replace(one, folder="figures") for one in block.pictures]
    context = {
        "part": PanelPart(measure.label, measure.caveat, [replace(block, pictures=beside)]),
        "source": measure.source.release,
        "question": _QUESTIONS[name],
        "treated": treated,
        "study": study,
        "version": version,
        "command": command,
    }
    return render("panel_page.html.j2", context)


def _measures(study: Study) -> list[Measure]:
    """List the measures that the study's outcomes take their shock priors from."""
    wanted = {outcome.measure for outcome in study.outcomes.values()}
    return [measure_of(study, name) for name in MEASURES if name in wanted]


def _treated(study: Study, measure: Measure) -> str:
    """Return the authority that the panel's analyses follow."""
    return official_name(study, measure.outcomes[0].setting.treated_boroughs[0])


def _tables(folder: Path, holds: str) -> Tables:
    try:
        tables = read_tables(folder)
        there = read_manifest(folder).get("holds")
    except InputError as error:
        raise InputError(
            f"{folder} holds no results as `mp-bayes panel {folder.name}` writes them ({error}): "
            "delete the folder, or run that again"
        ) from None
    if there != holds:
        raise InputError(
            f"{folder} holds {there}, where the page would show {holds}: choose another --out, or "
            "run that panel command again"
        )
    return tables


def _part(study: Study, measure: Measure, results: dict[str, Tables]) -> PanelPart:
    treated = _treated(study, measure)
    blocks = [_BLOCKS[name](study, measure, treated, results[name]) for name in results]
    return PanelPart(measure.label, measure.caveat, blocks)


def _fit(study: Study, measure: Measure, _treated: str, tables: Tables) -> Block:
    table = tables["shocks"]
    sentences = shocks.shocks_answer(table, tables["check"])
    if "authorities" not in tables:
        return Block(sentences)
    marked = [*treated_names(study), *comparison_names(study)]
    authorities = tables["authorities"]
    draw = partial(figures.authorities_chart, authorities, table, marked=marked, measure=measure)
    sentences += shocks.authorities_answer(authorities, marked=marked)
    return Block(sentences, _pictures(measure, "fit", draw))


def _tails(_study: Study, _measure: Measure, _treated: str, tables: Tables) -> Block:
    return Block([shocks.tails_answer(tables["summary"])])


def _effects(_study: Study, measure: Measure, treated: str, tables: Tables) -> Block:
    draw = partial(figures.ten_years, tables["effects"], treated=treated, measure=measure)
    methods = tables["inference"]
    sentences = [*wording.did_it_embed(tables["effects"]), *wording.inference_answer(methods)]
    written = _methods_table(methods, measure, treated)
    return Block(sentences, _pictures(measure, "effects", draw), [written])


def _inference(_study: Study, measure: Measure, treated: str, tables: Tables) -> Block:
    methods = tables["inference"]
    written = _methods_table(methods, measure, treated)
    return Block(wording.inference_answer(methods), tables=[written])


def _methods_table(methods: pd.DataFrame, measure: Measure, treated: str) -> Table:
    written = wording.methods_table(methods)
    caption = f"{measure.label}: {treated}'s effect by frequentist methods"
    note = "Percentage points, average over the years after the onset (95% confidence intervals)."
    return Table(
        caption,
        list(written.columns),
        written.to_numpy().tolist(),
        note,
        name=f"panel_methods__{measure.name}",
        source=measure.source.release,
    )


def _placebo(_study: Study, measure: Measure, treated: str, tables: Tables) -> Block:
    table, claims = tables["placebo"], tables["false_claims"]
    draws = [
        partial(draw, table, claims, treated=treated, measure=measure)
        for draw in _PLACEBO[: 3 if claims["onset"].eq("placebo").any() else 1]
    ]
    sentences = wording.placebo_answer(table, claims, treated=treated)
    written = [claims_table(claims, effect, measure) for effect in claims["effect"].unique()]
    return Block(sentences, _pictures(measure, "placebo", *draws), written)


def _compare(study: Study, measure: Measure, treated: str, tables: Tables) -> Block:
    table = tables["candidates"]
    comparisons = measure.outcomes[0].setting.comparison_boroughs
    followed = treated == _treated(study, measure) and len(comparisons) == 1
    reported = official_name(study, comparisons[0]) if followed else ""
    sentences = wording.compare_answer(table, reported=reported)
    return Block(sentences, tables=[candidates_table(table, measure, treated)])


#: By the name of the folder that a command leaves, in the page's order.
_BLOCKS: Final[dict[str, Callable[[Study, Measure, str, Tables], Block]]] = {
    "fit": _fit,
    "tails": _tails,
    "effects": _effects,
    "placebo": _placebo,
    "compare": _compare,
}

# What has a page of its own, and its heading.
_PAGES = {**_BLOCKS, "inference": _inference}
_QUESTIONS = {
    "fit": "How much do authorities move anyway?",
    "tails": "Are the shocks heavy-tailed?",
    "effects": "What came after the evaluation ended?",
    "inference": "What do methods say that allow for few treated?",
    "placebo": "What would be claimed of authorities without the programme?",
    "compare": "Which authorities moved alike?",
}


def _pictures(measure: Measure, name: str, *draws: Callable[[], Chart]) -> list[Picture]:
    where = f"panel/{measure.name}/{name}/figures"
    return pictures(lambda: [draw() for draw in draws], folder=where)
