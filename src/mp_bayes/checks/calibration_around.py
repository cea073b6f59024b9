"""Truths from the posterior of a study's own data, for a calibration around these.

Data are drawn once more from each truth and fitted together with the study's own. The posterior of
both holds the truth anywhere among its draws equally often (posterior calibration: Säilynoja,
Schmitt, Bürkner and Vehtari 2025, arXiv:2502.03279): where the model is used, not all over its
priors.
"""

from typing import Any

import numpy as np

from mp_bayes.checks.simulator import Simulated, counts, estimates
from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.inference.laplace import NotFastError, structure, vouched_draws
from mp_bayes.reanalysis.grid import Analysis


def around(analysis: Analysis, priors: dict[str, Any], *, replicates: int, seed: int) -> Simulated:
    """Draw truths from the posterior, and data of both kinds together.

    Two counts with one cell's probability or rate are told by their sum, for Binomial and for
    negative Binomial counts of one dispersion; two estimates with one covariance by their mean. So
    the joint posterior is that of the same model, with totals twice as large, or half the
    covariance. (Beta-Binomial counts are told by their sum almost, not quite.)

    Parameters
    ----------
    analysis : Analysis
    priors : dict
        The study's own, from `Priors.select`.
    replicates, seed : int

    Raises
    ------
    NotFastError
        If weighted draws of the study's own posterior do not vouch for themselves.
    """
    outcome = analysis.outcome
    how: dict[str, Any] = {"effect": analysis.effect, "coding": analysis.coding}
    known = (cells if analysis.evidence == "cells" else coefficients)(outcome)
    drawn = vouched_draws(known, structure(outcome, priors, **how), seed=seed)
    if drawn is None:
        raise NotFastError("its own posterior does not vouch for itself")
    flat = drawn.posterior.stack(all=("chain", "draw")).isel(all=slice(replicates))
    truth = flat.drop_vars(["all", "chain", "draw"]).rename(all="draw").expand_dims(chain=[0])
    truth = truth.assign_coords(draw=np.arange(replicates))
    rng = np.random.default_rng(seed + 1)
    own = {
        str(name): array.to_numpy()[0]
        for name, array in truth.items()
        if array.dims == ("chain", "draw")
    }
    if analysis.evidence == "cells":
        eta = truth["eta"].isel(chain=0).transpose("borough", "year", "draw").to_numpy()
        again = counts(outcome.likelihood, known["total"].to_numpy(), eta, own, rng)
        data = known["events"].transpose("borough", "year").to_numpy()[..., None] + again
        return Simulated(truth, known.assign(total=2 * known["total"]), data)
    contrast = truth["contrast"].isel(chain=0).transpose("year", "draw").to_numpy()
    data = (known["estimate"].to_numpy()[:, None] + estimates(known, contrast, rng)) / 2
    half = {"covariance": known["covariance"] / 2, "se": known["se"] / np.sqrt(2)}
    return Simulated(truth, known.assign(half), data)
