"""The fast posterior: effects of thousands of data sets, under the names of the sampled fit."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.estimands import INTERVAL, LOWER, UPPER, span
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.inference.laplace.mixture import Mixture
from mp_bayes.inference.laplace.nested import Grid, integrate
from mp_bayes.inference.laplace.quadrature import quadrature
from mp_bayes.inference.laplace.quantities import Treated, change, direction, full_effect, linear
from mp_bayes.inference.laplace.structure import Structure
from mp_bayes.studies.study import Outcome

# Data sets are taken in blocks: small ones cost calls, large ones memory and its bandwidth. A block
# has about so many arrays of all cells and points.
_BLOCK_BYTES = 12_000_000
_ARRAYS = 6

#: What the approximation asks of data to vouch for itself: see `vouched`.
FEWEST_EVENTS = 4.0
FEWEST_EVENTS_POOLED = 30.0
LARGEST_EDGE = 0.35
LARGEST_DRIFT = 0.5
# From here on (share of the weight at the ends; SDs between the quadrature's centre and the mean)
# the hyperparameters' posterior is skewed, and its mode a poor centre: the quadrature is placed
# again, by the mean and covariance that the first one found.
_SKEWED_EDGE = 0.08
_SKEWED_DRIFT = 0.3

#: Estimands of a single year.
ONE_YEAR = ("yearly_effect", "partly_exposed_effect")
Summary = dict[str, Floats]
Row = tuple[tuple[str, str, str], Summary]


def fast_effects(
    structure: Structure, events: Floats, total: Floats, *, yearly: bool = False
) -> pd.DataFrame:
    """Approximate the posterior of the effects in many data sets of one design.

    Parameters
    ----------
    structure : Structure
        From `mp_bayes.inference.laplace.structure`.
    events, total : ndarray, dims (borough, year, replicate)
        Total is 0 in a year without data.
    yearly : bool
        Also the effect of each post-year, and of each partly exposed year.

    Returns
    -------
    pandas.DataFrame
        One row per replicate, estimand and scale: `replicate` (0, 1, ...), estimand, year, scale,
        mean, sd, lower, upper, interval, prob_below_0, prob_beyond_minimum and usable, as in
        `mp_bayes.estimands.summaries.summarise`. `usable` is False where the approximation does not
        vouch for itself: sample such a data set instead. It asks more of the effect in one year
        than of an average over years and the effect at full dose.

    """
    events, total = np.asarray(events, float), np.asarray(total, float)
    treated = len(structure.outcome.setting.treated_boroughs)
    blocks: dict[tuple[str, str, str], list[Summary]] = {}
    usable: dict[bool, list[np.ndarray]] = {False: [], True: []}
    for block in _blocks(structure, events.shape):
        data = events[..., block], total[..., block]
        grid = integrate(structure, *data, kept=treated)
        summaries = dict(_rows(structure, grid, data[1], yearly=yearly))
        good = {one_year: vouched(structure, grid, *data, one_year=one_year) for one_year in usable}
        misplaced = np.flatnonzero((grid.edge >= _SKEWED_EDGE) | (grid.drift() >= _SKEWED_DRIFT))
        if misplaced.size:
            some = tuple(array[..., misplaced] for array in data)
            grid = integrate(structure, *some, around=grid.moments(misplaced), kept=treated)
            for one_year, array in good.items():
                array[misplaced] = vouched(structure, grid, *some, one_year=one_year)
            for label, again in _rows(structure, grid, some[1], yearly=yearly):
                for name, array in again.items():
                    summaries[label][name][misplaced] = array
        for one_year, array in good.items():
            usable[one_year].append(array)
        for label, summary in summaries.items():
            blocks.setdefault(label, []).append(summary)
    # One table at the end: a table for each block would take longer than the fits.
    replicates = np.arange(events.shape[2])
    count = len(blocks)
    labels = {
        name: np.repeat(np.array([label[place] for label in blocks])[None], replicates.size, 0)
        for place, name in enumerate(("estimand", "year", "scale"))
    }
    values = {
        name: np.stack(
            [np.concatenate([part[name] for part in parts]) for parts in blocks.values()], axis=1
        )
        for name in ("mean", "sd", "lower", "upper", "prob_below_0", "prob_beyond_minimum")
    }
    return pd.DataFrame(
        {
            "replicate": np.repeat(replicates, count),
            **{name: array.ravel() for name, array in (labels | values).items()},
            "interval": INTERVAL,
            "usable": np.stack(
                [np.concatenate(usable[label[0] in ONE_YEAR]) for label in blocks], axis=1
            ).ravel(),
        }
    )


def average_weights(structure: Structure, events: Floats, total: Floats) -> Floats:
    """Return how much each cell counts in the posterior mean of the average effect.

    Given the hyperparameters the posterior mean is linear in the cells' own log-odds or log-rates;
    these weights are averaged over the hyperparameters.

    Parameters
    ----------
    structure : Structure
    events, total : ndarray, dims (borough, year)

    Returns
    -------
    ndarray, dims (borough, year)
        Change of the average effect, log-odds or log-rate, for a change by 1 of the cell's.
    """
    grid = integrate(structure, events[..., None], total[..., None])
    treated = Treated.of(structure, grid)
    exposed = total[:, :, None][: len(treated.eta)]
    exposed = (
        exposed * (structure.outcome.setting.treated_post & structure.outcome.observed)[..., None]
    )
    along = np.einsum("ijn,jn->in", treated.covariance, direction(treated, exposed / exposed.sum()))
    by_point = np.einsum("btjn,jn->btn", grid.posterior.cross(), along)
    return np.asarray((by_point * grid.weight[0]).sum(-1))


def effects_of(data: xr.Dataset, structure: Structure) -> pd.DataFrame:
    """Approximate the effects of one evidence object, as `fast_effects` does for many."""
    arrays = (data[name].transpose("borough", "year") for name in ("events", "total"))
    events, total = (array.to_numpy().astype(float)[..., None] for array in arrays)
    return (
        fast_effects(structure, events, total, yearly=True)
        .drop(columns="replicate")
        .assign(engine="laplace")
    )


def _blocks(structure: Structure, shape: tuple[int, ...]) -> Iterator[slice]:
    boroughs, years, replicates = shape
    points = quadrature(structure.nodes)[0].shape[1]
    each = 8 * points * boroughs * years * _ARRAYS
    size = max(1, int(_BLOCK_BYTES / each))
    for start in range(0, replicates, size):
        yield slice(start, min(start + size, replicates))


def vouched(
    structure: Structure, grid: Grid, events: Floats, total: Floats, *, one_year: bool
) -> np.ndarray:
    """Tell for which data sets the approximation can be relied upon, dims (replicate,).

    Each cell's likelihood must be near a Gaussian (enough events, and non-events of a binary
    outcome), and the hyperparameters' posterior must lie within the quadrature, about its centre.
    For an average over years, or the effect at full dose, it is enough that each treated
    borough's post-years have many events together: other cells are averaged over, and may be rare.
    """
    rarest = events
    if structure.outcome.likelihood == "binomial":
        rarest = np.minimum(events, total - events) / structure.fixed["design_effect"]
    enough = np.where(total > 0, rarest, np.inf).min((0, 1)) >= FEWEST_EVENTS
    if not one_year:
        post = structure.outcome.setting.treated_post[:, :, None]
        pooled = (rarest[: post.shape[0]] * post).sum(1).min(0)
        enough |= pooled >= FEWEST_EVENTS_POOLED
    placed = (grid.edge < LARGEST_EDGE) & (grid.drift() < LARGEST_DRIFT)
    return np.asarray(enough & placed & np.isfinite(grid.weight).all(1))


def _rows(structure: Structure, grid: Grid, total: Floats, *, yearly: bool) -> Iterator[Row]:
    """Yield (estimand, year, scale) with its summaries by replicate."""
    outcome = structure.outcome
    setting = outcome.setting
    count = len(setting.treated_boroughs)
    observed = setting.treated_post & outcome.observed
    exposed = np.repeat(total[:count] * observed[:, :, None], grid.weight.shape[1], axis=-1)
    treated = Treated.of(structure, grid)
    whole = exposed / exposed.sum((0, 1))
    years = span(outcome.post_years)
    # The models' counts are per case; what is reported is per child-year at risk.
    per = 100.0 / _exposure(structure, grid)
    in_all = change(treated, whole, full=False)
    averted = in_all.scaled(-exposed.sum((0, 1)).reshape(*grid.weight.shape, 1))
    in_all = in_all.scaled(per)
    yield from _effect("average_effect", years, outcome, linear(treated, whole), in_all)
    beyond = in_all.probability_below(-outcome.minimum)
    yield ("outcomes_averted", years, "count"), _summary(averted, beyond)
    if structure.effect != "yearly":
        full = change(treated, whole, full=True).scaled(per)
        yield from _effect("fully_embedded_effect", "", outcome, full_effect(treated), full)
    if not yearly:
        return
    # Without a dose in these years (coded as published) there is no effect to speak of.
    dosed = treated.design[:, :, 0, 0] > 0
    partly = np.repeat(
        total[:count] * (outcome.reaches_past_onset & dosed)[:, :, None],
        grid.weight.shape[1],
        axis=-1,
    )
    for name, labels, weights in (
        ("partly_exposed_effect", outcome.partly_exposed, partly),
        ("yearly_effect", outcome.post_years, exposed),
    ):
        for year in labels:
            only = weights * (np.array(setting.years) == year)[None, :, None]
            if only.any():
                weight = only / only.sum((0, 1))
                response = change(treated, weight, full=False).scaled(per)
                yield from _effect(name, year, outcome, linear(treated, weight), response)


def _exposure(structure: Structure, grid: Grid) -> Floats | float:
    """Return the mean child-years of a case, dims (replicate, point, 1); 1 if binary."""
    if structure.outcome.likelihood == "binomial":
        return 1.0
    z = grid.z.reshape(len(structure.free), grid.weight.size)
    return structure.values(z)["exposure"].reshape(*grid.weight.shape, 1)


def _effect(
    name: str, year: str, outcome: Outcome, link: Mixture, response: Mixture
) -> Iterator[Row]:
    """Yield one effect on its link, ratio and response scales."""
    beyond = response.probability_below(-outcome.minimum)
    on_link = _summary(link, beyond)
    yield (name, year, outcome.link_scale), on_link
    mean, sd = link.exponential_moments()
    ends = {end: np.exp(on_link[end]) for end in ("lower", "upper")}
    yield (name, year, outcome.ratio_scale), {**on_link, "mean": mean, "sd": sd, **ends}
    yield (name, year, outcome.response_scale), _summary(response, beyond)


def _summary(mixture: Mixture, beyond: Floats) -> Summary:
    mean, sd = mixture.moments()
    return {
        "mean": mean,
        "sd": sd,
        "lower": mixture.quantile(LOWER),
        "upper": mixture.quantile(UPPER),
        "prob_below_0": mixture.probability_below(0.0),
        "prob_beyond_minimum": beyond,
    }
