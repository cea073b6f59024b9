"""The runner: the same numbers whoever does the work, and after any interruption."""

import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal
from scenarios import rereferral
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.simulate.methods import COLUMNS, Method
from mp_bayes.simulate.runner import CHUNK, Trial, run
from mp_bayes.simulate.scenario import changed

SEED = 20200312
METHODS = (Method("did_linear"), Method("national", "constant"), Method("none", "yearly"))
# More than one chunk, and a last one that is not full.
REPLICATES = CHUNK + 7


def trials() -> list[Trial]:
    """Return a cheap trial before a dear one, so that they are not run in their order."""
    base = rereferral(effect=-3.0)
    return [
        Trial("a small", base, METHODS[:1], (1, 3), 20),
        Trial("b large", base, METHODS, (2, 3), REPLICATES),
        Trial("c null", changed(base, effect=0.0), METHODS[:2], (3,), REPLICATES),
    ]


def study(folder, **how) -> pd.DataFrame:
    return run(trials(), load_priors(STUDY), seed=SEED, folder=folder, **how)


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> pd.DataFrame:
    return study(tmp_path_factory.mktemp("alone"), workers=1)


def test_rows_are_complete_and_in_the_order_of_trials_and_replicates(alone):
    assert list(alone) == ["trial", "post_years", "method", *COLUMNS, "truth"]
    assert list(alone["trial"].unique()) == ["a small", "b large", "c null"]
    for trial in trials():
        rows = alone[alone["trial"].eq(trial.name)]
        assert sorted(rows["post_years"].unique()) == list(trial.post_years)
        assert list(rows["method"].unique()) == [method.name for method in trial.methods]
        for _, one in rows.groupby(["post_years", "method"]):
            numbers = one["replicate"].to_numpy()
            assert set(numbers) == set(range(trial.replicates))
            # DiD's rows are grouped by estimand, the models' by replicate.
            first = one[one["estimand"].eq("average_effect")].drop_duplicates("replicate")
            assert first["replicate"].is_monotonic_increasing
    assert alone["truth"].notna().all()


@pytest.mark.parametrize("workers", [2, 4])
def test_the_number_of_workers_changes_no_number(alone, tmp_path, workers):
    assert_frame_equal(study(tmp_path, workers=workers), alone, check_exact=True)


def test_what_is_not_sampled_has_failed_whoever_does_the_work(tmp_path):
    # About one event a cell, and no more than three in a borough's post-years.
    rare = rereferral(baseline=0.05, cell_size=20)
    trial = Trial("rare", rare, METHODS[1:2], (1, 3), REPLICATES, most_sampled=None)
    one, two = (
        run([trial], load_priors(STUDY), seed=SEED, folder=tmp_path / str(workers), workers=workers)
        for workers in (1, 2)
    )
    assert_frame_equal(one, two, check_exact=True)
    failed = one["engine"].eq("none")
    assert failed.sum() > len(one) / 2
    assert_series_equal(failed, ~one["usable"], check_names=False)
    # A failed fit has its rows, and the truth in them.
    assert one.groupby(["post_years", "replicate"]).size().eq(4).all()
    assert one["truth"].notna().all()


def test_a_dask_cluster_changes_no_number(alone, tmp_path):
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        # What a cluster says of ports, sockets and large graphs is not this project's.
        warnings.filterwarnings("ignore", module=r"distributed\b")
        warnings.filterwarnings("ignore", category=ResourceWarning)
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster:
            rows = study(tmp_path, dask=cluster.scheduler_address)
    assert_frame_equal(rows, alone, check_exact=True)


def test_one_seed_is_one_study_and_another_is_not(alone, tmp_path):
    kept = [trials()[0]]
    again = run(kept, load_priors(STUDY), seed=SEED, folder=tmp_path, workers=1)
    other = run(kept, load_priors(STUDY), seed=SEED + 1, folder=tmp_path, workers=1)
    assert_frame_equal(again, alone[alone["trial"].eq("a small")], check_exact=True)
    assert not np.array_equal(again["mean"], other["mean"])


def test_finished_trials_are_not_run_again_and_a_deleted_one_comes_back(alone, tmp_path):
    study(tmp_path, workers=1)
    files = sorted(tmp_path.glob("*.parquet"))
    assert len(files) == 3
    before = {file: file.stat().st_mtime_ns for file in files}
    lost = files[1]
    content = pd.read_parquet(lost)
    lost.unlink()
    progress: list[tuple[float, float]] = []
    again = study(
        tmp_path, workers=1, on_progress=lambda done, total: progress.append((done, total))
    )
    assert_frame_equal(again, alone, check_exact=True)
    assert_frame_equal(pd.read_parquet(lost), content, check_exact=True)
    for file in files:
        assert (file.stat().st_mtime_ns == before[file]) == (file != lost)
    # The finished trials count as done from the start, and the end is reached.
    assert progress[0][0] > 0
    assert progress[-1][0] == pytest.approx(progress[-1][1])
    assert [done for done, _ in progress] == sorted(done for done, _ in progress)


KILLED = """
import sys
sys.path[:0] = {tests!r}
from pathlib import Path
from test_runner import study
study(Path({folder!r}), workers={workers})
"""


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.nightly)])
def test_kill_9_loses_only_the_trial_in_progress(alone, tmp_path, workers):
    tests = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "helpers")]
    script = KILLED.format(tests=tests, folder=str(tmp_path), workers=workers)
    # A session of its own, so that its workers are killed with it and no others.
    process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True)
    try:
        deadline = time.monotonic() + 120
        while not list(tmp_path.glob("*.parquet")):
            assert process.poll() is None, "the study ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.002)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    finished = {file: file.stat().st_mtime_ns for file in tmp_path.glob("*.parquet")}
    assert 1 <= len(finished) < 3
    assert_frame_equal(study(tmp_path, workers=1), alone, check_exact=True)
    for file, written in finished.items():
        assert file.stat().st_mtime_ns == written


def one_line(error) -> str:
    message = str(error.value)
    assert message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("spoilt", [b"", b"not Parquet at all", "half"])
def test_a_damaged_file_is_made_again(tmp_path, spoilt):
    kept = [trials()[0]]
    first = run(kept, load_priors(STUDY), seed=SEED, folder=tmp_path, workers=1)
    (file,) = tmp_path.glob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if spoilt == "half" else spoilt)
    again = run(kept, load_priors(STUDY), seed=SEED, folder=tmp_path, workers=1)
    assert_frame_equal(again, first, check_exact=True)


def test_a_file_in_place_of_the_folder_is_refused_before_any_work(tmp_path):
    place = tmp_path / "here"
    place.write_text("a file")
    for folder in (place, place / "below"):
        with pytest.raises(InputError, match="cannot write to the folder") as error:
            study(folder, workers=1, on_progress=lambda *_: pytest.fail("work was begun"))
        assert str(folder) in one_line(error)
    assert place.read_text() == "a file"


def test_a_read_only_folder_is_refused_before_any_work(tmp_path):
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write to any folder")
        with pytest.raises(InputError, match="cannot write to the folder"):
            study(tmp_path, workers=1, on_progress=lambda *_: pytest.fail("work was begun"))
    finally:
        tmp_path.chmod(0o700)


def test_a_disk_that_fills_up_gives_one_line_and_leaves_no_half_file(tmp_path, monkeypatch):
    def full(_self, path, **_kwargs):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(InputError, match="No space left on device") as error:
        run([trials()[0]], load_priors(STUDY), seed=SEED, folder=tmp_path, workers=1)
    assert "finished trials are kept" in one_line(error)
    assert list(tmp_path.iterdir()) == []


def test_two_trials_of_one_name_are_refused(tmp_path):
    first, second, _ = trials()
    with pytest.raises(InputError, match="same name"):
        run([first, replace(second, name=first.name)], load_priors(STUDY), seed=1, folder=tmp_path)


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:not-a-port"])
def test_an_address_that_is_none_is_refused(tmp_path, address):
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match="cannot reach a Dask scheduler"):
        run([trials()[0]], load_priors(STUDY), seed=1, folder=tmp_path, dask=address)
    # Left set, every later computation of this process would be sent to a cluster that is gone.
    assert pytest.importorskip("dask").config.get("scheduler", None) is None


def test_a_scheduler_that_is_not_there_is_refused(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    client = distributed.Client

    def impatient(address, *, timeout, **how):
        return client(address, timeout=timeout / 10, **how)

    monkeypatch.setattr(distributed, "Client", impatient)
    with pytest.raises(InputError, match=r"cannot reach .* at tcp://127\.0\.0\.1:1") as error:
        run([trials()[0]], load_priors(STUDY), seed=1, folder=tmp_path, dask="tcp://127.0.0.1:1")
    one_line(error)


def test_more_processes_than_a_machine_has_use_for_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"--workers: 1000 processes .* give \d+ at most"):
        study(tmp_path, workers=1000)
