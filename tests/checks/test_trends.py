"""Sensitivity to trends: against diff-diff, hand calculation and simulation.

What HonestDiD for R gave is in `mp_bayes.checks.published`, and test_external.py compares.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from diff_diff import PreTrendsPower
from event_studies import BENZARTI_CARLONI, LOVENHEIM_WILLEN, honest, made_up, real, results
from studied import STUDY

from mp_bayes.checks.event_study import Z, of_outcome
from mp_bayes.checks.linear import bias, power, slope_before, slope_found, trend_prior
from mp_bayes.checks.relative import relative_magnitudes
from mp_bayes.checks.smooth import critical, largest_bend, smoothness
from mp_bayes.checks.trends import LAST, PUBLISHED, RELATIVE, SMOOTH, trends
from mp_bayes.errors import InputError
from mp_bayes.reanalysis.comparison import published
from mp_bayes.report.checks_page import found_checks
from mp_bayes.wording.selection import pick
from mp_bayes.wording.trends_check import trends_answer
from mp_bayes.wording.trends_tables import shown

OURS = [name for name, one in STUDY.outcomes.items() if "coefficients" in one.evidence]


def plain(study, weights=None):
    based = study.rebased()
    w = based.weights(weights)
    effect = w @ based.estimate[based.post]
    half = Z * np.sqrt(w @ based.covariance[np.ix_(based.post, based.post)] @ w)
    return effect - half, effect + half


def agrees_with_diff_diff(study, bends, mbars=(0.0, 0.5, 1.0, 2.0)):
    """Smoothness wholly; of relative magnitudes what it implements: the set, and Mbar = 0."""
    for m in bends:
        mine, theirs = smoothness(study, m), honest(study, "smoothness", m)
        width = theirs.ci_ub - theirs.ci_lb
        # The interval's length is nearly flat in the estimator's weights, its centre is not.
        assert mine.upper - mine.lower == pytest.approx(width, rel=1e-6)
        assert mine.lower == pytest.approx(theirs.ci_lb, abs=1e-4 * width)
        assert mine.set_lower == pytest.approx(theirs.lb, abs=1e-9, nan_ok=True)
        assert mine.set_upper == pytest.approx(theirs.ub, abs=1e-9, nan_ok=True)
    for mbar in mbars:
        mine, theirs = relative_magnitudes(study, mbar), honest(study, "relative_magnitude", mbar)
        assert (mine.set_lower, mine.set_upper) == pytest.approx((theirs.lb, theirs.ub), abs=1e-9)
        # Its interval takes the largest change before the onset as known, so that there is one to
        # agree with at 0 alone.
        if mbar == 0:
            ends = (theirs.ci_lb, theirs.ci_ub)
            assert (mine.lower, mine.upper) == pytest.approx(ends, abs=1e-7)


@pytest.mark.parametrize("name", OURS)
def test_the_reports_outcomes_agree_with_diff_diff(name):
    # It has equal weights alone.
    agrees_with_diff_diff(replace(of_outcome(STUDY.outcomes[name]), average=None), (0.0, 0.1))


def test_the_published_average_is_the_comparisons():
    tables = trends([of_outcome(STUDY.outcomes[name]) for name in OURS])
    for name in OURS:
        outcome = STUDY.outcomes[name]
        (theirs,) = pick(
            published(outcome), estimand="average_effect", method=outcome.regression
        ).itertuples()
        (ours,) = pick(tables["sensitivity"], outcome=name, method=PUBLISHED).itertuples()
        assert ours.estimate == pytest.approx(theirs.estimate, rel=1e-12)
        # The covariance is scaled there by the years after the onset alone.
        assert (ours.lower, ours.upper) == pytest.approx((theirs.lower, theirs.upper), abs=4e-3)
        assert (ours.lower > 0) == (theirs.lower > 0)
        assert ours.weighted_by == outcome.total_unit


@pytest.mark.parametrize(
    ("name", "bends"), [(BENZARTI_CARLONI, (0.0, 0.01)), (LOVENHEIM_WILLEN, (0.0,))]
)
def test_the_two_event_studies_agree_with_diff_diff(event_studies, name, bends):
    agrees_with_diff_diff(real(event_studies, name), bends)


@pytest.mark.nightly
def test_many_periods_agree_with_diff_diff(event_studies):
    agrees_with_diff_diff(real(event_studies, LOVENHEIM_WILLEN), (0.01, 0.2), mbars=())


@pytest.mark.parametrize("reference", [None, 0, 1])
def test_without_a_departure_the_interval_is_the_plain_one(reference):
    study = made_up(reference=reference)
    found = relative_magnitudes(study, 0.0)
    assert (found.lower, found.upper) == pytest.approx(plain(study), abs=1e-8)


def test_without_a_bend_a_linear_trend_is_extrapolated_by_least_squares():
    study = made_up()
    design = np.column_stack([study.times, *np.eye(5)[study.post]])
    inverse = np.linalg.inv(study.covariance)
    covariance = np.linalg.inv(design.T @ inverse @ design)
    fit = covariance @ design.T @ inverse @ study.estimate
    w = np.array([0, 0.5, 0.5])
    half = Z * np.sqrt(w @ covariance @ w)
    found, posterior = smoothness(study, 0.0), trend_prior(study, np.inf)
    assert (found.lower, found.upper) == pytest.approx((w @ fit - half, w @ fit + half), abs=1e-8)
    assert (posterior.lower, posterior.upper) == pytest.approx((found.lower, found.upper), abs=1e-8)


@pytest.mark.parametrize("reference", [0, 1, 3])
def test_the_line_before_the_onset_is_least_squares(reference):
    study = made_up(reference=reference)
    before = ~study.post
    whitened = np.linalg.inv(np.linalg.cholesky(study.covariance[np.ix_(before, before)]))
    fitted = np.linalg.lstsq(
        (whitened @ study.times[before])[:, None], whitened @ study.estimate[before]
    )
    slope, variance = slope_before(study)
    assert slope == pytest.approx(float(fitted[0][0]))
    assert (slope, variance) == pytest.approx(slope_before(study.rebased()))


def test_bends_before_the_onset():
    study = replace(made_up(3, 1), estimate=np.array([0.5, 0.1, 0.2, 0.9]))
    assert largest_bend(study) == pytest.approx(0.5)  # from -0.4 to 0.1; then to -0.2
    assert np.isnan(largest_bend(made_up(1, 2)))
    found = trends([study])["breakdown"].set_index("method")
    assert found.loc[SMOOTH, "before"] == pytest.approx(0.5)


@pytest.mark.parametrize("unit", [1e-10, 1e11])
def test_the_unit_does_not_matter(unit):
    study = made_up()
    other = replace(study, estimate=unit * study.estimate, covariance=unit**2 * study.covariance)
    one, scaled = trends([study]), trends([other])
    for name in ("estimate", "lower", "upper"):
        expected, found = one["sensitivity"][name], scaled["sensitivity"][name] / unit
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("weight", [1e-12, 1e12])
def test_the_weights_sum_does_not_matter(weight):
    one, scaled = trends([made_up()], [0.5, 0.5]), trends([made_up()], [weight, weight])
    for name in ("lower", "upper"):
        expected, found = one["sensitivity"][name], scaled["sensitivity"][name] / (2 * weight)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("analyse", [smoothness, relative_magnitudes])
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (3, 2), (4, 1)])
def test_intervals_widen_with_what_is_allowed(analyse, shape):
    study = made_up(*shape)
    widths = [found.upper - found.lower for found in (analyse(study, x) for x in (0, 0.3, 1, 3))]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


@pytest.mark.parametrize("reference", [0, 1, 2])
def test_the_reference_makes_no_difference(reference):
    first = made_up(reference=reference)
    based = first.rebased()
    assert based.reference == first.periods[2 if reference < 3 else 3]
    assert based.rebased() is based
    for analyse in (smoothness, relative_magnitudes, trend_prior):
        one, other = analyse(first, 0.4), analyse(based, 0.4)
        assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper), abs=1e-7)


def test_an_effect_and_a_unit_pass_through():
    study = made_up()
    moved = replace(study, estimate=10 * (study.estimate + 0.7 * study.post))
    moved = replace(moved, covariance=100 * study.covariance)
    for analyse, scale in ((smoothness, 10), (relative_magnitudes, 1), (trend_prior, 10)):
        before, after = analyse(study, 0.2), analyse(moved, 0.2 * scale)
        expected = (10 * (before.lower + 0.7), 10 * (before.upper + 0.7))
        assert (after.lower, after.upper) == pytest.approx(expected, rel=1e-5)


def test_intervals_cover():
    """The worst departure that is allowed: its value is kept 95 times in 100, with error."""
    study, rng, trials = made_up(2, 2), np.random.default_rng(1), 100
    before = np.array([0.5, 0.25])  # a line: its changes are all 0.25
    truth = {
        relative_magnitudes: np.concatenate([before, [0.25, 0.5]]),  # the change turns round
        smoothness: np.concatenate([before, [-0.25 + 0.2, -0.5 + 0.6]]),  # it bends by 0.2
    }
    for analyse, value in ((relative_magnitudes, 1.0), (smoothness, 0.2)):
        kept = 0
        for draw in rng.multivariate_normal(truth[analyse], study.covariance, size=trials):
            found = analyse(replace(study, estimate=draw), value)
            kept += found.lower <= 0 <= found.upper
        assert kept / trials > 0.95 - 3 * np.sqrt(0.05 * 0.95 / trials)


def test_the_folded_normals_quantile():
    assert critical(0.0) == pytest.approx(Z)
    assert critical(8.0) == pytest.approx(8 + 1.6448536, abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 2), (2, 3), (4, 2)])
@pytest.mark.parametrize("wanted", [0.5, 0.8])
def test_the_slope_that_a_pretest_finds_is_diff_diffs(shape, wanted):
    study = made_up(*shape)
    slope = slope_found(study, wanted)
    assert power(study, slope) == pytest.approx(wanted, abs=2e-3)
    theirs = PreTrendsPower(power=wanted, pretest_form="nis", violation_type="linear")
    assert slope == pytest.approx(theirs.fit(results(study)).mdv, rel=5e-3)
    assert bias(study, slope) == pytest.approx(slope * (shape[1] + 1) / 2)


def test_so_many_estimates_before_that_no_slope_is_needed():
    study = made_up(20, 1)
    study = replace(study, estimate=study.estimate, covariance=0.04 * np.eye(21) + 1e-4)
    assert power(study, 0.0) > 0.5
    assert slope_found(study, 0.5) == 0.0
    (said, _) = trends_answer(trends([study]), None)
    assert "finds something at least 50% of the time without any difference" in said
    assert "80% of the time" in said


def test_power_without_a_slope_is_the_size():
    assert power(made_up(1, 1), 0.0) == pytest.approx(0.05)
    # Of two independent estimates, one leaves out 0 more often.
    two = replace(made_up(2, 1), covariance=0.04 * np.eye(3))
    assert power(two, 0.0) == pytest.approx(1 - 0.95**2, abs=1e-3)


def test_a_prior_without_width_compares_with_all_periods_before():
    study = replace(made_up(2, 1), covariance=0.02 * (np.eye(3) + 1))
    # Three periods before, the reference among them, as one mean.
    found = trend_prior(study, 0.0)
    mean = study.estimate[2] - study.estimate[:2].sum() / 3
    assert found.mean == pytest.approx(mean)
    assert found.upper - mean == pytest.approx(Z * np.sqrt(0.02 * (1 + 1 / 3)))


def test_tables_hold_together():
    tables = trends([made_up(), replace(made_up(1, 2), name="other")])
    rows = tables["sensitivity"]
    last = rows[rows["method"].eq(LAST)].set_index("outcome")
    none = rows[rows["method"].eq(RELATIVE) & rows["value"].eq(0)].set_index("outcome")
    pd.testing.assert_frame_equal(
        last[["lower", "upper"]], none[["lower", "upper"]], atol=1e-7, rtol=0
    )
    for one in tables["breakdown"].itertuples():
        within = one.lower_at_zero <= 0 <= one.upper_at_zero
        assert (one.breakdown == 0) == within
    study = made_up()
    found = tables["breakdown"].query("outcome == 'made_up' and method == @RELATIVE")
    edge = float(found["breakdown"].iloc[0])
    assert 0 < edge < np.inf
    assert relative_magnitudes(study, 0.99 * edge).lower > 0
    assert relative_magnitudes(study, 1.01 * edge).lower < 0


def test_a_slope_counts_by_where_it_leads():
    """Relative to the last period: one found against its effect, one that could have been made."""
    against = replace(
        made_up(2, 1, reference=0), estimate=np.array([-0.3, -0.6, 0.2]), name="one", label="One"
    )
    towards = replace(made_up(2, 1), estimate=np.array([-0.1, -0.05, 0.1]), name="other")
    said = trends_answer(trends([against, towards]), None)
    first = against.rebased()
    assert bias(first, slope_found(against, 0.5)) < 0.8 < bias(against, slope_found(against, 0.8))
    assert "all of the average effect for 1 of 2 outcomes" in said[0]
    assert "towards the effect for 1 of these" in said[0]
    assert "leaves out 0 for 1 of 2: one (there that line runs against the effect)" in said[0]
    # Both averages, and the line: two steps of -0.3 before, one after.
    assert "0.20 (\N{MINUS SIGN}0.19 to 0.59) log-odds relative to 0, and 0.80" in said[1]
    assert "continued, adds \N{MINUS SIGN}0.30 (" in said[1]


def test_no_end_beside_0_is_written_as_0():
    minus = "\N{MINUS SIGN}"
    assert shown(-0.2, -0.4028, -0.0017, 2) == f"{minus}0.200 ({minus}0.403 to {minus}0.002)"
    assert shown(0.2, 0.0003, 0.4, 1) == "0.2000 (0.0003 to 0.4000)"
    assert shown(0.2, -0.0003, 0.4, 1) == "0.2 (0.0 to 0.4)"


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ([1.0], "give one for each"),
        ([0.0, 0.0], "other than 0"),
        ([np.nan, 1.0], "must be numbers"),
    ],
)
def test_wrong_weights(weights, words):
    with pytest.raises(InputError, match=words):
        made_up().weights(weights)


def test_the_check_of_a_study(mp_bayes, tmp_path):
    status, printed, complained = mp_bayes(
        "check", "trends", "--out", str(tmp_path / "checks" / "trends")
    )
    assert (status, complained) == (0, "")
    said = " ".join(printed.split())
    assert f"of {len(OURS)} outcomes" in said
    assert "relative to 2014-15, the last period before the onset" in said
    assert "weighted by referrals, is 0.39 (0.02 to 0.77) log-odds relative to 2012-13" in said
    assert "by the number of children or referrals in the treated boroughs" in said
    assert "Partly exposed to the programme" in said
    page = (tmp_path / "checks" / "trends" / "check.html").read_text()
    assert "significant" not in page
    assert page.count("<img ") == 2
    # What lies in the folder is said in the same words.
    (again,) = found_checks(tmp_path / "checks", STUDY)
    assert all(" ".join(line.split()) in said for line in again.sentences)
    assert len(again.tables) == 4
