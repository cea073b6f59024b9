"""Name the outcomes, boroughs and year-bins that the published tables use.

Source: 2020 report, Tables 8 and 13 and Appendix 4.
"""

from typing import Final, Literal, get_args

CinOutcome = Literal["cin_rereferral_12m", "cin_rereferral_24m", "cin_escalation_12m"]
ClaOutcome = Literal["cla_placement_moves", "cla_residential_placements"]
Outcome = Literal[CinOutcome, ClaOutcome]
Borough = Literal["Islington", "Southend", "Barnet"]
Year = Literal[
    "2012-13", "2013-14", "2014-15", "2015-16", "2016-17", "2017-18", "2018-19"
]  # March to February for CIN, August to July for CLA

CIN_OUTCOMES: Final[tuple[str, ...]] = get_args(CinOutcome)
TREATED: Final = "Islington"

_CIN_YEARS: Final = ("2012-13", "2013-14", "2014-15", "2015-16", "2016-17", "2017-18")
_CLA_YEARS: Final = ("2015-16", "2016-17", "2017-18", "2018-19")

# A child counts once in a binary outcome of a referral, but can move several times in a year.
BINARY_OUTCOMES: Final = frozenset(CIN_OUTCOMES)


def comparison_borough(outcome: str) -> str:
    """Return the borough that Islington was compared with for this outcome."""
    return "Southend" if outcome in CIN_OUTCOMES else "Barnet"


def years_of(outcome: str) -> tuple[str, ...]:
    """Return the year-bins in which this outcome was observed, in order."""
    if outcome == "cin_rereferral_24m":
        return _CIN_YEARS[:-1]  # 24 months had not passed for referrals of 2017-18
    return _CIN_YEARS if outcome in CIN_OUTCOMES else _CLA_YEARS


def reference_year(outcome: str) -> str:
    """Return the pre-intervention year that the report's regressions leave out."""
    return "2012-13" if outcome in CIN_OUTCOMES else "2016-17"
