"""What may stand in a study's files: the fields of `study.toml`, the columns of its tables."""

import datetime
import re
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mp_bayes.studies.tables import Row

#: What spreadsheets take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@")
#: Line breaks, tabs, and the joiners that some scripts need.
_ORDINARY = "\n\t\u200c\u200d"


def _written(value: str) -> str:
    """Refuse what is no writing: it could move a terminal's cursor, or hide in a page."""
    for letter in value:
        hidden = unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Cn")
        if hidden and letter not in _ORDINARY:
            raise ValueError(f"holds the character U+{ord(letter):04X}, which is not writing")
    return value


def _label(value: str) -> str:
    """Refuse names of several lines, and those that a spreadsheet would work out."""
    if unicodedata.normalize("NFKC", value).startswith(_FORMULA):
        raise ValueError(f"begins with '{value[0]}', which spreadsheets take for a formula")
    if len(value.splitlines()) > 1 or "\t" in value:
        raise ValueError("is more than one line")
    return _written(value)


Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_label)]
Paragraph = Annotated[str, Field(min_length=1, max_length=5000), AfterValidator(_written)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,60}$")]
Values = Annotated[list[Annotated[int, Field(gt=0)]], Field(min_length=1, max_length=20)]
Money = Annotated[float, Field(gt=0, allow_inf_nan=False)]
#: How a year-bin is written.
YEAR = r"^(19|20)[0-9][0-9]([-/][0-9][0-9])?$"
#: Beyond these nobody counts; and the engines would not answer in reasonable time.
_MOST = 20_000_000


def decimal_year(date: str) -> float:
    """Turn `2015-03` or `2015-03-16` into a decimal calendar year."""
    whole = f"{date}-01" if len(date) == len("2015-03") else date
    try:
        if not whole.isascii():
            raise ValueError
        day = datetime.datetime.strptime(whole, "%Y-%m-%d").replace(tzinfo=datetime.UTC).date()
    except ValueError:
        raise ValueError(
            f"'{date}' is not a month such as 2015-03, or a day such as 2015-03-16"
        ) from None
    return day.year + (day.month - 1) / 12 + (day.day - 1) / 365.25


def _digits(value: Any) -> Any:
    """Read a whole number, with or without thousands separators, and nothing else."""
    if value is None:
        return value
    text = str(value)
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise ValueError("is not a whole number")
    return text


class Section(BaseModel):
    """A section of `study.toml`, which refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class TimingFile(Section):
    """Another date of onset, for all treated or for all comparison boroughs."""

    name: Name
    label: Text
    treated: float | None = None
    comparison: float | None = None

    @field_validator("treated", "comparison", mode="before")
    @classmethod
    def _date(cls, value: Any) -> Any:
        return decimal_year(str(value))

    @model_validator(mode="after")
    def _some(self) -> "TimingFile":
        if self.treated is None and self.comparison is None:
            raise ValueError("changes nothing: give 'treated' or 'comparison' another onset")
        return self


class SettingFile(Section):
    """Who was treated, against whom, from when; fields as of `Setting`."""

    treated: Annotated[dict[Text, float], Field(min_length=1)]
    comparison: Annotated[list[Text], Field(min_length=1)] | None = None
    years: list[str] | None = None
    year_starts: Annotated[int, Field(ge=1, le=12)] | None = None
    reference_year: str | None = None
    cost: Money | None = None
    scenarios: list[TimingFile] = []

    @field_validator("treated", mode="before")
    @classmethod
    def _onsets(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError('must give each borough its onset: { "Ashford" = "2022-04" }')
        names = [str(borough).strip() for borough in value]
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise ValueError(f"names '{twice[0]}' twice")
        return {
            name: decimal_year(str(date)) for name, date in zip(names, value.values(), strict=True)
        }


class OutcomeFile(Section):
    """One outcome; fields as of `Outcome`."""

    label: Text
    kind: Literal["binary", "count"]
    smallest_effect: Annotated[float, Field(gt=0, le=100)]
    setting: Name | None = None
    window: Annotated[float, Field(ge=0, le=5)] = 0.0
    unit: Text = "event"
    total_unit: Text = "cases"
    short: Text | None = None
    shock_prior: str = "national"
    values: Values | None = None

    @field_validator("shock_prior")
    @classmethod
    def _of_measure(cls, value: str) -> str:
        if not re.fullmatch(r"national(:[a-z_]+)?", value):
            raise ValueError("is 'national', or 'national:' and a measure: 'national:rereferral'")
        return value

    @field_validator("values")
    @classmethod
    def _each_once(cls, value: list[int] | None) -> list[int] | None:
        if value and len(set(value)) < len(value):
            raise ValueError("names a value twice")
        return value

    @field_validator("window")
    @classmethod
    def _of_binary(cls, value: float, info: ValidationInfo) -> float:
        if info.data.get("kind") == "count" and value != 0:
            raise ValueError("is for binary outcomes; a count lies in its year")
        return value


class NoteFile(Section):
    """A note on the data; fields as of `Note`."""

    heading: Text
    text: Paragraph
    changes: dict[Name, str] = {}


class TextsFile(Section):
    """Sentences of the study's own, where the page has a place for them."""

    introduction: Paragraph | None = None
    data: Paragraph | None = None
    contrast: Paragraph | None = None
    trend: Paragraph | None = None
    timing: Paragraph | None = None
    costs: Paragraph | None = None
    skill: Paragraph | None = None


class StudyFile(Section):
    """The whole of `study.toml`; one setting may stand at the top, several under `settings`."""

    title: Text
    programme: Text
    source: Text
    outcomes: Annotated[dict[Name, OutcomeFile], Field(min_length=1, max_length=30)]
    counts: Text = "counts.csv"
    coefficients: Text | None = None
    priors: Text | None = None
    report: Text | None = None
    settings: dict[Name, SettingFile] | None = None
    official_names: dict[Text, Text] = {}
    skill: dict[Paragraph, Annotated[float, Field(allow_inf_nan=False)]] = {}
    caveats: dict[Name, Paragraph] = {}
    notes: list[NoteFile] = []
    texts: TextsFile = TextsFile()


class CountRow(Row):
    """One line of the counts: events out of a total, or over an exposure in child-years."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)
    key = ("outcome", "borough", "year")

    outcome: Text
    borough: Text
    year: Annotated[str, Field(pattern=YEAR)]
    events: Annotated[int, Field(ge=0, le=_MOST), BeforeValidator(_digits)]
    total: Annotated[int, Field(gt=0, le=_MOST), BeforeValidator(_digits)] | None = None
    exposure: Annotated[float, Field(gt=0, le=_MOST, allow_inf_nan=False)] | None = None


class OneOutcomeRow(CountRow):
    """The same where the table is of one outcome, and need not name it."""

    outcome: Text = "outcome"


class CoefficientRow(Row):
    """One line of published estimates; other columns, and rows of other terms, are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)
    key = ("outcome", "model", "term", "year")

    outcome: Text
    model: Literal["linear", "logit", "quasi_poisson"]
    term: Text
    year: str | None = None
    estimate: Annotated[float, Field(allow_inf_nan=False)]
    se: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    p_value: Annotated[float, Field(ge=0, le=1)] | None = None
