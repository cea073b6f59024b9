"""What stands beside a design that was found: its years, its assumptions, early looks."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from mp_bayes.planning.closed_form import looks
from mp_bayes.planning.worth import LIMIT, over_years, possible, worth
from mp_bayes.priors import Priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import Scenario, changed

#: Standard normal scores of the prior percentiles that the answer is shown at: 10th and 90th.
_PERCENTILES = (-1.2815516, 1.2815516)
# Nodes of a standard normal, and their weights: exact to the fifth degree.
_NODES = ((-(3**0.5), 1 / 6), (0.0, 2 / 3), (3**0.5, 1 / 6))
#: The field of the row that averages over the national prior of shock SD and correlation.
SHOCK_PRIOR = "shock_prior"
#: Half-lives (years), share of the effect in comparison boroughs, and degrees of freedom.
HALF_LIVES, CONTAMINATION, HEAVY = (0.0, 1.0, 2.0, 4.0), 0.25, 5.0
# Evaluations that are followed over their years, one by one.
_FOLLOWED, _SEED = 2000, 2020


def curve(scenario: Scenario, method: Method, priors: Priors, *, target: float) -> pd.DataFrame:
    """Return what a design is worth after each of its post-years: post_years, and `Worth`."""
    each = over_years(scenario, method, priors, target=target)
    return pd.DataFrame([{"post_years": year, **vars(found)} for year, found in each.items()])


def sensitivity(scenario: Scenario, method: Method, priors: Priors) -> pd.DataFrame:
    """Return what a design is worth if the world is not as assumed; the analysis stays.

    Returns
    -------
    pandas.DataFrame
        Columns field and value of the scenario, assurance and size with their standard errors; the
        first row is as assumed, with an empty field, and `SHOCK_PRIOR` the second.
    """
    national = priors.select(scenario.outcome, shock="national")
    worlds: list[tuple[str, float]] = [
        (name, float(f"{value:.2g}"))
        for name in ("sd_shock", "rho")
        for value in national[name].quantile(np.array(_PERCENTILES))
    ]
    worlds += [("half_life", value) for value in HALF_LIVES if value != scenario.half_life]
    worlds += [("contamination", CONTAMINATION)]
    rows = [
        {"field": "", "value": np.nan} | _both(scenario, method, priors),
        {"field": SHOCK_PRIOR, "value": np.nan} | _averaged(scenario, method, priors, national),
    ]
    rows += [
        {"field": name, "value": value} | _both(changed(scenario, **{name: value}), method, priors)
        for name, value in worlds
    ]
    return pd.DataFrame(
        [*rows, {"field": "shock_df", "value": HEAVY} | _heavy(scenario, method, priors)]
    )


def _both(scenario: Scenario, method: Method, priors: Priors) -> dict[str, Any]:
    found = worth(scenario, method, priors)
    return {
        "assurance": found.assurance,
        "assurance_error": found.assurance_error,
        "size": found.size,
        "size_error": found.size_error,
    }


def _averaged(
    scenario: Scenario, method: Method, priors: Priors, national: dict[str, Any]
) -> dict[str, Any]:
    """Average over the national prior of shock SD and correlation, by quadrature."""
    worlds: dict[tuple[float, float], float] = {}
    for (x, share), (y, other) in itertools.product(_NODES, _NODES):
        sd, rho = (
            float(national[name].quantile(np.array(z))) for name, z in (("sd_shock", x), ("rho", y))
        )
        worlds[sd, rho] = worlds.get((sd, rho), 0.0) + share * other
    each = [_both(changed(scenario, sd_shock=sd, rho=rho), method, priors) for sd, rho in worlds]
    weights = np.array(list(worlds.values()))
    # Designs are on common draws, so errors add up.
    return {name: float(weights @ [one[name] for one in each]) for name in each[0]}


def _heavy(scenario: Scenario, method: Method, priors: Priors) -> dict[str, Any]:
    """Count claims under Student-t shocks, whose estimate is not Normal."""
    heavy = changed(scenario, shock_df=HEAVY)
    side, last = _side(scenario), [scenario.post_years]
    there, null = (_followed(heavy, method, priors, happens, last)[0] for happens in (True, False))
    assurance, error = _share(side * there > LIMIT)
    size, size_error = _share(np.abs(null) > LIMIT)
    return {
        "assurance": float(assurance),
        "assurance_error": float(error),
        "size": float(size),
        "size_error": float(size_error),
    }


def _share(claims: np.ndarray) -> tuple[Any, Any]:
    """Return the share of draws, which come in pairs that belong together, and its error.

    The error is taken with a pair more, of one claim, so that none of 2,000 is not known without
    error.
    """
    pairs = claims.reshape(*claims.shape[:-1], -1, 2).mean(-1)
    softened = np.concatenate([pairs, np.full((*pairs.shape[:-1], 1), 0.5)], axis=-1)
    return pairs.mean(-1), softened.std(-1) / np.sqrt(pairs.shape[-1])


def interim_looks(scenario: Scenario, method: Method, priors: Priors) -> pd.DataFrame:
    """Return what comes of looking at the data after every year, and claiming as soon as one may.

    Returns
    -------
    pandas.DataFrame
        Columns post_years; `answered`, the share of evaluations whose first claim was right, by
        then; `misled`, whose first claim was on the wrong side; `false_claims`, with any claim by
        then where nothing happened; `false_claims_once`, at that year's look alone; each with its
        standard error.
    """
    years = list(range(scenario.first_post_year, scenario.post_years + 1))
    side = _side(scenario)
    there, null = (_followed(scenario, method, priors, happens, years) for happens in (True, False))
    claims = np.abs(there) > LIMIT
    first = claims & (np.cumsum(claims, axis=0) == 1)
    ever = np.maximum.accumulate
    shares = {
        "answered": ever(first & (side * there > 0), axis=0),
        "misled": ever(first & (side * there < 0), axis=0),
        "false_claims": ever(np.abs(null) > LIMIT, axis=0),
        "false_claims_once": np.abs(null) > LIMIT,
    }
    table: dict[str, Any] = {"post_years": years}
    for name, reached in shares.items():
        table[name], table[f"{name}_error"] = _share(reached)
    return pd.DataFrame(table)


def _side(scenario: Scenario) -> int:
    return -1 if scenario.log_effect(scenario.effect) < 0 else 1


def _followed(
    scenario: Scenario, method: Method, priors: Priors, happens: bool, post_years: list[int]
) -> np.ndarray:
    """Return scores of evaluations after each post-year, effects as planned or none."""
    effects = np.zeros(_FOLLOWED)
    if happens:
        # Evenly over the design prior, in an order that no other draw has.
        z = ndtri((np.arange(_FOLLOWED) + 0.5) / _FOLLOWED)
        effects = possible(scenario, np.random.default_rng([_SEED, 0, 0, 2]).permutation(z))
    return looks(
        scenario,
        method.priors(priors, scenario),
        structure=method.effect,
        effects=effects,
        post_years=post_years,
    )
