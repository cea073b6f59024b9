"""Calibration by simulation: sound models pass, broken ones are found, runs go on."""

from dataclasses import replace

import numpy as np
import pytest
from places import RESULTS
from studied import STUDY

from mp_bayes.checks import calibration as one_model
from mp_bayes.checks import calibration_panel, calibration_run
from mp_bayes.checks.calibration_around import around
from mp_bayes.checks.calibration_cases import PanelCase, cases
from mp_bayes.checks.calibration_panel import simulate_panel
from mp_bayes.checks.calibration_run import calibration, chosen
from mp_bayes.commands.terminal import DEFAULT_SEED
from mp_bayes.errors import InputError
from mp_bayes.evidence.arrays import cells
from mp_bayes.priors import load_priors
from mp_bayes.report.checks_page import kept_tables
from mp_bayes.wording.calibration import calibration_answer, calibration_tables, models

PRIORS = load_priors(STUDY)
CASES = {case.name: case for case in cases(STUDY)}
HEADLINE = CASES["laplace/cells/binomial/national/yearly/dosed"]
# The model of estimates takes half the time of a fit; with 100 data sets the prior is found too,
# but with less to spare.
QUICK = CASES["laplace/coefficients/binomial/national/yearly/dosed"]
FEW = 200


def test_every_combination_is_there_once():
    # Broken ones; two kinds of evidence, of likelihood; around the data; heavy tails, the panel's.
    for engine, count in (("laplace", 2 + 2 * 2 * 3 * 4 + 4), ("nuts", 2 + 4 + 2 + 2)):
        assert sum(name.startswith(engine) for name in CASES) == count
    assert len(CASES) == len(cases(STUDY))


@pytest.mark.parametrize(
    ("fault", "passes"), [("", True), ("prior", False), ("root", False)], ids=str
)
def test_sound_models_pass_and_broken_ones_are_found(fault, passes):
    case = replace(QUICK, fault=fault)
    tables = calibration([case], PRIORS, replicates=FEW, seed=DEFAULT_SEED)
    (row,) = models(tables["calibration"]).to_dict("records")
    assert row["passes"] == passes
    assert row["refused"] == 0
    # The seed is that of the committed results: one model in twenty would fail by chance. Faults
    # are found with room to spare, at a fiftieth of that level.
    assert passes or row["p_model"] < 0.001
    assert passes or row["estimand"] == "sd_shock"
    (text, *others) = calibration_tables(tables, STUDY)
    assert not others
    verdict = "passes" if passes else "broken on purpose: found"
    assert text.rows[0][-1] == verdict
    if fault:
        told = " ".join(calibration_answer(tables, STUDY))
        assert ": found by weighted draws, at 200 data sets" in told


@pytest.mark.parametrize("likelihood", ["binomial", "nb1"])
def test_the_posterior_of_the_own_data_is_calibrated(likelihood):
    case = CASES[f"laplace/coefficients/{likelihood}/national/yearly/dosed/around-the-data"]
    table = calibration([case], PRIORS, replicates=FEW, seed=DEFAULT_SEED)["calibration"]
    assert set(table["truths"]) == {"posterior"}
    # As for sound models above: the seed is that of the committed results.
    assert table["p_model"].min() > 0.05


def test_data_around_the_own_are_told_by_their_sum():
    """Counts drawn once more are as many as the own, and truths lie where the posterior does."""
    analysis = CASES["laplace/cells/nb1/national/yearly/dosed"].analysis
    own = PRIORS.select(analysis.outcome, shock=analysis.shock)
    made = around(analysis, own, replicates=400, seed=2)
    known = cells(analysis.outcome)
    assert (made.known["total"] == 2 * known["total"]).all()
    again = made.drawn - known["events"].transpose("borough", "year").to_numpy()[..., None]
    assert (again >= 0).all()
    # The posterior's mean of a cell lies between the data and the others' pull; within 3 of its
    # Poisson SDs, which is the data's own error, everywhere.
    apart = again.mean(-1) - known["events"].to_numpy()
    assert (np.abs(apart) < 3 * np.sqrt(known["events"].to_numpy())).all()
    truth = made.truth["dispersion_excess"].to_numpy().ravel()
    assert (truth > 0).all()


@pytest.mark.nightly
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("nuts/panel")])
def test_the_panels_model_is_calibrated(name):
    tables = calibration([CASES[name]], PRIORS, replicates=50, seed=4)
    (row,) = models(tables["calibration"]).to_dict("records")
    assert row["p_model"] > 0.0005
    assert row["refused"] < 25


def test_a_simulated_panel_has_what_files_have():
    rng = np.random.default_rng(1)
    draws = [simulate_panel("student", rng) for _ in range(2000)]
    data = draws[0][1]
    wide = (data["high"] - data["low"]).to_numpy()
    assert wide[0].max() == 4
    assert not wide[2:].any()
    assert (data["low"] <= data["high"]).all()
    assert (data["total"] == 0).sum() == 1
    # Half the authorities have more than the median authority's SD: 20,000 of them, SE 0.0035.
    sds = np.array([truth["sd_by_borough"].to_numpy()[:, 0] for truth, _ in draws])
    middle = np.array([truth["sd_shock"].item() for truth, _ in draws])
    assert abs((sds > middle[:, None]).mean() - 0.5) < 0.02


def test_a_panel_whose_fits_are_all_refused_has_no_ranks(monkeypatch):
    monkeypatch.setattr(calibration_panel, "sampled_draws", lambda *_args, **_how: None)
    table = calibration_panel.panel_ranks(PanelCase(), replicates=2, seed=1)
    assert table.empty
    assert list(table) == ["replicate", "estimand", "year", "scale", "rank"]


def test_more_models_that_do_not_pass_than_chance_gives_are_said_to_be_more():
    tables = kept_tables(RESULTS / "checks" / "calibration")
    assert "is no more than chance gives" in " ".join(calibration_answer(tables, STUDY))
    table = tables["calibration"]
    worse = table["evidence"].eq("coefficients") & table["engine"].eq("laplace")
    many = {**tables, "calibration": table.assign(p_model=table["p_model"].mask(worse, 0.01))}
    told = " ".join(calibration_answer(many, STUDY))
    assert "do not pass, which is more than chance gives" in told
    assert "is no more than chance gives" not in told
    # One model's refusals are not most of all models'.
    spread = table.assign(refused=table["refused"].mask(table["engine"].eq("nuts"), 9))
    spread.loc[spread["model"].eq("nuts/panel/binomial/normal"), "refused"] = 20
    told = " ".join(calibration_answer({**tables, "calibration": spread}, STUDY))
    assert "Some of these were refused in few models: 20 of 500" in told


def test_models_are_counted_without_simulators_that_are_broken():
    """As the checklist counts them; and chance is a bound, since quantities go together."""
    tables = kept_tables(RESULTS / "checks" / "calibration")
    told = " ".join(calibration_answer(tables, STUDY))
    sound = tables["calibration"].query("fault == ''")["model"].nunique()
    every = sum(not case.fault for case in CASES.values())
    assert sound == every
    assert "Not run" not in told
    table = tables["calibration"]
    fewer = {**tables, "calibration": table[table["model"].ne(HEADLINE.name)]}
    assert f"Not run: 1 of {every} models" in " ".join(calibration_answer(fewer, STUDY))
    assert f"Of {sound} calibrated models at most {0.05 * sound:.3g} would fail" in told
    quantities = tables["calibration"]["fault"].eq("").sum()
    assert f"Over the {quantities} quantities" in told


@pytest.mark.nightly
@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("laplace")])
def test_weighted_draws_are_calibrated(name):
    tables = calibration([CASES[name]], PRIORS, replicates=FEW, seed=4)
    (row,) = models(tables["calibration"]).to_dict("records")
    # Of 50 models one or two would fail at 1 in 20; at 1 in 2,000 one run in 40 has any.
    assert (row["p_model"] > 0.0005) == (not CASES[name].fault)


def test_the_likelihood_and_what_is_reported_are_among_the_quantities():
    table = calibration([HEADLINE], PRIORS, replicates=20, seed=5)["calibration"]
    names = set(table["estimand"])
    assert {"average_effect", "yearly_effect", "partly_exposed_effect", "log_likelihood"} <= names
    assert {"sd_shock", "rho", "mean_effect", "sd_effect", "parallel_trends"} <= names


def test_a_refused_data_set_is_counted_and_left_out(monkeypatch):
    real = one_model.vouched_draws

    def refuses(data, built, *, seed, proposals):
        return None if seed % 2 else real(data, built, seed=seed, proposals=proposals)

    monkeypatch.setattr(one_model, "vouched_draws", refuses)
    table = calibration([QUICK], PRIORS, replicates=40, seed=6)["calibration"]
    assert set(table["refused"]) == {20}


def test_kept_ranks_are_not_made_again(tmp_path, monkeypatch):
    first = calibration([QUICK], PRIORS, replicates=20, seed=7, trials=tmp_path)

    def fails(*_args, **_how):
        raise AssertionError("fitted again")

    monkeypatch.setattr(calibration_run, "ranks", fails)
    again = calibration([QUICK], PRIORS, replicates=20, seed=7, trials=tmp_path)
    assert first["calibration"].equals(again["calibration"])
    with pytest.raises(AssertionError, match="again"):
        calibration([QUICK], PRIORS, replicates=20, seed=8, trials=tmp_path)


def test_intervals_of_the_fast_summaries_hold_the_truth():
    covered = calibration([HEADLINE], PRIORS, replicates=100, seed=9)["coverage"]
    assert covered["usable"].min() > 90
    # Twelve quantities of the same data: within the central 99.9% of what chance gives.
    assert covered["covered"].between(0.87, 1.0).all()
    assert np.abs(covered["z"]).max() < 3.5


def test_models_are_chosen_by_parts_of_their_names():
    every = list(CASES.values())
    assert chosen(every, []) == every
    (one,) = chosen(every, ["nuts/coefficients/nb1"])
    assert one == CASES["nuts/coefficients/nb1/national/yearly/dosed"]
    with pytest.raises(InputError, match="no model's name has 'jags'"):
        chosen(every, ["jags"])
