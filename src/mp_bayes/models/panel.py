"""How much authorities move from year to year on their own: the panel's hierarchical model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr

from mp_bayes.models import predictor
from mp_bayes.names import check
from mp_bayes.priors.distributions import HalfNormal, LogNormal, Normal, Uniform
from mp_bayes.studies.study import SHAPES

# Weak on the logit scale; hundreds of authority-years speak louder. LogNormal, so that no SD is
# thought to be 0: not the years' either, whose SD more than a hundred authorities tell together.
# tau_shock may be 0 (all authorities alike); at 0.5 one authority in twenty has more than 2.7 times
# or less than 0.38 times the median authority's SD, and at 1, its 95% point, 7 times or 0.14 times.
PRIORS: dict[str, Any] = {
    "level_mean": Normal(distribution="Normal", mu=-2.0, sigma=1.5),
    "sd_borough": LogNormal(distribution="LogNormal", median=0.4, sigma=0.8),
    "sd_year": LogNormal(distribution="LogNormal", median=0.1, sigma=1.0),
    "sd_shock": LogNormal(distribution="LogNormal", median=0.2, sigma=1.0),
    "tau_shock": HalfNormal(distribution="HalfNormal", sigma=0.5),
    "rho": Uniform(distribution="Uniform", lower=0.0, upper=1.0),
}


def panel_model(data: xr.Dataset, *, shock: str = "normal") -> pm.Model:
    """Build the model of one measure: eta = level + year + AR(1) shock, Binomial cells.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.evidence.official.read.read_measure`. A suppressed count adds the probability
        of its interval; a cell without data adds nothing.
    shock : {"normal", "student"}
        Shape of the shocks' innovations. With `student`, an authority's SD is the scale of a
        Student t whose degrees of freedom, `nu`, are estimated.

    Returns
    -------
    pymc.Model
        Variables `eta` and `shock` (borough, year), in log-odds; `level`, `year_effect`;
        `sd_by_borough` (borough), whose logarithms are Normal(log sd_shock, tau_shock), so that
        `sd_shock` is the median authority's; and `rho`, `sd_borough`, `sd_year`, `level_mean`.

    Raises
    ------
    InputError
        If the shape is unknown.
    """
    check("shape of shocks", shock, SHAPES)
    cells = Cells.of(data)
    coords = {"borough": list(data["authority"].values), "year": list(data["year"].values)}
    with pm.Model(coords=coords) as model:
        parameters = predictor.scalar_parameters(PRIORS, list(PRIORS))
        # The first year is the reference.
        reference = (np.arange(data.sizes["year"]) == 0)[None].astype(float)
        rest = predictor.levels_and_years({"reference": reference}, parameters)
        heavy = {}
        if shock == "student":
            nu = pm.Gamma("nu", 2.0, 0.1)
            heavy["log_density"] = lambda x: pm.logp(pm.StudentT.dist(nu), x)
        z_sd = pm.Normal("z_sd", 0.0, 1.0, dims="borough")
        sd = parameters["sd_shock"] * pt.exp(parameters["tau_shock"] * z_sd)
        pm.Deterministic("sd_by_borough", sd, dims="borough")
        moves = predictor.shocks(
            sd[:, None],
            parameters["rho"],
            rest=rest,
            estimate=pm.Data("estimate", cells.estimate),
            precision=pm.Data("precision", cells.precision),
            **heavy,
        )
        eta = pm.Deterministic("eta", rest + moves, dims=("borough", "year"))
        # Binomial, written out: all that differs between measures is data, so one compilation
        # serves panels of one size.
        known = np.where(cells.exact, (cells.low, cells.total), 0)
        counts = pm.Data("counts", known.astype(float))
        log_likelihood = counts[0] * eta - counts[1] * pt.softplus(eta)
        pm.Potential("observed_events", log_likelihood.sum())
        if cells.interval.any():
            where = pm.Data("suppressed", np.argwhere(cells.interval))
            bounds = pm.Data("bounds", cells.bounds.astype(float))
            p = pt.sigmoid(eta[where[:, 0], where[:, 1]])
            widest = int((cells.high - cells.low).max()) + 1
            within = _log_interval(p, *(bounds[i] for i in range(3)), widest=widest)
            pm.Potential("suppressed_events", within.sum())
    return model


@dataclass(frozen=True)
class Cells:
    """A measure's counts as the likelihood needs them, dims (borough, year)."""

    total: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, data: xr.Dataset) -> "Cells":
        """Take the counts out of a data set."""
        names = ("total", "low", "high")
        return cls(*(data[name].transpose("authority", "year").to_numpy() for name in names))

    @property
    def exact(self) -> np.ndarray:
        """Cells whose count is known."""
        return np.asarray((self.total > 0) & (self.low == self.high))

    @property
    def interval(self) -> np.ndarray:
        """Cells whose count is suppressed or rounded."""
        return np.asarray((self.total > 0) & (self.low < self.high))

    @property
    def estimate(self) -> np.ndarray:
        """Each cell's own log-odds; 0 without data."""
        middle = (self.low + self.high) / 2
        odds = (middle + 0.5) / (self.total - middle + 0.5)
        return np.asarray(np.where(self.total > 0, np.log(odds), 0.0))

    @property
    def precision(self) -> np.ndarray:
        """Inverse sampling variance of the estimate; 0 without data, or where it is suppressed."""
        variance = 1 / (self.low + 0.5) + 1 / (self.total - self.low + 0.5)
        told = self.exact | (self.interval & (self.low > self.high - self.low))
        return np.asarray(np.where(told, 1 / variance, 0.0))

    @property
    def bounds(self) -> np.ndarray:
        """Low, high and total of the suppressed cells, dims (3, cell)."""
        return np.stack([array[self.interval] for array in (self.low, self.high, self.total)])


def _log_interval(p: Any, low: Any, high: Any, size: Any, *, widest: int) -> Any:
    """Return the log probability that a Binomial count lies between low and high."""
    counts = low + np.arange(float(widest))[:, None]
    possible = counts <= high
    counts = pt.minimum(counts, size)
    choose = pt.gammaln(size + 1) - pt.gammaln(counts + 1) - pt.gammaln(size - counts + 1)
    log_p = choose + counts * pt.log(p) + (size - counts) * pt.log1p(-p)
    return pt.logsumexp(pt.where(possible, log_p, -np.inf), axis=0)
