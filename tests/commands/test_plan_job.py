"""The job behind `mp-bayes plan`: what runs when, what is said of failed fits, and its end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from processes import members
from studied import STUDY, get_outcome

from mp_bayes.commands import plan_job
from mp_bayes.planning import check
from mp_bayes.planning.design import Design, main_trials
from mp_bayes.priors import load_priors
from mp_bayes.simulate.scenario import Scenario

BASE = Scenario(outcome=get_outcome("cin_rereferral_12m"), effect=-6.0, post_years=2)
DESIGN = Design(BASE, (1,), (0.0,), "national", 0.8, replicates=20)


def test_the_answer_comes_before_anything_that_stands_beside_it(tmp_path, monkeypatch):
    ran: list[str] = []
    run = plan_job.run

    def noted(trials, *given, **how):
        ran.extend(trial.name for trial in trials)
        return run(trials, *given, **how)

    monkeypatch.setattr(plan_job, "run", noted)
    answers, progress = [], []
    tables = plan_job.simulated(
        DESIGN,
        load_priors(STUDY),
        folder=tmp_path,
        seed=1,
        workers=1,
        refitted=0,
        on_answer=lambda known: answers.append((list(ran), known)),
        on_progress=lambda _text, done, total: progress.append(done / total),
    )
    ((before, known),) = answers
    assert before == [trial.name for trial in main_trials(DESIGN)]
    assert len(ran) > len(before)
    assert set(known) == {"assurance", "years_needed"}
    for name, table in known.items():
        pd.testing.assert_frame_equal(table, tables[name])
    # By share of the work, which never goes back.
    assert progress == sorted(progress)
    assert 0 < progress[1] < progress[-1] < 1


def test_failed_and_sampled_fits_are_said_for_each_method():
    measures = pd.DataFrame(
        {
            "trial": ["a", "a", "b", "a"],
            "post_years": 3,
            "method": [*["national/embedding"] * 3, "shock_aware"],
            "estimand": "average_effect",
            "scale": ["log_odds", "percentage_points", "log_odds", "log_odds"],
            "replicates": 200,
            "failed": [0.03, 0.03, 0.25, 0.0],
            "drawn": [20, 20, 9, 0],
            "sampled": [6, 6, 3, 0],
        }
    )
    failed, sampled = plan_job._warnings(measures)
    assert failed.startswith("Bayes, national prior: up to 25.0% of the fits of one design failed")
    assert "9 of 400 fits, " in sampled
    assert "at most 3 of 100" in sampled
    # Weighted draws are of the same posterior: no reason for caution.
    assert plan_job._warnings(measures.assign(failed=0.0, sampled=0)) == []


def gone(process) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_the_check_runs_in_a_process_beside(monkeypatch):
    monkeypatch.setattr(check, "refit", lambda *_, **asked: (os.getpid(), asked))
    with check.refitting(DESIGN, load_priors(STUDY), seed=5, count=2) as table:
        process, asked = table()
        assert process != os.getpid()
        assert asked == {"seed": 5, "count": 2}
    assert gone(process)


def test_an_interruption_ends_the_check(tmp_path, monkeypatch):
    begun = tmp_path / "begun"

    def never_ending(*_, **__):
        begun.write_text(str(os.getpid()))
        time.sleep(600)

    monkeypatch.setattr(check, "refit", never_ending)

    def interrupt():
        with check.refitting(DESIGN, load_priors(STUDY), seed=5, count=2):
            while not (begun.exists() and begun.read_text()):
                time.sleep(0.05)
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert gone(int(begun.read_text()))
    # Not after it has slept.
    assert time.monotonic() - started < 300


@pytest.mark.nightly
@pytest.mark.parametrize("everyone", [False, True], ids=["the command alone", "its whole group"])
def test_ctrl_c_leaves_no_process(tmp_path, everyone):
    if not Path("/proc/self/stat").exists():
        pytest.skip("processes are looked up in /proc")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        pytest.skip("the command would inherit that Ctrl-C is ignored")
    command = [sys.executable, "-m", "mp_bayes", "plan", "--workers", "2", "--out", str(tmp_path)]
    command += [
        "--treated-boroughs",
        "1",
        "--comparison-boroughs",
        "1",
        "--half-life",
        "0",
        "--max-post-years",
        "2",
    ]
    process = subprocess.Popen(
        command, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert any(b"This is the answer" in line for line in process.stdout)
        # The command, its two workers with their keeper, and the check, which takes a minute.
        deadline = time.monotonic() + 60
        while len(members(process.pid)) < 5 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(members(process.pid)) >= 5
        (os.killpg if everyone else os.kill)(process.pid, signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 130
        assert complaint.decode().count("interrupted; the same command goes on") == 1
        assert "Traceback" not in complaint.decode()
        deadline = time.monotonic() + 20
        while members(process.pid) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert members(process.pid) == []
    finally:
        if members(process.pid):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
