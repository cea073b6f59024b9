"""The shock-aware DiD against generalised least squares written out, and where it is known."""

import numpy as np
import pytest

from mp_bayes.frequentist import answer, cell_values, change_per_100, did, donald_lang, gls_did

BOROUGHS, YEARS, EFFECTS, BATCH = 5, 6, 2, 4


@pytest.fixture
def data():
    rng = np.random.default_rng(1)
    value = rng.normal(-1, 0.5, (BOROUGHS, YEARS, BATCH))
    variance = rng.uniform(0.002, 0.05, value.shape)
    columns = np.zeros((BOROUGHS, YEARS, EFFECTS))
    columns[1, 3:, 0] = 0.5, 1.0, 1.0  # not the first borough, and a year that is half exposed
    columns[2, 5, 1] = 1.0
    return value, variance, columns


def dense(value, variance, columns, sd_shock, rho):
    """Regress one member of the batch on dummies, with the whole covariance written out."""
    boroughs, years, effects = columns.shape
    lag = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    known = np.isfinite(variance).ravel()
    spread = np.kron(np.eye(boroughs), sd_shock**2 * rho**lag)
    spread += np.diag(np.where(known, variance.ravel(), 0.0))
    design = np.column_stack(
        [
            np.kron(np.eye(boroughs), np.ones((years, 1))),
            np.kron(np.ones((boroughs, 1)), np.eye(years))[:, 1:],
            columns.reshape(-1, effects),
        ]
    )[known]
    weight = np.linalg.inv(spread[np.ix_(known, known)])
    # A year without data leaves a column of zeros: the generalised inverse passes it over.
    covariance = np.linalg.pinv(design.T @ weight @ design)
    found = covariance @ design.T @ weight @ np.nan_to_num(value).ravel()[known]
    return found[-effects:], covariance[-effects:, -effects:]


def test_it_is_generalised_least_squares(data):
    value, variance, columns = data
    value[3, 2, 0], variance[3, 2, 0] = np.nan, np.inf  # one cell without data
    value[:, 4, :], variance[:, 4, :] = np.nan, np.inf  # one year without data
    sd_shock, rho = np.array([0.0, 0.1, 0.3, 0.4]), np.array([0.0, 0.9, 0.6, 0.2])
    effects, covariance = gls_did(value, variance, columns, sd_shock=sd_shock, rho=rho)
    for member in range(BATCH):
        found, spread = dense(
            value[..., member], variance[..., member], columns, sd_shock[member], rho[member]
        )
        # What the flat priors leave: about 0.1 over 1e6.
        np.testing.assert_allclose(effects[:, member], found, atol=1e-6)
        np.testing.assert_allclose(covariance[..., member], spread, rtol=1e-6, atol=1e-9)


def test_without_shocks_it_is_the_report_s_contrast():
    # Two boroughs, two years: nothing to weigh. Half an event more in each cell is the only
    # difference: below 0.5 / 1,000 in log-odds.
    events = np.array([[[2000.0], [1500.0]], [[1000.0], [1100.0]]])
    total = np.array([[[9000.0], [9500.0]], [[6000.0], [6100.0]]])
    columns = np.array([[[0.0], [1.0]], [[0.0], [0.0]]])
    value, variance = cell_values(events, total, link="logit", scale=1.2)
    effects, covariance = gls_did(value, variance, columns, sd_shock=0.0, rho=0.0)
    flags = np.array([True, False])
    estimate, se = did(
        events, total, treated=flags, before=flags, after=~flags, model="logit", scale=1.2
    )
    np.testing.assert_allclose(effects[0], estimate, atol=5e-4)
    np.testing.assert_allclose(np.sqrt(covariance[0, 0]), se, rtol=1e-3)


def test_the_comparison_counts(data):
    value, variance, _ = data
    moved = value[:2].copy()
    moved[0, 5] += 0.4
    year = np.zeros((2, YEARS, 1))
    year[1, 5] = 1.0
    known = {"sd_shock": 0.3, "rho": 0.0}
    before, after = (gls_did(one, variance[:2], year, **known)[0] for one in (value[:2], moved))
    # An effect of one year alone takes all that the year's comparison does.
    np.testing.assert_allclose(before - after, 0.4, atol=1e-6)


def test_an_effect_that_no_data_tell_is_not_a_number(data):
    value, variance, columns = data
    variance[2, 5] = np.inf
    effects, covariance = gls_did(value, variance, columns, sd_shock=0.2, rho=0.5)
    assert np.isfinite(effects[0]).all()
    assert np.isnan(effects[1]).all()
    assert np.isnan(covariance[1]).all()
    # One borough alone has nothing to be compared with.
    effects, _ = gls_did(value[1:2], variance[1:2], columns[1:2, :, :1], sd_shock=0.2, rho=0.5)
    assert np.isnan(effects).all()


def test_columns_may_differ_in_the_batch(data):
    value, variance, columns = data
    turned = columns[::-1]
    both = np.stack([columns, turned, columns, turned], axis=-1)
    effects, _ = gls_did(value, variance, both, sd_shock=0.2, rho=0.5)
    for member, one in enumerate((columns, turned)):
        alone, _ = gls_did(value[..., member], variance[..., member], one, sd_shock=0.2, rho=0.5)
        np.testing.assert_allclose(effects[:, member], alone, rtol=1e-6)


def test_a_weighted_sum_of_effects():
    effects = np.array([[0.2, -0.4], [0.1, 0.1]])
    covariance = np.array([[0.04, 0.01], [0.01, 0.09]])[:, :, None] * np.ones(2)
    found = answer(effects, covariance, weights=[0.75, 0.25])
    se = np.sqrt(0.75**2 * 0.04 + 0.25**2 * 0.09 + 2 * 0.75 * 0.25 * 0.01)
    np.testing.assert_allclose(found.estimate, [0.175, -0.275])
    np.testing.assert_allclose(found.upper - found.estimate, 1.959964 * se, rtol=1e-6)
    # With a t reference of 2 degrees of freedom: 4.302653.
    few = answer(effects, covariance, weights=[0.75, 0.25], df=2)
    np.testing.assert_allclose(few.upper - few.estimate, 4.302653 * se, rtol=1e-6)
    assert (few.p_value > found.p_value).all()
    np.testing.assert_array_equal(found.claims, (found.lower > 0) | (found.upper < 0))


def test_changes_on_the_response_scale():
    # 20% was seen; the odds would have been 0.25 / exp(effect) without.
    effect = np.log(0.25 / (0.26 / 0.74))
    assert change_per_100(effect, 0.2, link="logit") == pytest.approx(-6.0)
    assert change_per_100(np.log(0.5), 0.6, link="log") == pytest.approx(-60.0)
    assert change_per_100(0.3, 0.0, link="logit") == 0


@pytest.mark.parametrize("boroughs", [2, 5])
def test_donald_and_lang_is_least_squares_with_a_t_reference(data, boroughs):
    sm = pytest.importorskip("statsmodels.api")
    value, _, columns = data
    value, columns = value[:boroughs], columns[:boroughs, :, :1]
    found = donald_lang(value, columns)
    design = np.column_stack(
        [
            columns.reshape(-1, 1),
            np.kron(np.eye(boroughs), np.ones((YEARS, 1))),
            np.kron(np.ones((boroughs, 1)), np.eye(YEARS))[:, 1:],
        ]
    )
    for member in range(BATCH):
        fit = sm.OLS(value[..., member].ravel(), design).fit()
        assert fit.df_resid == (boroughs - 1) * (YEARS - 1) - 1
        assert found.estimate[member] == pytest.approx(fit.params[0])
        assert found.p_value[member] == pytest.approx(fit.pvalues[0])
        assert (found.lower[member], found.upper[member]) == pytest.approx(fit.conf_int()[0])


def test_donald_and_lang_needs_degrees_of_freedom():
    columns = np.array([[[0.0], [1.0]], [[0.0], [0.0]]])
    found = donald_lang(np.array([[1.0, 2.0], [0.0, 0.5]]), columns)
    assert found.estimate == pytest.approx(0.5)
    assert np.isnan(found.lower)
    assert not found.claims
    assert found.reason == (
        "needs more borough-years than parameters; 2 boroughs and 2 years leave none"
    )


def test_a_gap_between_years_is_known():
    """Leaving a year out is as having it without data, if times say so."""
    rng = np.random.default_rng(4)
    value = rng.normal(size=(5, 7))
    variance = np.full((5, 7), 0.02)
    columns = np.zeros((5, 7, 1))
    columns[0, 4:] = 1.0
    whole = variance.copy()
    whole[:, 3] = np.inf
    kept = np.array([0, 1, 2, 4, 5, 6])
    shocks = {"sd_shock": 0.3, "rho": 0.7}
    empty = gls_did(value, whole, columns, **shocks)
    gap = gls_did(value[:, kept], variance[:, kept], columns[:, kept], **shocks, times=kept)
    closed = gls_did(value[:, kept], variance[:, kept], columns[:, kept], **shocks)
    np.testing.assert_allclose(gap[0], empty[0], rtol=1e-6)
    np.testing.assert_allclose(gap[1], empty[1], rtol=1e-6)
    assert abs(gap[1] / closed[1] - 1).max() > 0.01
