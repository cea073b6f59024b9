import re

import numpy as np
import pandas as pd
import pytest
from outline import Outline
from studied import STUDY
from synthetic_planning import PLAN_FACTS, make_plan

from mp_bayes.figures import Chart
from mp_bayes.figures.planning import planning_charts
from mp_bayes.report.builder import build_report
from mp_bayes.report.plan_page import build_plan_page, planning_section
from mp_bayes.report.plan_tables import (
    false_claims_table,
    mdes_table,
    prior_cost_table,
    share,
    with_error,
    years_needed_table,
)
from mp_bayes.simulate.performance import proportion
from mp_bayes.wording.table import NBSP

Tables = dict[str, pd.DataFrame]
PLUS_MINUS = "\N{NO-BREAK SPACE}\N{PLUS-MINUS SIGN}\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def planned() -> list[Chart]:
    return list(planning_charts(make_plan(), PLAN_FACTS))


@pytest.fixture
def page(planned: list[Chart]) -> str:
    return build_plan_page(make_plan(), planned, PLAN_FACTS)


def test_page_is_self_contained_and_well_formed(page: str, planned: list[Chart]):
    outline = Outline(page)
    assert outline.all("html")[0]["lang"] == "en-GB"
    assert not outline.all("script")
    for tag in ("header", "nav", "main", "footer", "h1", "title"):
        assert len(outline.all(tag)) == 1
    addresses = [
        str(value)
        for _, attrs in outline.tags
        for key, value in attrs.items()
        if key in ("src", "href")
    ]
    assert all(re.match(r"(#|data:)", address) for address in addresses)
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {str(attrs["href"])[1:] for attrs in outline.all("a")} <= set(ids)
    regions = [a["aria-label"] for _, a in outline.tags if a.get("role") == "region"]
    assert len(regions) == len(set(regions))
    assert {image["alt"] for image in outline.all("img")} == {chart.alt for chart in planned}


def test_answer_comes_first(page: str):
    text = Outline(page).text
    lead = "80% assurance needs 2 to 7 post-intervention years, and is not reached within 10"
    quote = "To quote in an evaluation protocol"
    places = [text.index(words) for words in (lead, quote, "Assumptions, with their reasons")]
    assert places == sorted(places)
    assert "not within 10 years" in text
    assert "SD of 2.26 percentage points after 10 years, and still 1.84 with endless" in text


def test_paragraph_can_be_quoted(page: str):
    quoted = page.partition("<blockquote>")[2].partition("</blockquote>")[0]
    assert quoted.count("<p>") == 2
    assert "1,000 evaluations &lt;of each design&gt;" in quoted


def test_years_needed_follow_the_numbers():
    tables = make_plan()
    table = years_needed_table(tables, PLAN_FACTS)
    assert table is not None
    assert table.rows[0][:3] == ["1", "0 (embedded at once)", "not within 10 years"]
    assert table.rows[-1][:3] == ["15", "2 years", "5"]
    assert table.rows[0][3] == "9"
    assert re.fullmatch(rf"80\.\d \(7\d\.\d{NBSP}to{NBSP}8\d\.\d\)", table.rows[-1][4])
    # Under the calibrated rule, size, bias and coverage.
    assert table.rows[-1][5:] == [
        "35.0 (31.2 to 39.0)".replace(" to ", f"{NBSP}to{NBSP}"),
        "1.0 (0.6 to 1.7)".replace(" to ", f"{NBSP}to{NBSP}"),
        f"+1.25{PLUS_MINUS}0.10",
        "93.0 (91.3 to 94.4)".replace(" to ", f"{NBSP}to{NBSP}"),
    ]
    assert "holds the target" in table.note
    assert "failed" not in table.note
    tables["assurance"]["failed"] = 0.02
    tables["years_needed"]["assurance_mcse"] = 0.0
    exact = years_needed_table(tables, {**PLAN_FACTS, "effect_sd": 0})
    assert exact is not None
    assert "holds the target" not in exact.note
    assert "Up to 2% of fits failed" in exact.note
    assert exact.columns[4:6] == ["Power", "Power, calibrated"]


def test_what_the_analysis_prior_costs_is_a_table(page: str):
    table = prior_cost_table(make_plan(), PLAN_FACTS)
    assert table is not None
    analyses = [row[2] for row in table.rows[:2]]
    assert analyses == ["Bayes, national prior", "Bayes, national prior, flat effect prior"]
    assert [row[3][:4] for row in table.rows[:2]] == ["20.0", "40.0"]
    assert table.caption in Outline(page).text
    assert "with the default prior of the effect" in table.note
    assert prior_cost_table({}, PLAN_FACTS) is None


def test_few_false_claims_stand_beside_what_they_cost():
    claims = false_claims_table(make_plan(), PLAN_FACTS)
    assert claims is not None
    assert PLAN_FACTS["rule"] in claims.note
    tables = make_plan()
    tables["false_claims"]["reason"] = "needs 19 controls"
    refused = false_claims_table(tables, PLAN_FACTS)
    assert refused is not None
    assert refused.rows[0][2] == "cannot be used: needs 19 controls"


def test_smallest_effects_and_false_claims():
    tables = make_plan()
    smallest = mdes_table(tables, PLAN_FACTS)
    assert smallest is not None
    assert smallest.rows[0][2:4] == ["95% interval", "none"]
    assert smallest.rows[0][4] == f"2.3{PLUS_MINUS}0.2"
    assert smallest.rows[1][2:4] == ["calibrated", f"3.0{PLUS_MINUS}0.2"]
    claims = false_claims_table(tables, PLAN_FACTS)
    assert claims is not None
    assert claims.columns[2:] == [
        "Plain DiD (linear)",
        "Bayes, no shocks",
        "Bayes, within-study prior",
        "Bayes, national prior",
    ]
    assert claims.rows[0] == ["1", "10", *claims.rows[0][2:]]
    assert claims.rows[0][2] == f"62.0 (57.2{NBSP}to{NBSP}66.6)"
    assert "Up to 3% of fits failed" in claims.note


def test_agreement_counts_only_what_can_be_compared(page: str):
    text = Outline(page).text
    assert "3 of 4 values are compared" in text
    assert "0.060 posterior SDs, and 2 (67%) lie within 0.05" in text
    assert "from 0.990 to 1.020" in text
    assert "1 value that the fast posterior itself refuses" in text
    tables = make_plan()
    tables["agreement"]["converged"] = False
    assert "None of 4 refitted values" in build_plan_page(tables, [], PLAN_FACTS)


def test_a_study_with_nothing_in_it_has_a_page():
    text = Outline(build_plan_page({}, [], PLAN_FACTS)).text
    assert "holds no answer" in text
    assert "refitted no data set" in text
    assert "median of the national prior" in text
    assert "mp-bayes plan --seed 4711" in text


def test_no_shocks_and_a_single_year():
    tables = make_plan((1,), (1.0,), 1)
    assert "The last" not in planning_section(tables, [], PLAN_FACTS).sentences[3]
    tables["years_needed"]["shock_sd"] = 0.0
    assert "No borough-by-year shocks" in build_plan_page(tables, [], PLAN_FACTS)


def test_warnings_are_a_notice(page: str):
    assert 'class="notice"' not in page
    warned = {**PLAN_FACTS, "warnings": ["Too <few> replicates."]}
    text = build_plan_page({}, [], warned)
    assert text.index("Too &lt;few&gt; replicates.") < text.index('id="answer"')
    assert "Caution: Too <few> replicates." in planning_section({}, [], warned).sentences


def test_errors_are_written_beside_their_numbers():
    assert with_error(0.5, 0.01) == f"0.5{PLUS_MINUS}0.0"
    assert with_error(np.nan, np.nan) == "not available"
    assert with_error(1.0, np.nan) == "1.0"


def test_shares_of_all_and_of_none_have_intervals_that_can_be():
    # Wilson's, of 20 of 20 and 0 of 40, from scipy.
    for seen, text in (([1] * 20, "100.0 (83.9 to 100.0)"), ([0] * 40, "0.0 (0.0 to 8.8)")):
        assert share(*proportion(seen)).replace(NBSP, " ") == text
    assert share(np.nan, np.nan) == "not available"


def test_section_of_the_main_report(tables: Tables, planned: list[Chart], report_page: str):
    section = planning_section(make_plan(), planned, PLAN_FACTS)
    assert len(section.pictures) == 2
    assert "How many years would an evaluation need?" not in report_page
    facts = {"command": "mp-bayes run"}
    outline = Outline(build_report(tables, [], facts, STUDY, planning=section))
    assert "How many years would an evaluation need?" in outline.text
    assert section.lead in outline.text
    assert len(outline.all("img")) == 2
    assert "#planning" in {a["href"] for a in outline.all("a")}
    assert outline.text.index("How many years would") < outline.text.index("Audit of the published")
