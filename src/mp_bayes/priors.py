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

from mp_bayes.distributions import ADAPTER, DISTRIBUTIONS, tag
from mp_bayes.errors import InputError
from mp_bayes.study import OUTCOMES, Outcome

#: The shock priors that every result is shown under, and in tables' order.
SHOCK_PRIORS = ("none", "within-study", "national")

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
}
SHOCK_PARAMETERS = ("sd_shock", "rho", "sd_pre_trend")


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
        reaches_infinity = not np.isfinite(prior.quantile(z_limits)).all()
    if reaches_infinity:
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
    """Walk a prior file; yield ((section, shock or "", parameter), prior)."""
    for section, body in raw.items():
        if section != "default" and section not in OUTCOMES:
            known = ", ".join(["default", *OUTCOMES])
            raise InputError(f"{name}: unknown section [{section}]: choose one of {known}")
        if not isinstance(body, dict):
            raise InputError(f"{name}: '{section}' must be a section: [{section}]")
        shocks = body.get("shock", {})
        if not isinstance(shocks, dict):
            raise InputError(f"{name}: [{section}.shock] must hold sections such as 'national'")
        plain = {key: value for key, value in body.items() if key != "shock"}
        for shock, parameters in [(None, plain), *shocks.items()]:
            place = f"[{section}]" if shock is None else f"[{section}.shock.{shock}]"
            if shock is not None and shock not in SHOCK_PRIORS:
                raise InputError(
                    f"{name}: unknown shock prior '{shock}' in {place}: choose one of "
                    f"{', '.join(SHOCK_PRIORS)}"
                )
            if not isinstance(parameters, dict):
                raise InputError(f"{name}: {place} must be a section with parameters")
            known_here = [p for p in BOUNDS if (p in SHOCK_PARAMETERS) == bool(shock)]
            for parameter, value in parameters.items():
                where = f"{name}, {place} {parameter}"
                if parameter in SHOCK_PARAMETERS and not shock:
                    raise InputError(
                        f"{where}: belongs to a shock prior; put it under "
                        f"[{section}.shock.none], .within-study or .national"
                    )
                if parameter not in known_here:
                    raise InputError(
                        f"{where}: unknown parameter; choose one of {', '.join(known_here)}"
                    )
                yield (
                    (section, shock or "", parameter),
                    _parse_prior(value, parameter=parameter, where=where),
                )


@dataclass(frozen=True)
class Priors:
    """All priors that a run uses: the user's file, if any, before the defaults."""

    layers: tuple[dict[tuple[str, str, str], Any], ...]

    def select(self, outcome: Outcome, *, shock: str) -> dict[str, Any]:
        """Return the prior of every parameter for one outcome under one shock prior.

        Raises
        ------
        InputError
            If `shock` is not one of `SHOCK_PRIORS`.
        """
        if shock not in SHOCK_PRIORS:
            raise InputError(
                f"unknown shock prior '{shock}': choose one of {', '.join(SHOCK_PRIORS)}"
            )
        return {parameter: self._find(outcome.name, shock, parameter) for parameter in BOUNDS}

    def _find(self, outcome: str, shock: str, parameter: str) -> Any:
        group = shock if parameter in SHOCK_PARAMETERS else ""
        for layer in self.layers:
            for section in (outcome, "default"):
                if (section, group, parameter) in layer:
                    return layer[section, group, parameter]
        raise KeyError(parameter)


def default_text() -> str:
    """Return the default priors as TOML, each with its reason."""
    return files("mp_bayes").joinpath("default_priors.toml").read_text(encoding="utf-8")


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
