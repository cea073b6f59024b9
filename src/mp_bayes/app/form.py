"""The form: fields with their units and help, and what a filled-in one asks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mp_bayes.errors import InputError
from mp_bayes.planning import protocol
from mp_bayes.planning.found import Question
from mp_bayes.planning.options import options
from mp_bayes.simulate.scenario import Scenario, changed, from_study
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import number

#: Boroughs times years of the largest design that a page works out: more would take minutes.
MOST_CELLS = 3_000
# Letters of one field, and numbers of a list.
_LONGEST, _MOST_NUMBERS = 60, 6


@dataclass(frozen=True)
class Field:
    """One field of the form.

    Attributes
    ----------
    name : str
        In the link.
    label, unit, help : str
    value : str
        As it stands in the field.
    choices : tuple of (str, str)
        Value and label of radio buttons; empty for a field to type in.
    many : bool
        Whether several numbers, separated by commas, may be typed.
    """

    name: str
    label: str
    unit: str = ""
    help: str = ""
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    many: bool = False


def fields(study: Study, given: Mapping[str, str]) -> list[tuple[str, list[Field]]]:
    """Return the form's groups, filled in with what was given and the study's own numbers else.

    Raises
    ------
    InputError
        If the outcome is unknown.
    """
    names = list(study.outcomes)
    name = given.get("outcome") or names[0]
    base = from_study(study, name)
    unit = "percentage points" if base.binary else "per 100 child-years"
    total = base.outcome.total_unit
    effect = -3 * base.outcome.minimum
    own = {
        "baseline": f"{100 * base.baseline:.4g}",
        "size": f"{base.cell_size:g}",
        "sd_shock": f"{base.sd_shock:g}",
        "rho": f"{base.rho:g}",
        "effect": f"{effect:g}",
        "effect_sd": f"{abs(effect) / 3:.3g}",
    }
    # Numbers of another outcome would make no sense of this one.
    if given.get("was", name) != name:
        given = {key: value for key, value in given.items() if key not in own}
    groups = [
        (
            "What is asked",
            [
                Field(
                    "ask",
                    "Question",
                    value="search",
                    choices=(
                        ("search", "Which designs would find the effect?"),
                        ("one", "What is this one design worth?"),
                    ),
                ),
                Field(
                    "outcome",
                    "Outcome",
                    value=name,
                    choices=tuple((one, study.outcomes[one].label) for one in names),
                ),
                Field(
                    "effect",
                    "Effect at full embedding",
                    unit,
                    "What the programme changes once practice has fully taken hold; a fall is "
                    f"negative.{_published(study.outcome(name))}",
                    own["effect"],
                ),
                Field(
                    "effect_sd",
                    "How sure of that effect (SD)",
                    unit,
                    "0 takes the effect as exact, and the answer is power; else assurance.",
                    own["effect_sd"],
                ),
                Field(
                    "half_life",
                    "Half-life of embedding",
                    "years",
                    "Years until half of the effect is there; 0 for at once.",
                    "2",
                ),
                Field("target", "Chance of finding it that is asked for", "%", "", "80"),
            ],
        ),
        (
            "The design",
            [
                Field(
                    "treated",
                    "Boroughs with the programme",
                    "",
                    "Of one design. A search finds the fewest itself.",
                    "10",
                ),
                Field(
                    "comparison",
                    "Comparison boroughs",
                    "",
                    "Numbers to try, separated by commas; the first, of one design. 0 where only "
                    "boroughs that begin later are compared with.",
                    "10,20,40,80",
                    many=True,
                ),
                Field("pre_years", "Years before the first onset", "years", "", "3"),
                Field("post_years", "Years after the first onset", "years", "", "10"),
                Field(
                    "roll_out",
                    "How boroughs begin the programme",
                    value="at-once",
                    choices=(
                        ("at-once", "All at once"),
                        ("waves", "Some each year"),
                        ("halves", "Half first, half late: compared with until then"),
                    ),
                ),
                Field("wave", "Boroughs that begin together, if some each year", "", "", "2"),
                Field("stagger", "Years from one such beginning to the next", "years", "", "1"),
            ],
        ),
        (
            "The world",
            [
                Field(
                    "baseline",
                    "Outcome without the programme",
                    f"% of {total}" if base.binary else "per 100 child-years",
                    "From the study's years before the programme, unless changed.",
                    own["baseline"],
                ),
                Field("size", f"{total.capitalize()} of a borough in a year", "", "", own["size"]),
                Field(
                    "sd_shock",
                    "How much boroughs move from year to year (SD)",
                    "log-odds" if base.binary else "log-rate",
                    "From all English authorities, unless changed: what matters most.",
                    own["sd_shock"],
                ),
                Field(
                    "rho",
                    "How long such movements last",
                    "correlation",
                    "0: gone in a year. Below 1.",
                    own["rho"],
                ),
                Field(
                    "shock",
                    "What the analysis believes of such movements",
                    value="national",
                    choices=(
                        ("national", "What English authorities show"),
                        ("within-study", "Little: the study's own years speak"),
                        ("none", "That there are none, as the 2020 evaluation did"),
                    ),
                ),
            ],
        ),
    ]
    return [
        (title, [replace(one, value=given.get(one.name, one.value)) for one in group])
        for title, group in groups
    ]


def _published(outcome: Outcome) -> str:
    """Say what was published of a study itself, so that an effect can be judged."""
    for one in outcome.coefficients:
        if one.model == "linear" and one.term == "treated_x_post":
            estimate, error = number(100 * one.estimate, sign=True), number(100 * one.se)
            return f" Published of this study, all years together: {estimate} (SE {error})."
    return ""


def question(groups: list[tuple[str, list[Field]]], study: Study) -> Question:
    """Return what a filled-in form asks.

    Raises
    ------
    InputError
        If a field holds no number, or one that makes no sense; its label stands first.
    """
    every = {one.name: one for _, group in groups for one in group}
    base = _base(every, study)
    begins = every["roll_out"].value
    given: dict[str, Any] = {
        "in_depth": False,
        "comparison_boroughs": _whole_numbers(every["comparison"]),
        "pre_years": (_whole(every["pre_years"]),),
        "post_years": (base.post_years,),
        "roll_out": (_whole(every["wave"]) if begins == "waves" else begins,),
        "stagger": _number(every["stagger"]),
        "target": _number(every["target"]) / 100,
        "shock": every["shock"].value,
    }
    if every["ask"].value == "one":
        given["treated_boroughs"] = (_whole(every["treated"]),)
        given["comparison_boroughs"] = given["comparison_boroughs"][:1]
    asked = options("the form", given).asked(base)
    assert isinstance(asked, Question)
    among = asked.candidates
    boroughs = max(among.treated_boroughs) + max(among.comparison_boroughs)
    if boroughs * (max(among.pre_years) + base.post_years) > MOST_CELLS:
        raise InputError(
            f"{every['comparison'].label}: {boroughs} boroughs over so many years are more than a "
            "page works out; give fewer, or use the command"
        )
    return asked


def _base(every: dict[str, Field], study: Study) -> Scenario:
    binary = study.outcome(every["outcome"].value).likelihood == "binomial"
    numbers = {
        name: _number(every[name])
        for name in ("effect", "effect_sd", "half_life", "sd_shock", "rho")
    }
    base = from_study(
        study,
        every["outcome"].value,
        baseline=_number(every["baseline"]) / 100,
        cell_size=_number(every["size"]),
        post_years=_whole(every["post_years"]),
        **numbers,
    )
    # The text of an effect as a command takes it is the same number.
    unit = "pp" if binary else "per100"
    parsed = protocol.parse_effect(f"{numbers['effect']:g}{unit}", binary=binary)
    return changed(base, effect=parsed["effect"])


def _number(field: Field) -> float:
    text = _text(field).replace("\N{MINUS SIGN}", "-").removesuffix("%").strip()
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{field.label}: '{text}' is not a number") from None
    if not abs(value) < 1e9:
        raise InputError(f"{field.label}: {text} is no number that makes sense here")
    return value


def _whole(field: Field) -> int:
    value = _number(field)
    if value != int(value):
        raise InputError(f"{field.label}: give a whole number, not {value:g}")
    return int(value)


def _whole_numbers(field: Field) -> tuple[int, ...]:
    parts = [part for part in _text(field).split(",") if part.strip()]
    if not 0 < len(parts) <= _MOST_NUMBERS:
        raise InputError(f"{field.label}: give 1 to {_MOST_NUMBERS} numbers, separated by commas")
    return tuple(dict.fromkeys(_whole(replace(field, value=part)) for part in parts))


def _text(field: Field) -> str:
    if len(field.value) > _LONGEST:
        raise InputError(f"{field.label}: more than {_LONGEST} letters")
    return field.value
