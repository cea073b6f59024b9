"""What was evaluated: a study, with its outcomes, boroughs, years and counts."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mp_bayes.names import find
from mp_bayes.studies.setting import Setting, Timing

# The command line knows studies, and `--help` does not wait for NumPy.
if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "CODINGS",
    "EFFECTS",
    "EVIDENCE",
    "SHAPES",
    "SHOCK_PRIORS",
    "Coefficient",
    "Count",
    "Likelihood",
    "Note",
    "Outcome",
    "Setting",
    "Study",
    "Timing",
]

Likelihood = Literal["binomial", "nb1"]

#: What is analysed: counts, or published estimates.
EVIDENCE = ("cells", "coefficients")
#: The shock priors that every result is shown under, and in tables' order.
SHOCK_PRIORS = ("none", "within-study", "national")
#: Of shocks' innovations: Normal, or Student t whose degrees of freedom are estimated.
SHAPES = ("normal", "student")
#: What the programme may have done: an effect of its own in each exposed year, partially pooled;
#: the full effect at once; or an effect that grows along an embedding curve.
EFFECTS = ("yearly", "constant", "embedding")
#: Which years yearly effects are in: each year by its dose, or post-years only, as regressions do.
CODINGS = ("dosed", "published")


@dataclass(frozen=True)
class Count:
    """One observed cell: events out of a total, or events over an exposure."""

    borough: str
    year: str
    events: int
    total: float


@dataclass(frozen=True)
class Coefficient:
    """One published estimate: the interaction of treatment with a year, or with all post-years.

    `model` is linear (proportions), logit or quasi_poisson; `year` is empty for all post-years.
    """

    model: str
    term: str
    year: str
    estimate: float
    se: float
    p_value: float | None = None


@dataclass(frozen=True)
class Outcome:
    """One outcome of a study, with what was observed of it.

    Attributes
    ----------
    name : str
        As used in every file and command.
    label : str
        As people say it.
    setting : Setting
    likelihood : {"binomial", "nb1"}
        Binary outcome of each of a total, or overdispersed count per case-year.
    window : float
        Years after its start (a referral) over which a binary outcome looks; 0 if it lies in the
        year-bin itself, as counts do.
    years : tuple of str
        Year-bins with data; a longer window may lack the last.
    minimum : float
        Smallest effect of interest, on `response_scale`.
    unit, total_unit : str
        What one event is called; what the total counts, in the plural.
    short : str
        A label of two or three words.
    measure : str
        The national statistic whose movements stand for this outcome's; empty if none does.
    source : str
        Where its numbers come from, for figures.
    values : tuple of int
        What an averted outcome may be worth, in pounds; empty if costs are not asked.
    exposure_known : bool
        Whether the totals of a count are child-years at risk, rather than cases.
    counts : tuple of Count
    coefficients : tuple of Coefficient
        Published estimates, if there are any.
    """

    name: str
    label: str
    setting: Setting
    likelihood: Likelihood
    window: float
    years: tuple[str, ...]
    minimum: float
    unit: str
    total_unit: str = "cases"
    short: str = ""
    measure: str = ""
    source: str = ""
    values: tuple[int, ...] = ()
    exposure_known: bool = False
    counts: tuple[Count, ...] = field(default=(), repr=False)
    coefficients: tuple[Coefficient, ...] = field(default=(), repr=False)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The kinds of evidence: cells, and coefficients where estimates by year are published."""
        yearly = any(one.model == self.regression and one.year for one in self.coefficients)
        return ("cells", "coefficients") if yearly else ("cells",)

    @property
    def regression(self) -> str:
        """The regression on the scale of the linear predictor."""
        return "logit" if self.likelihood == "binomial" else "quasi_poisson"

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
        """Which of the setting's years have data, dims (year,)."""
        import numpy as np

        return np.array([label in self.years for label in self.setting.years])

    @property
    def post_years(self) -> tuple[str, ...]:
        """Labels of the observed years that begin at or after the earliest onset."""
        pairs = zip(self.setting.years, self.setting.post & self.observed, strict=True)
        return tuple(label for label, keep in pairs if keep)

    @property
    def reaches_past_onset(self) -> "np.ndarray":
        """Whether a bin begins before each treated borough's onset, and its outcomes reach past it.

        Dims (treated, year). The dose of such a year under immediate embedding is above 0 and
        below 1; regressions take it as untreated.
        """
        import numpy as np

        last = self.setting.bin_starts + 1.0 + self.window
        after = last > np.array(self.setting.onsets)[:, None] + 1e-9
        return np.asarray(~self.setting.treated_post & self.observed & after)

    @property
    def partly_exposed(self) -> tuple[str, ...]:
        """Labels of the years before the earliest onset that are partly exposed."""
        reach = self.reaches_past_onset.any(0) & ~self.setting.post
        return tuple(label for label, keep in zip(self.setting.years, reach, strict=True) if keep)

    @property
    def pre_years(self) -> tuple[str, ...]:
        """Labels of the observed years before the onset, without the reference year."""
        before = ~self.setting.post & ~self.setting.reference & self.observed
        pairs = zip(self.setting.years, before, strict=True)
        return tuple(label for label, keep in pairs if keep)


@dataclass(frozen=True)
class Note:
    """What a reader must know of the data: a heading, and what it means for the answer.

    Attributes
    ----------
    heading, text : str
    changes : tuple of tuple of str
        Outcomes and years whose raw changes from the reference year are written after the text.
    """

    heading: str
    text: str
    changes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Study:
    """An evaluation: its outcomes with their evidence, its priors, and its words.

    Attributes
    ----------
    name : str
        As used in files and commands.
    title, programme : str
        Of the page; what was evaluated.
    source : str
        Where the counts come from, in a few words.
    report : str
        How published estimates' source is called; empty if there are none.
    outcomes : dict of str to Outcome
        By name, in the page's order.
    priors : tuple of str
        Name and text of the study's own prior file; empty texts if it has none.
    texts : dict of str to str
        Sentences for the page: introduction, data, timing and costs.
    notes : tuple of Note
    skill : tuple of tuple
        Measured practice skill, drawn beside the embedding curves: label and value.
    official : dict of str to str
        What a borough is called in the official statistics, where that is another name.
    caveats : dict of str to str
        What to know before a national measure's years are read as an evaluation, by measure.
    files : tuple of Path
        Everything that was read.
    """

    name: str
    title: str
    programme: str
    report: str
    source: str
    outcomes: dict[str, Outcome]
    priors: tuple[str, str] = ("", "")
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    notes: tuple[Note, ...] = field(default=(), repr=False)
    skill: tuple[tuple[str, float], ...] = field(default=(), repr=False)
    official: dict[str, str] = field(default_factory=dict, repr=False)
    caveats: dict[str, str] = field(default_factory=dict, repr=False)
    files: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def known_as(self) -> str:
        """Its name, with a mark of who had the programme and when: another study may have it."""
        who = {
            name: (
                one.setting.treated_boroughs,
                one.setting.onsets,
                one.setting.comparison_boroughs,
            )
            for name, one in self.outcomes.items()
        }
        return f"{self.name} ({hashlib.sha256(repr(who).encode()).hexdigest()[:6]})"

    def outcome(self, name: str) -> Outcome:
        """Return an outcome by its name.

        Raises
        ------
        InputError
            If there is no such outcome; the message lists those there are.
        """
        return self.outcomes[find("outcome", name, self.outcomes)]
