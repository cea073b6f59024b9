"""Describe one row of each evidence table.

Numbers are ``Decimal`` so that the printed precision (trailing zeros) survives, or ``int`` where
they count whole things. An empty cell is ``None`` and allowed only where the type says so.
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from mp_bayes.audit.labels import (
    BINARY_OUTCOMES,
    TREATED,
    Borough,
    Outcome,
    Year,
    comparison_borough,
    years_of,
)
from mp_bayes.studies import tables

Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=0)]
PositiveCount = Annotated[int, Field(gt=0)]
Percent = Annotated[Decimal, Field(ge=0, le=100)]
Probability = Annotated[Decimal, Field(ge=0, le=1)]
Relation = Literal["=", "<"]


class Row(tables.Row):
    """Hold what every row has: where it was printed, and which columns identify it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    table: ClassVar[str] = ""

    source: Text


class OutcomeRow(Row):
    """Hold an outcome, and refuse boroughs and years in which it was not observed."""

    outcome: Outcome

    @field_validator("borough", "year", check_fields=False)
    @classmethod
    def _belongs_to_outcome(cls, value: str | None, info: ValidationInfo) -> str | None:
        outcome = info.data.get("outcome")
        if outcome is None or value is None:
            return value
        allowed = (
            (TREATED, comparison_borough(outcome))
            if info.field_name == "borough"
            else years_of(outcome)
        )
        if value not in allowed:
            raise ValueError(f"is not one of {', '.join(allowed)} for {outcome}")
        return value


class Cell(OutcomeRow):
    """Hold one borough-by-year cell of Table 8 or 13."""

    table = "cells"
    key = ("outcome", "borough", "year")

    borough: Borough
    year: Year
    children: PositiveCount
    total: PositiveCount
    events: Count
    percent: Percent | None

    @field_validator("events")
    @classmethod
    def _within_total(cls, value: int, info: ValidationInfo) -> int:
        total = info.data.get("total")
        if info.data.get("outcome") in BINARY_OUTCOMES and total is not None and value > total:
            raise ValueError(f"exceeds the row's total of {total}, which is the most there can be")
        return value


# The terms that the models read; their standard errors are never so small as to print as zero.
DESIGN_TERMS = frozenset({"treated_x_year", "treated_x_post", "treated", "year", "constant"})
YEARLY_TERMS = frozenset({"treated_x_year", "year"})


class Coefficient(OutcomeRow):
    """Hold one row of a regression table (9-11, 15, 16) or one exploratory contrast.

    A standard error printed as 0.000 (cubic terms of age, in years cubed) is a small number rounded
    to nothing, so zero is accepted for covariates and refused for every term of the design.
    """

    table = "coefficients"
    key = ("outcome", "model", "term", "year")

    model: Literal["linear", "logit", "quasi_poisson"]
    term: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    year: Year | None
    estimate: Decimal
    se: Annotated[Decimal, Field(ge=0)]
    p_value: Probability
    stars: Literal["+", "*", "**"] | None
    p_relation: Relation

    @field_validator("year")
    @classmethod
    def _only_where_yearly(cls, value: str | None, info: ValidationInfo) -> str | None:
        term = info.data.get("term")
        if term in YEARLY_TERMS and value is None:
            raise ValueError(f"is empty, but {term} needs a year")
        if term is not None and term not in YEARLY_TERMS and value is not None:
            raise ValueError(f"must be empty for {term}")
        return value

    @field_validator("se")
    @classmethod
    def _design_terms_are_uncertain(cls, value: Decimal, info: ValidationInfo) -> Decimal:
        if value == 0 and info.data.get("term") in DESIGN_TERMS:
            raise ValueError("is not above zero, as a standard error must be")
        return value


class AverageMarginalEffect(OutcomeRow):
    """Hold one borough's change from the reference year, by section 3.2 of the 2020 report."""

    table = "average_marginal_effects"
    key = ("outcome", "borough", "year")

    borough: Borough
    year: Year
    change: Decimal
    unit: Literal["pp", "moves", "placements"]


class ReportedTest(OutcomeRow):
    """Hold what the prose says of one contrast: its p-value, its significance, its direction."""

    table = "reported_tests"
    key = ("outcome", "term", "year", "source")

    term: Literal["treated_x_year", "treated_x_post"]
    year: Year | None
    p_value: Probability | None
    p_relation: Relation | None
    claim: Literal["significant", "marginal", "not_significant"] | None
    direction: Literal["increase", "decrease"] | None


class SampleSize(OutcomeRow):
    """Hold one stated sample size; no borough means both together."""

    table = "sample_sizes"
    key = ("outcome", "borough", "unit", "source")

    borough: Borough | None
    unit: Literal["referrals", "cases", "placements", "observations"]
    number: PositiveCount


class Indicator(OutcomeRow):
    """Hold one outcome indicator of Table 1, 2, 7 or 12 and the span of years it covers."""

    table = "indicators"
    key = ("outcome", "source")

    role: Literal["primary", "secondary"]
    onset_month: Literal["March", "August"]
    first_year: PositiveCount
    last_year: PositiveCount
    post_years: PositiveCount


class Covariate(Row):
    """Hold one covariate of the regressions and the name of its terms."""

    table = "covariates"
    key = ("study", "covariate")

    study: Literal["cin", "cla"]
    covariate: Text
    kind: Literal["continuous", "binary", "categorical"]
    categories: PositiveCount | None
    term_prefix: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
