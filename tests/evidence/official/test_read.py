"""Reading official files: suppressed, missing and reorganised authorities; files that are wrong."""

import numpy as np
import pytest
from synthetic_panel import HEADER, REFERRALS, ROWS

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import MEASURES, get_measure
from mp_bayes.evidence.official.read import read_measure, read_neighbours
from mp_bayes.panel.effects import counts, dropped, suitable, whole_years

REREFERRAL = MEASURES["rereferral"]


def cell(data, authority, year):
    one = data.sel(authority=authority, year=year)
    return tuple(int(one[name]) for name in ("low", "high", "total"))


def test_every_trap_of_the_small_file(small):
    data, left_out = read_measure(small, REREFERRAL)
    assert set(data["authority"].to_numpy()) == {
        "Plain",
        "Tiny",
        "Attacked",
        "Merged (to 2014)",
        "Merged",
        "Recoded",
        "Wrong",
    }
    assert cell(data, "Plain", 2014) == (210, 210, 1100)
    # Suppressed: 1 to 5, never 0, and never more than the total.
    assert cell(data, "Tiny", 2013) == (1, 5, 20)
    assert cell(data, "Tiny", 2014) == (1, 3, 3)
    # A reorganised authority is two, each with years missing.
    assert cell(data, "Merged (to 2014)", 2014) == (140, 140, 720)
    assert cell(data, "Merged (to 2014)", 2015) == (0, 0, 0)
    assert cell(data, "Merged", 2015) == (300, 300, 1500)
    assert cell(data, "Merged", 2013) == (0, 0, 0)
    # One that only changed its kind keeps its number, and is one.
    assert cell(data, "Recoded", 2013) == (180, 180, 900)
    assert cell(data, "Recoded", 2015) == (182, 182, 920)
    reasons = {(row.authority, row.year): row.reason for row in left_out.itertuples()}
    assert reasons == {
        ("Tiny", 2013): "suppressed: 1 to 5",
        ("Tiny", 2014): "suppressed: 1 to 5",
        ("Tiny", 2015): "total suppressed",
        ("Attacked", 2014): "not available",
        ("Attacked", 2015): "unreliable",
        ("Wrong", 2013): "more events than the total",
        ("Wrong", 2014): "not available",
        ("Wrong", 2015): "total is 0",
    }
    for authority, year in reasons:
        if authority != "Tiny" or year == 2015:
            assert cell(data, authority, year) == (0, 0, 0)
    assert suitable(data) == ["Plain", "Recoded"]
    reasons = dropped(data).set_index("authority")["reason"]
    assert "few years known" in reasons["Merged"]
    assert data["region"].sel(authority="Plain").item() == "North"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("rereferral_count", "rereferrals"), "no column 'rereferral_co"),
        (lambda text: text.replace("Local authority", "LA"), "no authority"),
        (lambda text: text.replace("2013,Rep", "2013-14,Rep"), "'2013-14' in time_period"),
        (lambda text: text + ROWS.splitlines()[2] + "\n", "Plain has 2013 twice"),
        (
            lambda text: text.replace("1000,200", '"1,00",200'),
            "'1,00' in referral_count for Plain, 2013",
        ),
        (lambda _: "", "the file is empty"),
        (lambda _: "\x00\x01", "c1_children_in_need"),
    ],
)
def test_a_wrong_file_gets_one_line(small, change, message):
    (small / REFERRALS).write_text(change(f"{HEADER}\n{ROWS}"))
    with pytest.raises(InputError, match=message) as error:
        read_measure(small, REREFERRAL)
    assert "\n" not in str(error.value)


def test_thousands_separators_are_read_as_numbers(small):
    (small / REFERRALS).write_text(f"{HEADER}\n{ROWS}".replace("1000,200", '"1,000",200'))
    data, _ = read_measure(small, REREFERRAL)
    assert cell(data, "Plain", 2013) == (200, 200, 1000)


def test_missing_and_double_files_and_folders(small):
    with pytest.raises(InputError, match="is not a folder"):
        read_measure(small / "nowhere", REREFERRAL)
    with pytest.raises(InputError, match=r"no file d1_child_protection_plans_\*"):
        read_measure(small, MEASURES["protection_plan"])
    (small / REFERRALS.replace("2015", "2016")).write_text(HEADER)
    with pytest.raises(InputError, match="more than one"):
        read_measure(small, REREFERRAL)
    with pytest.raises(InputError, match="unknown measure 'x': choose one of rereferral"):
        get_measure("x")


def test_the_real_files(official):
    data, left_out = read_measure(official, REREFERRAL)
    assert cell(data, "Islington", 2013) == (466, 466, 2576)
    # Hackney after the cyber attack; Northamptonshire until 2021.
    assert cell(data, "Hackney", 2021) == (0, 0, 0)
    assert cell(data, "Northamptonshire", 2022) == (0, 0, 0)
    assert "not available" in set(left_out["reason"])
    names = set(data["authority"].to_numpy())
    assert "Dorset (to 2019)" in names
    # A district council that became the whole county's kept its number.
    assert "North Yorkshire (to 2023)" not in names
    for measure in MEASURES.values():
        data, _ = read_measure(official, measure)
        assert (data["low"] <= data["high"]).all()
        assert (data["high"] <= data["total"]).all()
        assert np.sum(data["total"].to_numpy() > 0) > 850
    data, _ = read_measure(official, MEASURES["three_or_more_placements"])
    near = read_neighbours(official, data, "Islington")
    assert near[:2] == ["Camden", "Southwark"]
    assert len(near) == 10
    # The files spell it differently.
    assert len(read_neighbours(official, data, "St. Helens")) == 10


def test_rounded_and_suppressed_counts_of_placements(tmp_path):
    header = "la,LA Number,Region,year,cla_3plus_placements,cla_31_march,pct"
    rows = (
        "A,301.0,North,2016,40,350,11",
        "A,301.0,North,2017,0,350,0",
        "A,301.0,North,2018,41,350,12",
        "B,302.0,North,2016,-,40,-",
        "B,302.0,North,2017,-,-,-",
        "B,302.0,North,2018,-,3,-",
    )
    name = "cla_three_or_more_placements_2016_to_2018.csv"
    (tmp_path / name).write_text("\n".join([header, *rows]))
    data, left_out = read_measure(tmp_path, MEASURES["three_or_more_placements"])
    # Rounded to 5: 38 to 42; nothing below 0.
    assert [cell(data, "A", year)[:2] for year in (2016, 2017, 2018)] == [
        (38, 42),
        (0, 2),
        (41, 41),
    ]
    # Hidden beside a published total, it is suppressed; without one, missing.
    assert cell(data, "B", 2016) == (1, 5, 40)
    assert cell(data, "B", 2017) == (0, 0, 0)
    assert cell(data, "B", 2018) == (1, 3, 3)
    assert list(left_out["reason"].str[:7]) == ["rounded"] * 2 + ["suppres", "no figu", "suppres"]
    events, total = counts(data, ["A"])
    assert events.tolist() == [[40.0, 0.0, 41.0]]
    assert total.tolist() == [[350.0, 0.0, 350.0]]


def test_a_year_that_the_onset_cuts_is_left_out(official):
    data, _ = read_measure(official, MEASURES["three_or_more_placements"])
    cut = whole_years(data, 2017 + 7 / 12)
    assert cut["total"].sel(year=2018).sum() == 0
    assert (cut["total"].sel(year=2017) == data["total"].sel(year=2017)).all()
    # One month in twelve is not enough to lose a year.
    assert whole_years(data, 2017 + 2 / 12).identical(data)
