"""Compiled loops of the latent Gaussian part: a few points at a time, so that all stays in cache.

A block of `LANES` points runs inmost in every loop, so that one instruction works on several of
them, and a borough's matrix stays in the fastest caches from its filling to its last use; over all
points at once, memory would set the pace. Arrays of one block have dims (..., lane), those of all
points dims (..., batch); the last block's lanes beyond the batch repeat its last member. Of a
block's symmetric matrices only the lower triangle is used. Names are those of `latent`. Inner
loops are written out, since Numba takes several times longer over slices.
"""

import numba
import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats

Arrays = tuple[np.ndarray, ...]

#: Points that are worked on together.
LANES = 24

# A product may be added in the same instruction: the only liberty with rounding.
_compiled = numba.njit(cache=True, error_model="numpy", fastmath={"contract"})


@_compiled
def _negate(matrix: Floats) -> None:
    for i in range(matrix.shape[0]):
        for j in range(i + 1):
            for n in range(matrix.shape[2]):
                matrix[i, j, n] = -matrix[i, j, n]


@_compiled
def _invert(matrix: Floats, log_determinant: Floats, work: Floats) -> None:
    """Turn a matrix into its inverse, and add its log-determinant; work has 2 k + 2 rows.

    By the sweep operator (Goodnight 1979, doi:10.1080/00031305.1979.10482685).
    """
    size, _, lanes = matrix.shape
    inverse, product = work[0], work[1]
    row, scaled = work[2 : size + 2], work[size + 2 : 2 * size + 2]
    product.fill(1.0)
    for k in range(size):
        for n in range(lanes):
            inverse[n] = 1.0 / matrix[k, k, n]
            product[n] *= matrix[k, k, n]
        # A logarithm costs as much as many products. What is as good as known, or unknown, has a
        # pivot of 1e12 or 1e-12: eight are far from overflow.
        for n in range(lanes if k % 8 == 7 or k == size - 1 else 0):
            log_determinant[n] += np.log(product[n])
            product[n] = 1.0
        for j in range(size):
            for n in range(lanes):
                row[j, n] = matrix[max(j, k), min(j, k), n]
                scaled[j, n] = row[j, n] * inverse[n]
        for i in range(size):
            for j in range(i + 1):
                for n in range(lanes):
                    matrix[i, j, n] -= row[i, n] * scaled[j, n]
        for j in range(size):
            for n in range(lanes):
                matrix[max(j, k), min(j, k), n] = scaled[j, n]
        for n in range(lanes):
            matrix[k, k, n] = -inverse[n]
    _negate(matrix)


@_compiled
def _times(matrix: Floats, vector: Floats, result: Floats) -> None:
    """Put a matrix times a vector, dims (k, lane), into result."""
    size, _, lanes = matrix.shape
    for i in range(size):
        for n in range(lanes):
            result[i, n] = matrix[i, i, n] * vector[i, n]
        for j in range(i):
            for n in range(lanes):
                result[i, n] += matrix[i, j, n] * vector[j, n]
            for n in range(lanes):
                result[j, n] += matrix[i, j, n] * vector[i, n]


@_compiled
def _add(first: Floats, second: Floats, total: Floats) -> None:
    """Add first times second, dims (k, lane), summed over k, to total, dims (lane,)."""
    for k in range(first.shape[0]):
        for n in range(first.shape[1]):
            total[n] += first[k, n] * second[k, n]


@_compiled
def _load(source: Floats, at: np.ndarray, target: Floats) -> None:
    """Copy these members of the batch, from dims (k, batch) to dims (k, lane)."""
    for k in range(source.shape[0]):
        for n in range(at.size):
            target[k, n] = source[k, at[n]]


@_compiled
def _store(source: Floats, start: int, target: Floats) -> None:
    """Copy a block, from dims (k, lane) to its place in dims (k, batch)."""
    for k in range(source.shape[0]):
        for n in range(min(source.shape[1], target.shape[1] - start)):
            target[k, start + n] = source[k, n]


@_compiled
def _store_matrix(source: Floats, start: int, target: Floats) -> None:
    """Copy a block of lower triangles to both triangles of their place in dims (k, k, batch)."""
    for i in range(source.shape[0]):
        for j in range(i + 1):
            for n in range(min(source.shape[2], target.shape[2] - start)):
                target[i, j, start + n] = target[j, i, start + n] = source[i, j, n]


@_compiled
def invert(matrix: Floats, log_determinant: Floats, lanes: int) -> None:
    """Invert symmetric positive definite matrices, dims (item, k, k, batch), in place.

    Their log-determinants go to dims (item, batch).
    """
    items, size, _, batch = matrix.shape
    here, logs = np.empty((size, size, lanes)), np.empty((1, lanes))
    work = np.empty((2 * size + 2, lanes))
    for start in range(0, batch, lanes):
        at = np.minimum(np.arange(start, start + lanes), batch - 1)
        for item in range(items):
            _load(matrix[item].reshape(-1, batch), at, here.reshape(-1, lanes))
            logs[:] = 0.0
            _invert(here, logs[0], work)
            _store_matrix(here, start, matrix[item])
            _store(logs, start, log_determinant[item : item + 1])


# A borough, below, is its value (at first its pseudo-data, then the predictor's mean), sampling
# variance, kernel and weighted residuals. What is told is the coefficients' precision and score.


@_compiled
def _weigh(borough: Arrays, within: Floats, level: Floats, lost: Floats, work: Floats) -> None:
    """Find a borough's kernel and weighted residuals, and add to twice the log density lost."""
    value, noise, kernel, weighted = borough
    size, _, lanes = kernel.shape
    for i in range(size):
        for j in range(i + 1):
            for n in range(lanes):
                kernel[i, j, n] = within[i, j, n]
        for n in range(lanes):
            kernel[i, i, n] += noise[i, n]
    _invert(kernel, lost, work)
    residual = work[:size]
    for i in range(size):
        for n in range(lanes):
            residual[i, n] = value[i, n] - level[n]
    _times(kernel, residual, weighted)
    _add(residual, weighted, lost)


@_compiled
def _add_years(borough: Arrays, years: np.ndarray, told: Arrays) -> None:
    """Add what a borough tells of the years."""
    _, _, kernel, weighted = borough
    precision, score = told
    for i in range(years.size):
        for n in range(score.shape[1]):
            score[i, n] += weighted[years[i], n]
        for j in range(i + 1):
            for n in range(score.shape[1]):
                precision[i, j, n] += kernel[years[i], years[j], n]


@_compiled
def _add_effects(
    borough: Arrays, column: Floats, moved: Floats, years: np.ndarray, told: Arrays
) -> None:
    """Add what a borough tells of the effects; they add `column` to it, dims (effect, year, lane).

    The kernel times it goes to `moved`.
    """
    _, _, kernel, weighted = borough
    precision, score = told
    own = years.size
    for j in range(column.shape[0]):
        _times(kernel, column[j], moved[j])
        _add(column[j], weighted, score[own + j])
        for i in range(own):
            for n in range(score.shape[1]):
                precision[own + j, i, n] += moved[j, years[i], n]
        for i in range(j + 1):
            _add(column[i], moved[j], precision[own + j, own + i])


@_compiled
def _shrink(borough: Arrays, added: Floats, left: Floats) -> None:
    """Shrink a borough's pseudo-data to the predictor's mean, given what coefficients add."""
    value, noise, kernel, weighted = borough
    _times(kernel, added, left)
    for t in range(value.shape[0]):
        for n in range(value.shape[1]):
            value[t, n] -= noise[t, n] * (weighted[t, n] - left[t, n])


@_compiled
def condition(
    prior: Arrays, estimate: Floats, variance: Floats, posterior: Arrays, lanes: int
) -> None:
    """Condition the latent Gaussian on one Gaussian observation of each cell.

    Parameters
    ----------
    prior : tuple of ndarray
        As in `latent.Prior`; mean has dims (1, batch), and design (dosed, effect, year, batch).
    estimate, variance : ndarray, dims (borough, year, replicate)
        As in `latent.condition`.
    posterior : tuple of ndarray
        To be filled: eta, coefficients, coefficient_covariance, kernel, by_effect and log_evidence
        of `latent.Posterior`, but log_evidence has dims (1, batch), by_effect (dosed, effect,
        year, batch), and kernel is of the first boroughs only, perhaps of none.
    """
    mean, covariance, design, years, coefficient_mean, coefficient_precision = prior
    eta, coefficients, coefficient_covariance, kernel, by_effect, log_evidence = posterior
    boroughs, size, replicates = estimate.shape
    dosed, effects, _, batch = design.shape
    own, count = years.size, coefficient_mean.shape[0]
    value, noise = np.empty((boroughs, size, lanes)), np.empty((boroughs, size, lanes))
    kernels, weighted = np.empty((boroughs, size, size, lanes)), np.empty((boroughs, size, lanes))
    column, moved = np.empty((dosed, effects, size, lanes)), np.empty((effects, size, lanes))
    within, work = np.empty((size, size, lanes)), np.empty((2 * max(size, count) + 2, lanes))
    known, centre, level = np.empty((count, lanes)), np.empty((count, lanes)), np.empty((1, lanes))
    solution, left = np.empty((count, lanes)), np.empty((size, lanes))
    for start in range(0, batch, lanes):
        at = np.minimum(np.arange(start, start + lanes), batch - 1)
        of = at // (batch // replicates)
        _load(covariance.reshape(-1, batch), at, within.reshape(-1, lanes))
        _load(design.reshape(-1, batch), at, column.reshape(-1, lanes))
        _load(estimate.reshape(-1, replicates), of, value.reshape(-1, lanes))
        _load(variance.reshape(-1, replicates), of, noise.reshape(-1, lanes))
        _load(coefficient_precision, at, known)
        _load(coefficient_mean, at, centre)
        _load(mean, at, level)
        score, lost = known * centre, np.zeros((1, lanes))
        precision = np.zeros((count, count, lanes))
        _add(score, centre, lost[0])
        for i in range(count):
            lost -= np.log(known[i])
            precision[i, i] += known[i]
        for b in range(boroughs):
            borough = value[b], noise[b], kernels[b], weighted[b]
            _weigh(borough, within, level[0], lost[0], work)
            _add_years(borough, years, (precision, score))
            if b < dosed:
                _add_effects(borough, column[b], moved, years, (precision, score))
                _store(moved.reshape(-1, lanes), start, by_effect[b].reshape(-1, batch))
        _invert(precision, lost[0], work)
        _times(precision, score, solution)
        _add(score, -solution, lost[0])
        common = np.zeros((size, lanes))
        for i in range(own):
            common[years[i]] += solution[i]
        for b in range(boroughs):
            added = common.copy() if b < dosed else common
            for j in range(effects if b < dosed else 0):
                added += column[b, j] * solution[own + j]
            _shrink((value[b], noise[b], kernels[b], weighted[b]), added, left)
            if b < kernel.shape[0]:
                _store_matrix(kernels[b], start, kernel[b])
        _store(value.reshape(-1, lanes), start, eta.reshape(-1, batch))
        _store(solution, start, coefficients)
        _store_matrix(precision, start, coefficient_covariance)
        _store(-0.5 * lost, start, log_evidence)


@_compiled
def variances(posterior: Arrays, years: np.ndarray, result: Floats, lanes: int) -> None:
    """Put the posterior variance of each cell's predictor into result, dims (borough, year, batch).

    The posterior's kernel, by_effect, coefficient_covariance and variance are as in
    `latent.Posterior`, all of the same boroughs.
    """
    kernel, by_effect, coefficient_covariance, variance = posterior
    boroughs, size, _, batch = kernel.shape
    count, own = coefficient_covariance.shape[0], years.size
    covariance, moved = np.empty((count, count, lanes)), np.empty((count, lanes))
    cross, row, common = np.empty((count, lanes)), np.empty((size, lanes)), np.empty(lanes)
    for start in range(0, batch, lanes):
        at = np.minimum(np.arange(start, start + lanes), batch - 1)
        _load(coefficient_covariance.reshape(-1, batch), at, covariance.reshape(-1, lanes))
        for b in range(boroughs):
            for t in range(size):
                _load(kernel[b, t], at, row)
                for i in range(own):
                    cross[i] = row[years[i]]
                cross[own:] = 0.0
                if b < by_effect.shape[0]:
                    _load(by_effect[b, t], at, cross[own:])
                _times(covariance, cross, moved)
                common[:] = 0.0
                _add(cross, moved, common)
                for n in range(min(lanes, batch - start)):
                    v = variance[b, t, start + n]
                    result[b, t, start + n] = v - v**2 * (row[t, n] - common[n])
