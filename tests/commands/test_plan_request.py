"""What a plan is asked: authorities' numbers, and what goes before them."""

import numpy as np
import pytest
from studied import STUDY

from mp_bayes.commands.plan_request import asked_of
from mp_bayes.errors import InputError
from mp_bayes.planning.saved import scenario_text


def asked(fields=None, *, kind=None, table=None, **looked_at):
    given = (STUDY, None, fields or {}, looked_at, "-3pp", None)
    return asked_of(*given, kind=kind, table=table, prior_file=None)


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(3)
    rows = [f"B{one},{2010 + year},{rng.binomial(900, 0.3)},900" for one, year in np.ndindex(12, 6)]
    file = tmp_path / "own.csv"
    file.write_text("borough,year,events,total\n" + "\n".join(rows) + "\n")
    return file


@pytest.mark.parametrize("looked_at", [{}, {"treated_boroughs": (5,)}], ids=["search", "in depth"])
def test_authorities_numbers_are_in_the_question(table, looked_at):
    question, told = asked(table=table, **looked_at)
    assert "12 authorities of own.csv" in told
    assert "log-odds" in told
    assert question.base.cell_size == 900
    assert question.base.baseline == pytest.approx(0.3, abs=0.01)
    assert question.base.sd_shock < 0.15


def test_what_was_typed_goes_before_them(table):
    question, _ = asked({"baseline": 0.2, "cell_size": 500.0}, table=table)
    assert (question.base.baseline, question.base.cell_size) == (0.2, 500.0)


def test_a_kind_changes_how_much_boroughs_move_alone():
    plain, none = asked()
    question, told = asked(kind="inner london")
    assert none == ""
    assert told.startswith("Inner London: ")
    assert question.base.sd_shock != plain.base.sd_shock
    assert question.base.baseline == plain.base.baseline


def test_only_one_of_both(table):
    with pytest.raises(InputError, match="give one of them"):
        asked(kind="large", table=table)


def from_file(text, tmp_path, **looked_at):
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    given = (STUDY, file, {}, looked_at, None, None)
    return asked_of(*given, kind=None, table=None, prior_file=None)[0]


@pytest.mark.parametrize("looked_at", [{}, {"treated_boroughs": (5,)}], ids=["search", "in depth"])
def test_a_saved_file_says_once_what_is_looked_at(looked_at, tmp_path):
    """So an edit never stands beside a number that goes before it."""
    question, _ = asked({"half_life": 1.0}, comparison_boroughs=(4, 8), **looked_at)
    text = scenario_text(question, STUDY)
    above, _, plan = text.partition("[plan]")
    fields = {line.partition(" = ")[0] for line in above.splitlines()}
    assert not fields & {line.partition(" = ")[0] for line in plan.splitlines()}
    assert from_file(text, tmp_path) == question


def test_what_is_said_twice_and_differs_is_refused(tmp_path):
    question, _ = asked()
    text = "post_years = 8\n" + scenario_text(question, STUDY)
    with pytest.raises(InputError, match=r"post_years is 8, but the table \[plan\] has"):
        from_file(text, tmp_path)


def test_a_typed_last_year_cuts_those_of_the_file(tmp_path):
    question, _ = asked(post_years=(3, 6))
    text = scenario_text(question, STUDY)
    assert from_file(text, tmp_path, max_post_years=4).candidates.post_years == (3,)
    assert from_file(text, tmp_path, max_post_years=2).candidates.post_years == (2,)
