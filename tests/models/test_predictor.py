"""Check the shared predictor: priors by their quantiles, designs, and shocks by their density."""

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import Mode
from scipy import stats
from studied import CLA, OUTCOMES, STUDY, get_outcome

from mp_bayes.embedding import dose, exponential
from mp_bayes.embedding.doses import lay_out
from mp_bayes.models import predictor
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.priors.quantiles import Z_LIMIT
from mp_bayes.studies.study import EFFECTS

# Quick to compile; these graphs are evaluated a few hundred times at most.
PLAIN = Mode(linker="py", optimizer=None)
EXACT = 1e-9


def evaluate(model: pm.Model, variables: list[Any]) -> Any:
    """Compile variables of a model as a function of its free variables by name."""
    return model.compile_fn(
        model.replace_rvs_by_values(variables), mode=PLAIN, on_unused_input="ignore"
    )


def defaults() -> dict[str, Any]:
    """Return every different default prior by what it is."""
    chosen = {}
    for outcome in OUTCOMES.values():
        for shock in SHOCK_PRIORS:
            for parameter, prior in load_priors(STUDY).select(outcome, shock=shock).items():
                chosen[f"{parameter} {prior}"] = prior
    return chosen


def test_interpolated_quantiles_are_within_a_ten_thousandth_of_a_prior_sd() -> None:
    priors = defaults()
    with pm.Model() as model:
        values = predictor.scalar_parameters(priors, list(priors))
    function = evaluate(model, list(values.values()))
    # Between the table's nodes, where interpolation errs most, out to 1 in 10^9.
    grid = np.arange(-6.0, 6.0, 0.0625) + 0.013
    found = np.array([function({"z": np.full(len(priors), z)}) for z in grid]).T
    for row, (name, prior) in zip(found, priors.items(), strict=True):
        exact = prior.quantile(grid)
        sd = 1.0 if isinstance(prior, Fixed) else prior.frozen().std()
        # Out in the tails of a LogNormal the quantile itself is many SDs, so relative there.
        limit = 1e-4 * np.maximum(sd, np.abs(exact))
        assert (np.abs(row - exact) <= limit).all(), name
        if isinstance(prior, Fixed):
            assert (row == prior.value).all()


def test_parameters_beyond_the_table_stay_at_its_ends() -> None:
    prior = load_priors(STUDY).select(get_outcome("cla_placement_moves"), shock="none")["half_life"]
    with pm.Model() as model:
        values = predictor.scalar_parameters({"half_life": prior}, ["half_life"])
    function = evaluate(model, list(values.values()))
    for z in (-9.0, 9.0):
        (found,) = function({"z": np.array([z])})
        end = prior.quantile(np.array([np.sign(z) * Z_LIMIT]))[0]
        assert found == pytest.approx(end, rel=1e-6)


# --- Designs -------------------------------------------------------------------------------------


# --- Effects -------------------------------------------------------------------------------------

PARAMETERS = {
    "mean_effect": -0.4,
    "comparison_effect": 0.3,
    "sd_effect": 0.2,
    "half_life": 0.7,
    "delay": 0.0,
    "sd_pre_trend": 5.0,
    "level_mean": -1.0,
    "sd_borough": 0.5,
    "sd_year": 0.1,
}


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects_are_the_full_effect_times_the_dose_and_scatter_only_if_yearly(effect: str) -> None:
    outcome, timing = get_outcome("cla_placement_moves"), CLA.timings["both"]
    design = lay_out(outcome, effect=effect, timing=timing)
    coords = {"borough": list(CLA.boroughs), "year": list(CLA.years)}
    with pm.Model(coords=coords) as model:
        known = predictor.declare(design)
        constants = {name: pt.constant(value) for name, value in PARAMETERS.items()}
        found = predictor.programme_effect(known, constants)
        trends = predictor.pre_trends(known, constants)
    z = np.array([0.5, -1.0, 2.0, 1.5])
    found, amount, trends = evaluate(model, [found, model["dose"], trends])(
        {"z_effect": z, "z_pre_trend": z}
    )
    curve = {
        "yearly": None,
        "constant": lambda e: 1.0 * (e >= 0),
        "embedding": lambda e: exponential(e, half_life=0.7),
    }[effect]
    if curve is None:
        # sd_effect is 0.2; five of the first year's twelve months lie before January 2016.
        expected = [7 / 12 * (-0.4 + 0.1), -0.4 - 0.2, -0.4 + 0.4, -0.4 + 0.3]
        np.testing.assert_allclose(found[0], expected, atol=EXACT)
        np.testing.assert_allclose(found[1], 0.0, atol=EXACT)
        np.testing.assert_allclose(trends, 0.0, atol=EXACT)
        return
    for row, full, onset in ((0, -0.4, 2016.0), (1, 0.3, 2017.0)):
        expected = dose(curve, CLA.bin_starts, onset=onset, window=0.0)
        np.testing.assert_allclose(amount[row], expected, atol=EXACT)
        np.testing.assert_allclose(found[row], full * expected, atol=EXACT)
    np.testing.assert_allclose(trends, 0.0, atol=EXACT)


def test_the_reference_year_has_no_year_effect() -> None:
    outcome = get_outcome("cla_placement_moves")
    design = lay_out(outcome, effect="constant")
    with pm.Model(coords={"borough": list(CLA.boroughs), "year": list(CLA.years)}) as model:
        known = predictor.declare(design)
        constants = {name: pt.constant(value) for name, value in PARAMETERS.items()}
        both = predictor.levels_and_years(known, constants)
    (found,) = evaluate(model, [both])(
        {"z_level": np.array([1.0, -2.0]), "z_year": np.array([1.0, 2.0, 3.0, -4.0])}
    )
    levels, years = np.array([-0.5, -2.0]), np.array([0.1, 0.0, 0.3, -0.4])
    np.testing.assert_allclose(found, levels[:, None] + years, atol=EXACT)


# --- Shocks --------------------------------------------------------------------------------------

BOROUGHS, YEARS = 2, 4
SHAPE = (BOROUGHS, YEARS)
RNG = np.random.default_rng(11)
ESTIMATE = RNG.normal(-1.0, 0.4, SHAPE)
REST = RNG.normal(-1.2, 0.3, SHAPE)
# From a year without data to a cell of thousands of referrals.
PRECISIONS = {
    "none": np.zeros(SHAPE),
    "even": np.full(SHAPE, 150.0),
    "uneven": np.array([[0.0, 3.0, 240.0, 2000.0], [60.0, 0.0, 0.0, 900.0]]),
}


@pytest.fixture(scope="module")
def shock_model() -> Any:
    """Return a function from (z, sd_shock, rho, precision, estimate, rest) to (logp, shock)."""
    coords = {"borough": ["Islington", "Southend"], "year": ["a", "b", "c", "d"]}
    with pm.Model(coords=coords) as model:
        sd, rho = pm.Data("sd", 0.3), pm.Data("correlation", 0.5)
        known = {name: pm.Data(name, np.zeros(SHAPE)) for name in ("rest", "estimate", "precision")}
        shock = predictor.shocks(sd, rho, **known)
    function = evaluate(model, [model.logp(), shock])

    def at(z: Any, sd: float, rho: float, precision: Any, estimate: Any, rest: Any) -> Any:
        model.set_data("sd", sd)
        model.set_data("correlation", rho)
        model.set_data("rest", rest)
        model.set_data("estimate", estimate)
        model.set_data("precision", precision)
        logp, shock = function({"z_shock": z})
        return float(logp), np.asarray(shock)

    return at


def slopes(at: Any, *rest: Any) -> Any:
    """Return d shock / d z, dims (cell, cell): shocks are affine in z, so differences are exact."""
    zero = at(np.zeros(SHAPE), *rest)[1].ravel()
    units = np.eye(BOROUGHS * YEARS)
    return np.stack([at(z.reshape(SHAPE), *rest)[1].ravel() - zero for z in units], axis=1)


def ar1_covariance(sd: float, rho: float) -> Any:
    lag = np.abs(np.subtract.outer(np.arange(YEARS), np.arange(YEARS)))
    return np.kron(np.eye(BOROUGHS), sd**2 * rho**lag)


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=PRECISIONS)
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.64, 0.95])
@pytest.mark.parametrize("sd", [0.01, 0.1, 0.3, 1.2])
def test_shocks_have_the_stationary_ar1_density_whatever_steers_the_sampler(
    shock_model: Any, sd: float, rho: float, precision: Any
) -> None:
    setting = (sd, rho, precision, ESTIMATE, REST)
    _, log_jacobian = np.linalg.slogdet(slopes(shock_model, *setting))
    # What `shocks` clips rho to.
    kept = np.clip(rho, predictor.RHO_MARGIN, 1 - predictor.RHO_MARGIN)
    exact = stats.multivariate_normal(np.zeros(BOROUGHS * YEARS), ar1_covariance(sd, kept))
    for z in np.random.default_rng(3).normal(size=(4, *SHAPE)):
        logp, shock = shock_model(z, *setting)
        expected = exact.logpdf(shock.ravel())
        # Rounding only, relative to densities of up to some thousands.
        assert logp - log_jacobian == pytest.approx(expected, rel=1e-8, abs=1e-7)


@pytest.mark.parametrize("rho", [0.0, 0.5, 1.0])
def test_shocks_without_cells_have_the_ar1_covariance(shock_model: Any, rho: float) -> None:
    slope = slopes(shock_model, 0.3, rho, PRECISIONS["none"], ESTIMATE, REST)
    # Z is standard normal there, so the covariance is the slopes' product; at 0 and 1 rho is held
    # a millionth away.
    np.testing.assert_allclose(slope @ slope.T, ar1_covariance(0.3, rho), atol=1e-6)


@pytest.mark.parametrize("precision", PRECISIONS.values(), ids=PRECISIONS)
def test_shocks_of_sd_zero_are_zero_and_leave_the_density_alone(
    shock_model: Any, precision: Any
) -> None:
    z = np.random.default_rng(5).normal(size=SHAPE)
    logp, shock = shock_model(z, 0.0, 0.6, precision, ESTIMATE, REST)
    assert (shock == 0).all()
    assert logp == pytest.approx(stats.norm.logpdf(z).sum(), abs=1e-9)


@pytest.mark.parametrize(("sd", "rho"), [(0.3, 0.6), (0.05, 0.2), (0.6, 0.9)])
def test_the_density_of_what_is_sampled_integrates_to_one(
    shock_model: Any, sd: float, rho: float
) -> None:
    setting = (sd, rho, PRECISIONS["uneven"], ESTIMATE, REST)
    slope = slopes(shock_model, *setting)
    origin = shock_model(np.zeros(SHAPE), *setting)[1].ravel()
    # Log density is quadratic in z: minus half the shock's Mahalanobis distance, plus a constant.
    # So its integral is known once the constant is, from the density at the mode.
    inverse = np.linalg.inv(ar1_covariance(sd, rho))
    curvature = slope.T @ inverse @ slope
    mode = -np.linalg.solve(curvature, slope.T @ inverse @ origin)
    peak, _ = shock_model(mode.reshape(SHAPE), *setting)
    log_integral = peak + 0.5 * mode.size * np.log(2 * np.pi)
    log_integral -= 0.5 * np.linalg.slogdet(curvature)[1]
    assert log_integral == pytest.approx(0.0, abs=1e-7)
    # And it is that quadratic: half a unit of curvature away, it has fallen by as much.
    step = np.random.default_rng(8).normal(size=mode.size)
    away, _ = shock_model((mode + step).reshape(SHAPE), *setting)
    assert peak - away == pytest.approx(0.5 * step @ curvature @ step, rel=1e-7)


def test_steering_moves_shocks_towards_what_the_cells_leave_over(shock_model: Any) -> None:
    # At z = 0 a cell of infinite precision takes all that is left over, one of none nothing.
    precision = np.where(np.arange(YEARS) % 2, 1e9, 0.0) * np.ones((BOROUGHS, 1))
    _, shock = shock_model(np.zeros(SHAPE), 0.3, 0.4, precision, ESTIMATE, REST)
    np.testing.assert_allclose(shock[:, 1::2], (ESTIMATE - REST)[:, 1::2], rtol=1e-6)
    assert (shock[:, ::2] == 0).all()
