"""A check's folder, the page of all checks, and figures drawn again from them."""

import html
import json
from dataclasses import replace
from pathlib import Path

import pytest
from places import RESULTS
from studied import OUTCOMES, STUDY
from typer.testing import CliRunner

from mp_bayes.checks.joint import joint_tables
from mp_bayes.commands.check_job import check_job
from mp_bayes.commands.cli import app
from mp_bayes.commands.gallery import gallery
from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.report.checks_page import CHECKS, checks_page, found_checks
from mp_bayes.storage import read_manifest
from mp_bayes.studies.read import read_study

PRIORS = load_priors(STUDY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "checks" / "joint"
    said = check_job(
        "joint",
        out,
        STUDY,
        lambda: joint_tables(OUTCOMES.values(), PRIORS, seed=1),
        seed=1,
        command="mp-bayes check joint",
        force=False,
        priors=PRIORS,
    )
    assert len(said) > 2
    return out


def test_a_checks_folder_is_whole(folder: Path) -> None:
    files = read_manifest(folder)["files"]
    assert {"check.html", "joint.csv", "priors.toml", "figures/joint.svg"} < set(files)
    page = (folder / "check.html").read_text(encoding="utf-8")
    assert CHECKS["joint"].question in page
    assert 'src="http' not in page


def test_the_page_of_all_checks_has_those_that_are_there(folder: Path) -> None:
    found = found_checks(folder.parent, STUDY)
    assert [one.name for one in found] == ["joint"]
    page = checks_page(found, STUDY, version="1.0", command="mp-bayes run")
    assert page.count("<h2") == 1
    assert found[0].sentences[0][:40] in page
    assert list(page.tables)[:1] == ["joint_effects"]
    assert found_checks(folder, STUDY) == []


def test_a_check_of_another_study_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="run `mp-bayes check joint` again"):
        found_checks(folder.parent, read_study("family_safeguarding"))


def test_a_damaged_check_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "joint"
    copy.mkdir()
    (copy / "manifest.json").write_text(json.dumps(read_manifest(folder)), encoding="utf-8")
    (copy / "joint.csv").write_text("outcome\nnone\n", encoding="utf-8")
    with pytest.raises(InputError):
        found_checks(tmp_path, STUDY)


def test_its_figures_are_drawn_again(folder: Path) -> None:
    found = gallery(folder)
    assert [one.name for one in found.figures] == ["joint"]
    assert (
        found.figures[0].draw().title == "Average effects alone, and in one model of all outcomes"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "joint", "--study", "my-example"], "my-example"),
        (["check", "multiverse", "--outcome", "cin_rereferal_12m"], "cin_rereferral_12m"),
        (["check", "multiverse", "--priors", "none.toml"], "none.toml"),
        (["check", "nonsense"], "No such command"),
    ],
)
def test_wrong_names_are_told(words: list[str], said: str, mp_bayes) -> None:
    status, _, complained = mp_bayes(*words)
    assert status == 2
    assert "Traceback" not in complained
    assert said in complained


def test_one_outcome_is_no_joint_model(tmp_path: Path, mp_bayes, monkeypatch) -> None:
    first = next(iter(OUTCOMES.values()))
    alone = replace(STUDY, outcomes={first.name: first})
    monkeypatch.setattr("mp_bayes.studies.read.read_study", lambda _name: alone)
    status, _, complained = mp_bayes("check", "joint", "--out", str(tmp_path / "out"))
    assert status == 2
    assert "one outcome" in complained
    assert not (tmp_path / "out").exists()


def test_help_names_every_check() -> None:
    told = CliRunner().invoke(app, ["check", "--help"]).output
    assert all(name in told for name in CHECKS)


def test_the_committed_checks_are_told_in_short() -> None:
    found = found_checks(RESULTS / "checks", STUDY)
    page = checks_page(found, STUDY, version="1.0", command="mp-bayes run")
    assert page.count("<li><a href=") == 2 * len(found)  # the contents, and in short
    for one in found:
        assert one.verdict in html.unescape(page)
        assert one.verdict.endswith(".")
        assert one.verdict.count(". ") == 0
