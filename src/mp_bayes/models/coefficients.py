"""The model of the published, covariate-adjusted interactions."""

from typing import Any

import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from mp_bayes.embedding.doses import lay_out
from mp_bayes.evidence.arrays import whitening
from mp_bayes.models import predictor
from mp_bayes.studies.study import Outcome, Timing


def steering(design: xr.Dataset, data: xr.Dataset) -> xr.Dataset:
    """Add to a design what helps `predictor.shocks` to sample: rough estimates by borough.

    A contrast does not tell which borough moved; half of it, with opposite signs and twice the
    precision, is near enough. The posterior does not depend on it.
    """
    sign = design["treated"] - 0.5
    precision = (2 / data["se"] ** 2).broadcast_like(sign)
    return design.assign(estimate=sign * data["estimate"], precision=precision)


def coefficients_model(
    outcome: Outcome,
    data: xr.Dataset,
    priors: dict[str, Any],
    *,
    effect: str,
    coding: str = "dosed",
    timing: Timing | None = None,
    shape: str = "normal",
) -> pm.Model:
    """Build the model of the published interactions of one outcome.

    An interaction is the contrast of eta between boroughs (several are averaged by their totals)
    and between a year and the reference year. Levels and common years cancel in it, so only shocks
    and effects are left. The estimates are multivariate normal around their contrasts with the
    covariance in `data`.

    Parameters, returns and errors as in `cells_model`, with data from
    `mp_bayes.evidence.arrays.coefficients`; `contrast` (year) is in log-odds or log-rates.

    References
    ----------
    2020 report, Tables 9-11 (logit), 15 and 16 (quasi-Poisson).
    """
    design = lay_out(outcome, effect=effect, coding=coding, timing=timing)
    coords = {"borough": list(outcome.setting.boroughs), "year": list(outcome.setting.years)}
    weight = whitening(data)
    with pm.Model(coords=coords) as model:
        # Exposure is not in the likelihood; it turns log-rates into events per 100 child-years.
        own = ["exposure"] if outcome.likelihood == "nb1" else []
        parameters = predictor.scalar_parameters(
            predictor.shaped(priors, shape), predictor.MOVEMENT + own
        )
        known = predictor.declare(steering(design, data))
        rest = predictor.programme_effect(known, parameters) + predictor.pre_trends(
            known, parameters
        )
        moved = rest + predictor.shocks(
            parameters["sd_shock"],
            parameters["rho"],
            rest=rest,
            estimate=known["estimate"],
            precision=known["precision"],
            log_density=predictor.innovations(parameters["nu"]),
        )
        pooling = pm.Data("pooling", data["pooling"].to_numpy(), dims="borough")
        apart = (pooling[:, None] * moved).sum(0)
        contrast = pm.Deterministic(
            "contrast", apart - (apart * known["reference"][0]).sum(), dims="year"
        )
        weights = pm.Data("whitening", weight)
        estimate = pm.Data("estimate", weight @ data["estimate"].to_numpy(), dims="year")
        pm.Normal(
            "observed_estimate",
            mu=pt.dot(weights, contrast),
            sigma=1.0,
            observed=estimate,
            dims="year",
        )
    return model
