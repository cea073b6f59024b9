"""Designs: doses by borough and year, for every structure, coding and timing."""

from typing import Any

import numpy as np
import pytest
from studied import CLA, OUTCOMES, get_outcome

from mp_bayes.embedding.doses import lay_out
from mp_bayes.errors import InputError
from mp_bayes.studies.study import EFFECTS, Outcome


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_a_design_has_the_study_s_boroughs_and_years(outcome: Outcome, effect: str) -> None:
    design = lay_out(outcome, effect=effect)
    assert list(design["borough"].to_numpy()) == list(outcome.setting.boroughs)
    assert list(design["year"].to_numpy()) == list(outcome.setting.years)
    for name, array in design.items():
        with_nodes = ("borough", "year", "node")
        assert array.dims == (with_nodes if str(name).startswith("dose_") else with_nodes[:2])
        assert np.isfinite(array).all()
    assert (design["treated"].sel(borough=outcome.setting.treated_boroughs[0]) == 1).all()
    assert (design["treated"].sel(borough=outcome.setting.comparison_boroughs[0]) == 0).all()
    assert (design["reference"] == outcome.setting.reference).all()


@pytest.mark.parametrize("timing", CLA.timings.values(), ids=CLA.timings)
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_comparison_borough_has_a_dose_only_where_a_scenario_says_so(
    effect: str, timing: Any
) -> None:
    outcome = get_outcome("cla_placement_moves")
    design = lay_out(outcome, effect=effect, timing=timing).sel(borough="Barnet")
    dosed = bool(design["fixed_dose"].any() or design["dose_weight"].any())
    assert dosed == (timing.comparison_onset is not None and effect != "yearly")
    assert not design["own_effect"].any()
    assert not design["free_pre_trend"].any()


def test_published_coding_has_effects_in_post_years_and_free_trends_before_them() -> None:
    for outcome in OUTCOMES.values():
        design = lay_out(outcome, effect="yearly", coding="published")
        treated = design.sel(borough=outcome.setting.treated_boroughs[0])
        assert (treated["fixed_dose"] == outcome.setting.post).all()
        assert (treated["own_effect"] == outcome.setting.post).all()
        assert (
            treated["free_pre_trend"] == (~outcome.setting.post & ~outcome.setting.reference)
        ).all()
        assert not design["dose_weight"].any()


@pytest.mark.parametrize(
    ("name", "expected", "partly"),
    [
        ("cin_rereferral_12m", [0, 0, 0.5, 1, 1, 1], ("2014-15",)),
        ("cin_rereferral_24m", [0, 0.25, 0.75, 1, 1, 1], ("2013-14", "2014-15")),
        ("cla_placement_moves", [0, 0, 1, 1], ()),
    ],
)
def test_dosed_coding_gives_each_year_its_part_of_an_effect(
    name: str, expected: list[float], partly: tuple[str, ...]
) -> None:
    outcome = get_outcome(name)
    design = lay_out(outcome, effect="yearly")
    treated = design.sel(borough=outcome.setting.treated_boroughs[0])
    for kind in ("fixed_dose", "own_effect"):
        # Nodes are placed after rounding the edges to 1e-12.
        np.testing.assert_allclose(treated[kind], expected, rtol=0, atol=1e-10)
    assert not design["own_effect"].sel(borough=outcome.setting.comparison_boroughs[0]).any()
    untouched = (np.array(expected) == 0) & ~outcome.setting.reference
    assert (treated["free_pre_trend"] == untouched).all()
    assert outcome.partly_exposed == partly


def test_an_earlier_onset_moves_the_yearly_effects() -> None:
    outcome = get_outcome("cla_placement_moves")
    timing = CLA.timings["cla_from_2016"]
    # August 2015 begins before January 2016, August 2016 after it.
    for coding, own, free in (("published", 0, 1), ("dosed", 7 / 12, 0)):
        treated = lay_out(outcome, effect="yearly", coding=coding, timing=timing).sel(
            borough="Islington"
        )
        np.testing.assert_allclose(treated["own_effect"], [own, 1, 1, 1], rtol=0, atol=1e-10)
        assert treated["free_pre_trend"].to_numpy().tolist() == [free, 0, 0, 0]


def test_an_unknown_coding_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(InputError, match=r"'dose'.*dosed, published"):
        lay_out(get_outcome("cla_placement_moves"), effect="yearly", coding="dose")


@pytest.mark.parametrize(
    ("name", "timing", "borough", "expected"),
    [
        ("cin_rereferral_12m", "as_published", "Islington", [0, 0, 0.5, 1, 1, 1]),
        ("cin_rereferral_24m", "as_published", "Islington", [0, 0.25, 0.75, 1, 1, 1]),
        ("cin_escalation_12m", "as_published", "Southend", [0] * 6),
        ("cla_placement_moves", "as_published", "Islington", [0, 0, 1, 1]),
        ("cla_placement_moves", "cla_from_2016", "Islington", [7 / 12, 1, 1, 1]),
        ("cla_placement_moves", "barnet_reach", "Barnet", [0, 7 / 12, 1, 1]),
        ("cla_placement_moves", "both", "Barnet", [0, 7 / 12, 1, 1]),
        ("cla_placement_moves", "both", "Islington", [7 / 12, 1, 1, 1]),
    ],
)
def test_constant_effects_follow_the_immediate_dose(
    name: str, timing: str, borough: str, expected: list[float]
) -> None:
    outcome = get_outcome(name)
    chosen = outcome.setting.timings[timing]
    design = lay_out(outcome, effect="constant", timing=chosen)
    # Nodes are placed after rounding the edges to 1e-12.
    np.testing.assert_allclose(
        design["fixed_dose"].sel(borough=borough), expected, rtol=0, atol=1e-10
    )
    assert not design["own_effect"].any()
    assert not design["free_pre_trend"].any()
    assert not design["dose_weight"].any()


def test_embedding_doses_come_from_the_curve_alone() -> None:
    for outcome in OUTCOMES.values():
        design = lay_out(outcome, effect="embedding")
        assert not design["fixed_dose"].any()
        weights = design["dose_weight"].sel(borough=outcome.setting.treated_boroughs[0]).sum("node")
        np.testing.assert_allclose(weights, 1.0, rtol=0, atol=1e-10)


def test_an_unknown_effect_structure_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(InputError, match=r"'linear'.*yearly, constant, embedding"):
        lay_out(get_outcome("cla_placement_moves"), effect="linear")
