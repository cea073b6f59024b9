"""The headline with one prior held at a number, along a grid: shock SD, and pooling SD."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from mp_bayes.estimands import span
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import effects_of, structure
from mp_bayes.priors import Priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.studies.study import Outcome

#: Shock SDs (log-odds or log-rate) at which the headline is worked out again.
SHOCK_SDS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.6)
#: SDs of the years' effects around their mean: 0 makes them one, 1 leaves them nearly on their own.
POOLING_SDS = (0.0, 0.05, 0.1, 0.2, 0.35, 0.6, 1.0)


def fast_answer(
    outcome: Outcome,
    priors: Priors,
    *,
    shock: str = "national",
    coding: str = "dosed",
    changes: dict[str, Any] | None = None,
) -> pd.DataFrame:
    """Approximate the yearly effects of the published cells, with some priors changed.

    Parameters
    ----------
    outcome : Outcome
    priors : Priors
    shock, coding : str
        As of an `Analysis`.
    changes : dict, optional
        Priors by parameter that replace those of `priors`.

    Returns
    -------
    pandas.DataFrame
        As from `mp_bayes.inference.laplace.effects_of`.
    """
    chosen = priors.select(outcome, shock=shock) | (changes or {})
    built = structure(outcome, chosen, effect="yearly", coding=coding)
    return effects_of(cells(outcome), built)


def sensitivity_tables(outcomes: Iterable[Outcome], priors: Priors) -> dict[str, pd.DataFrame]:
    """Work the headline out along both grids, by the fast posterior.

    Returns
    -------
    dict of DataFrame
        `shock_sensitivity` with the column assumed_sd_shock, and `pooling_sensitivity` with
        assumed_sd_effect; columns as from `fast_answer`, and outcome. All other priors, rho's
        among them, are the headline's.
    """
    outcomes = list(outcomes)
    grids = {"shock": ("sd_shock", SHOCK_SDS), "pooling": ("sd_effect", POOLING_SDS)}
    return {
        f"{name}_sensitivity": pd.concat(
            [
                fast_answer(outcome, priors, changes={parameter: Fixed(value=sd)}).assign(
                    outcome=outcome.name, **{f"assumed_{parameter}": sd}
                )
                for outcome in outcomes
                for sd in sds
            ],
            ignore_index=True,
        )
        for name, (parameter, sds) in grids.items()
    }


def chosen_rows(table: pd.DataFrame, outcome: Outcome, scale: str) -> pd.DataFrame:
    """Return the single post-years' and the average effect on one scale, the average last."""
    labels = [*outcome.post_years, span(outcome.post_years)]
    shown = table["estimand"].isin(["yearly_effect", "average_effect"])
    rows = table[shown & table["scale"].eq(scale)].set_index("year")
    return rows.reindex(labels).reset_index()
