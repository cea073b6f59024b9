"""The model of published totals: one cell per borough and year."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from mp_bayes.embedding.doses import lay_out
from mp_bayes.models import predictor
from mp_bayes.priors.quantiles import SMALLEST_EXCESS
from mp_bayes.studies.study import Outcome, Timing


def cell_estimates(outcome: Outcome, data: xr.Dataset) -> tuple[xr.DataArray, xr.DataArray]:
    """Return each cell's own log-odds or log-rate, and roughly the inverse of its variance.

    They only steer the sampler (see `predictor.shocks`), so half an event is added against empty
    cells, and a log-rate is per case. Dims (borough, year); precision 0 in a year without data.
    """
    events, total = data["events"] + 0.5, data["total"] + 1.0
    if outcome.likelihood == "binomial":
        estimate = xr.apply_ufunc(np.log, events / (total - events))
        precision = events * (total - events) / total
    else:
        estimate, precision = xr.apply_ufunc(np.log, events / total), events
    return estimate, precision.where(data["total"] > 0, 0.0)


def cells_model(
    outcome: Outcome,
    data: xr.Dataset,
    priors: dict[str, Any],
    *,
    effect: str,
    coding: str = "dosed",
    timing: Timing | None = None,
    shape: str = "normal",
) -> pm.Model:
    """Build the model of the published totals of one outcome.

    Binary outcomes are Beta-Binomial. Several referrals of one child share its luck; that
    widens a cell's variance by `design_effect`, and an intra-cell correlation of
    (design_effect - 1) / (total - 1) does just this. It was preferred to an effective
    sample size because it is a distribution of the counts themselves, so they can be predicted
    and simulated. Counts are NB1: variance = (1 + dispersion_excess) x mean.

    Parameters
    ----------
    outcome : Outcome
    data : xarray.Dataset
        Its counts, from `mp_bayes.evidence.arrays.cells`.
    priors : dict
        From `Priors.select`.
    effect : {"yearly", "constant", "embedding"}
    coding : {"dosed", "published"}
        Of yearly effects; see `mp_bayes.embedding.doses.lay_out`.
    timing : Timing, optional
        Onsets; the study's own unless given.
    shape : {"normal", "student"}
        Of the shocks' innovations; see `predictor.shaped`.

    Returns
    -------
    pymc.Model
        Variables `level` (borough), `year_effect` (year), `shock`, `effect`, `dose` and `eta`
        (borough, year), in log-odds or log-rates per child-year, and each
        scalar parameter by name.

    Raises
    ------
    InputError
        If the effect structure, coding or shape is unknown.

    References
    ----------
    2020 report, Tables 8 and 13: the totals; Tables 9-11, 15 and 16: the standard errors from which
    design effect and dispersion come.
    """
    design = lay_out(outcome, effect=effect, coding=coding, timing=timing)
    own = (
        ["design_effect"] if outcome.likelihood == "binomial" else ["dispersion_excess", "exposure"]
    )
    coords = {"borough": list(outcome.setting.boroughs), "year": list(outcome.setting.years)}
    with pm.Model(coords=coords) as model:
        parameters = predictor.scalar_parameters(
            predictor.shaped(priors, shape), predictor.LEVELS + predictor.MOVEMENT + own
        )
        estimate, precision = cell_estimates(outcome, data)
        known = predictor.declare(
            design.assign(total=data["total"].astype(float), estimate=estimate, precision=precision)
        )
        rest = (
            predictor.levels_and_years(known, parameters)
            + predictor.programme_effect(known, parameters)
            + predictor.pre_trends(known, parameters)
        )
        shock = predictor.shocks(
            parameters["sd_shock"],
            parameters["rho"],
            rest=rest,
            estimate=known["estimate"],
            precision=known["precision"],
            log_density=predictor.innovations(parameters["nu"]),
        )
        eta = pm.Deterministic("eta", rest + shock, dims=("borough", "year"))
        total = known["total"]
        events = pm.Data("events", data["events"].to_numpy(), dims=("borough", "year"))
        if outcome.likelihood == "binomial":
            excess = pt.maximum(parameters["design_effect"] - 1, SMALLEST_EXCESS)
            # A cell of one referral, or none, has no room for correlation: any precision serves.
            precision = pt.maximum((total - 1 - excess) / excess, 1.0)
            # A year without data says nothing, but under flat priors its predictor strays so far
            # that the log-gamma function loses its digits.
            p = pm.math.sigmoid(pt.switch(total > 0, eta, 0.0))
            pm.BetaBinomial(
                "observed_events",
                alpha=p * precision,
                beta=(1 - p) * precision,
                n=total.astype("int64"),
                observed=events,
                dims=("borough", "year"),
            )
        else:
            mean = total * parameters["exposure"] * pt.exp(eta)
            excess = pt.maximum(parameters["dispersion_excess"], SMALLEST_EXCESS)
            pm.NegativeBinomial(
                "observed_events",
                mu=mean,
                alpha=mean / excess,
                observed=events,
                dims=("borough", "year"),
            )
    return model
