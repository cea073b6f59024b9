"""Boroughs that are alike in a design, and draws of their data where cells are Normal."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.simulate.draw import doses
from mp_bayes.simulate.scenario import Scenario, changed


@dataclass(frozen=True)
class Classes:
    """Boroughs that have doses, size and shock SD in common make a class.

    Attributes
    ----------
    count : ndarray, dims (class,)
        Boroughs.
    true_dose, sampling : ndarray, dims (class, year)
        Dose, and variance of a cell on the link scale without inflation.
    doses : ndarray, dims (class, year, half-life)
        In the analysis.
    shocks, others : ndarray, dims (class, year, year)
        What multiplies independent noise: a borough's shocks, and its drift and sampling.
    shock_df : float
        Of the noise of shocks, as in the scenario.
    weight : ndarray, dims (class, year)
        Of a cell in the average effect; 0 unless treated.
    """

    count: Floats
    true_dose: Floats
    doses: Floats
    sampling: Floats
    shocks: Floats
    others: Floats
    shock_df: float
    weight: Floats

    @property
    def truth(self) -> Floats:
        """Covariance of a borough's years, dims (class, year, year)."""
        return np.asarray(sum(one @ one.swapaxes(-1, -2) for one in (self.shocks, self.others)))

    @property
    def true_average(self) -> float:
        """Average effect that an effect of 1 at full dose makes."""
        return float((self.weight * self.true_dose).sum() / self.weight.sum())

    @property
    def averages(self) -> Floats:
        """The same in the analysis, by half-life."""
        weighed = self.weight[..., None] * self.doses
        return np.asarray(weighed.sum((0, 1)) / self.weight.sum())

    def first(self, years: int) -> "Classes":
        """Return the same boroughs as they stood after some of their years."""
        cut = {
            name: getattr(self, name)[:, :years]
            for name in ("true_dose", "doses", "sampling", "weight")
        }
        # The roots are lower triangles: a later year adds nothing to an earlier one.
        roots = {name: getattr(self, name)[:, :years, :years] for name in ("shocks", "others")}
        return replace(self, **cut, **roots)

    def draw(self, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw data without an effect, in pairs: a draw's means, and the same with other signs.

        Parameters
        ----------
        draws : int
            Even.
        rng : numpy.random.Generator

        Returns
        -------
        mean : ndarray, dims (class, year, draw)
            Of a class's boroughs.
        scatter : ndarray, dims (class, year, year, draw)
            Sum over boroughs of the products of their distances from the mean.
        """
        years = self.true_dose.shape[1]
        means, scatters = [], []
        for place, stream in enumerate(rng.spawn(self.count.size)):
            # A design with more boroughs has those of one with fewer.
            shape = (int(self.count[place]), 2, draws // 2, years)
            noise = stream.standard_normal(shape).swapaxes(0, 1)
            if self.shock_df:
                other = stream.spawn(1)[0].chisquare(self.shock_df, noise[0].shape)
                noise[0] *= np.sqrt((self.shock_df - 2) / other)
            moves = noise[0] @ self.shocks[place].T + noise[1] @ self.others[place].T
            middle = moves.mean(0)
            away = np.moveaxis(moves - middle, 0, 1)
            means.append(np.stack([middle, -middle], axis=1).reshape(draws, years).T)
            products = np.moveaxis(np.swapaxes(away, 1, 2) @ away, 0, -1)
            scatters.append(np.repeat(products, 2, axis=-1))
        return np.stack(means), np.stack(scatters)


def classes(scenario: Scenario, lives: Floats, effect: float, rng: np.random.Generator) -> Classes:
    """Put boroughs together that are alike; their sizes and shock SDs are drawn.

    Parameters
    ----------
    scenario : Scenario
    lives : ndarray, dims (half-life,)
        Years, of the analysis.
    effect : float
        Log ratio at full dose that cells' sampling variances are for.
    rng : numpy.random.Generator
    """
    true = doses(scenario, scenario.half_life)
    analysis = changed(scenario, curve="exponential", contamination=0.0)
    by_life = np.stack([doses(analysis, float(life)) for life in lives], axis=-1)
    boroughs, years = true.shape
    log_size, log_sd = rng.standard_normal((boroughs, 2)).T
    spread = scenario.size_spread
    size = scenario.cell_size * np.exp(spread * log_size - spread**2 / 2)
    shock = scenario.sd_shock * np.exp(scenario.sd_log_shock * log_sd)
    alike = np.column_stack([true, by_life.reshape(boroughs, -1), size, shock])
    _, first, count = np.unique(alike.round(9), axis=0, return_index=True, return_counts=True)
    true, by_life, size, shock = (one[first] for one in (true, by_life, size, shock))
    eta = scenario.link_baseline + effect * true
    if scenario.binary:
        sampling = 1.0 / (size[:, None] * expit(eta) * expit(-eta))
    else:
        sampling = 1.0 / (size[:, None] * scenario.exposure * np.exp(eta))
    inflation = scenario.design_effect if scenario.binary else scenario.dispersion
    time = np.arange(years)
    lag = np.abs(np.subtract.outer(time, time))
    drift = scenario.sd_drift**2 * np.outer(time, time)
    others = np.linalg.cholesky(drift + inflation * sampling[..., None] * np.eye(years))
    # Its first row is the first shock, every other one an innovation and what lasts.
    shocks = shock[:, None, None] * np.linalg.cholesky(scenario.rho**lag)
    setting = scenario.synthetic.setting
    post = np.zeros((boroughs, years))
    post[: scenario.treated_boroughs] = setting.treated_post
    weight = post[first] * (count * size)[:, None]
    return Classes(
        count.astype(float), true, by_life, sampling, shocks, others, scenario.shock_df, weight
    )
