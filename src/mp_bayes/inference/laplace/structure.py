"""A cell model as the fast posterior sees it: hyperparameters, and the Gaussian given them."""

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from mp_bayes.embedding import exponential
from mp_bayes.embedding.doses import lay_out
from mp_bayes.inference.laplace.latent import Prior
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors.distributions import Fixed, Normal
from mp_bayes.priors.quantiles import Z_INTERVALS, Z_LIMIT, Z_STEP
from mp_bayes.studies.setting import Setting
from mp_bayes.studies.study import Outcome, Timing

# A coefficient that is fixed has a finite precision, which is large beside any in the data.
_SMALLEST_SD = 1e-6
# Hyperparameters that the approximation can integrate, those that matter most first, with the
# quadrature's nodes for each: under a prior that is narrow, and under one that spans more than
# a factor of `_WIDE` between its 2.5% and 97.5% quantiles. Three are exact to the fifth degree.
_NODES = {
    "sd_shock": (3, 9),
    "half_life": (3, 5),
    "rho": (3, 7),
    "sd_effect": (5, 5),
    "dispersion_excess": (3, 3),
    "exposure": (3, 3),
    "sd_year": (3, 3),
    "level_mean": (3, 3),
    "sd_borough": (3, 3),
    "sd_pre_trend": (3, 3),
}
_WIDE = 10.0
# So many borough-years say enough of rho for one node, unless the shock SD is free to be near 0:
# the effect's posterior SD then changes by 0.6% at most (large cells and small, binary and counts,
# against seven and nine nodes each), and fits take half the time.
_MANY_CELLS = 1000


class NotFastError(ValueError):
    """The fast posterior does not cover this prior; sample instead."""


@dataclass(frozen=True)
class Structure:
    """A design with its priors, ready for any number of data sets.

    Attributes
    ----------
    outcome : Outcome
    effect : {"yearly", "constant", "embedding"}
    free : list of str
        Hyperparameters that are not fixed, those that matter most first.
    nodes : tuple of int
        Quadrature nodes of each.
    fixed : dict of float
        The others.
    tables : ndarray, dims (4, interval, free)
        Cubic coefficients of their quantile functions.
    dose_table : ndarray, dims (4, interval, dosed, year)
        Cubic coefficients of the dose in the half-life's z; a single interval where it is known.
    columns : ndarray, dims (dosed, year, coefficient)
        What each effect's coefficient adds to eta; the first is multiplied by the dose.
    coefficient_sd : list of (str or float)
        Prior SD of each effect's coefficient: a hyperparameter's name, or a number.
    coefficient_mean : ndarray, dims (coefficient,)
    programme : ndarray of bool, dims (coefficient,)
        Which coefficients belong to the treated boroughs' programme.
    free_years : ndarray of int
        Years that are not the reference.
    """

    outcome: Outcome
    effect: str
    free: list[str]
    nodes: tuple[int, ...]
    fixed: dict[str, float]
    tables: Floats
    dose_table: Floats
    columns: Floats
    coefficient_sd: list[Any]
    coefficient_mean: Floats
    programme: np.ndarray
    free_years: np.ndarray

    def values(self, z: Floats) -> dict[str, Floats]:
        """Return every hyperparameter at z, dims (free, batch)."""
        values = {name: np.full(z.shape[1], value) for name, value in self.fixed.items()}
        for row, name in enumerate(self.free):
            values[name] = _cubic(self.tables[:, :, row], z[row])
        return values

    def prior(self, z: Floats) -> Prior:
        """Return the latent Gaussian's prior at z, dims (free, batch)."""
        values = self.values(z)
        years = len(self.outcome.setting.years)
        lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
        rho = np.clip(values["rho"], 0.0, 1.0)
        # Repeated products: a power takes many times longer.
        powers = np.vstack([np.ones_like(rho), *itertools.repeat(rho, years - 1)]).cumprod(0)
        covariance = (values["sd_shock"] ** 2 * powers + values["sd_borough"] ** 2)[lag]
        if "half_life" in self.free:
            doses = _cubic(self.dose_table, z[self.free.index("half_life")])
        else:
            doses = self.dose_table[3, 0][..., None]
        batch = z.shape[1]
        columns = np.repeat(self.columns[..., None], batch, axis=-1)
        columns[:, :, 0] *= doses
        if self.contaminated:
            columns[:, :, 1] *= doses
        sds = ["sd_year"] * self.free_years.size + self.coefficient_sd
        sd = np.stack([values[sd] if isinstance(sd, str) else np.full(batch, sd) for sd in sds])
        mean = np.concatenate([np.zeros(self.free_years.size), self.coefficient_mean])
        # A count's predictor is per case here: mean exposure is part of the level, so that no
        # cell's likelihood depends on it.
        exposure = values["exposure"] if self.outcome.likelihood == "nb1" else np.ones(batch)
        return Prior(
            mean=values["level_mean"] + np.log(exposure),
            covariance=covariance,
            design=columns,
            years=self.free_years,
            coefficient_mean=np.repeat(mean[:, None], batch, axis=1),
            coefficient_precision=1.0 / np.maximum(sd, _SMALLEST_SD) ** 2,
        )

    @property
    def contaminated(self) -> bool:
        """Whether the comparison boroughs have a dose of their own."""
        return bool(self.columns.shape[0] > len(self.outcome.setting.treated_boroughs))


def _cubic(table: Floats, z: Floats) -> Floats:
    """Evaluate piecewise cubics, dims (4, interval, ...), at z; returns dims (..., batch)."""
    position = np.clip((z + Z_LIMIT) / Z_STEP, 0.0, Z_INTERVALS - 1e-9)
    interval = position.astype(int)
    t = (position - interval) * Z_STEP
    c = np.moveaxis(table[:, interval], 1, -1)
    return np.asarray(((c[0] * t + c[1]) * t + c[2]) * t + c[3])


def structure(
    outcome: Outcome,
    priors: dict[str, Any],
    *,
    effect: str,
    coding: str = "dosed",
    timing: Timing | None = None,
) -> Structure:
    """Work out the structure of a cell model.

    Parameters
    ----------
    outcome : Outcome
        With the study's boroughs, years and onsets.
    priors : dict
        From `Priors.select`.
    effect : {"yearly", "constant", "embedding"}
    coding : {"dosed", "published"}
        Of yearly effects; see `mp_bayes.embedding.doses.lay_out`.
    timing : Timing, optional

    Raises
    ------
    NotFastError
        If a prior is outside what the approximation covers; the message says which.
    InputError
        If the effect structure is unknown.
    """
    arrays = _laid_out(outcome, effect, coding, timing)
    contaminated = bool(
        arrays["fixed_dose"][arrays["treated"] == 0].any()
        or arrays["dose_weight"][arrays["treated"] == 0].any()
    )
    counts = outcome.likelihood == "nb1"
    wanted = ["sd_shock", "sd_year", "level_mean", "sd_borough"]
    wanted += ["dispersion_excess", "exposure"] * counts
    has_shocks = not (isinstance(priors["sd_shock"], Fixed) and priors["sd_shock"].value == 0)
    wanted += ["rho"] * has_shocks
    wanted += ["half_life"] * (effect == "embedding")
    wanted += ["sd_effect", "sd_pre_trend"] * (effect == "yearly")
    free = [name for name in _NODES if name in wanted and not isinstance(priors[name], Fixed)]
    fixed = {name: prior.value for name, prior in priors.items() if isinstance(prior, Fixed)}
    fixed.setdefault("rho", 0.0)
    for name, matters in (("delay", effect == "embedding"), ("design_effect", not counts)):
        if matters and not isinstance(priors[name], Fixed):
            raise NotFastError(f"{name} has a prior that is not a number")
    z = np.linspace(-Z_LIMIT, Z_LIMIT, Z_INTERVALS + 1)
    tables = (
        np.stack([PchipInterpolator(z, priors[name].quantile(z)).c for name in free], axis=-1)
        if free
        else np.zeros((4, Z_INTERVALS, 0))
    )
    return Structure(
        outcome=outcome,
        effect=effect,
        free=free,
        nodes=_node_counts(free, priors, outcome.setting),
        fixed=fixed,
        tables=tables,
        free_years=np.flatnonzero(~outcome.setting.reference),
        **_effects(arrays, priors, contaminated, z, "half_life" in free),
    )


@lru_cache(maxsize=64)
def _laid_out(
    outcome: Outcome, effect: str, coding: str, timing: Timing | None
) -> dict[str, Floats]:
    """Lay effects out once for all priors: it takes longer than a fit. Not to be changed."""
    known = lay_out(outcome, effect=effect, coding=coding, timing=timing)
    return {str(name): array.to_numpy() for name, array in known.items()}


def _node_counts(free: list[str], priors: dict[str, Any], setting: Setting) -> tuple[int, ...]:
    """Return how many of the quadrature's nodes each hyperparameter gets."""
    cells = len(setting.boroughs) * len(setting.years)
    counts = {}
    for name in free:
        low, high = priors[name].quantile(np.array([-1.96, 1.96]))
        counts[name] = _NODES[name][bool(low > 0 and high > _WIDE * low)]
    if cells >= _MANY_CELLS and counts.get("sd_shock") == _NODES["sd_shock"][0] and "rho" in counts:
        counts["rho"] = 1
    return tuple(counts.values())


def _effects(
    arrays: dict[str, np.ndarray],
    priors: dict[str, Any],
    contaminated: bool,
    z: Floats,
    estimated: bool,
) -> dict[str, Any]:
    """Lay out the effects' coefficients and doses."""
    treated = arrays["treated"][:, 0] == 1
    dosed = len(treated) if contaminated else int(treated.sum())
    years = arrays["treated"].shape[1]
    on = np.broadcast_to(treated[:dosed, None], (dosed, years)).astype(float)
    columns, sds, means, programme = [], [], [], []

    def add(column: np.ndarray, sd: Any, mean: float, *, is_programme: bool) -> None:
        columns.append(column)
        sds.append(sd)
        means.append(mean)
        programme.append(is_programme)

    names = ["mean_effect"] + ["comparison_effect"] * contaminated
    for name in names:
        prior = priors[name]
        if isinstance(prior, Normal):
            mean, sd = prior.mu, prior.sigma
        elif isinstance(prior, Fixed):
            mean, sd = prior.value, 0.0
        else:
            raise NotFastError(f"{name} has a prior that is neither Normal nor a number")
        is_programme = name == "mean_effect"
        add(on if is_programme else 1.0 - on, sd, mean, is_programme=is_programme)
    for group, name, is_programme in (
        ("own_effect", "sd_effect", True),
        ("free_pre_trend", "sd_pre_trend", False),
    ):
        prior = priors[name]
        if isinstance(prior, Fixed) and prior.value == 0:
            continue
        for year in np.flatnonzero(arrays[group][:dosed].any(0)):
            column = np.zeros((dosed, years))
            column[:, year] = arrays[group][:dosed, year]
            add(column, name, 0.0, is_programme=is_programme)
    nodes, weights = arrays["dose_node"][:dosed], arrays["dose_weight"][:dosed]
    lives = priors["half_life"].quantile(z) if estimated else priors["half_life"].quantile(z[:1])
    delay = getattr(priors["delay"], "value", 0.0)
    doses = np.stack(
        [
            arrays["fixed_dose"][:dosed]
            + (weights * exponential(nodes, half_life=life, delay=delay)).sum(-1)
            for life in lives
        ]
    )
    if estimated:
        table = PchipInterpolator(z, doses).c
    else:
        table = np.zeros((4, 1, *doses.shape[1:]))
        table[3, 0] = doses[0]
    return {
        "dose_table": table,
        "columns": np.stack(columns, axis=-1),
        "coefficient_sd": sds,
        "coefficient_mean": np.array(means),
        "programme": np.array(programme),
    }
