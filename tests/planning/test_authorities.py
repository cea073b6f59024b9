"""How much authorities move: kinds of them, and those of an own table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.planning.authorities import kinds, of_kind, of_table, published
from mp_bayes.priors import load_priors
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.scenario import from_study

REREFERRAL = STUDY.outcome("cin_rereferral_12m")
MOVES = STUDY.outcome("cla_placement_moves")
RESULTS = Path(__file__).parents[2] / "results" / "panel"


def priors(outcome):
    return load_priors(STUDY).select(outcome, shock="national")


@pytest.mark.parametrize("outcome", [REREFERRAL, MOVES], ids=lambda one: one.name)
def test_kinds_are_what_the_panel_found(outcome):
    found = pd.read_csv(RESULTS / outcome.measure / "fit" / "shocks.csv")
    found = found[found["group"].ne("all")]
    # Placements with three moves or more move more than moves do: METHODS, and `Measure`.
    factor = (1.2 * 1.9) ** 0.5 if outcome is MOVES else 1.0
    np.testing.assert_allclose(kinds(outcome)["sd_shock"], found["median"] / factor, atol=6e-4)
    np.testing.assert_allclose(kinds(outcome)["upper"], found["upper"] / factor, atol=6e-4)
    assert [kind.split("-")[0] for kind in kinds(outcome)["kind"]] == [
        group.partition(": ")[2] for group in found["group"]
    ]


def test_a_kind_is_known_in_any_case():
    assert of_kind(REREFERRAL, " inner  LONDON").fields == {"sd_shock": 0.333}
    with pytest.raises(InputError, match=r"choose one of small, .*Inner London"):
        of_kind(REREFERRAL, "Wales")
    with pytest.raises(InputError, match="no official measure"):
        of_kind(STUDY.outcome("cla_residential_placements"), "large")


def test_what_was_published_has_a_source():
    table = published()
    assert table["source"].ne("").all()
    assert table["address"].str.match(r"https://|$").all()


def written(tmp_path, outcome, **changes):
    """Write a table of 40 boroughs over 10 years; return it and the scenario that it is of."""
    fields = {"effect": 1.0, "effect_scale": "ratio", "pre_years": 5, "post_years": 5} | changes
    scenario = from_study(STUDY, outcome.name, treated_boroughs=1, comparison_boroughs=39, **fields)
    drawn = synthesise(scenario, seed=5, replicates=[0])
    events, total = drawn.events[..., 0], drawn.total[..., 0]
    rows = [
        {
            "borough": f"borough {place}",
            "year": f"{2010 + year}-{11 + year}",
            "events": events[place, year],
            "total": total[place, year],
            "exposure": total[place, year] * scenario.exposure,
        }
        for place, year in np.ndindex(events.shape)
    ]
    file = tmp_path / "own.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    return file, scenario


@pytest.mark.parametrize("outcome", [REREFERRAL, MOVES], ids=lambda one: one.name)
@pytest.mark.parametrize(("sd", "rho"), [(0.15, 0.3), (0.4, 0.6)])
def test_an_own_table_gives_back_what_it_was_drawn_with(outcome, sd, rho, tmp_path):
    file, scenario = written(tmp_path, outcome, sd_shock=sd, rho=rho)
    known = of_table(file, outcome, priors(outcome)).fields
    # Posterior SDs of 40 boroughs and 10 years are about 0.1 in the logarithm, and 0.1; twice that.
    assert np.log(known["sd_shock"] / sd) == pytest.approx(0, abs=0.25)
    assert known["rho"] == pytest.approx(rho, abs=0.25)
    assert known["cell_size"] == pytest.approx(scenario.cell_size, rel=0.01)
    # Levels differ by an SD of 0.3 between 40 boroughs.
    assert np.log(known["baseline"] / scenario.baseline) == pytest.approx(0, abs=0.2)


def test_authorities_that_lack_a_year_are_left_out_and_said(tmp_path):
    file, _ = written(tmp_path, REREFERRAL)
    table = pd.read_csv(file)
    table.drop(index=3).to_csv(file, index=False)
    known = of_table(file, REREFERRAL, priors(REREFERRAL))
    assert "39 authorities of own.csv over 10 years, 1 left out" in known.sentence


HEAD = "borough,year,events,total"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1"),
        ("borough,year,events\nA,2010,1", "column total is missing"),
        (f"{HEAD}\nA,2010,5,4\n", "more events than the total"),
        (f"{HEAD}\nA,2010,c,40\n", "line 2, column events"),
        (f"{HEAD}\nA,2010,nan,40\n", "line 2, column events"),
        (f"{HEAD}\nA,2010,-1,40\n", "line 2, column events"),
        (f"{HEAD}\nA,2010,1,0\n", "line 2, column total"),
        (f"{HEAD}\nA,last,1,4\n", "line 2, column year"),
        (f"{HEAD}\nA,2010,1,4\nA,2010,1,4\n", "same as line 2"),
        (f"{HEAD}\nA,2010,1,4\nB,2010,1,4\nC,2010,1,4\n", "3 authorities with all of 1 years"),
        (f"outcome,{HEAD}\nother,A,2010,1,4\n", "no rows of cin_rereferral_12m"),
    ],
)
def test_a_wrong_table_is_one_line(text, words, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"^own\.csv") as raised:
        of_table(file, REREFERRAL, priors(REREFERRAL))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_count_needs_its_child_years(tmp_path):
    file, _ = written(tmp_path, MOVES)
    pd.read_csv(file).drop(columns="exposure").to_csv(file, index=False)
    with pytest.raises(InputError, match="needs its child-years"):
        of_table(file, MOVES, priors(MOVES))
