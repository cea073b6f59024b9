"""Signals, lost processes and outputs that fail: one line, nothing half-written, nobody left."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import free_port, members

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc"
)
COMMAND = [sys.executable, "-m", "mp_bayes"]
QUICK = [*COMMAND, "run", "--study", "example", "--quick"]


def _heed_signals() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def start(*arguments: str, **how):
    """Begin a command in a session of its own, where signals have their usual meaning."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # This test run may ignore Ctrl-C (a shell's background job) or the terminal's end (nohup).
        preexec_fn=_heed_signals,  # noqa: PLW1509  # no threads need it
        **how,
    )


def assert_nobody_is_left(session: int) -> None:
    deadline = time.monotonic() + 10
    while members(session) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert members(session) == []


def wait_for(job, until) -> None:
    deadline = time.monotonic() + 60
    while not until() and job.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert until(), job.communicate(timeout=1) if job.poll() is not None else "never"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("which", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["INT", "TERM", "HUP"],
)
@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_a_signal_ends_a_run_in_one_line(tmp_path, which, status, twice):
    out = tmp_path / "results"
    out.mkdir()
    (out / "mine.txt").write_text("keep me")
    job = start("run", "--study", "example", "--quick", "--out", str(out))
    try:
        # The command, and its two workers.
        wait_for(job, lambda: len(members(job.pid)) >= 3)
        time.sleep(1)
        os.kill(job.pid, which)
        if twice:
            time.sleep(0.02)
            os.kill(job.pid, which)
        _, complained = job.communicate(timeout=60)
        assert job.returncode == status
        # Killed twice, Python's own tracker of shared memory may have a last word.
        said = [
            line for line in complained.splitlines() if not twice or "resource_tracker" not in line
        ]
        assert said[-1] == "mp-bayes: interrupted; nothing was written"
        assert "Traceback" not in complained
        assert contents(out) == {"mine.txt": b"keep me"}
        assert_nobody_is_left(job.pid)
    finally:
        job.kill()
        job.communicate()


def test_an_interrupted_plan_says_that_it_goes_on_only_if_a_trial_is_finished(tmp_path):
    out, begun = tmp_path / "plan", tmp_path / "begun"
    (begun / "replicates").mkdir(parents=True)
    (begun / "replicates" / "one.parquet").touch()
    said = {}
    for folder in (out, begun):
        before = set(folder.iterdir()) if folder.exists() else set()
        job = start("plan", "--treated-boroughs", "1", "--out", str(folder))
        try:
            # As soon as it has a folder to write to: long before the first trial is finished.
            wait_for(job, lambda at=folder, was=before: at.exists() and set(at.iterdir()) != was)
            os.killpg(job.pid, signal.SIGINT)
            said[folder] = job.communicate(timeout=60)[1].splitlines()[-1]
        finally:
            job.kill()
            job.communicate()
        assert job.returncode == 130
    assert said[out] == "mp-bayes: interrupted; nothing was written"
    assert "the same command goes on from what is finished in" in said[begun]


def test_ctrl_c_is_how_the_planner_ends():
    pytest.importorskip("flask")
    job = start("app", "--port", str(free_port()))
    try:
        assert "in a browser" in job.stdout.readline()
        time.sleep(1)
        os.killpg(job.pid, signal.SIGINT)
        assert job.communicate(timeout=60)[1] == "mp-bayes: planner closed\n"
    finally:
        job.kill()
        job.communicate()
    assert job.returncode == 130


@pytest.mark.parametrize("after", [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4])
def test_ctrl_c_in_the_first_moments_shows_no_traceback(tmp_path, after):
    job = start("run", "--study", "example", "--quick", "--out", str(tmp_path / "results"))
    time.sleep(after)
    os.killpg(job.pid, signal.SIGINT)
    _, complained = job.communicate(timeout=60)
    assert job.returncode != 0
    # Python's own start, before this project can say anything, may tell what it was doing.
    assert "mp_bayes/commands" not in complained
    assert not (tmp_path / "results").exists()


def test_workers_end_with_a_command_that_is_killed(tmp_path):
    out = tmp_path / "results"
    job = start("run", "--study", "example", "--quick", "--out", str(out))
    wait_for(job, lambda: len(members(job.pid)) >= 3)
    time.sleep(2)
    job.kill()
    job.communicate()
    assert_nobody_is_left(job.pid)
    # What it has left is cleared by the next, and no other run is in its way.
    assert [path.name[:21] for path in out.iterdir()] == [".mp-bayes-unfinished-"]
    done = subprocess.run([*QUICK, "--out", str(out)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--study", "example", "--quick"],
        [
            *("plan", "--treated-boroughs", "1", "--replicates", "400"),
            *("--comparison-boroughs", "1", "--half-life", "0"),
        ],
    ],
    ids=["run", "plan"],
)
def test_a_worker_that_is_killed_is_told_in_one_line(tmp_path, command):
    job = start(*command, "--out", str(tmp_path / "out"))
    try:
        wait_for(job, lambda: len(workers_of(job.pid)) >= 2)
        time.sleep(1)
        os.kill(workers_of(job.pid)[0], signal.SIGKILL)
        _, complained = job.communicate(timeout=100)
        assert job.returncode == 2
        assert "a worker process was ended from outside" in complained
        assert "Traceback" not in complained
        assert_nobody_is_left(job.pid)
    finally:
        job.kill()
        job.communicate()


def workers_of(parent: int) -> list[int]:
    """Return the processes that work for one, and not those that only keep track."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
            line = (stat.parent / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and b"tracker import" not in line and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return sorted(found)


def shell(line: str, **how) -> subprocess.CompletedProcess[str]:
    line = line.replace("MP", f"{sys.executable} -m mp_bayes")
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=100, check=False, **how
    )


def test_a_reader_that_has_enough_is_no_error():
    done = shell("MP audit | head -n 1 >/dev/null; echo ${PIPESTATUS[0]}")
    # Rich, which prints, ends with 1.
    assert (done.stdout.strip() in ("0", "1", "141"), done.stderr) == (True, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
def test_a_full_output_is_told():
    done = shell("MP priors > /dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "No space left on device" in done.stderr


def test_a_working_folder_that_is_gone_is_told(tmp_path):
    (tmp_path / "gone").mkdir()
    done = shell(f"cd {tmp_path}/gone && rmdir ../gone && MP fit --engine laplace")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("mp-bayes: ")


def test_a_terminal_without_a_minus_sign_is_no_error():
    done = shell("PYTHONUTF8=0 PYTHONIOENCODING=ascii LC_ALL=C MP audit")
    assert (done.returncode, done.stderr) == (0, "")


def test_markup_in_a_path_is_written_as_it_is(tmp_path):
    done = shell("MP priors --out '[bold]x [y].toml'", cwd=tmp_path)
    assert done.stdout == "Written: [bold]x [y].toml\n"


@pytest.mark.parametrize("typed", ["a\x1b[2Jb", "a\u202eb", "a\nb", "x" * 5000, "\U0001f600"])
def test_what_was_typed_moves_no_cursor(mp_bayes, typed):
    status, _, complained = mp_bayes("fit", typed)
    assert status == 2
    assert complained.count("\n") == 1
    assert all(letter.isprintable() for letter in complained.strip("\n"))


SLOW = {
    "run": ["run", "--study", "example", "--quick"],
    "plan": [
        *("plan", "--replicates", "20", "--comparison-boroughs", "1", "--half-life", "0"),
        *("--treated-boroughs", "1", "--max-post-years", "2", "--workers", "2"),
    ],
    "placebo": ["panel", "placebo", "--data", "DATA", "--years", "2013:2020"],
}


@pytest.mark.nightly
@pytest.mark.parametrize("name", SLOW)
def test_kills_at_any_moment_lose_nothing(tmp_path, made_up, name):
    command = [str(made_up) if word == "DATA" else word for word in SLOW[name]]
    out = tmp_path / "out"
    # A function just compiled rounds otherwise than one from the cache, and a sampler's path is
    # sensitive to that: two empty caches gave one `agreement.csv`, both when filled another.
    assert start(*command, "--out", str(tmp_path / "first")).communicate(timeout=600)
    begun = time.monotonic()
    assert start(*command, "--out", str(out)).communicate(timeout=600)
    lasts = time.monotonic() - begun
    (out / "mine.txt").write_text("keep me")
    expected = {name: text for name, text in contents(out).items() if name.endswith(".csv")}
    assert expected
    rng = random.Random(13)
    for _ in range(20):
        for replicate in (out / "replicates").glob("*") if name == "plan" else ():
            replicate.unlink()  # so that there is work to interrupt
        job = start(*command, "--out", str(out))
        time.sleep(rng.uniform(0, lasts))
        job.kill()
        job.communicate()
        assert_nobody_is_left(job.pid)
        assert (out / "mine.txt").read_text() == "keep me"
        if not (out / ".mp-bayes-moving.json").exists():
            now = contents(out)
            assert {one: now[one] for one in expected} == expected
    job = start(*command, "--out", str(out))
    _, complained = job.communicate(timeout=600)
    assert job.returncode == 0, complained
    found = contents(out)
    assert {one: found[one] for one in expected} == expected
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_names_that_are_not_utf_8_are_one_line(tmp_path):
    odd = os.fsdecode(b"c\xff.csv")
    given = ["check", "trends", "--estimates", odd, "--covariance", odd, "--out", str(tmp_path)]
    status = start(*given)
    _, complained = status.communicate(timeout=60)
    assert status.returncode == 2
    assert "is not UTF-8" in complained
    assert complained.strip().count("\n") == 0
