"""Check the default priors against the evidence, and what is said of a bad prior file."""

import itertools
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.errors import InputError
from mp_bayes.evidence.arrays import cells, coefficients, sampling_variance
from mp_bayes.priors import BOUNDS, SHOCK_PRIORS, default_text, load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.priors.priors import YEAR_PRIORS
from mp_bayes.priors.quantiles import quantile_table
from mp_bayes.studies.read import read_study, shipped
from mp_bayes.studies.study import Outcome

BINARY = [name for name, outcome in OUTCOMES.items() if outcome.likelihood == "binomial"]
COUNTS = [name for name, outcome in OUTCOMES.items() if outcome.likelihood == "nb1"]
MOVES = get_outcome("cla_placement_moves")
REREFERRAL = get_outcome("cin_rereferral_12m")
Z = np.linspace(-6.0, 6.0, 25)


@pytest.mark.parametrize("shock", SHOCK_PRIORS)
@pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_every_parameter_has_a_default_within_its_bounds(outcome: Outcome, shock: str) -> None:
    chosen = load_priors(STUDY).select(outcome, shock=shock)
    assert list(chosen) == list(BOUNDS)
    for parameter, prior in chosen.items():
        low, high = BOUNDS[parameter]
        quantiles = prior.quantile(Z)
        assert np.isfinite(quantiles).all()
        assert (quantiles >= low).all()
        assert (quantiles <= high).all()
        assert (np.diff(quantiles) >= 0).all()


def test_every_default_has_a_reason() -> None:
    own, built_in = load_priors(STUDY).layers
    # rho means nothing without shocks; every other default says why.
    silent = {key for layer in (own, built_in) for key, prior in layer.items() if not prior.reason}
    assert silent == {("default", "none", "rho")}


def test_the_three_shock_priors_stand_for_what_they_are_named_after() -> None:
    for outcome in OUTCOMES.values():
        chosen = {name: load_priors(STUDY).select(outcome, shock=name) for name in SHOCK_PRIORS}
        assert chosen["none"]["sd_shock"].value == 0
        assert chosen["none"]["sd_pre_trend"].value > 0
        for name in ("within-study", "national"):
            assert chosen[name]["sd_pre_trend"].value == 0
        assert str(chosen["within-study"]["sd_shock"]) == "HalfNormal(sigma 0.2)"
        assert str(chosen["within-study"]["rho"]) == "Uniform(lower 0, upper 1)"


def test_an_unknown_shock_prior_is_refused_with_the_known_ones_listed() -> None:
    with pytest.raises(InputError, match=r"'nationwide'.*none, within-study, national"):
        load_priors(STUDY).select(MOVES, shock="nationwide")


def test_users_outcome_goes_before_users_default_before_built_in_outcome(mine: Any) -> None:
    built_in = load_priors(STUDY)
    # Built-in outcome before built-in default.
    assert built_in.select(MOVES, shock="national")["level_mean"].value == -0.5
    assert built_in.select(REREFERRAL, shock="national")["level_mean"].value == -1.5

    general = load_priors(STUDY, mine("[default]\nlevel_mean = -1.0\n"))
    assert general.select(MOVES, shock="national")["level_mean"].value == -1.0

    both = load_priors(
        STUDY, mine("[default]\nlevel_mean = -1.0\n[cla_placement_moves]\nlevel_mean=-3")
    )
    assert both.select(MOVES, shock="national")["level_mean"].value == -3
    assert both.select(REREFERRAL, shock="national")["level_mean"].value == -1
    # What the file does not name stays as it was.
    assert (
        both.select(MOVES, shock="national")["half_life"]
        == built_in.select(MOVES, shock="national")["half_life"]
    )


def test_precedence_holds_within_a_shock_prior(mine: Any) -> None:
    path = mine("[default.shock.national]\nsd_shock = 0.25\n")
    priors = load_priors(STUDY, path)
    assert priors.select(MOVES, shock="national")["sd_shock"].value == 0.25
    assert priors.select(MOVES, shock="within-study")["sd_shock"].sigma == 0.2
    built_in = load_priors(STUDY).select(MOVES, shock="national")["rho"]
    assert priors.select(MOVES, shock="national")["rho"] == built_in
    text = "[default.shock.national]\nsd_shock=0.25\n[cla_placement_moves.shock.national]\n"
    priors = load_priors(STUDY, mine(text + "sd_shock = 0.05\n"))
    assert priors.select(MOVES, shock="national")["sd_shock"].value == 0.05
    assert priors.select(REREFERRAL, shock="national")["sd_shock"].value == 0.25


def test_the_default_text_reads_back_to_the_same_priors(mine: Any) -> None:
    user, _, built_in = load_priors(STUDY, mine(default_text())).layers
    assert user == built_in


@pytest.mark.parametrize("name", shipped())
def test_the_printed_priors_read_back_to_the_same(
    mine: Any, mp_bayes: Callable[..., Any], name: str
) -> None:
    status, printed, _ = mp_bayes("priors", "--study", name)
    assert status == 0
    study = read_study(name)
    used, again = load_priors(study), load_priors(study, mine(printed))
    for outcome in study.outcomes.values():
        for shock, years in itertools.product(SHOCK_PRIORS, YEAR_PRIORS):
            chosen = {"shock": shock, "years": years}
            assert again.select(outcome, **chosen) == used.select(outcome, **chosen)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[cla_placement_moves]\nlevel_mean = -1.0\n",
        "[default]\nlevel_mean = -1.0\n",
        "[default.shock.national]\nsd_shock = 0.25\n",
    ],
    ids=["no file", "an outcome", "the default", "the default shock"],
)
def test_the_priors_as_used_read_back_to_the_same(mine: Any, text: str) -> None:
    used = load_priors(STUDY, mine(text))
    again = load_priors(STUDY, mine(used.text(OUTCOMES.values())))
    for outcome in OUTCOMES.values():
        for shock in SHOCK_PRIORS:
            assert again.select(outcome, shock=shock) == used.select(outcome, shock=shock)


def ratios(name: str) -> Any:
    """Return each interaction's published variance over that of independent events."""
    outcome = get_outcome(name)
    data = coefficients(outcome)
    variance = sampling_variance(outcome, cells(outcome)).sum("borough")
    independent = variance + variance.sel(year=outcome.setting.reference_year)
    ratio = (data["se"] ** 2 / independent).to_series()
    return ratio[[y for y in outcome.years if y != outcome.setting.reference_year]]


def printed_range(reason: str) -> tuple[float, float]:
    low, high = re.findall(r"(\d\.\d\d)-(\d\.\d\d)", reason)[0]
    return float(low), float(high)


@pytest.mark.parametrize("name", BINARY)
def test_design_effects_are_those_of_the_published_standard_errors(name: str) -> None:
    prior = load_priors(STUDY).select(get_outcome(name), shock="national")["design_effect"]
    assert prior.value == round(coefficients(get_outcome(name)).attrs["scaling"], 2)
    low, high = printed_range(prior.reason)
    assert (low, high) == (round(ratios(name).min(), 2), round(ratios(name).max(), 2))


@pytest.mark.parametrize("name", COUNTS)
def test_dispersions_are_centred_within_the_range_of_the_published_standard_errors(
    name: str,
) -> None:
    prior = load_priors(STUDY).select(get_outcome(name), shock="national")["dispersion_excess"]
    low, high = printed_range(prior.reason)
    # METHODS 1 prints the range to two decimals; one unit of the last digit for its rounding.
    assert ratios(name).min() == pytest.approx(low, abs=0.01)
    assert ratios(name).max() == pytest.approx(high, abs=0.01)
    assert low < 1 + prior.median < high
    # The centre is near the median ratio, in units of the prior's own width.
    centre = coefficients(get_outcome(name)).attrs["scaling"] - 1
    assert abs(np.log(prior.median / centre)) < 0.5 * prior.sigma


def test_half_life_is_between_a_quarter_and_four_years_with_ninety_percent() -> None:
    prior = load_priors(STUDY).select(MOVES, shock="national")["half_life"]
    found = prior.quantile(stats.norm.ppf([0.05, 0.5, 0.95]))
    np.testing.assert_allclose(found, [0.25, 1.0, 4.0], rtol=1e-3)


@pytest.mark.parametrize("number", [0.2, 1, np.float32(0.5)])
def test_a_plain_number_is_a_fixed_prior(number: Any) -> None:
    fixed = Fixed(value=float(number))
    assert (quantile_table([number]) == quantile_table([fixed])).all()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ distribution = "Normal", mu = 0.3, sigma = 2.0 }', stats.norm(0.3, 2.0)),
        ('{ distribution = "StudentT", nu = 4, mu = 1, sigma = 0.5 }', stats.t(4, 1, 0.5)),
        ('{ distribution = "HalfNormal", sigma = 0.2 }', stats.halfnorm(scale=0.2)),
        ('{ distribution = "LogNormal", median = 2, sigma = 0.5 }', stats.lognorm(0.5, scale=2)),
        ('{ distribution = "Beta", alpha = 13, beta = 8 }', stats.beta(13, 8)),
        ('{ distribution = "Uniform", lower = -1, upper = 3 }', stats.uniform(-1, 4)),
    ],
    ids=["Normal", "StudentT", "HalfNormal", "LogNormal", "Beta", "Uniform"],
)
def test_quantiles_are_those_of_scipy(mine: Any, text: str, expected: Any) -> None:
    priors = load_priors(STUDY, mine(f"[default]\nmean_effect = {text}\n"))
    prior = priors.select(REREFERRAL, shock="none")["mean_effect"]
    # Round trip through the cumulative probability, from each tail, to double precision there.
    lower, upper = prior.quantile(Z[Z <= 0]), prior.quantile(Z[Z >= 0])
    np.testing.assert_allclose(expected.cdf(lower), stats.norm.cdf(Z[Z <= 0]), rtol=1e-6)
    np.testing.assert_allclose(expected.sf(upper), stats.norm.sf(Z[Z >= 0]), rtol=1e-6)
    assert prior.support == pytest.approx(expected.support())


def test_a_number_is_held_fixed_whatever_z() -> None:
    assert (Fixed(value=0.7).quantile(Z) == 0.7).all()


def test_a_number_may_carry_a_reason(mine: Any) -> None:
    priors = load_priors(STUDY, mine('[default]\ndelay = { value = 0.5, reason = "training" }\n'))
    prior = priors.select(MOVES, shock="none")["delay"]
    assert (prior.value, prior.reason) == (0.5, "training")
