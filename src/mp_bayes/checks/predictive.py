"""What would the models expect to see, before and after the data, beside what was seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.checks.errors import share_error
from mp_bayes.checks.simulator import middle, proper, simulate
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

#: Draws from each distribution: an end of a Normal one's 95% interval then lies within 0.1 SDs.
DRAWS = 4000
#: What is expected before the data, by the study's own priors and with levels and years at hand;
#: and after them.
SOURCES = ("prior", "near", "posterior")
#: Summaries of a whole outcome, each the mean of a size: how much boroughs move from one year to
#: the next; how far they are apart in a year (their standard deviation); and how much the gap
#: between treated and comparison boroughs moves from one year to the next.
SUMMARIES = ("change", "spread", "gap_change")
# Rates of the same counts, but for rounding.
_SAME = 1e-9


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
        In percent of the total, or events per 100 child-years (at the prior median of the
        exposure). `median`, `lower` and `upper` (95% equal-tailed) of replicated data, and
        `prob_as_high`, the probability of a value at least as high as the observed (ties count
        half), with their Monte Carlo standard errors, `mcse_median` and so on; `engine` of the
        posterior.
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
        share = middle(chosen["exposure"])
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
        for row in _rows(outcome, seen, events[source] / per, 1 / per, worth.get(source, 1.0))
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


def _rows(
    outcome: Outcome, seen: Floats, drawn: Floats, step: Floats, worth: float
) -> list[dict[str, Any]]:
    """Return the rows of one source.

    Parameters
    ----------
    outcome : Outcome
    seen, step : ndarray, dims (borough, year)
        What was observed, and by how much one event more would change it.
    drawn : ndarray, dims (draw, borough, year)
    worth : float
        How many independent draws each is worth.
    """
    setting = outcome.setting
    ess = worth * len(drawn)
    rows = []
    for borough, name in enumerate(setting.boroughs):
        for year, label in enumerate(outcome.years):
            place = {"borough": name, "year": label}
            at = (borough, year)
            rows.append(_row("outcome", place, seen[at], drawn[:, *at], step[at], ess))
            if year:
                both = slice(year - 1, year + 1)
                moved = np.diff(drawn[:, borough, both])[:, 0]
                (change,) = np.diff(seen[borough, both])
                widest = step[borough, both].max()
                rows.append(_row("change", place, change, moved, widest, ess))
    treated = len(setting.treated_boroughs)
    beside = _summaries(seen[None], treated)
    for name, values in _summaries(drawn, treated).items():
        whole = {"borough": "", "year": ""}
        rows.append(_row(name, whole, float(beside[name][0]), values, 0.0, ess))
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
    quantity: str, place: dict[str, str], seen: float, drawn: Floats, step: float, ess: float
) -> dict[str, Any]:
    apart = drawn - seen
    tied = np.abs(apart) < _SAME * max(1.0, abs(seen))
    high = ((apart > 0) & ~tied).mean() + 0.5 * tied.mean()
    row = {"quantity": quantity, **place, "observed": seen, "prob_as_high": high}
    row["mcse_prob_as_high"] = share_error(high, ess)
    for name, level in (("median", 0.5), ("lower", LOWER), ("upper", UPPER)):
        row[name] = np.quantile(drawn, level)
        # Quantiles of counts jump by whole ones, which the counts around them do not show.
        row[f"mcse_{name}"] = np.hypot(quantile_mcse(drawn, level, ess), step / 4)
    return row
