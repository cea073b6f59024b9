"""The panel's sentences say what its tables say, whatever that is."""

from dataclasses import replace

import pandas as pd
import pytest
from studied import STUDY, get_outcome

from mp_bayes.commands.jobs import priors_table
from mp_bayes.priors import load_priors
from mp_bayes.wording.panel import (
    compare_answer,
    did_it_embed,
    inference_answer,
    methods_table,
)
from mp_bayes.wording.shocks import (
    authorities_answer,
    shocks_answer,
    tails_answer,
    unnamed_measure,
)

CHECK = {
    "check": "mean square change",
    "observed": 0.07,
    "mean": 0.07,
    "lower": 0.06,
    "upper": 0.08,
}


def effects(lower, upper, *, usable=True):
    row = {
        "scale": "percentage_points",
        "comparison": "All 9 authorities",
        "mean": (lower + upper) / 2,
        "lower": lower,
        "upper": upper,
        "prob_below_0": 0.5,
        "usable": usable,
    }
    yearly = {**row, "estimand": "yearly_effect", "effect": "yearly", "year": "2015-16"}
    full = {**row, "estimand": "fully_embedded_effect", "effect": "embedding", "year": ""}
    return pd.DataFrame([yearly, full])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            effects(-7, 4),
            "None of 2 intervals, of the years 2015-16 to 2015-16 and once embedded, leaves 0 out",
        ),
        (effects(-7, 4), "span \N{MINUS SIGN}7.0 to 4.0 percentage points"),
        (effects(-7, 4), "shows no effect and rules none out"),
        (effects(-7, -3), "2 lie wholly below 0 and 0 wholly above"),
        (effects(3, 7), "0 lie wholly below 0 and 2 wholly above"),
        (effects(-7, -3, usable=False), "No usable answer"),
    ],
)
def test_did_it_embed(table, words):
    assert words in " ".join(did_it_embed(table))


def test_what_is_not_vouched_for_is_not_counted():
    both = pd.concat([effects(-7, -3, usable=False), effects(-1, 1)])
    text = " ".join(did_it_embed(both))
    assert "None of 2 intervals" in text
    assert "2 more are left out" in text
    assert "does not vouch for it" in text


@pytest.mark.parametrize(
    ("difference", "se", "usable", "words"),
    [
        (40.0, 10.0, True, "heavy-tailed (Student t) shocks do better"),
        (-40.0, 10.0, True, "normal shocks do better"),
        (5.0, 10.0, True, "cannot be told apart"),
        (40.0, 10.0, False, "a fit did not converge"),
    ],
)
def test_tails(difference, se, usable, words):
    row = {"year": "all", "cells": 100, "difference": difference, "se": se, "usable": usable}
    row |= {"mcse": 0.5, "pareto_k": 2.0}
    assert words in tails_answer(pd.DataFrame([row]))


def test_a_model_that_does_not_fit_is_said_not_to():
    row = {"group": "all", "median": 0.3, "lower": 0.2, "upper": 0.4, "usable": True}
    row |= {"mean": 0.3, "sd": 0.0}
    names = ("sd_shock", "tau_shock", "rho")
    table = pd.DataFrame([{**row, "parameter": name} for name in names])
    good = " ".join(shocks_answer(table, pd.DataFrame([{**CHECK, "passes": True}])))
    assert "Check: the mean square change" in good
    # 0.3 exp(-1.96 x 0.3) and 0.3 exp(1.96 x 0.3).
    assert "not yet seen lies between 0.17 and 0.54" in good
    bad = " ".join(shocks_answer(table, pd.DataFrame([{**CHECK, "passes": False}])))
    assert "does not fit" in bad
    heavy = pd.concat([table, pd.DataFrame([{**row, "parameter": "nu"}])])
    assert (
        "not its standard deviation"
        in shocks_answer(heavy, pd.DataFrame([{**CHECK, "passes": True}]))[0]
    )
    lost = table.assign(usable=False)
    assert "did not converge" in " ".join(
        shocks_answer(lost, pd.DataFrame([{**CHECK, "passes": True}]))
    )


def methods(**claims):
    """Return a table of one answer a method: claimed, or why not usable."""
    rows = [
        {
            "method": name,
            "comparison": "All 30 authorities",
            "estimate": -4.0,
            "lower": -9.0 if claimed in (True, False) else float("nan"),
            "upper": -1.0 if claimed is True else (2.0 if claimed is False else float("nan")),
            "p_value": 0.01,
            "claims": claimed is True,
            "reason": "" if claimed in (True, False) else claimed,
            "treated": "Leeds",
            "first_year": "2012-13",
            "first_post_year": "2015-16",
            "last_year": "2017-18",
            "sd_shock": 0.32,
            "rho": 0.64,
        }
        for name, claimed in claims.items()
    ]
    return pd.DataFrame(rows)


def test_claims_are_told_apart_by_what_a_method_allows_for():
    table = methods(
        **{"Plain DiD": True, "Donald-Lang": True, "Shock-aware DiD": False},
        **{"Conley-Taber": "too few"},
    )
    first, report, lang, unusable, assumed = inference_answer(table)
    assert "Leeds, average of 2015-16 to 2017-18" in first
    assert "none of 1 answers claims an effect" in first
    assert "from \N{MINUS SIGN}9.0 to 2.0 percentage points" in first
    assert "it claims an effect against all 30 authorities" in report
    assert "independent" in lang
    assert unusable == "Against all 30 authorities, no answer by Conley-Taber: too few."
    assert "SD of 0.32 log-odds and a correlation of 0.64" in assumed
    written = methods_table(table)
    assert list(written["Effect"])[-1] == "too few"
    assert list(written["Claims"]) == ["yes", "yes", "no", ""]
    claimed = inference_answer(methods(**{"Conley-Taber": True, "Permutation": False}))[0]
    assert "1 of 2 answers claim an effect at the 5% level (Conley-Taber against all" in claimed


def candidates(*farther):
    """Return candidates in order of their estimate, with the probability of lying farther."""
    rows = [
        {
            "authority": name,
            "distance": 0.1 * (place + 1),
            "lower": 0.05,
            "upper": 0.9,
            "farther_than_first": probability,
            "treated": "Islington",
            "first_year": "2012-13",
            "last_year": "2014-15",
        }
        for place, (name, probability) in enumerate(
            zip(["Leeds", "Southend", "Kent"], farther, strict=True)
        )
    ]
    return pd.DataFrame(rows)


def test_what_cannot_be_told_apart_is_said_first_and_is_no_ranking():
    first, reported = compare_answer(candidates(0.0, 0.7, 0.99), reported="Southend")
    assert "1 of 2 candidates cannot be told apart from Leeds" in first
    assert "not a ranking" in first
    assert "number" not in reported
    assert "0.20 log-odds" in reported
    assert "the probability that Southend's lay farther is 70%" in reported
    clear = compare_answer(candidates(0.0, 0.99, 0.99), reported="")
    assert len(clear) == 1
    assert "0 of 2 candidates" in clear[0]
    assert "alone is nearest" in clear[0]


def test_a_tail_that_is_not_reproduced_is_said_so():
    row = {"group": "all", "median": 0.3, "lower": 0.2, "upper": 0.4, "usable": True}
    row |= {"mean": 0.3, "sd": 0.0}
    names = ("sd_shock", "tau_shock", "rho")
    table = pd.DataFrame([{**row, "parameter": name} for name in names])
    tails = {**CHECK, "check": "excess kurtosis", "observed": 3.7, "passes": False}
    text = " ".join(shocks_answer(table, pd.DataFrame([{**CHECK, "passes": True}, tails])))
    assert "does not fit" not in text
    assert "Not reproduced by the model: the excess kurtosis of the log-odds is 3.700" in text


def test_where_authorities_stand():
    row = {"median": 0.3, "lower": 0.2, "upper": 0.4, "usable": True}
    row |= {"larger": 0.25, "larger_lower": 0.05, "larger_upper": 0.6}
    names = ("Wild", "Islington", "Calm")
    table = pd.DataFrame([{**row, "authority": x, "rank": n} for n, x in enumerate(names, 1)])
    (text,) = authorities_answer(table, marked=["Islington", "Elsewhere"])
    assert "Among 3 authorities" in text
    assert "Islington 0.30 (0.20 to 0.40), rank 2, 25% of the others above it (5% to 60%)" in text
    assert "Wild" not in text
    assert authorities_answer(table, marked=["Elsewhere"]) == []
    lost = authorities_answer(table.assign(usable=False), marked=["Islington"])
    assert "did not converge" in lost[0]


def test_an_unnamed_measure_is_said_unless_the_study_has_its_own_prior():
    outcome = replace(get_outcome("cin_rereferral_12m"), measure="")
    study = replace(STUDY, outcomes={outcome.name: outcome}, priors=("", ""))
    assert "0.05 to 0.87" in unnamed_measure(priors_table(study, load_priors(study)), outcome)
    own = f"[{outcome.name}.shock.national]\nsd_shock = 0.3\n"
    study = replace(study, priors=("own.toml", own))
    assert not unnamed_measure(priors_table(study, load_priors(study)), outcome)
    # The study as it is names a measure for each.
    table = priors_table(STUDY, load_priors(STUDY))
    assert not any(unnamed_measure(table, one) for one in STUDY.outcomes.values())
