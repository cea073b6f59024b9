"""Posteriors as small files."""

from pathlib import Path

import arviz as az
import numpy as np
import pytest
import xarray as xr

from mp_bayes.storage import save_posterior

DRAWS = 700


@pytest.fixture
def tree() -> xr.DataTree:
    rng = np.random.default_rng(9)
    dims = ("chain", "draw", "borough", "year")
    coords = {"borough": ["Islington", "Barnet"], "year": ["2016-17", "2017-18", "2018-19"]}
    posterior = xr.Dataset(
        {
            "eta": (dims, rng.normal(size=(2, DRAWS, 2, 3))),
            "sd_shock": (dims[:2], np.broadcast_to(np.arange(DRAWS) * 1.0, (2, DRAWS))),
        },
        coords=coords | {"chain": [0, 1], "draw": np.arange(DRAWS)},
    )
    stats = xr.Dataset({"diverging": (dims[:2], np.zeros((2, DRAWS), dtype=bool))})
    observed = xr.Dataset({"events": (dims[2:], np.arange(6).reshape(2, 3))}, coords=coords)
    built = xr.DataTree.from_dict(
        {"posterior": posterior, "sample_stats": stats, "observed_data": observed}
    )
    built.attrs = {"outcome": "cla_placement_moves", "seed": 7}
    return built


@pytest.mark.parametrize(("per_chain", "kept"), [(250, 250), (1, 1), (5000, DRAWS)])
def test_a_posterior_reads_back_thinned_evenly(
    tree: xr.DataTree, tmp_path: Path, per_chain: int, kept: int
) -> None:
    path = tmp_path / "fit.nc"
    save_posterior(tree, path, per_chain=per_chain)
    found = az.from_netcdf(path)
    assert set(found.children) == {"posterior", "sample_stats", "observed_data"}
    posterior = found["posterior"]
    assert posterior.sizes["draw"] == kept
    # The first and last draw are kept, and no two kept are more than one further apart than others.
    places = posterior["sd_shock"].sel(chain=0).to_numpy().astype(int)
    assert places[0] == 0
    if kept > 1:
        assert places[-1] == DRAWS - 1
        assert np.ptp(np.diff(places)) <= 1
    # 12 significant bits, cut off.
    np.testing.assert_allclose(
        posterior["eta"].to_numpy(), tree["posterior"]["eta"].to_numpy()[:, places], rtol=2**-11
    )
    assert posterior["year"].to_numpy().tolist() == ["2016-17", "2017-18", "2018-19"]
    assert found["sample_stats"]["diverging"].dtype == bool
    assert (found["observed_data"]["events"].to_numpy() == np.arange(6).reshape(2, 3)).all()
    assert found.attrs["outcome"] == "cla_placement_moves"
    assert found.attrs["draws_sampled_per_chain"] == DRAWS


def test_saving_leaves_the_posterior_in_memory_as_it_was(tree: xr.DataTree, tmp_path: Path) -> None:
    before = tree["posterior"]["eta"].to_numpy().copy()
    save_posterior(tree, tmp_path / "fit.nc")
    assert tree["posterior"]["eta"].dtype == np.float64
    assert (tree["posterior"]["eta"].to_numpy() == before).all()
    assert tree["posterior"].sizes["draw"] == DRAWS
