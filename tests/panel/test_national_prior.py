"""The national shock prior: made from the panel by one rule, and the same as the built-in one."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from places import RESULTS
from scipy import stats
from studied import OUTCOMES, STUDY

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import MEASURES as KNOWN
from mp_bayes.evidence.official.measures import measure_of, treated_names
from mp_bayes.evidence.official.read import read_measure
from mp_bayes.panel.effects import measure_priors
from mp_bayes.panel.national import national_prior, new_authority, size_fits
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Beta, Fixed, HalfNormal, Uniform, scaled

PANEL = RESULTS / "panel"
MEASURES = {name: measure_of(STUDY, name) for name in KNOWN}


def panel(sd: float, rho: float, tau: float = 0.3) -> pd.DataFrame:
    row = {"group": "all", "sd": 0.0, "lower": 0.0, "upper": 1.0}
    known = {"sd_shock": sd, "tau_shock": tau, "rho": rho}
    return pd.DataFrame(
        [{**row, "parameter": name, "median": x, "mean": x} for name, x in known.items()]
    )


def anything() -> xr.Dataset:
    return xr.Dataset(
        {"total": (("authority", "year"), [[1, 1], [0, 0]])},
        coords={"authority": ["A", "B"], "year": [2013, 2025]},
    )


def test_it_is_a_prior_file_with_the_panel_s_centre(tmp_path):
    text = national_prior(panel(0.3, 0.6), MEASURES["rereferral"], anything())
    assert "1 English authorities, without that of the evaluation" in text
    assert "2013-2025" in text
    (tmp_path / "mine.toml").write_text(text)
    priors = load_priors(STUDY, tmp_path / "mine.toml")
    for name in ("cin_rereferral_12m", "cin_rereferral_24m"):
        chosen = priors.select(OUTCOMES[name], shock="national")
        assert chosen["sd_shock"].median == 0.3
        # Authorities' 0.3 and the measure's 0.2, in quadrature.
        assert chosen["sd_shock"].sigma == 0.36
        assert chosen["rho"].alpha + chosen["rho"].beta == 21
        # In halves: 12.5 and 8.5 for 12.6 and 8.4.
        assert chosen["rho"].alpha == 12.5


def test_a_measure_that_moves_more_than_the_outcome_is_divided(tmp_path):
    measure = MEASURES["three_or_more_placements"]
    text = national_prior(panel(0.3, 0.6), measure, anything())
    assert "Divided by 1.51, since the measure moves 1.2 to 1.9 times as much" in text
    (tmp_path / "mine.toml").write_text(text)
    priors = load_priors(STUDY, tmp_path / "mine.toml")
    sd = priors.select(OUTCOMES["cla_placement_moves"], shock="national")["sd_shock"]
    assert sd.median == 0.2
    # Authorities 0.3, the measure 0.25, and ln(1.9 / 1.2) / 3.92 = 0.117, in quadrature.
    assert sd.sigma == pytest.approx((0.3**2 + 0.25**2 + 0.117**2) ** 0.5, abs=0.005)


def test_an_authority_not_yet_seen_is_drawn_from_the_whole_posterior():
    rng = np.random.default_rng(1)
    draws = 200_000
    median, tau = rng.lognormal(np.log(0.2), 0.08, draws), rng.gamma(9, 0.3 / 9, draws)
    new = np.log(median * np.exp(tau * rng.normal(size=draws)))
    table = panel(0.2, 0.6)
    for name, values in (("sd_shock", median), ("tau_shock", tau)):
        row = table["parameter"].eq(name)
        moments = [np.median(values), values.mean(), values.std()]
        table.loc[row, ["median", "mean", "sd"]] = moments
    found = new_authority(table)
    # Monte Carlo errors below 0.001; the delta method's error is below 0.1% of the SD.
    assert np.log(found.median) == pytest.approx(np.median(new), abs=0.004)
    assert found.sigma == pytest.approx(new.std(), abs=0.003)


@pytest.mark.parametrize("rho", [0.001, 0.999])
def test_a_correlation_near_its_limits_does_not_pile_up_there(tmp_path, rho):
    (tmp_path / "mine.toml").write_text(
        national_prior(panel(0.2, rho), MEASURES["residential"], anything())
    )
    outcome = OUTCOMES["cla_residential_placements"]
    chosen = load_priors(STUDY, tmp_path / "mine.toml").select(outcome, shock="national")["rho"]
    assert min(chosen.alpha, chosen.beta) == 1.0


FITTING = [measure for measure in MEASURES.values() if measure.name != "residential"]


@pytest.mark.parametrize("measure", FITTING, ids=lambda measure: measure.name)
def test_the_built_in_prior_is_the_committed_panel_s(measure):
    fitted = load_priors(STUDY, PANEL / measure.name / "fit" / "priors.toml")
    shocks = pd.read_csv(PANEL / measure.name / "fit" / "shocks.csv")
    assert shocks["usable"].all()
    known = shocks[shocks["group"].eq("all")].set_index("parameter")
    for outcome in measure.outcomes:
        built_in = load_priors(STUDY).select(outcome, shock="national")
        for parameter in ("sd_shock", "rho"):
            prior = built_in[parameter]
            assert prior == fitted.select(outcome, shock="national")[parameter]
            # Wider than what the panel says of the median authority, and around all of it.
            factor = np.prod(measure.moves_more) ** 0.5 if parameter == "sd_shock" else 1.0
            low, high = prior.frozen().ppf([0.025, 0.975]) * factor
            assert low < known.loc[parameter, "lower"]
            assert known.loc[parameter, "upper"] < high


@pytest.mark.parametrize("measure", FITTING, ids=lambda measure: measure.name)
def test_the_rule_makes_the_built_in_prior_of_the_committed_panel(measure, official, tmp_path):
    data, _ = read_measure(official, measure)
    fitted = data.drop_sel(authority=treated_names(STUDY))
    shocks = pd.read_csv(PANEL / measure.name / "fit" / "shocks.csv")
    (tmp_path / "mine.toml").write_text(national_prior(shocks, measure, fitted))
    made = load_priors(STUDY, tmp_path / "mine.toml").layers[0]
    built_in = load_priors(STUDY).layers[-1]
    assert made == {key: built_in[key] for key in made}
    assert {parameter for _, _, parameter in made} == {"sd_shock", "rho"}


def test_no_prior_is_made_of_a_model_that_does_not_fit():
    fit = PANEL / "residential" / "fit"
    check = pd.read_csv(fit / "check.csv")
    assert not size_fits(check)
    assert check.loc[0, "observed"] < check.loc[0, "lower"]
    assert not (fit / "priors.toml").exists()
    assert set(pd.read_csv(fit / "shocks.csv")["group"]) == {"all"}


def test_re_referrals_move_as_they_did_with_one_sd_for_all():
    # That fit of the same statistics: SD 0.304 (0.285-0.327), correlation 0.64 (0.59-0.69). Its SD
    # is the root mean square of authorities', exp(tau^2) times the median's.
    shocks = pd.read_csv(PANEL / "rereferral" / "fit" / "shocks.csv")
    known = shocks[shocks["group"].eq("all")].set_index("parameter")
    size = known.loc["sd_shock", "median"] * np.exp(known.loc["tau_shock", "median"] ** 2)
    assert 0.27 < size < 0.35
    assert 0.57 < known.loc["rho", "median"] < 0.75


def test_where_the_evaluation_s_authorities_stand():
    for measure in FITTING:
        table = pd.read_csv(PANEL / measure.name / "fit" / "authorities.csv")
        assert table["usable"].all()
        assert {"Islington", "Southend-on-Sea", "Barnet"} <= set(table["authority"])
        assert sorted(table["rank"]) == list(range(1, len(table) + 1))
        assert table["larger"].between(table["larger_lower"], table["larger_upper"]).all()


def test_a_share_of_three_or_more_moves_more_than_the_mean():
    # What the measure says of itself: 1.2 to 1.9 times, for 0.3 to 1 moves a child-year.
    def log_odds(mean, dispersion):
        if dispersion == 1:
            share = stats.poisson(mean).sf(1)
        else:
            share = stats.nbinom(mean / (dispersion - 1), 1 / dispersion).sf(1)
        return stats.logistic.ppf(share)

    steeper = [
        (log_odds(1.01 * mean, dispersion) - log_odds(mean, dispersion)) / 0.00995
        for mean in (0.3, 0.6, 1.0)
        for dispersion in (1.0, 1.55, 2.0)
    ]
    assert 1.15 < min(steeper) < max(steeper) < 1.95


def test_a_measure_that_moves_more_keeps_its_own_shocks() -> None:
    """The outcome's prior is divided by the factor; the measure's own analyses multiply it back."""
    priors = load_priors(STUDY)
    for measure in MEASURES.values():
        outcome = priors.select(measure.outcomes[0], shock="national")["sd_shock"]
        own = measure_priors(priors, measure)["sd_shock"]
        least, most = measure.moves_more
        assert own.median == pytest.approx(outcome.median * (least * most) ** 0.5)
        assert own.sigma == outcome.sigma


def test_a_multiple_of_a_distribution_has_multiples_of_its_quantiles() -> None:
    z = np.linspace(-3, 3, 7)
    for prior in (
        Fixed(value=0.3),
        HalfNormal(distribution="HalfNormal", sigma=0.2),
        Uniform(distribution="Uniform", lower=0.1, upper=0.4),
    ):
        np.testing.assert_allclose(scaled(prior, 1.5).quantile(z), 1.5 * prior.quantile(z))
    with pytest.raises(InputError, match="choose another distribution"):
        scaled(Beta(distribution="Beta", alpha=2.0, beta=2.0), 1.5)
