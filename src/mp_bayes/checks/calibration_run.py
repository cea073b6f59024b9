"""Calibration of many models: which, how often, kept as they end, and the tables of them all."""

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.checks.calibration import KEYS, ranks
from mp_bayes.checks.calibration_cases import AnyCase, Case
from mp_bayes.checks.calibration_fast import coverage
from mp_bayes.checks.uniformity import POINTS, Uniformity, band, holm, of_counts, uniformity
from mp_bayes.errors import InputError
from mp_bayes.priors import Priors

#: Replicates at most of a broken simulator: enough, since its faults are large.
MOST_BROKEN = 200
#: What is asked of the quantities of a model together.
LEVEL = 0.05
#: Fewer ranks have a band so wide that nearly all would pass.
FEWEST = 20
# Columns of the curves.
_AT = [f"{point:.2f}" for point in POINTS]


def chosen(every: list[AnyCase], fragments: list[str]) -> list[AnyCase]:
    """Return the cases whose name has one of the fragments; all without any.

    Raises
    ------
    InputError
        If a fragment is in no name.
    """
    for fragment in fragments:
        if not any(fragment in case.name for case in every):
            raise InputError(
                f"--models: no model's name has '{fragment}'; a name is such as {every[-1].name}"
            )
    return [case for case in every if not fragments or any(part in case.name for part in fragments)]


def replicates_of(case: AnyCase, replicates: int) -> int:
    """Return how often a case is simulated."""
    return min(replicates, MOST_BROKEN) if case.fault else replicates


def calibration(
    every: list[AnyCase],
    priors: Priors,
    *,
    replicates: int,
    seed: int,
    trials: Path | None = None,
    on_done: Callable[[], None] = lambda: None,
) -> dict[str, pd.DataFrame]:
    """Check cases by simulation.

    Parameters
    ----------
    every : list of Case or PanelCase
    priors : Priors
    replicates, seed : int
    trials : Path, optional
        Folder where the ranks of a case are kept once it is done, and taken from if they are there.
    on_done : callable
        Called after each replicate.

    Returns
    -------
    dict of pandas.DataFrame
        `calibration`: a row for each model and quantity: `largest`, the largest difference
        between the ranks' distribution function and the uniform one; `beyond`, by how much it
        leaves its own simultaneous 95% band; `p`; `p_model`, adjusted for the model's quantities;
        `p_all`, for those of all models. `curves`: the difference at each point. `bands`: the
        bands, of one quantity and of the largest number that a model has, by number of ranks.
        `coverage`: of the fast summaries' intervals.
    """
    rows, curves = [], []
    for case in every:
        count = replicates_of(case, replicates)
        table = _kept(case, priors, count, seed, trials, on_done)
        whole = {**case.labels, "replicates": count}
        whole["refused"] = count - table["replicate"].nunique()
        for key, part in table.groupby(KEYS, sort=False):
            names = dict(zip(KEYS, key, strict=True))
            found = uniformity(part["rank"].to_numpy())
            rows.append({**whole, **names, **_far(found, len(part))})
            at = dict(zip(_AT, found.difference, strict=True))
            curves.append({"model": case.name, **names, **at})
    result = _adjusted(pd.DataFrame(rows))
    tables = {"calibration": result, "curves": pd.DataFrame(curves), "bands": _bands(result)}
    covered = [
        coverage(case, priors, replicates=replicates, seed=seed)
        for case in every
        if isinstance(case, Case) and case.has_fast_summaries
    ]
    return tables | ({"coverage": pd.concat(covered, ignore_index=True)} if covered else {})


def verdicts_of(result: pd.DataFrame, curves: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return `calibration` and `bands` again, from the curves of the ranks.

    Parameters
    ----------
    result, curves : pandas.DataFrame
        As `calibration` gave them. A row of `curves` belongs to the same row of `result`.
    """
    if len(curves) != len(result):
        raise ValueError("a quantity has no curve")
    totals = (result["replicates"] - result["refused"]).to_numpy()
    counts = np.rint((curves[_AT].to_numpy(float) + POINTS) * totals[:, None]).astype(int)
    rows = [
        _far(of_counts(count, int(total)), int(total))
        for count, total in zip(counts, totals, strict=True)
    ]
    names = curves[["model", *KEYS]].reset_index(drop=True)
    again = result.reset_index(drop=True).assign(**names, **pd.DataFrame(rows))
    again["fault"] = again["fault"].fillna("")
    return {"calibration": _adjusted(again), "bands": _bands(again)}


def _far(found: Uniformity, count: int) -> dict[str, float]:
    """Return how far a quantity's ranks are from uniform, as a row has it."""
    lower, upper = band(count, LEVEL)
    beyond = np.maximum(found.difference - upper, lower - found.difference).max()
    most = int(np.abs(found.difference).argmax())
    own = {"largest": found.difference[most], "at": POINTS[most]}
    return {**own, "beyond": max(beyond, 0.0), "p": found.p}


def _adjusted(result: pd.DataFrame) -> pd.DataFrame:
    """Add the p values that are adjusted for a model's quantities, and for those of all models."""
    result["p_model"] = result.groupby("model")["p"].transform(lambda p: holm(p.to_numpy()))
    sound = result["fault"].eq("")
    result["p_all"] = np.nan
    if sound.any():
        result.loc[sound, "p_all"] = holm(result.loc[sound, "p"].to_numpy())
    return result


def _kept(
    case: AnyCase,
    priors: Priors,
    count: int,
    seed: int,
    trials: Path | None,
    on_done: Callable[[], None],
) -> pd.DataFrame:
    """Return a case's ranks: from the folder of trials, or made and put there."""
    how: dict[str, Any] = {"replicates": count, "seed": seed, "on_done": on_done}
    # All that the ranks depend on but the code; and what makes them.
    if isinstance(case, Case):
        outcome = case.analysis.outcome
        prior = priors.select(outcome, shock=case.analysis.shock)
        facts: object = (outcome, outcome.counts, outcome.coefficients, outcome.setting, prior)
        make = partial(ranks, case, priors, **how)
    else:
        # Imports the sampler, which pages do without.
        from mp_bayes.checks.calibration_panel import panel_ranks
        from mp_bayes.models.panel import PRIORS

        facts, make = PRIORS, partial(panel_ranks, case, **how)
    mark = hashlib.sha256(repr(facts).encode()).hexdigest()[:8]
    path = trials and trials / f"{case.name.replace('/', '_')}-{count}-{seed}-{mark}.parquet"
    if path and path.is_file():
        for _ in range(count):
            on_done()
        return pd.read_parquet(path)
    table = make()
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        table.to_parquet(unfinished)
        unfinished.replace(path)
    return table


def _bands(result: pd.DataFrame) -> pd.DataFrame:
    """Return the simultaneous bands: of one quantity, and of a model's all (Bonferroni)."""
    most = result.groupby("model").size().max()
    rows = []
    for count in sorted(set(result["replicates"] - result["refused"])):
        for quantities in (1, most):
            lower, upper = band(int(count), LEVEL / quantities)
            rows.append(
                pd.DataFrame(
                    {
                        "ranks": count,
                        "quantities": quantities,
                        "point": POINTS,
                        "lower": lower,
                        "upper": upper,
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)
