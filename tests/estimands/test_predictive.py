"""Check replicated counts against the moments that the models promise."""

import numpy as np
import pytest
import xarray as xr
from studied import OUTCOMES, get_outcome

from mp_bayes.estimands.predictive import cell_summaries, replicate
from mp_bayes.evidence.arrays import cells
from mp_bayes.studies.study import Outcome

CHAINS, DRAWS = 4, 2500
N = CHAINS * DRAWS
REREFERRAL = get_outcome("cin_rereferral_12m")
MOVES = get_outcome("cla_placement_moves")


def posterior(outcome: Outcome, *, eta: float, **scalars: float) -> xr.Dataset:
    """Return draws that are all alike, so that replicates vary by the likelihood alone."""
    study = outcome.setting
    dims = ("chain", "draw", "borough", "year")
    shape = (CHAINS, DRAWS, 2, len(study.years))
    effect = np.zeros(shape)
    effect[:, :, :, study.post] = -0.3
    return xr.Dataset(
        {
            "eta": (dims, np.full(shape, eta)),
            "effect": (dims, effect),
            **{name: (dims[:2], np.full(shape[:2], value)) for name, value in scalars.items()},
        },
        coords={"borough": list(study.boroughs), "year": list(study.years)},
    )


def check_moments(events: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> None:
    """Compare to within five Monte Carlo standard errors; the variance's from the 4th moment."""
    flat = events.reshape(N, -1).astype(float)
    mean, variance = mean.ravel(), variance.ravel()
    assert (np.abs(flat.mean(0) - mean) < 5 * np.sqrt(variance / N)).all()
    squares = (flat - mean) ** 2
    error = squares.std(0) / np.sqrt(N)
    assert (np.abs(squares.mean(0) - variance) < 5 * error).all()


@pytest.mark.parametrize("design_effect", [1.0, 1.14, 3.0])
def test_binary_replicates_have_the_variance_that_the_design_effect_says(
    design_effect: float,
) -> None:
    total = cells(REREFERRAL)["total"]
    draws = posterior(REREFERRAL, eta=np.log(0.25), design_effect=design_effect)
    events = replicate(draws, total, REREFERRAL, seed=1)
    assert events.shape == (CHAINS, DRAWS, 2, 6)
    n = total.transpose("borough", "year").to_numpy()
    assert (events >= 0).all()
    assert (events <= n).all()
    check_moments(events, 0.2 * n, design_effect * 0.16 * n)


@pytest.mark.parametrize("excess", [0.0, 0.55, 2.0])
def test_count_replicates_have_mean_times_dispersion_as_variance(excess: float) -> None:
    total = cells(MOVES)["total"]
    draws = posterior(MOVES, eta=np.log(0.6), dispersion_excess=excess, exposure=0.8)
    events = replicate(draws, total, MOVES, seed=2)
    mean = 0.48 * total.transpose("borough", "year").to_numpy()
    check_moments(events, mean, (1 + excess) * mean)


def test_replicates_are_reproducible_and_differ_between_seeds() -> None:
    total = cells(MOVES)["total"]
    draws = posterior(MOVES, eta=-0.5, dispersion_excess=0.5, exposure=0.8)
    draws = draws.isel(draw=slice(20))
    first, again, other = (replicate(draws, total, MOVES, seed=seed) for seed in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_every_observed_cell_has_its_row_and_a_year_without_data_none(outcome: Outcome) -> None:
    draws = posterior(
        outcome, eta=-1.0, design_effect=1.1, dispersion_excess=0.3, exposure=0.8
    ).isel(draw=slice(50))
    table = cell_summaries(draws, cells(outcome), outcome, seed=3)
    assert sorted(zip(table["borough"], table["year"], strict=True)) == sorted(
        (borough, year) for borough in outcome.setting.boroughs for year in outcome.years
    )
    assert not table.isna().any(axis=None)
    if outcome.name == "cin_rereferral_24m":
        assert "2017-18" not in set(table["year"])


def test_binary_cells_are_in_percent_of_referrals() -> None:
    draws = posterior(REREFERRAL, eta=np.log(0.25), design_effect=1.0)
    table = cell_summaries(draws, cells(REREFERRAL), REREFERRAL, seed=4)
    table = table.set_index(["borough", "year"])
    # Table 8: 297 of 2,163.
    row = table.loc[("Islington", "2017-18")]
    assert row["observed"] == pytest.approx(100 * 297 / 2163)
    assert row["fitted_mean"] == pytest.approx(20.0)
    assert row["fitted_lower"] == pytest.approx(20.0)
    # Taking away an effect of -0.3 raises the odds.
    odds = 0.25 * np.exp(0.3)
    assert row["without_mean"] == pytest.approx(100 * odds / (1 + odds))
    # A 95% interval of a Binomial(2163, 0.2), within a count or two, in percent.
    sd = 100 * np.sqrt(0.16 / 2163)
    assert row["replicated_lower"] == pytest.approx(20 - 1.96 * sd, abs=0.1)
    assert row["replicated_upper"] == pytest.approx(20 + 1.96 * sd, abs=0.1)
    # 13.7% is seven SDs below 20%, and 26.4% in Southend as many above.
    assert row["prob_as_high"] == 1
    assert table.loc[("Southend", "2017-18"), "prob_as_high"] == 0
    # The comparison borough, and years before the onset, have no programme to take away.
    assert table.loc[("Southend", "2017-18"), "without_mean"] == pytest.approx(20.0)
    assert table.loc[("Islington", "2013-14"), "without_mean"] == pytest.approx(20.0)


def test_count_cells_are_per_hundred_child_years() -> None:
    draws = posterior(MOVES, eta=np.log(0.5), dispersion_excess=0.5, exposure=0.8)
    table = cell_summaries(draws, cells(MOVES), MOVES, seed=5).set_index(["borough", "year"])
    row = table.loc[("Islington", "2018-19")]
    # Table 13: 244 moves of 616 cases, each at risk for 0.8 years.
    assert row["observed"] == pytest.approx(100 * 244 / (616 * 0.8))
    assert row["fitted_mean"] == pytest.approx(50.0)
    assert row["without_mean"] == pytest.approx(50.0 * np.exp(0.3))
    # Five Monte Carlo standard errors of a mean of NB1 counts.
    error = 100 * np.sqrt(1.5 * 0.5 / (616 * 0.8) / N)
    assert row["replicated_mean"] == pytest.approx(50.0, abs=5 * error)


def test_ties_count_half_in_the_predictive_probability() -> None:
    # Replicates that are all 0 beside an observed 0 are as high as low.
    data = cells(get_outcome("cla_residential_placements"))
    data["events"] = xr.zeros_like(data["events"])
    outcome = get_outcome("cla_residential_placements")
    draws = posterior(outcome, eta=-60.0, dispersion_excess=0.3, exposure=0.8)
    table = cell_summaries(draws.isel(draw=slice(10)), data, outcome, seed=6)
    assert (table["prob_as_high"] == 0.5).all()
