"""Fair opponents on the published totals."""

from dataclasses import replace

import numpy as np
import pytest
from studied import OUTCOMES, STUDY, get_outcome

from mp_bayes.evidence.arrays import cells
from mp_bayes.frequentist import expected_shocks, raw_contrasts
from mp_bayes.inference.laplace import effects_of, structure
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.reanalysis.decomposition import ALONE
from mp_bayes.reanalysis.opponents import FEW_TREATED, SHOCK_AWARE, fair_opponents, variance_scale
from mp_bayes.studies.study import Count

ALL = pytest.mark.parametrize("outcome", OUTCOMES.values(), ids=OUTCOMES)


def no_shocks(tmp_path):
    """Return the default priors, but with next to no shocks in the national prior."""
    path = tmp_path / "still.toml"
    sections = [f"[{name}.shock.national]\nsd_shock = 1e-6\nrho = 0\n" for name in OUTCOMES]
    path.write_text("".join(sections))
    return load_priors(STUDY, path)


@ALL
def test_with_shocks_of_known_size_it_is_the_posterior_under_a_flat_prior(outcome):
    as_a_posterior(outcome)


def as_a_posterior(outcome):
    """Check that the shock-aware answer is the posterior's when little else than data speaks."""
    priors = load_priors(STUDY)
    chosen = priors.select(outcome, shock="national")
    sd_shock, rho = expected_shocks(chosen)
    known = {"sd_shock": Fixed(value=sd_shock), "rho": Fixed(value=rho)}
    if outcome.likelihood == "binomial":
        known["design_effect"] = Fixed(value=variance_scale(outcome, priors))
    else:
        known |= {
            "dispersion_excess": Fixed(value=variance_scale(outcome, priors) - 1),
            "exposure": Fixed(value=float(chosen["exposure"].quantile(np.zeros(1))[0])),
        }
    fitted = effects_of(cells(outcome), structure(outcome, chosen | ALONE | known, effect="yearly"))
    link = fitted[fitted["scale"].eq(outcome.link_scale)].set_index(["estimand", "year"])
    table = fair_opponents(outcome, priors)
    ours = table[table["method"].eq(SHOCK_AWARE) & table["scale"].eq(outcome.link_scale)]
    assert len(ours) == len(outcome.post_years) + len(outcome.partly_exposed) + 1
    for row in ours.itertuples():
        posterior = link.loc[(row.estimand, row.year)]
        se = (row.upper - row.lower) / (2 * 1.959964)
        # The fast posterior is right to about 0.05 SDs, and its priors are not quite flat: SD 10
        # for effects, 2.5 for years, 0.7 for levels, against shocks of SD 0.3.
        assert abs(row.estimate - posterior["mean"]) < 0.1 * se
        assert abs(posterior["sd"] / se - 1) < 0.06


def test_boroughs_with_unequal_doses_of_a_year_count_by_them():
    published = get_outcome("cin_rereferral_24m")
    treated, others = ("Angel", "Barnsbury"), ("Canonbury", "Dalston", "Essex Road")
    first = published.setting.onset
    setting = replace(
        published.setting,
        treated_boroughs=treated,
        comparison_boroughs=others,
        onsets=(first, first + 0.5),
    )
    rng = np.random.default_rng(4)
    counts = tuple(
        Count(borough, year, int(rng.binomial(size, 0.3)), size)
        for size, borough in zip((4000, 9000, 5000, 6000, 8000), treated + others, strict=True)
        for year in published.years
    )
    outcome = replace(published, setting=setting, counts=counts, coefficients=())
    # The year before either begins reaches past both onsets, by different parts.
    assert outcome.reaches_past_onset.all(0).any()
    as_a_posterior(outcome)


@ALL
def test_without_shocks_the_last_year_is_its_contrast_with_all_untouched_years(outcome, tmp_path):
    table = fair_opponents(outcome, no_shocks(tmp_path))
    last = outcome.post_years[-1]
    row = table[
        table["method"].eq(SHOCK_AWARE)
        & table["year"].eq(last)
        & table["scale"].eq(outcome.link_scale)
    ].iloc[0]
    contrasts = raw_contrasts(outcome, cells(outcome))
    # Between the contrasts with each of them: 0 for the reference year.
    untouched = [0.0] + [
        contrasts[year] for year in outcome.pre_years if year not in outcome.partly_exposed
    ]
    # Half an event is added to either side of a cell, which moves a log-odds by under 0.03.
    assert contrasts[last] - max(untouched) - 0.03 < row["estimate"]
    assert row["estimate"] < contrasts[last] - min(untouched) + 0.03


def test_methods_that_need_controls_say_so_and_claim_nothing():
    table = fair_opponents(get_outcome("cin_rereferral_12m"), load_priors(STUDY))
    few = table[table["method"].isin(FEW_TREATED)]
    assert len(few) == 2 * len(FEW_TREATED)
    assert few["reason"].str.contains("19 or more controls").all()
    assert few[["lower", "upper", "p_value"]].isna().all(axis=None)
    assert few["estimate"].notna().all()


def test_a_partly_exposed_year_has_its_dose_of_an_effect():
    outcome = get_outcome("cin_rereferral_12m")
    table = fair_opponents(outcome, load_priors(STUDY)).query("scale == 'log_odds'")
    partly = table[table["estimand"].eq("partly_exposed_effect")].iloc[0]
    assert partly["year"] == "2014-15"
    # Its own contrast, as every exposed year's: the dose is not taken out of it.
    contrasts = raw_contrasts(outcome, cells(outcome))
    untouched = [0.0, contrasts["2013-14"]]
    assert contrasts["2014-15"] - max(untouched) - 0.03 < partly["estimate"]
    assert partly["estimate"] < contrasts["2014-15"] - min(untouched) + 0.03
