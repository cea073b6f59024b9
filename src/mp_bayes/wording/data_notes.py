"""What the data are, and what no model mends: worked out from counts, and the study's own."""

from dataclasses import dataclass

import xarray as xr

from mp_bayes.evidence.arrays import cells
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import comparison_in, listed, number, treated_in

_LOW = (
    "A low year may be chance, after which rates return to the usual, or already the programme's "
    "doing; these data do not tell one from the other. As one of the untreated years that later "
    "ones are compared with, it makes those look like a rise; taken by its dose, it loses most of "
    "that weight (see what each average counts)."
)

#: A change of the comparison's size that may mean another way of counting, or other children.
_GREW = 0.1


@dataclass(frozen=True)
class Remark:
    """One fact: a heading, and what it means for the answer."""

    heading: str
    text: str


def data_notes(study: Study) -> list[Remark]:
    """Return the page's notes: whose movement the effects are, the study's own, and low years."""
    first = next(iter(study.outcomes.values()))
    said = study.texts.get("contrast", "")
    notes = [
        Remark("Whose movement it is", contrast_parts(first, first.post_years[-1], said)),
        *(
            Remark(note.heading, " ".join([note.text, *_changes(study, note.changes)]))
            for note in study.notes
        ),
    ]
    low = [text for outcome in study.outcomes.values() if (text := lowest_year(outcome))]
    if low:
        notes.append(Remark("A low year that is partly exposed", f"{' '.join(low)} {_LOW}"))
    return notes


def _changes(study: Study, changes: tuple[tuple[str, str], ...]) -> list[str]:
    """Write the raw changes that a note asks for."""
    return [
        f"The raw rates changed from {study.outcomes[name].setting.reference_year} to {year} by "
        f"{own_changes(study.outcomes[name], year)}."
        for name, year in changes
    ]


def rates(outcome: Outcome) -> xr.DataArray:
    """Return raw rates per 100 of the treated and of the comparison boroughs, dims (group, year).

    Several boroughs are added up.
    """
    counts, setting = cells(outcome), outcome.setting
    groups = [list(setting.treated_boroughs), list(setting.comparison_boroughs)]
    pooled = xr.concat([counts.sel(borough=names).sum("borough") for names in groups], "group")
    return 100 * pooled["events"] / pooled["total"]


def _unit(outcome: Outcome) -> str:
    if outcome.likelihood == "binomial":
        return "percentage points"
    return "per 100 child-years" if outcome.exposure_known else "per 100 cases"


def contrast_parts(outcome: Outcome, year: str, said: str = "") -> str:
    """Divide one year's raw contrast into the treated and the comparison boroughs' own change.

    Parameters
    ----------
    outcome : Outcome
    year : str
    said : str
        What the study adds where most of the contrast is the comparison's movement.
    """
    setting = outcome.setting
    who, others = treated_in(setting), comparison_in(setting)
    rate = rates(outcome)
    change = rate.sel(year=year) - rate.sel(year=setting.reference_year)
    own, other = (float(value) for value in change)
    text = (
        f"From {setting.reference_year} to {year} the rate of “{outcome.label}” changed by "
        f"{number(own, 1, sign=True)} {_unit(outcome)} in {who} and by "
        f"{number(other, 1, sign=True)} in {others}: that makes the raw contrast of "
        f"{number(own - other, 1, sign=True)}. "
    )
    # Neither where both moved alike: then the contrast is what is left of two large movements.
    if own != other and 0.5 < -other / (own - other) <= 1.5:
        text += f"Most of it is the movement of {others}, not of {who}. "
        if said:
            text += f"{said} "
    return (
        text
        + _growth(outcome, year)
        + (
            f"The analysis takes such a movement as what would have happened in {who} too, or as a "
            "shock; the data alone do not say which."
        )
    )


def _growth(outcome: Outcome, year: str) -> str:
    """Say how the comparison's size and rate changed in the years before."""
    setting = outcome.setting
    place = setting.years.index(year)
    if place < 2:
        return ""
    earlier, before = setting.years[place - 2], setting.years[place - 1]
    total = cells(outcome)["total"].sel(borough=list(setting.comparison_boroughs)).sum("borough")
    sizes = [float(total.sel(year=label)) for label in (earlier, before)]
    if abs(sizes[1] / sizes[0] - 1) < _GREW:
        return ""
    there = rates(outcome).isel(group=1)
    first, last = (float(there.sel(year=label)) for label in (before, year))
    ending = "%" if outcome.likelihood == "binomial" else f" {_unit(outcome)}"
    units = "child-years" if outcome.exposure_known else outcome.total_unit
    return (
        f"The {units} of {comparison_in(setting)} changed by "
        f"{number(100 * (sizes[1] / sizes[0] - 1), 0, sign=True)}% from {earlier} to {before} "
        f"({number(sizes[0], 0)} to {number(sizes[1], 0)}), and the rate from "
        f"{number(first)}{ending} to {number(last)}{ending} the year after. "
    )


def own_changes(outcome: Outcome, year: str) -> str:
    """Write both groups' own change from the reference year to another, in raw rates."""
    rate = rates(outcome)
    change = rate.sel(year=year) - rate.sel(year=outcome.setting.reference_year)
    names = treated_in(outcome.setting), comparison_in(outcome.setting)
    return listed(
        [
            f"{number(float(value), 1, sign=True)} {_unit(outcome)} in {name}"
            for name, value in zip(names, change, strict=True)
        ]
    )


def lowest_year(outcome: Outcome) -> str:
    """Say what follows if the treated boroughs' lowest year is partly exposed; else nothing."""
    if not outcome.partly_exposed or outcome.likelihood != "binomial":
        return ""
    rate = rates(outcome).isel(group=0).sel(year=list(outcome.years)).to_series()
    low, following = rate.sort_values().index[:2]
    if low not in outcome.partly_exposed:
        return ""
    lowest, second = (number(float(rate[year])) for year in (low, following))
    return (
        f"{outcome.label}: {low} is the lowest year of {treated_in(outcome.setting)} "
        f"({lowest}%; the next is {following}, {second}%), and a part of its outcomes lies after "
        "the onset."
    )
