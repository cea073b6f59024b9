"""A number moves if it differs by more than its Monte Carlo error and processors allow."""

import numpy as np
import pandas as pd
import pytest

from mp_bayes.checks.errors import errors, left_out
from mp_bayes.checks.moved import Counts, counts, differences, limit, missing_columns, moved, near


def effects(**changed) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "outcome": ["rereferral", "rereferral", "moves"],
            "year": ["2015-16", "2016-17", "2015-16"],
            "mean": [-0.21, 0.04, -0.3],
            "sd": [0.1, 0.1, 0.2],
            "lower": [-0.4, -0.15, -0.7],
            "upper": [0.0, 0.25, 0.1],
            "prob_below_0": [0.97, 0.3, 0.93],
            "mcse_mean": [0.002, 0.002, 0.004],
            "mcse_lower": [0.005] * 3,
            "mcse_upper": [0.005] * 3,
            "mcse_prob": [0.004] * 3,
            "ess_bulk": [2500.0] * 3,
            "ess_tail": [2500.0] * 3,
            "rhat": [1.001] * 3,
            "engine": ["nuts", "laplace", "laplace"],
            "usable": [True] * 3,
        }
    )
    return table.assign(**changed)


def compare(then: pd.DataFrame, now: pd.DataFrame, *, drawn: bool = True) -> pd.DataFrame:
    both = ({"effects": then}, {"effects": now}) if drawn else ()
    return differences("effects.csv", then, now, *both)


def test_nothing_moves_in_an_exact_repetition():
    found = compare(effects(), effects())
    assert moved(found).empty
    # Five numbers with an error, and a flag without one, in three rows.
    assert counts(found) == Counts(drawn=15, fixed=3, other=0, repeated=0)


def test_chance_is_allowed_and_more_is_named():
    error = 0.004 * np.sqrt(2)
    beyond = limit(compare(effects(), effects())) * error
    near = effects(mean=[-0.21, 0.04, -0.3 + 0.9 * beyond])
    assert moved(compare(effects(), near)).empty
    far = effects(mean=[-0.21, 0.04, -0.3 + 1.1 * beyond])
    (row,) = moved(compare(effects(), far)).to_dict("records")
    # The heading is line 1 of the file.
    assert (row["file"], row["line"], row["column"]) == ("effects.csv", 4, "mean")
    assert row["row"] == "moves; 2015-16"
    assert row["errors"] == pytest.approx(1.1 * beyond / error)
    # What was not drawn anew may not move at all.
    assert len(moved(compare(effects(), near, drawn=False))) == 1


def test_an_error_that_was_altered_hides_nothing_and_is_named_itself():
    """The file that is judged says what its numbers may move by: not more than the new run's."""
    forged = effects(mean=[0.5, 0.04, -0.3], mcse_mean=[5.0, 0.002, 0.004])
    rows = moved(compare(forged, effects())).set_index("column")
    assert list(rows.index) == ["mean", "mean: its Monte Carlo error"]
    assert rows.loc["mean", "errors"] > 50
    assert rows["then"].to_list() == [0.5, 5.0]
    # Twice the error may be chance, and a smaller one hides nothing but is named too.
    assert moved(compare(effects(mcse_mean=[0.004, 0.002, 0.004]), effects())).empty
    (row,) = moved(compare(effects(mcse_mean=[1e-5, 0.002, 0.004]), effects())).to_dict("records")
    assert (row["line"], row["column"]) == (2, "mean: its Monte Carlo error")
    # Fewer effective draws, from which errors follow that are not printed, are no better.
    fewer = effects(sd=[1.0, 0.1, 0.2], ess_bulk=1.0, ess_tail=1.0)
    assert "sd" in set(moved(compare(fewer, effects()))["column"])


@pytest.mark.parametrize("forged", [-1e9, -np.inf, np.inf, np.nan])
def test_an_error_of_its_own_making_hides_nothing(forged):
    """A table may not say that chance moves what nothing moves."""
    now = pd.DataFrame({"label": ["a"], "weight": [0.5]})
    then = now.assign(weight=0.9, mcse_weight=forged)
    found = moved(differences("weights.csv", then, now, {"weights": then}, {"weights": now}))
    assert set(found["column"]) >= {"weight", "mcse_weight is no longer there"}


def test_what_differs_at_all_is_counted_and_told():
    found = compare(effects(), effects(mean=[-0.21, 0.04, -0.301]))
    assert counts(found).other == 1
    (row,) = near(found).to_dict("records")
    assert (row["line"], row["column"]) == (4, "mean")
    assert row["errors"] == pytest.approx(0.001 / (0.004 * np.sqrt(2)))
    # What moved is no longer near.
    assert near(compare(effects(), effects(mean=[-0.21, 0.04, 3.0]))).empty


def test_text_for_an_error_is_none():
    forged = effects(mean=[0.5, 0.04, -0.3], mcse_mean=["much", "0.002", "0.004"])
    assert "mean" in set(moved(compare(forged, effects()))["column"])


def test_a_column_that_is_not_there_is_named():
    (said,) = missing_columns("effects.csv", effects().drop(columns="sd"), effects())
    assert said == "effects.csv has no column sd: run it again"
    assert missing_columns("effects.csv", effects(more=1.0), effects()) == []


def test_the_limit_follows_the_number_of_comparisons():
    few, many = (
        compare(table, table) for table in (effects(), pd.concat([effects()] * 500, axis=0))
    )
    assert 3 < limit(few) < 4
    assert 4.5 < limit(many) < 5.5


def test_how_a_sampler_went_is_not_compared_but_whether_it_may_be_used_is():
    other = effects(rhat=1.009, engine="nuts", ess_bulk=2400.0)
    assert moved(compare(effects(), other)).empty
    spoilt = effects(usable=[True, False, True])
    (row,) = moved(compare(effects(), spoilt)).to_dict("records")
    assert (row["line"], row["column"]) == (3, "usable")


def test_rows_and_columns_that_only_one_version_has_are_named():
    shorter = moved(compare(effects(), effects().iloc[:2]))
    assert shorter["row"].to_list() == ["moves; 2015-16"]
    assert "no longer there" in shorter["column"].iloc[0]
    longer = moved(compare(effects().iloc[:2], effects()))
    assert "was not there" in longer["column"].iloc[0]
    narrower = moved(compare(effects(), effects().drop(columns="sd")))
    assert narrower["column"].to_list() == ["sd is no longer there"]


@pytest.mark.parametrize(("then", "now"), [(np.nan, 1.0), (np.inf, 1.0), (1.0, np.nan)])
def test_a_number_does_not_come_or_go(then, now):
    tables = [pd.DataFrame({"label": ["a"], "weight": [value]}) for value in (then, now)]
    assert len(moved(differences("weights.csv", *tables))) == 1
    for table in tables:
        assert moved(differences("weights.csv", table, table.copy())).empty


def test_other_processors_are_allowed_and_no_more():
    then = pd.DataFrame({"label": ["a"], "lower": [-1.0], "upper": [2.0], "weight": [0.5]})
    near = then.assign(lower=-1.00002, weight=0.5 + 1e-8)
    assert moved(differences("weights.csv", then, near)).empty
    far = then.assign(lower=-1.001, weight=0.5 + 1e-5)
    assert set(moved(differences("weights.csv", then, far))["column"]) == {"lower", "weight"}


def test_errors_that_are_not_printed_follow_from_the_draws():
    """Against the spread of the same statistics of many samples of Normal draws."""
    draws = 400
    labels = ["outcome", "evidence", "shock", "effect", "timing", "coding", "years", "shape"]
    samples = np.random.default_rng(1).normal(20.0, 2.0, (4000, draws))
    middle, ends = samples.mean(1), np.quantile(samples, [0.025, 0.975], axis=1)
    chance = (samples > 21.0).mean(1)
    trends = pd.DataFrame(
        [
            dict.fromkeys(labels, "x")
            | {"fitted_mean": 20.0, "fitted_lower": 20 - 3.92, "fitted_upper": 20 + 3.92}
            | {"prob_as_high": chance.mean(), "observed": 21.0}
        ]
    )
    known = pd.DataFrame(
        [dict.fromkeys(labels, "x") | {"min_ess_bulk": draws, "min_ess_tail": draws}]
    )
    found = errors(trends, {"diagnostics": known}).iloc[0]
    assert found["fitted_mean"] == pytest.approx(middle.std(), rel=0.05)
    assert found["fitted_lower"] == pytest.approx(ends[0].std(), rel=0.1)
    assert found["fitted_upper"] == pytest.approx(ends[1].std(), rel=0.1)
    assert found["prob_as_high"] == pytest.approx(chance.std(), rel=0.05)
    assert found["observed"] == 0


def test_a_repeated_measure_is_compared_where_its_error_stands():
    performance = pd.DataFrame({"trial": ["a"], "type_m": [1.4], "type_m_mcse": [0.1]})
    repeated = pd.DataFrame({"design": ["a"], "type_m": [1.4], "size": [0.05], "size_mcse": [0.02]})
    found = errors(repeated, {"planning_performance": performance}).iloc[0]
    assert np.isnan(found["type_m"])
    assert found["size"] == 0.02
    other = repeated.assign(type_m=9.0)
    tables = {"planning_performance": performance}
    assert moved(differences("planning.csv", repeated, other, tables, tables)).empty


def test_a_decomposition_has_the_errors_of_the_effects_that_it_repeats():
    drawn = effects(scale="log_odds")
    chain = pd.DataFrame(
        {
            "outcome": "moves",
            "year": "2015-16",
            "name": ["pooled", "headline"],
            "scale": "log_odds",
            "step": [1, 2],
            "estimate": [-0.25, -0.3],
            "lower": [-0.6, -0.7],
            "upper": [0.2, 0.1],
            "change": [np.nan, -0.05],
        }
    )
    found = errors(chain, {"effects": drawn})
    assert found["estimate"].to_list() == [0, 0.004]
    assert found["change"].to_list() == [0, 0.004]
    assert found["step"].to_list() == [0, 0]


def test_convergence_and_errors_are_no_results():
    assert all(left_out(name) for name in ("rhat", "mcse_mean", "size_mcse", "mean_error"))
    assert not any(left_out(name) for name in ("mean", "usable", "prob_below_0"))
