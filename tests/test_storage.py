"""Check that results are written whole or not at all."""

import json
import signal
from pathlib import Path

import arviz as az
import numpy as np
import pytest
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.storage import (
    MANIFEST,
    digest,
    save_posterior,
    whole_results,
    write_manifest,
    write_whole,
)


def contents(folder: Path) -> dict[str, str]:
    """Return every file below a folder, hidden ones too, with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_and_fail(out: Path, error: BaseException | type[BaseException]) -> None:
    """Begin to write results, and fail before the end."""
    with whole_results(out) as staging:
        put(staging, effects="new", more="x")
        raise error


def test_results_appear_in_a_new_folder_when_the_block_succeeds(tmp_path: Path) -> None:
    out = tmp_path / "new" / "results"
    with whole_results(out) as staging:
        put(staging, effects="1")
        (staging / "figures").mkdir()
        put(staging / "figures", plot="2")
        # Nothing is there before the end.
        assert {path.name for path in out.iterdir()} == {staging.name}
    assert contents(out) == {"effects": "1", "figures/plot": "2"}
    assert sorted(path.name for path in out.iterdir()) == ["effects", "figures"]


def test_new_results_replace_old_ones_and_leave_other_files(tmp_path: Path) -> None:
    put(tmp_path, effects="old", notes="mine")
    with whole_results(tmp_path) as staging:
        put(staging, effects="new")
        assert contents(tmp_path)["effects"] == "old"
    assert contents(tmp_path) == {"effects": "new", "notes": "mine"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, InputError, SystemExit])
def test_a_failure_leaves_existing_results_untouched(
    tmp_path: Path, error: type[BaseException]
) -> None:
    put(tmp_path, effects="old", notes="mine")
    with pytest.raises(error):
        write_and_fail(tmp_path, error)
    assert contents(tmp_path) == {"effects": "old", "notes": "mine"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["effects", "notes"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_no_folder_where_there_was_none(
    tmp_path: Path, error: type[BaseException]
) -> None:
    out = tmp_path / "results"
    with pytest.raises(error):
        write_and_fail(out, error)
    assert not out.exists()


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    # A path below a regular file cannot be made into a folder, whoever the user is.
    file = tmp_path / "file"
    file.write_text("text", encoding="utf-8")
    worked = False
    with pytest.raises(InputError) as caught, whole_results(file / "results"):
        worked = True
    assert not worked
    assert "results" in str(caught.value)
    assert "--out" in str(caught.value)
    assert file.read_text(encoding="utf-8") == "text"


def test_an_error_of_the_disk_is_said_in_one_line(tmp_path: Path) -> None:
    put(tmp_path, effects="old")
    with pytest.raises(InputError, match=r"No space left on device; nothing was changed"):
        write_and_fail(tmp_path, OSError(28, "No space left on device"))
    assert contents(tmp_path) == {"effects": "old"}


def test_a_folder_in_the_way_of_a_result_leaves_every_result_as_it_was(tmp_path: Path) -> None:
    put(tmp_path, effects="old")
    (tmp_path / "summary").mkdir()
    put(tmp_path / "summary", kept="mine")
    with pytest.raises(InputError, match="nothing was changed"), whole_results(tmp_path) as staging:
        put(staging, effects="new", summary="new")
    assert contents(tmp_path) == {"effects": "old", "summary/kept": "mine"}


def test_files_that_only_an_old_manifest_lists_are_removed(tmp_path: Path) -> None:
    for run, names in (("first", ["effects", "stale"]), ("second", ["effects"])):
        with whole_results(tmp_path) as staging:
            put(staging, **dict.fromkeys(names, run))
            write_manifest(staging, inputs=[], seed=1)
        put(tmp_path, notes="mine")
    found = contents(tmp_path)
    manifest = json.loads(found.pop(MANIFEST))
    assert found == {"effects": "second", "notes": "mine"}
    assert list(manifest["files"]) == ["effects"]


def test_results_without_a_manifest_remove_nothing(tmp_path: Path) -> None:
    with whole_results(tmp_path) as staging:
        put(staging, effects="1")
        write_manifest(staging, inputs=[])
    with whole_results(tmp_path) as staging:
        put(staging, other="2")
    assert set(contents(tmp_path)) == {"effects", "other", MANIFEST}


@pytest.mark.parametrize("text", ["not JSON", "[]", "{}"])
def test_a_manifest_that_is_somebody_else_s_does_not_cost_the_results(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / MANIFEST).write_text(text, encoding="utf-8")
    with whole_results(tmp_path) as staging:
        put(staging, effects="new")
        write_manifest(staging, inputs=[])
    assert contents(tmp_path)["effects"] == "new"


def test_an_interrupt_handler_is_back_in_its_place_afterwards(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with whole_results(tmp_path) as staging:
        put(staging, effects="1")
    assert signal.getsignal(signal.SIGINT) is before


def test_a_manifest_records_hashes_of_inputs_and_files_and_the_facts_given(tmp_path: Path) -> None:
    given = tmp_path / "mine.toml"
    given.write_text("abc", encoding="utf-8")
    staging = tmp_path / "staging"
    (staging / "figures").mkdir(parents=True)
    put(staging, effects="x")
    put(staging / "figures", plot="abc")
    write_manifest(staging, inputs=[given], seed=7, quick=True)
    manifest = json.loads((staging / MANIFEST).read_text(encoding="utf-8"))
    # The SHA-256 of "abc" is FIPS 180-2's first example.
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert manifest["inputs"] == {"mine.toml": abc}
    assert manifest["files"] == {"effects": digest(staging / "effects"), "figures/plot": abc}
    assert (manifest["seed"], manifest["quick"]) == (7, True)
    assert {"pymc", "nutpie", "mp-bayes"} <= set(manifest["versions"])


def test_a_text_file_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    write_whole(path, "first £")
    write_whole(path, "second £")
    assert contents(tmp_path) == {"report.md": "second £"}


def test_a_text_file_that_cannot_be_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "report.md"
    folder.mkdir()
    with pytest.raises(InputError, match=r"cannot write .*report\.md.*--out"):
        write_whole(folder, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    with pytest.raises(InputError, match="cannot write"):
        write_whole(tmp_path / "missing" / "report.md", "text")


def test_text_below_a_regular_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot write"):
        write_whole(tmp_path / "file" / "report.md", "text")


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
