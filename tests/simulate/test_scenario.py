"""Scenarios: the report's own numbers, TOML there and back, one line for what makes no sense."""

import numpy as np
import pandas as pd
import pytest
from scenarios import rereferral
from scipy.special import expit, logit
from studied import OUTCOMES, STUDY

from mp_bayes.audit.tables import load
from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.simulate.scenario import ONSET, changed, from_study, make, names, to_plan
from mp_bayes.simulate.scenario_file import REASONS, read, text

ALL = pytest.mark.parametrize("name", OUTCOMES)


@ALL
def test_defaults_are_the_published_cells(name):
    outcome, scenario = OUTCOMES[name], from_study(STUDY, name)
    table = load("cells")
    table = table[table["outcome"].eq(name)]
    before = table[~table["year"].isin(outcome.post_years)]
    pooled = before["events"].sum() / before["total"].sum()
    if outcome.likelihood == "nb1":
        pooled /= scenario.exposure
    # Rounded to a whole number and to three decimals, as the exposure in it is.
    assert scenario.cell_size == pytest.approx(table["total"].mean(), abs=0.5)
    assert scenario.baseline == pytest.approx(pooled, abs=0.001)
    assert scenario.window == outcome.window


@ALL
def test_defaults_are_medians_of_the_national_priors(name):
    outcome, scenario = OUTCOMES[name], from_study(STUDY, name)
    priors = load_priors(STUDY).select(outcome, shock="national")

    def median(parameter):
        return priors[parameter].frozen().median()

    # Rounded to three decimals.
    assert scenario.sd_shock == pytest.approx(median("sd_shock"), abs=0.0005)
    assert scenario.rho == pytest.approx(median("rho"), abs=0.0005)
    if outcome.likelihood == "binomial":
        assert scenario.design_effect == priors["design_effect"].value
    else:
        assert scenario.dispersion == pytest.approx(1 + median("dispersion_excess"), abs=0.0005)
        assert scenario.exposure == pytest.approx(median("exposure"), abs=0.0005)


def test_every_reason_is_of_a_field():
    assert set(REASONS) <= set(names())
    assert all("\n" not in reason for reason in REASONS.values())


@ALL
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"effect": -0.3, "effect_sd": 0.1, "half_life": 1.25, "delay": 0.5, "curve": "logistic"},
        {"effect": 0.85, "effect_scale": "ratio", "treated_boroughs": 3, "stagger": 0.5},
        {"shock_df": 4.0, "sd_log_shock": 0.3, "sd_drift": 0.02},
        {"cell_size": 1e6, "size_spread": 0.4, "rho": 0.0, "sd_shock": 1e-9, "contamination": 1.0},
    ],
)
def test_toml_there_and_back(name, changes, tmp_path):
    scenario = from_study(STUDY, name, **changes)
    file = tmp_path / "scenario.toml"
    file.write_text(text(scenario, STUDY), encoding="utf-8")
    again, _, _ = read(file, STUDY)
    assert again == scenario
    assert text(again, STUDY) == text(scenario, STUDY)


def test_the_studys_numbers_are_worked_out_once_for_a_whole_text(monkeypatch):
    calls = []

    def counted(study, outcome):
        calls.append((study, outcome))
        return to_plan(study, outcome)

    scenario = from_study(STUDY, "cin_rereferral_12m", rho=0.5)
    monkeypatch.setattr("mp_bayes.simulate.scenario_file.to_plan", counted)
    assert "rho = 0.5  # chosen; from the study it would be 0.6" in text(scenario, STUDY)
    assert calls == [(STUDY, "cin_rereferral_12m")]


NONSENSE = [
    ("pre_years", {"pre_years": 0}),
    ("pre_years", {"pre_years": 2.5}),
    ("post_years", {"post_years": 0}),
    ("treated_boroughs", {"treated_boroughs": 0}),
    ("comparison_boroughs", {"comparison_boroughs": 0}),
    ("comparison_boroughs", {"comparison_boroughs": "many"}),
    ("comparison_boroughs", {"comparison_boroughs": 100_000}),
    ("stagger", {"stagger": -1.0}),
    ("stagger", {"stagger": 1.5, "treated_boroughs": 3, "post_years": 3}),
    ("cell_size", {"cell_size": 0}),
    ("size_spread", {"size_spread": -0.1}),
    ("exposure", {"exposure": 0.0}),
    ("exposure", {"exposure": 1.1}),
    ("baseline", {"baseline": 0.0}),
    ("baseline", {"baseline": 1.0}),
    ("baseline", {"baseline": 20.0}),
    ("baseline", {"baseline": float("nan")}),
    ("sd_borough", {"sd_borough": -0.1}),
    ("sd_year", {"sd_year": -0.1}),
    ("sd_shock", {"sd_shock": -0.1}),
    ("sd_shock", {"sd_shock": float("inf")}),
    ("shock_df", {"shock_df": 2.0}),
    ("shock_df", {"shock_df": -1.0}),
    ("sd_log_shock", {"sd_log_shock": -0.1}),
    ("sd_drift", {"sd_drift": -0.1}),
    ("rho", {"rho": -0.1}),
    ("rho", {"rho": 1.0}),
    ("design_effect", {"design_effect": 0.5}),
    ("dispersion", {"dispersion": 0.9}),
    ("effect", {"effect": -20.0}),
    ("effect", {"effect": 80.0}),
    ("effect", {"effect": 0.0, "effect_scale": "ratio"}),
    ("effect", {"effect": "-3pp"}),
    ("effect_scale", {"effect_scale": "percent"}),
    ("effect_sd", {"effect_sd": -1.0}),
    ("curve", {"curve": "parabolic"}),
    ("half_life", {"half_life": -1.0}),
    ("delay", {"delay": -1.0}),
    ("window", {"window": -0.5}),
    ("window", {"window": 1.0, "outcome": OUTCOMES["cla_placement_moves"]}),
    ("window", {"window": 3.0}),
    ("contamination", {"contamination": 1.5}),
    ("outcome", {"outcome": "cin_everything"}),
    ("sd_schock", {"sd_schock": 0.1}),
]


@pytest.mark.parametrize(("field", "values"), NONSENSE, ids=[str(v) for _, v in NONSENSE])
def test_nonsense_is_refused_by_the_name_of_its_field(field, values):
    with pytest.raises(InputError) as error:
        make({"outcome": OUTCOMES["cin_rereferral_12m"], **values}, where="here")
    message = str(error.value)
    assert message.startswith(f"here: {field}: ")
    assert "\n" not in message
    assert "pydantic" not in message


def test_a_scenario_is_of_an_outcome():
    with pytest.raises(InputError, match=r"^here: outcome: is missing$"):
        make({"baseline": 0.3}, where="here")


def test_an_unknown_outcome_lists_those_there_are():
    with pytest.raises(InputError, match="cin_rereferral_12m"):
        from_study(STUDY, "cin_everything")


def test_an_unknown_outcome_in_a_file_lists_those_there_are(tmp_path):
    file = tmp_path / "scenario.toml"
    file.write_text('outcome = "cin_everything"\n')
    with pytest.raises(InputError, match=r"'cin_everything'.*cin_rereferral_12m"):
        read(file, STUDY)


def test_a_change_is_checked_like_a_scenario():
    scenario = rereferral()
    assert changed(scenario, baseline=0.3) == rereferral(baseline=0.3)
    with pytest.raises(InputError, match="effect: -25"):
        changed(scenario, effect=-25.0)


def test_a_count_may_have_a_rate_above_one_and_any_rise():
    scenario = from_study(STUDY, "cla_placement_moves", baseline=2.5, effect=400.0)
    assert scenario.log_effect(scenario.effect) == pytest.approx(np.log(6.5 / 2.5))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot read the scenario .*none\.toml: No such file"):
        read(tmp_path / "none.toml", STUDY)
    with pytest.raises(InputError, match="cannot read the scenario"):
        read(tmp_path, STUDY)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"effect = = 3", r"^bad\.toml: not valid TOML"),
        (b"effect = -3\neffect = -4", r"^bad\.toml: not valid TOML"),
        ("curve = 'é'".encode("latin-1"), r"^bad\.toml, line 1: is not UTF-8 text"),
        (b"[section]\neffect = 1", r"^bad\.toml: section: unknown field"),
        (b"pre_years = 0", r"^bad\.toml: pre_years: .*\(given: 0\)"),
        (b"pre_years = [1, 2]", r"^bad\.toml: pre_years: "),
    ],
)
def test_a_file_that_is_none_gets_one_line(tmp_path, content, match):
    file = tmp_path / "bad.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=match) as error:
        read(file, STUDY)
    assert "\n" not in str(error.value)


def test_a_file_may_begin_with_a_byte_order_mark_and_be_empty(tmp_path):
    """What it leaves out is the study's."""
    file = tmp_path / "scenario.toml"
    file.write_bytes(b"\xef\xbb\xbfbaseline = 0.3")
    assert read(file, STUDY)[0] == to_plan(STUDY, "cin_rereferral_12m", baseline=0.3)
    file.write_bytes(b"")
    assert read(file, STUDY)[0] == to_plan(STUDY, "cin_rereferral_12m")
    file.write_bytes(b'outcome = "cla_placement_moves"')
    assert read(file, STUDY)[0] == to_plan(STUDY, "cla_placement_moves")


@pytest.mark.parametrize("effect", [-15.0, -3.0, 0.0, 0.5, 40.0])
def test_effects_in_points_there_and_back(effect):
    scenario = rereferral(effect=effect)
    link = scenario.log_effect(effect)
    assert link == pytest.approx(logit(0.2 + effect / 100) - logit(0.2))
    assert scenario.response_effect(link) == pytest.approx(effect, abs=1e-12)


@pytest.mark.parametrize("name", ["cin_escalation_12m", "cla_residential_placements"])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.3])
def test_ratios_there_and_back(name, ratio):
    scenario = from_study(STUDY, name, effect=ratio, effect_scale="ratio")
    link = scenario.log_effect(ratio)
    assert link == pytest.approx(np.log(ratio))
    after = scenario.baseline + scenario.response_effect(link) / 100
    odds = (lambda p: p / (1 - p)) if scenario.binary else (lambda rate: rate)
    assert odds(after) / odds(scenario.baseline) == pytest.approx(ratio)


def test_the_link_of_the_baseline():
    assert expit(rereferral(baseline=0.23).link_baseline) == pytest.approx(0.23)
    assert np.exp(from_study(STUDY, "cla_placement_moves").link_baseline) == pytest.approx(
        from_study(STUDY, "cla_placement_moves").baseline
    )


def test_the_study_has_the_scenarios_boroughs_years_and_onsets():
    scenario = rereferral(
        treated_boroughs=3, comparison_boroughs=2, pre_years=4, post_years=3, stagger=0.5
    )
    outcome = scenario.synthetic
    study = outcome.setting
    assert len(study.boroughs) == len(set(study.boroughs)) == 5
    assert study.onsets == (ONSET, ONSET + 0.5, ONSET + 1.0)
    assert study.years[0] == study.reference_year == "2016-17"
    assert outcome.post_years == ("2020-21", "2021-22", "2022-23")
    assert pd.Series(study.post).sum() == 3
    assert study.treated_post.sum(1).tolist() == [3, 2, 2]


def test_more_than_memory_holds_is_refused():
    with pytest.raises(InputError, match="more than 6,000 borough-years"):
        from_study(STUDY, "cin_rereferral_12m", comparison_boroughs=200, post_years=200)


def test_a_scenario_that_may_be_sent_away_has_no_counts():
    assert STUDY.outcome("cin_rereferral_12m").counts
    scenario = from_study(STUDY, "cin_rereferral_12m")
    assert (scenario.outcome.counts, scenario.outcome.coefficients) == ((), ())
    assert changed(scenario, comparison_boroughs=5).outcome.counts == ()


def test_of_many_authorities_the_mean_square_of_their_shocks_counts():
    national = load_priors(STUDY).select(OUTCOMES["cin_rereferral_12m"], shock="national")
    prior = national["sd_shock"]
    one, many = (make_it(STUDY, "cin_rereferral_12m") for make_it in (from_study, to_plan))
    assert one.sd_shock == pytest.approx(prior.median, abs=5e-4)
    # Of a log-Normal with this median and SD of the logarithm.
    assert many.sd_shock == pytest.approx(prior.median * np.exp(prior.sigma**2), abs=1e-3)
    assert changed(many, sd_shock=one.sd_shock) == one
    assert to_plan(STUDY, "cin_rereferral_12m", sd_shock=0.2).sd_shock == 0.2
