"""The Department for Education's files, and the measures that they give."""

from dataclasses import dataclass, field, replace

from mp_bayes.errors import InputError
from mp_bayes.names import find
from mp_bayes.studies.study import Outcome, Study

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
        Columns. The code is the DfE's three-digit one, which an authority keeps if only its kind
        changes.
    region, level : str
        Columns that not every file has; empty if it has none. Only rows of the level `Local
        authority` are read: England and the regions are rounded.
    suppressed : dict of str to tuple of int
        Codes of a suppressed count, and the smallest and largest that it stands for.
    rounded_to, rounded_years : int, tuple of str
        Years whose counts are published as multiples of a number.
    rates : tuple of tuple
        By which counts are checked, where the file has them: a count's column, the column of its
        rate (empty if the count is itself what the rates are of), and what the rate is per.
    rate_decimals : int
        To which rates are rounded.
    parts, whole : tuple of str, str
        Columns that add up to another's number at most; empty if there are none.
    """

    pattern: str
    release: str
    code: str
    authority: str
    year: str
    region: str = ""
    level: str = ""
    suppressed: dict[str, tuple[int, int]] = field(default_factory=dict, hash=False)
    rounded_to: int = 1
    rounded_years: tuple[str, ...] = ()
    rates: tuple[tuple[str, str, float], ...] = ()
    rate_decimals: int = 1
    parts: tuple[str, ...] = ()
    whole: str = ""


def _children_in_need(
    letter: str, subject: str, rates: tuple[tuple[str, str, float], ...]
) -> Source:
    """Return one of the files of the children-in-need release, which share their layout."""
    return Source(
        pattern=f"{letter}_{subject}_*.csv",
        release=f"{_CIN}, file {letter}",
        code="old_la_code",
        authority="la_name",
        year="time_period",
        region="region_name",
        level="geographic_level",
        suppressed={"c": (1, 5)},
        rates=rates,
    )


_REFERRALS = _children_in_need(
    "c1",
    "children_in_need_referrals_and_rereferrals",
    (("rereferral_count", "rereferral_percent", 100.0), ("referral_count", "", 1.0)),
)
# Rates of one file are of the same children.
_NEED = _children_in_need(
    "b1",
    "children_in_need",
    tuple((name, f"{name}_rate", 10_000.0) for name in ("Anypoint_episodes", "Started_episodes")),
)
_PLANS = _children_in_need(
    "d1",
    "child_protection_plans",
    tuple((name, f"{name}_rate", 10_000.0) for name in ("CPP_start", "CPP_end", "CPP_anypoint")),
)
_PLACEMENTS = Source(
    pattern="cla_three_or_more_placements_*.csv",
    release="DfE, Local Authority Interactive Tool, children looked after with three or more "
    "placements in the year",
    code="LA Number",
    authority="la",
    year="year",
    region="Region",
    # Where the total is published, and from 2018 no published count is below 6.
    suppressed={"c": (1, 5), "-": (1, 5)},
    # Every published count of these years is a multiple of 5.
    rounded_to=5,
    rounded_years=("2016", "2017"),
    rates=(("cla_3plus_placements", "pct", 100.0), ("cla_31_march", "", 1.0)),
    rate_decimals=0,
)
_TYPES = Source(
    pattern="cla_placement_type_*.csv",
    release="DfE, 'Children looked after in England', by type of placement",
    parts=(
        "Foster placements",
        "Independent and semi-independent living arrangements/supported accommodation",
        "Other placements",
        "Other residential settings",
        "Placed for adoption",
        "Placed with parents or other person with parental responsibility",
        "Residential schools",
        "Secure homes and children's homes",
    ),
    whole="Total",
    # Here a suppressed count may be 0, or a large one that would give away another: no interval.
    code="old_la_code",
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
    label, short : str
        As people say it, and in two or three words.
    differs : str
        Why it is not the same as these.
    sd_log_sd_shock, weight_of_rho : float
        How far it may therefore be from them, for `mp_bayes.panel.national.national_prior`: the SD
        of the logarithm of sd_shock, and the parameters of rho's Beta in sum. That authorities
        differ is not part of it: the panel's own model says how much. They are judgements. The
        three measures whose model fits are 0.19 to 0.32 (log-odds, median authority), an SD of the
        logarithm of 0.29 between measures of different things; so 0.3 is for a measure of other
        events, 0.2 for the same events of more children, and 0.25 for the same events of the same
        children, counted in another way.
    moves_more : tuple of float
        Smallest and largest factor (95%) by which it moves more than they do, in log-odds, where
        arithmetic tells; 1 and 1 if it does not. The prior's median is divided by their geometric
        mean, and their distance widens it.
    source, events : Source, str
        File and column of the numerator.
    total_source, total : Source, str
        File and column of the denominator.
    outcomes : tuple of Outcome
        Of a study: those whose shocks it stands for, the nearest first; see `measure_of`.
    caveat : str
        What to know before its years are read as an evaluation; the study's words, or empty.
    """

    name: str
    label: str
    short: str
    differs: str
    sd_log_sd_shock: float
    weight_of_rho: float
    moves_more: tuple[float, float]
    source: Source
    events: str
    total_source: Source
    total: str
    outcomes: tuple[Outcome, ...] = ()
    caveat: str = ""


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            "rereferral",
            "Re-referrals within 12 months, share of referrals",
            "Re-referrals",
            "it counts all referrals, not only those of children in need",
            0.2,
            21.0,
            (1.0, 1.0),
            _REFERRALS,
            "rereferral_count",
            _REFERRALS,
            "referral_count",
        ),
        Measure(
            "protection_plan",
            "Child protection plans started, per episode of need started",
            "Protection plans",
            "it sets a year's protection plans against its new episodes of need, whichever "
            "children they concern",
            0.3,
            7.0,
            (1.0, 1.0),
            _PLANS,
            "CPP_start",
            _NEED,
            "Started_episodes",
        ),
        Measure(
            "three_or_more_placements",
            "Children looked after with three or more placements in the year",
            "Three or more placements",
            "it is the share with many placements among children looked after on one day, not the "
            "mean number of moves of all",
            0.25,
            7.0,
            # A child is in the tail from its second move on. If moves are Poisson or NB1, 0.3 to 1
            # a child-year with a dispersion of 1 to 2, a change of their mean by 1% changes the
            # log-odds of two or more by 1.2% to 1.9%.
            (1.2, 1.9),
            _PLACEMENTS,
            "cla_3plus_placements",
            _PLACEMENTS,
            "cla_31_march",
        ),
        Measure(
            "residential",
            "Children looked after in secure homes and children's homes",
            "Residential placements",
            "it counts the children in homes on one day, and so lasts longer than the placements "
            "of a year; six years hardly tell a lasting shock from a level",
            0.5,
            7.0,
            (1.0, 1.0),
            _TYPES,
            "Secure homes and children's homes",
            _TYPES,
            "Total",
        ),
    )
}


def get_measure(name: str) -> Measure:
    """Return a measure by name, or raise `InputError` naming those that exist."""
    return MEASURES[find("measure", name, MEASURES)]


def measure_of(study: Study, name: str) -> Measure:
    """Return a measure with the study's outcomes whose national shock prior comes from it.

    Raises
    ------
    InputError
        If there is no such measure, or the study has no such outcome.
    """
    measure = get_measure(name)
    outcomes = tuple(one for one in study.outcomes.values() if one.measure == measure.name)
    if not outcomes:
        known = sorted({one.measure for one in study.outcomes.values() if one.measure})
        raise InputError(
            f"no outcome of {study.name} takes its shock prior from '{name}'"
            + (f": choose one of {', '.join(known)}" if known else "")
        )
    return replace(measure, outcomes=outcomes, caveat=study.caveats.get(measure.name, ""))


def official_name(study: Study, borough: str) -> str:
    """Return what the official statistics call a borough of the study."""
    return study.official.get(borough, borough)


def treated_names(study: Study) -> list[str]:
    """List the study's treated boroughs, as the official statistics call them."""
    return _official(study, "treated_boroughs")


def comparison_names(study: Study) -> list[str]:
    """List the study's comparison boroughs likewise."""
    return _official(study, "comparison_boroughs")


def _official(study: Study, which: str) -> list[str]:
    settings = [outcome.setting for outcome in study.outcomes.values()]
    names = [name for setting in settings for name in getattr(setting, which)]
    return list(dict.fromkeys(official_name(study, name) for name in names))
