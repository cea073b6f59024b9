"""Predictive checks: what was seen is what the study says, and a model that is wrong shows."""

from dataclasses import replace

import numpy as np
import pytest
from studied import STUDY, get_outcome

from mp_bayes.checks import predictive as module
from mp_bayes.checks.predictive import SOURCES, predictive
from mp_bayes.evidence.arrays import cells
from mp_bayes.figures.predictive_check import predictive_charts
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.studies.read import read_study
from mp_bayes.wording.predictive_check import predictive_answer, predictive_tables

OUTCOME = get_outcome("cin_rereferral_24m")
ONE = replace(STUDY, outcomes={OUTCOME.name: OUTCOME})


@pytest.fixture(scope="module")
def table():
    return predictive([OUTCOME], load_priors(STUDY), seed=1)


def test_what_was_seen_is_what_the_study_says(table):
    data = cells(OUTCOME).sel(year=list(OUTCOME.years))
    rate = 100 * data["events"] / data["total"]
    for source in SOURCES:
        rows = table[table["quantity"].eq("outcome") & table["source"].eq(source)]
        assert rows["observed"].to_numpy() == pytest.approx(rate.to_numpy().ravel())
    whole = table[table["borough"].eq("")].set_index(["source", "quantity"])["observed"]
    moved = np.abs(np.diff(rate, axis=1)).mean()
    assert whole["posterior", "change"] == pytest.approx(moved)
    gap = np.diff(rate[0] - rate[1])
    assert whole["near", "gap_change"] == pytest.approx(np.abs(gap).mean())


def test_the_data_narrow_what_is_expected(table):
    rows = table[table["quantity"].eq("outcome")]
    width = (rows["upper"] - rows["lower"]).groupby(rows["source"]).mean()
    assert width["prior"] > width["near"] > width["posterior"]
    after = rows[rows["source"].eq("posterior")]
    assert after["observed"].between(after["lower"], after["upper"]).all()


def test_without_shocks_less_is_expected_than_boroughs_move(monkeypatch):
    outcome = get_outcome("cin_rereferral_12m")
    real, none = module._before, Fixed(value=0.0)
    still = dict.fromkeys(("sd_shock", "mean_effect", "sd_effect"), none)

    def calm(analysis, priors, seed):
        return real(analysis, priors | still, seed)

    monkeypatch.setattr(module, "_before", calm)
    seen = predictive([outcome], load_priors(STUDY), seed=1)
    row = seen[seen["quantity"].eq("gap_change") & seen["source"].eq("near")].iloc[0]
    # The gap moved by five points a year; the sampling of children alone moves it by half of that.
    assert row["median"] < 0.6 * row["observed"]
    assert row["prob_as_high"] < 0.1


def test_words_table_and_figure_say_the_same_numbers(table):
    tables = {"predictive": table}
    first, last = predictive_answer(tables, ONE)
    assert "10 of 10 borough-years lie within the intervals" in first
    # What was expected before the data did not happen: boroughs were nearly alike.
    assert "expected then lie the mean absolute change" in first
    assert "of 3 summaries 3 lie in such a tail" in last
    assert last.startswith("What is expected is told as median and 95% equal-tailed interval")
    (shown,) = predictive_tables(tables, ONE)
    assert len(shown.rows) == 3
    (chart,) = predictive_charts(tables, ONE)
    assert chart.title.startswith("10 of 10 borough-years")


def test_many_boroughs_are_drawn_by_their_role():
    """Two dozen names have no room above a figure: a study of official counts has as many."""
    study = read_study("family_safeguarding")
    outcome = next(iter(study.outcomes.values()))
    one = replace(study, outcomes={outcome.name: outcome})
    seen = predictive([outcome], load_priors(study), seed=1)
    (chart,) = predictive_charts({"predictive": seen}, one)
    labels = [text.get_text() for text in chart.figure.legends[0].get_texts()]
    assert labels == ["treated", "comparison"]
    chart.figure.canvas.draw()  # the layout has a solution
