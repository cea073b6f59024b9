"""The search: the fewest treated boroughs by brute force, frontiers, roll-outs, costs."""

import pandas as pd
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.planning.search import BEST, DESIGN, Candidates, Costs, frontier, search
from mp_bayes.planning.worth import assured
from mp_bayes.priors import load_priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import changed

PRIORS = load_priors(STUDY)
OWN = Method("national", "embedding")
BASE = rereferral(effect=-8.0, half_life=1.0)


def found(base=BASE, *, target=0.8, costs=None, **among):
    usual = {
        "treated_boroughs": tuple(range(1, 16)),
        "comparison_boroughs": (8,),
        "pre_years": (3,),
        "post_years": (4,),
    }
    return search(base, OWN, PRIORS, Candidates(**usual | among), target=target, costs=costs)


def test_the_fewest_are_those_of_every_number_tried():
    row = found().iloc[0]
    values = [
        assured(
            changed(BASE, treated_boroughs=count, comparison_boroughs=8, pre_years=3, post_years=4),
            OWN,
            PRIORS,
        )[0]
        for count in range(1, 16)
    ]
    # Draws are common to all, so that power rises with every borough.
    assert values == sorted(values)
    fewest = next(place for place, value in enumerate(values) if value >= 0.8)
    assert row["treated_boroughs"] == fewest + 1
    assert row["assurance"] == pytest.approx(values[fewest], abs=1e-12)
    assert row["reaches"]


def test_what_is_out_of_reach_is_said_with_the_most():
    row = found(changed(BASE, effect=-1.0)).iloc[0]
    assert not row["reaches"]
    assert row["treated_boroughs"] == 15
    assert frontier(found(changed(BASE, effect=-1.0))).empty


def test_waves_leave_a_year_for_the_last():
    table = found(waves=("at-once", 2), post_years=(2, 4), treated_boroughs=(2, 4, 6, 12))
    assert table[DESIGN].duplicated().sum() == 0
    at_once = table[table["stagger"].eq(0)]
    waves = table[table["stagger"].eq(1)]
    assert set(at_once["wave"]) == {1}
    # Two a year: 4 in two years, 8 in four.
    assert waves.set_index("post_years")["treated_boroughs"].to_dict()[2] <= 4
    assert waves.set_index("post_years")["treated_boroughs"].to_dict()[4] <= 8


def test_without_comparison_boroughs_others_begin_later():
    table = found(
        waves=("at-once", 3, "halves"), comparison_boroughs=(0,), treated_boroughs=(3, 4, 9)
    )
    # At once nobody would be left to compare with; three at a time need a second wave.
    assert table["stagger"].gt(0).all()
    assert (table["treated_boroughs"] > table["wave"]).all()
    halves = found(waves=("halves",), comparison_boroughs=(0,), treated_boroughs=(9,))
    assert halves["wave"].tolist() == [5]


def test_more_treated_boroughs_help_a_stepped_wedge_too():
    values = [
        assured(
            changed(
                BASE,
                treated_boroughs=count,
                comparison_boroughs=0,
                post_years=6,
                stagger=1.0,
                wave=2,
            ),
            OWN,
            PRIORS,
        )[0]
        for count in range(4, 13)
    ]
    # The search halves, and so relies on it.
    assert values == sorted(values)


def test_no_roll_out_in_time_is_one_line():
    with pytest.raises(InputError, match="larger waves"):
        found(waves=(1,), post_years=(1,), treated_boroughs=(2, 3))


@pytest.mark.parametrize(
    ("among", "word"),
    [
        ({"waves": (-1,)}, "waves"),
        ({"waves": ("soon",)}, "waves"),
        ({"treated_boroughs": ()}, "treated"),
        ({"stagger": 0}, "stagger"),
    ],
)
def test_candidates_that_make_no_sense(among, word):
    with pytest.raises(InputError, match=word):
        found(**among)


def test_a_cost_counts_years_from_each_onset():
    scenario = rereferral(
        treated_boroughs=4, comparison_boroughs=5, post_years=4, stagger=1.0, wave=2
    )
    # Two for four years, two for three.
    assert Costs(treated_year=10.0, comparison=1.0).of(scenario) == 10 * (2 * 4 + 2 * 3) + 5


def table(rows):
    columns = ["treated_boroughs", "comparison_boroughs", "pre_years", "post_years", "cost"]
    made = pd.DataFrame(rows, columns=columns)
    return made.assign(wave=1, stagger=0.0, assurance=0.81, assurance_error=0.004, reaches=True)


def test_a_frontier_has_what_nothing_betters():
    best = frontier(
        table(
            [
                (10, 40, 3, 10, 500),
                (12, 40, 3, 10, 600),  # worse than the first in every respect
                (20, 10, 3, 10, 400),
                (30, 40, 3, 3, 900),
            ]
        )
    )
    assert best["treated_boroughs"].tolist() == [10, 20, 30]
    by_name = {name: row for row in best.to_dict("records") for name in row["best"].split(", ")}
    assert by_name["fewest treated boroughs"]["treated_boroughs"] == 10
    assert by_name["fewest boroughs"]["treated_boroughs"] == 20
    assert by_name["cheapest"]["treated_boroughs"] == 20
    assert by_name["earliest answer"]["treated_boroughs"] == 30
    assert set(by_name) == set(BEST)


def test_costs_are_optional():
    best = frontier(table([(10, 40, 3, 10, 1)]).drop(columns="cost"))
    assert "cheapest" not in best["best"].iloc[0]
