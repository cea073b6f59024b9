"""What a study's files must hold together; every message names file and line, or field."""

import calendar
import itertools
import math
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from pydantic import ValidationError

from mp_bayes.errors import InputError
from mp_bayes.studies.files import YEAR, CoefficientRow, CountRow, NoteFile
from mp_bayes.studies.problems import demand, echo
from mp_bayes.studies.study import Count, Outcome, Setting

#: England has some 150 authorities; 20,000 draws of very many more would not fit into memory, nor
#: a matrix of very many years for each.
MOST_BOROUGHS, MOST_ENTRIES = 300, 30_000
#: Of one child; more are a slip of units.
MOST_A_YEAR = 100
#: Sections of prior files that are no outcome's.
RESERVED = ("default", "national")
Lines = Sequence[tuple[int, CountRow]]


def said(error: ValidationError, *, alone: bool) -> str:
    """Write what is wrong with `study.toml`: the field as it stands in the file, and why."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part != "[key]"]
    if alone and place[:2] == ["settings", "study"]:
        place = place[2:]
    alone_says = first["type"] in ("missing", "extra_forbidden")
    given = "" if alone_says else f" (given: {echo(str(first['input']))})"
    field = ".".join(place) or "the file"
    return f"'{field}' {demand(first)}{given}"


def unique(names: Iterable[str], where: str) -> None:
    """Refuse a name that stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InputError(f"{where}: {echo(name)} stands twice; name each once")
        seen.add(name)


def boroughs(
    treated: list[str], comparison: list[str], seen: list[str], where: str, table: str
) -> None:
    """Check who is treated and who is compared, against the boroughs that have counts."""
    unique(comparison, f"{where} comparison".strip())
    both = [name for name in treated if name in comparison]
    if both:
        raise InputError(f"{where} {echo(both[0])} is both treated and a comparison: choose one")
    if len(treated) + len(comparison) > MOST_BOROUGHS:
        raise InputError(
            f"{table}: there are {len(treated) + len(comparison)} boroughs; at most "
            f"{MOST_BOROUGHS} can be analysed together"
        )
    for name in (*treated, *comparison):
        if name not in seen:
            known = ", ".join(map(echo, seen[:10])) + (", ..." if len(seen) > 10 else "")
            raise InputError(f"{table}: no row for the borough {echo(name)}; it has {known}")
    if not comparison:
        raise InputError(f"{where} there is no comparison borough: a study needs one at least")
    for name in seen:
        if name not in treated and name not in comparison:
            raise InputError(
                f"{table}: {echo(name)} is neither treated nor a comparison; name it in "
                "'comparison', or take its rows out"
            )


def alike(names: Iterable[str], table: str) -> None:
    """Refuse names that only a computer tells apart: one of them is misspelt."""
    seen: dict[str, tuple[str, str]] = {}
    for name in names:
        plain = " ".join(unicodedata.normalize("NFKC", name).split())
        other, its_plain = seen.setdefault(plain.casefold(), (name, plain))
        if other != name:
            how = "by spaces or the way letters are stored" if its_plain == plain else "by capitals"
            raise InputError(f"{table}: {echo(name)} and {echo(other)} differ {how} alone")


def month(date: float) -> str:
    """Write a decimal year as `October 2022`."""
    return f"{calendar.month_name[int((date % 1) * 12 + 0.01) + 1]} {int(date)}"


def years(labels: list[str], count: int, where: str) -> None:
    """Check year-bins: calendar years, in order, without a gap, few enough for `count` boroughs."""
    unique(labels, f"{where} years".strip())
    where = where.rstrip(":")
    if len(labels) > (most := math.isqrt(MOST_ENTRIES // count)):
        raise InputError(
            f"{where}: there are {len(labels)} years of {count} boroughs; at most {most} years of "
            "so many can be analysed: leave out the earliest"
        )
    for label in labels:
        if not re.fullmatch(YEAR, label):
            raise InputError(
                f"{where}: {echo(label)} is not a calendar year such as 2019, or 2019-20"
            )
        if len(label) > 4 and int(label[-2:]) != (int(label[:4]) + 1) % 100:
            raise InputError(
                f"{where}: {echo(label)} does not span two years that follow each other"
            )
    if len({len(label) for label in labels}) > 1:
        raise InputError(f"{where}: years are written {labels[0]} and {labels[-1]}; choose one way")
    for before, after in itertools.pairwise(labels):
        if int(after[:4]) != int(before[:4]) + 1:
            raise InputError(
                f"{where}: after the year {before} comes {after}; years must follow each other "
                "without a gap"
            )


def placed(setting: Setting, reference: str | None, where: str) -> Setting:
    """Check that onsets lie within the years, and choose the reference year.

    The last year that ends before the earliest onset, unless the study names another.
    """
    starts = [int(label[:4]) + setting.bin_start for label in setting.years]
    dates = [
        *zip(setting.treated_boroughs, setting.onsets, strict=True),
        *((timing.name, onset) for timing in setting.scenarios for onset in timing.onsets),
        *(
            (timing.name, timing.comparison_onset)
            for timing in setting.scenarios
            if timing.comparison_onset is not None
        ),
    ]
    for name, onset in dates:
        if not starts[0] < onset < starts[-1] + 1:
            raise InputError(
                f"{where} the onset of {echo(name)} ({month(onset)}) lies outside the years "
                f"{setting.years[0]} to {setting.years[-1]}"
            )
    pairs = list(zip(setting.years, starts, strict=True))
    before = [label for label, start in pairs if start + 1 <= setting.onset + 1e-9]
    if not before:
        raise InputError(
            f"{where} no year ends before the earliest onset ({month(setting.onset)}): a study "
            "needs one year at least that the programme did not touch"
        )
    unaffected = [one.name for one in setting.scenarios if starts[-1] < max(one.onsets) - 1e-9]
    if unaffected:
        raise InputError(
            f"{where} no year begins after the onset of the scenario {unaffected[0]}: it says "
            "nothing of the programme"
        )
    late = max(zip(setting.onsets, setting.treated_boroughs, strict=True))
    if starts[-1] < late[0] - 1e-9:
        raise InputError(
            f"{where} no year begins after the onset of {echo(late[1])} ({month(late[0])}): a "
            "study needs one year at least with the programme"
        )
    unique(("as_published", *(timing.name for timing in setting.scenarios)), f"{where} scenarios")
    if reference is not None and reference not in before:
        raise InputError(
            f"{where} reference_year {echo(reference)} is not a year that ends before the "
            f"earliest onset: one of {', '.join(before)}"
        )
    return replace(setting, reference_year=reference or before[-1])


def counts(
    outcome: str, lines: Lines, setting: Setting, *, kind: str, exposure: bool, table: str
) -> tuple[Count, ...]:
    """Check one outcome's rows: a total for each, and every borough in the same years."""
    found: dict[tuple[str, str], Count] = {}
    for line, row in lines:
        where = f"{table}, line {line}"
        if row.borough not in setting.boroughs:
            raise InputError(f"{where}, column borough: {echo(row.borough)} is not in the study")
        if row.year not in setting.years:
            raise InputError(
                f"{where}, column year: {echo(row.year)} is not one of "
                f"{setting.years[0]} to {setting.years[-1]}"
            )
        if row.total is not None and row.exposure is not None:
            raise InputError(
                f"{where}, column exposure: the row has a total too; a binary outcome has a total, "
                "a count an exposure, or a total of cases"
            )
        total = row.exposure if exposure else row.total
        if total is None:
            column = "exposure" if exposure else "total"
            raise InputError(f"{where}, column {column}: the cell is empty; fill it in.")
        if exposure and row.events > MOST_A_YEAR * total:
            raise InputError(
                f"{where}, column exposure: {row.events} events in {total:g} child-years are more "
                f"than {MOST_A_YEAR} a year; correct one of them"
            )
        if kind == "binary" and row.events > total:
            raise InputError(
                f"{where}, column events: {row.events} is above the row's total of {total}; "
                "correct one of them"
            )
        found[row.borough, row.year] = Count(row.borough, row.year, row.events, total)
    if not found:
        raise InputError(f"{table}: no row for the outcome '{outcome}'")
    events = sum(one.events for one in found.values())
    if events == 0 or (kind == "binary" and events == sum(one.total for one in found.values())):
        which = "no events at all" if events == 0 else "nothing but events"
        raise InputError(
            f"{table}: {outcome} has {which}: nothing can be compared; check the column events"
        )
    observed = [year for year in setting.years if any(seen == year for _, seen in found)]
    whole = setting.years[setting.years.index(observed[0]) : setting.years.index(observed[-1]) + 1]
    for borough, year in itertools.product(setting.boroughs, whole):
        if (borough, year) not in found:
            raise InputError(
                f"{table}: no row for {outcome}, {borough}, {year}; every borough needs "
                f"every year from {whole[0]} to {whole[-1]}"
            )
    return tuple(found.values())


def both_sides(outcome: Outcome, where: str) -> None:
    """Check that an outcome was seen in the reference year, and after every onset.

    And that published estimates are of one onset: otherwise it is not known which boroughs each
    year's is of.
    """
    setting = outcome.setting
    for one in outcome.coefficients:
        if one.year and (one.year not in outcome.years or one.year == setting.reference_year):
            raise InputError(
                f"{where}: [outcomes.{outcome.name}] has a published estimate for {one.year}, "
                f"which is no year of its counts, or the reference year {setting.reference_year}"
            )
    if setting.staggered and "coefficients" in outcome.evidence:
        raise InputError(
            f"{where}: [outcomes.{outcome.name}] has published estimates by year, and treated "
            "boroughs that began at different times: leave the coefficients out"
        )
    if setting.reference_year not in outcome.years:
        raise InputError(
            f"{where}: [outcomes.{outcome.name}] has no counts in the reference year "
            f"{setting.reference_year}"
        )
    last = int(outcome.years[-1][:4]) + setting.bin_start
    if last < max(setting.onsets) - 1e-9:
        raise InputError(
            f"{where}: [outcomes.{outcome.name}] has no counts in a year that begins after the "
            f"last onset ({month(max(setting.onsets))})"
        )


def official(names: Mapping[str, str], settings: Iterable[Setting], where: str) -> None:
    """Check that official names are given to boroughs of the study, each its own."""
    known = {borough for setting in settings for borough in setting.boroughs}
    for borough in names:
        if borough not in known:
            raise InputError(f"{where}: [official_names] {echo(borough)} is not in the study")
    unique(names.values(), f"{where}: [official_names]")


def known_outcomes(
    names: Collection[str],
    lines: Lines,
    estimates: Sequence[tuple[int, CoefficientRow]],
    table: str,
    coefficients: str,
) -> None:
    """Refuse rows of an outcome that the study does not describe."""
    for name in names:
        if name in RESERVED:
            raise InputError(
                f"[outcomes.{name}]: prior files have a section of this name of their own; choose "
                "another"
            )
    for line, estimate in estimates:
        if (estimate.term == "treated_x_year") != bool(estimate.year):
            raise InputError(
                f"{coefficients}, line {line}, column year: treated_x_year needs a year, "
                "treated_x_post has none"
            )
    for file, rows in ((table, lines), (coefficients, estimates)):
        for line, row in rows:
            if row.outcome not in names:
                raise InputError(
                    f"{file}, line {line}, column outcome: {echo(row.outcome)} is not among the "
                    f"study's outcomes: {', '.join(names)}"
                )


def notes(given: list[NoteFile], outcomes: Mapping[str, Outcome], name: str) -> None:
    """Check that the notes speak of outcomes and years that there are."""
    for note in given:
        for outcome, year in note.changes.items():
            if outcome not in outcomes or year not in outcomes[outcome].years:
                raise InputError(
                    f"{name}: the note {echo(note.heading)} speaks of {outcome}, {year}, which the "
                    "study does not have"
                )
