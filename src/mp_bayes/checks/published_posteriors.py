"""Posteriors that others published, of models that this project's contain as special cases."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

#: Cases.
SCHOOLS, SURGERY = "eight_schools", "surgery"

#: Effect of coaching on a test's points in each of eight schools, with its standard error (Rubin
#: 1981, Estimation in parallel randomized experiments, doi:10.3102/10769986006004377).
COACHING: Final = (
    (28.0, 15.0),
    (8.0, 10.0),
    (-3.0, 16.0),
    (7.0, 11.0),
    (-1.0, 9.0),
    (1.0, 11.0),
    (18.0, 10.0),
    (12.0, 18.0),
)
#: Deaths among operations on babies' hearts in each of twelve hospitals (the same source as their
#: posterior, below).
OPERATIONS: Final = (
    (0, 47),
    (18, 148),
    (8, 119),
    (46, 810),
    (8, 211),
    (13, 196),
    (9, 148),
    (31, 215),
    (14, 207),
    (8, 97),
    (29, 256),
    (24, 360),
)
SOURCES: Final = {
    SCHOOLS: (
        "posteriordb, reference posterior eight_schools-eight_schools_noncentered "
        "(stan-dev/posteriordb, reference_posteriors/summary_statistics/mean_value)"
    ),
    SURGERY: (
        "MultiBUGS, documentation, example Surgical: Institutional ranking, results for the random "
        "effects model, 20,000 draws; another run of it, in another version, differs by its Monte "
        "Carlo errors"
    ),
}

#: So many Monte Carlo errors may ours lie from theirs. By the union bound chance alone would part
#: any of the 56 pairs in one of 280 pairs of runs, theirs and ours.
ERRORS = 4.0
#: Columns of our own numbers.
OURS: Final = ("ours", "ours_mcse")
#: A statistic that is no quantile.
MEAN: Final = "mean"


@dataclass(frozen=True)
class Reference:
    """One number of a published posterior.

    Attributes
    ----------
    case, quantity : str
    statistic : {"mean", "2.5%", "97.5%"}
    value, mcse : float
        With its Monte Carlo error, as published; of a quantile, worked out from the published SD
        and effective number of draws, and from the density there.
    """

    case: str
    quantity: str
    statistic: str
    value: float
    mcse: float


_SCHOOLS = (
    ("school 1", 6.15050229334425, 0.0557375282295219),
    ("school 2", 4.9395811407422, 0.0462293788624847),
    ("school 3", 3.90590609001582, 0.0542313705632124),
    ("school 4", 4.79601675138494, 0.0474935816762281),
    ("school 5", 3.6144363246799, 0.0461450610244603),
    ("school 6", 4.0511475789675, 0.0485195392528031),
    ("school 7", 6.31716975886893, 0.0498766794075794),
    ("school 8", 4.88399694353288, 0.0542511606560972),
    ("mean over schools", 4.41051833695493, 0.0330374705950917),
    ("SD over schools", 3.60205952364059, 0.0318615135640706),
)
_SURGERY = (
    ("hospital A", 0.05308, 2.53e-4),
    ("hospital B", 0.1031, 2.241e-4),
    ("hospital C", 0.07078, 1.333e-4),
    ("hospital D", 0.05926, 7.644e-5),
    ("hospital E", 0.05159, 1.73e-4),
    ("hospital F", 0.06916, 1.109e-4),
    ("hospital G", 0.06676, 1.244e-4),
    ("hospital H", 0.1234, 2.89e-4),
    ("hospital I", 0.06989, 1.136e-4),
    ("hospital J", 0.07834, 1.668e-4),
    ("hospital K", 0.1021, 1.768e-4),
    ("hospital L", 0.06847, 9.305e-5),
    ("mean over hospitals, log-odds", -2.556, 0.001469),
    ("SD over hospitals, log-odds", 0.4049, 0.00284),
)
#: Quantity, quantile, value, SD, effective number of draws, and the quantile's Monte Carlo error in
#: SDs over the root of that number: sqrt(0.025 x 0.975) over the density there, by integration.
_SURGERY_QUANTILES = (
    ("mean over hospitals, log-odds", "2.5%", -2.877, 0.1519, 10686, 3.90),
    ("mean over hospitals, log-odds", "97.5%", -2.274, 0.1519, 10686, 2.90),
    ("SD over hospitals, log-odds", "2.5%", 0.1628, 0.1597, 3160, 1.76),
    ("SD over hospitals, log-odds", "97.5%", 0.7838, 0.1597, 3160, 5.07),
)

REFERENCES: Final = (
    *(Reference(SCHOOLS, name, MEAN, value, mcse) for name, value, mcse in _SCHOOLS),
    *(Reference(SURGERY, name, MEAN, value, mcse) for name, value, mcse in _SURGERY),
    *(
        Reference(SURGERY, name, statistic, value, factor * sd / ess**0.5)
        for name, statistic, value, sd, ess, factor in _SURGERY_QUANTILES
    ),
)


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return ours beside what is published now: differences, tolerances and verdicts anew.

    Raises
    ------
    ValueError
        If ours are not of the same quantities.
    """
    names = ["case", "quantity", "statistic"]
    ours = table[[*names, "engine", *OURS, "converged"]]
    published = pd.DataFrame(REFERENCES).rename(
        columns={"value": "published", "mcse": "published_mcse"}
    )
    both = ours.merge(published, on=names, how="inner", validate="many_to_one")
    if len(both) != len(ours) or len(both) != ours["engine"].nunique() * len(published):
        raise ValueError("the table and the published numbers are not of the same quantities")
    both["difference"] = (both["ours"] - both["published"]).abs()
    both["tolerance"] = ERRORS * np.hypot(both["ours_mcse"], both["published_mcse"])
    both["agrees"] = both["converged"] & both["difference"].le(both["tolerance"])
    return both.assign(source=both["case"].map(SOURCES))
