"""Check costs per averted outcome by hand."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from studied import OUTCOMES, get_outcome

from mp_bayes.audit.tables import PUBLISHED
from mp_bayes.estimands import Estimand
from mp_bayes.estimands.costs import cost_table
from mp_bayes.studies.read import read_study
from mp_bayes.studies.study import Outcome

# Table 4, "Total", first and second funding round.
COSTS = {"cin": 2_458_234, "cla": 2_017_760}
ROUNDS = {"cin": "1", "cla": "2"}
# The report names no value; these are the project's, in pounds.
VALUES = (500, 1_000, 2_500, 5_000, 10_000)
RESIDENTIAL_VALUES = (5_000, 10_000, 25_000, 50_000)
MOVES = get_outcome("cla_placement_moves")


def averted(*draws: float) -> Estimand:
    return Estimand("outcomes_averted", "2017-19", "count", np.array([draws]))


@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_the_cost_is_table_4s_total_of_the_study_s_funding_round(outcome: Outcome) -> None:
    cost = outcome.setting.cost
    assert cost == COSTS[outcome.setting.name]
    with (PUBLISHED / "costs.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["round"] == ROUNDS[outcome.setting.name]]
    (total,) = [float(row["amount"]) for row in rows if row["item"] == "total"]
    assert cost == total
    parts = sum(float(row["amount"]) for row in rows if row["item"] != "total")
    # The report's parts sum to its total within rounding of each to whole pounds.
    assert parts == pytest.approx(cost, abs=len(rows))


def test_costs_are_read_from_an_edited_copy(study_folder: Path) -> None:
    path = study_folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("cost = 2017760", "cost = 1_000_000"), encoding="utf-8")
    edited = read_study(study_folder).outcome(MOVES.name)
    assert edited.setting.cost == 1_000_000
    assert (cost_table(averted(10.0, 20.0), edited)["cost"] == 1_000_000).all()


def test_the_table_has_one_row_a_value_and_the_period_of_the_draws() -> None:
    table = cost_table(averted(10.0, 20.0), MOVES)
    assert tuple(table["value_per_outcome"]) == VALUES
    residential = cost_table(averted(10.0, 20.0), get_outcome("cla_residential_placements"))
    assert tuple(residential["value_per_outcome"]) == RESIDENTIAL_VALUES
    assert (table["period"] == "2017-19").all()
    assert (table["cost"] == 2_017_760).all()


def test_the_chance_that_the_programme_pays_is_by_hand() -> None:
    # It pays at 10,000 pounds where more than 201.776 outcomes are averted.
    table = cost_table(averted(-50.0, 0.0, 201.0, 202.0, 900.0), MOVES)
    prob = table.set_index("value_per_outcome")["prob_pays"]
    assert prob[10_000] == pytest.approx(2 / 5)
    # At 2,500 pounds 807.1 are needed; at 1,000 pounds 2,017.8.
    assert prob[2_500] == pytest.approx(1 / 5)
    assert prob[1_000] == 0
    assert prob.is_monotonic_increasing
    assert (table["prob_averts"] == 3 / 5).all()


def test_cost_per_outcome_quantiles_are_of_the_draws_that_avert_and_infinite_beyond() -> None:
    # 100 draws: 40 avert nothing or add, 60 avert 1 to 60.
    table = cost_table(averted(*np.linspace(-39, 60, 100)), MOVES)
    row = table.iloc[0]
    # Costs in order: cost / 60, cost / 59, ...; the 3rd is the 2.5% quantile, the 50th the median.
    assert row["cost_per_outcome_lower"] == pytest.approx(2_017_760 / 58)
    assert row["cost_per_outcome_median"] == pytest.approx(2_017_760 / 11)
    assert row["cost_per_outcome_upper"] == np.inf
    assert row["prob_averts"] == pytest.approx(0.6)


def test_the_break_even_value_pays_in_half_of_the_draws_and_its_error_is_that_of_two_runs() -> None:
    rng = np.random.default_rng(1)

    def run() -> "pd.Series[float]":
        draws = Estimand("outcomes_averted", "2017-19", "count", rng.normal(300, 200, (4, 1000)))
        found = cost_table(draws, MOVES).iloc[0]
        pays = (found["cost_per_outcome_median"] * draws.draws > found["cost"]).mean()
        # The median draw itself does not pay more than it costs.
        assert pays == pytest.approx(0.5, abs=1 / 4000)
        return found

    rows = [run() for _ in range(100)]
    spread = np.std([row["cost_per_outcome_median"] for row in rows], ddof=1)
    said = np.mean([row["mcse_median"] for row in rows])
    # An SD of 100 values has a standard error of 7%; three of them.
    assert said == pytest.approx(spread, rel=0.21)


@pytest.mark.parametrize("draws", [(0.0, 0.0), (-5.0, -1.0)], ids=["none", "added"])
def test_the_cost_is_infinite_where_nothing_is_averted(draws: tuple[float, ...]) -> None:
    table = cost_table(averted(*draws), MOVES)
    for column in ("lower", "median", "upper"):
        assert (table[f"cost_per_outcome_{column}"] == np.inf).all()
    assert (table["prob_pays"] == 0).all()
    assert (table["prob_averts"] == 0).all()
