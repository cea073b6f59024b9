"""The panel's effects, from the fast posterior, against NUTS on the same model and data."""

from dataclasses import replace

import pytest
import xarray as xr
from studied import STUDY

from mp_bayes.evidence.official.measures import measure_of, treated_names
from mp_bayes.evidence.official.read import read_measure, read_neighbours
from mp_bayes.inference.agreement import differences, sampled_effects
from mp_bayes.inference.nuts import Sampling
from mp_bayes.panel.effects import BIN_START, counts, effects, label, panel_priors, suitable
from mp_bayes.priors import load_priors
from mp_bayes.studies.study import Setting


@pytest.mark.nightly
@pytest.mark.parametrize("effect", ["yearly", "embedding"])
def test_islington_against_its_neighbours(official, effect):
    measure = measure_of(STUDY, "rereferral")
    (treated,) = treated_names(STUDY)
    data, _ = read_measure(official, measure)
    near = read_neighbours(official, data, treated)
    assert set(near) <= set(suitable(data))
    onset = measure.outcomes[0].setting.onset
    fast = effects(
        data,
        measure,
        load_priors(STUDY),
        treated=treated,
        comparisons=near,
        onset=onset,
        effect=effect,
    )
    events, total = counts(data, [treated, *near])
    years = tuple(label(int(year)) for year in data["year"])
    setting = Setting(
        name="panel",
        treated_boroughs=(treated,),
        comparison_boroughs=tuple(near),
        onsets=(onset,),
        bin_start=BIN_START,
        years=years,
        reference_year=years[0],
    )
    outcome = replace(measure.outcomes[0], setting=setting, years=years, window=0.0)
    cells = xr.Dataset(
        {"events": (("borough", "year"), events), "total": (("borough", "year"), total)},
        coords={"borough": [treated, *near], "year": list(years)},
        attrs={"outcome": outcome.name, "evidence": "cells"},
    )
    sampled = sampled_effects(
        outcome,
        cells,
        panel_priors(load_priors(STUDY), measure, data),
        effect=effect,
        seed=1,
        sampling=Sampling(draws=3000, tune=1000),
    )
    both = differences(fast, sampled)
    assert sampled["usable"].all()
    assert fast["usable"].all()
    assert len(both) > 10
    # Four SEs of a mean and an SD of 3,000 effective draws: 0.07 SDs, 5%; and what is asked of
    # the approximation itself, 0.05 SDs and 3%.
    assert both["mean_difference"].abs().max() < 0.12
    assert (both["sd_ratio"] - 1).abs().max() < 0.08
