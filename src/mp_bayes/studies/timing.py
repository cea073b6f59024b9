"""Timing scenarios: when each borough's programme may have begun."""

from dataclasses import dataclass

from mp_bayes.studies.study import Study


@dataclass(frozen=True)
class Timing:
    """When each borough's programme began: a scenario, not a footnote.

    Attributes
    ----------
    name : str
        Short name, used in tables.
    label : str
        One line for people, with its source.
    treated_onset : float
        Decimal calendar year at which the treated borough's practice began to change.
    comparison_onset : float or None
        The same for the comparison borough's own programme, if it had one.
    """

    name: str
    label: str
    treated_onset: float
    comparison_onset: float | None = None


def timings(study: Study) -> dict[str, Timing]:
    """Return the timing scenarios of a study; `as_published` comes first.

    References
    ----------
    2017 report, "Changes to intended outcomes or activities" (CLA teams from January 2016);
    2020 report, Appendix 3 (Barnet's REACH, January 2017).
    """
    published = Timing("as_published", "Onset as in the 2020 report", study.onset)
    if study.name != "cla":
        return {published.name: published}
    scenarios = (
        published,
        Timing("cla_from_2016", "Practice in CLA teams from January 2016 (2017 report)", 2016.0),
        Timing(
            "barnet_reach",
            "Barnet's own programme from January 2017 (2020 report)",
            study.onset,
            2017.0,
        ),
        Timing("both", "Both: CLA teams from January 2016, Barnet from 2017", 2016.0, 2017.0),
    )
    return {scenario.name: scenario for scenario in scenarios}
