"""Options of a plan: what they ask, and that a saved plan asks the same again."""

import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.planning.design import Design
from mp_bayes.planning.found import Question
from mp_bayes.planning.options import options
from mp_bayes.planning.saved import scenario_text
from mp_bayes.simulate.scenario_file import read

BASE = rereferral(effect=-3.0, half_life=2.0)


def test_one_number_of_treated_is_in_depth_unless_told_otherwise():
    assert isinstance(options("x", {"treated_boroughs": (5,)}).asked(BASE), Design)
    one = options("x", {"treated_boroughs": (5,), "in_depth": False}).asked(BASE)
    assert isinstance(one, Question)
    assert one.candidates.treated_boroughs == (5,)
    assert isinstance(options("x", {}).asked(BASE), Question)
    assert isinstance(options("x", {"treated_boroughs": (5, 10)}).asked(BASE), Question)
    with pytest.raises(InputError, match="one number of treated"):
        options("x", {"in_depth": True}).asked(BASE)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {
            "treated_boroughs": (5, 10),
            "comparison_boroughs": (0, 6),
            "roll_out": ("at-once", "halves", 2),
            "stagger": 0.5,
            "half_life": (0.0, 1.5),
        },
        {"cost_treated_year": 1e5, "target": 0.9, "shock": "within-study", "post_years": (4,)},
        {"analysis_prior_sd": 2.5, "max_post_years": 7, "pre_years": (2,), "replicates": 50},
    ],
)
def test_a_saved_search_asks_the_same_again(given, tmp_path):
    asked = options("x", given).asked(BASE)
    file = tmp_path / "scenario.toml"
    file.write_text(scenario_text(asked, STUDY), encoding="utf-8")
    base, _, table = read(file, STUDY)
    again = options("file", table).asked(base)
    assert again.candidates == asked.candidates
    assert again.costs == asked.costs
    assert again.method == asked.method
    assert (again.target, again.replicates) == (asked.target, asked.replicates)
    for row in (
        {"treated_boroughs": 2, "comparison_boroughs": 3, "pre_years": 3, "post_years": 4},
    ):
        design = row | {"wave": 1, "stagger": 0.0}
        assert again.scenario(design) == asked.scenario(design)


def test_a_saved_plan_in_depth_asks_the_same_again(tmp_path):
    given = {"treated_boroughs": (3,), "comparison_boroughs": (2, 9), "half_life": (0.5, 4.0)}
    asked = options("x", given).asked(BASE)
    file = tmp_path / "scenario.toml"
    file.write_text(scenario_text(asked, STUDY), encoding="utf-8")
    base, _, table = read(file, STUDY)
    assert options("file", table).asked(base) == asked


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"treated_boroughs": (0,)}, "treated_boroughs"),
        ({"treated_boroughs": "five"}, "treated_boroughs"),
        ({"boroughs": 3}, "boroughs: unknown; did you mean"),
        ({"half_life": ()}, "half_life"),
        ({"stagger": float("nan")}, "stagger"),
        ({"roll_out": (-1,)}, "roll_out"),
        ({"roll_out": ("soon",)}, "roll_out"),
        ({"comparison_boroughs": (-1,)}, "comparison_boroughs"),
        ({"cost_comparison": -1.0}, "cost_comparison"),
        ({"replicates": 2.5}, "replicates"),
    ],
)
def test_a_wrong_option_is_named(given, words):
    with pytest.raises(InputError, match=r"^scenario\.toml: plan: ") as raised:
        options("scenario.toml: plan", given)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"target": 1.5}, "target"),
        ({"shock": "none of them"}, "unknown shock prior"),
        ({"replicates": 3}, "replicates"),
        ({"analysis_prior_sd": 0.0}, "analysis prior"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(given, words):
    with pytest.raises(InputError, match=words):
        options("x", given).asked(BASE)


@pytest.mark.parametrize(
    "given",
    [
        {"treated_boroughs": (5,), "post_years": (4,)},
        {"treated_boroughs": (5,), "cost_comparison": 1.0},
        {"post_years": (3, 10), "max_post_years": 5},
    ],
)
def test_what_would_be_ignored_is_refused(given):
    with pytest.raises(InputError, match=r"post_years|cost_comparison"):
        options("x", given).asked(BASE)
