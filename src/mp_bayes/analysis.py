"""One analysis from evidence to a table of effects: what `mp-bayes fit` runs once, `run` often."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.estimands import COLUMNS, estimands, summarise
from mp_bayes.evidence.arrays import cells, load_evidence
from mp_bayes.fit import (
    STANDARD,
    OnDraws,
    Sampling,
    attempts,
    divergences,
    passes_gate,
    sample,
    seed_for,
)
from mp_bayes.models import build_model
from mp_bayes.plan import Analysis
from mp_bayes.priors import Priors
from mp_bayes.study import get_outcome
from mp_bayes.timing import timings


@dataclass(frozen=True)
class Result:
    """What came of an analysis.

    Attributes
    ----------
    effects : pandas.DataFrame
        One row per estimand, year and scale; columns `mp_bayes.estimands.COLUMNS`.
    tree : xarray.DataTree
        Posterior draws.
    divergences : int
        After warm-up; any makes the result unusable.
    attempts : int
        How often it was run until it passed the gate, or was given up.
    """

    analysis: Analysis
    effects: pd.DataFrame
    tree: xr.DataTree
    divergences: int
    attempts: int

    @property
    def usable(self) -> bool:
        """Whether the fit passed the convergence gate."""
        return bool(self.effects["usable"].all())


def analyse(
    analysis: Analysis,
    priors: Priors,
    *,
    seed: int,
    sampling: Sampling = STANDARD,
    folder: Path | None = None,
    cores: int | None = None,
    on_draws: OnDraws | None = None,
) -> Result:
    """Fit one analysis and summarise it.

    A fit that does not pass the gate is run again, longer and with smaller steps; if that fails
    too, its rows are marked unusable.

    Parameters
    ----------
    analysis : Analysis
    priors : Priors
    seed : int
        Of the run; the fit's own seed is derived from it and the analysis' name.
    sampling : Sampling
    folder : Path, optional
        Folder with an edited copy of the published tables.
    cores : int, optional
    on_draws : callable, optional
        Called with the draws done and the draws in all, warm-up included.

    Raises
    ------
    InputError
        If a name is unknown, or the evidence has an error.
    """
    outcome = get_outcome(analysis.outcome)
    scenarios = timings(outcome.study)
    if analysis.timing not in scenarios:
        raise InputError(
            f"unknown timing '{analysis.timing}' for {outcome.name}: choose one of "
            f"{', '.join(scenarios)}"
        )
    data = load_evidence(outcome, analysis.evidence, folder)
    observed_cells = cells(outcome, folder)
    model = build_model(
        data,
        priors.select(outcome, shock=analysis.shock, years=analysis.years),
        effect=analysis.effect,
        coding=analysis.coding,
        timing=scenarios[analysis.timing],
        shape=analysis.shape,
    )
    result = None
    for number, attempt in enumerate(attempts(sampling), start=1):
        tree = sample(
            model,
            seed=seed_for(seed, analysis.name),
            sampling=attempt,
            cores=cores,
            on_draws=on_draws,
        )
        rows = estimands(
            tree["posterior"].to_dataset(), observed_cells, outcome, effect=analysis.effect
        )
        effects = summarise(
            rows,
            outcome=analysis.outcome,
            evidence=analysis.evidence,
            shock_prior=analysis.shock,
            effect_structure=analysis.effect,
            coding=analysis.coding,
        )[COLUMNS]
        usable = passes_gate(effects, tree)
        result = Result(analysis, effects.assign(usable=usable), tree, divergences(tree), number)
        if usable:
            break
    assert result is not None
    return replace(result, tree=describe(result.tree, analysis, seed, observed_cells))


def describe(tree: xr.DataTree, analysis: Analysis, seed: int, observed: xr.Dataset) -> xr.DataTree:
    """Attach what a reader of the file needs: the choices, the seed and the observed cells."""
    tree["observed_data"] = xr.DataTree(observed[["total", "events"]])
    tree.attrs = {**asdict(analysis), "seed": seed}
    return tree
