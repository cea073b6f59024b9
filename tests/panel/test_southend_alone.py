"""One comparison counts in full in the panel's own analysis too."""

import numpy as np
from studied import STUDY

from mp_bayes.evidence.official.measures import comparison_names, measure_of, treated_names
from mp_bayes.evidence.official.read import read_measure
from mp_bayes.panel.effects import effects
from mp_bayes.priors import load_priors

MOVE, YEAR = 0.4, 2018  # log-odds; a reporting year, by its end


def test_moving_the_one_comparison_moves_that_years_effect_in_full(made_up, tmp_path):
    path = tmp_path / "flat.toml"
    path.write_text("[default]\nmean_effect = 0\nsd_effect = 10\n")
    measure = measure_of(STUDY, "rereferral")
    (treated,), reported = treated_names(STUDY), "Southend-on-Sea"
    assert reported in comparison_names(STUDY)
    data, _ = read_measure(made_up, measure)
    here = (data["authority"] == reported) & (data["year"] == YEAR)
    total = float(data["total"].where(here).max())
    odds = np.log(float(data["low"].where(here).max()) / (total - data["low"].where(here).max()))
    count = round(total / (1 + np.exp(-(float(odds) + MOVE))))
    moved = data.assign(low=data["low"].where(~here, count), high=data["high"].where(~here, count))
    by = np.log(count / (total - count)) - float(odds)
    found = []
    for evidence in (data, moved):
        rows = effects(
            evidence,
            measure,
            load_priors(STUDY, path),
            treated=treated,
            comparisons=[reported],
            onset=2015 + 2 / 12,
            effect="yearly",
        )
        rows = rows[rows["estimand"].eq("yearly_effect") & rows["scale"].eq("log_odds")]
        found.append(rows.set_index("year")["mean"])
    change = found[1] - found[0]
    # 0.38 of 0.4 at least; a free year has a prior after all, of SD 2.5.
    assert -change["2017-18"] / by >= 0.95
    assert change.drop("2017-18").abs().max() < 0.1
