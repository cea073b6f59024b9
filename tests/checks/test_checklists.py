"""Checklists: filled from what lies in a results folder; what is not there is a gap."""

import json
import shutil

import pandas as pd
import pytest
from places import RESULTS
from studied import STUDY

from mp_bayes.checks.checklists import Evidence, gather
from mp_bayes.errors import InputError
from mp_bayes.report.checks_page import CHECKS
from mp_bayes.wording.ademp import ademp
from mp_bayes.wording.aqua import assumptions_log, qa_log
from mp_bayes.wording.barg import barg
from mp_bayes.wording.checklist import DONE, GAP, PARTLY, Item, item_table


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return gather(RESULTS)


def lists(evidence: Evidence) -> dict[str, list[Item]]:
    return {
        "barg": barg(evidence, STUDY),
        "ademp": ademp(evidence),
        "assumptions_log": assumptions_log(evidence, STUDY),
        "qa_log": qa_log(evidence, STUDY),
    }


def status(items: list[Item], start: str) -> str:
    return next(one.status for one in items if one.item.startswith(start))


def test_every_line_says_what_is_asked_and_gaps_say_so(evidence):
    for name, items in lists(evidence).items():
        assert len({one.item for one in items}) == len(items), name
        for one in items:
            assert one.asks
            assert one.answer
            assert one.status in (DONE, PARTLY, GAP)
            assert ("Gap: " in one.answer) == (one.status != DONE), one
            assert "nan" not in one.answer


def test_answers_are_those_of_the_results(evidence):
    filled = lists(evidence)
    fits = pd.read_csv(RESULTS / "diagnostics.csv")
    (gate,) = (one for one in filled["qa_log"] if one.item == "Verification: each fit")
    assert gate.answer.startswith(f"{fits['usable'].sum()} of {len(fits)} fits passed")
    (resolution,) = (one for one in filled["barg"] if one.item.startswith("2C"))
    least = fits[["min_ess_bulk", "min_ess_tail"]].min().min()
    assert f"The smallest is {least:,.0f};" in resolution.answer
    (seeds,) = (one for one in filled["barg"] if one.item.startswith("6E"))
    assert f"Seed {json.loads((RESULTS / 'manifest.json').read_text())['seed']};" in seeds.answer


def test_what_is_not_there_is_a_gap(evidence):
    kept = ("effects", "diagnostics")
    bare = Evidence(evidence.manifest, {name: evidence.tables[name] for name in kept})
    filled = lists(bare)
    for name, start in (
        ("barg", "1C"),
        ("barg", "3A"),
        ("barg", "5B"),
        ("ademp", "All items"),
        ("assumptions_log", "Shocks have one SD"),
        ("qa_log", "Data: consistency"),
        ("qa_log", "Validation: placebos"),
    ):
        assert status(filled[name], start) == GAP, start
    assert len(filled["ademp"]) == 1


def test_a_check_that_lies_there_closes_its_gap(evidence):
    start_of_calibration = "Verification: calibration"
    without, with_it = (
        Evidence(evidence.manifest, evidence.tables, checks=checks)
        for checks in ({}, {name: evidence.checks[name] for name in ("calibration", "predictive")})
    )
    for name, start in (("qa_log", "Verification: calibration"), ("barg", "1E")):
        assert status(lists(without)[name], start) == GAP
        assert status(lists(with_it)[name], start) != GAP
    # What was not run is missing; what did not pass is counted.
    (line,) = (one for one in lists(with_it)["qa_log"] if one.item.startswith(start_of_calibration))
    table = evidence.checks["calibration"]["calibration"]
    run = table.loc[table["fault"].fillna("").eq(""), "model"].nunique()
    assert f"of the {run} models that were run pass" in line.answer
    failing = {"calibration": {"calibration": table.assign(p_model=0.0)}}
    spoilt = lists(Evidence(evidence.manifest, evidence.tables, checks=failing))
    (line,) = (one for one in spoilt["qa_log"] if one.item.startswith(start_of_calibration))
    assert f"0 of the {run} models" in line.answer


def test_the_width_of_the_effect_prior_is_put_in_numbers_by_the_checks(evidence):
    start = "The mean effect lies"
    bare = Evidence(evidence.manifest, evidence.tables)
    assert status(lists(bare)["assumptions_log"], start) == GAP
    scaling = pd.DataFrame(
        {
            "outcome": "cin_rereferral_12m",
            "component": "mean_effect",
            "power": [0.5, 1.0, 2.0],
            "mean": [1.3, 1.0, 0.8],
            "lower": -1.0,
            "upper": 3.0,
            "sensitivity": 0.02,
            "mcse_sensitivity": 0.001,
            "usable": True,
        }
    )
    checks = {"multiverse": evidence.checks["multiverse"], "scaling": {"scaling": scaling}}
    filled = lists(Evidence(evidence.manifest, evidence.tables, checks=checks))
    (line,) = (one for one in filled["assumptions_log"] if one.item.startswith(start))
    table = evidence.checks["multiverse"]["multiverse"]
    rows = table[table["usable"].astype(bool) & table["outcome"].eq("cin_escalation_12m")]
    for prior in ("half", "flat"):
        own = rows[rows["prior"].eq(prior)]
        share = (own["lower"].gt(0) | own["upper"].lt(0)).mean()
        assert f" in {100 * share:.0f}% with a" in line.answer
    assert "move by at most 8% of their interval's width" in line.answer  # 0.3 of 4
    assert "counts half, the intervals' width changes by 0 to 0%" in line.answer
    assert "not put in numbers" not in line.answer


def test_an_unusable_fit_shows(evidence):
    fits = evidence.tables["diagnostics"].copy()
    fits.loc[0, "usable"] = False
    spoilt = lists(Evidence(evidence.manifest, {**evidence.tables, "diagnostics": fits}))
    assert status(spoilt["barg"], "2B") == PARTLY
    assert status(spoilt["qa_log"], "Verification: each fit") == PARTLY


def test_the_page_names_the_gaps(evidence):
    tables = {name: item_table(items) for name, items in lists(evidence).items()}
    check = CHECKS["checklists"]
    said = check.answer(tables, STUDY)
    gaps = tables["qa_log"].loc[tables["qa_log"]["status"].eq(GAP), "item"]
    assert all(gap in said[3] for gap in gaps)
    shown = check.tables(tables, STUDY)
    assert [len(table.rows) for table in shown] == [len(table) for table in tables.values()]


def test_the_command_writes_four_lists_and_a_page(mp_bayes, tmp_path):
    status_, printed, complained = mp_bayes(
        "check", "checklists", "--results", str(RESULTS), "--out", str(tmp_path / "lists")
    )
    assert status_ == 0, complained
    for name in ("barg", "ademp", "assumptions_log", "qa_log"):
        table = pd.read_csv(tmp_path / "lists" / f"{name}.csv")
        assert table.columns.to_list() == ["item", "asks", "answer", "evidence", "status"]
    page = (tmp_path / "lists" / "check.html").read_text(encoding="utf-8")
    assert "no independent review has been made" in page
    assert "gaps" in printed


def test_other_folders_are_refused(mp_bayes, tmp_path):
    shutil.copytree(RESULTS / "panel" / "rereferral" / "tails", tmp_path / "tails")
    with pytest.raises(InputError, match="filled from"):
        gather(tmp_path / "tails")
    status_, _, complained = mp_bayes("check", "checklists", "--results", str(tmp_path))
    assert (status_, complained.count("\n")) == (2, 1)
