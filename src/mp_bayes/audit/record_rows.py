"""Describe one row of the tables on costs, survey, timing, single figures and statements."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from mp_bayes.audit.rows import Count, Percent, PositiveCount, Row, Text

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Round = Literal["1", "2", "total"]  # funding rounds: 2015-2017, 2017-2019, and both
ReachedUnit = Literal["cyp", "staff"]  # children and young people, or staff

_OPERANDS = r"^[a-z0-9_-]+(;[a-z0-9_-]+)*$"


class Cost(Row):
    """Hold one amount of Table 4, in pounds."""

    table = "costs"
    key = ("item", "round")

    item: Name
    round: Round
    amount: Annotated[Decimal, Field(ge=0)]


class Reach(Row):
    """Hold one number of children or staff reached (Table 5)."""

    table = "reach"
    key = ("unit", "round")

    unit: ReachedUnit
    round: Round
    number: PositiveCount


class UnitCost(Row):
    """Hold one unit cost of Table 6, in pounds per child or per member of staff."""

    table = "unit_costs"
    key = ("unit", "round")

    label: Text
    unit: ReachedUnit
    round: Round
    amount: Annotated[Decimal, Field(ge=0)]


class SurveyAnswer(Row):
    """Hold one answer of the foster carer survey (Tables 3, 17-23) with the base it is out of."""

    table = "survey"
    key = ("table_printed", "question", "option")

    table_printed: Text
    question: Text
    option: Text
    choice: Literal["single", "multiple", "most_common"]
    count: Count
    percent: Percent
    base: PositiveCount
    base_source: Text


class Event(Row):
    """Hold one date of the implementation, as precisely as it was printed."""

    table = "implementation"
    key = ("event", "source")

    event: Name
    date: Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]
    borough: Literal["Islington", "Barnet"] | None
    description: Text


class Figure(Row):
    """Hold one number stated in prose; ``step`` is what it is rounded to, empty for a count."""

    table = "figures"
    key = ("figure",)

    figure: Name
    label: Text
    value: Decimal
    unit: Name
    step: Annotated[Decimal, Field(gt=0)] | None


class Statement(Row):
    """Hold one checkable claim: which figures it states, and what they follow from.

    ``kind`` names the rule of arithmetic; ``claimed`` and ``operands`` name rows of the figures
    table (or years, for a claim about direction); ``evidence_table``, ``column`` and ``where``
    select printed cells of another table, ``where`` as ``column=value|value;column=value``.
    """

    table = "statements"
    key = ("statement",)

    statement: Name
    kind: Name
    claimed: Annotated[str, Field(pattern=_OPERANDS)] | None
    operands: Annotated[str, Field(pattern=_OPERANDS)] | None
    evidence_table: Name | None
    column: Name | None
    where: Annotated[str, Field(pattern=r"^[a-z_]+=[^;=]+(;[a-z_]+=[^;=]+)*$")] | None

    @field_validator("where")
    @classmethod
    def _selects_once(cls, value: str | None) -> str | None:
        columns = [] if value is None else [part.split("=")[0] for part in value.split(";")]
        if len(set(columns)) != len(columns):
            raise ValueError("selects twice by one column")
        return value
