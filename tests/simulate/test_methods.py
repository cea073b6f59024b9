"""The analyses that are compared: DiD by hand, the model with its fallback, names that are none."""

import numpy as np
import pandas as pd
import pytest
from scenarios import rereferral
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.frequentist import Z95, did
from mp_bayes.inference.laplace import NotFastError, effects_of, fast_effects, structure
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.simulate import methods
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.methods import (
    COLUMNS,
    DID,
    DRAWN,
    FLAT,
    MOST_SAMPLED,
    OPPONENTS,
    SAMPLED,
    SUMMARIES,
    Method,
    answers,
)
from mp_bayes.simulate.performance import score
from mp_bayes.simulate.scenario import from_study
from mp_bayes.studies.study import EFFECTS


def draw(scenario, numbers=(0, 1, 2)):
    return synthesise(scenario, seed=12, replicates=numbers)


@pytest.mark.parametrize(
    ("name", "method", "model", "factor"),
    [
        ("cin_rereferral_12m", "did_linear", "linear", 100.0),
        ("cin_rereferral_12m", "did_log", "logit", 1.0),
        ("cla_placement_moves", "did_log", "quasi_poisson", 1.0),
    ],
)
def test_did_is_the_frequentist_one_with_the_scenarios_own_spread(name, method, model, factor):
    scenario = from_study(STUDY, name, comparison_boroughs=2, design_effect=1.2, dispersion=1.7)
    replicates = draw(scenario)
    rows = answers(Method(method), replicates, load_priors(STUDY), seed=1)
    assert list(rows) == COLUMNS
    assert set(rows["engine"]) == {"closed_form"}
    assert rows["usable"].all()
    years = np.arange(6)
    cases = {"2020-23": (years < 3, years >= 3)} | {
        label: (years == (0 if scenario.binary else 2), years == 3 + place)
        for place, label in enumerate(("2020-21", "2021-22", "2022-23"))
    }
    assert set(rows["year"]) == set(cases)
    for label, (before, after) in cases.items():
        estimate, se = did(
            replicates.events,
            replicates.total,
            treated=[True, False, False],
            before=before,
            after=after,
            model=model,
            scale=1.2 if scenario.binary else 1.7,
        )
        here = rows[rows["year"].eq(label)].sort_values("replicate")
        assert here["estimand"].unique() == [
            "average_effect" if label == "2020-23" else "yearly_effect"
        ]
        np.testing.assert_allclose(here["mean"], factor * estimate)
        np.testing.assert_allclose(here["sd"], factor * se)
        np.testing.assert_allclose(here["lower"], factor * (estimate - Z95 * se))
        np.testing.assert_allclose(here["upper"], factor * (estimate + Z95 * se))


def test_did_of_four_cells_by_hand():
    replicates = draw(rereferral(pre_years=1, post_years=1, cell_size=100, baseline=0.3), [5])
    replicates.events[..., 0] = [[30, 20], [25, 40]]
    rows = answers(Method("did_linear"), replicates, load_priors(STUDY), seed=1)
    row = rows[rows["estimand"].eq("average_effect")].iloc[0]
    assert row["replicate"] == 5
    assert row["mean"] == pytest.approx(100 * ((0.2 - 0.3) - (0.4 - 0.25)))
    variance = sum(p * (1 - p) / 100 for p in (0.3, 0.2, 0.25, 0.4))
    assert row["sd"] == pytest.approx(100 * np.sqrt(variance))


def test_did_without_events_is_a_failed_fit_not_a_missing_one():
    replicates = draw(rereferral(pre_years=1, post_years=1))
    replicates.events[0, 1, 1] = 0
    rows = answers(Method("did_log"), replicates, load_priors(STUDY), seed=1)
    pooled = rows[rows["estimand"].eq("average_effect")]
    assert pooled["usable"].tolist() == [True, False, True]


def test_staggered_onsets_leave_the_years_between_out():
    replicates = draw(rereferral(treated_boroughs=2, stagger=1.0))
    rows = answers(Method("did_linear"), replicates, load_priors(STUDY), seed=1)
    estimate, _ = did(
        replicates.events,
        replicates.total,
        treated=[True, True, False],
        before=np.arange(6) < 3,
        after=np.arange(6) > 3,
        model="linear",
        scale=1.0,
    )
    pooled = rows[rows["estimand"].eq("average_effect")]
    np.testing.assert_allclose(pooled["mean"], 100 * estimate)


@pytest.mark.parametrize(
    ("shock", "effect", "match"),
    [
        ("sure", "constant", "unknown method 'sure': choose one of none, within-study, national"),
        ("", "constant", "unknown method ''"),
        ("national", "gradual", "unknown effect structure 'gradual' of national: .*embedding"),
        ("national", "", "unknown effect structure"),
        ("did_linear", "constant", "unknown effect structure 'constant' of did_linear"),
    ],
)
def test_unknown_names_get_one_line(shock, effect, match):
    with pytest.raises(InputError, match=match) as error:
        Method(shock, effect)
    assert "\n" not in str(error.value)


def test_a_linear_did_of_counts_is_refused():
    with pytest.raises(InputError, match="did_log"):
        answers(
            Method("did_linear"),
            draw(from_study(STUDY, "cla_placement_moves")),
            load_priors(STUDY),
            seed=1,
        )


def test_names_are_those_of_tables():
    assert Method("national", "embedding").name == "national/embedding"
    assert [Method(name).name for name in DID] == list(DID)


@pytest.mark.parametrize("shock", SHOCK_PRIORS)
@pytest.mark.parametrize("effect", EFFECTS)
def test_the_model_answers_under_the_replicates_own_numbers(shock, effect):
    replicates = draw(rereferral(effect=-3.0, design_effect=1.2), (7, 3))
    rows = answers(Method(shock, effect), replicates, load_priors(STUDY), seed=1)
    assert list(rows) == COLUMNS
    assert rows["replicate"].unique().tolist() == [3, 7]
    assert set(rows["engine"]) == {"laplace"}
    assert rows["usable"].all()
    estimands = {"average_effect"} | ({"fully_embedded_effect"} if effect != "yearly" else set())
    assert set(rows["estimand"]) == estimands
    assert set(rows["scale"]) == {"log_odds", "percentage_points"}
    chosen = baseline_priors(
        load_priors(STUDY).select(replicates.outcome, shock=shock), replicates.scenario
    )
    assert chosen["design_effect"].value == 1.2
    built = structure(replicates.outcome, chosen, effect=effect)
    direct = fast_effects(built, replicates.events, replicates.total)
    key = ["estimand", "scale"]
    for number, place in ((7, 0), (3, 1)):
        ours = rows[rows["replicate"].eq(number)].set_index(key)["mean"]
        theirs = direct[direct["replicate"].eq(place)].set_index(key)["mean"]
        np.testing.assert_array_equal(ours, theirs.loc[ours.index])


def test_no_more_than_a_few_fits_are_sampled_and_the_others_have_failed(monkeypatch):
    replicates = draw(rereferral(comparison_boroughs=1), range(20, 28))
    refused, weighted = [0, 1, 2, 3, 5, 7], ["21"]

    def doubtful(*data):
        rows = fast_effects(*data)
        return rows.assign(usable=~rows["replicate"].isin(refused))

    def sampled(outcome, data, priors, method, _seed, number):
        asked.append(number)
        rows = effects_of(data, structure(outcome, priors, effect=method.effect))
        return rows.assign(engine=SAMPLED)

    def drawn(built, data, _method, _seed, number):
        if number in weighted:
            return effects_of(data, built).assign(engine=DRAWN)
        return None

    asked: list[str] = []
    monkeypatch.setattr(methods, "fast_effects", doubtful)
    monkeypatch.setattr(methods, "_sampled", sampled)
    monkeypatch.setattr(methods, "_drawn", drawn)
    rows = answers(Method("national", "constant"), replicates, load_priors(STUDY), seed=1)
    # Those whose weights cannot be relied upon, and with the lowest numbers, whatever else runs.
    assert asked == ["20", "22", "23"]
    assert len(asked) == MOST_SAMPLED
    engines = rows.groupby("replicate")["engine"].unique().str.join(" ")
    assert engines[engines.eq("none")].index.tolist() == [25, 27]
    assert engines.eq(SAMPLED).sum() == MOST_SAMPLED
    assert engines[engines.eq(DRAWN)].index.tolist() == [21]
    beyond = rows[rows["engine"].eq("none")]
    assert not beyond["usable"].any()
    assert beyond[SUMMARIES].isna().all(axis=None)
    assert beyond["reason"].unique().tolist() == [
        "the fast posterior does not vouch for it, and no more are sampled"
    ]
    # Every replicate has the same rows, so that the failed are counted among all of them.
    assert rows.groupby(["estimand", "year", "scale"]).size().tolist() == [8] * 4


@pytest.mark.parametrize("shock", ["national", "within-study"])
def test_rare_outcomes_are_answered_by_weighted_draws(monkeypatch, shock):
    # Authorities of 60 referrals a year: a third of the cells has fewer events than the fast
    # posterior asks for.
    replicates = draw(rereferral(cell_size=60.0), range(30))
    monkeypatch.setattr(methods, "_sampled", lambda *_: pytest.fail("it was sampled"))
    rows = answers(Method(shock, "embedding"), replicates, load_priors(STUDY), seed=1)
    assert rows["usable"].all()
    assert set(rows["engine"]) == {"laplace", DRAWN}
    again = rows[rows["engine"].eq(DRAWN)]
    assert again["replicate"].nunique() < 30
    # They are of the same posterior: what the fast one says is near, where it does not vouch.
    built = structure(
        replicates.outcome,
        Method(shock, "embedding").priors(load_priors(STUDY), replicates.scenario),
        effect="embedding",
    )
    fast = fast_effects(built, replicates.events, replicates.total)
    key = ["replicate", "estimand", "scale"]
    both = again.merge(fast, on=key, suffixes=("", "_fast"))
    assert len(both) == len(again)
    # A mean of 4,000 weighted draws is off by 0.025 SDs; the fast one by a tenth with few events.
    assert ((both["mean"] - both["mean_fast"]).abs() / both["sd"]).max() < 0.2
    # Same numbers whatever else runs.
    one = draw(rereferral(cell_size=60.0), [int(again["replicate"].iloc[-1])])
    alone = answers(Method(shock, "embedding"), one, load_priors(STUDY), seed=1)
    pd.testing.assert_frame_equal(
        alone, again[again["replicate"].isin(one.numbers)].reset_index(drop=True)
    )


@pytest.mark.parametrize("effect", EFFECTS)
def test_none_is_sampled_where_none_may_be(monkeypatch, effect):
    replicates = draw(rereferral())
    method = Method("national", effect)
    fitted = answers(method, replicates, load_priors(STUDY), seed=1)

    def uncovered(*_data):
        raise NotFastError("this prior is not covered")

    monkeypatch.setattr(methods, "fast_effects", uncovered)
    monkeypatch.setattr(methods, "_sampled", lambda *_: pytest.fail("it was sampled"))
    rows = answers(method, replicates, load_priors(STUDY), seed=1, most_sampled=None)
    # The rows that there would be.
    kept = ["replicate", "estimand", "year", "scale", "interval"]
    assert sorted(map(tuple, rows[kept].values)) == sorted(map(tuple, fitted[kept].values))
    assert rows["reason"].unique().tolist() == [
        "this prior is not covered, and no more are sampled"
    ]
    assert not rows["usable"].any()


def test_what_is_not_vouched_for_is_drawn_where_none_is_sampled(monkeypatch):
    # About one event a cell.
    replicates = draw(rereferral(baseline=0.05, cell_size=20))
    method = Method("national", "embedding")
    dropped = answers(method, replicates, load_priors(STUDY), seed=1, most_sampled=None)
    assert not dropped["usable"].all()
    monkeypatch.setattr(methods, "_sampled", lambda *_: pytest.fail("it was sampled"))
    rows = answers(method, replicates, load_priors(STUDY), seed=1, most_sampled=0)
    again = rows[rows["engine"].eq("laplace_draws")]
    assert again["usable"].all()
    assert set(again["replicate"]) <= set(dropped.loc[~dropped["usable"], "replicate"])
    assert len(again)


def test_an_analysis_prior_takes_the_files_place():
    replicates = draw(rereferral())
    flat = Method("national", "yearly", FLAT)
    assert flat.name == "national/yearly/flat"
    assert Method("national", "constant", 0.7).name == "national/constant/sd 0.7"
    chosen, default = (
        method.priors(load_priors(STUDY), replicates.scenario)
        for method in (flat, Method("national", "yearly"))
    )
    assert chosen["mean_effect"].sigma == chosen["sd_effect"].value == FLAT
    # All else is the file's.
    different = {name for name, prior in default.items() if prior != chosen[name]}
    assert different == {"mean_effect", "sd_effect"}


@pytest.mark.parametrize(
    ("shock", "effect", "sd"),
    [("national", "constant", 0.0), ("national", "constant", 11.0), ("did_linear", "", 1.0)],
)
def test_an_analysis_prior_that_makes_no_sense_is_refused(shock, effect, sd):
    with pytest.raises(InputError, match=r"^analysis prior .*given") as error:
        Method(shock, effect, sd)
    assert "\n" not in str(error.value)


def test_a_flat_prior_pulls_less_towards_zero():
    replicates = draw(rereferral(effect=-10.0), range(20))
    means, widths = {}, {}
    for prior in (None, FLAT):
        rows = answers(
            Method("national", "constant", prior), replicates, load_priors(STUDY), seed=1
        )
        rows = rows[rows["estimand"].eq("average_effect") & rows["scale"].eq("log_odds")]
        means[prior], widths[prior] = rows["mean"].mean(), (rows["upper"] - rows["lower"]).mean()
    assert means[FLAT] < means[None] < 0
    assert widths[FLAT] > widths[None]


def test_the_shock_aware_did_is_least_squares_with_the_national_shocks():
    scenario = rereferral(comparison_boroughs=3, window=1.0, design_effect=1.2)
    replicates = draw(scenario)
    priors = load_priors(STUDY)
    rows = answers(Method("shock_aware"), replicates, priors, seed=1)
    assert list(rows) == COLUMNS
    chosen = priors.select(replicates.outcome, shock="national")
    sd = np.sqrt((chosen["sd_shock"].frozen().rvs(10**6, random_state=1) ** 2).mean())
    rho = chosen["rho"].frozen().mean()
    lag = np.abs(np.subtract.outer(range(6), range(6)))
    # By hand: levels, years but the first, and the dose; its half in the year before the onset.
    dose = np.array([0, 0, 0.5, 1, 1, 1])
    design = np.hstack(
        [
            np.kron(np.eye(4), np.ones((6, 1))),
            np.kron(np.ones((4, 1)), np.eye(6)[:, 1:]),
            np.concatenate([dose, np.zeros(18)])[:, None],
        ]
    )
    for place in range(3):
        y, n = (array[..., place].ravel() for array in (replicates.events, replicates.total))
        noise = 1.2 * (1 / (y + 0.5) + 1 / (n - y + 0.5))
        inverse = np.linalg.inv(np.kron(np.eye(4), sd**2 * rho**lag) + np.diag(noise))
        covariance = np.linalg.inv(design.T @ inverse @ design)
        value = np.log((y + 0.5) / (n - y + 0.5))
        estimate = (covariance @ design.T @ inverse @ value)[-1]
        row = rows[rows["replicate"].eq(place) & rows["scale"].eq("log_odds")].iloc[0]
        # A million draws know the shocks' mean square to a part in 500.
        assert row["mean"] == pytest.approx(estimate, rel=0.01, abs=1e-3)
        assert row["sd"] == pytest.approx(np.sqrt(covariance[-1, -1]), rel=0.005)
        # At the treated borough's own rate after the onset.
        response = rows[rows["replicate"].eq(place) & rows["scale"].eq("percentage_points")]
        rate = y[3:6].sum() / n[3:6].sum()
        odds = rate / (1 - rate) * np.exp(-row["mean"])
        assert response["mean"].item() == pytest.approx(100 * (rate - odds / (1 + odds)))
        # As far from 0 as on the link scale, whatever its sign: calibrated claims depend on it.
        assert score(response).item() == pytest.approx(abs(row["mean"]) / row["sd"])


@pytest.mark.parametrize("name", ["cin_rereferral_24m", "cla_placement_moves"])
@pytest.mark.parametrize("method", OPPONENTS)
def test_opponents_find_an_effect_where_nothing_moves(name, method):
    scenario = from_study(
        STUDY,
        name,
        comparison_boroughs=19,
        cell_size=1e7,
        sd_shock=0.001,
        sd_borough=0.1,
        effect=0.8,
        effect_scale="ratio",
    )
    replicates = draw(scenario)
    rows = answers(Method(method), replicates, load_priors(STUDY), seed=1)
    rows = rows.merge(replicates.truth(), how="left")
    assert rows["usable"].all()
    # The shock-aware standard error is that of national shocks, which these boroughs do not have.
    assert (rows["upper"] < 0).all() or method == "shock_aware"
    # Cells of ten million and shocks of 0.001 leave an error of 0.0015 in log-odds or log-rates,
    # of an effect of 0.22; four of them.
    np.testing.assert_allclose(rows["mean"], rows["truth"], rtol=0.03)


def test_a_method_that_needs_more_controls_says_so_and_claims_nothing():
    rows = answers(Method("conley_taber"), draw(rereferral()), load_priors(STUDY), seed=1)
    assert not rows["usable"].any()
    assert rows["lower"].isna().all()
    assert rows["reason"].unique().tolist() == [
        "needs 19 or more controls for a 5% test; there is 1"
    ]


def test_without_a_clean_year_before_the_onset_there_is_no_permutation():
    scenario = from_study(STUDY, "cin_rereferral_24m", pre_years=2, comparison_boroughs=19)
    rows = answers(Method("permutation"), draw(scenario), load_priors(STUDY), seed=1)
    assert not rows["usable"].any()
    assert "not part dosed" in rows["reason"].iloc[0]
