import pandas as pd
import pytest
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.wording import reanalysis as answers

Tables = dict[str, pd.DataFrame]
FIRST = get_outcome("cin_rereferral_12m")


def flipped(effects: pd.DataFrame) -> pd.DataFrame:
    return effects.assign(
        mean=-effects["mean"],
        lower=-effects["upper"],
        upper=-effects["lower"],
        prob_below_0=1 - effects["prob_below_0"],
    )


def narrowed(effects: pd.DataFrame) -> pd.DataFrame:
    return effects.assign(lower=effects["mean"] * 1.5, upper=effects["mean"] * 0.5)


def test_sentence_says_what_the_numbers_say(tables: Tables):
    text = answers.outcome_answer(tables["effects"], FIRST)
    assert "2.0 percentage points lower" in text
    assert "from 5.0 lower to 1.0 higher" in text
    assert "any reduction is 90%" in text
    assert "more than 1 percentage point, 70%" in text
    assert text.startswith("A reduction is likelier than an increase")


def test_sentence_flips_with_the_sign(tables: Tables):
    text = answers.outcome_answer(flipped(tables["effects"]), FIRST)
    assert text.startswith("An increase is likelier than a reduction")
    assert "2.0 percentage points higher" in text
    assert "from 1.0 lower to 5.0 higher" in text
    assert "any reduction is 10%" in text


def test_certainty_changes_the_conclusion(tables: Tables):
    sure = narrowed(tables["effects"])
    assert "points to a reduction." in answers.outcome_answer(sure, FIRST)
    assert "points to a reduction in" in answers.overall_answer(sure, OUTCOMES.values())
    assert "points to an increase in" in answers.overall_answer(flipped(sure), OUTCOMES.values())
    assert "does not settle" in answers.overall_answer(tables["effects"], OUTCOMES.values())


def test_mixed_answers_are_told_apart(tables: Tables):
    effects = tables["effects"]
    mine = effects["outcome"].eq(FIRST.name)
    mixed = pd.concat([narrowed(effects[mine]), effects[~mine]])
    text = answers.overall_answer(mixed, OUTCOMES.values())
    assert "a reduction in re-referral within 12 months." in text
    assert "For the 4 other outcomes it does not settle" in text


def test_no_direction_is_claimed_at_even_odds(tables: Tables):
    text = answers.outcome_answer(tables["effects"].assign(prob_below_0=0.5), FIRST)
    assert text.startswith("The evidence does not tell a reduction from an increase")


def test_unusable_fit_gives_no_answer(tables: Tables):
    effects = tables["effects"]
    effects["usable"] = ~effects["outcome"].eq(FIRST.name)
    assert answers.outcome_answer(effects, FIRST).startswith("No answer can be given")
    assert "2.0" not in answers.outcome_answer(effects, FIRST)
    overall = answers.overall_answer(effects, OUTCOMES.values())
    assert "any of the 4 other outcomes" in overall
    assert "No answer can be given for re-referral within 12 months" in overall
    nothing = answers.overall_answer(effects.assign(usable=False), OUTCOMES.values())
    assert nothing == "No answer can be given: no headline fit is usable."


def test_digits_follow_the_monte_carlo_error(tables: Tables):
    effects = tables["effects"].assign(mcse_mean=0.02, mcse_lower=0.1, mcse_upper=0.15)
    text = answers.outcome_answer(effects, FIRST)
    assert "2.0 percentage points lower" in text
    assert "from 5 lower to 1 higher" in text


def test_years_are_named_by_shock_prior(tables: Tables):
    text = answers.years_answer(tables["effects"], get_outcome("cla_placement_moves"))
    assert "none, 2017-18 (2.0 lower) and 2018-19 (2.0 lower)" in text
    assert "national, no year" in text
    unusable = answers.years_answer(tables["effects"].assign(usable=False), FIRST)
    assert unusable.count("unusable") == 3


def test_costs_in_words(tables: Tables):
    assert "too open for a break-even value" in answers.cost_answer(
        tables["costs"].assign(prob_averts=0.55), FIRST, STUDY
    )
    tables["costs"]["prob_averts"] = 0.9
    text = answers.cost_answer(tables["costs"], FIRST, STUDY)
    assert (
        "as likely as not to have paid for itself if one averted re-referral is worth £20,0" in text
    )
    assert "£9,000 to no limit (nothing averted)" in text
    assert "calls a cost-benefit analysis unfeasible" in text
    assert "at £10,000 each, 80%" in text
    # 300 pounds are more than a fifth of a thousand, and less than one of ten thousand.
    tables["costs"] = tables["costs"].assign(mcse_median=300.0, cost_per_outcome_median=21_234.0)
    assert "is worth £20,000 (" in answers.cost_answer(tables["costs"], FIRST, STUDY)
    tables["costs"]["usable"] = False
    assert "£" not in answers.cost_answer(tables["costs"], FIRST, STUDY)


def test_notice_only_where_a_fit_is_unusable(tables: Tables):
    diagnostics = tables["diagnostics"]
    assert not answers.notice(diagnostics, OUTCOMES)
    diagnostics.loc[diagnostics.index[0], "usable"] = False
    text = answers.notice(diagnostics, OUTCOMES)
    assert text.startswith(f"1 of {len(diagnostics)} fit is unusable")
    assert FIRST.label in text


@pytest.mark.parametrize("change", [lambda x: x, flipped, narrowed])
def test_no_sentence_claims_significance(tables: Tables, change):
    effects = change(tables["effects"])
    said = [answers.overall_answer(effects, OUTCOMES.values())]
    said += [answers.outcome_answer(effects, outcome) for outcome in OUTCOMES.values()]
    assert not any("ignifican" in text for text in said)


def test_one_is_singular():
    assert answers.directed(-1.2, 0, "percentage points") == "1 percentage point lower"
    assert answers.directed(0.9, 0, "placement moves per 100 child-years") == (
        "1 placement move per 100 child-years higher"
    )
    assert answers.directed(-1.0, 1, "percentage points") == "1.0 percentage points lower"


def test_no_change_has_no_direction():
    assert answers.directed(-0.01, 1, "percentage points") == "0.0 percentage points (no change)"
