"""Fair opponents of the published estimates: the same contrast, with errors that know of shocks."""

from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.embedding.doses import lay_out
from mp_bayes.estimands import span
from mp_bayes.evidence.arrays import cells, coefficients
from mp_bayes.frequentist import (
    Answer,
    answer,
    cell_values,
    conley_taber,
    donald_lang,
    expected_shocks,
    ferman_pinto,
    gls_did,
    permutation,
)
from mp_bayes.priors import Priors
from mp_bayes.studies.study import Outcome

#: Names of the methods, as in tables.
SHOCK_AWARE, DONALD_LANG = "shock_aware", "donald_lang"
FEW_TREATED = ("conley_taber", "ferman_pinto", "permutation")


def variance_scale(outcome: Outcome, priors: Priors) -> float:
    """Return by how much sampling variances exceed those of independent events.

    As the published standard errors imply; where none are published, the prior's median design
    effect or dispersion.
    """
    if "coefficients" in outcome.evidence:
        return float(coefficients(outcome).attrs["scaling"])
    chosen = priors.select(outcome, shock="none")
    if outcome.likelihood == "binomial":
        return float(chosen["design_effect"].quantile(np.zeros(1))[0])
    return 1.0 + float(chosen["dispersion_excess"].quantile(np.zeros(1))[0])


def fair_opponents(outcome: Outcome, priors: Priors) -> pd.DataFrame:
    """Answer from the study's totals with methods whose errors know of borough-by-year shocks.

    The shock-aware difference-in-differences (generalised least squares, every exposed year's
    effect on its own, shocks as large as the `national` prior expects); Donald and Lang's t test on
    borough-years (one effect in all); and Conley and Taber's, Ferman and Pinto's and permutation
    tests, or that there are too few controls for them.

    Parameters
    ----------
    outcome : Outcome
        With the study's boroughs, any number of them.
    priors : Priors

    Returns
    -------
    pandas.DataFrame
        Columns method, estimand, year, scale, estimate, lower, upper (95% confidence interval),
        p_value and reason (why there is no interval). On the link scale, and as a change per 100
        at the treated borough's own rate (of counts: at the prior's median exposure).
    """
    counts = cells(outcome)
    chosen = priors.select(outcome, shock="national")
    setting, years = outcome.setting, list(outcome.years)
    link = "logit" if outcome.likelihood == "binomial" else "log"
    seen = counts.sel(borough=list(setting.boroughs), year=years)
    events, total = (
        seen[name].transpose("borough", "year").to_numpy().astype(float)
        for name in ("events", "total")
    )
    scale = variance_scale(outcome, priors)
    value, variance = cell_values(events, total, link=link, scale=scale)
    dose = lay_out(outcome, effect="yearly")["fixed_dose"].sel(year=years).to_numpy()
    # The effect of each exposed year is a coefficient of its own.
    exposed = np.flatnonzero(dose.any(0))
    by_year = dose[:, :, None] * (np.arange(len(years))[:, None] == exposed)
    sd_shock, rho = expected_shocks(chosen)
    effects, covariance = gls_did(value, variance, by_year, sd_shock=sd_shock, rho=rho)
    treated = len(setting.treated_boroughs)
    begun = setting.treated_post[:, outcome.observed]
    share = 1.0 if link == "logit" else float(chosen["exposure"].quantile(np.zeros(1))[0])
    rows: list[dict[str, Any]] = []

    def add(found: Answer, method: str, estimand: str, year: str, where: np.ndarray) -> None:
        rate = float((events[:treated] * where).sum() / (total[:treated] * where).sum()) / share
        for units, one in (
            (outcome.link_scale, found),
            (outcome.response_scale, found.on_response(rate, link=link)),
        ):
            values = {
                name: float(getattr(one, name))
                for name in ("estimate", "lower", "upper", "p_value")
            }
            labels = {"method": method, "estimand": estimand, "year": year, "scale": units}
            rows.append({**labels, **values, "reason": one.reason})

    def shock_aware(where: np.ndarray) -> Answer:
        # As in a posterior: every borough-year's dose times its effect, weighted by its size.
        weight = total[:treated] * where
        shares = (weight * dose[:treated]).sum(0)[exposed] / weight.sum()
        return answer(effects, covariance, weights=shares)

    for name, these, over in (
        ("partly_exposed_effect", outcome.partly_exposed, outcome.reaches_past_onset),
        ("yearly_effect", outcome.post_years, setting.treated_post),
    ):
        for year in these:
            where = over[:, outcome.observed] & (np.array(years) == year)
            add(shock_aware(where), SHOCK_AWARE, name, year, where)
    average = "average_effect", span(outcome.post_years), begun
    add(shock_aware(begun), SHOCK_AWARE, *average)
    add(donald_lang(value, dose[:, :, None]), DONALD_LANG, *average)
    post = np.zeros(value.shape, dtype=bool)
    post[:treated] = begun
    sizes = 1 / (1 / total).mean(1)
    for method, found in zip(
        FEW_TREATED,
        (conley_taber(value, post), ferman_pinto(value, post, sizes), permutation(value, post)),
        strict=True,
    ):
        add(found, method, *average)
    return pd.DataFrame(rows)
