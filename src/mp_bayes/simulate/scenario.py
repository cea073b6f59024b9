"""A scenario: everything that is assumed of the boroughs, the programme and the evaluation."""

from dataclasses import fields, replace
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from scipy.special import expit, logit, ndtri

from mp_bayes.embedding import CURVES
from mp_bayes.errors import InputError
from mp_bayes.evidence.arrays import cells
from mp_bayes.names import instead
from mp_bayes.priors import load_priors
from mp_bayes.studies.problems import demand
from mp_bayes.studies.study import Outcome, Setting, Study

#: The scale on which an effect is given: a change of the outcome in percentage points or per 100
#: child-years, or an odds or rate ratio.
EffectScale = Literal["response", "ratio"]
Count = Annotated[int, Field(ge=1, le=200)]
Spread = Annotated[float, Field(ge=0, le=5)]
Share = Annotated[float, Field(ge=0, le=1)]
#: As many as 150 authorities over 40 years.
MOST_CELLS = 6_000
# Quantiles that stand for a prior.
_MANY = 2000
#: The year in which every synthetic programme begins.
ONSET = 2020


def _without_counts(outcome: Outcome) -> Outcome:
    return replace(outcome, counts=(), coefficients=())


@dataclass(
    frozen=True, kw_only=True, config=ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)
)
class Scenario:
    """What is assumed; `from_study` fills it with a study's own numbers.

    Attributes
    ----------
    outcome : Outcome
        Whose likelihood and priors are used. Kept without its counts: a scenario may be sent to a
        cluster.
    treated_boroughs, comparison_boroughs, pre_years, post_years : int
        No comparison borough only where treated ones begin at different times.
    stagger : float
        Years between one wave of treated boroughs and the next; 0 for all at once.
    wave : int
        Treated boroughs that begin together.
    cell_size : float
        Referrals, or children, of a borough in a year.
    size_spread : float
        SD of the logarithm of cell sizes between boroughs.
    exposure : float
        Mean years at risk of a child in a year (counts only).
    baseline : float
        Outcome without the programme: a probability, or events per child-year.
    sd_borough, sd_year, sd_shock : float
        SDs of levels, common years and borough-by-year shocks, in log-odds or log-rates.
    rho : float
        Correlation of a borough's shocks from one year to the next.
    shock_df : float
        Degrees of freedom of Student-t shocks, above 2; 0 makes them Normal. A borough's first
        shock and each innovation after it are scaled, so that their SD stays what it is.
    sd_log_shock : float
        SD between boroughs of the logarithm of their shock SDs, of which `sd_shock` is the median.
    sd_drift : float
        SD of each borough's own linear trend, in log-odds or log-rates a year.
    design_effect, dispersion : float
        Variance of a cell relative to independent referrals, or to a Poisson count.
    effect : float
        At full dose and at the baseline; negative (or a ratio below 1) is a reduction.
    effect_scale : {"response", "ratio"}
        Percentage points or events per 100 child-years; or an odds or rate ratio.
    effect_sd : float
        SD of the design prior around `effect`, on its scale (on the log of a ratio); 0 fixes it.
    curve : str
        Embedding curve; see `mp_bayes.embedding`.
    half_life, delay : float
        Of the embedding, in years; half-life 0 embeds at once.
    window : float
        Years after a referral over which a binary outcome looks; 0 for counts.
    contamination : float
        Share of the effect that the comparison boroughs get too.
    """

    outcome: Annotated[Outcome, AfterValidator(_without_counts)]
    treated_boroughs: Count = 1
    comparison_boroughs: Annotated[int, Field(ge=0, le=200)] = 1
    pre_years: Count = 3
    post_years: Count = 3
    stagger: Annotated[float, Field(ge=0, le=10)] = 0.0
    wave: Count = 1
    cell_size: Annotated[float, Field(ge=1, le=1e7)] = 1500.0
    size_spread: Annotated[float, Field(ge=0, le=2)] = 0.0
    exposure: Annotated[float, Field(gt=0, le=1)] = 0.8
    baseline: Annotated[float, Field(gt=0, le=100)] = 0.2
    sd_borough: Spread = 0.3
    sd_year: Spread = 0.1
    sd_shock: Spread = 0.3
    rho: Share = 0.64
    shock_df: Annotated[float, Field(ge=0, le=1000)] = 0.0
    sd_log_shock: Annotated[float, Field(ge=0, le=1)] = 0.0
    sd_drift: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    design_effect: Annotated[float, Field(ge=1, le=20)] = 1.0
    dispersion: Annotated[float, Field(ge=1, le=20)] = 1.5
    effect: float = 0.0
    effect_scale: EffectScale = "response"
    effect_sd: Annotated[float, Field(ge=0, le=100)] = 0.0
    curve: str = "exponential"
    half_life: Annotated[float, Field(ge=0, le=50)] = 0.0
    delay: Annotated[float, Field(ge=0, le=50)] = 0.0
    window: Annotated[float, Field(ge=0, le=2)] = 1.0
    contamination: Share = 0.0

    @model_validator(mode="after")
    def _together(self) -> "Scenario":
        """Check what fields say only together; a message begins with the field's name."""
        boroughs = self.treated_boroughs + self.comparison_boroughs
        years = self.pre_years + self.post_years
        if boroughs * years > MOST_CELLS:
            raise ValueError(
                f"comparison_boroughs: {boroughs} boroughs over {years} years are more than "
                f"{MOST_CELLS:,} borough-years, for which memory would not do"
            )
        if self.curve not in CURVES:
            raise ValueError(f"curve: unknown '{self.curve}': {instead(self.curve, CURVES)}")
        if self.binary and self.baseline >= 1:
            raise ValueError("baseline: a probability must be below 1; 4% is 0.04")
        if not self.binary and self.window != 0:
            raise ValueError("window: a count per year has no follow-up; give 0")
        if self.rho == 1:
            raise ValueError("rho: must be below 1; at 1 a shock would last for ever")
        if 0 < self.shock_df <= 2:
            raise ValueError("shock_df: must be above 2, or there is no SD; 0 is Normal")
        if self.last_onset > self.post_years - 1:
            raise ValueError("stagger: the last treated borough would have no post-year")
        if self.comparison_boroughs == 0 and self.last_onset == 0:
            raise ValueError(
                "comparison_boroughs: without any, treated boroughs must begin at different times"
            )
        if self.effect_scale == "ratio" and self.effect <= 0:
            raise ValueError("effect: a ratio must be above 0; no effect is 1")
        if not np.isfinite(self.log_effect(self.effect)):
            unit = "a probability" if self.binary else "a rate"
            raise ValueError(
                f"effect: {self.effect:+g} would move the baseline of {100 * self.baseline:g} "
                f"per 100 outside the range of {unit}"
            )
        return self

    @property
    def binary(self) -> bool:
        """Whether the outcome is a probability."""
        return self.outcome.likelihood == "binomial"

    @property
    def link_baseline(self) -> float:
        """The baseline in log-odds, or as a log-rate."""
        return float(logit(self.baseline) if self.binary else np.log(self.baseline))

    def log_effect(self, effect: Any) -> Any:
        """Turn effects on `effect_scale` into log odds or log rate ratios; nan if impossible."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.effect_scale == "ratio":
                return np.log(effect)
            after = self.baseline + np.asarray(effect) / 100.0
            link = logit(after) if self.binary else np.log(after)
            return link - self.link_baseline

    def response_effect(self, log_effect: float) -> float:
        """Turn a log odds or log rate ratio into a change per 100 at the baseline."""
        after = self.link_baseline + log_effect
        rate = expit(after) if self.binary else np.exp(after)
        return 100.0 * float(rate - self.baseline)

    @property
    def onsets(self) -> tuple[float, ...]:
        """When each treated borough begins, in decimal years."""
        return tuple(ONSET + self.stagger * (i // self.wave) for i in range(self.treated_boroughs))

    @property
    def last_onset(self) -> float:
        """Years from the first onset to the last."""
        return self.stagger * ((self.treated_boroughs - 1) // self.wave)

    @property
    def first_post_year(self) -> int:
        """The first post-year, counted from 1, in which every treated borough is treated."""
        return 1 + int(np.ceil(self.last_onset - 1e-9))

    @property
    def synthetic(self) -> Outcome:
        """The outcome in the scenario's own setting: boroughs, years, onsets and window."""
        total = self.pre_years + self.post_years
        starts = range(ONSET - self.pre_years, ONSET - self.pre_years + total)
        labels = tuple(f"{year}-{(year + 1) % 100:02d}" for year in starts)
        setting = Setting(
            name="synthetic",
            treated_boroughs=tuple(f"treated {i + 1}" for i in range(self.treated_boroughs)),
            comparison_boroughs=tuple(
                f"comparison {i + 1}" for i in range(self.comparison_boroughs)
            ),
            onsets=self.onsets,
            bin_start=0.0,
            years=labels,
            reference_year=labels[0],
        )
        return replace(self.outcome, setting=setting, years=labels, window=self.window)


def from_study(study: Study, outcome: str, **changes: Any) -> Scenario:
    """Return a scenario with a study's own sizes and the national shocks.

    Parameters
    ----------
    study : Study
    outcome : str
        One of its outcomes.
    **changes
        Fields to set otherwise.

    Raises
    ------
    InputError
        If a name or a value makes no sense.
    """
    what = study.outcome(outcome)
    data = cells(what)
    before = data.sel(year=[year for year in what.years if year not in what.post_years])
    priors = load_priors(study).select(what, shock="national")
    middle = {name: float(prior.quantile(np.zeros(1))[0]) for name, prior in priors.items()}
    share = 1.0 if what.likelihood == "binomial" else middle["exposure"]
    rate = float(before["events"].sum() / before["total"].sum() / share)
    known = {
        "outcome": what,
        "cell_size": float(data["total"].sel(year=list(what.years)).mean().round()),
        "baseline": round(rate, 3) if rate >= 0.01 else float(f"{rate:.2g}"),
        "sd_shock": round(middle["sd_shock"], 3),
        "rho": round(middle["rho"], 3),
        "design_effect": middle["design_effect"],
        "dispersion": round(1 + middle["dispersion_excess"], 3),
        "exposure": round(middle["exposure"], 3),
        "window": what.window,
    }
    return make({**known, **changes})


def to_plan(study: Study, outcome: str, **changes: Any) -> Scenario:
    """Return a scenario as from `from_study`, with shocks as many authorities together have them.

    Authorities' shock SDs differ, and what a design of many tells depends on their mean square: the
    national prior's. Of one authority the median is as likely to be too large as too small.
    """
    prior = load_priors(study).select(study.outcome(outcome), shock="national")["sd_shock"]
    sds = prior.quantile(ndtri((np.arange(_MANY) + 0.5) / _MANY))
    return from_study(
        study, outcome, **{"sd_shock": round(float(np.sqrt(np.mean(sds**2))), 3), **changes}
    )


def make(given: dict[str, Any], *, where: str = "scenario") -> Scenario:
    """Build a scenario from plain values, with one line that names what is wrong."""
    try:
        return Scenario(**given)
    except ValidationError as error:
        first = error.errors()[0]
    # A worker could not hand on an error that was raised while pydantic's own was handled.
    name = ".".join(str(part) for part in first["loc"])
    unknown = first["type"] == "unexpected_keyword_argument"
    message = f"unknown field; {instead(name, names())}" if unknown else demand(first)
    shown = not unknown and first["type"] != "missing" and name
    given_as = f" (given: {first['input']!r})" if shown else ""
    raise InputError(f"{where}: {f'{name}: ' if name else ''}{message}{given_as}")


def changed(scenario: Scenario, **changes: Any) -> Scenario:
    """Return a scenario with some fields set otherwise; errors as from `make`."""
    return make({**values(scenario), **changes})


def values(scenario: Scenario) -> dict[str, Any]:
    """Return a scenario's fields by name."""
    return {name: getattr(scenario, name) for name in names()}


def names() -> list[str]:
    """Return the names of a scenario's fields."""
    return [field.name for field in fields(Scenario)]
