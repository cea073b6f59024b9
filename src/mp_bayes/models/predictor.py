"""The linear predictor that every model shares, written once.

    eta[borough, year] = level[borough] + year_effect[year] + shock[borough, year]
                         + effect[borough, year]

Everything that a user may change without changing the model's structure (evidence, priors,
doses, which years may have an effect) enters as `pm.Data`, so one compilation serves them all.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from mp_bayes.embedding import exponential
from mp_bayes.names import check
from mp_bayes.priors.distributions import Fixed
from mp_bayes.priors.quantiles import Z_INTERVALS, Z_LIMIT, Z_STEP, quantile_table
from mp_bayes.studies.study import SHAPES

# Keeps powers of rho, and their gradients, finite at 0 and 1.
RHO_MARGIN = 1e-6


def scalar_parameters(priors: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Declare scalar parameters in the current model, each with its prior.

    Parameters
    ----------
    priors : dict
        As from `Priors.select`.
    names : list of str
        Which of them the model needs.

    Returns
    -------
    dict of PyTensor scalars
    """
    pm.modelcontext(None).add_coord("parameter", names)
    table = pm.Data("prior_quantiles", quantile_table([priors[name] for name in names]))
    z = pm.Normal("z", 0.0, 1.0, dims="parameter")
    position = pt.clip((z + Z_LIMIT) / Z_STEP, 0.0, Z_INTERVALS - 1e-9)
    interval = pt.floor(position)
    t = (position - interval) * Z_STEP
    c = table[np.arange(len(names)), interval.astype("int64")]
    value = ((c[:, 0] * t + c[:, 1]) * t + c[:, 2]) * t + c[:, 3]
    return {name: pm.Deterministic(name, value[i]) for i, name in enumerate(names)}


def shocks(
    sd_shock: Any,
    rho: Any,
    *,
    rest: Any,
    estimate: Any,
    precision: Any,
    log_density: Callable[[Any], Any] = lambda x: -0.5 * x**2,
) -> Any:
    """Declare stationary AR(1) shocks, dims (borough, year), in log-odds or log-rates.

    Their SD is `sd_shock` in every year; `rho` 0 makes the years independent.

    How they are written decides how well they sample. Cells of a thousand referrals pin down
    the sum of shock and the rest of the predictor, whatever `sd_shock` is, so neither the centred
    nor the non-centred form suits all its values. Here a shock is what its cell leaves over, shrunk
    as a normal likelihood would shrink it, plus AR(1) noise scaled to match: a change of variables
    with its Jacobian, exact for any `estimate` and `precision`. The model is the same; only
    `pm.sample_prior_predictive`, which does not see the Jacobian, cannot be used.

    Parameters
    ----------
    sd_shock : PyTensor scalar
        Or matrix, dims (borough, 1), if each borough has its own.
    rho : PyTensor scalar
    rest : PyTensor matrix, dims (borough, year)
        The linear predictor without shocks.
    estimate, precision : PyTensor matrices, dims (borough, year)
        Each cell's own estimate of the predictor and the inverse of its sampling variance; with
        precision 0 this is the plain non-centred form.
    log_density : callable
        Of the AR(1)'s innovations in units of their scale, up to a constant: standard normal
        unless given.
    """
    years = len(pm.modelcontext(None).coords["year"])
    lag = np.subtract.outer(np.arange(years), np.arange(years))
    first = np.arange(years) == 0
    rho = pt.clip(rho, RHO_MARGIN, 1 - RHO_MARGIN)
    move = pt.sqrt(1 - rho**2)
    step = pt.where(first, 1.0, move)
    ar1 = pt.exp(pt.log(rho) * np.maximum(lag, 0)) * (lag >= 0) * step
    z = pm.Normal("z_shock", 0.0, 1.0, dims=("borough", "year"))
    noise = pt.dot(z, ar1.T)
    # By the innovations' variance: near rho = 1 a cell says less about its own year's shock.
    weight = sd_shock * move**2 * precision
    signal = 1 + sd_shock * weight
    # In units of sd_shock; the innovations of these are standard normal in the model.
    unit = weight / signal * (estimate - rest) + noise / pt.sqrt(signal)
    innovation = (unit[:, 1:] - rho * unit[:, :-1]) / move
    density = log_density(unit[:, 0]).sum() + log_density(innovation).sum()
    pm.Potential("shock_density", density + 0.5 * ((z**2).sum() - pt.log(signal).sum()))
    return pm.Deterministic("shock", sd_shock * unit, dims=("borough", "year"))


# Degrees of freedom at which a Student t's log density is a normal's to 1e-4 within five SDs. Both
# shapes are then one model, which is compiled once.
_NORMAL = 1e6


def shaped(priors: dict[str, Any], shape: str) -> dict[str, Any]:
    """Return priors in which the innovations' degrees of freedom `nu` fit their shape.

    Raises
    ------
    InputError
        If the shape is unknown; the message names those there are.
    """
    check("shape of shocks", shape, SHAPES)
    return priors if shape == "student" else priors | {"nu": Fixed(value=_NORMAL)}


def innovations(nu: Any) -> Callable[[Any], Any]:
    """Return the log density of Student t innovations with so many degrees of freedom.

    They are scaled to the variance of normal ones, so that `sd_shock` keeps its meaning.
    """
    scale = pt.sqrt((nu - 2) / nu)
    return lambda x: pm.logp(pm.StudentT.dist(nu, sigma=scale), x)


def declare(design: xr.Dataset) -> dict[str, Any]:
    """Declare a design in the current model and return its variables by name.

    They go in as two arrays, by (borough, year) and by (borough, year, node): compiling takes
    half a second more for each separate one.
    """
    known = {}
    by_node = [name for name in design if "node" in design[name].dims]
    for label, names in (
        ("design", [name for name in design if name not in by_node]),
        ("dose_quadrature", by_node),
    ):
        array = pm.Data(label, design[names].to_dataarray().to_numpy())
        known.update({str(name): array[i] for i, name in enumerate(names)})
    return known


def programme_effect(known: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """Declare the programme's effect, dims (borough, year).

    It is the dose times `mean_effect`; under `yearly` each year has an effect of its own, which
    scatters around `mean_effect` with SD `sd_effect`, times the dose.
    """
    curve = exponential(
        known["dose_node"], half_life=parameters["half_life"], delay=parameters["delay"]
    )
    dose_by_curve = (known["dose_weight"] * curve).sum(-1)
    amount = pm.Deterministic("dose", known["fixed_dose"] + dose_by_curve, dims=("borough", "year"))
    full = parameters["mean_effect"] * known["treated"] + parameters["comparison_effect"] * (
        1 - known["treated"]
    )
    z = pm.Normal("z_effect", 0.0, 1.0, dims="year")
    scatter = parameters["sd_effect"] * z * known["own_effect"]
    return pm.Deterministic("effect", full * amount + scatter, dims=("borough", "year"))


def pre_trends(known: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """Return the treated borough's free departures before the onset, dims (borough, year)."""
    z = pm.Normal("z_pre_trend", 0.0, 1.0, dims="year")
    return parameters["sd_pre_trend"] * z * known["free_pre_trend"]


#: Parameters of the programme's effect and of borough-by-year movement.
MOVEMENT = [
    "sd_shock",
    "rho",
    "nu",
    "sd_pre_trend",
    "mean_effect",
    "sd_effect",
    "comparison_effect",
    "half_life",
    "delay",
]


def levels_and_years(known: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """Declare borough levels and the years' common movement, dims (borough, year)."""
    z_level = pm.Normal("z_level", 0.0, 1.0, dims="borough")
    z_year = pm.Normal("z_year", 0.0, 1.0, dims="year")
    level = pm.Deterministic(
        "level", parameters["level_mean"] + parameters["sd_borough"] * z_level, dims="borough"
    )
    year = pm.Deterministic(
        "year_effect", parameters["sd_year"] * z_year * (1 - known["reference"][0]), dims="year"
    )
    return level[:, None] + year[None, :]


#: Parameters of levels and years.
LEVELS = ["level_mean", "sd_borough", "sd_year"]
