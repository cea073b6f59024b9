"""The form: fields with their units and help, and what a filled-in one asks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mp_bayes.simulate.scenario import to_plan
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import number


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
    base = to_plan(study, name)
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
                    "Years until half of the effect is there; 0 for at once. Nine tenths are there "
                    "after 3.3 times as long.",
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
                Field("pre_years", "Years before the first onset", "years", "", "5"),
                Field("post_years", "Years after the first onset", "years", "", "10"),
                Field(
                    "roll_out",
                    "How boroughs begin the programme",
                    value="at-once",
                    choices=(
                        ("at-once", "All at once"),
                        ("waves", "Some at a time"),
                        ("halves", "Half first, half late: compared with until then"),
                    ),
                ),
                Field("wave", "Boroughs that begin together, if some at a time", "", "", "2"),
                Field("stagger", "Years from one such beginning to the next", "years", "", "1"),
                Field(
                    "cost_treated_year",
                    "Cost of the programme in one borough for a year",
                    "any money",
                    "With a cost the cheapest design is shown too. It may be left empty.",
                ),
                Field("cost_comparison", "Cost of one comparison borough", "any money", ""),
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
                    "What matters most. Authorities differ; from all English ones their root mean "
                    "square, as many together move, unless changed.",
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
