"""Power-scaling: a prior that counts twice is the prior to the power 2, fitted again."""

from dataclasses import replace

import numpy as np
import pytest
from studied import STUDY, get_outcome

from mp_bayes.checks import scaling as module
from mp_bayes.checks.scaling import DATA, SENSITIVE, scaling
from mp_bayes.evidence.arrays import cells
from mp_bayes.figures.scaling import scaling_charts
from mp_bayes.inference.laplace import fast_effects, structure
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import HalfNormal, Normal
from mp_bayes.wording.scaling import scaling_answer, scaling_tables, sensitivity_sentence

OUTCOME = get_outcome("cin_rereferral_12m")
ONE = replace(STUDY, outcomes={OUTCOME.name: OUTCOME})
PRIORS = load_priors(STUDY)


@pytest.fixture(scope="module")
def table():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PROPOSALS", 20_000)
        return scaling([OUTCOME], PRIORS, seed=1)


def row_of(table, component, power):
    return table[table["component"].eq(component) & table["power"].eq(power)].iloc[0]


@pytest.mark.parametrize("power", [0.5, 2.0])
@pytest.mark.parametrize("component", ["mean_effect", "sd_effect"])
def test_weights_give_what_a_fit_under_the_scaled_prior_gives(table, component, power):
    chosen = PRIORS.select(OUTCOME, shock="national", years="free")
    given = chosen[component]
    # A (half-)Normal density to a power is one again, its SD divided by the power's root.
    sd = given.sigma / np.sqrt(power)
    kinds = {
        "mean_effect": lambda: Normal(distribution="Normal", mu=given.mu, sigma=sd),
        "sd_effect": lambda: HalfNormal(distribution="HalfNormal", sigma=sd),
    }
    built = structure(OUTCOME, chosen | {component: kinds[component]()}, effect="yearly")
    data = cells(OUTCOME).transpose("borough", "year")
    counts = (data[name].to_numpy().astype(float)[..., None] for name in ("events", "total"))
    effects = fast_effects(built, *counts)
    mine = effects["estimand"].eq("average_effect") & effects["scale"].eq("percentage_points")
    again = effects[mine].iloc[0]
    row = row_of(table, component, power)
    # Three Monte Carlo errors, and a twentieth of an SD for the fast posterior's own.
    sd = (again["upper"] - again["lower"]) / 4
    for name in ("mean", "lower", "upper"):
        assert row[name] == pytest.approx(again[name], abs=3 * row[f"mcse_{name}"] + 0.05 * sd)


def test_as_given_all_components_are_the_same_fit(table):
    same = table[table["power"].eq(1.0)]
    assert same["mean"].nunique() == same["upper"].nunique() == 1
    assert set(same["component"]) == {"mean_effect", "sd_effect", "sd_shock", "rho", DATA}
    # Half the data leave a posterior with heavier tails than the one that is weighted.
    assert table.loc[~(table["component"].eq(DATA) & table["power"].eq(0.5)), "usable"].all()


def test_a_prior_against_the_data_is_sensitive(tmp_path):
    file = tmp_path / "priors.toml"
    file.write_text(
        "[default]\n"
        'mean_effect = { distribution = "Normal", mu = 2.0, sigma = 0.3, reason = "Wrong." }\n'
    )
    found = scaling([OUTCOME], load_priors(STUDY, file), seed=1)
    assert row_of(found, "mean_effect", 1.0)["sensitivity"] > SENSITIVE


def test_sentences_tables_and_figure_say_what_the_table_says(table):
    tables = {"scaling": table}
    said = " ".join(scaling_answer(tables, ONE))
    assert "prior of the mean effect" in said
    assert "of 4 priors" in said
    (shown,) = scaling_tables(tables, ONE)
    assert len(shown.rows) == 5
    (chart,) = scaling_charts(tables, ONE)
    assert chart.message in said


def test_a_width_that_few_draws_tell_is_not_said_to_be_the_same(table):
    assert "an interval about as wide" in scaling_answer({"scaling": table}, ONE)[1]
    vague = table.assign(mcse_lower=3.0)
    assert (
        "an interval whose width too few draws tell" in scaling_answer({"scaling": vague}, ONE)[1]
    )


def test_what_is_not_known_of_twice_the_data_is_said(table):
    blind = table["component"].eq(DATA) & table["power"].eq(2.0)
    tables = {"scaling": table.assign(usable=table["usable"] & ~blind)}
    last = scaling_answer(tables, ONE)[-1]
    assert last.endswith("carry the weights for: re-referral within 12 months.")
    assert "carry" not in scaling_answer({"scaling": table}, ONE)[-1]


def test_an_average_keeps_the_decimal_in_which_it_moves(table):
    """Half a unit is allowed to chance here: an average of -0.6 is not told as -1."""
    told = scaling_answer({"scaling": table.assign(mcse_mean=0.04)}, ONE)[1]
    once = row_of(table, "mean_effect", 1.0)["mean"]
    assert f"the average effect, \N{MINUS SIGN}{abs(once):.1f} (" in told


def test_a_fit_that_cannot_be_relied_upon_says_nothing(table):
    tables = {"scaling": table.assign(usable=False)}
    assert "cannot be relied upon" in " ".join(scaling_answer(tables, ONE))
    assert scaling_charts(tables, ONE) == []


def test_a_sensitivity_near_the_threshold_is_told_to_be_near(table):
    rows = table.assign(sensitivity=0.02, mcse_sensitivity=0.001, usable=True)
    said = sensitivity_sentence({"scaling": rows})
    assert "another seed" not in said
    prior = rows["component"].ne(DATA) & rows["power"].eq(1.0)
    first = rows.index[prior][0]
    rows.loc[first, "sensitivity"] = 0.048
    said = sensitivity_sentence({"scaling": rows})
    assert "(the largest: 0.048, Monte Carlo SE 0.001)" in said
    assert "1 prior lies so near to it that another seed may say otherwise." in said
