"""Unusable fits are hollow and named in every figure."""

from pathlib import Path

import pandas as pd
import pytest
from drawing import hollow, texts
from studied import STUDY, get_outcome

from mp_bayes.figures import (
    charts,
    effect_against_shock,
    embedding_curves,
    priors_against_posteriors,
)
from mp_bayes.priors import load_priors

Tables = dict[str, pd.DataFrame]
FIRST = get_outcome("cin_rereferral_12m")
PRIORS = load_priors(STUDY)


@pytest.mark.parametrize("figure", ["outcome_trends", "published_against_posterior"])
def test_unusable_points_are_hollow_and_named(tables: Tables, results: Path, figure: str):
    whole = next(charts(tables, results, STUDY, PRIORS, outcome=FIRST.name, figure=figure))
    assert hollow(whole) == 0
    for name in ("trends", "comparison"):
        table = tables[name]
        table["usable"] = ~table["outcome"].eq(FIRST.name)
    broken = next(charts(tables, results, STUDY, PRIORS, outcome=FIRST.name, figure=figure))
    assert hollow(broken) > 0
    assert "unusable: did not converge" in texts(broken).replace("\n", " ")
    assert "converge" in broken.message


def test_unusable_points_of_the_shock_figure(tables: Tables):
    table = tables["shock_sensitivity"]
    table["usable"] = table["assumed_sd_shock"].lt(0.3)
    chart = effect_against_shock(tables, FIRST, priors=PRIORS)
    assert hollow(chart) == 4
    assert "unusable: beyond the limits" in texts(chart).replace("\n", " ")
    assert "must not be relied upon" in chart.message


def test_unusable_fits_are_named_where_draws_are_shown(tables: Tables, results: Path):
    tables["effects"]["usable"] = False
    assert "unusable" in embedding_curves(tables, results, STUDY, priors=PRIORS).alt
    assert "unusable" in priors_against_posteriors(results, FIRST, tables=tables, priors=PRIORS).alt
