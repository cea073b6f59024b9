"""Few-treated inference against an independent package, brute force, and its own size."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from mp_bayes.frequentist import (
    answer,
    cell_values,
    conley_taber,
    did,
    donald_lang,
    ferman_pinto,
    fewest_controls,
    gls_did,
    permutation,
)

ORACLE = json.loads((Path(__file__).parent / "reference" / "few_treated.json").read_text())
CASES = ORACLE["cases"]


def panel(*, units, years, treated, first, constant, scale, power):
    """Make the oracle's data, from sines: no generator whose stream could change."""
    i, t = np.meshgrid(np.arange(units), np.arange(years), indexing="ij")
    sizes = 100.0 + 60.0 * ((7 * np.arange(units)) % units)
    sd = np.sqrt(constant + scale / sizes**power)[:, None]
    noise = 1.4 * np.sin(78.233 * i + 37.719 * t * t + 3.1 * i * t + 2)
    post = (i < treated) & (t >= np.array(first)[np.minimum(i, treated - 1)])
    y = -1.4 + 0.3 * np.sin(12.9898 * i + 1) + 0.05 * t + sd * noise - 0.4 * post
    return y, post, sizes


def made(name):
    methods = ("conley_taber", "ferman_pinto")
    return panel(**{key: value for key, value in CASES[name].items() if key not in methods})


@pytest.mark.parametrize("name", ["one", "negative"])
@pytest.mark.parametrize("method", ["conley_taber", "ferman_pinto"])
def test_one_treated_agrees_with_the_oracle(name, method):
    y, post, sizes = made(name)
    found = conley_taber(y, post) if method == "conley_taber" else ferman_pinto(y, post, sizes)
    expected = CASES[name][method]
    controls = len(y) - 1
    assert found.estimate == pytest.approx(expected["estimate"], abs=1e-9)
    # The oracle sets a control against all controls, itself included.
    alone = controls / (controls - 1)
    assert found.upper - found.estimate == pytest.approx(alone * expected["half_width"], rel=1e-7)
    assert found.estimate - found.lower == pytest.approx(alone * expected["half_width"], rel=1e-7)
    far = np.abs(alone * np.array(expected["draws"])) >= abs(expected["estimate"])
    assert found.p_value == pytest.approx((1 + far.sum()) / (1 + controls))
    assert found.claims == (found.p_value <= 0.05) == (found.upper < 0)


def test_two_treated_agree_with_the_oracle():
    y, post, sizes = made("two")
    found = conley_taber(y, post)
    expected = CASES["two"]["conley_taber"]
    controls = len(y) - 2
    draws = np.abs(controls / (controls - 2) * np.array(expected["draws"]))
    assert len(draws) == controls * (controls - 1) / 2
    assert found.estimate == pytest.approx(expected["estimate"], abs=1e-9)
    # Ours are 1,999 of these draws at random: three Monte Carlo standard errors.
    p = (draws >= abs(expected["estimate"])).mean()
    assert abs(found.p_value - p) < 3 * np.sqrt(p * (1 - p) / 1999) + 1 / 1999
    half = found.upper - found.estimate
    assert abs((draws >= half).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 1999)
    # Where larger controls vary more, the oracle lets B be negative; here it is 0.
    assert CASES["two"]["ferman_pinto"]["variance"][0]["B"] < 0
    by_size = ferman_pinto(y, post, sizes)
    assert (by_size.lower, by_size.upper) == pytest.approx((found.lower, found.upper))


def test_permutation_of_one_is_the_rank_of_its_change():
    y, post, _ = made("one")
    change = y[:, 3:].mean(1) - y[:, :3].mean(1)
    away = np.abs(change - change.mean())
    assert permutation(y, post).p_value == pytest.approx((away >= away[0]).mean())


def test_permutation_of_two_is_scipy_s():
    y, post, _ = made("two")
    change = y[:, 3:].mean(1) - y[:, :3].mean(1)

    def distance(these, others):
        return abs(these.mean() - others.mean())

    exact = stats.permutation_test(
        (change[:2], change[2:]), distance, n_resamples=np.inf, alternative="greater"
    ).pvalue
    # 231 pairs, 1,999 of them at random: three Monte Carlo standard errors.
    error = 3 * np.sqrt(exact * (1 - exact) / 1999) + 1 / 1999
    assert abs(permutation(y, post).p_value - exact) < error


def coefficient(y, post):
    """Regress on dummies; the last coefficient."""
    units, years = y.shape
    design = np.column_stack(
        [
            np.kron(np.eye(units), np.ones((years, 1))),
            np.kron(np.ones((units, 1)), np.eye(years))[:, 1:],
            post.ravel(),
        ]
    )
    return np.linalg.lstsq(design, y.ravel())[0][-1]


def p_value(y, post, effect):
    """Permute all authorities' programmes by brute force, two treated."""
    rest = y - effect * post
    observed = abs(coefficient(rest, post))
    far = []
    for places in itertools.permutations(range(len(y)), 2):
        other = np.zeros_like(post)
        other[list(places)] = post[:2]
        far.append(abs(coefficient(rest, other)) >= observed - 1e-12)
    return np.mean(far)


def test_permutation_of_staggered_programmes_is_brute_force():
    rng = np.random.default_rng(4)
    y = rng.normal(0, 0.3, (6, 5))
    post = np.zeros((6, 5))
    post[0, 2:] = post[1, 3:] = 1
    y -= 0.6 * post
    found = permutation(y, post)
    # 30 placements, 1,999 of them at random: three Monte Carlo standard errors.
    p = p_value(y, post, 0.0)
    assert abs(found.p_value - p) < 3 * np.sqrt(p * (1 - p) / 1999) + 1 / 1999
    # The interval's ends: rejected just beyond, not just within.
    for end, outward in ((found.lower, -1), (found.upper, 1)):
        assert p_value(y, post, end + outward * 1e-4) < 0.05
        assert p_value(y, post, end - outward * 1e-4) >= 0.05


@pytest.mark.parametrize("method", [conley_taber, permutation])
def test_the_interval_inverts_the_test(method):
    y, post, _ = made("one")
    found = method(y, post)
    for end, outward in ((found.lower, -1), (found.upper, 1)):
        beyond, within = (
            method(y - (end + sign * outward * 1e-6) * post, post) for sign in (1, -1)
        )
        assert beyond.claims
        assert not within.claims


def test_too_few_controls_are_said_in_words():
    assert fewest_controls() == 19
    assert fewest_controls(0.1) == 9
    y, post, sizes = made("one")
    assert not conley_taber(y[:20], post[:20]).reason
    for found in (
        conley_taber(y[:2], post[:2]),
        ferman_pinto(y[:2], post[:2], sizes[:2]),
    ):
        assert found.reason == "needs 19 or more controls for a 5% test; there is 1"
        assert np.isfinite(found.estimate)
        assert np.isnan([found.lower, found.upper, found.p_value]).all()
        assert not found.claims
    assert permutation(y[:2], post[:2]).reason == (
        "needs 19 or more controls for a 5% test; there is 1"
    )
    assert not permutation(y[:20], post[:20]).reason


def test_a_missing_cell_makes_no_claim():
    y, post, sizes = made("one")
    both = np.stack([y, y], axis=-1)
    both[4, 2, 0] = np.nan
    for found in (
        conley_taber(both, post),
        ferman_pinto(both, post, sizes),
        permutation(both, post),
    ):
        assert np.isnan(found.estimate[0])
        assert not found.claims[0]
        assert np.isfinite([found.estimate[1], found.lower[1], found.upper[1]]).all()


PANELS, CONTROLS, SD, RHO = 2000, 60, 0.3, 0.64


@pytest.fixture(scope="module")
def untroubled():
    """Return 2,000 panels without an effect: shocks, unequal sizes, three years and three."""
    rng = np.random.default_rng(20)
    shock = np.zeros((CONTROLS + 1, 6, PANELS))
    shock[:, 0] = rng.normal(0, SD, shock[:, 0].shape)
    for year in range(1, 6):
        step = rng.normal(0, SD * np.sqrt(1 - RHO**2), shock[:, 0].shape)
        shock[:, year] = RHO * shock[:, year - 1] + step
    # As many large authorities as small ones, and the treated one is any of them.
    total = np.exp(rng.uniform(np.log(300), np.log(6000), (CONTROLS + 1, 1, PANELS))).round()
    level = rng.normal(-1.4, 0.3, (CONTROLS + 1, 1, PANELS))
    eta = level + rng.normal(0, 0.1, (6, 1)) + shock
    events = rng.binomial(total.astype(int), 1 / (1 + np.exp(-eta)))
    return events.astype(float), np.broadcast_to(total, events.shape)


def test_the_size_of_each_test(untroubled):
    events, total = untroubled
    value, variance = cell_values(events, total, link="logit")
    post = np.zeros((CONTROLS + 1, 6))
    post[0, 3:] = 1
    known = {"sd_shock": SD, "rho": RHO}
    claims = {
        "shock-aware, all": answer(*gls_did(value, variance, post[..., None], **known)).claims,
        "shock-aware, one": answer(
            *gls_did(value[:2], variance[:2], post[:2, :, None], **known)
        ).claims,
        "Conley-Taber": conley_taber(value, post).claims,
        "Ferman-Pinto": ferman_pinto(value, post, total[:, 0]).claims,
        "permutation": permutation(value, post).claims,
    }
    found = {name: float(one.mean()) for name, one in claims.items()}
    # 60 controls give p values in steps of 1/61, so that 3/61 = 4.9% is claimed. Three Monte Carlo
    # standard errors of 5% in 2,000 panels.
    error = 3 * np.sqrt(0.05 * 0.95 / PANELS)
    assert all(abs(share - 0.05) < error for share in found.values()), found
    lang = donald_lang(value[:2], post[:2, :, None]).claims.mean()
    before = post[0] == 0
    estimate, se = did(
        events[:2],
        total[:2],
        treated=[True, False],
        before=before,
        after=~before,
        model="logit",
        scale=1.0,
    )
    naive = (np.abs(estimate) > 1.96 * se).mean()
    # Known to be too liberal: shocks that last make early and late years differ.
    print(f"\nsizes: {found}, Donald-Lang, one: {lang:.3f}, naive, one: {naive:.3f}")
    assert naive > lang > 0.05
