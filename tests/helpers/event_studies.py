"""Event studies to test with: made-up ones, real ones where present, and diff-diff's answers."""

from pathlib import Path

import numpy as np
import pytest
from diff_diff import HonestDiD
from diff_diff.results import MultiPeriodDiDResults, PeriodEffect

from mp_bayes.checks.event_study import EventStudy
from mp_bayes.checks.event_study_files import read_event_study

BENZARTI_CARLONI = "benzarti_carloni_2019_profits"
LOVENHEIM_WILLEN = "lovenheim_willen_2019_female_employment"

ESTIMATES = "period,estimate,phase\n2010,0.1,pre\n2011,-0.1,pre\n2012,0,reference\n2013,0.8,post\n"
COVARIANCE = (
    "period,2010,2011,2013\n2010,0.04,0.01,0.01\n2011,0.01,0.04,0.01\n2013,0.01,0.01,0.04\n"
)


def made_up(pre: int = 3, post: int = 2, *, reference: int | None = None) -> EventStudy:
    """Return an event study with the covariance that a shared reference makes.

    `reference` is the place of the reference among the periods before the onset; the last unless
    given.
    """
    rng = np.random.default_rng(pre + 10 * post)
    place = pre if reference is None else reference
    times = np.delete(np.arange(pre + 1 + post), place) - place
    size = pre + post
    return EventStudy(
        "made_up",
        "Made up",
        "log_odds",
        tuple(map(str, times)),
        "0",
        times.astype(float),
        times > pre - place,
        rng.normal(0, 0.15, size) + np.where(times > pre - place, 0.6, 0.0),
        0.02 * np.eye(size) + 0.02,
    )


def real(folder: Path, name: str) -> EventStudy:
    """Return one of HonestDiD's two event studies."""
    return read_event_study(folder / f"{name}_estimates.csv", folder / f"{name}_covariance.csv")


@pytest.fixture
def event_studies(shared: Path) -> Path:
    """Return the folder of the real ones, which are not part of the project."""
    return shared / "data" / "event_studies"


def results(study: EventStudy) -> MultiPeriodDiDResults:
    """Return the event study as diff-diff keeps one, from the last period before the onset."""
    based = study.rebased()
    sds = np.sqrt(np.diag(based.covariance))
    periods = [int(time) for time in based.times]
    nothing = (np.nan, np.nan)
    return MultiPeriodDiDResults(
        period_effects={
            period: PeriodEffect(period, float(effect), float(sd), np.nan, np.nan, nothing)
            for period, effect, sd in zip(periods, based.estimate, sds, strict=True)
        },
        avg_att=0.0,
        avg_se=1.0,
        avg_t_stat=0.0,
        avg_p_value=1.0,
        avg_conf_int=nothing,
        n_obs=1,
        n_treated=1,
        n_control=1,
        pre_periods=[period for period in periods if period < 0],
        post_periods=[period for period in periods if period > 0],
        vcov=based.covariance,
        reference_period=0,
        interaction_indices={period: place for place, period in enumerate(periods)},
    )


def honest(study: EventStudy, method: str, value: float) -> object:
    """Return diff-diff's HonestDiD of the average effect."""
    return HonestDiD(method=method, M=value).fit(results(study))
