"""Boroughs that are alike in a design, and draws of their data where cells are Normal."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy.special import expit, gammaincinv

from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.simulate.draw import dose_row
from mp_bayes.simulate.scenario import ONSET, Scenario

# Last word of the seed of common years: no class has that place.
_YEARS = 10**6


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
    shock_df, sd_year : float
        Of the noise of shocks, and of common years, as in the scenario.
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
    sd_year: float
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

    def draw(self, draws: int, seed: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Draw data without an effect, in pairs: a draw's means, and the same with other signs.

        Parameters
        ----------
        draws : int
            Even.
        seed : tuple of int

        Returns
        -------
        mean : ndarray, dims (class, year, draw)
            Of a class's boroughs.
        scatter : ndarray, dims (class, year, year, draw)
            Sum over boroughs of the products of their distances from the mean.
        """
        years = self.true_dose.shape[1]
        half = draws // 2
        means, scatters = [], []
        for place in range(self.count.size):
            count = int(self.count[place])
            if self.shock_df:
                middle, products = self._heavy(place, count, half, (*seed, place))
            else:
                noise, scatter = _independent((*seed, place), count, half, years)
                root = np.linalg.cholesky(self.truth[place])
                middle, factor = noise @ root.T, root @ scatter
                products = factor @ factor.swapaxes(1, 2)
            means.append(np.stack([middle, -middle], axis=1).reshape(draws, years).T)
            scatters.append(np.repeat(np.moveaxis(products, 0, -1), 2, axis=-1))
        common = np.random.default_rng((*seed, _YEARS)).standard_normal((years, half))
        common[0] = 0.0  # the reference year
        common = self.sd_year * np.stack([common, -common], axis=2).reshape(years, draws)
        return np.stack(means) + common, np.stack(scatters)

    def _heavy(
        self, place: int, count: int, half: int, seed: tuple[int, ...]
    ) -> tuple[Floats, Floats]:
        """Draw boroughs with Student-t shocks one by one."""
        stream = np.random.default_rng(seed)
        years = self.true_dose.shape[1]
        noise = stream.standard_normal((2, count, half, years))
        other = stream.chisquare(self.shock_df, noise[0].shape)
        noise[0] *= np.sqrt((self.shock_df - 2) / other)
        moves = noise[0] @ self.shocks[place].T + noise[1] @ self.others[place].T
        middle = moves.mean(0)
        away = np.moveaxis(moves - middle, 0, 1)
        return middle, np.swapaxes(away, 1, 2) @ away


# A search asks for the same draws of many designs.
@lru_cache(maxsize=64)
def _independent(seed: tuple[int, ...], count: int, half: int, years: int) -> tuple[Floats, Floats]:
    """Draw a class's mean, and the root of its scatter, where noise is independent of SD 1."""
    stream = np.random.default_rng(seed)
    mean = stream.standard_normal((half, years)) / np.sqrt(count)
    return mean, _bartlett(count - 1, half, years, stream)


def _bartlett(df: int, draws: int, years: int, rng: np.random.Generator) -> Floats:
    """Draw roots of a scatter of independent noise, dims (draw, year, year).

    By inverting distribution functions, so that more boroughs have much the same draws (Bartlett
    1933, doi:10.1017/S0370164600018502).
    """
    root = np.tril(rng.standard_normal((draws, years, years)), -1)
    left = df - np.arange(years)
    uniform = rng.uniform(size=(draws, years))
    diagonal = np.sqrt(2 * gammaincinv(np.maximum(left, 1) / 2, uniform))
    root[:, np.arange(years), np.arange(years)] = diagonal
    # Fewer boroughs than years leave some directions without scatter.
    return np.asarray(root * (left > 0))


def classes(
    scenario: Scenario, lives: Floats, delay: float, effect: float, rng: np.random.Generator
) -> Classes:
    """Put boroughs together that are alike; their sizes and shock SDs are drawn.

    Parameters
    ----------
    scenario : Scenario
    lives : ndarray, dims (half-life,)
        Years, of the analysis.
    delay : float
        Years until embedding begins, in the analysis.
    effect : float
        Log ratio at full dose that cells' sampling variances are for.
    rng : numpy.random.Generator
    """
    analysis = replace(scenario, curve="exponential", delay=delay, contamination=0.0)
    years = scenario.pre_years + scenario.post_years
    # Treated boroughs by their onsets, and the comparison: how many, and their doses.
    kinds = [(onset, scenario.onsets.count(onset)) for onset in sorted(set(scenario.onsets))]
    first = dose_row(scenario, scenario.half_life, float(ONSET))
    true = np.array(
        [
            *(dose_row(scenario, scenario.half_life, onset) for onset, _ in kinds),
            scenario.contamination * first,
        ]
    )
    nothing = np.zeros((lives.size, years))
    by_life = np.array(
        [
            *([dose_row(analysis, float(life), onset) for life in lives] for onset, _ in kinds),
            nothing,
        ]
    ).swapaxes(1, 2)
    starts = ONSET + np.arange(-scenario.pre_years, scenario.post_years)
    post = np.array([*(starts >= onset - 1e-9 for onset, _ in kinds), nothing[0]])
    count = np.array([*(number for _, number in kinds), scenario.comparison_boroughs])
    if not scenario.comparison_boroughs:
        true, by_life, post, count = true[:-1], by_life[:-1], post[:-1], count[:-1]
    log_size = log_sd = np.zeros(count.size)
    if scenario.size_spread or scenario.sd_log_shock:  # every borough is a class of its own
        true, by_life = np.repeat(true, count, axis=0), np.repeat(by_life, count, axis=0)
        post = np.repeat(post, count, axis=0)
        count = np.ones(count.sum(), int)
        log_size, log_sd = rng.standard_normal((count.size, 2)).T
    spread = scenario.size_spread
    size = scenario.cell_size * np.exp(spread * log_size - spread**2 / 2)
    shock = scenario.sd_shock * np.exp(scenario.sd_log_shock * log_sd)
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
    weight = post * (count * size)[:, None]
    return Classes(
        count=count.astype(float),
        true_dose=true,
        doses=by_life,
        sampling=sampling,
        shocks=shocks,
        others=others,
        shock_df=scenario.shock_df,
        sd_year=scenario.sd_year,
        weight=weight,
    )
