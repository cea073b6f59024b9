"""`mp-bayes plan`: what is refused before anything runs, and a small plan from end to end."""

from functools import partial

import pandas as pd
import pytest
from tables_beside import check_tables_beside

from mp_bayes.commands import plan_job as planning_job
from mp_bayes.storage import read_tables

SMALL = (
    "plan",
    *("--treated-boroughs", "1"),
    *("--comparison-boroughs", "1"),
    *("--half-life", "0"),
    *("--max-post-years", "2"),
    *("--effect", "-6pp"),
    *("--replicates", "20"),
    *("--analysis-prior-sd", "0.7"),
    *("--workers", "1"),
    # With the default seed two data sets need the sampler, whose compilation takes longer than all
    # the rest; tests/test_sampled.py has that.
    *("--seed", "2"),
)


@pytest.mark.parametrize("sd", ["0", "-1", "11"])
def test_an_impossible_analysis_prior_is_one_line(mp_bayes, tmp_path, sd):
    status, _, complaint = mp_bayes(*SMALL[:-6], "--analysis-prior-sd", sd, "--out", str(tmp_path))
    assert status == 2
    assert "its SD must be above 0" in complaint
    assert len(complaint.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_small_plan_says_what_its_power_is_worth(mp_bayes, tmp_path, monkeypatch):
    # NUTS' part of a plan takes longer than all the rest of so small a one.
    simulated = planning_job.simulated
    monkeypatch.setattr(planning_job, "simulated", partial(simulated, refitted=0))
    status, printed, _ = mp_bayes(*SMALL, "--out", str(tmp_path))
    assert status == 0
    tables = read_tables(tmp_path)
    methods = ["national/embedding/sd 0.7", "national/embedding/flat", "shock_aware"]
    assert tables["prior_cost"]["method"].tolist() == methods
    last = tables["assurance"].iloc[-1]
    own = tables["prior_cost"].iloc[0]
    shown = ["assurance", "size", "calibrated_power", "bias", "coverage"]
    pd.testing.assert_series_equal(last[shown], own[shown], check_names=False, check_dtype=False)
    said = " ".join(printed.split())
    for words in (
        "False claims: of the 95%",
        "Bias: percentage",
        "coverage of the 95%",
        "Normal(mu 0, sigma 0.7)",
    ):
        assert words in said
    names = set(check_tables_beside(tmp_path, "plan.html")["name"])
    assert {"years_needed", "prior_cost", "false_claims", "assumptions"} <= names
    page = (tmp_path / "plan.html").read_text(encoding="utf-8")
    assert "What the analysis prior costs, after 2 years" in page
    assert "shock_df = 0.0" in (tmp_path / "scenario.toml").read_text(encoding="utf-8")
