"""What a model knows before it sees data: doses by borough and year, priors as tables of numbers.

Shared by the sampled models and the fast posterior, and quick to import.
"""

from typing import Any

import numpy as np
import xarray as xr
from scipy.interpolate import PchipInterpolator

from mp_bayes.embedding import dose, exposure_nodes, immediate
from mp_bayes.errors import InputError
from mp_bayes.studies.study import CODINGS, EFFECTS, Outcome
from mp_bayes.studies.timing import Timing

# Quantile functions are tabulated at standard normal z from -8 to 8 and interpolated by a
# monotone cubic: smooth enough for Hamiltonian dynamics, and within 1e-4 of the exact quantiles.
Z_LIMIT = 8.0
Z_INTERVALS = 160
Z_STEP = 2 * Z_LIMIT / Z_INTERVALS
# The limits of both distributions (Binomial, Poisson) are reached closely enough here, while
# larger precisions would lose digits in the log-gamma function.
SMALLEST_EXCESS = 1e-4
# What is left of a dose of 0 after a quadrature.
TINY = 1e-9


def quantile_table(priors: list[Any]) -> np.ndarray:
    """Return the cubic coefficients of each prior's quantile function.

    A parameter is written as its prior's quantile at Phi(z) with z standard normal. That makes a
    prior a row of numbers: any distribution, or a fixed number (a flat row), fits the same model.

    Returns
    -------
    ndarray, dims (parameter, interval, 4)
        Coefficients of t**3, t**2, t and 1, with t the distance from the interval's start.
    """
    z = np.linspace(-Z_LIMIT, Z_LIMIT, Z_INTERVALS + 1)
    return np.stack([PchipInterpolator(z, prior.quantile(z)).c.T for prior in priors])


def lay_out(
    outcome: Outcome, *, effect: str, coding: str = "dosed", timing: Timing | None = None
) -> xr.Dataset:
    """Work out which borough-years may have which effect, before a model sees data.

    Parameters
    ----------
    outcome : Outcome
    effect : {"yearly", "constant", "embedding"}
    coding : {"dosed", "published"}
        Of yearly effects. Dosed: every year's effect is its own times the dose that the year would
        have under immediate embedding, so a half exposed year has half an effect. Published: years
        that begin at or after the onset have an effect, and years before it none, as in the
        report's regressions.
    timing : Timing, optional
        Onsets of all treated, and of all comparison boroughs; the study's own unless given.

    Returns
    -------
    xarray.Dataset
        With dims (borough, year): `treated` and `reference` (1 or 0); `fixed_dose`, the dose where
        it does not depend on parameters; `own_effect`, by which a treated year's departure from
        the mean effect is multiplied; `free_pre_trend`, 1 in treated years without a dose to which
        `sd_pre_trend` applies. With dims (borough, year, node): `dose_node`, years since the onset,
        and `dose_weight`, 0 unless the dose follows the embedding curve.

    Raises
    ------
    InputError
        If `effect` is not one of `EFFECTS`, or `coding` not one of `CODINGS`.

    References
    ----------
    2020 report, Appendix 4, equations (1) and (2): the published coding.
    """
    if effect not in EFFECTS:
        raise InputError(f"unknown effect structure '{effect}': choose one of {', '.join(EFFECTS)}")
    if coding not in CODINGS:
        raise InputError(f"unknown coding '{coding}': choose one of {', '.join(CODINGS)}")
    study = outcome.study
    starts = study.bin_starts
    onsets = study.onsets if timing is None else [timing.treated_onset] * len(study.onsets)
    other = None if timing is None else timing.comparison_onset
    rows: dict[tuple[float, float | None], xr.Dataset] = {}
    kinds = [
        *((1.0, onset) for onset in onsets),
        *((0.0, other) for _ in study.comparison_boroughs),
    ]
    for treated, onset in dict.fromkeys(kinds):
        # A borough without a programme has nodes like the others, but no weight on them.
        present = float(onset is not None)
        since = study.onset if onset is None else onset
        post = starts >= since - 1e-9
        nodes, weights = exposure_nodes(starts, onset=since, window=outcome.window)
        step = dose(immediate, starts, onset=since, window=outcome.window)
        # By quadrature, a year without exposure may have a dose of 1e-17.
        by_year = treated * (post if coding == "published" else np.where(step > TINY, step, 0.0))
        fixed = {
            "yearly": by_year,
            "constant": step * present,
            "embedding": np.zeros(starts.size),
        }[effect]
        yearly = effect == "yearly"
        rows[treated, onset] = xr.Dataset(
            {
                "treated": ("year", np.full(starts.size, treated)),
                "reference": ("year", study.reference * 1.0),
                "fixed_dose": ("year", fixed),
                "own_effect": ("year", yearly * by_year),
                "free_pre_trend": ("year", yearly * treated * ((by_year == 0) & ~study.reference)),
                "dose_node": (("year", "node"), nodes),
                "dose_weight": (("year", "node"), weights * present * (effect == "embedding")),
            },
            coords={"year": list(study.years)},
        )
    each = xr.concat(list(rows.values()), "borough")
    places = [list(rows).index(kind) for kind in kinds]
    return each.isel(borough=places).assign_coords(borough=list(study.boroughs))
