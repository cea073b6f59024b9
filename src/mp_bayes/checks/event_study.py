"""An event study: estimates by period with their covariance, and from which period they count."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mp_bayes.errors import InputError
from mp_bayes.evidence.arrays import cells, load_evidence, post_shares
from mp_bayes.studies.study import Outcome

Floats = npt.NDArray[np.float64]
#: Standard errors to either side of an estimate that a 95% interval reaches.
Z = 1.959963984540054
#: Between these the arithmetic is safe: standard errors, estimates and weights; and so many times
#: the smallest standard error may an estimate or another one be.
LEAST, MOST, RATIO = 1e-12, 1e12, 1e6


@dataclass(frozen=True)
class EventStudy:
    """Estimates of a comparison's difference in each period, less that of a reference period.

    Attributes
    ----------
    name, label, unit : str
        As in files; as people say it; of the estimates.
    periods : tuple of str
        Those with an estimate, in order: those before the programme first.
    reference : str
        The period that all estimates are relative to; it has none itself.
    times : ndarray, dims (period,)
        Periods since the reference.
    post : ndarray of bool, dims (period,)
    estimate : ndarray, dims (period,)
    covariance : ndarray, dims (period, period)
    average : ndarray, dims (period after the onset,), optional
        What each counts in the average effect; all the same unless given.
    weighted_by : str
        What these weights are, in the plural; empty if all are the same.
    """

    name: str
    label: str
    unit: str
    periods: tuple[str, ...]
    reference: str
    times: Floats
    post: npt.NDArray[np.bool_]
    estimate: Floats
    covariance: Floats
    average: Floats | None = None
    weighted_by: str = ""

    @property
    def posts(self) -> int:
        """How many periods with an estimate come after the onset."""
        return int(self.post.sum())

    def weights(self, given: npt.ArrayLike | None = None) -> Floats:
        """Return the weights of the periods after the onset; the study's own unless given.

        Raises
        ------
        InputError
            If there are not as many as such periods, or one is no number or out of all bounds, or
            all are 0.
        """
        if given is None:
            return np.full(self.posts, 1 / self.posts) if self.average is None else self.average
        chosen = np.asarray(given, dtype=float)
        if chosen.shape != (self.posts,):
            after = ", ".join(np.array(self.periods)[self.post])
            raise InputError(
                f"{self.label}: weights given: {chosen.size}; periods after the onset: "
                f"{self.posts}; give one for each of {after}"
            )
        if not np.isfinite(chosen).all() or not chosen.any():
            raise InputError("weights must be numbers, and one of them other than 0")
        size = np.abs(chosen[chosen != 0])
        if size.min() < LEAST or size.max() > MOST:
            raise InputError(
                f"weights reach from {size.min():g} to {size.max():g}: those other than 0 must be "
                f"between {LEAST:g} and {MOST:g}; use their proportions"
            )
        return chosen

    def rebased(self) -> "EventStudy":
        """Return the same estimates relative to the last period before the onset.

        Whether trends stay parallel after it is what the sensitivity analyses ask; which period an
        author subtracted is another matter. A linear map, so nothing is lost.
        """
        last = float(self.times[~self.post].max())
        if last < 0:  # the reference is the last itself
            return self
        place = int(np.flatnonzero(self.times == last)[0])
        # The old reference takes the place of the new one.
        matrix = np.eye(len(self.times))
        matrix[:, place] = -1.0
        times = self.times - last
        times[place] = -last
        order = np.argsort(times)
        names = list(self.periods)
        names[place] = self.reference
        matrix = matrix[order]
        return replace(
            self,
            periods=tuple(names[one] for one in order),
            reference=self.periods[place],
            times=times[order],
            post=self.post[order],
            estimate=matrix @ self.estimate,
            covariance=matrix @ self.covariance @ matrix.T,
        )


def check_scale(study: EventStudy, where: str) -> EventStudy:
    """Return an event study whose numbers the analyses can carry.

    Raises
    ------
    InputError
        If it has others; `where` says where they stand.
    """
    se = np.sqrt(np.diag(study.covariance))
    smallest, largest = se.min(), max(se.max(), np.abs(study.estimate).max())
    if smallest < LEAST or largest > MOST:
        raise InputError(
            f"{where}: standard errors begin at {smallest:.2g}, and the largest of them and of the "
            f"estimates is {largest:.2g}: they must be between {LEAST:g} and {MOST:g}; write them "
            "in another unit"
        )
    if largest > RATIO * smallest:
        raise InputError(
            f"{where}: the smallest standard error is {smallest:.2g}, and another, or an estimate, "
            f"is {largest:.2g}: more than a million times as large; check that "
            "estimates and errors are in one unit"
        )
    return study


def of_outcome(outcome: Outcome) -> EventStudy:
    """Return an outcome's published yearly interactions, with their rebuilt covariance.

    The errors are those of the published regression, which knows of no shocks to borough-years.
    The average effect weights years as the re-analysis does: by the treated boroughs' totals.

    Raises
    ------
    InputError
        If there are none, or they are out of all bounds.
    """
    data = load_evidence(outcome, "coefficients")
    given = np.isfinite(data["se"].to_numpy())
    setting = outcome.setting
    years = np.array(setting.years)
    times = np.arange(len(years), dtype=float) - setting.years.index(setting.reference_year)
    study = EventStudy(
        outcome.name,
        outcome.label,
        outcome.link_scale,
        tuple(years[given]),
        setting.reference_year,
        times[given],
        np.asarray(setting.post)[given],
        data["estimate"].to_numpy()[given],
        data["covariance"].to_numpy()[np.ix_(given, given)],
        post_shares(outcome, cells(outcome)),
        "child-years" if outcome.exposure_known else outcome.total_unit,
    )
    return check_scale(study, f"{outcome.name}, published estimates")
