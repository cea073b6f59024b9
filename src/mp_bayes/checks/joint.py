"""All outcomes in one model: they share referrals, and their shocks may go together.

Each outcome's counts enter as the fast engine's Gaussian pseudo-data; what is new is their
covariance between outcomes. Hyperparameters are drawn from the outcomes' separate posteriors and
weighted by the joint marginal likelihood over the product of the separate ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.checks.correlations import shock_correlations
from mp_bayes.estimands import LOWER, UPPER
from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import structure
from mp_bayes.inference.laplace.nested import integrate
from mp_bayes.inference.laplace.structure import Structure
from mp_bayes.priors import Priors
from mp_bayes.studies.study import Outcome

#: Correlations of shocks that are assumed of outcomes of one measure: no statistic has both.
SAME_MEASURE = (0.5, 0.9, 0.99)
#: The one that is put first.
FIRST = 0.9
# Draws of the hyperparameters; the Monte Carlo error of a mean is about 0.02 posterior SDs.
_DRAWS = 2000
_JITTER = 1e-9


@dataclass(frozen=True)
class _Part:
    """One outcome's Gaussian model at draws of its hyperparameters; batch last.

    Attributes
    ----------
    outcome : Outcome
    where : ndarray of int, dims (2, cell)
        Borough and year of every observed cell, by place.
    data, variance : ndarray, dims (cell, draw)
        Pseudo-data less the level's prior mean, and their sampling variance.
    rate : ndarray, dims (cell,)
        Observed share of cases with the event, or events per case.
    design : ndarray, dims (cell, coefficient)
        Common years, then effects.
    prior_sd : ndarray, dims (coefficient, draw)
    prior_mean : ndarray, dims (coefficient, draw)
    own : ndarray, dims (year, year, draw)
        Covariance of level and shocks within a borough.
    sd_shock, rho : ndarray, dims (draw,)
    average : ndarray, dims (coefficient,)
        The average effect over the post-years as a combination of coefficients.
    """

    outcome: Outcome
    where: np.ndarray
    data: np.ndarray
    variance: np.ndarray
    rate: np.ndarray
    design: np.ndarray
    prior_sd: np.ndarray
    prior_mean: np.ndarray
    own: np.ndarray
    sd_shock: np.ndarray
    rho: np.ndarray
    average: np.ndarray

    @property
    def boroughs(self) -> np.ndarray:
        """The borough of every cell, by name."""
        return np.asarray(np.array(self.outcome.setting.boroughs)[self.where[0]])

    @property
    def years(self) -> np.ndarray:
        """The year of every cell, by its label."""
        return np.asarray(np.array(self.outcome.setting.years)[self.where[1]])

    def root(self, years: int) -> np.ndarray:
        """Return a lower triangular root of the shocks' covariance, dims (draw, year, year)."""
        lag = np.abs(np.subtract.outer(range(years), range(years)))
        powers = self.rho[:, None, None] ** lag + _JITTER * np.eye(years)
        return self.sd_shock[:, None, None] * np.linalg.cholesky(powers)


def joint_tables(
    outcomes: Iterable[Outcome], priors: Priors, *, seed: int
) -> dict[str, pd.DataFrame]:
    """Fit all outcomes together, beside each alone.

    Returns
    -------
    dict of DataFrame
        `joint`: columns outcome, same_measure (the assumed correlation; not a number: each outcome
        alone), mean, sd, lower, upper (95%) and prob_below_0 of the average effect in log-odds or
        log-rates. `joint_correlations`: first, second, same_measure, correlation of the two
        average effects' posteriors, and shocks, the assumed one of their shocks. `joint_together`:
        same_measure, statement, probability; and effective draws.
    """
    parts = [_part(outcome, priors, seed) for outcome in outcomes]
    pairs = shock_correlations([part.outcome for part in parts])
    rows, correlations, together = [], [], []
    for assumed in (np.nan, *SAME_MEASURE):
        means, covariances, weight = _posterior(parts, pairs, assumed)
        mean = np.einsum("d,do->o", weight, means)
        away = means - mean
        covariance = np.einsum("d,dop->op", weight, covariances)
        covariance += np.einsum("d,do,dp->op", weight, away, away)
        drawn = _draws(means, covariances, weight, seed)
        sd = np.sqrt(np.diag(covariance))
        lower, upper = np.quantile(drawn, [LOWER, UPPER], axis=0)
        for place, part in enumerate(parts):
            rows.append(
                {
                    "outcome": part.outcome.name,
                    "same_measure": assumed,
                    "mean": mean[place],
                    "sd": sd[place],
                    "lower": lower[place],
                    "upper": upper[place],
                    "prob_below_0": (drawn[:, place] < 0).mean(),
                }
            )
        for (a, b), (shocks, shared) in pairs.items():
            correlations.append(
                {
                    "first": parts[a].outcome.name,
                    "second": parts[b].outcome.name,
                    "same_measure": assumed,
                    "shocks": 0.0 if np.isnan(assumed) else assumed if shared else shocks,
                    "correlation": covariance[a, b] / (sd[a] * sd[b]),
                }
            )
        below = drawn < 0
        for statement, share in (
            ("all fall", below.all(1).mean()),
            ("none falls", (~below).all(1).mean()),
            *((f"at least {n} fall", (below.sum(1) >= n).mean()) for n in range(1, len(parts))),
        ):
            together.append(
                {
                    "same_measure": assumed,
                    "statement": statement,
                    "probability": share,
                    "effective_draws": 1 / (weight**2).sum(),
                }
            )
    return {
        "joint": pd.DataFrame(rows),
        "joint_correlations": pd.DataFrame(correlations),
        "joint_together": pd.DataFrame(together),
    }


def _part(outcome: Outcome, priors: Priors, seed: int) -> _Part:
    """Lay out one outcome at draws of its separate posterior's hyperparameters."""
    built = structure(outcome, priors.select(outcome, shock="national"), effect="yearly")
    data = cells(outcome).transpose("borough", "year")
    events, total = (data[name].to_numpy().astype(float) for name in ("events", "total"))
    grid = integrate(built, events[..., None], total[..., None])
    rng = np.random.default_rng([seed, len(outcome.name), *outcome.name.encode()])
    nodes = rng.choice(grid.weight.shape[1], size=_DRAWS, p=grid.weight[0])
    z = grid.z[:, 0, nodes]
    prior, values = built.prior(z), built.values(z)
    boroughs, years = np.nonzero(total > 0)
    return _Part(
        outcome,
        np.array([boroughs, years]),
        grid.posterior.estimate[boroughs, years][:, nodes] - prior.mean,
        grid.posterior.variance[boroughs, years][:, nodes],
        (events / np.maximum(total, 1))[boroughs, years],
        _design(built, boroughs, years),
        prior.coefficient_precision**-0.5,
        prior.coefficient_mean,
        prior.covariance,
        values["sd_shock"],
        values["rho"],
        _average(built, total),
    )


def _design(built: Structure, boroughs: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return what each coefficient adds to each observed cell."""
    effects = built.prior(np.zeros((len(built.free), 1))).design[..., 0]
    common = (years[:, None] == built.free_years).astype(float)
    own = np.zeros((years.size, effects.shape[-1]))
    dosed = boroughs < len(effects)
    own[dosed] = effects[boroughs[dosed], years[dosed]]
    return np.hstack([common, own])


def _average(built: Structure, total: np.ndarray) -> np.ndarray:
    """Return the average effect as a combination of coefficients, weighted by cases exposed."""
    setting = built.outcome.setting
    effects = built.prior(np.zeros((len(built.free), 1))).design[..., 0] * built.programme
    count = len(setting.treated_boroughs)
    weight = total[:count] * (setting.treated_post & built.outcome.observed)
    along = np.einsum("bt,btj->j", weight / weight.sum(), effects[:count])
    return np.concatenate([np.zeros(built.free_years.size), along])


def _posterior(
    parts: list[_Part], pairs: dict[tuple[int, int], tuple[float, bool]], assumed: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the average effects' means, covariances and weights by draw.

    Dims (draw, outcome), (draw, outcome, outcome) and (draw,). Without an assumed correlation each
    outcome stands alone, and all draws weigh the same.
    """
    sizes = [part.data.shape[0] for part in parts]
    ends = np.cumsum([0, *sizes])
    spans = [slice(*both) for both in pairwise(ends)]
    draws = parts[0].data.shape[1]
    cover = np.zeros((draws, ends[-1], ends[-1]))
    away = np.empty((draws, ends[-1]))
    gains = np.zeros((draws, len(parts), ends[-1]))
    before = np.zeros((draws, len(parts)))
    variance = np.zeros((draws, len(parts), len(parts)))
    alone = np.zeros(draws)
    for place, (part, here) in enumerate(zip(parts, spans, strict=True)):
        boroughs, years = part.where
        block = part.own[years[:, None], years] * (boroughs[:, None] == boroughs)[..., None]
        block = np.moveaxis(block, -1, 0)
        block = block + np.einsum("cj,jd,ej->dce", part.design, part.prior_sd**2, part.design)
        block[:, range(sizes[place]), range(sizes[place])] += part.variance.T
        cover[:, here, here] = block
        away[:, here] = (part.data - part.design @ part.prior_mean).T
        gains[:, place, here] = np.einsum(
            "j,jd,cj->dc", part.average, part.prior_sd**2, part.design
        )
        before[:, place] = part.average @ part.prior_mean
        variance[:, place, place] = np.einsum("j,jd->d", part.average**2, part.prior_sd**2)
        alone += _log_density(block, away[:, here])
    if np.isfinite(assumed):
        for (a, b), (known, shared) in pairs.items():
            cross = _cross(parts[a], parts[b], assumed if shared else known, shared=shared)
            cover[:, spans[a], spans[b]] = cross
            cover[:, spans[b], spans[a]] = np.swapaxes(cross, 1, 2)
    solved = np.linalg.solve(cover, np.swapaxes(gains, 1, 2))
    means = before + np.einsum("dco,dc->do", solved, away)
    covariances = variance - np.einsum("doc,dcp->dop", gains, solved)
    log_weight = _log_density(cover, away) - alone
    weight = np.exp(log_weight - log_weight.max())
    return means, covariances, weight / weight.sum()


def _cross(first: _Part, second: _Part, correlation: float, *, shared: bool) -> np.ndarray:
    """Return the covariance between two outcomes' cells, dims (draw, cell, cell).

    Shocks have the correlation that is given, year by year. Where one measure is counted within
    two windows, who is counted in the shorter is counted in the longer too.
    """
    labels = sorted({*first.outcome.setting.years, *second.outcome.setting.years})
    rows, columns = (np.searchsorted(labels, part.years) for part in (first, second))
    roots = first.root(len(labels)), second.root(len(labels))
    shocks = np.einsum("dtu,dsu->dts", *roots)
    same_borough = first.boroughs[:, None] == second.boroughs
    cross = correlation * shocks[:, rows[:, None], columns] * same_borough
    if shared and first.outcome.likelihood == second.outcome.likelihood == "binomial":
        same = same_borough & (rows[:, None] == columns)
        low = np.minimum(first.rate[:, None], second.rate)
        high = np.maximum(first.rate[:, None], second.rate)
        nested = np.sqrt(low * (1 - high) / np.maximum((1 - low) * high, 1e-12))
        sd = np.sqrt(first.variance.T[:, :, None] * second.variance.T[:, None, :])
        cross = cross + np.where(same, nested, 0.0) * sd
    return np.asarray(cross)


def _log_density(covariance: np.ndarray, away: np.ndarray) -> np.ndarray:
    root = np.linalg.cholesky(covariance)
    scaled = np.linalg.solve(root, away[..., None])[..., 0]
    logs = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(1)
    return np.asarray(-0.5 * (scaled**2).sum(1) - logs)


def _draws(means: np.ndarray, covariances: np.ndarray, weight: np.ndarray, seed: int) -> np.ndarray:
    """Draw the average effects from the mixture, dims (draw, outcome)."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(weight.size, size=10 * weight.size, p=weight)
    jitter = _JITTER * np.eye(means.shape[1])
    roots = np.linalg.cholesky(covariances + jitter)
    standard = rng.standard_normal((chosen.size, means.shape[1]))
    drawn: Any = means[chosen] + np.einsum("dop,dp->do", roots[chosen], standard)
    return np.asarray(drawn)
