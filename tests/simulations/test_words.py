"""What the simulation scripts say follows their numbers, whichever way these fall."""

import _common
import comparison_boroughs
import numpy as np
import outside_the_family
import pandas as pd
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import from_study


def power(first, last, error=0.01):
    return pd.DataFrame(
        {
            "claims": [0.1, 0.2],
            "calibrated_power": [first, last],
            "calibrated_power_mcse": error,
        },
        index=[1, 40],
    )


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (0.2, 0.4, "it changes from 20% to 40%"),
        (0.4, 0.2, "it changes from 40% to 20%"),
        (0.2, 0.22, "it changes by no more than chance (20% and 22%)"),
    ],
)
def test_more_comparisons_are_worth_what_the_numbers_say(first, last, words):
    text = comparison_boroughs.verdict(power(first, last), 1, 40)
    assert "From 1 comparison borough to 40, power under the national prior goes" in text
    assert words in text


def test_more_than_one_comparison_is_in_the_plural():
    text = comparison_boroughs.verdict(power(0.2, 0.4).set_axis([10, 80]), 10, 80)
    assert "From 10 comparison boroughs to 80, power" in text


def test_a_table_says_none_where_there_is_no_number(capsys):
    _common.show(pd.DataFrame({"bias": [-0.5, np.nan], "boroughs": [1, 2]}), "Some numbers")
    printed = capsys.readouterr().out
    assert "\u22120.500" in printed
    assert "nan" not in printed
    assert "none: the method has no answer there" in printed
    _common.show(pd.DataFrame({"bias": [-0.5]}), "Some numbers")
    assert "none" not in capsys.readouterr().out


def departures(size):
    rows = [("none", "none", 0.05), ("sd_drift", "mild", 0.05), ("sd_drift", "strong", size)]
    return pd.DataFrame(rows, columns=["departure", "strength", "size"]).assign(
        analysis="Shock-aware DiD", size_mcse=0.01
    )


def test_a_departure_is_named_only_if_it_is_clearly_worse():
    text = outside_the_family.verdict(departures(0.3))
    assert text == (
        "Outside the fitted family false claims rise clearly for: Shock-aware DiD from 5% to 30% "
        "(SD of boroughs' trends a year)"
    )
    text = outside_the_family.verdict(departures(0.07))
    assert text == "No departure clearly raises any method's false claims"


def measures(**columns):
    return pd.DataFrame(
        {
            "analysis": "Bayes, national prior",
            "reason": "",
            "size": [0.001, 0.02],
            "size_mcse": 0.004,
            "calibrated_power": [0.31, 0.42],
            "calibrated_power_mcse": 0.025,
            "bias": [-0.25, 1.5],
            "coverage": [0.9, 0.9],
            "coverage_mcse": 0.01,
            **columns,
        }
    )


def test_what_stands_beside_power_is_all_there():
    text = _common.beside(measures())
    assert text == (
        "Bayes, national prior: size less than 1% to 2%, power if calibrated to 5% 31% to 42%, "
        "bias \N{MINUS SIGN}0.25 to +1.50, coverage 90%. "
        "Monte Carlo SE of these shares: 2.5 points at most."
    )
    none = _common.beside(measures(calibrated_power=np.nan))
    assert "calibrated" not in none
    assert "bias" not in none
    refused = _common.beside(measures(reason="needs 19 controls"))
    assert refused.startswith("Bayes, national prior: needs 19 controls.")


def test_every_design_is_simulated_without_an_effect(tmp_path, monkeypatch):
    # Workers change no number (tests/simulate/test_runner.py), and take long to start.
    monkeypatch.setattr(_common, "WORKERS", 1)
    moved = rereferral(effect=-3.0, effect_sd=1.0, half_life=2.0, delay=1.0)
    assert _common.untouched(moved) == rereferral()
    ratio = from_study(STUDY, "cla_placement_moves", effect=0.8, effect_scale="ratio")
    assert _common.untouched(ratio).log_effect(_common.untouched(ratio).effect) == 0
    cases = [({"case": "slow"}, moved), ({"case": "null"}, rereferral())]
    rows, table = _common.simulate(cases, (Method("did_linear"),), replicates=30, out=tmp_path)
    assert set(rows["case"]) == {"slow", "null"}
    average = _common.averages(table).set_index("case")
    assert average.loc["slow", "size"] == average.loc["null", "claims"]
    assert np.isfinite(average.loc["slow", "calibrated_power"])
    # What is not a case of the script is in no table.
    _, alone = _common.simulate(cases[:1], (Method("did_linear"),), replicates=30, out=tmp_path)
    assert set(alone["case"]) == {"slow"}
    assert np.isfinite(_common.averages(alone)["size"]).all()
