"""A t test on collapsed cells: what the years themselves say of shocks, if there are enough."""

import numpy as np
import numpy.typing as npt

from mp_bayes.frequentist.answer import Answer, answer, no_answer
from mp_bayes.inference.laplace.likelihoods import Floats


def donald_lang(
    value: npt.ArrayLike, columns: npt.ArrayLike, *, weights: npt.ArrayLike | None = None
) -> Answer:
    """Regress borough-years on free levels, free years and effects, and use a t reference.

    Each borough-year is one observation, however many children it has: its error is the shock and
    the sampling noise together, with one variance. The degrees of freedom are cells less
    parameters. Shocks must be independent between years: with AR(1) shocks the variance within
    a borough is too small for a contrast of early and late years, and the test claims too often.

    Parameters
    ----------
    value : array_like, dims (borough, year, ...batch)
        Log-odds or log-rates; an answer with a missing cell is NaN.
    columns : array_like, dims (borough, year, effect)
        What each effect adds to a cell: its dose, 0 where there is none.
    weights : array_like, dims (effect,)
        Of the effects in what is answered; the first effect unless given.

    Returns
    -------
    Answer
        Without an interval, but with a reason, if there are no degrees of freedom, or if no year
        or borough tells the effect.

    References
    ----------
    Donald and Lang 2007, doi:10.1162/rest.89.2.221.
    """
    y, load = np.asarray(value, dtype=float), np.asarray(columns, dtype=float)
    boroughs, years, count = load.shape
    batch = y.shape[2:]
    response = _within(y).reshape(boroughs * years, -1)
    design = _within(load).reshape(boroughs * years, count)
    told = np.linalg.matrix_rank(design) == count
    inverse = np.linalg.pinv(design.T @ design)
    effects = inverse @ design.T @ response
    df = (boroughs - 1) * (years - 1) - count
    # Without degrees of freedom there is an estimate all the same.
    residual = ((response - design @ effects) ** 2).sum(0) / (df if df > 0 else np.nan)
    found = answer(
        effects.reshape(count, *batch),
        (inverse[:, :, None] * residual).reshape(count, count, *batch),
        weights=weights,
        df=max(df, 1),
    )
    if not told:
        return no_answer(found.estimate, "needs exposed years and others, in some boroughs only")
    if df > 0:
        return found
    return no_answer(
        found.estimate,
        f"needs more borough-years than parameters; {boroughs} boroughs and {years} years leave "
        "none",
    )


def _within(values: Floats) -> Floats:
    """Take out boroughs' and years' means."""
    return np.asarray(values - values.mean(0) - values.mean(1, keepdims=True) + values.mean((0, 1)))
