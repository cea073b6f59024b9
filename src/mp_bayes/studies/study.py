"""What was evaluated: the two studies and five outcomes of the 2020 report."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mp_bayes.errors import InputError

# The command line has the outcomes' names from here, and `--help` does not wait for NumPy.
if TYPE_CHECKING:
    import numpy as np

Likelihood = Literal["binomial", "nb1"]

#: What the programme may have done: an effect of its own in each exposed year, partially pooled;
#: the full effect at once; or an effect that grows along an embedding curve.
EFFECTS = ("yearly", "constant", "embedding")
#: Which years yearly effects are in: each year by its dose, or post-years only, as in the report.
CODINGS = ("dosed", "published")


@dataclass(frozen=True)
class Study:
    """One difference-in-differences comparison: who, against whom, from when.

    The published studies have one treated and one comparison borough; synthetic ones any number.

    Attributes
    ----------
    name : str
        Short name, `cin` or `cla`.
    treated_boroughs, comparison_boroughs : tuple of str
    onsets : tuple of float
        Start of the programme in each treated borough, as a decimal calendar year.
    bin_start : float
        Where in the calendar year a year-bin begins (0 = 1 January).
    years : tuple of str
        Labels of the year-bins; `2012-13` runs from its start month in 2012 for twelve months.
    reference_year : str
        The year that the report's regressions leave out.
    funding_round : str
        The column of Table 4 that holds the programme's cost; empty for synthetic studies.

    References
    ----------
    2020 report, Appendix 4, "Evaluation design" and "Description of data" of each study.
    """

    name: str
    treated_boroughs: tuple[str, ...]
    comparison_boroughs: tuple[str, ...]
    onsets: tuple[float, ...]
    bin_start: float
    years: tuple[str, ...]
    reference_year: str
    funding_round: str = ""

    @property
    def treated(self) -> str:
        """The first treated borough; a published study has no other."""
        return self.treated_boroughs[0]

    @property
    def comparison(self) -> str:
        """The first comparison borough; a published study has no other."""
        return self.comparison_boroughs[0]

    @property
    def onset(self) -> float:
        """The earliest onset, as a decimal calendar year."""
        return min(self.onsets)

    @property
    def boroughs(self) -> tuple[str, ...]:
        """Treated boroughs first."""
        return (*self.treated_boroughs, *self.comparison_boroughs)

    @property
    def bin_starts(self) -> "np.ndarray":
        """Decimal calendar year at which each bin begins, dims (year,)."""
        import numpy as np

        return np.array([int(label[:4]) + self.bin_start for label in self.years])

    @property
    def post(self) -> "np.ndarray":
        """Whether a bin begins at or after the earliest onset, dims (year,)."""
        return self.bin_starts >= self.onset - 1e-9

    @property
    def treated_post(self) -> "np.ndarray":
        """Whether a bin begins at or after each treated borough's onset, dims (treated, year)."""
        import numpy as np

        return self.bin_starts >= np.array(self.onsets)[:, None] - 1e-9

    @property
    def reference(self) -> "np.ndarray":
        """Whether a bin is the report's reference year, dims (year,)."""
        import numpy as np

        return np.array([label == self.reference_year for label in self.years])


@dataclass(frozen=True)
class Outcome:
    """One outcome of a study.

    Attributes
    ----------
    name : str
        As used in every file and command.
    label : str
        As people say it.
    likelihood : {"binomial", "nb1"}
        Binary outcome per referral, or overdispersed count per case-year.
    window : float
        Years after a referral over which a binary outcome looks; 0 for counts per year-bin.
    years : tuple of str
        Year-bins with data (the 24-month outcome has no 2017-18).
    minimum : float
        Smallest effect of interest, on `response_scale`.
    published_model : str
        The report's regression on the scale of the linear predictor.
    unit : str
        What one event is called.
    """

    name: str
    label: str
    study: Study
    likelihood: Likelihood
    window: float
    years: tuple[str, ...]
    minimum: float
    published_model: str
    unit: str

    @property
    def link_scale(self) -> str:
        """Scale of the linear predictor."""
        return "log_odds" if self.likelihood == "binomial" else "log_rate"

    @property
    def response_scale(self) -> str:
        """Scale that people use."""
        return "percentage_points" if self.likelihood == "binomial" else "per_100_child_years"

    @property
    def ratio_scale(self) -> str:
        """Scale of the exponentiated effect."""
        return "odds_ratio" if self.likelihood == "binomial" else "rate_ratio"

    @property
    def observed(self) -> "np.ndarray":
        """Which of the study's years have data, dims (year,)."""
        import numpy as np

        return np.array([label in self.years for label in self.study.years])

    @property
    def post_years(self) -> tuple[str, ...]:
        """Labels of the observed years that begin at or after the onset."""
        pairs = zip(self.study.years, self.study.post & self.observed, strict=True)
        return tuple(label for label, keep in pairs if keep)

    @property
    def reaches_past_onset(self) -> "np.ndarray":
        """Whether a bin begins before each treated borough's onset, and its outcomes reach past it.

        Dims (treated, year). The dose of such a year under immediate embedding is above 0 and
        below 1; the report takes it as untreated.
        """
        import numpy as np

        last = self.study.bin_starts + 1.0 + self.window
        after = last > np.array(self.study.onsets)[:, None] + 1e-9
        return np.asarray(~self.study.treated_post & self.observed & after)

    @property
    def partly_exposed(self) -> tuple[str, ...]:
        """Labels of the years before the earliest onset that are partly exposed."""
        reach = self.reaches_past_onset.any(0) & ~self.study.post
        return tuple(label for label, keep in zip(self.study.years, reach, strict=True) if keep)

    @property
    def pre_years(self) -> tuple[str, ...]:
        """Labels of the years before the onset, without the reference year."""
        pairs = zip(self.study.years, ~self.study.post & ~self.study.reference, strict=True)
        return tuple(label for label, keep in pairs if keep)


CIN = Study(
    name="cin",
    treated_boroughs=("Islington",),
    comparison_boroughs=("Southend",),
    onsets=(2015 + 2 / 12,),
    bin_start=2 / 12,
    years=("2012-13", "2013-14", "2014-15", "2015-16", "2016-17", "2017-18"),
    reference_year="2012-13",
    funding_round="1",
)
CLA = Study(
    name="cla",
    treated_boroughs=("Islington",),
    comparison_boroughs=("Barnet",),
    onsets=(2017 + 7 / 12,),
    bin_start=7 / 12,
    years=("2015-16", "2016-17", "2017-18", "2018-19"),
    reference_year="2016-17",
    funding_round="2",
)

# The report names no smallest effect of interest. One percentage point and five moves per
# 100 child-years are the project's defaults; residential placements are about ten times rarer
# than moves, so theirs is one per 100 child-years.
OUTCOMES: dict[str, Outcome] = {
    outcome.name: outcome
    for outcome in (
        Outcome(
            "cin_rereferral_12m",
            "Re-referral within 12 months",
            CIN,
            "binomial",
            1.0,
            CIN.years,
            1.0,
            "logit",
            "re-referral",
        ),
        Outcome(
            "cin_rereferral_24m",
            "Re-referral within 24 months",
            CIN,
            "binomial",
            2.0,
            CIN.years[:5],
            1.0,
            "logit",
            "re-referral",
        ),
        Outcome(
            "cin_escalation_12m",
            "Escalation to a protection plan or care within 12 months",
            CIN,
            "binomial",
            1.0,
            CIN.years,
            1.0,
            "logit",
            "escalation",
        ),
        Outcome(
            "cla_placement_moves",
            "Placement moves",
            CLA,
            "nb1",
            0.0,
            CLA.years,
            5.0,
            "quasi_poisson",
            "placement move",
        ),
        Outcome(
            "cla_residential_placements",
            "Residential care placements",
            CLA,
            "nb1",
            0.0,
            CLA.years,
            1.0,
            "quasi_poisson",
            "residential placement",
        ),
    )
}


def get_outcome(name: str) -> Outcome:
    """Return an outcome by its name.

    Raises
    ------
    InputError
        If there is no such outcome; the message lists those there are.
    """
    if name not in OUTCOMES:
        raise InputError(f"unknown outcome '{name}': choose one of {', '.join(OUTCOMES)}")
    return OUTCOMES[name]
