"""Tables of a search: what stands beside what, and what is said of it."""

import numpy as np
import pandas as pd
from synthetic_search import SEARCH_FACTS, make_search

from mp_bayes.report.search_tables import (
    brief_table,
    frontier_table,
    kinds_table,
    sensitivity_table,
)
from mp_bayes.simulate.performance import proportion
from mp_bayes.wording.planning import Facts
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import NBSP

FACTS: Facts = {**SEARCH_FACTS, "unit": "percentage points", "replicates": 40}


def found(*, simulated: bool) -> Tables:
    """Return a search whose frontier has two designs, the first of them perhaps simulated."""
    tables = make_search()
    worth = {"size": 0.046, "calibrated": 0.83, "bias": 0.4, "coverage": 0.95, "mdes": 5.5}
    worth |= {f"{name}_error": 0.001 for name in worth} | {"years": 7}
    best = (
        tables["designs"]
        .head(2)
        .assign(
            best=["fewest treated boroughs", ""], assurance=0.81, assurance_error=0.004, **worth
        )
    )
    if simulated:
        share, error = proportion([1] * 30 + [0] * 10)
        size, size_error = proportion([0] * 40)
        best = best.assign(
            simulated=[share, np.nan],
            simulated_mcse=[error, np.nan],
            failed=[0.0, np.nan],
            simulated_size=[size, np.nan],
            simulated_size_mcse=[size_error, np.nan],
        )
    return {**tables, "frontier": best}


def column(table, name: str) -> list[str]:
    return [row[table.columns.index(name)].replace(NBSP, " ") for row in table.rows]


def test_the_simulated_size_stands_beside_the_closed_forms():
    table = frontier_table(found(simulated=True), FACTS)
    place = table.columns.index("False claims")
    assert table.columns[place + 1] == "False claims, simulated"
    assert column(table, "False claims") == ["4.6 (4.4 to 4.8)", "4.6 (4.4 to 4.8)"]
    # None of 40, and Wilson's interval of it; the other design was not simulated.
    assert column(table, "False claims, simulated") == ["0.0 (0.0 to 8.8)", "not simulated"]
    assert column(table, "Power, simulated") == ["75.0 (59.8 to 85.8)", "not simulated"]


def test_before_the_simulation_nothing_is_said_of_it():
    table = frontier_table(found(simulated=False), FACTS)
    assert not any("simulated" in name for name in table.columns)
    assert "imulated" not in table.note
    assert "imulated" not in brief_table(found(simulated=False), FACTS).note


def test_both_tables_say_what_reaches_the_target_and_what_would_be_better():
    for table in (make(found(simulated=True), FACTS) for make in (frontier_table, brief_table)):
        assert "Designs that reach 80% power by closed form, and" in table.caption
        assert "in brackets the 95% interval of its draws" in table.note
        assert "the share of 40 simulated evaluations, in brackets its 95% Monte" in table.note
        betters = "no more of treated boroughs, comparison boroughs, years in all and years after,"
        assert betters in table.note
    priced = found(simulated=True)
    priced["frontier"]["cost"] = 12.0
    assert "years after and cost, and less of one" in frontier_table(priced, FACTS).note
    short = found(simulated=True)
    short["frontier"]["reaches"] = False
    table = brief_table(short, FACTS)
    assert "comes nearest to 80% power" in table.caption
    assert "No other betters" not in table.note


def test_intervals_of_kinds_of_authorities_say_of_which_kind_they_are():
    table = kinds_table(SEARCH_FACTS["outcome"])
    assert table is not None
    assert table.columns[-1] == "95% equal-tailed interval"


def test_a_size_that_was_drawn_has_its_interval():
    size, error = proportion([1] * 82 + [0] * 1918)
    worlds = pd.DataFrame(
        {
            "field": ["", "shock_df"],
            "value": [np.nan, 5.0],
            "assurance": 0.8,
            "assurance_error": 0.01,
            "size": [0.046, size],
            "size_error": [0.003, error],
        }
    )
    table = sensitivity_table({"sensitivity": worlds}, FACTS)
    assert column(table, "False claims") == ["4.6 (4.0 to 5.2)", "4.1 (3.3 to 5.1)"]
