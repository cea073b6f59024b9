"""Tables of a search: what stands beside what, and what is said of it."""

import numpy as np
from synthetic_search import SEARCH_FACTS, make_search

from mp_bayes.report.search_tables import frontier_table
from mp_bayes.simulate.performance import proportion
from mp_bayes.wording.planning import Facts
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import NBSP

FACTS: Facts = {**SEARCH_FACTS, "unit": "percentage points", "replicates": 40}


def found(*, simulated: bool) -> Tables:
    """Return a search whose frontier has two designs, the first of them perhaps simulated."""
    tables = make_search()
    worth = {"size": 0.046, "calibrated": 0.83, "bias": 0.4, "coverage": 0.95, "mdes": 5.5}
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
    assert column(table, "False claims") == ["4.6", "4.6"]
    # None of 40, and Wilson's interval of it; the other design was not simulated.
    assert column(table, "False claims, simulated") == ["0.0 (0.0 to 8.8)", "no"]
    assert column(table, "Power, simulated") == ["75.0 (59.8 to 85.8)", "no"]


def test_before_the_simulation_nothing_is_said_of_it():
    table = frontier_table(found(simulated=False), FACTS)
    assert not any("simulated" in name for name in table.columns)
    assert "imulated" not in table.note
