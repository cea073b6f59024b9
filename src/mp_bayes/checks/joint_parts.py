"""One outcome of the joint model: its cells, coefficients and what is asked of them."""

from dataclasses import dataclass, replace

import numpy as np

from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import structure
from mp_bayes.inference.laplace.nested import integrate
from mp_bayes.inference.laplace.structure import Structure
from mp_bayes.priors import Priors
from mp_bayes.studies.study import Outcome

#: Draws of the hyperparameters; the Monte Carlo error of a mean is about 0.02 posterior SDs.
DRAWS = 2000
#: Added to correlations and covariances, so that a root exists.
JITTER = 1e-9


@dataclass(frozen=True)
class Part:
    """One outcome's Gaussian model at draws of its hyperparameters; batch last.

    Attributes
    ----------
    outcome : Outcome
    where : ndarray of int, dims (2, cell)
        Borough and year of every observed cell, by place.
    data, variance : ndarray, dims (cell, draw)
        Pseudo-data less the level's prior mean, and their sampling variance.
    events, total : ndarray, dims (cell,)
        As observed.
    design : ndarray, dims (cell, coefficient)
        Common years, then effects.
    prior_sd : ndarray, dims (coefficient, draw)
    prior_mean : ndarray, dims (coefficient, draw)
    own : ndarray, dims (year, year, draw)
        Covariance of level and shocks within a borough.
    sd_shock, rho : ndarray, dims (draw,)
    targets : ndarray, dims (target, coefficient)
        The average effect over the post-years, then each post-year's, as combinations of
        coefficients.
    before : ndarray, dims (draw, target)
        Draws of the targets from the priors: what would be said without data.
    """

    outcome: Outcome
    where: np.ndarray
    data: np.ndarray
    variance: np.ndarray
    events: np.ndarray
    total: np.ndarray
    design: np.ndarray
    prior_sd: np.ndarray
    prior_mean: np.ndarray
    own: np.ndarray
    sd_shock: np.ndarray
    rho: np.ndarray
    targets: np.ndarray
    before: np.ndarray

    @property
    def boroughs(self) -> np.ndarray:
        """The borough of every cell, by name."""
        return np.asarray(np.array(self.outcome.setting.boroughs)[self.where[0]])

    @property
    def begins(self) -> np.ndarray:
        """When the year of every cell begins, as a decimal calendar year."""
        return np.asarray(self.outcome.setting.bin_starts[self.where[1]])

    def root(self, begins: np.ndarray) -> np.ndarray:
        """Return a lower triangular root of the shocks' covariance, dims (draw, year, year).

        Of years that begin then, whether or not this outcome has them.
        """
        lag = np.abs(np.subtract.outer(begins, begins))
        powers = self.rho[:, None, None] ** lag + JITTER * np.eye(begins.size)
        return self.sd_shock[:, None, None] * np.linalg.cholesky(powers)

    def at(self, draws: slice) -> "Part":
        """Return the same at some of the draws."""
        names = ("data", "variance", "prior_sd", "prior_mean", "own", "sd_shock", "rho")
        return replace(self, **{name: getattr(self, name)[..., draws] for name in names})


def part_of(outcome: Outcome, priors: Priors, seed: int) -> Part:
    """Lay out one outcome at draws of its separate posterior's hyperparameters."""
    built = structure(outcome, priors.select(outcome, shock="national"), effect="yearly")
    data = cells(outcome).transpose("borough", "year")
    events, total = (data[name].to_numpy().astype(float) for name in ("events", "total"))
    grid = integrate(built, events[..., None], total[..., None])
    rng = np.random.default_rng([seed, len(outcome.name), *outcome.name.encode()])
    nodes = rng.choice(grid.weight.shape[1], size=DRAWS, p=grid.weight[0])
    z = grid.z[:, 0, nodes]
    prior, values = built.prior(z), built.values(z)
    targets = _targets(built, total)
    boroughs, years = np.nonzero(total > 0)
    return Part(
        outcome,
        np.array([boroughs, years]),
        grid.posterior.estimate[boroughs, years][:, nodes] - prior.mean,
        grid.posterior.variance[boroughs, years][:, nodes],
        events[boroughs, years],
        total[boroughs, years],
        _design(built, boroughs, years),
        prior.coefficient_precision**-0.5,
        prior.coefficient_mean,
        prior.covariance,
        values["sd_shock"],
        values["rho"],
        targets,
        _before(built, targets, rng),
    )


def _design(built: Structure, boroughs: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Return what each coefficient adds to each observed cell."""
    effects = built.prior(np.zeros((len(built.free), 1))).design[..., 0]
    common = (years[:, None] == built.free_years).astype(float)
    own = np.zeros((years.size, effects.shape[-1]))
    dosed = boroughs < len(effects)
    own[dosed] = effects[boroughs[dosed], years[dosed]]
    return np.hstack([common, own])


def _targets(built: Structure, total: np.ndarray) -> np.ndarray:
    """Return average and yearly effects as combinations of coefficients, by cases exposed."""
    setting = built.outcome.setting
    effects = built.prior(np.zeros((len(built.free), 1))).design[..., 0] * built.programme
    count = len(setting.treated_boroughs)
    exposed = total[:count] * (setting.treated_post & built.outcome.observed)
    years = [setting.years.index(year) for year in built.outcome.post_years]
    weights = [exposed, *(exposed * (np.arange(len(setting.years)) == year) for year in years)]
    along = [np.einsum("bt,btj->j", weight / weight.sum(), effects[:count]) for weight in weights]
    return np.pad(along, ((0, 0), (built.free_years.size, 0)))


def _before(built: Structure, targets: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw targets from their priors, hyperparameters drawn anew; dims (draw, target)."""
    prior = built.prior(rng.standard_normal((len(built.free), 10 * DRAWS)))
    sd = prior.coefficient_precision**-0.5
    drawn = prior.coefficient_mean + sd * rng.standard_normal(sd.shape)
    return np.asarray((targets @ drawn).T)
