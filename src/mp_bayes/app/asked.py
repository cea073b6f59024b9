"""What a filled-in form asks, and what is filled in of authorities."""

from dataclasses import replace
from typing import Any

from mp_bayes.app.form import Field
from mp_bayes.errors import InputError
from mp_bayes.planning import protocol
from mp_bayes.planning.authorities import Known
from mp_bayes.planning.found import Question
from mp_bayes.planning.options import options
from mp_bayes.simulate.scenario import Scenario, changed, to_plan
from mp_bayes.studies.study import Study

#: Boroughs times years of the largest design that a page works out: more would take minutes.
MOST_CELLS = 3_000
# Letters of one field, and numbers of a list.
_LONGEST, _MOST_NUMBERS = 60, 6


def filled(known: Known, study: Study, outcome: str) -> dict[str, str]:
    """Return the form's fields that are known of authorities."""
    own = dict(known.fields)
    # The form has no field for the years at risk of a child: its size makes up for them.
    share = own.pop("exposure", None)
    scale = share / to_plan(study, outcome).exposure if share else 1.0
    return {
        "sd_shock": f"{own['sd_shock']:g}",
        "rho": f"{own['rho']:g}",
        "baseline": f"{100 * own['baseline']:.4g}",
        "size": f"{own['cell_size'] * scale:.0f}",
    }


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
    for name in ("cost_treated_year", "cost_comparison"):
        if _text(every[name]).strip():
            given[name] = _number(every[name])
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
    base = to_plan(
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
