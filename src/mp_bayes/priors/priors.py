"""Priors as data: read from one file, checked, and ready to be looked up.

A prior is a distribution or a fixed number. Each is turned into its quantile function (see
`mp_bayes.models.predictor`), so one compiled model serves every prior.
"""

import math
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from mp_bayes.errors import InputError
from mp_bayes.priors.distributions import ADAPTER, DISTRIBUTIONS, tag
from mp_bayes.studies.study import OUTCOMES, Outcome

#: The shock priors that every result is shown under, and in tables' order.
SHOCK_PRIORS = ("none", "within-study", "national")

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
            f"{where}: unknown distribution '{tag(value)}': choose one of "
            f"{', '.join(DISTRIBUTIONS)}, or give a number"
        )
    try:
        prior = ADAPTER.validate_python(value)
        low, high = prior.support
    except ValidationError as error:
        first = error.errors()[0]
        field = first["loc"][-1] if first["loc"] else "prior"
        problem = {"extra_forbidden": "is not a field of this prior", "missing": "is missing"}.get(
            first["type"], first["msg"].lower()
        )
        raise InputError(f"{where}: '{field}' {problem}; see `mp-bayes priors`") from None
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
    if low < floor or high > ceiling:
        raise InputError(
            f"{where}: {prior} can be outside {floor:g} to {ceiling:g}, the range of {parameter}; "
            "choose another distribution or number"
        )
    return prior


def _entries(raw: dict[str, Any], name: str) -> Iterator[tuple[tuple[str, str, str], Any]]:
    """Walk a prior file; yield ((section, group's member or "", parameter), prior)."""
    for section, body in raw.items():
        if section != "default" and section not in OUTCOMES:
            known = ", ".join(["default", *OUTCOMES])
            raise InputError(f"{name}: unknown section [{section}]: choose one of {known}")
        if not isinstance(body, dict):
            raise InputError(f"{name}: '{section}' must be a section: [{section}]")
        grouped = [parameter for _, own in GROUPS.values() for parameter in own]
        plain = {key: value for key, value in body.items() if key not in GROUPS}
        ungrouped = [parameter for parameter in BOUNDS if parameter not in grouped]
        yield from _section(plain, section, "", ungrouped, f"{name}, [{section}]")
        for group, (members, own) in GROUPS.items():
            inner = body.get(group, {})
            if not isinstance(inner, dict):
                raise InputError(
                    f"{name}: [{section}.{group}] must hold sections such as '{members[-1]}'"
                )
            for member, parameters in inner.items():
                place = f"[{section}.{group}.{member}]"
                if member not in members:
                    raise InputError(
                        f"{name}: unknown {group} prior '{member}' in {place}: choose one of "
                        f"{', '.join(members)}"
                    )
                if not isinstance(parameters, dict):
                    raise InputError(f"{name}: {place} must be a section with parameters")
                yield from _section(parameters, section, member, list(own), f"{name}, {place}")


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
            raise InputError(f"{where}: unknown parameter; choose one of {', '.join(known)}")
        yield (section, member, parameter), _parse_prior(value, parameter=parameter, where=where)


@dataclass(frozen=True)
class Priors:
    """All priors that a run uses: the user's file, if any, before the defaults."""

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
            if chosen not in members:
                raise InputError(
                    f"unknown {group} prior '{chosen}': choose one of {', '.join(members)}"
                )
        member = {
            parameter: chosen
            for group, chosen in (("shock", shock), ("years", years))
            for parameter in GROUPS[group][1]
        }
        return {name: self._find(outcome.name, member.get(name, ""), name) for name in BOUNDS}

    def _find(self, outcome: str, member: str, parameter: str) -> Any:
        for layer in self.layers:
            for section in (outcome, "default"):
                if (section, member, parameter) in layer:
                    return layer[section, member, parameter]
        raise KeyError(parameter)


def default_text() -> str:
    """Return the default priors as TOML, each with its reason."""
    return files("mp_bayes.priors").joinpath("default.toml").read_text(encoding="utf-8")


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """Read a user's TOML file; `what` names it in the error.

    Raises
    ------
    InputError
        If it cannot be read, or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InputError(f"cannot read the {what} {path}: {reason}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name}: not valid TOML: {error}") from None


def load_priors(path: Path | None = None) -> Priors:
    """Read the default priors, and a user's file to go before them.

    Raises
    ------
    InputError
        If the file cannot be read or holds something that is not a prior; the message names
        the file, the section and the parameter.
    """
    layers = [dict(_entries(tomllib.loads(default_text()), "default priors"))]
    if path is not None:
        layers.insert(0, dict(_entries(read_toml(path, "prior file"), path.name)))
    return Priors(tuple(layers))
