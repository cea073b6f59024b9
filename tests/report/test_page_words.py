"""The page's sentences say what its tables say, whatever that is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.reanalysis.decomposition import LAST
from mp_bayes.report.check_tables import agreement_summary
from mp_bayes.studies.study import Outcome
from mp_bayes.wording import data_notes, fair, steps, together

Tables = dict[str, pd.DataFrame]
FIRST = get_outcome("cin_rereferral_12m")
TOTAL = sum(len(outcome.post_years) for outcome in OUTCOMES.values())


def test_intervals_are_counted_at_each_step(tables: Tables):
    chain = tables["decomposition"]
    text = together.contrast_answer(chain, OUTCOMES)
    # Invented: -3, in an interval of half-width 1, as published; wide once there are shocks.
    assert f"{TOTAL} of {TOTAL} as published" in text
    assert f"0 of {TOTAL} once boroughs may move" in text
    assert f"0 of {TOTAL} in the headline" in text
    said = f"intervals of {TOTAL} of {TOTAL} effects in single years exclude zero; here"
    assert f"{said} none does." in together.standing_out(chain, OUTCOMES)
    last = chain["name"].eq(LAST) & chain["outcome"].eq(FIRST.name)
    once = chain.assign(lower=chain["lower"].mask(last & chain["year"].eq("2015-16"), 0.1))
    assert f"{said} 1 does." in together.standing_out(once, OUTCOMES)
    chain.loc[last, ["lower", "upper"]] = [1.0, 2.0]
    # The average is no outcome-year.
    assert f"3 of {TOTAL} in the headline" in together.contrast_answer(chain, OUTCOMES)
    assert f"{said} 3 do." in together.standing_out(chain, OUTCOMES)
    assert not together.contrast_answer(chain.assign(usable=False), OUTCOMES)


def test_all_outcome_years_together(tables: Tables):
    effects, comparison = tables["effects"], tables["comparison"]
    counts, directions, shared = together.together_answer(effects, comparison, OUTCOMES)
    assert f"{TOTAL} outcome-years" in counts
    # Tables 9 to 11: 2016-17 and 2017-18 of one outcome, 2017-18 of another.
    assert f"3 of {TOTAL} published intervals" in counts
    assert f"0 of {TOTAL} intervals of the headline" in counts
    assert "0.6 of the published ones" in counts
    assert f"below 0 in {TOTAL} of {TOTAL}" in directions
    assert f"80% or more in {TOTAL}, and 20% or less in 0" in directions
    assert f"not {TOTAL} independent looks" in shared
    assert "Southend" in shared
    flipped = effects.assign(mean=-effects["mean"], prob_below_0=1 - effects["prob_below_0"])
    directions = together.together_answer(flipped, comparison, OUTCOMES)[1]
    assert f"below 0 in 0 of {TOTAL}" in directions
    assert f"80% or more in 0, and 20% or less in {TOTAL}" in directions
    assert together.together_answer(effects.assign(usable=False), comparison, OUTCOMES) == [
        "No headline fit is usable."
    ]
    table = together.together_table(effects, comparison, OUTCOMES)
    assert len(table.rows) == TOTAL
    assert table.rows[2][1].startswith("\N{MINUS SIGN}8.2")


def test_the_largest_step_is_named_with_its_size_and_sign(tables: Tables):
    chain = tables["decomposition"]
    average, single = steps.steps_answer(chain, FIRST)
    assert average.startswith("Averaged over 2015-18: \N{MINUS SIGN}3.00 log-odds")
    assert (
        "2.0 wide as published, 2.0 just before shocks are allowed for, 20.0 with them" in average
    )
    assert "pooling the years by +1.00" in average
    pooled = chain["name"].eq("pooled") & chain["year"].eq("2016-17")
    chain.loc[pooled, "change"] = -4.0
    last = chain["name"].eq(LAST) & chain["year"].eq("2016-17")
    chain.loc[last, "estimate"] = 9.0
    single = steps.steps_answer(chain, FIRST)[1]
    assert single.startswith("The single year that moves most is 2016-17")
    assert "largest step, \N{MINUS SIGN}4.00, is “yearly effects share a mean" in single
    assert "unusable" in steps.steps_answer(chain.assign(usable=False), FIRST)[0]


def test_the_chain_ends_in_the_headline_with_its_own_digits(tables: Tables):
    effects = tables["effects"].assign(mcse_lower=0.01)
    table = steps.steps_table(tables["decomposition"], effects, FIRST)
    assert table.rows[0][1].replace("\N{NO-BREAK SPACE}", " ") == (
        "\N{MINUS SIGN}3.00 (\N{MINUS SIGN}4.00 to \N{MINUS SIGN}2.00)"
    )
    assert table.rows[-1][1].replace("\N{NO-BREAK SPACE}", " ") == (
        "\N{MINUS SIGN}0.20 (\N{MINUS SIGN}0.5 to 0.1)"
    )
    assert len(table.rows) == 8


def test_weights_say_what_the_comparison_counts(tables: Tables):
    text = steps.weights_answer(tables["weights"], FIRST)
    assert "those of Southend count 0.97 in the headline, and 0.03 if" in text
    # Three post-years of 0.2.
    assert (
        "years of Islington count 0.60 in the headline, and 0.60 with shocks but no prior" in text
    )
    table = steps.weights_table_of(tables["weights"], FIRST)
    assert len(table.rows) == 10
    assert table.columns[1:] == list(FIRST.years)


def test_opponents_are_counted_and_the_barred_ones_give_their_reason(tables: Tables):
    comparison = tables["comparison"]
    counts, width, barred = fair.fair_answer(comparison, OUTCOMES)
    assert "0 of 5 of the shock-aware" in counts
    assert "times as wide as the published one" in width
    assert barred.startswith("Conley-Taber, Ferman-Pinto and Permutation cannot be used here")
    assert "19 or more controls" in barred
    shock = comparison["method"].eq("shock_aware")
    comparison.loc[shock, ["lower", "upper"]] = [1.0, 2.0]
    assert "5 of 5 of the shock-aware" in fair.fair_answer(comparison, OUTCOMES)[0]
    table = fair.fair_table(comparison, OUTCOMES)
    assert len(table.rows) == 5
    assert "there is 1" in table.rows[0][table.columns.index("Conley-Taber")]


def test_a_variant_that_a_quick_run_has_not_leaves_the_others(tables: Tables):
    effects, variants = tables["effects"], tables["headline_variants"]
    whole = fair.variants_table(effects, variants, OUTCOMES)
    quick = fair.variants_table(effects, variants[variants["shape"].eq("normal")], OUTCOMES)
    assert len(whole.rows) == len(quick.rows) == 5
    assert len(quick.columns) == len(whole.columns) - 2


def test_variants_say_whether_the_conclusion_changes(tables: Tables):
    effects, variants = tables["effects"], tables["headline_variants"]
    borrowed, heavy = fair.variants_answer(effects, variants, OUTCOMES)
    assert "from 90% to 40%" in borrowed
    assert "turns round for 5 of 5 outcomes (Re-referral within 12 months" in borrowed
    assert "from 90% to 70%" in heavy
    assert "turns round for 0 of 5 outcomes; the interval excludes zero for 0." in heavy
    sure = fair.variants_answer(effects, variants.assign(lower=-3.0, upper=-1.0), OUTCOMES)
    assert all("excludes zero for 5." in text for text in sure)
    # What the Monte Carlo error may have turned round is not said to have been.
    close = effects.assign(prob_below_0=0.501, mcse_prob=0.003)
    again = fair.variants_answer(
        close, variants.assign(prob_below_0=0.499, mcse_prob=0.003), OUTCOMES
    )
    assert all("turns round for 0 of 5" in text for text in again)
    lost = fair.variants_answer(effects, variants.assign(usable=False), OUTCOMES)
    assert all("no usable fit" in text for text in lost)
    assert len(fair.variants_table(effects, variants, OUTCOMES).rows) == 5


def moved(outcome: Outcome, year: str, **events: int) -> Outcome:
    """Return the outcome with other events in one year, by borough."""
    return replace(
        outcome,
        counts=tuple(
            replace(one, events=events.get(one.borough, one.events)) if one.year == year else one
            for one in outcome.counts
        ),
    )


def test_a_contrast_is_divided_between_the_two_boroughs():
    said = STUDY.texts["contrast"]
    text = data_notes.contrast_parts(FIRST, "2017-18", said)
    # Table 8: 297 of 2,163 less 176 of 1,229; 436 of 1,652 less 178 of 978; 1,042 to 1,567.
    assert "\N{MINUS SIGN}0.6 percentage points in Islington and by +8.2 in Southend" in text
    assert "raw contrast of \N{MINUS SIGN}8.8" in text
    assert "Most of it is the movement of Southend, not of Islington" in text
    assert "partly driven by a rise in Southend" in text
    assert "+50% from 2015-16 to 2016-17 (1,042 to 1,567)" in text
    assert "from 17.9% to 26.4%" in text
    assert "partly driven" not in data_notes.contrast_parts(FIRST, "2017-18")
    # Had Islington moved instead, nothing is said of Southend.
    own = moved(FIRST, "2017-18", Islington=0, Southend=300)
    text = data_notes.contrast_parts(own, "2017-18", said)
    assert "Most of it" not in text
    assert "partly driven" not in text


def test_a_low_year_is_named_only_if_it_is_partly_exposed():
    text = data_notes.lowest_year(FIRST)
    assert "2014-15 is the lowest year of Islington (13.6%; the next is 2017-18, 13.7%)" in text
    assert data_notes.lowest_year(moved(FIRST, "2014-15", Islington=800)) == ""


def test_notes_cover_what_no_model_mends():
    notes = {note.heading: note.text for note in data_notes.data_notes(STUDY)}
    # Shares of Table 8.
    assert (
        "from 2012-13 to 2015-16 by +5.6 percentage points in Islington and +1.9 percentage points "
        "in Southend" in notes["The cohort is an incident one"]
    )
    held = "What the report holds against its own effects: "
    assert "Southend" in notes[f"{held}escalation"]
    assert "percentage points in Islington" in notes[f"{held}escalation"]
    assert "per 100 cases in Barnet" in notes[f"{held}placement moves"]
    assert "£2,458,234" in notes["What the costs are set against"]
    assert (
        "lowest year of Islington (13.6%; the next is 2017-18, 13.7%)"
        in notes["A low year that is partly exposed"]
    )
    assert "unfeasible" in notes["What the costs are set against"]
    assert "within-study" in notes["The comparison was chosen for its past"]


@pytest.mark.parametrize("sign", [1, -1])
def test_no_sentence_claims_significance(tables: Tables, sign: int):
    effects, chain = tables["effects"], tables["decomposition"]
    effects = effects.assign(mean=sign * effects["mean"])
    chain = chain.assign(change=sign * chain["change"])
    said = [
        together.contrast_answer(chain, OUTCOMES),
        *together.together_answer(effects, tables["comparison"], OUTCOMES),
        *fair.fair_answer(tables["comparison"], OUTCOMES),
        *fair.variants_answer(effects, tables["headline_variants"], OUTCOMES),
        *(note.text for note in data_notes.data_notes(STUDY)),
    ]
    for outcome in OUTCOMES.values():
        said += steps.steps_answer(chain, outcome)
    assert not any("ignifican" in text or "ruled out" in text for text in said)
    assert not any("nan" in text.split() for text in said)
    assert np.all([text.endswith(".") for text in said])


def test_the_engines_agreement_is_said_of_effects():
    rows = pd.DataFrame(
        {
            "estimand": ["average_effect", "average_effect", "half_life", "yearly_effect"],
            "scale": ["log_odds", "odds_ratio", "years", "log_odds"],
            "mean_difference": [0.01, 9.0, 9.0, -0.03],
            "mean_error": [0.02, 9.0, 9.0, 0.01],
            "sd_ratio": [0.98, 9.0, 9.0, 1.04],
            "probability_difference": [0.004, 9.0, 9.0, -0.011],
            "outcome": ["a", "a", "a", "b"],
        }
    ).assign(evidence="cells", shock="none", effect="yearly", coding="dosed", timing="t")
    rows = rows.assign(vouched=True, converged=True)
    # Sampled in the other engine's place, and not converged: neither tells of agreement.
    rows = pd.concat([rows, rows.assign(outcome="c", vouched=False)])
    rows = pd.concat([rows, rows.assign(outcome="d", mean_difference=9.0, converged=False)])
    said = agreement_summary(rows.assign(years="free", shape="normal"))
    assert "(2 analyses, 2 effects): their means differ by at most 0.030" in said
    assert "their SDs by at most 4% (median 3%)" in said
    assert "probabilities by at most 1.1 percentage points" in said
    none = rows.assign(years="free", shape="normal", vouched=False)
    assert agreement_summary(none) == ""
