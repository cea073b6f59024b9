"""What an evaluation is worth, without simulating it: power and what stands beside it.

Cells are taken to be Normal on the link scale with a known sampling variance. Given the data's
component along the programme's doses, everything else that they say is independent of it. So the
rest is drawn once for a design, the posterior is followed along the component, and power, size and
the like are Normal probabilities between the places where it crosses the claim's limit: for any
size of the effect, from the same draws. The posterior averages over shock SD, correlation,
dispersion and half-life as the fitted model does.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.planning.classes import classes
from mp_bayes.planning.hyperparameters import HALF_LIFE_NODES, place
from mp_bayes.planning.least_squares import LeastSquares
from mp_bayes.planning.paths import Paths
from mp_bayes.priors.distributions import Fixed
from mp_bayes.simulate.scenario import Scenario

#: Draws of what is independent of the effect's estimate. The same for every design, as far as they
#: have boroughs in common, so that designs are compared on common draws.
DRAWS = 256
_SEED = 2020
# Boroughs below which draws are four times as many.
_FEW = 8
# Boroughs of unequal sizes or shock SDs are drawn so many times over.
_DRAWS_OF_BOROUGHS = 32
# Places along the effect's estimate: in SDs of it, about no effect and the planned one.
_PLACES, _REACH = 13, 4.5
#: Largest log ratio that is looked at for the smallest detectable effect.
LARGEST = 1.5


def paths(
    scenario: Scenario,
    priors: dict[str, Any],
    *,
    structure: str,
    effect: float,
    post_years: Sequence[int] | None = None,
    covering: bool = True,
    draws: int = DRAWS,
) -> dict[int, Paths]:
    """Follow a design's posterior along the effect's estimate.

    Parameters
    ----------
    scenario : Scenario
        Without heavy tails (`shock_df`), which this does not cover.
    priors : dict
        The analysis', from `Method.priors`.
    structure : {"constant", "embedding"}
        Whether the analysis takes the effect to be immediate, or estimates its half-life.
    effect : float
        Log ratio at full dose that cells' sampling variances, and coverage, are for.
    post_years : sequence of int, optional
        After which the data are analysed; the scenario's own unless given.
    covering : bool
        Whether coverage is asked for, which takes a third of the time.
    draws : int
        About so many, in pairs.

    Returns
    -------
    dict of Paths
        By post-year, all of the same data.
    """
    planned = float(scenario.log_effect(scenario.effect))
    each: dict[int, list[Paths]] = {year: [] for year in post_years or [scenario.post_years]}
    for design, mean, scatter, after in _designs(
        scenario, priors, structure, effect, list(each), draws
    ):
        # The first round's places serve all.
        found = each[after]
        places = found[0].estimate if found else _places(design.free_sd, planned)
        goal = effect if covering else None
        found.append(design.paths(places, goal, mean, scatter))
    return {year: _joined(found) for year, found in each.items()}


def looks(
    scenario: Scenario,
    priors: dict[str, Any],
    *,
    structure: str,
    effects: Floats,
    post_years: Sequence[int],
) -> Floats:
    """Analyse the same evaluations year after year, as they would be with interim looks.

    Parameters
    ----------
    effects : ndarray, dims (draw,)
        True log ratios at full dose, an even number of them.
    scenario, priors, structure, post_years
        As in `paths`.

    Returns
    -------
    ndarray, dims (post-year, draw)
        Normal scores of the posterior probability of an effect above 0.
    """
    each: dict[int, list[Floats]] = {year: [] for year in post_years}
    for design, mean, scatter, after in _designs(
        scenario, priors, structure, float(effects.mean()), list(each), effects.size
    ):
        # Of unequal boroughs there are several rounds, with a share of the draws each.
        done = sum(found.size for found in each[after])
        these = np.resize(effects[done:], mean.shape[-1])
        each[after].append(design.scores(these, mean, scatter))
    return np.array([np.concatenate(found) for found in each.values()])


def _designs(
    scenario: Scenario,
    priors: dict[str, Any],
    structure: str,
    effect: float,
    post_years: list[int],
    draws: int,
) -> Iterator[tuple[LeastSquares, Floats, Floats, int]]:
    """Give each design with its data: by round of boroughs' sizes and SDs, and by post-year."""
    lives, log_life = _half_lives(priors, structure)
    delay = 0.0 if structure == "constant" else float(getattr(priors["delay"], "value", 0.0))
    rounds = _DRAWS_OF_BOROUGHS if unequal(scenario) else 1
    few = scenario.treated_boroughs + scenario.comparison_boroughs < _FEW
    # So one draw differs more from another; where the curve is wrong it is quick to follow, too.
    if draws == DRAWS and (few or structure == "constant"):
        draws *= 4
    for number in range(rounds):
        # Its last word is not 0, so that no draw of a class has the same seed.
        rng = np.random.default_rng([_SEED, number, 0, 1])
        whole = classes(scenario, lives, delay, effect, rng)
        mean, scatter = whole.draw(2 * -(-draws // (2 * rounds)), (_SEED, number))
        for after in post_years:
            years = scenario.pre_years + after
            some = whole.first(years)
            typical = np.exp(np.average(np.log(some.sampling), axis=0, weights=some.count))
            nodes = place(
                priors,
                binary=scenario.binary,
                sampling=typical,
                truth=np.average(some.truth, axis=0, weights=some.count),
                boroughs=float(some.count.sum()),
                sd_year=scenario.sd_year,
            )
            design = LeastSquares(some, nodes, log_life, priors)
            yield design, mean[:, :years], scatter[:, :years, :years], after


def unequal(scenario: Scenario) -> bool:
    """Tell whether boroughs differ in size or shock SD, and are drawn."""
    return scenario.size_spread > 0 or scenario.sd_log_shock > 0


def _joined(found: list[Paths]) -> Paths:
    """Put the rounds of one design together."""
    arrays = {
        name: np.concatenate([getattr(one, name) for one in found])
        for name in ("score", "average", "covering", "sd", "movement")
    }
    average = float(np.mean([one.true_average for one in found]))
    places = found[0].estimate
    return Paths(estimate=places, rounds=len(found), true_average=average, **arrays)


def _places(sd: float, planned: float) -> Floats:
    """Return where to follow the posterior: close by what is likely, and wide to the largest."""
    low, high = min(0.0, planned) - _REACH * sd, max(0.0, planned) + _REACH * sd
    near = np.linspace(low, high, _PLACES)
    side = -1.0 if planned < 0 else 1.0
    end = high if side > 0 else -low
    far = side * np.linspace(end, max(end, LARGEST) + _REACH * sd, 4)[1:]
    return np.sort(np.concatenate([near, far]))


def _half_lives(priors: dict[str, Any], structure: str) -> tuple[Floats, Floats]:
    """Return the analysis' half-lives, 0 if it takes the effect to be immediate, and log priors."""
    prior = priors["half_life"]
    if structure == "constant":
        return np.zeros(1), np.zeros(1)
    if isinstance(prior, Fixed):
        return np.array([prior.value]), np.zeros(1)
    log = -0.5 * HALF_LIFE_NODES**2
    return np.asarray(prior.quantile(HALF_LIFE_NODES)), log - np.log(np.exp(log).sum())
