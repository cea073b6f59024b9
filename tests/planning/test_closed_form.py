"""The closed form: against generalised least squares written out, and against simulation."""

import numpy as np
import pytest
from scenarios import rereferral
from scipy.stats import norm
from studied import STUDY

from mp_bayes.errors import InputError
from mp_bayes.inference.laplace import structure
from mp_bayes.planning.classes import classes
from mp_bayes.planning.closed_form import looks, paths
from mp_bayes.planning.worth import LIMIT, assured, caution, over_years, worth
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed, HalfNormal, Normal
from mp_bayes.simulate.draw import doses, synthesise
from mp_bayes.simulate.methods import FLAT, Method, answers
from mp_bayes.simulate.scenario import changed, from_study

PRIORS = load_priors(STUDY)
OWN = Method("national", "embedding")


def known(scenario, **others):
    """Return priors that know everything but the effect."""
    chosen = Method("national", "embedding").priors(PRIORS, scenario)
    return chosen | {
        "sd_shock": Fixed(value=scenario.sd_shock),
        "rho": Fixed(value=scenario.rho),
        "half_life": Fixed(value=scenario.half_life),
        "dispersion_excess": Fixed(value=scenario.dispersion - 1),
        "mean_effect": Normal(distribution="Normal", mu=0.0, sigma=1000.0),
        **others,
    }


def least_squares(scenario, sd_year):
    """Work the estimate of the effect out from one dense covariance of all borough-years.

    Return what it makes of an effect of 1, its SD, and the posterior SD that the analysis gives it.
    """
    dose = doses(scenario, scenario.half_life)
    assumed = doses(changed(scenario, contamination=0.0), scenario.half_life)
    boroughs, years = dose.shape
    if scenario.binary:
        p = scenario.baseline
        sampling = scenario.design_effect / (scenario.cell_size * p * (1 - p))
    else:
        sampling = scenario.dispersion / (
            scenario.cell_size * scenario.exposure * scenario.baseline
        )
    lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    one = scenario.sd_shock**2 * scenario.rho**lag + sampling * np.eye(years)
    covariance = np.kron(np.eye(boroughs), one)
    levels = np.kron(np.eye(boroughs), np.ones((years, 1)))
    common = np.kron(np.ones((boroughs, 1)), np.eye(years)[:, 1:])
    design = np.column_stack([assumed.ravel(), common, levels])
    prior = np.diag([0.0, *[sd_year**-2] * (years - 1), *[0.0] * boroughs])
    back = np.linalg.inv(design.T @ np.linalg.solve(covariance, design) + prior)
    weights = np.linalg.solve(covariance, design @ back[0])
    truth = covariance + scenario.sd_year**2 * common @ common.T
    return weights @ dose.ravel(), (weights @ truth @ weights) ** 0.5, back[0, 0] ** 0.5


KINDS = {
    "one with one": rereferral(sd_shock=0.1),
    "staggered": rereferral(treated_boroughs=6, comparison_boroughs=3, stagger=1.0, wave=3),
    "stepped wedge": rereferral(
        treated_boroughs=6, comparison_boroughs=0, stagger=1.0, wave=2, post_years=4
    ),
    "contaminated": rereferral(treated_boroughs=3, comparison_boroughs=4, contamination=0.3),
    "counts": from_study(STUDY, "cla_placement_moves", treated_boroughs=4, comparison_boroughs=9),
}


@pytest.mark.parametrize("sd_year", [0.1, 0.5, 2.5])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_known_is_least_squares(kind, sd_year):
    # No effect: all cells have one sampling variance, and the rest is exact.
    scenario = changed(KINDS[kind], half_life=1.0)
    chosen = known(scenario, sd_year=Fixed(value=sd_year))
    found = paths(scenario, chosen, structure="embedding", effect=0.0)
    [path] = found.values()
    made, sd, own_sd = least_squares(scenario, sd_year)
    for effect in (0.0, sd, 3 * sd):
        power, error = path.claims(LIMIT, effect, side=1)
        expected = norm.cdf((made * effect - LIMIT * own_sd) / sd)
        # The score is a straight line, and by what the estimate is off the best one draws are
        # spread evenly: within a quantile they lie anywhere. 2e-4: the tabulated distribution
        # function makes 1e-4 of a score.
        assert power == pytest.approx(expected, abs=2e-4 + 4 * error)
        assert error < 2e-3
    # What the comparison got too is not seen.
    seen = sd * made * path.true_average
    assert path.mean(sd)[0] == pytest.approx(seen, rel=2e-3)
    inside = np.diff(norm.cdf(np.array([-LIMIT, LIMIT]) * own_sd / sd))[0]
    covered, error = path.coverage(0.0)
    assert covered == pytest.approx(inside, abs=2e-4 + 4 * error)


@pytest.mark.parametrize(("sd_year", "true_sd_year"), [(2.5, 0.1), (0.3, 0.3), (0.05, 0.5)])
def test_an_unknown_shock_sd_is_averaged_over(sd_year, true_sd_year):
    """Against posteriors of drawn data on a fine grid, each from dense covariances."""
    scenario = rereferral(
        treated_boroughs=3,
        comparison_boroughs=1,
        cell_size=1e7,
        half_life=1.0,
        sd_year=true_sd_year,
    )
    prior = Normal(distribution="Normal", mu=0.0, sigma=2.5)
    own = OWN.priors(PRIORS, scenario)["sd_shock"]
    chosen = known(scenario, mean_effect=prior, sd_shock=own, sd_year=Fixed(value=sd_year))
    dose = doses(scenario, 1.0)
    boroughs, years = dose.shape
    lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    shock = np.kron(np.eye(boroughs), scenario.rho**lag)
    levels = np.kron(np.eye(boroughs), np.ones((years, 1)))
    common = np.kron(np.ones((boroughs, 1)), np.eye(years)[:, 1:])
    # Contrasts that levels cancel in.
    contrasts = np.linalg.qr(levels, mode="complete")[0][:, boroughs:]
    sampling = 1e-7 / (scenario.baseline * (1 - scenario.baseline))
    effect, count = -0.8, 3000
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((count, shock.shape[0])) @ np.linalg.cholesky(shock).T
    year = rng.standard_normal((count, years - 1)) @ common.T
    data = effect * dose.ravel() + scenario.sd_shock * noise + true_sd_year * year
    data, along = data @ contrasts, dose.ravel() @ contrasts
    z = np.linspace(-4, 4, 41)
    log, below = [], []
    for sd, node in zip(own.quantile(z), z, strict=True):
        whole = sd**2 * shock + sd_year**2 * common @ common.T + sampling * np.eye(len(shock))
        covariance = contrasts.T @ whole @ contrasts
        inverse = np.linalg.inv(covariance)
        precision = along @ inverse @ along + prior.sigma**-2
        linear = data @ inverse @ along
        squares = ((data @ inverse) * data).sum(1)
        determinant = np.linalg.slogdet(covariance)[1]
        log.append(-0.5 * (node**2 + determinant + squares - linear**2 / precision))
        log[-1] -= 0.5 * np.log(precision)
        below.append(norm.cdf(-linear / np.sqrt(precision)))
    weight = np.exp(np.array(log) - np.max(log, axis=0))
    claims = ((weight * np.array(below)).sum(0) / weight.sum(0) > 0.975).mean()
    found = paths(scenario, chosen, structure="embedding", effect=effect)
    [path] = found.values()
    power, error = path.claims(LIMIT, effect, side=-1)
    # Half a point is what nodes and interpolation may make; the rest is Monte Carlo error.
    tolerance = 0.005 + 4 * (error**2 + claims * (1 - claims) / count) ** 0.5
    assert power == pytest.approx(claims, abs=tolerance)
    assert 0.1 < claims < 0.9


@pytest.mark.parametrize(
    "fields", [{}, {"comparison_boroughs": 4}, {"sd_year": 1.0}], ids=["few", "more", "years"]
)
def test_spreading_draws_evenly_changes_no_mean(fields):
    scenario = rereferral(**{"treated_boroughs": 4, "comparison_boroughs": 1, **fields})
    priors = Method("national", "embedding", FLAT).priors(PRIORS, scenario)
    effect, count = -0.8, 6000
    scores = looks(
        scenario,
        priors,
        structure="embedding",
        effects=np.full(count, effect),
        post_years=[scenario.post_years],
    )
    share = (scores < -LIMIT).mean()
    [path] = paths(scenario, priors, structure="embedding", effect=effect).values()
    power, error = path.claims(LIMIT, effect, side=-1)
    # Half of the draws of the looks are the others' mirror images: as few as independent ones.
    tolerance = 4 * (error**2 + share * (1 - share) / (count / 2)) ** 0.5
    assert power == pytest.approx(share, abs=tolerance)


def test_a_prior_of_years_that_is_no_number_is_told():
    scenario = rereferral(treated_boroughs=3, comparison_boroughs=4, effect=-8.0)
    wide = {"sd_year": HalfNormal(distribution="HalfNormal", sigma=0.5)}
    said = caution(scenario, OWN.priors(PRIORS, scenario) | wide)
    assert "sd_year is no number" in said
    found = paths(scenario, known(scenario, **wide), structure="embedding", effect=0.0)
    assert len(found) == 1


def test_a_prior_draws_the_estimate_by_its_weight():
    scenario = rereferral(treated_boroughs=3, comparison_boroughs=4, half_life=1.0)
    prior = Normal(distribution="Normal", mu=0.0, sigma=0.2)
    years = Fixed(value=scenario.sd_year)
    chosen = known(scenario, mean_effect=prior, sd_year=years)
    [path] = paths(scenario, chosen, structure="embedding", effect=0.0).values()
    _, sd, _ = least_squares(scenario, scenario.sd_year)
    kept = 0.2**2 / (0.2**2 + sd**2)
    assert path.mean(-0.3)[0] == pytest.approx(-0.3 * kept * path.true_average, rel=1e-3)
    # A claim: kept * estimate beyond 1.96 posterior SDs, which are sd * sqrt(kept).
    limit = LIMIT * sd / np.sqrt(kept)
    claims, _ = path.claims(LIMIT, -0.3, side=-1)
    assert claims == pytest.approx(norm.cdf((0.3 - limit) / sd), abs=2e-4)


def test_both_sides_are_mirrored():
    scenario = rereferral(treated_boroughs=3, comparison_boroughs=4, effect=-4.0)
    [path] = paths(
        scenario, OWN.priors(PRIORS, scenario), structure="embedding", effect=0.0
    ).values()
    below, above = (path.claims(LIMIT, 0.0, side=side)[0] for side in (-1, 1))
    # Draws come with their mirror images; what is left is interpolation.
    assert below == pytest.approx(above, rel=0.02)


@pytest.mark.parametrize(
    "scenario",
    [
        rereferral(treated_boroughs=5, comparison_boroughs=5, effect=-8.0, half_life=1.0),
        from_study(
            STUDY, "cla_placement_moves", treated_boroughs=4, comparison_boroughs=8, effect=-25.0
        ),
        rereferral(
            treated_boroughs=4,
            comparison_boroughs=6,
            effect=-8.0,
            size_spread=0.4,
            sd_log_shock=0.3,
        ),
    ],
    ids=["binary", "counts", "unequal"],
)
def test_it_says_what_simulation_counts(scenario):
    count = 600
    said = worth(scenario, OWN, PRIORS)
    none = 1.0 if scenario.effect_scale == "ratio" else 0.0
    shares = []
    for effect in (scenario.effect, none):
        drawn = synthesise(changed(scenario, effect=effect), seed=1, replicates=range(count))
        rows = answers(OWN, drawn, PRIORS, seed=1, most_sampled=None)
        own = rows[rows["estimand"].eq("average_effect") & rows["scale"].str.startswith("log")]
        own = own[own["usable"]]
        assert len(own) > 0.98 * count
        right = own["upper"] < 0
        shares.append((right if effect != none else right | (own["lower"] > 0)).mean())
    # Two points, and 3.3 Monte Carlo errors: one of six comparisons in a thousand would be beyond.
    for value, share in zip((said.power, said.size), shares, strict=True):
        error = (value * (1 - value) / count) ** 0.5
        assert abs(value - share) < 0.02 + 3.3 * error


def test_years_of_one_design_are_those_of_shorter_ones():
    scenario = rereferral(treated_boroughs=8, comparison_boroughs=8, effect=-6.0, post_years=4)
    years = over_years(scenario, OWN, PRIORS)
    assert list(years) == [1, 2, 3, 4]
    alone = worth(changed(scenario, post_years=2), OWN, PRIORS)
    # Other draws: four standard errors of their difference.
    tolerance = 4 * 2**0.5 * alone.assurance_error
    assert years[2].assurance == pytest.approx(alone.assurance, abs=tolerance)
    assert years[4].assurance > years[1].assurance
    assert years[4].mdes < years[2].mdes


def test_power_is_assurance_without_doubt_and_the_smallest_effect_has_the_target():
    scenario = rereferral(treated_boroughs=8, comparison_boroughs=12, effect=-6.0)
    sure = worth(scenario, OWN, PRIORS)
    assert sure.assurance == sure.power
    doubtful = worth(changed(scenario, effect_sd=2.0), OWN, PRIORS)
    assert doubtful.power == pytest.approx(sure.power, abs=0.01)
    assert abs(doubtful.assurance - 0.5) < abs(sure.power - 0.5)
    found = assured(changed(scenario, effect=-sure.mdes), OWN, PRIORS)[0]
    # Cells' sampling variance is that of the planned effect in one, of the smallest in the other.
    assert found == pytest.approx(0.8, abs=0.01)


def test_a_flat_prior_costs_no_power_and_a_calibrated_rule_makes_up_for_a_narrow_one():
    scenario = rereferral(treated_boroughs=5, comparison_boroughs=5, effect=-8.0)
    own, flat = (
        worth(scenario, Method("national", "embedding", sd), PRIORS) for sd in (None, FLAT)
    )
    assert own.size < 0.05
    assert own.calibrated > own.power
    assert flat.power > own.power
    assert abs(flat.bias) < abs(own.bias)


def test_the_analysis_has_the_doses_of_the_fitted_model():
    """A delay of the world is not the analyst's to know."""
    for effect in ("constant", "embedding"):
        for fields in ({"delay": 1.0}, {"treated_boroughs": 4, "stagger": 0.5, "wave": 2}, {}):
            scenario = rereferral(**fields)
            method = Method("national", effect)
            priors = method.priors(PRIORS, scenario)
            fitted = structure(scenario.synthetic, priors, effect=effect)
            z = np.array([[0.0]] * len(fitted.free))
            dose = fitted.prior(z).design[: scenario.treated_boroughs, :, 0, 0]
            life = float(priors["half_life"].quantile(np.zeros(1))[0])
            lives = np.array([life if effect == "embedding" else 0.0])
            made = classes(scenario, lives, 0.0, 0.0, np.random.default_rng(1))
            # Each class's boroughs are alike; the comparison comes last.
            ours = np.repeat(made.doses[:-1, :, 0], made.count[:-1].astype(int), axis=0)
            np.testing.assert_allclose(ours, dose, atol=2e-4)


def test_a_delay_that_the_analysis_does_not_know_costs_power():
    scenario = rereferral(treated_boroughs=4, comparison_boroughs=8, effect=-8.0, half_life=1.0)
    late = changed(scenario, delay=1.0, effect=0.5, effect_scale="ratio")
    # 1,000 simulated evaluations: 24.0%, Monte Carlo SE 1.4. Two points and three errors.
    assert assured(late, OWN, PRIORS)[0] == pytest.approx(0.24, abs=0.02 + 3 * 0.014)


def test_where_the_comparison_gets_all_there_is_nothing_to_tell():
    with pytest.raises(InputError, match="contamination"):
        worth(rereferral(contamination=1.0, effect=-8.0), OWN, PRIORS)


def test_unequal_boroughs_have_an_error_that_knows_of_them():
    scenario = rereferral(treated_boroughs=1, comparison_boroughs=8, effect=-8.0)
    equal = worth(scenario, OWN, PRIORS)
    spread = worth(changed(scenario, sd_log_shock=0.5), OWN, PRIORS)
    # Nearly twice; but an error from 32 sets of boroughs is itself known within 12% or so.
    assert spread.assurance_error > 1.1 * equal.assurance_error
    assert "unequal" in spread.caution


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cell_size": 5000.0, "baseline": 0.05}, ""),
        ({"cell_size": 400.0, "baseline": 0.05}, "off by 2 to 5 points"),
        ({"cell_size": 150.0, "baseline": 0.05}, "understated, by up to 10 points"),
        ({"cell_size": 100.0, "baseline": 0.95}, "understated, by up to 10 points"),
        ({"shock_df": 5.0}, "heavy-tailed"),
    ],
)
def test_what_is_known_to_be_off_is_said(fields, words):
    scenario = rereferral(effect=0.8, effect_scale="ratio", **fields)
    said = caution(scenario, OWN.priors(PRIORS, scenario))
    assert (words in said) if words else said == ""
