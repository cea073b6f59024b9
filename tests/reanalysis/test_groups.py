"""Saved posteriors hold what ArviZ' functions look for."""

import warnings

import arviz as az
import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from scipy import stats
from studied import OUTCOMES

from mp_bayes.evidence.arrays import coefficients
from mp_bayes.reanalysis.groups import log_likelihood

GROUPS = {
    "posterior",
    "prior",
    "posterior_predictive",
    "log_likelihood",
    "log_prior",
    "observed_data",
    "constant_data",
}


@pytest.fixture(scope="module", params=["cells", "coefficients"])
def fitted(request, tmp_path_factory, mp_bayes):
    out = tmp_path_factory.mktemp("groups") / "fit"
    asked = ["--evidence", request.param, "--out", str(out)]
    assert mp_bayes("fit", "--engine", "laplace", *asked)[0] == 0
    return az.from_netcdf(out / "posterior.nc")


def test_the_groups_of_arviz_are_there_with_labelled_dims(fitted):
    assert set(fitted.children) >= GROUPS
    (name,) = fitted["log_likelihood"].data_vars
    own = ("borough", "year") if name == "observed_events" else ("year",)
    assert fitted["log_likelihood"][name].dims == ("chain", "draw", *own)
    assert set(fitted["log_prior"].data_vars) == {"mean_effect", "sd_effect", "sd_shock", "rho"}


def test_arviz_works_on_them_as_loaded(fitted):
    mpl.use("Agg")
    names = ["mean_effect", "sd_shock"]
    table = az.summary(fitted, var_names=names, ci_prob=0.95, ci_kind="eti")
    assert list(table.index) == names
    az.plot_forest(fitted, var_names=names)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Variables .* look discrete")  # counts are
        az.plot_ppc_dist(fitted)
    sensitivity = az.psense_summary(fitted, var_names=names)
    assert np.isfinite(sensitivity["prior"]).all()


def test_a_prior_s_draws_are_its_own(fitted):
    """Normal(0, 0.35): the SD of 320 draws is known to 4%, four errors are 16%."""
    drawn = fitted["prior"]["mean_effect"].to_numpy()
    assert drawn.std() == pytest.approx(0.35, rel=0.16)


def test_log_likelihoods_of_estimates_add_up_to_the_joint_one(mp_bayes, tmp_path):
    asked = ["--evidence", "coefficients", "--out", str(tmp_path)]
    assert mp_bayes("fit", "--engine", "laplace", *asked)[0] == 0
    tree = az.from_netcdf(tmp_path / "posterior.nc")
    data = coefficients(OUTCOMES["cin_rereferral_12m"])
    found = tree["log_likelihood"]["observed_estimate"].isel(chain=0, draw=0)
    years = found["year"]
    mean = tree["posterior"]["contrast"].isel(chain=0, draw=0).sel(year=years)
    covariance = data["covariance"].sel(year=years, year_=years.to_numpy())
    joint = stats.multivariate_normal(mean, covariance).logpdf(data["estimate"].sel(year=years))
    # 12 significant bits are kept of each term.
    assert float(found.sum()) == pytest.approx(joint, abs=5e-4 * float(np.abs(found).sum()) + 1e-6)


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
def test_log_likelihood_is_that_of_the_model(name):
    outcome = OUTCOMES[name]
    one = {"chain": [0], "draw": [0], "borough": ["Islington"], "year": ["2016-17"]}
    posterior = xr.Dataset(
        {
            "eta": (tuple(one), np.full((1, 1, 1, 1), -1.2)),
            "design_effect": (("chain", "draw"), [[1.2]]),
            "dispersion_excess": (("chain", "draw"), [[0.5]]),
            "exposure": (("chain", "draw"), [[0.8]]),
        },
        one,
    )
    cell = (("borough", "year"), [[25]]), (("borough", "year"), [[100]])
    observed = xr.Dataset({"events": cell[0], "total": cell[1]})
    found = float(log_likelihood(posterior, observed, outcome).squeeze())
    if outcome.likelihood == "binomial":
        # An intra-cell correlation of 0.2 / 99 makes the variance 1.2 times the binomial's.
        p, precision = 1 / (1 + np.exp(1.2)), 99 / 0.2 - 1
        wanted = stats.betabinom.logpmf(25, 100, p * precision, (1 - p) * precision)
    else:
        mean = 80 * np.exp(-1.2)  # variance 1.5 times the mean
        wanted = stats.nbinom.logpmf(25, mean / 0.5, 1 / 1.5)
    assert found == pytest.approx(wanted, rel=1e-9)
