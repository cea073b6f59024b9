"""Data sets for which the fast posterior is set against the sampler, and the sampler's summaries.

The summaries are committed: see tests/reference/README.md.
"""

import json
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from studied import STUDY

from mp_bayes.inference.laplace import structure
from mp_bayes.priors import load_priors
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import from_study

SUMMARIES = Path(__file__).parents[1] / "reference" / "nuts" / "effects.json"
STALE = "not the data or priors that were sampled: run tests/reference/nuts/make.py"
Z = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])


@dataclass(frozen=True)
class Case:
    """One data set: what it is drawn from, and by which model it is fitted.

    `hard` marks those that are known as the hardest for the fast posterior.
    """

    outcome: str
    shock: str
    effect: str
    comparison_boroughs: int
    seed: int
    number: int
    hard: bool = False

    @property
    def name(self) -> str:
        """Return what the case is called in the file."""
        return "-".join(str(value) for value in astuple(self)[:-1])


CASES = (
    Case("cin_rereferral_12m", "national", "embedding", 1, 7, 3),
    Case("cin_escalation_12m", "within-study", "yearly", 3, 7, 3, hard=True),
    Case("cla_placement_moves", "national", "constant", 1, 7, 3),
    Case("cla_residential_placements", "within-study", "constant", 2, 7, 3),
    # The SD of shocks is hardly told from 0 here, or rho from 1: a skewed posterior.
    Case("cin_rereferral_12m", "within-study", "constant", 3, 77, 16, hard=True),
)


def drawn(case: Case) -> tuple[xr.Dataset, dict[str, Any], Any]:
    """Draw a case's cells from the model's own priors; return them, priors and structure."""
    scenario = from_study(STUDY, case.outcome, comparison_boroughs=case.comparison_boroughs)
    priors = baseline_priors(
        load_priors(STUDY).select(scenario.synthetic, shock=case.shock), scenario
    )
    data = synthesise(
        scenario, seed=case.seed, replicates=[case.number], priors=priors, structure=case.effect
    )
    return data.dataset(0), priors, structure(data.outcome, priors, effect=case.effect)


def prior_quantiles(priors: dict[str, Any]) -> dict[str, list[float]]:
    """Return what the priors are, as their quantiles at five values of z."""
    return {name: [float(x) for x in prior.quantile(Z)] for name, prior in priors.items()}


def summaries(case: Case) -> pd.DataFrame:
    """Return the sampler's committed summaries, once the data and priors are seen to be theirs."""
    kept = json.loads(SUMMARIES.read_text(encoding="utf-8"))[case.name]
    data, priors, _ = drawn(case)
    for name in ("events", "total"):
        np.testing.assert_array_equal(data[name], kept[name], err_msg=STALE)
    found = prior_quantiles(priors)
    assert found.keys() == kept["priors"].keys(), STALE
    for name, values in found.items():
        np.testing.assert_allclose(values, kept["priors"][name], rtol=1e-6, err_msg=STALE)
    return pd.DataFrame(kept["effects"])
