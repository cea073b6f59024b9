"""What the data are, and what no model mends: facts worked out from the published tables."""

from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from mp_bayes.evidence import load
from mp_bayes.evidence.arrays import cells
from mp_bayes.studies.study import OUTCOMES, Outcome, get_outcome
from mp_bayes.wording.numbers import listed, number

_LOW = (
    "A low year may be chance, after which rates return to the usual, or already the programme's "
    "doing; these data do not tell one from the other. As one of the untreated years that later "
    "ones are compared with, it makes those look like a rise; taken by its dose, it loses most of "
    "that weight (see what each average counts)."
)


@dataclass(frozen=True)
class Note:
    """One fact: a heading, and what it means for the answer."""

    heading: str
    text: str


def data_notes(folder: Path | None = None) -> list[Note]:
    """Return the notes, in the page's order.

    Parameters
    ----------
    folder : Path, optional
        Folder with an edited copy of the published tables.

    References
    ----------
    2020 report, sections 3.2 and 3.4, Appendix 4 ("Inclusions and exclusions", "Identifying the
    comparison borough"), Tables 4 and 8; 2017 report, "The implementation process".
    """
    first = get_outcome("cin_rereferral_12m")
    counts = cells(first, folder)
    notes = [
        Note("Whose movement it is", contrast_parts(counts, first, first.post_years[-1])),
        Note("The cohort is an incident one", _incident(first, counts)),
        Note("What the report holds against its own effects", _reservations(folder)),
    ]
    low = [
        found
        for outcome in OUTCOMES.values()
        if outcome.likelihood == "binomial"
        and (found := lowest_year(cells(outcome, folder), outcome))
    ]
    if low:
        notes.append(Note("A low year that is partly exposed", f"{' '.join(low)} {_LOW}"))
    return [
        *notes,
        Note(
            "The comparison was chosen for its past",
            f"The report chose {first.study.comparison} for a trend in re-referrals that ran "
            f"parallel to {first.study.treated}'s in 2009-2014, and its comparison for children "
            "looked after in a like manner (Appendix 4). Beside a borough so chosen there tends to "
            "be less movement before the onset than boroughs show otherwise: the shock prior "
            "within-study, which favours small shocks anyway, learns from those years.",
        ),
        Note("What the costs are set against", _periods(first, folder)),
    ]


def contrast_parts(counts: xr.Dataset, outcome: Outcome, year: str) -> str:
    """Divide one year's raw contrast into the treated and the comparison borough's own change.

    Parameters
    ----------
    counts : xarray.Dataset, dims (borough, year)
        From `mp_bayes.evidence.arrays.cells`.
    outcome : Outcome
        A binary one.
    year : str
    """
    study = outcome.study
    rate = 100 * counts["events"] / counts["total"]
    change = rate.sel(year=year) - rate.sel(year=study.reference_year)
    own, other = (float(change.sel(borough=one)) for one in (study.treated, study.comparison))
    total = counts["total"].sel(borough=study.comparison)
    before = study.years[study.years.index(year) - 1]
    earlier = study.years[study.years.index(before) - 1]
    growth = float(total.sel(year=before) / total.sel(year=earlier)) - 1
    there = rate.sel(borough=study.comparison)
    text = (
        f"From {study.reference_year} to {year} the rate of “{outcome.label}” changed by "
        f"{number(own, 1, sign=True)} percentage points in {study.treated} and by "
        f"{number(other, 1, sign=True)} in {study.comparison}: that makes the raw contrast of "
        f"{number(own - other, 1, sign=True)}. "
    )
    if abs(other) > abs(own):
        text += f"Most of it is {study.comparison}'s movement, not {study.treated}'s. "
        if (own - other) * other < 0 and outcome.name == "cin_rereferral_12m":
            text += (
                f"The report itself calls its effect partly driven by a rise in "
                f"{study.comparison}, whose cause is unclear (section 3.2). "
            )
    return text + (
        f"{study.comparison}'s referrals changed by {_signed_percent(growth)} from {earlier} to "
        f"{before} ({number(float(total.sel(year=earlier)), 0)} to "
        f"{number(float(total.sel(year=before)), 0)}), and its rate from "
        f"{number(float(there.sel(year=before)))}% to {number(float(there.sel(year=year)))}% the "
        "year after (Table 8). The analysis takes such a movement as what would have happened in "
        f"{study.treated} too, or as a shock; the data alone do not say which."
    )


def _signed_percent(share: float) -> str:
    return f"{number(100 * share, 0, sign=True)}%"


def own_changes(counts: xr.Dataset, outcome: Outcome, year: str) -> str:
    """Write each borough's own change from the reference year to another, in its raw rate.

    Parameters
    ----------
    counts : xarray.Dataset, dims (borough, year)
        From `mp_bayes.evidence.arrays.cells`.
    outcome : Outcome
    year : str
    """
    rate = 100 * counts["events"] / counts["total"]
    change = rate.sel(year=year) - rate.sel(year=outcome.study.reference_year)
    unit = "points" if outcome.likelihood == "binomial" else "per 100 cases"
    return listed(
        [
            f"{number(float(change.sel(borough=one)), 1, sign=True)} {unit} in {one}"
            for one in outcome.study.boroughs
        ]
    )


def _incident(outcome: Outcome, counts: xr.Dataset) -> str:
    """Say that first referrals only came in, and how both boroughs' rates moved."""
    year = outcome.post_years[0]
    return (
        "Only children whose first referral came on or after 1 March 2012 are in the data "
        "(Appendix 4). In the first year, then, few children have a history; later years hold "
        "children who were referred before. Rates of re-referral may rise over the first years "
        "by construction, in both boroughs: a reason to leave the common years free. The first "
        "year, against which the report sets every other, is the one most affected. From it to "
        f"{year} the raw rates changed by {own_changes(counts, outcome, year)} (Table 8)."
    )


def _reservations(folder: Path | None) -> str:
    """Repeat what the report itself holds against two of its effects, with the raw changes."""
    parts = []
    for name, year, said in (
        (
            "cin_escalation_12m",
            "2017-18",
            "finds that trends were not parallel in 2014-15, calls Southend not a suitable "
            "comparison for this outcome and its effects associations, and that of 2017-18 partly "
            "driven by a decrease in Southend (section 3.2, Appendix 4)",
        ),
        (
            "cla_placement_moves",
            "2018-19",
            "calls the effect of 2018-19 partly driven by a slight increase in Barnet rather than "
            "a decrease in Islington (section 3.2)",
        ),
    ):
        outcome = get_outcome(name)
        changes = own_changes(cells(outcome, folder), outcome, year)
        parts.append(
            f"{outcome.label}: the report {said}. The raw rates changed from "
            f"{outcome.study.reference_year} to {year} by {changes}."
        )
    return " ".join(parts)


def lowest_year(counts: xr.Dataset, outcome: Outcome) -> str:
    """Say what follows if the treated borough's lowest year is a partly exposed one; else nothing.

    Parameters
    ----------
    counts : xarray.Dataset, dims (borough, year)
    outcome : Outcome
    """
    own = counts.sel(borough=outcome.study.treated, year=list(outcome.years))
    rate = (100 * own["events"] / own["total"]).to_series()
    low, following = rate.sort_values().index[:2]
    if low not in outcome.partly_exposed:
        return ""
    lowest, second = (number(float(rate[year])) for year in (low, following))
    return (
        f"{outcome.label}: {low} is {outcome.study.treated}'s lowest year "
        f"({lowest}%; the next is {following}, {second}%), and a part of its outcomes lies after "
        "the onset."
    )


def _periods(outcome: Outcome, folder: Path | None) -> str:
    """Say which years the costs and the outcomes cover."""
    costs = load("costs", folder).set_index(["item", "round"])["amount"]
    other = get_outcome("cla_placement_moves").study
    first, second = (
        number(float(costs["total", one.funding_round]), 0) for one in (outcome.study, other)
    )
    return (
        f"Costs are those of the funding rounds 2015-2017 (£{first}) and 2017-2019 (£{second}; "
        "Table 4). The first round's project ends in March 2017 (2017 report); here its cost is "
        "set against the outcomes of referrals up to February 2018, the last year of which has "
        "no cost set against it. The report calls a cost-benefit analysis unfeasible, because "
        "the impact is uncertain, and gives unit costs only (section 3.4)."
    )
