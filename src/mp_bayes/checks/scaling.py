"""How much each prior pulls on the answer, and the data: power-scaling of the headline models.

A prior to the power 2 counts twice, one to the power 1/2 counts half; all else is held. No model is
fitted again: draws are weighted (Kallioinen, Paananen, Bürkner and Vehtari 2024, Statistics and
Computing 34, 57, doi:10.1007/s11222-023-10366-5).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.estimands import LOWER, UPPER, average_effect
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import LARGEST_K, smoothed
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.analysis import analyse
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.reanalysis.groups import add_groups
from mp_bayes.studies.study import Outcome

#: What is raised to powers beside the priors: all data of an outcome.
DATA = "likelihood"
#: How often something counts.
POWERS = (0.5, 1.0, 2.0)
#: A sensitivity above this is told; the authors' threshold.
SENSITIVE = 0.05
# Of each fit, so that means can be told to a tenth of a point.
_PROPOSALS = 100_000
_BATCHES = 10


def scaling(
    outcomes: list[Outcome],
    priors: Priors,
    *,
    seed: int,
    on_progress: Callable[[str, float, float], None] = lambda _text, _done, _total: None,
) -> pd.DataFrame:
    """Scale each prior of each outcome's headline model, and its data.

    Parameters
    ----------
    outcomes : list of Outcome
    priors : Priors
    seed : int
    on_progress : callable
        Called with words, how much is done, and of how much.

    Returns
    -------
    pandas.DataFrame
        One row for each outcome, component (a parameter with a prior, or `likelihood`) and power.
        `prior`, in words; `sensitivity`: by how much the distribution of the average effect changes
        (cumulative Jensen-Shannon distance, per doubling, at the power 1), with its Monte Carlo
        standard error `mcse_sensitivity`, from batches of draws; mean, lower and upper
        (95% equal-tailed) of the average effect over the post-years on the response scale, with
        their Monte Carlo errors `mcse_mean` and so on; `pareto_k` of the weights; `engine`; and
        usable: whether the fit and the weights can be relied upon.
    """
    parts = []
    for done, outcome in enumerate(outcomes):
        on_progress("Scaling priors", done, len(outcomes))
        parts.append(_outcome(outcome, priors, seed))
    return pd.concat(parts, ignore_index=True)


def _outcome(outcome: Outcome, priors: Priors, seed: int) -> pd.DataFrame:
    # Slow to import, and without types of its own.
    from arviz_stats import psense  # type: ignore[attr-defined]

    analysis = Analysis(outcome)
    chosen = priors.select(outcome, shock=analysis.shock, years=analysis.years)
    result = analyse(analysis, priors, seed=seed, engine="laplace", proposals=_PROPOSALS)
    observed = cells(outcome)
    posterior = result.tree["posterior"].to_dataset()
    tree = add_groups(
        xr.DataTree.from_dict({"posterior": posterior}), chosen, observed, outcome, seed=seed
    )
    scale = outcome.response_scale
    rows = {row.scale: row for row in average_effect(posterior, observed, outcome)}
    average = rows[scale].draws
    tree["posterior"] = xr.Dataset({"average": (("chain", "draw"), average)})
    # Draws say as much as so many independent ones; the average effect's row knows how many.
    effects = result.effects
    mine = effects["estimand"].eq("average_effect") & effects["scale"].eq(scale)
    share = float(effects.loc[mine, "ess_bulk"].iloc[0]) / average.size
    densities = {str(name): one for name, one in tree["log_prior"].data_vars.items()}
    densities[DATA] = tree["log_likelihood"]["observed_events"].sum(("borough", "year"))
    table = []
    for name, density in densities.items():
        of_data = name == DATA

        def pull(part: slice, *, of_data: bool = of_data, name: str = name) -> float:
            found = psense(  # type: ignore[no-untyped-call]
                tree.isel(draw=part),
                var_names=["average"],
                group="likelihood" if of_data else "prior",
                group_var_names=["observed_events" if of_data else name],
            )
            return float(found["average"])

        size = average.shape[1] // _BATCHES
        batches = [pull(slice(k * size, (k + 1) * size)) for k in range(_BATCHES)]
        # Batches have draws in common, which were taken more than once for their weight.
        error = float(np.std(batches, ddof=1) / np.sqrt(_BATCHES * share))
        sensitivity = pull(slice(None))
        for power in POWERS:
            weight, k = smoothed((power - 1) * density.to_numpy().ravel())
            table.append(
                {
                    "outcome": outcome.name,
                    "component": name,
                    "prior": "" if of_data else str(chosen[name]),
                    "sensitivity": sensitivity,
                    "mcse_sensitivity": error,
                    "power": power,
                    "scale": scale,
                    **_weighted(average.ravel(), weight, share),
                    "pareto_k": k,
                    "usable": result.usable and k < LARGEST_K,
                }
            )
    return pd.DataFrame(table).assign(engine=result.engine)


def _weighted(draws: Floats, weight: Floats, share: float) -> dict[str, float]:
    """Return mean and interval of weighted draws, with Monte Carlo errors."""
    mean = float(weight @ draws)
    found = {"mean": mean, "mcse_mean": _error(weight, draws - mean, share)}

    def quantile(level: float) -> float:
        return float(np.quantile(draws, level, weights=weight, method="inverted_cdf"))

    for name, level in (("lower", LOWER), ("upper", UPPER)):
        found[name] = quantile(level)
        # The share below an end is off by so much, and the end by as many draws' width.
        off = _error(weight, (draws <= found[name]) - level, share)
        around = [quantile(min(max(level + side * off, 0.0), 1.0)) for side in (-1, 1)]
        found[f"mcse_{name}"] = (around[1] - around[0]) / 2
    return found


def _error(weight: Floats, influence: np.ndarray, share: float) -> float:
    """Return the standard error of a weighted statistic from each draw's influence on it."""
    return float(np.sqrt((weight**2) @ influence**2 / share))
