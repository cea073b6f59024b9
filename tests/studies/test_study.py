"""Check the calendar of the report's two settings against the report's tables."""

import numpy as np
import pytest
from studied import CIN, CLA, OUTCOMES, get_outcome

from mp_bayes.audit.labels import comparison_borough, reference_year, years_of
from mp_bayes.audit.tables import load
from mp_bayes.errors import InputError
from mp_bayes.studies.study import Outcome, Setting

MONTHS = {"March": 2, "August": 7}


@pytest.mark.parametrize(
    ("setting", "first_month", "count"), [(CIN, 2, 6), (CLA, 7, 4)], ids=["cin", "cla"]
)
def test_bins_are_consecutive_and_begin_in_their_month(
    setting: Setting, first_month: int, count: int
) -> None:
    assert len(setting.years) == count
    assert setting.bin_starts[0] == pytest.approx(int(setting.years[0][:4]) + first_month / 12)
    assert np.allclose(np.diff(setting.bin_starts), 1.0)
    for label in setting.years:
        assert int(label[5:]) == (int(label[:4]) + 1) % 100


def test_post_years_begin_with_the_onset() -> None:
    # The onset is the first day of a bin, so that bin is whole and counts as post.
    assert CIN.post.tolist() == [False] * 3 + [True] * 3
    assert CLA.post.tolist() == [False] * 2 + [True] * 2


@pytest.mark.parametrize("setting", [CIN, CLA], ids=["cin", "cla"])
def test_one_year_is_the_reference_and_it_is_before_the_onset(setting: Setting) -> None:
    assert setting.reference.sum() == 1
    assert setting.years[int(np.flatnonzero(setting.reference)[0])] == setting.reference_year
    assert not (setting.reference & setting.post).any()
    treated, comparison = setting.treated_boroughs, setting.comparison_boroughs
    assert len(treated) == len(comparison) == 1
    assert setting.boroughs == (*treated, *comparison)


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_outcomes_agree_with_the_labels_of_the_published_tables(outcome: Outcome) -> None:
    assert outcome.setting.comparison_boroughs == (comparison_borough(outcome.name),)
    assert outcome.setting.reference_year == reference_year(outcome.name)
    assert outcome.years == years_of(outcome.name)
    assert outcome.observed.tolist() == [y in outcome.years for y in outcome.setting.years]


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_onset_and_post_years_agree_with_the_report_s_indicators(outcome: Outcome) -> None:
    rows = load("indicators")
    rows = rows[rows["outcome"] == outcome.name]
    assert len(rows) == 2
    for row in rows.itertuples():
        assert len(outcome.post_years) == row.post_years
        month = MONTHS[row.onset_month] / 12
        assert outcome.setting.onset == pytest.approx(row.first_year + month)


def test_reference_year_is_neither_a_post_nor_a_pre_year() -> None:
    assert OUTCOMES["cin_rereferral_12m"].pre_years == ("2013-14", "2014-15")
    assert OUTCOMES["cin_rereferral_12m"].post_years == ("2015-16", "2016-17", "2017-18")
    assert OUTCOMES["cin_rereferral_24m"].post_years == ("2015-16", "2016-17")
    assert OUTCOMES["cla_placement_moves"].pre_years == ("2015-16",)
    assert OUTCOMES["cla_placement_moves"].post_years == ("2017-18", "2018-19")


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_scales_follow_the_likelihood(outcome: Outcome) -> None:
    binary = outcome.name.startswith("cin_")
    assert outcome.likelihood == ("binomial" if binary else "nb1")
    assert outcome.link_scale == ("log_odds" if binary else "log_rate")
    assert outcome.ratio_scale == ("odds_ratio" if binary else "rate_ratio")
    assert outcome.response_scale == ("percentage_points" if binary else "per_100_child_years")
    # The window is what the name says, in years; counts have none.
    months = outcome.name.rsplit("_", 1)[-1]
    assert outcome.window == (int(months.removesuffix("m")) / 12 if binary else 0)


def test_outcomes_are_found_by_name() -> None:
    for name, outcome in OUTCOMES.items():
        assert get_outcome(name) is outcome
        assert outcome.name == name


def test_an_unknown_outcome_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(InputError, match=r"unknown outcome 'rereferral'") as caught:
        get_outcome("rereferral")
    for name in OUTCOMES:
        assert name in str(caught.value)


def test_cin_has_the_published_timing_only() -> None:
    assert list(CIN.timings) == ["as_published"]
    assert CIN.timings["as_published"].onsets == CIN.onsets == (CIN.onset,)
    assert CIN.timings["as_published"].comparison_onset is None


def test_cla_timings_hold_every_combination_of_the_two_doubts() -> None:
    found = {name: (timing.onsets, timing.comparison_onset) for name, timing in CLA.timings.items()}
    assert found == {
        "as_published": ((pytest.approx(2017 + 7 / 12),), None),
        "cla_from_2016": ((2016.0,), None),
        "barnet_reach": ((pytest.approx(2017 + 7 / 12),), 2017.0),
        "both": ((2016.0,), 2017.0),
    }
    assert next(iter(CLA.timings)) == "as_published"
    assert all(name == timing.name for name, timing in CLA.timings.items())
