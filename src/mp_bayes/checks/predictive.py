"""What would the models expect to see, before and after the data, beside what was seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.checks.simulator import proper, simulate
from mp_bayes.estimands import LOWER, UPPER
from mp_bayes.estimands.predictive import replicate
from mp_bayes.estimands.summaries import quantile_mcse
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.inference.nuts import seed_for
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.analysis import analyse
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.studies.study import Outcome

#: Draws from each distribution: an end of a 95% interval then lies within 0.1 SDs or so.
DRAWS = 4000
#: What is expected before the data, by the study's own priors and with levels and years at hand;
#: and after them.
SOURCES = ("prior", "near", "posterior")
#: Summaries of a whole outcome, each the mean of a size: how much boroughs move from one year to
#: the next; how far they are apart in a year (their standard deviation); and how much the gap
#: between treated and comparison boroughs moves from one year to the next.
SUMMARIES = ("change", "spread", "gap_change")


def predictive(
    outcomes: list[Outcome],
    priors: Priors,
    *,
    seed: int,
    on_progress: Callable[[str, float, float], None] = lambda _text, _done, _total: None,
) -> pd.DataFrame:
    """Set what each outcome's headline model expects beside what was observed.

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
        One row for each outcome, quantity and source. Quantities: `outcome` of a borough-year;
        `change` of a borough from the year before; and, with empty borough and year, `SUMMARIES`.
        In percent of the total, or events per 100 child-years (at the mean exposure). `mean`,
        `lower` and `upper` (95% equal-tailed) of replicated data, with their Monte Carlo errors
        `mcse_mean` and so on; `prob_as_high`, the probability of a value at least as high as the
        observed (ties count half); `effective_draws` behind these; `engine` of the posterior.
    """
    parts = []
    for done, outcome in enumerate(outcomes):
        on_progress("Drawing what the models expect", done, len(outcomes))
        parts.append(_outcome(outcome, priors, seed))
    return pd.concat(parts, ignore_index=True)


def _outcome(outcome: Outcome, priors: Priors, seed: int) -> pd.DataFrame:
    """Return one outcome's rows."""
    analysis = Analysis(outcome)
    own = seed_for(seed, outcome.name, "predictive")
    chosen = priors.select(outcome, shock=analysis.shock)
    observed = cells(outcome).sel(year=list(outcome.years))
    result = analyse(analysis, priors, seed=seed, engine="laplace")
    posterior = result.tree["posterior"].to_dataset().sel(year=list(outcome.years))
    share = 1.0
    if outcome.likelihood == "nb1":
        share = float(posterior["exposure"].mean())
    per = (observed["total"] * share / 100.0).to_numpy()
    events = {
        "prior": _before(analysis, chosen, own),
        "near": _before(analysis, proper(chosen, analysis), own),
        "posterior": _after(posterior, observed["total"], outcome, own),
    }
    seen = observed["events"].to_numpy() / per
    # Draws of the posterior say as much as so many independent ones.
    size = posterior.sizes["chain"] * posterior.sizes["draw"]
    worth = {"posterior": min(result.effects["ess_bulk"].min() / size, 1.0)}
    rows = [
        {"source": source, **row, "engine": result.engine if source == "posterior" else ""}
        for source in SOURCES
        for row in _rows(outcome, seen, events[source] / per, worth.get(source, 1.0))
    ]
    return pd.DataFrame(rows).assign(outcome=outcome.name, usable=result.usable)


def _before(analysis: Analysis, priors: dict[str, Any], seed: int) -> Floats:
    """Draw events before the data, dims (draw, borough, year)."""
    made = simulate(analysis, priors, replicates=DRAWS, seed=seed)
    return np.moveaxis(made.drawn[:, analysis.outcome.observed], -1, 0)


def _after(posterior: xr.Dataset, total: xr.DataArray, outcome: Outcome, seed: int) -> Floats:
    """Draw events after the data, dims (draw, borough, year)."""
    per_chain = posterior.sizes["draw"]
    wanted = min(per_chain, DRAWS // posterior.sizes["chain"])
    some = posterior.isel(draw=np.linspace(0, per_chain - 1, wanted).astype(int))
    drawn = replicate(some, total, outcome, seed)
    return drawn.reshape(-1, *drawn.shape[2:])


def _rows(outcome: Outcome, seen: Floats, drawn: Floats, worth: float) -> list[dict[str, Any]]:
    """Return the rows of one source: seen, dims (borough, year), beside what was drawn.

    Drawn, dims (draw, borough, year), each draw worth so many independent ones.
    """
    ess = worth * len(drawn)
    setting = outcome.setting
    treated = len(setting.treated_boroughs)
    rows = []
    for borough, name in enumerate(setting.boroughs):
        for year, label in enumerate(outcome.years):
            place = {"borough": name, "year": label}
            at = (borough, year)
            rows.append(_row("outcome", place, seen[at], drawn[:, *at], ess))
            if year:
                moved = drawn[:, borough, year] - drawn[:, borough, year - 1]
                change = seen[at] - seen[borough, year - 1]
                rows.append(_row("change", place, change, moved, ess))
    beside = _summaries(seen[None], treated)
    for name, values in _summaries(drawn, treated).items():
        whole = {"borough": "", "year": ""}
        rows.append(_row(name, whole, float(beside[name][0]), values, ess))
    return rows


def _summaries(rates: Floats, treated: int) -> dict[str, Floats]:
    """Return `SUMMARIES` of rates, dims (draw, borough, year)."""
    gap = rates[:, :treated].mean(1) - rates[:, treated:].mean(1)
    return {
        "change": np.abs(np.diff(rates, axis=2)).mean((1, 2)),
        "spread": rates.std(1, ddof=1).mean(1),
        "gap_change": np.abs(np.diff(gap, axis=1)).mean(1),
    }


def _row(
    quantity: str, place: dict[str, str], seen: float, drawn: Floats, ess: float
) -> dict[str, Any]:
    lower, upper = np.quantile(drawn, [LOWER, UPPER])
    return {
        "quantity": quantity,
        **place,
        "observed": seen,
        "mean": drawn.mean(),
        "lower": lower,
        "upper": upper,
        "prob_as_high": (drawn > seen).mean() + 0.5 * (drawn == seen).mean(),
        "mcse_mean": drawn.std() / np.sqrt(ess),
        "mcse_lower": quantile_mcse(drawn, LOWER, ess),
        "mcse_upper": quantile_mcse(drawn, UPPER, ess),
        "effective_draws": ess,
    }
