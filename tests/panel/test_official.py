"""Reading official files: suppressed, missing and reorganised authorities; files that are wrong."""

import numpy as np
import pytest
from panel.conftest import HEADER, REFERRALS, ROWS

from mp_bayes.errors import InputError
from mp_bayes.panel.effects import suitable
from mp_bayes.panel.measures import MEASURES, get_measure
from mp_bayes.panel.official import read_measure, read_neighbours

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
    reasons = {(row.authority, row.year): row.reason for row in left_out.itertuples()}
    assert reasons == {
        ("Tiny", 2013): "suppressed: 1 to 5",
        ("Tiny", 2014): "suppressed: 1 to 5",
        ("Tiny", 2015): "total suppressed",
        ("Attacked", 2014): "not available",
        ("Attacked", 2015): "unreliable",
        ("Wrong", 2013): "more events than the total",
        ("Wrong", 2014): "not a count: '?'",
        ("Wrong", 2015): "total is 0",
    }
    for authority, year in reasons:
        if authority != "Tiny" or year == 2015:
            assert cell(data, authority, year) == (0, 0, 0)
    assert suitable(data) == ["Plain"]
    assert data["region"].sel(authority="Plain").item() == "North"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("rereferral_count", "rereferrals"), "no column 'rereferral_co"),
        (lambda text: text.replace("Local authority", "LA"), "no authority"),
        (lambda text: text.replace("2013,Rep", "2013-14,Rep"), "'2013-14' in time_period"),
        (lambda text: text + ROWS.splitlines()[2] + "\n", "Plain has 2013 twice"),
        (lambda _: "", "cannot read"),
        (lambda _: "\x00\x01", "c1_children_in_need"),
    ],
)
def test_a_wrong_file_gets_one_line(small, change, message):
    (small / REFERRALS).write_text(change(f"{HEADER}\n{ROWS}"))
    with pytest.raises(InputError, match=message) as error:
        read_measure(small, REREFERRAL)
    assert "\n" not in str(error.value)


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
    assert "North Yorkshire (to 2023)" in set(data["authority"].to_numpy())
    for measure in MEASURES.values():
        data, _ = read_measure(official, measure)
        assert (data["low"] <= data["high"]).all()
        assert (data["high"] <= data["total"]).all()
        assert np.sum(data["total"].to_numpy() > 0) > 850
    neighbours = read_neighbours(official)
    assert neighbours["Islington"][:2] == ["Camden", "Southwark"]
    assert {len(names) for names in neighbours.values()} == {10}
