"""Which figures a results folder can give, of whatever command it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mp_bayes.commands.jobs import PRIORS
from mp_bayes.commands.kept_study import kept_study
from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import comparison_names, measure_of, treated_names
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.facts import FACTS, PLANNING_FACTS, read_facts
from mp_bayes.priors import load_priors
from mp_bayes.storage import read_manifest, read_tables
from mp_bayes.studies.study import Study
from mp_bayes.wording.selection import Tables

_PANEL = re.compile(r"panel (\w+) of (\w+), for (.+)", re.DOTALL)
_CHECK = re.compile(r"the check (\w+) of (.+)", re.DOTALL)
_SIMULATION = re.compile(r"python (simulations/\w+\.py)")
_SMALL_PLAN = "planning_"


@dataclass(frozen=True)
class Drawable:
    """A figure that can be drawn.

    Attributes
    ----------
    figure, outcome : str
        Its name, and that of the outcome that it is of; empty if it is of none in particular.
    draw : callable
        Returns the chart.
    """

    figure: str
    outcome: str
    draw: Callable[[], Chart]

    @property
    def name(self) -> str:
        """The name of its files."""
        return f"{self.figure}__{self.outcome}" if self.outcome else self.figure


@dataclass(frozen=True)
class Gallery:
    """The figures of one results folder.

    Attributes
    ----------
    of : str
        What they are figures of.
    study : Study
    figures : list of Drawable
    missing : str
        Which the folder cannot give, why, and what would help; empty if it gives all.
    """

    of: str
    study: Study
    figures: list[Drawable]
    missing: str = ""


def gallery(results: Path) -> Gallery:
    """Find what a results folder gives, without drawing it.

    Raises
    ------
    InputError
        If the folder holds no results, or results of another version, or nothing to draw.
    """
    manifest = read_manifest(results)
    holds, command = manifest.get("holds", ""), manifest.get("command", "")
    if script := _SIMULATION.match(command):
        raise InputError(
            f"{results} holds a simulation study, whose figures its script alone draws: run "
            f"`python {script[1]} FOLDER`, which simulates what is not in FOLDER already"
        )
    study = kept_study(results)
    if check := _CHECK.fullmatch(holds):
        return Gallery(holds, study, _of_check(results, study, check[1]))
    tables = read_tables(results)
    if panel := _PANEL.fullmatch(holds):
        return Gallery(holds, study, _of_panel(tables, study, *panel.groups()))
    if holds.startswith(("a plan of ", "a search for designs of ")):
        missing = _without(results, FACTS, command)
        if missing:
            raise InputError(missing)
        return Gallery(holds, study, _of_plan(tables, results / FACTS, study))
    return _of_run(tables, results, study, manifest)


def _without(results: Path, facts: str, command: str) -> str:
    """Say that a folder has no facts of its plan, and how to have them; empty if it has."""
    if facts in read_manifest(results)["files"]:
        return ""
    return (
        f"{results} was written by an older version of mp-bayes, without {facts}, which figures of "
        f"its plan need: run `{command or 'mp-bayes plan'}` again"
    )


def _of_panel(
    tables: Tables, study: Study, kind: str, measure_name: str, treated: str
) -> list[Drawable]:
    from mp_bayes.figures.panel import authorities_chart, ten_years
    from mp_bayes.figures.placebo import claims_chart, placebo_chart, power_chart

    measure = measure_of(study, measure_name)
    of: dict[str, Any] = {"treated": treated, "measure": measure}
    found: list[tuple[str, Callable[[], Chart]]] = []
    if kind == "effects":
        found = [("effects_by_year", partial(ten_years, tables["effects"], **of))]
    if kind == "fit" and "authorities" in tables:
        of = {"marked": [*treated_names(study), *comparison_names(study)], "measure": measure}
        chart = partial(authorities_chart, tables["authorities"], tables["shocks"], **of)
        found = [("authorities", chart)]
    if kind == "placebo":
        both = (tables["placebo"], tables["false_claims"])
        found = [
            ("placebo", partial(placebo_chart, *both, **of)),
            ("false_claims_by_year", partial(claims_chart, *both, **of)),
            ("false_claims_and_power", partial(power_chart, *both, **of)),
        ]
        # The others are of onsets that never were.
        found = found if both[1]["onset"].eq("placebo").any() else found[:1]
    return [Drawable(name, "", draw) for name, draw in found]


def _of_check(results: Path, study: Study, name: str) -> list[Drawable]:
    from mp_bayes.report.checks_page import CHECKS, kept_tables

    if name not in CHECKS:
        raise InputError(f"this version knows no check {name}: run one of `mp-bayes check`")
    tables, found = kept_tables(results), []
    # A check draws its figures together: each is light.
    for chart in CHECKS[name].charts(tables, study):
        figure, _, outcome = chart.name.partition("__")
        found.append(Drawable(figure, outcome, partial(_again, name, tables, study, chart.name)))
    return found


def _again(check: str, tables: Tables, study: Study, name: str) -> Chart:
    """Draw one figure of a check, in the look that is asked for."""
    from mp_bayes.report.checks_page import CHECKS

    charts = CHECKS[check].charts(tables, study)
    return next(chart for chart in charts if chart.name == name)


def _of_plan(tables: Tables, facts_file: Path, study: Study) -> list[Drawable]:
    from mp_bayes.figures import planning, search

    facts = read_facts(facts_file, study)
    draws = (search if "frontier" in tables else planning).drawable(tables)
    return [Drawable(name, "", partial(draw, tables, facts)) for name, draw in draws]


def _of_run(tables: Tables, results: Path, study: Study, manifest: dict[str, Any]) -> Gallery:
    from mp_bayes.figures.registry import CHARTS, SHARED, wanted

    if PRIORS not in manifest["files"]:
        raise InputError(f"{results} does not say with what priors it was made: run it again")
    priors = load_priors(study, results / PRIORS)
    found = [
        Drawable(
            name,
            "" if name in SHARED else one,
            partial(CHARTS[name], tables, results, study, study.outcomes[one], priors),
        )
        for name, one in wanted(tables, results, study)
    ]
    small = {
        name.removeprefix(_SMALL_PLAN): table
        for name, table in tables.items()
        if name.startswith(_SMALL_PLAN)
    }
    missing = _without(results, PLANNING_FACTS, manifest.get("command", "")) if small else ""
    if small and not missing:
        found += _of_plan(small, results / PLANNING_FACTS, study)
    return Gallery(study.known_as, study, found, missing)
