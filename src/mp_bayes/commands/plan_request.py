"""What `mp-bayes plan` is asked: options and a scenario file, put together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError


def _listed(text: str, name: str, kind: Callable[[str], Any]) -> tuple[Any, ...]:
    """Read numbers separated by commas."""
    try:
        values = tuple(kind(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{name}: '{text}' is not a list of numbers such as 1,5,15") from None
    if len(set(values)) < len(values):
        more = f"; {values[0]} alone is {values[0]} a year" if name == "--roll-out" else ""
        raise InputError(f"{name}: '{text}' names a number twice{more}")
    return values


def wave(text: str) -> int | str:
    """Read a roll-out: a number of boroughs, or a name."""
    name = text.strip()
    return name if name in ("at-once", "halves") else int(name)


def numbers(text: str | None, name: str, kind: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """Read an option that may be left out."""
    return None if text is None else _listed(text, name, kind)


def asked_of(
    study: Any,
    file: Path | None,
    fields: dict[str, Any],
    looked_at: dict[str, Any],
    effect: str | None,
    effect_sd: float | None,
    *,
    kind: str | None,
    table: Path | None,
    prior_file: Path | None,
) -> tuple[Any, str]:
    """Put the question together: the file or the study's numbers, authorities', what was given.

    Returns
    -------
    tuple
        The question, and a sentence on the authorities that `kind` or `table` name.
    """
    from mp_bayes.planning import protocol
    from mp_bayes.planning.options import USUAL, options, usual_effect_sd
    from mp_bayes.simulate.scenario import changed, to_plan
    from mp_bayes.simulate.scenario_file import read

    fields = {name: value for name, value in fields.items() if value is not None}
    looked_at = {name: value for name, value in looked_at.items() if value is not None}
    if file is None:
        outcome = fields.pop("outcome", next(iter(study.outcomes)))
        base = to_plan(study, outcome, **{**USUAL, **fields})
        unit = "pp" if base.binary else "per100"
        effect = f"-{3 * base.outcome.minimum:g}{unit}" if effect is None else effect
    else:
        if "outcome" in fields:
            fields["outcome"] = study.outcome(fields["outcome"])
        base, given, asked = read(file, study)
        base = changed(base, **fields)
        options(f"{file.name}: plan", asked)  # what is wrong there is told as the file's
        # A scenario that says how many says what to look at.
        counts = ("treated_boroughs", "comparison_boroughs", "pre_years", "half_life")
        single = {name: (given[name],) for name in counts if name in given}
        for name in sorted(set(given) & set(asked)):
            if isinstance(asked[name], list) and given[name] not in asked[name]:
                raise InputError(
                    f"{file.name}: {name} is {given[name]:g}, but the table [plan] has "
                    f"{asked[name]}: change it there, and leave it out above"
                )
        asked = _until(looked_at.get("max_post_years"), asked)
        looked_at = {**single, **asked, **looked_at}
    known = _known(study, base.outcome, kind, table, prior_file)
    if known:
        found = {name: value for name, value in known.fields.items() if name not in fields}
        base = changed(base, **found)
    if effect is not None:
        parsed = protocol.parse_effect(effect, binary=base.binary)
        base = changed(base, **parsed, effect_sd=0.0)
        if effect_sd is None:
            effect_sd = usual_effect_sd(base)
    if effect_sd is not None:
        base = changed(base, effect_sd=effect_sd)
    return options("plan", looked_at).asked(base), known.sentence if known else ""


def _until(last: int | None, asked: dict[str, Any]) -> dict[str, Any]:
    """Leave out a file's post-years beyond what was typed as the most to look at."""
    if last is None or "post_years" not in asked:
        return asked
    kept = [year for year in asked["post_years"] if year <= last]
    rest = {name: value for name, value in asked.items() if name != "post_years"}
    return rest | ({"post_years": kept} if kept else {})


def _known(
    study: Any, outcome: Any, kind: str | None, table: Path | None, prior_file: Path | None
) -> Any:
    """Return what is known of the authorities that were named, if any were."""
    from mp_bayes.planning.authorities import of_kind, of_table
    from mp_bayes.priors import load_priors

    if kind is not None and table is not None:
        raise InputError("--kind and --authorities: give one of them")
    if kind is not None:
        return of_kind(outcome, kind)
    if table is not None:
        priors = load_priors(study, prior_file).select(outcome, shock="national")
        return of_table(table, outcome, priors)
    return None
