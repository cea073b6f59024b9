"""Check the labelled arrays that models take in, and what is said of tables without them."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from studied import OUTCOMES, get_outcome

from mp_bayes.audit.tables import load
from mp_bayes.errors import InputError
from mp_bayes.evidence.arrays import (
    EVIDENCE,
    cells,
    coefficients,
    load_evidence,
    sampling_variance,
)
from mp_bayes.studies.read import read_study
from mp_bayes.studies.study import Outcome

ALL = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)


def interactions(outcome: Outcome) -> list[str]:
    return [year for year in outcome.years if year != outcome.setting.reference_year]


@ALL
def test_cells_hold_every_published_count_by_borough_and_year(outcome: Outcome) -> None:
    data = cells(outcome)
    assert data.sizes == {"borough": 2, "year": len(outcome.setting.years)}
    assert data["borough"].to_numpy().tolist() == list(outcome.setting.boroughs)
    assert data["year"].to_numpy().tolist() == list(outcome.setting.years)
    table = load("cells")
    rows = table[table["outcome"] == outcome.name]
    assert len(rows) == 2 * len(outcome.years)
    for row in rows.itertuples():
        cell = data.sel(borough=row.borough, year=row.year)
        assert (int(cell["total"]), int(cell["events"])) == (row.total, row.events)
    unobserved = data.sel(year=~outcome.observed)
    assert not unobserved["total"].any()
    assert not unobserved["events"].any()


@ALL
@pytest.mark.parametrize("kind", EVIDENCE)
def test_evidence_is_loaded_by_name_and_knows_its_outcome(outcome: Outcome, kind: str) -> None:
    data = load_evidence(outcome, kind)
    assert data.attrs["evidence"] == kind
    assert data.attrs["outcome"] == outcome.name


def test_unknown_evidence_is_refused_with_the_known_kinds_listed() -> None:
    with pytest.raises(InputError, match=r"unknown evidence 'panels'.*cells, coefficients"):
        load_evidence(get_outcome("cla_placement_moves"), "panels")  # type: ignore[arg-type]


def test_sampling_variance_is_the_delta_method_by_hand() -> None:
    binary, counts = get_outcome("cin_rereferral_24m"), get_outcome("cla_placement_moves")
    variance = sampling_variance(binary, cells(binary))
    # Table 8: 319 of 1,229 referrals in Islington in 2012-13; 2017-18 has none of 24 months.
    first = variance.sel(borough="Islington", year="2012-13")
    assert float(first) == pytest.approx(1 / 319 + 1 / (1229 - 319))
    # Table 13: 345 moves in Barnet in 2016-17.
    moves = sampling_variance(counts, cells(counts)).sel(borough="Barnet", year="2016-17")
    assert float(moves) == pytest.approx(1 / 345)


def test_sampling_variance_of_a_year_without_data_is_infinite() -> None:
    outcome = get_outcome("cin_rereferral_24m")
    variance = sampling_variance(outcome, cells(outcome))
    assert np.isinf(variance.sel(year="2017-18")).all()


@ALL
def test_coefficients_are_the_published_ones_on_the_link_scale(outcome: Outcome) -> None:
    data = coefficients(outcome)
    table = load("coefficients")
    table = table[
        (table["outcome"] == outcome.name)
        & (table["model"] == outcome.regression)
        & (table["term"] == "treated_x_year")
    ]
    assert sorted(table["year"]) == interactions(outcome)
    for row in table.itertuples():
        assert float(data["estimate"].sel(year=row.year)) == row.estimate
        assert float(data["se"].sel(year=row.year)) == row.se
    others = [year for year in outcome.setting.years if year not in set(table["year"])]
    assert (data["estimate"].sel(year=others) == 0).all()
    assert np.isinf(data["se"].sel(year=others)).all()


@ALL
def test_covariance_is_symmetric_positive_definite_with_the_reference_cells_off_the_diagonal(
    outcome: Outcome,
) -> None:
    data, years = coefficients(outcome), interactions(outcome)
    covariance = data["covariance"].sel(year=years, year_=years).to_numpy()
    np.testing.assert_array_equal(covariance, covariance.T)
    assert np.linalg.eigvalsh(covariance).min() > 0
    np.testing.assert_allclose(np.diag(covariance), data["se"].sel(year=years) ** 2, rtol=1e-12)
    counts = cells(outcome).sel(year=outcome.setting.reference_year)
    events, total = counts["events"].to_numpy(), counts["total"].to_numpy()
    shared = (1 / events).sum()
    if outcome.likelihood == "binomial":
        shared += (1 / (total - events)).sum()
    off = covariance[~np.eye(len(years), dtype=bool)]
    np.testing.assert_allclose(off, data.attrs["scaling"] * shared, rtol=1e-12)


@ALL
def test_years_without_a_coefficient_have_no_covariance(outcome: Outcome) -> None:
    data = coefficients(outcome)
    others = [year for year in outcome.setting.years if year not in interactions(outcome)]
    assert outcome.setting.reference_year in others
    assert np.isnan(data["covariance"].sel(year=others)).all()
    assert np.isnan(data["covariance"].sel(year_=others)).all()


@ALL
def test_scaling_is_within_what_the_clustered_errors_imply(outcome: Outcome) -> None:
    # METHODS 1: design effects of 1.03-1.23; dispersions of 1.43-1.73 and 1.19-1.37.
    low, high = {
        "cla_placement_moves": (1.43, 1.73),
        "cla_residential_placements": (1.19, 1.37),
    }.get(outcome.name, (1.03, 1.23))
    assert low < coefficients(outcome).attrs["scaling"] < high


def test_a_standard_error_too_small_for_the_shared_reference_year_is_refused(
    study_folder: Path, edit: Callable[..., int]
) -> None:
    where = {
        "outcome": "cin_escalation_12m",
        "model": "logit",
        "term": "treated_x_year",
        "year": "2016-17",
    }
    edit("coefficients", where, "se", "0.020")
    edited = read_study(study_folder)
    with pytest.raises(InputError, match="cin_escalation_12m are too small"):
        coefficients(edited.outcome("cin_escalation_12m"))
    # The other outcomes' tables are as they were.
    assert isinstance(coefficients(edited.outcome("cin_rereferral_12m")), xr.Dataset)


def drop(path: Path, *words: str) -> None:
    """Remove the one row of a table that holds all these cells."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if not set(words) <= set(row)]
    assert len(kept) == len(rows) - 1
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(kept)


@pytest.mark.parametrize(
    ("name", "borough", "year"),
    [
        ("cin_rereferral_12m", "Southend", "2014-15"),
        ("cin_rereferral_24m", "Islington", "2016-17"),
        ("cla_placement_moves", "Barnet", "2018-19"),
    ],
)
def test_a_missing_cell_is_named_by_borough_and_year(
    study_folder: Path, folder: Path, name: str, borough: str, year: str
) -> None:
    drop(folder / "cells.csv", name, borough, year)
    with pytest.raises(InputError) as caught:
        read_study(study_folder)
    assert str(caught.value).startswith(f"cells.csv: no row for {name}, {borough}, {year};")


def test_a_missing_coefficient_is_named_by_outcome_and_year(
    study_folder: Path, folder: Path
) -> None:
    drop(
        folder / "coefficients.csv",
        "cla_placement_moves",
        "quasi_poisson",
        "treated_x_year",
        "2017-18",
    )
    outcome = read_study(study_folder).outcome("cla_placement_moves")
    with pytest.raises(
        InputError, match=r"no quasi_poisson coefficient .* for cla_placement_moves, 2017-18"
    ):
        coefficients(outcome)


@pytest.mark.parametrize("events", ["0", "1042"])
def test_an_empty_or_full_reference_cell_is_refused(
    study_folder: Path, edit: Callable[..., int], events: str
) -> None:
    # No cell of the report is so; an edited copy might be, and its log-odds have no variance.
    year = {"outcome": "cin_rereferral_12m", "borough": "Southend", "year": "2012-13"}
    edit("cells", year, "total", "1042")
    edit("cells", year, "events", events)
    outcome = read_study(study_folder).outcome("cin_rereferral_12m")
    with pytest.raises(InputError, match=r"cin_rereferral_12m, Southend, 2012-13 has none or all"):
        coefficients(outcome)
