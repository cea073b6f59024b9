"""Mixtures against their own simulation, and effects against draws of the latent Gaussian."""

import numpy as np
import pytest
from dense import dense
from scipy.special import expit
from studied import STUDY

from mp_bayes.inference.laplace.latent import condition
from mp_bayes.inference.laplace.mixture import Mixture
from mp_bayes.inference.laplace.nested import Grid
from mp_bayes.inference.laplace.quantities import Treated, change, full_effect, linear
from mp_bayes.inference.laplace.structure import structure
from mp_bayes.simulate.draw import baseline_priors
from mp_bayes.simulate.scenario import from_study

DRAWS = 400_000
PROBABILITIES = (0.005, 0.025, 0.3, 0.5, 0.975, 0.995)


@pytest.fixture(scope="module")
def mixture() -> Mixture:
    rng = np.random.default_rng(4)
    shape = (3, 6, 2)
    b = rng.uniform(0.2, 0.8, shape)
    weight = rng.uniform(0.1, 1.0, shape)
    # The turning point is beyond five SDs: nothing of the simulation lies on the other branch.
    return Mixture(
        a=rng.normal(-1, 1, shape),
        b=b,
        c=rng.uniform(-0.1, 0.1, shape) * b,
        weight=weight / weight.sum((1, 2), keepdims=True),
    )


def simulated(mixture: Mixture) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    every = []
    parts = (mixture.a, mixture.b, mixture.c, mixture.weight)
    for a, b, c, weight in zip(*(part.reshape(len(part), -1) for part in parts), strict=True):
        point = rng.choice(weight.size, size=DRAWS, p=weight)
        x = rng.standard_normal(DRAWS)
        every.append(a[point] + b[point] * x + c[point] * x**2)
    return every


def test_moments_are_the_simulations(mixture):
    mean, sd = mixture.moments()
    for place, x in enumerate(simulated(mixture)):
        # Four Monte Carlo SEs.
        assert abs(mean[place] - x.mean()) < 4 * x.std() / np.sqrt(DRAWS)
        assert abs(sd[place] / x.std() - 1) < 4 / np.sqrt(DRAWS)


@pytest.mark.parametrize("value", [-2.0, -1.0, 0.0, 0.7])
def test_probabilities_are_the_simulations(mixture, value):
    below = mixture.probability_below(value)
    for place, x in enumerate(simulated(mixture)):
        assert abs(below[place] - (x < value).mean()) < 4 * 0.5 / np.sqrt(DRAWS)


@pytest.mark.parametrize("probability", PROBABILITIES)
def test_quantiles_are_the_simulations_and_invert_the_probabilities(mixture, probability):
    quantile = mixture.quantile(probability)
    error = np.sqrt(probability * (1 - probability) / DRAWS)
    for place, x in enumerate(simulated(mixture)):
        assert abs((x < quantile[place]).mean() - probability) < 4 * error
        one = Mixture(*(getattr(mixture, name)[[place]] for name in ("a", "b", "c", "weight")))
        # The search ends within 1e-5 SDs.
        assert one.probability_below(quantile[place]).item() == pytest.approx(probability, abs=1e-5)


def test_a_negative_factor_turns_a_quantity_round(mixture):
    turned = mixture.scaled(-2.0)
    mean, sd = mixture.moments()
    assert turned.moments()[0] == pytest.approx(-2 * mean)
    assert turned.moments()[1] == pytest.approx(2 * sd)
    assert turned.quantile(0.975) == pytest.approx(-2 * mixture.quantile(0.025), abs=1e-3)
    assert turned.probability_below(0.0) == pytest.approx(1 - mixture.probability_below(0.0))


def test_moments_of_the_exponential(mixture):
    straight = Mixture(mixture.a, mixture.b, np.zeros_like(mixture.c), mixture.weight)
    mean, sd = straight.exponential_moments()
    for place, x in enumerate(simulated(straight)):
        ratio = np.exp(x)
        # The SD of a long tail converges more slowly.
        assert abs(mean[place] - ratio.mean()) < 4 * ratio.std() / np.sqrt(DRAWS)
        assert sd[place] == pytest.approx(ratio.std(), rel=0.03)


def test_far_apart_components_have_a_quantile_between_them():
    two = Mixture(
        *(np.array([[row]]) for row in ([-50.0, 50.0], [0.1, 0.1], [0.0, 0.0], [0.5, 0.5]))
    )
    assert two.quantile(0.25).item() == pytest.approx(-50.0, abs=0.01)
    assert two.quantile(0.75).item() == pytest.approx(50.0, abs=0.01)
    assert two.probability_below(0.0).item() == pytest.approx(0.5)


@pytest.fixture(
    params=[
        (outcome, variance)
        # The predictors' sampling variance with about 100 and 10 events in a cell.
        for outcome in ("cin_rereferral_12m", "cla_placement_moves")
        for variance in (0.01, 0.1)
    ]
)
def one_point(request, priors):
    """Return a grid of one point, and draws of its cells and coefficients written out in full."""
    outcome, sampling_variance = request.param
    scenario = from_study(STUDY, outcome, treated_boroughs=2, comparison_boroughs=2, stagger=1.0)
    chosen = baseline_priors(priors.select(scenario.synthetic, shock="within-study"), scenario)
    built = structure(scenario.synthetic, chosen, effect="embedding")
    z = np.zeros((len(built.free), 1))
    prior = built.prior(z)
    rng = np.random.default_rng(8)
    estimate = scenario.link_baseline + rng.normal(0, 0.2, (4, 6, 1))
    variance = np.full((4, 6, 1), sampling_variance)
    posterior = condition(prior, estimate, variance)
    grid = Grid(z[:, :, None], np.ones((1, 1)), posterior, prior, np.zeros(1))
    mean, covariance, _ = dense(prior, estimate, variance, 0)
    draws = rng.multivariate_normal(mean, covariance, DRAWS // 4, method="cholesky")
    weight = rng.uniform(0.5, 1.5, (2, 6, 1)) * scenario.synthetic.setting.treated_post[:, :, None]
    weight /= weight.sum()
    eta, coefficients = draws[:, :12].reshape(-1, 2, 6), draws[:, 24:]
    design = prior.design[:2, :, 0, 0]
    delta = coefficients[:, built.free_years.size]
    inverse = expit if scenario.binary else np.exp
    return Treated.of(built, grid), weight, eta, delta[:, None, None] * design, delta, inverse


def assert_like(mixture: Mixture, draws, *, points: float) -> None:
    mean, sd = mixture.moments()
    # Monte Carlo errors of 100,000 draws (0.003 SDs in a mean) and a quadratic's own.
    assert abs(mean.item() - draws.mean()) < 0.02 * draws.std()
    assert sd.item() == pytest.approx(draws.std(), rel=0.02)
    for probability in (0.025, 0.975):
        limit = mixture.quantile(probability).item()
        assert (draws < limit).mean() == pytest.approx(probability, abs=points)


def test_effects_on_the_link_scale_are_those_of_the_draws(one_point):
    treated, weight, _, effect, delta, _ = one_point
    average = (weight[..., 0] * effect).sum((1, 2))
    # The share beyond a 2.5% limit has a Monte Carlo SE of 0.0005.
    assert_like(linear(treated, weight), average, points=0.002)
    assert_like(full_effect(treated), delta, points=0.002)


def test_changes_of_the_outcome_are_those_of_the_draws(one_point):
    treated, weight, eta, effect, delta, inverse = one_point
    flat = weight[..., 0]
    without = inverse(eta - effect)
    so_far = (flat * (inverse(eta) - without)).sum((1, 2))
    at_full = (flat * (inverse(eta - effect + delta[:, None, None]) - without)).sum((1, 2))
    # A limit of 10 events in a cell may be 0.05 SDs off, which moves 0.003 across it.
    assert_like(change(treated, weight, full=False), so_far, points=0.004)
    assert_like(change(treated, weight, full=True), at_full, points=0.004)
