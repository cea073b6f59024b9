"""The Department for Education's files, and the measures that they give."""

from dataclasses import dataclass

from mp_bayes.errors import InputError

_CIN = "DfE, Explore education statistics, 'Children in need'"


@dataclass(frozen=True)
class Source:
    """One file of a release.

    Attributes
    ----------
    pattern : str
        File name; * stands for the years.
    release : str
        Where to download it.
    code, authority, year : str
        Columns.
    region, level : str
        Columns that not every file has; empty if it has none. Only rows of the level `Local
        authority` are read: England and the regions are rounded.
    """

    pattern: str
    release: str
    code: str
    authority: str
    year: str
    region: str = ""
    level: str = ""


def _children_in_need(letter: str, subject: str) -> Source:
    """Return one of the files of the children-in-need release, which share their layout."""
    return Source(
        pattern=f"{letter}_{subject}_*.csv",
        release=f"{_CIN}, file {letter}",
        code="new_la_code",
        authority="la_name",
        year="time_period",
        region="region_name",
        level="geographic_level",
    )


_REFERRALS = _children_in_need("c1", "children_in_need_referrals_and_rereferrals")
_NEED = _children_in_need("b1", "children_in_need")
_PLANS = _children_in_need("d1", "child_protection_plans")
_PLACEMENTS = Source(
    pattern="cla_three_or_more_placements_*.csv",
    release="DfE, Local Authority Interactive Tool, children looked after with three or more "
    "placements in the year",
    code="LA Number",
    authority="la",
    year="year",
    region="Region",
)
_TYPES = Source(
    pattern="cla_placement_type_*.csv",
    release="DfE, 'Children looked after in England', by type of placement",
    code="new_la_code",
    authority="geo_breakdown",
    year="time_period",
)
NEIGHBOURS = "sn_model_*_wide.csv"
NEIGHBOURS_RELEASE = (
    "DfE, Local Authority Interactive Tool, statistical neighbours model, wide form"
)


@dataclass(frozen=True)
class Measure:
    """A share that official statistics give for every authority and year.

    Attributes
    ----------
    name : str
        As in files and commands.
    label : str
        As people say it.
    outcome : str
        The evaluation's outcome that it is nearest to; empty if none.
    source, events : Source, str
        File and column of the numerator.
    total_source, total : Source, str
        File and column of the denominator.
    """

    name: str
    label: str
    outcome: str
    source: Source
    events: str
    total_source: Source
    total: str


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "rereferral",
            "Re-referrals within 12 months, share of referrals",
            "cin_rereferral_12m",
            _REFERRALS,
            "rereferral_count",
            _REFERRALS,
            "referral_count",
        ),
        Measure(
            "protection_plan",
            "Child protection plans started, per episode of need started",
            "cin_escalation_12m",
            _PLANS,
            "CPP_start",
            _NEED,
            "Started_episodes",
        ),
        Measure(
            "three_or_more_placements",
            "Children looked after with three or more placements in the year",
            "cla_placement_moves",
            _PLACEMENTS,
            "cla_3plus_placements",
            _PLACEMENTS,
            "cla_31_march",
        ),
        Measure(
            "residential",
            "Children looked after in secure homes and children's homes",
            "cla_residential_placements",
            _TYPES,
            "Secure homes and children's homes",
            _TYPES,
            "Total",
        ),
    )
}


def get_measure(name: str) -> Measure:
    """Return a measure by name, or raise `InputError` naming those that exist."""
    if name not in MEASURES:
        raise InputError(f"unknown measure '{name}': choose one of {', '.join(MEASURES)}")
    return MEASURES[name]
