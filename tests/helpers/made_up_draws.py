"""Counts and posteriors of two chains and four draws, made by hand."""

from typing import Any

import numpy as np
import xarray as xr

from mp_bayes.estimands import Estimand
from mp_bayes.studies.study import Outcome

# Sixteen draws in two chains: eight halve the odds, four change them next to nothing, four double.
RATIOS = np.tile([0.5, 0.99, 2.0, 0.5, 2.0, 0.5, 0.99, 0.5], (2, 1))


LABELS = {
    "outcome": "o",
    "evidence": "cells",
    "shock_prior": "national",
    "effect_structure": "constant",
    "coding": "dosed",
}


def counts(outcome: Outcome, total: list[int], events: list[int]) -> xr.Dataset:
    """Return cells with the same totals and events in both boroughs."""
    study = outcome.setting
    return xr.Dataset(
        {
            "total": (("borough", "year"), [total, total]),
            "events": (("borough", "year"), [events, events]),
        },
        coords={"borough": list(study.boroughs), "year": list(study.years)},
        attrs={"outcome": outcome.name, "evidence": "cells"},
    )


def posterior(
    outcome: Outcome, *, without: Any, shares: Any, evidence: str = "cells", **more: Any
) -> xr.Dataset:
    """Return draws in which the treated borough's link is `without` plus log(RATIOS) x shares."""
    study = outcome.setting
    delta = np.log(RATIOS)
    effect = np.zeros((*RATIOS.shape, 2, len(study.years)))
    effect[:, :, 0] = delta[..., None] * np.asarray(shares)
    dims = ("chain", "draw", "borough", "year")
    variables = {
        "effect": (dims, effect),
        "mean_effect": (dims[:2], delta),
        "sd_shock": (dims[:2], 0.3 + 0.1 * np.arange(16).reshape(2, 8) / 16),
        "rho": (dims[:2], np.full(RATIOS.shape, 0.5)),
        "half_life": (dims[:2], 1.0 + 0.1 * np.arange(16).reshape(2, 8)),
        **{name: (dims[:2], value) for name, value in more.items()},
    }
    if evidence == "cells":
        variables["eta"] = (dims, effect + np.asarray(without))
    else:
        variables["contrast"] = ((dims[0], dims[1], "year"), effect[:, :, 0])
    coords = {"borough": list(study.boroughs), "year": list(study.years)}
    return xr.Dataset(variables, coords=coords)


def find(rows: list[Estimand], name: str, scale: str, year: str = "") -> Estimand:
    found = [r for r in rows if (r.name, r.scale) == (name, scale) and (not year or r.year == year)]
    assert len(found) == 1, [(r.name, r.scale, r.year) for r in found]
    return found[0]
