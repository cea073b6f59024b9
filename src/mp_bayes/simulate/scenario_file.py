"""A scenario as a file to edit: every field with where its value comes from."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mp_bayes.errors import InputError
from mp_bayes.simulate.scenario import Scenario, make, to_plan, values
from mp_bayes.studies.study import Study
from mp_bayes.studies.texts import read_toml

#: Where the defaults of `to_plan` come from.
REASONS = {
    "cell_size": "mean total of a borough-year in the study's counts",
    "baseline": "pooled over boroughs and years before the onset in the study's counts",
    "sd_shock": "root mean square of the national prior: many authorities' that have not been seen",
    "rho": "median of the national prior",
    "design_effect": "median of the study's prior",
    "dispersion": "median of the study's prior",
    "exposure": "median of the study's prior",
    "sd_year": "chosen, above the 0.04 of national re-referrals; analyses leave years free",
    "shock_df": "0: Normal, as the models assume",
    "sd_log_shock": "0: boroughs alike, as the models assume",
    "sd_drift": "0: parallel trends but for shocks, as the models assume",
    "sd_borough": "chosen: it cancels in every effect",
    "size_spread": "0: boroughs of one size, so that their number is the only difference",
}


def reasons(scenario: Scenario, study: Study) -> dict[str, str]:
    """Return where each field's value comes from, if it is still the one of `to_plan`."""
    reported = values(to_plan(study, scenario.outcome.name))
    found = {}
    for name, value in values(scenario).items():
        instead = f"; from the study it would be {reported[name]:g}" if name in REASONS else ""
        found[name] = REASONS.get(name, "") if value == reported[name] else f"chosen{instead}"
    return found


def read(path: Path, study: Study) -> tuple[Scenario, dict[str, Any], dict[str, Any]]:
    """Read a scenario from a TOML file; what it leaves out is as in `to_plan`.

    Returns
    -------
    scenario : Scenario
    given : dict
        The fields that the file holds.
    plan : dict
        Its table [plan]: what a plan looks at.
    """
    given = read_toml(path, "scenario")
    plan = given.pop("plan", {})
    if not isinstance(plan, dict):
        raise InputError(f"{path.name}: plan: a table [plan], not {plan!r}")
    name = str(given.pop("outcome", next(iter(study.outcomes))))
    if name not in study.outcomes:
        raise InputError(f"{path.name}: outcome: unknown '{name}': {', '.join(study.outcomes)}")
    scenario = make({**values(to_plan(study, name)), **given}, where=path.name)
    return scenario, given, plan


def text(scenario: Scenario, study: Study, *, without: Iterable[str] = ()) -> str:
    """Return a scenario as TOML, which `read` reads back; `without` some of its fields."""
    # Text, numbers and nothing else: their JSON is their TOML.
    written = {**values(scenario), "outcome": scenario.outcome.name}
    return "".join(
        f"{name} = {json.dumps(written[name])}{f'  # {why}' if why else ''}\n"
        for name, why in reasons(scenario, study).items()
        if name not in set(without)
    )
