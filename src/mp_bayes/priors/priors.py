"""Priors as data: read from one file, checked, and ready to be looked up.

A prior is a distribution or a fixed number. Each is turned into its quantile function (see
`mp_bayes.models.predictor`), so one compiled model serves every prior.
"""

import json
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from mp_bayes.errors import InputError
from mp_bayes.names import check, instead
from mp_bayes.priors.distributions import ADAPTER, DISTRIBUTIONS, Fixed, tag
from mp_bayes.studies.problems import demand
from mp_bayes.studies.study import SHOCK_PRIORS, Outcome, Study
from mp_bayes.studies.texts import parse_toml, read_prose

NATIONAL = "national"

#: What the years have in common: free, as in a difference-in-differences; or borrowed from national
#: years, a sensitivity under which the comparison boroughs count for less.
YEAR_PRIORS = ("free", "borrowed")

#: Parameters with the lowest and highest value that each may take.
BOUNDS: dict[str, tuple[float, float]] = {
    "level_mean": (-math.inf, math.inf),
    "sd_borough": (0.0, math.inf),
    "sd_year": (0.0, math.inf),
    "mean_effect": (-math.inf, math.inf),
    "sd_effect": (0.0, math.inf),
    "comparison_effect": (-math.inf, math.inf),
    "half_life": (0.0, math.inf),
    "delay": (0.0, math.inf),
    "design_effect": (1.0, math.inf),
    "dispersion_excess": (0.0, math.inf),
    "exposure": (0.0, 1.0),
    "sd_shock": (0.0, math.inf),
    "rho": (0.0, 1.0),
    "sd_pre_trend": (0.0, math.inf),
    "nu": (2.5, math.inf),
}
#: No parameter of any model means anything beyond, even in a prior's far tail.
LARGEST = 1e9
SHOCK_PARAMETERS = ("sd_shock", "rho", "sd_pre_trend")
#: Sections within a section: their names, and the parameters that belong there and nowhere else.
GROUPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "shock": (SHOCK_PRIORS, SHOCK_PARAMETERS),
    "years": (YEAR_PRIORS, ("sd_year",)),
}


def _parse_prior(raw: Any, *, parameter: str, where: str) -> Any:
    """Check one prior; `where` begins every message."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | dict):
        raise InputError(f"{where}: give a number or a table such as {{ distribution = ... }}")
    value = raw if isinstance(raw, dict) else {"value": raw}
    if tag(value) not in (*DISTRIBUTIONS, "Fixed"):
        raise InputError(
            f"{where}: unknown distribution '{tag(value)}': "
            f"{instead(str(tag(value)), DISTRIBUTIONS)}, or give a number"
        )
    try:
        prior = ADAPTER.validate_python(value)
        low, high = prior.support
    except ValidationError as error:
        first = error.errors()[0]
        field = first["loc"][-1] if first["loc"] else "prior"
        raise InputError(f"{where}: '{field}' {demand(first)}; see `mp-bayes priors`") from None
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None
    floor, ceiling = BOUNDS[parameter]
    z_limits = np.array([-8.0, 8.0])
    with np.errstate(over="ignore", invalid="ignore"):
        too_wide = not (np.abs(prior.quantile(z_limits)) < LARGEST).all()
    if too_wide:
        raise InputError(f"{where}: {prior} is too wide to compute with; choose a narrower prior")
    if parameter in ("half_life", "exposure") and high == 0:
        raise InputError(f"{where}: 0 is outside the range of {parameter}: it must be above 0")
    if parameter == "rho" and low == 1:
        raise InputError(f"{where}: rho must be below 1; at 1 a shock would last for ever")
    if low < floor or high > ceiling:
        raise InputError(
            f"{where}: {prior} can be outside {floor:g} to {ceiling:g}, the range of {parameter}; "
            "choose another distribution or number"
        )
    return prior


def _entries(
    raw: dict[str, Any], name: str, outcomes: Collection[str]
) -> Iterator[tuple[tuple[str, str, str], Any]]:
    """Walk a prior file; yield ((section, group's member or "", parameter), prior)."""
    for section, body in raw.items():
        if section not in ("default", NATIONAL, *outcomes):
            known = ["default", f"{NATIONAL}.MEASURE", *outcomes]
            raise InputError(f"{name}: unknown section [{section}]: {instead(section, known)}")
        if not isinstance(body, dict):
            raise InputError(f"{name}: '{section}' must be a section: [{section}]")
        if section == NATIONAL:
            for measure, parameters in body.items():
                place = f"{name}, [{NATIONAL}.{measure}]"
                if not isinstance(parameters, dict):
                    raise InputError(f"{place} must be a section with parameters")
                yield from _section(
                    parameters, f"{NATIONAL}:{measure}", NATIONAL, list(SHOCK_PARAMETERS), place
                )
            continue
        grouped = [parameter for _, own in GROUPS.values() for parameter in own]
        plain = {key: value for key, value in body.items() if key not in GROUPS}
        ungrouped = [parameter for parameter in BOUNDS if parameter not in grouped]
        yield from _section(plain, section, "", ungrouped, f"{name}, [{section}]")
        for group, (members, own) in GROUPS.items():
            yield from _group(body.get(group, {}), section, group, members, list(own), name)


def _group(
    inner: Any, section: str, group: str, members: tuple[str, ...], own: list[str], name: str
) -> Iterator[tuple[tuple[str, str, str], Any]]:
    """Check the sections within a section: of shocks, or of years."""
    if not isinstance(inner, dict):
        raise InputError(f"{name}: [{section}.{group}] must hold sections such as '{members[-1]}'")
    for member, parameters in inner.items():
        place = f"[{section}.{group}.{member}]"
        if member not in members:
            raise InputError(
                f"{name}: unknown {group} prior '{member}' in {place}: {instead(member, members)}"
            )
        if not isinstance(parameters, dict):
            raise InputError(f"{name}: {place} must be a section with parameters")
        yield from _section(parameters, section, member, own, f"{name}, {place}")


def _section(
    parameters: dict[str, Any], section: str, member: str, known: list[str], place: str
) -> Iterator[tuple[tuple[str, str, str], Any]]:
    """Check one section's parameters."""
    for parameter, value in parameters.items():
        where = f"{place} {parameter}"
        home = next((group for group, (_, own) in GROUPS.items() if parameter in own), "")
        if home and not member:
            members = " or ".join(f"[{section}.{home}.{one}]" for one in GROUPS[home][0])
            raise InputError(f"{where}: belongs to a {home} prior; put it under {members}")
        if parameter not in known:
            raise InputError(f"{where}: unknown parameter; {instead(parameter, known)}")
        yield (section, member, parameter), _parse_prior(value, parameter=parameter, where=where)


@dataclass(frozen=True)
class Priors:
    """All priors that a run uses: the user's file, if any, before the study's and the defaults."""

    layers: tuple[dict[tuple[str, str, str], Any], ...]

    def select(self, outcome: Outcome, *, shock: str, years: str = "free") -> dict[str, Any]:
        """Return the prior of every parameter for one outcome under one shock and year prior.

        Raises
        ------
        InputError
            If `shock` is not one of `SHOCK_PRIORS`, or `years` not one of `YEAR_PRIORS`.
        """
        for group, chosen in (("shock", shock), ("years", years)):
            members = GROUPS[group][0]
            check(f"{group} prior", chosen, members)
        member = {
            parameter: chosen
            for group, chosen in (("shock", shock), ("years", years))
            for parameter in GROUPS[group][1]
        }
        found = {name: self._find(outcome, member.get(name, ""), name) for name in BOUNDS}
        if outcome.exposure_known:
            found["exposure"] = Fixed(value=1.0, reason="The totals are child-years at risk.")
        return found

    def _find(self, outcome: Outcome, member: str, parameter: str) -> Any:
        for layer in self.layers:
            for section in (outcome.name, f"{NATIONAL}:{outcome.measure}", "default"):
                if (section, member, parameter) in layer:
                    return layer[section, member, parameter]
        raise KeyError(parameter)

    def text(self, outcomes: Iterable[Outcome]) -> str:
        """Return the priors as used, as a file that `load_priors` reads: outcome by outcome."""
        parts = []
        for outcome in outcomes:
            found = self.select(outcome, shock=SHOCK_PRIORS[0])
            plain = [name for name in BOUNDS if not any(name in own for _, own in GROUPS.values())]
            parts.append(_written(outcome.name, plain, found))
            for group, (members, own) in GROUPS.items():
                for member in members:
                    chosen = {"shock": SHOCK_PRIORS[0], group: member}
                    found = self.select(outcome, **chosen)
                    parts.append(_written(f"{outcome.name}.{group}.{member}", own, found))
        return "\n".join(parts)

    def measures(self) -> list[str]:
        """List the measures that a national shock prior can come from."""
        sections = {section for layer in self.layers for section, _, _ in layer}
        names = (section.partition(":") for section in sections)
        return sorted(measure for kind, _, measure in names if kind == NATIONAL)


def _written(section: str, names: Iterable[str], found: dict[str, Any]) -> str:
    """Write a section of a prior file."""
    lines = [f"[{section}]"]
    for name in names:
        fields = {key: value for key, value in found[name].model_dump().items() if value != ""}
        inner = ", ".join(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in fields.items())
        lines.append(f"{name} = {{ {inner} }}")
    return "\n".join(lines) + "\n"


def inputs(study: Study) -> list[Path]:
    """List the files that a study's results depend on: its own, and the default priors."""
    return [*study.files, Path(str(files("mp_bayes.priors"))) / "default.toml"]


def default_text() -> str:
    """Return the default priors as TOML, each with its reason."""
    return files("mp_bayes.priors").joinpath("default.toml").read_text(encoding="utf-8")


def unnamed_shock() -> Any:
    """Return the national prior of the shocks' SD for an outcome whose study names no measure."""
    raw = parse_toml(default_text(), "default priors")["default"]["shock"][NATIONAL]["sd_shock"]
    return _parse_prior(raw, parameter="sd_shock", where="default priors")


def printed(study: Study) -> str:
    """Return a study's priors as one file to edit: the defaults with their comments, and its own.

    Outcome by outcome instead, where the two have a section in common, which TOML does not allow.
    """
    own = study.priors[1]
    text = f"{default_text()}\n{own}" if own else default_text()
    try:
        parse_toml(text, "priors")
    except InputError:
        return load_priors(study).text(study.outcomes.values())
    return text


def load_priors(study: Study, path: Path | None = None) -> Priors:
    """Read the default priors, with a study's own and a user's file to go before them.

    Raises
    ------
    InputError
        If a file cannot be read or holds something that is not a prior; the message names the
        file, the section and the parameter. Or if the study wants the national shock prior of a
        measure that none of them has.
    """
    outcomes = study.outcomes
    texts = [("default priors", default_text())]
    if study.priors[0]:
        texts.insert(0, study.priors)
    if path is not None:
        texts.insert(0, (path.name, read_prose(path, "prior file")))
    priors = Priors(
        tuple(dict(_entries(parse_toml(text, name), name, outcomes)) for name, text in texts)
    )
    for outcome in outcomes.values():
        if outcome.measure and outcome.measure not in priors.measures():
            raise InputError(
                f"[outcomes.{outcome.name}] shock_prior: no national prior is called "
                f"'{outcome.measure}': choose one of {', '.join(priors.measures())}, or give "
                f"[{NATIONAL}.{outcome.measure}] in a prior file"
            )
    return priors
