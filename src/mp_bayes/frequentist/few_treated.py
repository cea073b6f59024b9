"""Inference with few treated authorities, whose error distribution many controls tell.

All three methods estimate one constant effect by least squares with free levels and years (with
one treated authority: its change from before to after, less the controls' mean change), and ask
how large this number would be for authorities without a programme. They differ in what they
compare it with. None needs a model of shocks; each needs many controls.

What they do not cover: an effect that differs between years or treated authorities, covariates,
controls that were treated too, and correlation between authorities.
"""

from collections import Counter
from math import ceil, comb, factorial, floor

import numpy as np
import numpy.typing as npt

from mp_bayes.frequentist.answer import LEVEL, Answer, no_answer
from mp_bayes.inference.laplace.likelihoods import Floats

# With several treated authorities their places are drawn at random so many times; with 1 for the
# estimate itself this makes p values in steps of 1 in 2,000.
DRAWS = 1999


def fewest_controls(level: float = LEVEL) -> int:
    """Return how many controls a test at a level needs, with one treated authority.

    The smallest p value is 1 / (controls + 1): the estimate is the most extreme of all.
    """
    return ceil(1 / level - 1e-9) - 1


def conley_taber(value: npt.ArrayLike, treated: npt.ArrayLike, *, seed: int = 0) -> Answer:
    """Compare the estimate with what the same years of each control would give.

    The controls' residual paths, weighted by the treated authorities' years, are draws of the
    estimate's error if authorities are alike. Here each control is set against the other controls
    alone, as the treated one is against all: their residuals times N / (N - 1) for N controls and
    one treated (in the paper, whose argument is for large N, without that factor). The treated
    authority's own change is no part of the distribution. The p value counts the estimate itself,
    (1 + k) / (N + 1), with k controls at least as far from 0 on either side; the interval is this
    test's inversion, and so symmetric; the paper's, with 2.5% in either tail, would need 39
    controls. With several treated authorities each takes the path of a control of its own, drawn
    at random.

    Parameters
    ----------
    value : array_like, dims (authority, year, ...batch)
        Log-odds or log-rates; an answer with a missing cell is NaN.
    treated : array_like of bool, dims (authority, year)
        The treated authorities' years after their onsets, which may differ.
    seed : int
        For the random places of several treated authorities.

    Returns
    -------
    Answer
        Without an interval, but with a reason, if there are fewer than `fewest_controls`.

    References
    ----------
    Conley and Taber 2011, doi:10.1162/REST_a_00049.
    """
    return _against_controls(value, treated, None, seed)


def ferman_pinto(
    value: npt.ArrayLike, treated: npt.ArrayLike, sizes: npt.ArrayLike, *, seed: int = 0
) -> Answer:
    """Compare the estimate with the controls', each brought to the treated authority's size.

    As `conley_taber`, but the variance of a residual is taken to be A + B / size, fitted to the
    controls' squared residuals by least squares, and each is rescaled to the variance at the
    treated authority's size. If A or B is estimated below 0 it is 0: with B = 0 the answer is
    Conley and Taber's. The estimate's own variance from the controls' mean, of the order of 1 / N,
    is rescaled along, which the paper neglects.

    Parameters
    ----------
    value, treated, seed
        As for `conley_taber`.
    sizes : array_like, dims (authority,) or (authority, ...batch)
        Referrals or cases a year. Where they differ between years, the harmonic mean: sampling
        variances add up as 1 / size.

    Returns
    -------
    Answer

    References
    ----------
    Ferman and Pinto 2019, doi:10.1162/rest_a_00759.
    """
    return _against_controls(value, treated, np.asarray(sizes, dtype=float), seed)


def permutation(value: npt.ArrayLike, treated: npt.ArrayLike, *, seed: int = 0) -> Answer:
    """Compare the estimate with those that other places of the programme would have given.

    Under the effect that is tested, which is taken from the treated years first, every
    authority is as likely to have been the treated one. So the treated authority's own change is
    among its peers' comparisons, and the test is exact for any number of authorities if they
    are exchangeable. The interval is the set of effects that are not rejected, found in closed
    form: each placement's estimate is linear in the tested effect.

    Parameters
    ----------
    value, treated, seed
        As for `conley_taber`.

    Returns
    -------
    Answer
        Without an interval, but with a reason, if there are fewer than 20 ways to place the
        programme.

    References
    ----------
    Fisher 1935, The Design of Experiments; MacKinnon and Webb 2020,
    doi:10.1016/j.jeconom.2020.04.024, on its use with few treated clusters.
    """
    y, post = np.asarray(value, dtype=float), np.asarray(treated, dtype=float)
    own = post.any(1)
    count = int(own.sum())
    paths = _centred(post[own])
    spread = _sum_of_squares(paths, len(y))
    of_value = np.einsum("it,jt...->ij...", paths, y - y.mean(0)) / spread
    of_effect = paths @ (post - post.mean(0)).T / spread
    estimate = of_value[np.arange(count), np.flatnonzero(own)].sum(0)
    ways = _ways(post[own], len(y))
    if ways <= fewest_controls():
        # With one treated there is a way for each control, and the real one.
        reason = (
            _too_few(ways - 1)
            if count == 1
            else (
                f"needs {fewest_controls() + 1} or more ways to place the programme for a 5% test; "
                f"there are {ways}"
            )
        )
        return no_answer(estimate, reason)
    pool = np.flatnonzero(~own) if count == 1 else np.arange(len(y))
    places, rows = _places(pool, count, seed), np.arange(count)
    moved = of_value[rows, places].sum(1)
    # How much of the effect an assignment would find; 1 where it is the real one.
    share = of_effect[rows, places].sum(1).reshape(-1, *(1,) * (y.ndim - 2))
    rest = moved - share * estimate
    with np.errstate(divide="ignore", invalid="ignore"):
        same, opposite = rest / (1 - share), -rest / (1 + share)
    real = share > 1 - 1e-9
    up = np.where(real, np.inf, np.maximum(same, opposite))
    down = np.where(real, np.inf, np.maximum(-same, -opposite))
    return _inverted(estimate, up, down)


def _against_controls(
    value: npt.ArrayLike, treated: npt.ArrayLike, sizes: Floats | None, seed: int
) -> Answer:
    y, post = np.asarray(value, dtype=float), np.asarray(treated, dtype=float)
    own = post.any(1)
    paths = _centred(post[own])
    count, controls = int(own.sum()), int((~own).sum())
    mine = np.einsum("it,it...->...", paths, y[own] - y.mean(0))
    estimate = np.asarray(mine / _sum_of_squares(paths, len(y)))
    if controls < fewest_controls():
        return no_answer(estimate, _too_few(controls))
    residual = y[~own] - y[~own].mean(0)
    each = np.einsum("it,jt...->ij...", paths, residual) / _sum_of_squares(paths, controls)
    if sizes is not None:
        inverse = (1 / sizes).reshape(len(y), *sizes.shape[1:], *(1,) * (y.ndim - 1 - sizes.ndim))
        each = each * np.sqrt(_relative_variance(each**2, inverse[~own], inverse[own]))
    far = np.abs(each[np.arange(count), _places(np.arange(controls), count, seed)].sum(1))
    return _inverted(estimate, far, far)


def _too_few(controls: int) -> str:
    there = "there is" if controls == 1 else "there are"
    return f"needs {fewest_controls()} or more controls for a 5% test; {there} {controls}"


def _relative_variance(squares: Floats, controls: Floats, own: Floats) -> Floats:
    """Return the variance at the treated sizes over that at each control's.

    Parameters
    ----------
    squares : ndarray, dims (treated, control, ...batch)
    controls, own : ndarray, dims (control, ...batch), (treated, ...batch)
        One over size.
    """
    x = np.broadcast_to(controls, squares.shape)
    around = x - x.mean(1, keepdims=True)
    spread = (around**2).sum(1, keepdims=True)
    # Where all controls have one size there is nothing to fit.
    slope = (around * squares).sum(1, keepdims=True) / np.where(spread > 0, spread, np.inf)
    constant = squares.mean(1, keepdims=True) - slope * x.mean(1, keepdims=True)
    through = (x * squares).sum(1, keepdims=True) / (x**2).sum(1, keepdims=True)
    a = np.where(slope < 0, squares.mean(1, keepdims=True), np.maximum(constant, 0))
    b = np.where(slope < 0, 0.0, np.where(constant < 0, through, slope))
    return np.asarray((a + b * own[:, None]) / (a + b * x))


def _inverted(estimate: Floats, up: Floats, down: Floats) -> Answer:
    """Return the answer of a test that counts draws at least as far from the tested effect.

    Parameters
    ----------
    estimate : ndarray, dims (...batch)
    up, down : ndarray, dims (draw, ...batch)
        How far above, or below, the tested effect an estimate may lie and a draw still be as far.
    """
    draws = len(up)
    rank = floor(LEVEL * (draws + 1) + 1e-9)
    above, below = (np.sort(one, axis=0)[-rank] for one in (up, down))
    far = np.where(estimate > 0, up >= estimate, down >= -estimate).sum(0)
    p_value = np.where(np.isnan(estimate), np.nan, (1 + far) / (draws + 1))
    return Answer(estimate, estimate - above, estimate + below, p_value)


def _places(pool: npt.NDArray[np.int_], count: int, seed: int) -> npt.NDArray[np.int_]:
    """Return which authorities take the treated ones' places, dims (draw, treated).

    Each in turn for one treated authority; otherwise at random, without repetition in a draw.
    """
    if count == 1:
        return pool[:, None]
    order = np.random.default_rng(seed).random((DRAWS, pool.size)).argsort(1)
    return np.asarray(pool[order[:, :count]])


def _ways(post: Floats, authorities: int) -> int:
    """Return in how many different ways the treated authorities' years can be placed."""
    alike = Counter(tuple(row) for row in post)
    ways = comb(authorities, len(post)) * factorial(len(post))
    for times in alike.values():
        ways //= factorial(times)
    return ways


def _centred(post: Floats) -> Floats:
    return np.asarray(post - post.mean(1, keepdims=True))


def _sum_of_squares(paths: Floats, authorities: int) -> float:
    """Return that of the treated years once authorities' and years' means are taken out."""
    return float((paths**2).sum() - (paths.sum(0) ** 2).sum() / authorities)
