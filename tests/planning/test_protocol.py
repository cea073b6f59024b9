"""A plan in words."""

import numpy as np
import pandas as pd
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.planning import protocol
from mp_bayes.planning.design import Design
from mp_bayes.planning.protocol import (
    assumptions,
    baseline_words,
    effect_words,
    parse_effect,
    rule_words,
    unit_words,
)
from mp_bayes.priors import load_priors
from mp_bayes.simulate.performance import proportion
from mp_bayes.simulate.scenario import to_plan
from mp_bayes.simulate.scenario_file import REASONS

PRIORS = load_priors(STUDY)


def paragraph(design, assurance, needed, claims):
    given = protocol.listed_words(assumptions(design.base, STUDY))
    return protocol.paragraph(design, assurance, needed, claims, priors=PRIORS, given=given)


@pytest.mark.parametrize(
    ("text", "binary", "effect", "scale"),
    [
        ("-3pp", True, -3.0, "response"),
        ("+2.5 pp", True, 2.5, "response"),
        (" -.5PP ", True, -0.5, "response"),
        ("0.85or", True, 0.85, "ratio"),
        ("1.2OR", True, 1.2, "ratio"),
        ("-5per100", False, -5.0, "response"),
        ("0.9rr", False, 0.9, "ratio"),
        ("-5. per100", False, -5.0, "response"),
    ],
)
def test_effects_are_read_as_people_write_them(text, binary, effect, scale):
    assert parse_effect(text, binary=binary) == {"effect": effect, "effect_scale": scale}


@pytest.mark.parametrize(
    ("text", "binary"),
    [
        ("-3", True),
        ("pp", True),
        ("", True),
        ("-3%", True),
        ("three pp", True),
        ("1e1pp", True),
        ("-3pp -3pp", True),
        ("nanpp", True),
        ("0.9rr", True),
        ("-5per100", True),
        ("-3pp", False),
        ("0.85or", False),
    ],
)
def test_what_is_no_effect_on_such_an_outcome_is_refused_with_an_example(text, binary):
    with pytest.raises(InputError, match=r"^effect: .*write it like") as error:
        parse_effect(text, binary=binary)
    assert ("-3pp" if binary else "-5per100") in str(error.value).split("write it like")[1]
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (rereferral(effect=-3.0), "3 percentage points fewer"),
        (rereferral(effect=1.0), "1 percentage point more"),
        (rereferral(effect=2.5), "2.5 percentage points more"),
        (rereferral(effect=0.85, effect_scale="ratio"), "an odds ratio of 0.85"),
        (
            to_plan(STUDY, "cla_placement_moves", effect=-5.0),
            "5 events per 100 child-years fewer",
        ),
        (
            to_plan(STUDY, "cla_placement_moves", effect=0.9, effect_scale="ratio"),
            "a rate ratio of 0.9",
        ),
    ],
)
def test_an_effect_in_words(scenario, words):
    assert effect_words(scenario) == words


def test_a_baseline_in_words():
    assert baseline_words(rereferral(baseline=0.187)) == "18.7% of referrals"
    moves = to_plan(STUDY, "cla_placement_moves", baseline=0.9)
    assert baseline_words(moves) == "90 events per 100 child-years"
    assert unit_words(moves) == "per 100 child-years"


def plan(**changes) -> Design:
    base = rereferral(**{"effect": -3.0, "effect_sd": 1.5, "post_years": 10, **changes})
    return Design(base, (1, 5), (0.0, 2.0), "national", target=0.8, replicates=1000)


NEEDED = pd.DataFrame(
    {
        "comparison_boroughs": [1, 5],
        "half_life": [2.0, 0.0],
        "years_needed": [np.nan, 4.0],
        "assurance": [0.412, 0.834],
        "assurance_mcse": [0.0156, 0.0118],
        "years_needed_calibrated": [7.0, 3.0],
        "max_post_years": 10,
    }
)
ASSURANCE = pd.DataFrame(
    {
        "comparison_boroughs": [1, 5],
        "post_years": 10,
        "assurance": [0.112, 0.234],
        "assurance_mcse": [0.0156, 0.0118],
        "size": [0.002, 0.011],
        "size_mcse": 0.003,
        "calibrated_power": [0.312, 0.404],
        "calibrated_power_mcse": 0.02,
        "bias": [1.21, 0.83],
        "coverage": [0.91, 0.95],
        "coverage_mcse": 0.009,
    }
)
CLAIMS = pd.DataFrame(
    {
        "comparison_boroughs": [1, 5, 1, 5],
        "method": ["shock_aware"] * 2 + ["did_linear"] * 2,
        "claim_rate": [0.021, 0.043, 0.312, 0.551],
        "claim_rate_mcse": 0.01,
    }
)


def test_the_paragraph_holds_the_assumptions_and_the_numbers():
    text = paragraph(plan(), ASSURANCE, NEEDED, CLAIMS)
    assert "\n" not in text
    for part in (
        "re-referral within 12 months",
        "3 percentage points fewer at full embedding",
        "design prior: Normal, SD 1.5 percentage points",
        "20% of referrals",
        "1500 referrals a borough-year",
        "1 treated borough and 3 pre-years",
        "SD of 0.3 on the log-odds scale",
        "correlation of 0.64",
        "95% equal-tailed posterior interval",
        "under the national prior",
        "Years needed for 80% assurance with 1 comparison borough ",
        "half-life 2 years, not within 10 years (41%, 95% Monte Carlo interval 38 to 44%), and "
        "under the calibrated rule 7 years",
        "Years needed for 80% assurance with 5 comparison boroughs ",
        "embedded at once, 4 years (83%, 95% Monte Carlo interval 81 to 86%), and under the "
        "calibrated rule 3 years",
        "effect at full embedding Normal(mu 0, sigma 0.35) (log-odds)",
        "shock SD LogNormal(median 0.29, sigma 0.36)",
        "embedding curve: exponential",
        "this rule claims an effect in less than 1% to 1% (95% Monte Carlo intervals within 0 to "
        "2%)",
        "this is one reason why its assurance is low: 11% to 23%",
        "against 31% to 40%",
        "bias +0.8 to +1.2 percentage points, coverage of the 95% interval 91% to 95%",
        "ignore borough-by-year shocks claims an effect where nothing happened in 31% to 55%",
        "whose errors know of them in 2% to 4% (95% Monte Carlo intervals within 1 to 7%)",
        "1000 simulated evaluations for each combination",
    ):
        assert part in text, part


def test_at_a_fixed_effect_it_is_power():
    text = paragraph(plan(effect_sd=0.0), ASSURANCE, NEEDED, CLAIMS)
    assert "80% power" in text
    assert "assurance" not in text
    assert "design prior" not in text


@pytest.mark.parametrize(("years", "words"), [(1.0, "1 year "), (4.0, "4 years ")])
def test_one_year_is_not_years(years, words):
    text = paragraph(plan(), ASSURANCE, NEEDED.assign(years_needed=years), CLAIMS)
    assert text.count(f", {words}(") == 2


def test_what_both_rules_need_is_said_once():
    text = paragraph(plan(), ASSURANCE, NEEDED.assign(years_needed_calibrated=np.nan), CLAIMS)
    assert "half-life 2 years, not within 10 years under either rule (41%, 95% Monte" in text
    assert (
        "4 years (83%, 95% Monte Carlo interval 81 to 86%), and under the calibrated rule not"
        in text
    )


def rule(**columns):
    return rule_words(ASSURANCE.assign(**columns), word="power")


def test_what_a_rule_is_worth_in_words():
    # A strict rule: low power, or high power that could be higher.
    assert "this is one reason why its power is low: 11% to 23%" in rule()
    high = rule(assurance=0.8, calibrated_power=0.9)
    assert "this is one reason why its power is lower than it could be: 80%" in high
    # Strict, but no worse for it, in one design at least.
    assert "reason" not in rule(assurance=0.5, calibrated_power=0.5)
    assert "reason" not in rule(calibrated_power=[0.312, 0.234])
    # One that claims too much.
    assert "partly false alarm: 11% to 23%" in rule(size=0.3, size_mcse=0.01)
    assert "30% (95% Monte Carlo intervals within 28 to 32%) of evaluations, more than" in rule(
        size=0.3, size_mcse=0.01
    )
    # One of the size that it should have, and designs of both kinds.
    for size in (0.05, [0.01, 0.09]):
        text = rule(size=size)
        assert "(nominal: 5%); its power is 11% to 23%" in text
        assert "reason" not in text
    assert rule_words(ASSURANCE.assign(size=np.nan), word="power") == ""


def test_no_false_claim_among_few_evaluations_is_not_fewer_than_the_nominal_ones():
    # None of 40: the 95% interval reaches to 9%; none of 200: to 2%.
    few, many = (
        dict(zip(("size", "size_mcse"), proportion([0] * n), strict=True)) for n in (40, 200)
    )
    assert "in 0% (95% Monte Carlo intervals within 0 to 9%) of evaluations (nominal" in rule(**few)
    assert "intervals within 0 to 2%) of evaluations, fewer than the nominal 5%" in rule(**many)
    # Two of 20: no more than the nominal ones for sure.
    some = dict(zip(("size", "size_mcse"), proportion([1, 1] + [0] * 18), strict=True))
    assert "(nominal: 5%)" in rule(**some)


def test_an_analysis_prior_of_its_own_is_in_the_paragraph():
    base = rereferral(effect=-3.0)
    own = Design(base, (1,), (0.0,), "national", 0.8, 100, analysis_prior_sd=0.7)
    text = paragraph(own, ASSURANCE, NEEDED, CLAIMS)
    assert "effect at full embedding Normal(mu 0, sigma 0.7) (log-odds)" in text


def test_without_a_comparison_of_methods_nothing_is_said_of_it():
    assert "difference-in-differences" not in paragraph(plan(), ASSURANCE, NEEDED, CLAIMS.iloc[:0])


def assumed(base):
    """Return a plan's assumptions by name."""
    rows = assumptions(base, STUDY)
    return {row[0]: row for row in rows}


def test_assumptions_leave_out_what_the_outcome_does_not_have():
    binary = {name for name, *_ in assumptions(plan().base, STUDY)}
    assert "Design effect" in binary
    assert not {"Dispersion of counts", "Years at risk of a child in a year"} & binary
    base = to_plan(STUDY, "cla_placement_moves", effect=-5.0)
    counts = assumed(base)
    assert counts["Dispersion of counts"][1] == f"{base.dispersion:g}"
    assert counts["Dispersion of counts"][2] == REASONS["dispersion"]
    assert "Design effect" not in counts


def test_a_number_of_the_users_own_does_not_carry_the_defaults_reason():
    base = to_plan(STUDY, "cin_rereferral_12m", effect=-3.0, cell_size=123.0)
    _, shown, reason = assumed(base)["Size of a borough-year (referrals, or cases)"]
    assert shown == "123"
    own = to_plan(STUDY, "cin_rereferral_12m").cell_size
    assert reason == f"chosen; from the study it would be {own:g}"
    # The same field left alone carries it.
    default = to_plan(STUDY, "cin_rereferral_12m", effect=-3.0)
    _, shown, reason = assumed(default)["Size of a borough-year (referrals, or cases)"]
    assert (shown, reason) == (f"{own:g}", REASONS["cell_size"])
