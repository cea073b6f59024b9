"""Calibration of the panel's model: the same question, on panels small enough to fit often.

Truths come from the model's own priors and data by a path of its own, as in `checks.simulator`.
"""

from collections.abc import Callable
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats
from scipy.special import expit

from mp_bayes.checks.calibration import KEYS, Key, ranked, sampled_draws
from mp_bayes.checks.calibration_cases import AUTHORITIES, YEARS, PanelCase
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.inference.nuts import Sampling, seed_for
from mp_bayes.models.panel import PRIORS, Cells, panel_model

#: Of so many authorities a count is told to be one of five in a row, as in files that round or
#: suppress. By design, not by size: all data sets then have one shape, and one compilation.
_ROUNDED, _WIDTH = 2, 5
# Totals, in the range of the official files' authorities.
_TOTALS = (150, 4000)
_NU = stats.gamma(2.0, scale=10.0)
_SAMPLING = Sampling(draws=500, tune=600, chains=2, target_accept=0.95)
# Of parameters that mix slowest. A fit that is reported is sampled longer, until 1.01.
_AGREE = 1.05
#: Authorities whose own SD is ranked: one with rounded counts, and one without.
_SHOWN = (0, AUTHORITIES - 1)


def panel_ranks(
    case: PanelCase, *, replicates: int, seed: int, on_done: Callable[[], None] = lambda: None
) -> pd.DataFrame:
    """Rank the truth among the draws, as `mp_bayes.checks.calibration.ranks` does."""
    own = seed_for(seed, case.name)
    rng = np.random.default_rng(own)
    kept, drawn, true = [], [], []
    for number in range(replicates):
        truth, data = simulate_panel(case.shape, rng)
        model = panel_model(data, shock=case.shape)
        posterior = sampled_draws(model, seed=own + 1 + number, sampling=_SAMPLING)
        on_done()
        if posterior is None or not _mixed(posterior):
            continue
        kept.append(number)
        drawn.append(quantities(posterior.stack(sample=("chain", "draw")), data))  # noqa: PD013
        true.append(quantities(truth, data))
    if not kept:
        return pd.DataFrame(columns=["replicate", *KEYS, "rank"])
    found = {key: np.stack([one[key] for one in drawn]) for key in drawn[0]}
    truths = {key: np.concatenate([one[key] for one in true]) for key in found}
    return ranked(found, truths, kept, rng)


def _mixed(posterior: xr.Dataset) -> bool:
    """Tell whether two short chains agree: panels so small at times tell little of an SD."""
    worst = az.rhat(posterior[["sd_shock", "tau_shock", "rho", "sd_borough"]])
    return bool(worst.to_dataarray().max() < _AGREE)


def simulate_panel(shape: str, rng: np.random.Generator) -> tuple[xr.Dataset, xr.Dataset]:
    """Draw all parameters from `PRIORS`, and a panel of counts.

    Returns
    -------
    truth : xarray.Dataset, dims (sample, borough, year)
        Under the names of a posterior; one sample.
    data : xarray.Dataset, dims (authority, year)
        As `panel_model` takes it: `total`, `low`, `high`.
    """
    own = {name: float(prior.frozen().rvs(random_state=rng)) for name, prior in PRIORS.items()}
    sd = own["sd_shock"] * np.exp(own["tau_shock"] * rng.standard_normal(AUTHORITIES))
    fresh = rng.standard_normal((AUTHORITIES, YEARS))
    if shape == "student":
        own["nu"] = float(_NU.rvs(random_state=rng))
        fresh /= np.sqrt(rng.chisquare(own["nu"], fresh.shape) / own["nu"])
    unit = fresh.copy()
    for year in range(1, YEARS):
        unit[:, year] = own["rho"] * unit[:, year - 1]
        unit[:, year] += np.sqrt(1 - own["rho"] ** 2) * fresh[:, year]
    level = own["level_mean"] + own["sd_borough"] * rng.standard_normal(AUTHORITIES)
    common = own["sd_year"] * rng.standard_normal(YEARS) * (np.arange(YEARS) > 0)
    eta = level[:, None] + common + sd[:, None] * unit
    total = np.geomspace(*_TOTALS, AUTHORITIES).astype(int)[:, None] * np.ones(YEARS, int)
    events = rng.binomial(total, expit(eta))
    low, high = events.copy(), events.copy()
    low[:_ROUNDED] -= events[:_ROUNDED] % _WIDTH
    high[:_ROUNDED] = np.minimum(low[:_ROUNDED] + _WIDTH - 1, total[:_ROUNDED])
    total[-1, 0] = low[-1, 0] = high[-1, 0] = 0  # a cell without data
    names = {"authority": [str(place) for place in range(AUTHORITIES)], "year": range(YEARS)}
    cells = {"total": total, "low": low, "high": high}
    data = xr.Dataset({key: (("authority", "year"), cell) for key, cell in cells.items()}, names)
    known: dict[str, Any] = {key: (("sample",), [value]) for key, value in own.items()}
    known["sd_by_borough"] = (("borough", "sample"), sd[:, None])
    known["eta"] = (("borough", "year", "sample"), eta[..., None])
    return xr.Dataset(known), data


def quantities(posterior: xr.Dataset, data: xr.Dataset) -> dict[Key, Floats]:
    """Return draws, dims (sample,): parameters, two authorities' SDs, the likelihood."""
    rows = {
        (name, "", ""): posterior[name].to_numpy()
        for name in (*PRIORS, "nu")
        if name in posterior.data_vars
    }
    each = posterior["sd_by_borough"].transpose("borough", "sample").to_numpy()
    for place in _SHOWN:
        rows["sd_by_borough", str(place), ""] = each[place]
    eta = posterior["eta"].transpose("borough", "year", "sample").to_numpy()
    rows["log_likelihood", "", ""] = _density(eta, Cells.of(data))
    return rows


def _density(eta: Floats, cells: Cells) -> Floats:
    """Return the log likelihood of a panel at each draw of eta, dims (sample,)."""
    p = expit(eta)
    spread = stats.binom(cells.total[..., None], p)
    exact = spread.logpmf(cells.high[..., None])
    within = spread.cdf(cells.high[..., None]) - spread.cdf(cells.low[..., None] - 1)
    with np.errstate(divide="ignore"):
        values = np.where(cells.interval[..., None], np.log(within), exact)
    return np.asarray(values.sum((0, 1), where=(cells.total > 0)[..., None]))
