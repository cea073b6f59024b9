"""All outcomes in one model: they share referrals, and their shocks may go together.

Each outcome's counts enter as the fast engine's Gaussian pseudo-data; what is new is their
covariance between outcomes. Hyperparameters are drawn from the outcomes' separate posteriors and
weighted by the joint marginal likelihood over the product of the separate ones.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
import pandas as pd

from mp_bayes.checks.correlations import shock_correlations
from mp_bayes.checks.joint_parts import DRAWS, Part, part_of
from mp_bayes.checks.joint_summaries import Drawn, Mixture, number_below, statements
from mp_bayes.errors import InputError
from mp_bayes.inference.nuts import MIN_ESS
from mp_bayes.priors import Priors
from mp_bayes.studies.study import Outcome

#: Correlations of shocks that are assumed of outcomes of one measure: no statistic has both.
SAME_MEASURE = (0.5, 0.9, 0.99)
#: The one that is put first.
FIRST = 0.9
#: Observed cells that are fitted together: these take minutes, twice as many eight times as long.
MOST_CELLS = 800
# Of the largest array of a block of draws.
_BLOCK_BYTES = 50_000_000


def joint_tables(
    outcomes: Iterable[Outcome],
    priors: Priors,
    *,
    seed: int,
    on_progress: Callable[[str, float, float], None] = lambda _text, _done, _total: None,
) -> dict[str, pd.DataFrame]:
    """Fit all outcomes together, beside each alone.

    Parameters
    ----------
    outcomes : iterable of Outcome
    priors : Priors
    seed : int
    on_progress : callable
        Called with words, how much is done, and of how much.

    Returns
    -------
    dict of DataFrame
        `joint`: columns outcome, same_measure (the assumed correlation; not a number: each outcome
        alone), mean, sd, lower, upper (95%) and prob_below_0 of the average effect in log-odds or
        log-rates. `joint_correlations`: first, second, same_measure, correlation of the two
        average effects' posteriors, and shocks, the assumed one of their shocks. `joint_together`:
        same_measure, statement, probability; effective_draws, of the hyperparameters, and usable:
        whether there are enough. `joint_years`: as `joint`, with
        year, of every post-year's effect. `joint_years_together`: data (not in the first row,
        which is of the priors), same_measure, outcome_years, below_0 (the expected number of
        effects below 0) with its SD and the one that independent effects with the same
        probabilities would give, the probabilities all_below_0 and none_below_0, effective_draws.
        Columns `mcse_` are Monte Carlo standard errors.

    Raises
    ------
    InputError
        If there are more than `MOST_CELLS` cells.
    """
    parts = [part_of(outcome, priors, seed) for outcome in outcomes]
    if (size := sum(len(part.data) for part in parts)) > MOST_CELLS:
        raise InputError(
            f"the joint model is for {MOST_CELLS} counts at most, by outcome, borough and year; "
            f"these are {size:,}: give a study with fewer boroughs or years"
        )
    pairs = shock_correlations([part.outcome for part in parts])
    keys = [(part.outcome.name, year) for part in parts for year in ("", *part.outcome.post_years)]
    averages = [place for place, (_, year) in enumerate(keys) if not year]
    yearly = [place for place, (_, year) in enumerate(keys) if year]
    rows, correlations, together, years = [], [], [], []
    # Where no two are of one measure there is nothing to assume.
    shared = any(one for _, one in pairs.values())
    every = (np.nan, *(SAME_MEASURE if shared else (FIRST,)))
    for done, assumed in enumerate(every):
        on_progress("Fitting together", done, len(every))
        found = Mixture(*_posterior(parts, pairs, assumed))
        drawn = found.drawn(10 * DRAWS, seed)
        rows += [
            {"outcome": name, "year": year, "same_measure": assumed, **said}
            for (name, year), said in zip(keys, found.effects(drawn), strict=True)
        ]
        for (a, b), (shocks, shared) in pairs.items():
            correlation, error = found.correlation(averages[a], averages[b])
            correlations.append(
                {
                    "first": parts[a].outcome.name,
                    "second": parts[b].outcome.name,
                    "same_measure": assumed,
                    "shocks": 0.0 if np.isnan(assumed) else assumed if shared else shocks,
                    "correlation": correlation,
                    "mcse_correlation": error,
                }
            )
        whole = {"effective_draws": found.ess, "usable": found.ess >= MIN_ESS}
        together += [
            {"same_measure": assumed, **said, **whole} for said in statements(drawn.of(averages))
        ]
        counted = number_below(drawn.of(yearly), found.ess)
        years.append({"data": True, "same_measure": assumed, **counted})
    before = np.hstack([part.before[:, 1:] for part in parts])
    counted = number_below(Drawn(before, np.arange(len(before))), len(before))
    years.insert(0, {"data": False, **counted})
    table = pd.DataFrame(rows)
    of_average = table["year"].eq("")
    return {
        "joint": table[of_average].drop(columns="year"),
        "joint_years": table[~of_average],
        "joint_correlations": pd.DataFrame(correlations),
        "joint_together": pd.DataFrame(together),
        "joint_years_together": pd.DataFrame(years),
    }


def _posterior(
    parts: list[Part], pairs: dict[tuple[int, int], tuple[float, bool]], assumed: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the targets' means, covariances and weights by draw.

    Dims (draw, target), (draw, target, target) and (draw,), targets of one part after another.
    Without an assumed correlation each outcome stands alone, and all draws weigh the same.
    """
    cells = sum(len(part.data) for part in parts)
    size = max(1, _BLOCK_BYTES // (8 * cells**2))
    blocks = [
        _at_draws([part.at(slice(start, start + size)) for part in parts], pairs, assumed)
        for start in range(0, DRAWS, size)
    ]
    means, covariances, log_weight = (
        np.concatenate(arrays) for arrays in zip(*blocks, strict=True)
    )
    weight = np.exp(log_weight - log_weight.max())
    return means, covariances, weight / weight.sum()


def _at_draws(
    parts: list[Part], pairs: dict[tuple[int, int], tuple[float, bool]], assumed: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, covariances and log weights for a block of draws."""
    ends = np.cumsum([0, *(len(part.data) for part in parts)])
    spans = [slice(*both) for both in pairwise(ends)]
    bounds = np.cumsum([0, *(len(part.targets) for part in parts)])
    asked = [slice(*both) for both in pairwise(bounds)]
    draws = parts[0].data.shape[1]
    cover = np.zeros((draws, ends[-1], ends[-1]))
    away = np.empty((draws, ends[-1]))
    gains = np.zeros((draws, bounds[-1], ends[-1]))
    before = np.zeros((draws, bounds[-1]))
    variance = np.zeros((draws, bounds[-1], bounds[-1]))
    alone = np.zeros(draws)
    for part, here, rows in zip(parts, spans, asked, strict=True):
        boroughs, years = part.where
        block = part.own[years[:, None], years] * (boroughs[:, None] == boroughs)[..., None]
        block = np.moveaxis(block, -1, 0)
        block = block + np.einsum("cj,jd,ej->dce", part.design, part.prior_sd**2, part.design)
        block[:, range(len(part.data)), range(len(part.data))] += part.variance.T
        cover[:, here, here] = block
        away[:, here] = (part.data - part.design @ part.prior_mean).T
        spread = np.einsum("tj,jd->dtj", part.targets, part.prior_sd**2)
        gains[:, rows, here] = spread @ part.design.T
        before[:, rows] = (part.targets @ part.prior_mean).T
        variance[:, rows, rows] = spread @ part.targets.T
        alone += _log_density(block, away[:, here])
    if np.isfinite(assumed):
        for (a, b), (known, shared) in pairs.items():
            cross = _cross(parts[a], parts[b], assumed if shared else known, shared=shared)
            cover[:, spans[a], spans[b]] = cross
            cover[:, spans[b], spans[a]] = np.swapaxes(cross, 1, 2)
    solved = np.linalg.solve(cover, np.swapaxes(gains, 1, 2))
    means = before + np.einsum("dco,dc->do", solved, away)
    covariances = variance - np.einsum("doc,dcp->dop", gains, solved)
    return means, covariances, _log_density(cover, away) - alone


def _cross(first: Part, second: Part, correlation: float, *, shared: bool) -> np.ndarray:
    """Return the covariance between two outcomes' cells, dims (draw, cell, cell).

    Shocks have the correlation that is given, year by year. Where one measure is counted within
    two windows among the same cases, who is counted in the shorter is counted in the longer too.
    """
    begins = np.union1d(first.begins, second.begins)
    rows, columns = (np.searchsorted(begins, part.begins) for part in (first, second))
    shocks = np.einsum("dtu,dsu->dts", first.root(begins), second.root(begins))
    same_borough = first.boroughs[:, None] == second.boroughs
    cross = correlation * shocks[:, rows[:, None], columns] * same_borough
    if not shared or not first.outcome.likelihood == second.outcome.likelihood == "binomial":
        return np.asarray(cross)
    a, b = first.events[:, None], second.events
    shorter, longer = (a, b) if first.outcome.window < second.outcome.window else (b, a)
    # Where more are counted in the shorter window, or among others, the cases are not the same.
    same = same_borough & (rows[:, None] == columns) & (shorter <= longer)
    same &= first.total[:, None] == second.total
    if first.outcome.window == second.outcome.window:
        same[:] = False
    low, high = (np.where(same, one / first.total[:, None], 0.5) for one in (shorter, longer))
    nested = np.sqrt(low * (1 - high) / np.maximum((1 - low) * high, 1e-12)) * same
    sd = np.sqrt(first.variance.T[:, :, None] * second.variance.T[:, None, :])
    return np.asarray(cross + nested * sd)


def _log_density(covariance: np.ndarray, away: np.ndarray) -> np.ndarray:
    root = np.linalg.cholesky(covariance)
    scaled = np.linalg.solve(root, away[..., None])[..., 0]
    logs = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
    return np.asarray(-0.5 * (scaled**2).sum(1) - logs)
