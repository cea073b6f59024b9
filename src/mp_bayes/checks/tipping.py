"""Where a conclusion turns round: the assumed number from which an interval includes 0, or not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import ndtr

from mp_bayes.priors import Priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.reanalysis.comparison import published, recomputed
from mp_bayes.reanalysis.decomposition import ALONE
from mp_bayes.reanalysis.sensitivity import fast_answer
from mp_bayes.studies.study import Outcome

# Values that are tried before a turn is located; it may turn more than once, and the first counts.
_TRIED = 16
# A turn is located to this share of its range.
_PRECISION = 1e-3


@dataclass(frozen=True)
class Walk:
    """One number that is assumed, along a range, with all else held.

    Attributes
    ----------
    name : str
        As in tables.
    parameter : str
        The prior that is held at the number.
    low, high : float
        Of the range: log-odds or log-rates of an SD, a correlation of rho.
    shock, coding : str
        As of an `Analysis`.
    changes : dict
        Other priors that replace the file's.
    """

    name: str
    parameter: str
    low: float
    high: float
    shock: str
    coding: str
    changes: dict[str, Any]


#: Beginning with what the published regression assumes, and with the headline.
WALKS = (
    Walk(
        "published_shock_rho_0",
        "sd_shock",
        0.0,
        1.0,
        "none",
        "published",
        ALONE | {"rho": Fixed(value=0.0)},
    ),
    Walk(
        "published_shock_rho_0.7",
        "sd_shock",
        0.0,
        1.0,
        "none",
        "published",
        ALONE | {"rho": Fixed(value=0.7)},
    ),
    Walk("headline_shock", "sd_shock", 0.0, 1.0, "national", "dosed", {}),
    Walk("headline_pooling", "sd_effect", 0.0, 1.5, "national", "dosed", {}),
    Walk("headline_rho", "rho", 0.0, 0.99, "national", "dosed", {}),
)
COLUMNS = [
    "outcome",
    "walk",
    "parameter",
    "low",
    "high",
    "published_leaves_out_0",
    "leaves_out_0_at_low",
    "leaves_out_0_at_high",
    "tipping_point",
    "prior_median",
    "prior_share_below",
]


def tipping_points(outcomes: Iterable[Outcome], priors: Priors) -> pd.DataFrame:
    """Walk along each number until the average effect's 95% interval turns round.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, a row an outcome and walk. `published_leaves_out_0` is of the published
        regression's average over the post-years, the recomputed one's where nothing is published.
        `tipping_point` is the smallest number at which the interval includes 0 where it did not at
        `low`, or the other way round; not a number where it never turns. `prior_median` is of the
        national prior of that number, and `prior_share_below` the share of it below the point.
    """
    return pd.DataFrame(
        [_walked(outcome, priors, walk) for outcome in outcomes for walk in WALKS],
        columns=COLUMNS,
    )


def _walked(outcome: Outcome, priors: Priors, walk: Walk) -> dict[str, Any]:
    def margin(value: float) -> float:
        """Return by how much the interval leaves out 0; negative if it does not."""
        changes = walk.changes | {walk.parameter: Fixed(value=float(value))}
        table = fast_answer(outcome, priors, shock=walk.shock, coding=walk.coding, changes=changes)
        average = table[
            table["estimand"].eq("average_effect") & table["scale"].eq(outcome.response_scale)
        ].iloc[0]
        return float(max(average["lower"], -average["upper"]))

    grid = np.linspace(walk.low, walk.high, _TRIED)
    margins = [margin(value) for value in grid]
    turns = np.flatnonzero(np.diff(np.sign(margins)))
    point = np.nan
    if turns.size:
        first = turns[0]
        width = _PRECISION * (walk.high - walk.low)
        point = float(brentq(margin, grid[first], grid[first + 1], xtol=width))
    prior = priors.select(outcome, shock="national")[walk.parameter]
    z = np.linspace(-4, 4, 801)
    quantiles = prior.quantile(z)
    below = np.nan
    if np.isfinite(point) and np.ptp(quantiles) > 0:
        below = float(np.interp(point, quantiles, ndtr(z)))
    return {
        "outcome": outcome.name,
        "walk": walk.name,
        "parameter": walk.parameter,
        "low": walk.low,
        "high": walk.high,
        "published_leaves_out_0": _published(outcome, priors),
        "leaves_out_0_at_low": margins[0] > 0,
        "leaves_out_0_at_high": margins[-1] > 0,
        "tipping_point": point,
        "prior_median": float(prior.quantile(np.array([0.0]))[0]),
        "prior_share_below": below,
    }


def _published(outcome: Outcome, priors: Priors) -> bool:
    """Tell whether the published average leaves out 0; the recomputed one if none is published.

    On the response scale where the regression is, and on that of the link where it is not.
    """
    there = "coefficients" in outcome.evidence
    table = published(outcome) if there else recomputed(outcome, priors)
    average = table[table["estimand"].eq("average_effect")].set_index("scale")
    scale = outcome.response_scale if outcome.response_scale in average.index else None
    row = average.loc[scale or outcome.link_scale]
    return bool(row["lower"] > 0 or row["upper"] < 0)
