"""The national shock prior: made from the panel by one rule, and the same as the built-in one."""

from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from mp_bayes.panel.measures import MEASURES
from mp_bayes.panel.shocks import national_prior
from mp_bayes.priors import load_priors
from mp_bayes.study import OUTCOMES

RESULTS = Path(__file__).parents[2] / "results" / "panel"


def panel(sd: float, rho: float) -> pd.DataFrame:
    row = {"group": "all", "lower": 0.0, "upper": 1.0}
    return pd.DataFrame(
        [
            {**row, "parameter": "sd_shock", "median": sd, "mean": sd},
            {**row, "parameter": "rho", "median": rho, "mean": rho},
        ]
    )


def anything() -> xr.Dataset:
    return xr.Dataset(
        {"total": (("authority", "year"), [[1, 1], [0, 0]])},
        coords={"authority": ["A", "B"], "year": [2013, 2025]},
    )


def test_it_is_a_prior_file_with_the_panel_s_centre(tmp_path):
    text = national_prior(panel(0.3, 0.6), MEASURES["rereferral"], anything())
    assert "1 English authorities without Islington" in text
    assert "2013-2025" in text
    (tmp_path / "mine.toml").write_text(text)
    priors = load_priors(tmp_path / "mine.toml")
    for name in ("cin_rereferral_12m", "cin_rereferral_24m"):
        chosen = priors.select(OUTCOMES[name], shock="national")
        assert chosen["sd_shock"].median == 0.3
        assert chosen["rho"].alpha + chosen["rho"].beta == 21
        # In halves: 12.5 and 8.5 for 12.6 and 8.4.
        assert chosen["rho"].alpha == 12.5


@pytest.mark.parametrize("rho", [0.001, 0.999])
def test_a_correlation_near_its_limits_does_not_pile_up_there(tmp_path, rho):
    (tmp_path / "mine.toml").write_text(
        national_prior(panel(0.2, rho), MEASURES["residential"], anything())
    )
    outcome = OUTCOMES["cla_residential_placements"]
    chosen = load_priors(tmp_path / "mine.toml").select(outcome, shock="national")["rho"]
    assert min(chosen.alpha, chosen.beta) == 1.0


FITTING = [measure for measure in MEASURES.values() if measure.name != "residential"]


@pytest.mark.parametrize("measure", FITTING, ids=lambda measure: measure.name)
def test_the_built_in_prior_is_the_committed_panel_s(measure):
    fitted = load_priors(RESULTS / measure.name / "fit" / "priors.toml")
    shocks = pd.read_csv(RESULTS / measure.name / "fit" / "shocks.csv")
    assert shocks["usable"].all()
    known = shocks[shocks["group"].eq("all")].set_index("parameter")
    for name in measure.outcomes:
        built_in = load_priors().select(OUTCOMES[name], shock="national")
        for parameter in ("sd_shock", "rho"):
            prior = built_in[parameter]
            assert prior == fitted.select(OUTCOMES[name], shock="national")[parameter]
            # Wider than what the panel says, and around all of it.
            low, high = prior.frozen().ppf([0.025, 0.975])
            assert low < known.loc[parameter, "lower"]
            assert known.loc[parameter, "upper"] < high


def test_no_prior_is_made_of_a_model_that_does_not_fit():
    fit = RESULTS / "residential" / "fit"
    check = pd.read_csv(fit / "check.csv").iloc[0]
    assert not check["passes"]
    assert check["observed"] < check["lower"]
    assert not (fit / "priors.toml").exists()
    assert set(pd.read_csv(fit / "shocks.csv")["group"]) == {"all"}


def test_re_referrals_move_as_the_specification_expects():
    # METHODS 5, from another fit of the same statistics: 0.297 (0.28-0.32), 0.64 (0.59-0.70).
    shocks = pd.read_csv(RESULTS / "rereferral" / "fit" / "shocks.csv")
    known = shocks[shocks["group"].eq("all")].set_index("parameter")
    assert 0.27 < known.loc["sd_shock", "median"] < 0.33
    assert 0.57 < known.loc["rho", "median"] < 0.71


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
