"""A planner's question, and all that answers it: designs found, confirmed, and what they assume."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.planning.design import STRUCTURE, refuse
from mp_bayes.planning.search import DESIGN, Candidates, Costs, frontier, search
from mp_bayes.planning.value import curve, interim_looks, sensitivity
from mp_bayes.planning.worth import over_years, worth
from mp_bayes.priors import Priors
from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.runner import Trial, run
from mp_bayes.simulate.scenario import Scenario, changed

Tables = dict[str, pd.DataFrame]
OnProgress = Callable[[str, float, float], None]
#: Share of simulated evaluations that may fail before no share of the others is shown.
MOST_FAILED = 0.05
# Of the work: the search, and what stands beside it.
_SEARCHED, _BESIDE = 0.4, 0.6


@dataclass(frozen=True)
class Question:
    """What is asked: which design would find the effect.

    Attributes
    ----------
    base : Scenario
        What every design shares.
    candidates : Candidates
    target : float
        Assurance that is asked for, 0 to 1.
    shock : str
        Shock prior of the analysis.
    analysis_prior_sd : float, optional
        SD of the effect's prior in the analysis; the priors file's unless given.
    costs : Costs, optional
    replicates : int
        Simulated evaluations that confirm each of the best designs.
    """

    base: Scenario
    candidates: Candidates
    target: float = 0.8
    shock: str = "national"
    analysis_prior_sd: float | None = None
    costs: Costs | None = None
    replicates: int = 200

    def __post_init__(self) -> None:
        refuse(self.base, self.target, self.replicates, self.shock)
        _ = self.method  # an impossible analysis prior is refused here

    @property
    def method(self) -> Method:
        """The analysis."""
        return Method(self.shock, STRUCTURE, self.analysis_prior_sd)

    def scenario(self, design: Any) -> Scenario:
        """Return the scenario of a row of a table of designs."""
        fields = {name: int(design[name]) for name in DESIGN if name != "stagger"}
        return changed(self.base, **fields, stagger=float(design["stagger"]))


def answer(
    question: Question,
    priors: Priors,
    *,
    on_progress: OnProgress = lambda _text, _done, _total: None,
) -> Tables:
    """Answer by closed form alone.

    Returns
    -------
    dict of DataFrame
        `designs`, from `mp_bayes.planning.search.search`; `frontier`, those that no other betters,
        with what they are worth, or the nearest design where none reaches the target; `curve` of
        the frontier's first design, from `mp_bayes.planning.value`.
    """
    designs = search(
        question.base,
        question.method,
        priors,
        question.candidates,
        target=question.target,
        costs=question.costs,
        on_progress=lambda done, total: on_progress("Searching", _SEARCHED * done / total, 1.0),
    )
    best = frontier(designs)
    if best.empty:
        nearest = designs.sort_values("assurance", kind="stable").tail(1)
        best = nearest.assign(best="nearest to the target").reset_index(drop=True)
    on_progress("Weighing", _SEARCHED, 1.0)
    scenarios = [question.scenario(row) for row in best.to_dict("records")]
    years = curve(scenarios[0], question.method, priors, target=question.target)
    others = [
        vars(worth(one, question.method, priors, target=question.target)) for one in scenarios[1:]
    ]
    worths = pd.DataFrame([years.iloc[-1].drop("post_years").to_dict(), *others])
    best = best.drop(columns=["assurance", "assurance_error"]).join(worths)
    return {"designs": designs, "frontier": best, "curve": years}


def beside(question: Question, tables: Tables, priors: Priors) -> Tables:
    """Return what stands beside an answer, of the frontier's first design.

    Returns
    -------
    dict of DataFrame
        `sensitivity` and `looks`, from `mp_bayes.planning.value`; `prior_cost`, the design under
        other analyses.
    """
    first = question.scenario(tables["frontier"].iloc[0])
    return {
        "sensitivity": sensitivity(first, question.method, priors),
        "looks": interim_looks(first, question.method, priors),
        "prior_cost": _prior_cost(question, first, priors),
    }


def _prior_cost(question: Question, scenario: Scenario, priors: Priors) -> pd.DataFrame:
    """Set the analysis beside one with a flat effect prior, and one that takes it as immediate."""
    own = question.method
    others = [
        Method(own.shock, STRUCTURE, None if own.prior_sd == FLAT else FLAT),
        Method(own.shock, "constant", own.prior_sd),
    ]
    last = scenario.post_years
    return pd.DataFrame(
        [
            {"method": one.name, **vars(over_years(scenario, one, priors, [last])[last])}
            for one in (own, *others)
        ]
    )


def confirmed(
    question: Question,
    best: pd.DataFrame,
    priors: Priors,
    *,
    folder: Path,
    seed: int,
    workers: int | None = None,
    dask: str | None = None,
    on_progress: OnProgress = lambda _text, _done, _total: None,
) -> pd.DataFrame:
    """Simulate the designs that are best in some sense, and the first without an effect.

    Returns
    -------
    pandas.DataFrame
        `best` with `simulated`, the share that claims the effect on its own side, `simulated_size`,
        that claims one where nothing happened, each with its Monte Carlo standard error, and
        `failed`; not numbers where a design was not simulated.
    """
    named = best[best["best"].ne("")]
    trials = {}
    for place, row in named.iterrows():
        scenario = question.scenario(row)
        how = ((question.method,), (scenario.post_years,), question.replicates, 0)
        trials[place] = Trial(f"design {place}", scenario, *how)
    null = 1.0 if question.base.effect_scale == "ratio" else 0.0
    first = trials[named.index[0]]
    nothing = changed(first.scenario, effect=null, effect_sd=0.0)
    size = Trial(
        "no effect", nothing, first.methods, first.post_years, first.replicates, first.most_sampled
    )
    rows = run(
        [*trials.values(), size],
        priors,
        seed=seed,
        folder=folder,
        workers=workers,
        dask=dask,
        on_progress=lambda done, total: on_progress(
            "Confirming by simulation", _BESIDE + (1 - _BESIDE) * done / total, 1.0
        ),
    )
    average = rows["estimand"].eq("average_effect")
    rows = rows[average & rows["scale"].eq(question.base.outcome.response_scale)]
    side = -1 if question.base.log_effect(question.base.effect) < 0 else 1
    found = performance(rows, nulls={first.name: "no effect"}, side=side).set_index("trial")
    columns = {
        "simulated": "correct_claim_rate",
        "simulated_mcse": "correct_claim_rate_mcse",
        "simulated_size": "size",
        "simulated_size_mcse": "size_mcse",
        "failed": "failed",
    }
    # What cannot be analysed is no random part: the rest would mislead.
    kept = found["failed"] <= MOST_FAILED
    found.loc[~kept, ["correct_claim_rate", "size"]] = np.nan
    seen = {place: found.loc[trial.name] for place, trial in trials.items()}
    simulated = pd.DataFrame(
        {
            name: {place: row[measure] for place, row in seen.items()}
            for name, measure in columns.items()
        }
    )
    return best.join(simulated)
