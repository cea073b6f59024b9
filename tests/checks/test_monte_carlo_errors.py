"""Checks say how far chance may move their numbers: as far as other seeds do.

The SD of ten runs has itself an error of a quarter: a column's median ratio to the stated error is
asked to lie within a factor of two of 1, and no number's beyond two and a half.
"""

import numpy as np
import pandas as pd
import pytest
from studied import OUTCOMES, STUDY

from mp_bayes.checks import joint, scaling
from mp_bayes.checks.errors import errors
from mp_bayes.checks.multiverse import Specification, fit_specification
from mp_bayes.checks.predictive import predictive
from mp_bayes.estimands import LOWER
from mp_bayes.priors import load_priors

PRIORS = load_priors(STUDY)
SEEDS = range(10)


def check(runs: list[dict[str, pd.DataFrame]], *, least: float = 0.5) -> set[str]:
    """Compare what tables say of chance with how far they move; return the columns that do."""
    seen = set()
    for name in runs[0]:
        tables = [run[name].reset_index(drop=True) for run in runs]
        stated = [errors(table, run) for table, run in zip(tables, runs, strict=True)]
        for column in stated[0]:
            values = np.array([table[column].astype(float) for table in tables])
            error = np.sqrt(np.mean([one[column].astype(float) ** 2 for one in stated], axis=0))
            # What has no error does not move, but in its last digits.
            apart = values.std(0, ddof=1)
            fixed = error == 0
            assert not np.any(apart[fixed] > 1e-9), (name, column)
            if fixed.all():
                continue
            ratio = apart[~fixed] / error[~fixed]
            assert least < np.median(ratio) < 2.0, (name, column, ratio)
            assert ratio.max() < 2.5, (name, column, ratio)
            seen.add(column)
    return seen


def test_the_joint_model(monkeypatch):
    monkeypatch.setattr(joint, "SAME_MEASURE", (0.9,))
    two = [OUTCOMES["cin_rereferral_12m"], OUTCOMES["cin_rereferral_24m"]]
    seen = check([joint.joint_tables(two, PRIORS, seed=seed) for seed in SEEDS])
    assert {"mean", "sd", "lower", "upper", "prob_below_0", "correlation", "probability"} <= seen
    assert {"below_0", "sd_if_independent", "all_below_0", "none_below_0"} <= seen


def test_predictive_checks():
    outcome = OUTCOMES["cin_rereferral_12m"]
    tables = [predictive([outcome], PRIORS, seed=seed) for seed in SEEDS]
    for source, least in (("prior", 0.5), ("near", 0.5), ("posterior", 0.35)):
        # Weighted draws are thinned, so that those of the posterior repeat less than is said.
        parts = [{"predictive": table[table["source"].eq(source)]} for table in tables]
        assert check(parts, least=least) == {"median", "lower", "upper", "prob_as_high"}


def test_specifications_that_are_drawn():
    """Also where the posterior is skewed, and an end lies far out."""
    outcome = OUTCOMES["cla_placement_moves"]
    chosen = ["coefficients", "free", "0.2", "prior", "constant", "", "", "flat", "as_published"]
    one = Specification(*chosen)
    rows = [fit_specification(outcome, PRIORS, one, seed=seed) for seed in SEEDS]
    seen = check([{"multiverse": pd.DataFrame([row])} for row in rows], least=0.3)
    assert {"mean", "lower", "upper", "prob_below_0", "link_lower"} <= seen


@pytest.mark.parametrize("power", [0.5, 2.0])
def test_weighted_draws(power):
    """A Normal distribution to a power, from draws of itself: its ends are known too."""
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(40, 4000))
    found = []
    for row in draws:
        weight = np.exp((power - 1) * -0.5 * row**2)
        found.append(scaling._weighted(row, weight / weight.sum(), 1.0))
    table = pd.DataFrame(found)
    end = -1.96 / np.sqrt(power)
    assert abs(table["lower"].mean() - end) < 4 * table["lower"].std() / np.sqrt(len(table))
    assert LOWER == 0.025
    for name in ("mean", "lower", "upper"):
        ratio = table[name].std() / np.sqrt((table[f"mcse_{name}"] ** 2).mean())
        # Forty runs: an SD's error is a ninth of it.
        assert 0.65 < ratio < 1.4, name
