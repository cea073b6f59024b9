"""Whether panels replicated from the model change from year to year as the real one does."""

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr
from scipy import special, stats

from mp_bayes.models.panel import Cells
from mp_bayes.panel.effects import FEWEST_EVENTS
from mp_bayes.panel.national import SIZE

_REPLICATES = 400
# Fewest changes of an authority from which its own scale is taken.
_FEWEST_CHANGES = 5


def year_to_year(tree: xr.DataTree, data: xr.Dataset, *, seed: int) -> pd.DataFrame:
    """Check the model by what its use turns on: how authorities change from year to year.

    Each statistic of the yearly changes of authorities' log-odds, where both counts are known, is
    set beside that of replicated panels with new shocks, of each authority's own SD, and new
    counts. The mean square change is the shocks' size. Excess kurtosis is above 0 both if
    authorities differ in size and if shocks are heavy-tailed; that of changes divided by their
    authority's root mean square (`scaled`) if shocks are. Sampling of counts, and so few changes of
    each authority, are in the replicates too.

    Returns
    -------
    pandas.DataFrame
        Three rows: check, observed, mean, lower and upper (95% equal-tailed, replicated), and
        passes.
    """
    draws = az.extract(tree, num_samples=_REPLICATES, random_seed=seed)
    rng = np.random.default_rng(seed)
    cells = Cells.of(data)
    known = cells.exact & (cells.low >= FEWEST_EVENTS)
    both = known[:, 1:] & known[:, :-1]
    found = []
    for place in range(draws.sizes["sample"]):
        one = draws.isel(sample=place)
        rest = one["level"].to_numpy()[:, None] + one["year_effect"].to_numpy()
        p = special.expit(rest + _new_shocks(one, known.shape, rng))
        found.append(_statistics(rng.binomial(cells.total, p), cells.total, both))
    observed = _statistics(np.where(known, cells.low, 0), cells.total, both)
    rows = []
    for name, value in observed.items():
        replicated = [one[name] for one in found]
        lower, upper = np.quantile(replicated, [0.025, 0.975])
        rows.append(
            {
                "check": name,
                "observed": value,
                "mean": float(np.mean(replicated)),
                "lower": lower,
                "upper": upper,
                "passes": lower <= value <= upper,
            }
        )
    return pd.DataFrame(rows)


def _new_shocks(one: xr.Dataset, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Draw shocks anew from one posterior draw, dims (borough, year)."""
    rho = float(one["rho"])
    unit = rng.standard_t(float(one["nu"]), shape) if "nu" in one else rng.normal(size=shape)
    for year in range(1, shape[1]):
        unit[:, year] = rho * unit[:, year - 1] + np.sqrt(1 - rho**2) * unit[:, year]
    return np.asarray(one["sd_by_borough"].to_numpy()[:, None] * unit)


def _statistics(events: np.ndarray, total: np.ndarray, both: np.ndarray) -> dict[str, float]:
    """Return the statistics of changes between years of which both are known."""
    odds = (events + 0.5) / (total - events + 0.5)
    change = np.where(both, np.diff(np.log(odds), axis=1), 0.0)
    count = both.sum(1)
    scale = np.sqrt((change**2).sum(1) / np.maximum(count, 1))
    enough = both & (count >= _FEWEST_CHANGES)[:, None]
    scaled = change / np.where(scale > 0, scale, 1.0)[:, None]
    return {
        SIZE: float((change[both] ** 2).mean()),
        "excess kurtosis of changes": float(stats.kurtosis(change[enough])),
        "excess kurtosis of scaled changes": float(stats.kurtosis(scaled[enough])),
    }
