"""Check that the audit finds what is wrong, by rule, and nothing where all is right."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mp_bayes.audit import RULES, run_audit, summarise
from mp_bayes.errors import InputError

Edit = Callable[..., int]


@pytest.fixture(scope="module")
def audit() -> pd.DataFrame:
    """Return the audit of the tables as published."""
    return run_audit()


def select(audit: pd.DataFrame, rule: str, subject: str) -> pd.DataFrame:
    """Return the comparisons of one rule whose subject holds a text."""
    chosen = audit["subject"].str.contains(subject, regex=False)
    found = audit[(audit["rule"] == rule) & chosen]
    assert len(found) > 0, f"nothing about {subject!r} under {rule}"
    return found


def test_columns_are_those_promised_and_none_is_empty(audit: pd.DataFrame) -> None:
    assert list(audit.columns) == [
        "rule",
        "subject",
        "published",
        "published_source",
        "rederived",
        "rederived_source",
        "agrees",
        "tolerance",
        "detail",
    ]
    assert audit["agrees"].dtype == bool
    text = audit.drop(columns="agrees")
    assert (text.map(len) > 0).all().all()
    assert not text.map(lambda cell: "nan" in cell.split()).any().any()


@pytest.mark.parametrize(
    ("rule", "subject", "published", "rederived"),
    [
        ("sample_from_cells", "Southend total referrals", "7283", "7294"),
        ("unit_cost_from_total", "unit cost, CLA (2017-2019)", "£2242", "2001.7"),
        ("unit_cost_from_total", "unit cost, CLA Staff (2017-2019)", "£2002", "2242"),
        ("cost_row_totals", "other, both rounds", "£85147", "85687"),
        ("ame_from_coefficients", "Southend's change in 2015-16, cin_re", "6.5 pp", "6.2"),
        ("stated_range", "Re-referral within 24 months, all cells: highest", "41%", "32.3"),
        ("stated_percent_of", "Response rate of foster carers", "44%", "46.67"),
        ("stars_from_p_value", "linear, age_at_start_3", "no star", "** or *"),
    ],
)
def test_known_discrepancies_are_found(
    audit: pd.DataFrame, rule: str, subject: str, published: str, rederived: str
) -> None:
    found = select(audit, rule, subject)
    assert ((found["published"] == published) & (found["rederived"] == rederived)).any()
    wrong = found[~found["agrees"]]
    assert list(wrong["published"]) == [published]


def test_exchanged_unit_costs_are_named_as_exchanged(audit: pd.DataFrame) -> None:
    detail = select(audit, "unit_cost_from_total", "unit cost, CLA (2017-2019)")["detail"].item()
    assert "exchanging it with 'CLA Staff (2017-2019)' would explain both" in detail


@pytest.mark.parametrize(
    ("rule", "subject"),
    [
        ("sample_from_cells", "Islington total referrals"),
        ("stated_range", "Islington re-referral within 12 months: lowest"),
        ("stated_percent_change", "Reduction in children looked after"),
        ("cost_column_totals", "total, round 1"),  # nine rounded items are 2 pounds out
        ("p_value_in_prose", "cin_rereferral_12m, 2015-16"),  # 0.075 printed as 0.08
        ("ame_from_coefficients", "Islington's change in 2015-16, cin_escalation_12m"),
    ],
)
def test_rounding_is_no_discrepancy(audit: pd.DataFrame, rule: str, subject: str) -> None:
    assert select(audit, rule, subject)["agrees"].all()


def test_stated_total_that_fits_the_cells_agrees(folder: Path, edit: Edit) -> None:
    where = {"outcome": "cin_rereferral_12m", "borough": "Southend", "unit": "referrals"}
    edit("sample_sizes", where, "number", "7294")
    found = select(run_audit(folder), "sample_from_cells", "Southend total referrals")
    assert found["agrees"].all()


def changed(before: pd.DataFrame, after: pd.DataFrame) -> set[tuple[str, str]]:
    """Return rule and subject of the discrepancies that were not there before."""
    keys = [
        {(r.rule, r.subject) for r in frame[~frame["agrees"]].itertuples()}
        for frame in (before, after)
    ]
    return keys[1] - keys[0]


CELL = {"outcome": "cin_escalation_12m", "borough": "Islington", "year": "2015-16"}
EFFECT = {
    "outcome": "cin_escalation_12m",
    "model": "linear",
    "term": "treated_x_year",
    "year": "2017-18",
}
STAFF_COST = {"item": "staff_project", "round": "1"}
REACH_START = {"event": "reach_start", "source": "2020 report, Appendix 3"}


def figure(name: str) -> dict[str, str]:
    """Select a figure by name."""
    return {"figure": name}


def sample(unit: str) -> dict[str, str]:
    """Select one of Barnet's sample sizes."""
    return {"borough": "Barnet", "unit": unit}


@pytest.mark.parametrize(
    ("table", "where", "column", "value", "rule"),
    [
        ("cells", CELL, "events", "312", "percent_from_counts"),
        ("cells", CELL, "percent", "6.0", "stated_range"),
        ("cells", CELL, "total", "1665", "same_referrals"),
        ("coefficients", EFFECT, "p_value", "0.030", "p_value_from_estimate"),
        ("coefficients", EFFECT, "stars", "*", "stars_from_p_value"),
        ("coefficients", EFFECT, "estimate", "0.035", "ame_difference_is_interaction"),
        ("coefficients", EFFECT, "estimate", "-0.055", "direction_in_prose"),
        ("coefficients", EFFECT, "p_value", "0.060", "significance_in_prose"),
        ("costs", STAFF_COST, "amount", "253604", "cost_row_totals"),
        ("reach", {"unit": "cyp", "round": "1"}, "number", "7681", "reach_totals"),
        ("figures", figure("cla_november_2016"), "value", "270", "stated_percent_change"),
        ("figures", figure("parent_stress_df"), "value", "23", "stated_paired_degrees_of_freedom"),
        ("figures", figure("one_referral_share"), "value", "85", "stated_share_with_one_record"),
        ("figures", figure("repeat_case_share"), "value", "40", "stated_share_with_repeats"),
        ("sample_sizes", sample("placements"), "number", "2238", "placements_between_bounds"),
        ("sample_sizes", sample("cases"), "number", "600", "cases_between_bounds"),
        ("covariates", {"covariate": "SEN group"}, "categories", "7", "categories_from_terms"),
        ("implementation", REACH_START, "date", "2017-02", "repeated_dates"),
    ],
)
def test_changing_one_number_is_reported(
    *,
    audit: pd.DataFrame,
    folder: Path,
    edit: Edit,
    table: str,
    where: dict[str, str],
    column: str,
    value: str,
    rule: str,
) -> None:
    edit(table, where, column, value)
    assert rule in {found for found, _ in changed(audit, run_audit(folder))}


def test_summary_adds_up_and_every_rule_compares_something(audit: pd.DataFrame) -> None:
    summary = summarise(audit)
    assert list(summary.columns) == ["rule", "checks", "discrepancies"]
    assert summary["checks"].sum() == len(audit)
    assert summary["discrepancies"].sum() == (~audit["agrees"]).sum()
    assert all(rule.__doc__ and len(rule.__doc__.splitlines()) > 0 for rule in RULES)
    named = {rule.__name__ for rule in RULES} - {"stated_in_prose"}
    assert named <= set(summary["rule"])


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("kind", "guess", "column kind: 'guess' is not known"),
        ("claimed", "no_such_figure", "figures.csv has no figure 'no_such_figure'"),
        ("operands", "survey_responses", "cannot be worked out"),
        ("operands", "survey_responses;no_such_figure", "has no figure 'no_such_figure'"),
    ],
)
def test_statement_that_cannot_be_evaluated_is_named(
    folder: Path, edit: Edit, column: str, value: str, problem: str
) -> None:
    edit("statements", {"statement": "survey_response_rate"}, column, value)
    with pytest.raises(
        InputError, match=r"^statements\.csv, statement survey_response_rate"
    ) as got:
        run_audit(folder)
    assert problem in str(got.value)
    assert "\n" not in str(got.value)


def test_statement_that_selects_nothing_is_named(folder: Path, edit: Edit) -> None:
    where = {"statement": "escalated_to_cla_share"}
    edit("statements", where, "where", "outcome=cin_escalation_36m")
    with pytest.raises(InputError, match="select no rows"):
        run_audit(folder)
