"""What people type, and what they are told."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from places import RESULTS, ROOT
from studied import STUDY

from mp_bayes.storage import MANIFEST, digest


@pytest.mark.parametrize("command", ["run", "fit", "audit", "priors", "figures"])
def test_help_has_an_example(mp_bayes, command):
    status, printed, _ = mp_bayes(command, "--help")
    assert status == 0
    assert "Example" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["fit", "cin_rereferal_12m"], ["unknown outcome", "cin_rereferral_12m"]),
        (["fit", "cin_rereferral_12m", "--shock", "big"], ["unknown shock prior", "national"]),
        (["fit", "cin_rereferral_12m", "--evidence", "cases"], ["unknown evidence", "cells"]),
        (["fit", "cin_rereferral_12m", "--effect", "late"], ["unknown effect", "embedding"]),
        (["fit", "cin_rereferral_12m", "--coding", "dose"], ["unknown coding", "published"]),
        (["fit", "cin_rereferral_12m", "--timing", "both"], ["unknown timing", "as_published"]),
        (["fit", "cin_rereferral_12m", "--priors", "no.toml"], ["no.toml"]),
        (["run", "--seed", "-1"], ["--seed"]),
        (["figures", "--results", "nowhere"], ["nowhere", "run it first"]),
        (["fly"], ["fly"]),
    ],
)
def test_a_wrong_call_gets_one_clear_line(mp_bayes, monkeypatch, tmp_path, arguments, words):
    monkeypatch.chdir(tmp_path)
    status, _, complained = mp_bayes(*arguments)
    assert status == 2
    assert len(complained.strip().splitlines()) == 1
    for word in words:
        assert word in complained
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_folder_is_told_before_any_work(mp_bayes, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    status, _, complained = mp_bayes("run", "--out", str(tmp_path / "file" / "results"))
    assert status == 2
    assert "cannot write to the folder" in complained


def test_printed_priors_are_read_back(mp_bayes, tmp_path):
    status, printed, _ = mp_bayes("priors")
    assert status == 0
    path = tmp_path / "mine.toml"
    path.write_text(printed, encoding="utf-8")
    from mp_bayes.priors import load_priors

    # The user's file holds what the study's and the defaults do together.
    mine, study, default = load_priors(STUDY, path).layers
    assert mine == default | study


def test_audit_prints_both_numbers_of_a_known_discrepancy(mp_bayes, tmp_path):
    status, printed, _ = mp_bayes("audit", "--out", str(tmp_path / "audit.csv"))
    assert status == 0
    assert "7283" in printed.replace(",", "")
    assert "7294" in printed.replace(",", "")
    assert not pd.read_csv(tmp_path / "audit.csv")["agrees"].all()


def test_bad_evidence_names_file_row_and_column(tmp_path):
    from mp_bayes.errors import InputError
    from mp_bayes.studies.read import find_study, read_study

    copy = tmp_path / "study"
    shutil.copytree(find_study().parent, copy)
    table = copy / "tables" / "cells.csv"
    before = table.read_text()
    table.write_text(before.replace(",1229,176,", ",1229,1760,"))
    assert table.read_text() != before
    with pytest.raises(InputError, match=r"cells\.csv.*line 2.*events"):
        read_study(copy)


def test_committed_results_give_a_figure_without_refitting(mp_bayes, tmp_path):
    results = RESULTS
    choice = ["--outcome", "cin_rereferral_12m", "--figure", "outcome_trends", "--format", "png"]
    status, _, complained = mp_bayes(
        "figures", "--results", str(results), *choice, "--out", str(tmp_path / "figures")
    )
    assert status == 0, complained
    written = {path.suffix for path in (tmp_path / "figures").iterdir()}
    assert written == {".png", ".csv", ".txt", ".json", ".html"}


def test_figures_are_drawn_with_the_priors_of_the_run(mp_bayes, tmp_path):
    results = tmp_path / "results"
    shutil.copytree(RESULTS, results)
    (results / "priors.toml").write_text("[default]\nsd_effect = 0.5\n")
    manifest = json.loads((results / MANIFEST).read_text())
    manifest["files"]["priors.toml"] = digest(results / "priors.toml")
    (results / MANIFEST).write_text(json.dumps(manifest))
    choice = ["--outcome", "cin_rereferral_12m", "--figure", "effect_against_pooling"]
    status, _, complained = mp_bayes(
        "figures", "--results", str(results), *choice, "--out", str(tmp_path / "figures")
    )
    assert status == 0, complained
    drawn = pd.read_csv(next((tmp_path / "figures").glob("*.csv"))).set_index("series")
    prior = drawn.loc[["SD: prior"]].iloc[0]
    assert (prior["lower"], prior["upper"]) == (0.5, 0.5)


def test_the_manifest_names_the_panel_that_the_page_reads(tmp_path):
    from mp_bayes.storage import other_manifests, read_manifest, write_manifest

    for measure in ("rereferral", "residential"):
        (tmp_path / "panel" / measure / "fit").mkdir(parents=True)
        (tmp_path / "panel" / measure / "fit" / MANIFEST).write_text(measure)
    write_manifest(tmp_path, inputs=other_manifests(tmp_path), command="mp-bayes run")
    named = read_manifest(tmp_path)["inputs"]
    assert set(named) == {f"panel/{name}/fit/{MANIFEST}" for name in ("rereferral", "residential")}
    assert len(set(named.values())) == 2


@pytest.mark.skipif(os.name != "posix", reason="sends a POSIX signal")
def test_an_interrupted_run_leaves_what_was_there(tmp_path):
    out = tmp_path / "results"
    out.mkdir()
    (out / "mine.txt").write_text("keep me")
    job = subprocess.Popen(
        [sys.executable, "-m", "mp_bayes", "run", "--quick", "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background jobs, this test run perhaps, are started with Ctrl-C ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no threads need it
    )
    try:
        for _ in range(300):
            if list(out.glob(".mp-bayes-unfinished-*")):
                break
            time.sleep(0.1)
        time.sleep(5)
        os.killpg(job.pid, signal.SIGINT)
        _, complained = job.communicate(timeout=60)
    finally:
        job.kill()
        job.communicate()
    assert job.returncode == 130
    assert "interrupted; nothing was written" in complained
    assert "Traceback" not in complained
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


@pytest.mark.nightly
def test_a_script_runs_alone(tmp_path):
    script = ROOT / "models" / "cla_placement_moves.py"
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    written = {path.suffix for path in (tmp_path / "my-results" / "cla_placement_moves").iterdir()}
    assert {".csv", ".png", ".svg", ".txt"} <= written
