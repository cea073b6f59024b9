"""Names are forgiven for how they are written, and otherwise told what there is."""

import pytest

from mp_bayes.errors import InputError
from mp_bayes.names import check, find, instead

AUTHORITIES = ["Barking and Dagenham", "Kingston upon Hull, City of", "Ynys Môn", "Islington"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ISLINGTON", "Islington"),
        ("barking & dagenham", "Barking and Dagenham"),
        ("Barking-and-Dagenham", "Barking and Dagenham"),
        ("ynys mon", "Ynys Môn"),
        ("Ynys Mo\u0302n", "Ynys Môn"),
        ("  kingston upon hull city of ", "Kingston upon Hull, City of"),
    ],
)
def test_capitals_accents_and_hyphens_are_forgiven(typed, meant):
    assert find("authority", typed, AUTHORITIES) == meant


@pytest.mark.parametrize(
    ("typed", "near"),
    [("Islingtn", "Islington"), ("hull", "Kingston upon Hull, City of"), ("Dagenam", "Barking")],
)
def test_what_is_near_is_suggested(typed, near):
    with pytest.raises(InputError, match=rf"unknown authority '{typed}': did you mean {near}"):
        find("authority", typed, AUTHORITIES)


@pytest.mark.parametrize("typed", ["", "?!", "x", "x" * 5000, "\u202e"])
def test_what_is_near_to_nothing_gets_the_list(typed):
    with pytest.raises(InputError, match="choose one of Barking and Dagenham"):
        find("authority", typed, AUTHORITIES)


def test_two_that_differ_in_capitals_alone_must_be_typed_exactly():
    assert find("borough", "Ash", ["Ash", "ash"]) == "Ash"
    with pytest.raises(InputError, match="did you mean"):
        find("borough", "ASH", ["Ash", "ash"])


def test_a_check_is_to_the_letter():
    check("effect", "yearly", ("yearly", "constant"))
    with pytest.raises(InputError, match=r"did you mean yearly\? Choose one of yearly, constant"):
        check("effect", "Yearly", ("yearly", "constant"))


def test_many_are_not_listed():
    many = [f"Borough {number}" for number in range(150)]
    assert instead("Camden", many, more="`mp-bayes list` has all") == "`mp-bayes list` has all"
