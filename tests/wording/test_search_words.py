"""How a design is described."""

import pytest

from mp_bayes.wording.search import design

ROW = {"treated_boroughs": 8, "comparison_boroughs": 5, "pre_years": 3, "post_years": 6}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"wave": 1, "stagger": 0.0}, "8 treated boroughs and 5 comparison boroughs, 3 years"),
        ({"wave": 2, "stagger": 1.0}, "8 treated boroughs, of which 2 a year begin, and 5"),
        ({"wave": 4, "stagger": 2.0}, "8 treated boroughs, of which 4 begin 2 years later, and"),
        ({"wave": 5, "stagger": 1.0}, "8 treated boroughs, of which 5 a year begin, and 5"),
        ({"wave": 8, "stagger": 1.0}, "8 treated boroughs and 5 comparison boroughs, 3 years"),
        (
            {"wave": 2, "stagger": 1.0, "comparison_boroughs": 0},
            "begin, and no other borough, 3 years before",
        ),
    ],
)
def test_a_design_says_how_boroughs_begin(fields, words):
    assert words in design({**ROW, **fields})
