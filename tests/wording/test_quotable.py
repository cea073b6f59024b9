"""Paragraphs to quote hold the numbers, what they assume, and where they come from."""

import re

import pandas as pd
import pytest
from report_pages import Tables
from studied import STUDY, get_outcome

from mp_bayes.wording.quotable import quotes, text

NAME = "cin_rereferral_12m"


@pytest.fixture
def paragraphs(tables: Tables):
    return quotes(tables["effects"], tables["comparison"], STUDY, "9.9.9")


def test_each_says_interval_assumptions_and_source(paragraphs):
    assert list(paragraphs) == ["all", *STUDY.outcomes]
    for paragraph in paragraphs.values():
        assert "95%" in paragraph
        assert "assumes that boroughs move on their own" in paragraph
        assert "mp_bayes 9.9.9" in paragraph
        assert "probability of a reduction" in paragraph
        assert "\n" not in paragraph


def test_the_whole_names_every_comparison(paragraphs):
    for borough in ("Southend", "Barnet"):
        assert borough in paragraphs["all"]
    assert "Barnet" not in paragraphs[NAME]


def test_numbers_are_those_of_the_headline(tables: Tables, paragraphs):
    outcome = get_outcome(NAME)
    effects = tables["effects"]
    row = effects[
        effects["outcome"].eq(NAME)
        & effects["estimand"].eq("average_effect")
        & effects["scale"].eq(outcome.response_scale)
        & effects["evidence"].eq("cells")
        & effects["shock_prior"].eq("national")
        & effects["effect_structure"].eq("yearly")
    ].iloc[0]
    said = re.search(r"estimated at ([0-9.]+) percentage points? (lower|higher)", paragraphs[NAME])
    assert float(said[1]) == pytest.approx(abs(row["mean"]), abs=0.6)
    assert (said[2] == "lower") == (row["mean"] < 0)


def test_an_unusable_fit_is_not_quoted(tables: Tables):
    tables["effects"]["usable"] = False
    found = quotes(tables["effects"], pd.DataFrame(), STUDY, "9.9.9")
    assert "not usable" in found[NAME]
    assert not re.search(r"estimated at", found[NAME])
    assert text(found, STUDY).startswith("All outcomes\n")
