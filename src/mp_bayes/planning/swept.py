"""Borough-years with levels and years swept out: what a design tells, as quadratic forms."""

import math

import numpy as np

from mp_bayes.inference.laplace.likelihoods import Floats


def without_level(covariance: Floats) -> tuple[Floats, Floats]:
    """Return the precision of a borough's years once its level is free, and its log determinant.

    Parameters
    ----------
    covariance : ndarray, dims (..., year, year)

    Returns
    -------
    precision : ndarray, dims (..., year, year)
        Rows and columns add up to 0.
    log_determinant : ndarray, dims (...)
        By which the likelihood of the rest is divided, squared, up to a constant.
    """
    inverse = np.linalg.inv(covariance)
    row = inverse.sum(-1)
    total = row.sum(-1)
    precision = inverse - row[..., :, None] * row[..., None, :] / total[..., None, None]
    return precision, np.linalg.slogdet(covariance)[1] + np.log(total)


# Of years that are known.
_SMALLEST_SD = 1e-6


class Swept:
    """The generalised least squares of borough-years with free levels.

    Boroughs with the same dose and the same covariance make a class; a field of its mean values has
    dims (class, year).

    Parameters
    ----------
    covariance : ndarray, dims (..., class, year, year)
        Of one borough's years.
    count : ndarray, dims (class,)
        Boroughs.
    sd_year : float, optional
        Prior SD of a common year but the first, which is the reference; free unless given.

    Attributes
    ----------
    precision : ndarray, dims (..., class, year, year)
        Of a borough's years, its level free.
    log_determinant : ndarray, dims (...)
        Of all boroughs, up to a constant: half of it is subtracted from the log likelihood.
    """

    def __init__(self, covariance: Floats, count: Floats, sd_year: float = math.inf) -> None:
        self.precision, each = without_level(covariance)
        self._count = count[:, None, None]
        years = (self._count * self.precision).sum(-3)[..., 1:, 1:]
        years = years + np.eye(years.shape[-1]) / max(sd_year, _SMALLEST_SD) ** 2
        self._years = np.linalg.inv(years)
        self.log_determinant = (count * each).sum(-1) + np.linalg.slogdet(years)[1]

    def apply(self, fields: Floats) -> Floats:
        """Return what weighs class means in the inner product with each field.

        Parameters
        ----------
        fields : ndarray, dims (class, year, field)

        Returns
        -------
        ndarray, dims (..., class, year, field)
            Multiplied by another field and summed it is the two fields' inner product.
        """
        weighed = self._count * (self.precision @ fields)
        year = self._years @ weighed.sum(-3)[..., 1:, :]
        return np.asarray(weighed - self._count * (self.precision[..., 1:] @ year[..., None, :, :]))
