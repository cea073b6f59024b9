"""Combinations of defensible choices, as one specification curve an outcome.

References
----------
Steegen, Tuerlinckx, Gelman and Vanpaemel 2016, doi:10.1177/1745691616658637 (multiverse analysis);
Simonsohn, Simmons and Nelson 2020, doi:10.1038/s41562-020-0912-z (specification curve).
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
import xarray as xr

from mp_bayes.estimands import average_effect
from mp_bayes.estimands.summaries import summarise
from mp_bayes.evidence.arrays import load_evidence
from mp_bayes.inference.laplace import NotFastError, fast_effects, structure, vouched_draws
from mp_bayes.inference.nuts import seed_for
from mp_bayes.priors import SHOCK_PRIORS, Priors
from mp_bayes.priors.distributions import Fixed, Normal
from mp_bayes.reanalysis.decomposition import ALONE, FLAT
from mp_bayes.reanalysis.workers import Workers, submit
from mp_bayes.studies.study import Outcome

#: Shock SDs (log-odds or log-rate) that are assumed, beside the shock priors.
ASSUMED_SDS = (0.1, 0.2, 0.4)
#: Prior SDs of the mean effect, as multiples of the file's; and flat.
WIDTHS: dict[str, float] = {"half": 0.5, "as given": 1.0, "double": 2.0, "flat": 0.0}
#: Columns of a specification: its choices.
CHOICES = ["evidence", "years", "shock", "rho", "structure", "coding", "pooling", "prior", "timing"]
# Draws of a coefficients' model: an interval's end is off by a twentieth of a posterior SD.
_PROPOSALS = 4000
_SAID = ("mean", "lower", "upper")
# Specifications that a process is given at a time.
_BLOCK = 40


@dataclass(frozen=True)
class Specification:
    """One combination of choices.

    Attributes
    ----------
    evidence, years, structure, coding, timing : str
        As of `mp_bayes.reanalysis.grid.Analysis`.
    shock : str
        A shock prior, or an assumed SD.
    rho : str
        `prior`, or `0`: years' shocks are independent. Of assumed SDs the national prior's.
    pooling : str
        `prior`; `together`: all years have one effect; `alone`: each on its own, without a prior.
        Empty unless the structure is yearly.
    prior : str
        Of the mean effect, one of `WIDTHS`; empty where years are alone.
    """

    evidence: str
    years: str
    shock: str
    rho: str
    structure: str
    coding: str
    pooling: str
    prior: str
    timing: str

    def priors(self, priors: Priors, outcome: Outcome) -> dict[str, Any]:
        """Return every parameter's prior."""
        named = self.shock in SHOCK_PRIORS
        chosen = priors.select(outcome, shock=self.shock if named else "national", years=self.years)
        if not named:
            chosen["sd_shock"] = Fixed(value=float(self.shock))
        if self.rho == "0":
            chosen["rho"] = Fixed(value=0.0)
        if self.pooling == "alone":
            return chosen | ALONE
        if self.pooling == "together":
            chosen["sd_effect"] = Fixed(value=0.0)
        given = chosen["mean_effect"]
        if self.prior != "as given" and isinstance(given, Normal):
            sd = WIDTHS[self.prior] * given.sigma or FLAT
            chosen["mean_effect"] = Normal(distribution="Normal", mu=given.mu, sigma=sd)
        return chosen


def specifications(outcome: Outcome) -> list[Specification]:
    """List the combinations for one outcome; those that differ in nothing stand once.

    Without shocks rho means nothing; the common years cancel in published coefficients; codings
    differ where a year before the onset is partly exposed. Heavy-tailed shocks can be sampled only,
    so `mp-bayes run` has them for the headline alone.
    """
    shocks = [(SHOCK_PRIORS[0], "0")] + [
        (shock, rho)
        for shock in (*SHOCK_PRIORS[1:], *map(str, ASSUMED_SDS))
        for rho in ("prior", "0")
    ]
    evidence = [
        (kind, years)
        for kind in outcome.evidence
        for years in (("free", "borrowed") if kind == "cells" else ("free",))
    ]
    return [
        Specification(kind, years, *shock, *effect)
        for (kind, years), shock, effect in itertools.product(
            evidence, shocks, list(_effects(outcome))
        )
    ]


def _effects(outcome: Outcome) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield structure, coding, pooling, prior and timing."""
    first, *others = outcome.setting.timings
    for coding in ("dosed", "published") if outcome.reaches_past_onset.any() else ("dosed",):
        yield ("yearly", coding, "alone", "", first)
        for pooling, prior in itertools.product(("prior", "together"), WIDTHS):
            yield ("yearly", coding, pooling, prior, first)
    for kind, prior, timing in itertools.product(
        ("constant", "embedding"), WIDTHS, (first, *others)
    ):
        yield (kind, "", "", prior, timing)


def fit_specification(
    outcome: Outcome, priors: Priors, one: Specification, *, seed: int
) -> dict[str, Any]:
    """Fit one specification by the fast engine.

    Returns
    -------
    dict
        Its choices; mean, lower, upper (95% posterior interval) of the average effect over the
        post-years on the response scale, `link_mean` and so on in log-odds or log-rates,
        prob_below_0, usable: whether the engine vouches for it; and Monte Carlo standard errors,
        `mcse_mean` and so on, not a number where nothing is drawn.
    """
    choices = {"outcome": outcome.name, **asdict(one)}
    try:
        built = structure(
            outcome,
            one.priors(priors, outcome),
            effect=one.structure,
            coding=one.coding or "dosed",
            timing=outcome.setting.timings[one.timing],
        )
    except NotFastError:  # a prior of one's own that it does not cover
        return {**choices, "usable": False}
    if one.evidence == "cells":
        data = _evidence(outcome, "cells").transpose("borough", "year")
        counts = (data[name].to_numpy().astype(float)[..., None] for name in ("events", "total"))
        effects = fast_effects(built, *counts)
    else:
        drawn = vouched_draws(
            _evidence(outcome, one.evidence),
            built,
            seed=seed_for(seed, outcome.name, *asdict(one).values()),
            proposals=_PROPOSALS,
        )
        if drawn is None:
            return {**choices, "usable": False}
        observed = _evidence(outcome, "cells")
        rows = average_effect(drawn.posterior, observed, outcome)
        effects = summarise(rows, ess=drawn.ess).assign(usable=True)
    average = effects[effects["estimand"].eq("average_effect")].set_index("scale")
    response, link = average.loc[outcome.response_scale], average.loc[outcome.link_scale]
    return {
        **choices,
        **{name: response[name] for name in (*_SAID, "prob_below_0", "usable")},
        **{f"link_{name}": link[name] for name in _SAID},
        **{f"mcse_{name}": response.get(f"mcse_{name}") for name in (*_SAID, "prob")},
        **{f"mcse_link_{name}": link.get(f"mcse_{name}") for name in _SAID},
    }


@lru_cache(maxsize=8)
def _evidence(outcome: Outcome, kind: str) -> xr.Dataset:
    """Load evidence once for all specifications: it takes as long as a fit."""
    return load_evidence(outcome, kind)


def multiverse(
    outcomes: Iterable[Outcome],
    priors: Priors,
    workers: Workers,
    *,
    seed: int,
    on_progress: Callable[[str, float, float], None] = lambda _text, _done, _total: None,
) -> pd.DataFrame:
    """Fit every specification of every outcome; a row each, as of `fit_specification`.

    Numbers do not depend on the number of processes.
    """
    blocks = [
        (outcome, every[start : start + _BLOCK])
        for outcome in outcomes
        for every in [specifications(outcome)]
        for start in range(0, len(every), _BLOCK)
    ]
    futures = [
        submit(workers[place % len(workers)], _fit_block, outcome, priors, block, seed)
        for place, (outcome, block) in enumerate(blocks)
    ]
    parts: list[pd.DataFrame] = []
    for done, future in enumerate(futures, start=1):
        parts.append(future.result())
        on_progress("Fitting specifications", done, len(futures))
    return pd.concat(parts, ignore_index=True)


def _fit_block(
    outcome: Outcome, priors: Priors, block: list[Specification], seed: int
) -> pd.DataFrame:
    return pd.DataFrame([fit_specification(outcome, priors, one, seed=seed) for one in block])
