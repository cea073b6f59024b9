"""What the second study's notes say is what its counts give."""

from dataclasses import replace

import pytest

from mp_bayes.evidence.arrays import cells
from mp_bayes.frequentist import difference_in_differences
from mp_bayes.reanalysis.comparison import with_average
from mp_bayes.studies.read import read_study

STUDY = read_study("family_safeguarding")
REREFERRAL = STUDY.outcome("rereferral_12m")


def note(heading: str) -> str:
    return next(one.text for one in STUDY.notes if one.heading == heading)


def test_the_plain_average_by_reference_year():
    text = note("A plain regression hangs on its reference year")
    for year, words in (
        ("2014-15", "{:.1f} percentage points more"),
        ("2013-14", "{:.1f} more"),
        ("2012-13", "{:.1f} fewer"),
    ):
        outcome = replace(REREFERRAL, setting=replace(REREFERRAL.setting, reference_year=year))
        counts = cells(outcome)
        table = with_average(difference_in_differences(outcome, counts, scale=1.0), outcome, counts)
        linear = table[table["model"].eq("linear") & table["estimand"].eq("average_effect")]
        assert words.format(abs(linear["estimate"].item())) in text
        assert year in text


@pytest.mark.parametrize(
    ("borough", "year", "outcome", "per_100"),
    [
        ("Luton", "2014-15", "rereferral_12m", "6.4%"),
        ("Luton", "2015-16", "rereferral_12m", "17.4%"),
        ("Hertfordshire", "2012-13", "rereferral_12m", "23.3%"),
        ("Hertfordshire", "2014-15", "rereferral_12m", "16.4%"),
    ],
)
def test_rates_in_notes(borough, year, outcome, per_100):
    counts = cells(STUDY.outcome(outcome)).sel(borough=borough, year=year)
    assert f"{100 * float(counts['events'] / counts['total']):.1f}%" == per_100
    assert any(per_100 in one.text for one in STUDY.notes)


def test_protection_plans_in_notes():
    text = note("Hertfordshire's fall began before the programme")
    counts = cells(STUDY.outcome("protection_plans"))["events"].sel(borough="Hertfordshire")
    for year in ("2013-14", "2014-15"):
        assert f"{int(counts.sel(year=year)):,}" in text
    assert 1.7 < float(counts.sel(year="2013-14") / counts.sel(year="2012-13")) < 2.1


def test_hertfordshire_s_share_of_children():
    # The totals of protection plans are the children who live there.
    counts = cells(STUDY.outcome("protection_plans"))["total"]
    counts = counts.sel(borough=list(REREFERRAL.setting.treated_boroughs))
    share = float(counts.sel(borough="Hertfordshire").sum() / counts.sum())
    assert 0.55 < share < 0.66  # three fifths
