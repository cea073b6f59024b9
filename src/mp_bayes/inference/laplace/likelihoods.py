"""Log-likelihoods of one cell in its predictor, with slope and curvature, for many fits at once.

The distributions are those of `mp_bayes.models.cells`. Every function takes and returns arrays
with the batch (fits) last.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import special

from mp_bayes.priors.quantiles import SMALLEST_EXCESS

Floats = NDArray[np.float64]
#: Value, first derivative and minus the second derivative in the predictor.
Expansion = tuple[Floats, Floats, Floats]

# Stirling's series is used from here on; smaller arguments are first raised to it.
_STIRLING_FROM = 7.0
_LARGEST_LOG_RATE = 30.0
# Beyond this log-odds a step is as good as endless, and its exponential's square still finite.
_LARGEST_STEP = 300.0
# A cell that says next to nothing (an empty one, or far in the tail) keeps this much weight.
_SMALLEST_WEIGHT = 1e-9


# Numba has no types.
@numba.njit(cache=True, error_model="numpy")
def log_gamma_family(x: float) -> tuple[float, float, float]:
    """Return log-gamma, digamma and trigamma of a positive number, to about ten digits.

    Stirling's series; trigamma in SciPy takes twenty times longer.
    """
    product, first, second = 1.0, 0.0, 0.0
    while x < _STIRLING_FROM:
        r = 1.0 / x
        product *= x
        first += r
        second += r * r
        x += 1.0
    r = 1.0 / x
    r2 = r * r
    log_x = np.log(x)
    value = (
        (x - 0.5) * log_x
        - x
        + 0.5 * np.log(2 * np.pi)
        + r * (1 / 12 - r2 * (1 / 360 - r2 * (1 / 1260 - r2 / 1680)))
    )
    digamma = log_x - 0.5 * r - r2 * (1 / 12 - r2 * (1 / 120 - r2 * (1 / 252 - r2 / 240)))
    trigamma = r + 0.5 * r2 + r * r2 * (1 / 6 - r2 * (1 / 30 - r2 * (1 / 42 - r2 / 30)))
    if product != 1.0:
        value -= np.log(product)
    return value, digamma - first, trigamma + second


@dataclass(frozen=True)
class Cells:
    """Counts of many replicates, and what their likelihood needs.

    Attributes
    ----------
    events, total : ndarray, dims (borough, year, batch)
    excess : ndarray, dims (batch,), or None
        Dispersion minus 1; counts only.
    """

    events: Floats
    total: Floats
    excess: Floats | None = None

    def repeated(self, count: int) -> "Cells":
        """Return each member of the batch several times, one after the other."""
        if count == 1:
            return self
        excess = None if self.excess is None else np.repeat(self.excess, count)
        events, total = (np.repeat(array, count, axis=-1) for array in (self.events, self.total))
        return Cells(events, total, excess)

    def at(self, which: np.ndarray) -> "Cells":
        """Return these members of the batch."""
        excess = None if self.excess is None else self.excess[which]
        return Cells(self.events[..., which], self.total[..., which], excess)


def binomial(cells: Cells, eta: Floats) -> Expansion:
    """Expand the Binomial log-likelihood, without its constant.

    For a Beta-Binomial with a design effect, both counts are divided by it beforehand. From ten
    events in a cell its mean is then right to 0.006 posterior SDs and its SD to 1% (design effect
    1.14) or 3% (1.4).
    """
    value, slope, weight = np.empty((3, *eta.shape))
    events, total = (np.broadcast_to(array, eta.shape) for array in (cells.events, cells.total))
    _binomial(*(array.ravel() for array in (events, total, eta, value, slope, weight)))
    return value, slope, weight


# One pass over memory; array by array it takes three times as long.
@numba.njit(cache=True, error_model="numpy")
def _binomial(
    events: Floats, total: Floats, eta: Floats, value: Floats, slope: Floats, weight: Floats
) -> None:
    for n in range(eta.size):
        t = np.exp(-abs(eta[n]))
        p = (1.0 if eta[n] > 0 else t) / (1.0 + t)
        expected = total[n] * p
        # The logarithm of 1 + exp(eta), written so that nothing overflows.
        value[n] = events[n] * eta[n] - total[n] * (max(eta[n], 0.0) + np.log(1.0 + t))
        slope[n] = events[n] - expected
        weight[n] = expected * (1.0 - p)


def _binomial_averaged(cells: Cells, eta: Floats, step: Floats) -> Expansion:
    """Average the Binomial expansion over eta (weight 4/6) and eta plus and minus a step (1/6).

    Odds are multiplied by exp(step) and divided by it, and three logarithms are that of a product:
    two exponentials and one logarithm do, and NumPy's take several at a time.
    """
    odds, factor = np.exp(-np.abs(eta)), np.exp(np.minimum(step, _LARGEST_STEP))
    product, slope, weight = np.empty((3, *eta.shape))
    arrays = (cells.events, cells.total, eta, odds, factor, product, slope, weight)
    _average(*(np.ascontiguousarray(array).reshape(-1) for array in arrays))
    above = cells.total * (np.maximum(eta, 0.0) + np.log(product) / 6.0)
    return cells.events * eta - above, slope, weight


@numba.njit(cache=True, error_model="numpy")
def _average(
    events: Floats,
    total: Floats,
    eta: Floats,
    odds: Floats,
    factor: Floats,
    product: Floats,
    slope: Floats,
    weight: Floats,
) -> None:
    """Average slope and weight; the product's logarithm is six times that of 1 + exp(-|eta|)."""
    for n in range(eta.size):
        # Odds and probabilities of the outcome that is the rarer in the middle.
        up, down = odds[n] * factor[n], odds[n] / factor[n]
        product[n] = (1.0 + odds[n]) ** 4 * (1.0 + up) * (1.0 + down)
        a, b, c = 1.0 / (1.0 + odds[n]), 1.0 / (1.0 + up), 1.0 / (1.0 + down)
        rare = (4.0 * odds[n] * a + up * b + down * c) / 6.0
        slope[n] = events[n] - total[n] * (1.0 - rare if eta[n] > 0 else rare)
        weight[n] = total[n] * (4.0 * odds[n] * a * a + up * b * b + down * c * c) / 6.0


def nb1(cells: Cells, eta: Floats) -> Expansion:
    """Expand the NB1 log-likelihood, variance (1 + excess) times the mean; eta per case."""
    assert cells.excess is not None
    excess = np.maximum(cells.excess, SMALLEST_EXCESS)
    shape = np.broadcast_shapes(cells.events.shape, cells.total.shape, excess.shape, eta.shape)
    # Copies, so that there is one kind of array to compile for.
    events, total, eta = (
        np.array(np.broadcast_to(array, shape)).reshape(-1, shape[-1])
        for array in (cells.events, cells.total, eta)
    )
    value, slope, weight = np.empty((3, *events.shape))
    _nb1(events, total, np.array(np.broadcast_to(excess, shape[-1:])), eta, value, slope, weight)
    return value.reshape(shape), slope.reshape(shape), weight.reshape(shape)


# One pass over memory; array by array it takes up to three times as long.
@numba.njit(cache=True, error_model="numpy")
def _nb1(
    events: Floats,
    total: Floats,
    excess: Floats,
    eta: Floats,
    value: Floats,
    slope: Floats,
    weight: Floats,
) -> None:
    log_odds = np.log1p(excess)
    log_share = np.log(excess) - log_odds
    for c in range(eta.shape[0]):
        for n in range(eta.shape[1]):
            y = events[c, n]
            size = max(total[c, n] * np.exp(min(eta[c, n], _LARGEST_LOG_RATE)) / excess[n], 1e-100)
            with_events, without = log_gamma_family(y + size), log_gamma_family(size)
            value[c, n] = with_events[0] - without[0] - size * log_odds[n] + y * log_share[n]
            slope[c, n] = size * (with_events[1] - without[1] - log_odds[n])
            weight[c, n] = -slope[c, n] - size**2 * (with_events[2] - without[2])


def expand(
    likelihood: Callable[[Cells, Floats], Expansion], cells: Cells, eta: Floats, spread: Floats
) -> Expansion:
    """Expand the likelihood averaged over Normal(eta, spread), spread a variance.

    Three Gauss-Hermite nodes. With spread 0 this is Laplace's expansion; with the posterior
    variance of eta its fixed point is the Gaussian nearest in Kullback-Leibler divergence, whose
    mean follows that of a skewed posterior, as a mode does not (Opper and Archambeau 2009,
    doi:10.1162/neco.2008.08-07-592).
    """
    if not spread.any():
        value, first, weight = likelihood(cells, eta)
    elif likelihood is binomial:
        value, first, weight = _binomial_averaged(cells, eta, np.sqrt(3.0 * spread))
    else:
        step = np.sqrt(3.0 * spread)
        middle, low, high = (likelihood(cells, eta + move) for move in (0.0, -step, step))
        value, first, weight = (
            (4.0 * m + a + b) / 6.0 for m, a, b in zip(middle, low, high, strict=True)
        )
    empty = cells.total == 0
    value, first = np.where(empty, 0.0, value), np.where(empty, 0.0, first)
    return value, first, np.where(empty, _SMALLEST_WEIGHT, np.maximum(weight, _SMALLEST_WEIGHT))


def log_likelihood(
    likelihood: str, events: Floats, total: Floats, eta: Floats, values: dict[str, Floats]
) -> Floats:
    """Return each cell's log-likelihood as the sampled model has it, without its constant.

    Here a Beta-Binomial is one, and no Binomial of fewer cases; values are the hyperparameters'.
    """
    eta = np.where(total > 0, eta, 0.0)  # without data it may be anything
    if likelihood == "nb1":
        found = nb1(Cells(events, total, values["dispersion_excess"]), eta)[0]
    else:
        excess = np.maximum(values["design_effect"] - 1, SMALLEST_EXCESS)
        precision = np.maximum((total - 1 - excess) / excess, 1.0)
        alpha, beta = precision * special.expit(eta), precision * special.expit(-eta)
        found = special.betaln(events + alpha, total - events + beta) - special.betaln(alpha, beta)
    return np.where(total > 0, found, 0.0)
