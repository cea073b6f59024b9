"""One analysis from evidence to a table of effects: what `mp-bayes fit` runs once, `run` often."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import xarray as xr

from mp_bayes.estimands import estimands
from mp_bayes.estimands.summaries import COLUMNS, summarise
from mp_bayes.evidence.arrays import cells, load_evidence
from mp_bayes.inference.laplace import PROPOSALS, NotFastError, structure, vouched_draws
from mp_bayes.inference.nuts import (
    STANDARD,
    OnDraws,
    Sampling,
    attempts,
    divergences,
    passes_gate,
    sample,
    seed_for,
)
from mp_bayes.names import check
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.grid import ENGINES, Analysis
from mp_bayes.studies.study import Outcome, Timing


@dataclass(frozen=True)
class Result:
    """What came of an analysis.

    Attributes
    ----------
    effects : pandas.DataFrame
        One row per estimand, year and scale; columns `mp_bayes.estimands.summaries.COLUMNS`.
    tree : xarray.DataTree
        Posterior draws.
    divergences : int
        After warm-up; any makes the result unusable. The Laplace engine has none.
    attempts : int
        How often it was run until it passed the gate, or was given up.
    """

    analysis: Analysis
    effects: pd.DataFrame
    tree: xr.DataTree
    divergences: int
    attempts: int

    @property
    def engine(self) -> str:
        """What made it, one of `ENGINES`."""
        return str(self.effects["engine"].iloc[0])

    @property
    def ess(self) -> float | None:
        """Effective number of the Laplace engine's independent draws; None for a sampler's."""
        return float(self.effects["ess_bulk"].iloc[0]) if self.engine == "laplace" else None

    @property
    def usable(self) -> bool:
        """Whether the fit passed the convergence gate."""
        return bool(self.effects["usable"].all())


def analyse(
    analysis: Analysis,
    priors: Priors,
    *,
    seed: int,
    engine: str = "nuts",
    sampling: Sampling = STANDARD,
    proposals: int = PROPOSALS,
    cores: int | None = None,
    on_draws: OnDraws | None = None,
) -> Result:
    """Fit one analysis and summarise it.

    A fit that does not pass the gate is run again, longer and with smaller steps; if that fails
    too, its rows are marked unusable. What the Laplace engine does not cover, or does not vouch
    for, is sampled: the column `engine` says which it was.

    Parameters
    ----------
    analysis : Analysis
    priors : Priors
    seed : int
        Of the run; the fit's own seed is derived from it and the analysis' name.
    engine : {"nuts", "laplace"}
    sampling : Sampling
        Of the No-U-Turn sampler.
    proposals : int
        How many draws the Laplace engine weights.
    cores : int, optional
    on_draws : callable, optional
        Called with the draws done and the draws in all, warm-up included.

    Raises
    ------
    InputError
        If a name is unknown, or the evidence has an error.
    """
    outcome = analysis.outcome
    check("engine", engine, ENGINES)
    scenarios = outcome.setting.timings
    check(f"timing of {outcome.name}", analysis.timing, scenarios)
    fit = _Fit(
        analysis,
        load_evidence(outcome, analysis.evidence),
        cells(outcome),
        priors.select(outcome, shock=analysis.shock, years=analysis.years),
        scenarios[analysis.timing],
        seed_for(seed, analysis.name),
    )
    result = fit.laplace(proposals) if engine == "laplace" and analysis.shape == "normal" else None
    if result is None:
        result = fit.nuts(sampling, cores, on_draws)
    return replace(result, tree=describe(result.tree, analysis, seed, fit.observed))


@dataclass(frozen=True)
class _Fit:
    """One analysis with all that either engine needs."""

    analysis: Analysis
    data: xr.Dataset
    observed: xr.Dataset
    priors: dict[str, Any]
    timing: Timing
    seed: int

    @property
    def outcome(self) -> Outcome:
        return self.analysis.outcome

    @property
    def how(self) -> dict[str, Any]:
        """What both engines are told of the model."""
        analysis = self.analysis
        return {"effect": analysis.effect, "coding": analysis.coding, "timing": self.timing}

    def laplace(self, proposals: int) -> Result | None:
        """Draw by the Laplace engine; None where it does not vouch for its draws."""
        try:
            built = structure(self.outcome, self.priors, **self.how)
        except NotFastError:
            return None
        drawn = vouched_draws(self.data, built, seed=self.seed, proposals=proposals)
        if drawn is None:
            return None
        # What a sampler's statistics say of its draws, these say of the weights.
        stats = xr.Dataset({"pareto_k": drawn.pareto_k, "effective_draws": drawn.ess})
        tree = xr.DataTree.from_dict({"posterior": drawn.posterior, "sample_stats": stats})
        effects = self.effects(tree, ess=drawn.ess, pareto_k=drawn.pareto_k)
        return Result(self.analysis, effects.assign(usable=True), tree, 0, 1)

    def nuts(self, sampling: Sampling, cores: int | None, on_draws: OnDraws | None) -> Result:
        """Sample until the fit passes the gate, or no more attempts are left."""
        from mp_bayes.models import build_model

        model = build_model(
            self.outcome, self.data, self.priors, **self.how, shape=self.analysis.shape
        )
        for count, attempt in enumerate(attempts(sampling), start=1):
            tree = sample(model, seed=self.seed, sampling=attempt, cores=cores, on_draws=on_draws)
            effects = self.effects(tree)
            effects["usable"] = passes_gate(effects, tree)
            result = Result(self.analysis, effects, tree, divergences(tree), count)
            if result.usable:
                break
        return result

    def effects(self, tree: xr.DataTree, **told: float) -> pd.DataFrame:
        """Summarise a tree's draws."""
        posterior = tree["posterior"].to_dataset()
        analysis = self.analysis
        rows = estimands(posterior, self.observed, self.outcome, effect=analysis.effect)
        return summarise(
            rows,
            **told,
            outcome=self.outcome.name,
            evidence=analysis.evidence,
            shock_prior=analysis.shock,
            effect_structure=analysis.effect,
            coding=analysis.coding,
        )[COLUMNS]


def describe(tree: xr.DataTree, analysis: Analysis, seed: int, observed: xr.Dataset) -> xr.DataTree:
    """Attach what a reader of the file needs: the choices, the seed and the observed cells."""
    tree["observed_data"] = xr.DataTree(observed[["total", "events"]])
    tree.attrs = {**analysis.labels, "seed": seed}
    return tree
