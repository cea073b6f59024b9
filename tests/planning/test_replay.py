"""What the study's own evaluation could have found, with more boroughs in it."""

import numpy as np
from studied import STUDY

from mp_bayes.planning.replay import BOROUGHS, replay
from mp_bayes.planning.worth import assured
from mp_bayes.priors import load_priors
from mp_bayes.report.plan_tables import replay_table
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import to_plan

PRIORS = load_priors(STUDY)


def test_more_boroughs_find_smaller_effects_and_one_finds_none_in_five_outcomes():
    table = replay(STUDY, PRIORS)
    assert list(table["outcome"].unique()) == list(STUDY.outcomes)
    for _, rows in table.groupby("outcome"):
        assert rows["boroughs"].tolist() == list(BOROUGHS)
        # What was not found at all is larger than anything.
        sizes = rows["mdes"].fillna(np.inf).to_numpy()
        smaller = sizes[1:] < sizes[:-1]
        assert (smaller | np.isinf(sizes[:-1]) & np.isinf(sizes[1:])).all()
        assert (rows["mdes_calibrated"].fillna(np.inf) <= rows["mdes"].fillna(np.inf)).all()
    assert table.loc[table["boroughs"].eq(1), "mdes"].isna().all()
    # The years that the report had.
    years = table.set_index("outcome")[["pre_years", "post_years"]]
    assert years.loc["cin_rereferral_12m"].iloc[0].tolist() == [3, 3]

    row = table[table["outcome"].eq("cin_rereferral_12m") & table["boroughs"].eq(10)].iloc[0]
    scenario = to_plan(
        STUDY,
        "cin_rereferral_12m",
        treated_boroughs=10,
        comparison_boroughs=10,
        half_life=1.0,
        effect=-row["mdes"],
    )
    found = assured(scenario, Method("national", "embedding"), PRIORS)[0]
    # Cells' sampling variance is that of another effect there.
    assert abs(found - 0.8) < 0.02


def test_the_table_says_where_nothing_is_found():
    facts = {"outcomes": STUDY.outcomes, "target": 0.8}
    table = replay_table({"replay": replay(STUDY, PRIORS)}, facts)
    assert table.rows[0][1] == "1 and 1"
    assert table.rows[0][4] == "none that was tried"
    assert "percentage points" in table.rows[2][4]
    assert len(table.rows) == 15
