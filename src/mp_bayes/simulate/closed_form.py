"""Analyses in closed form: the report's own regression, and opponents that know of shocks."""

from dataclasses import replace

import numpy as np
import pandas as pd

from mp_bayes.embedding.doses import lay_out
from mp_bayes.errors import InputError
from mp_bayes.estimands import span
from mp_bayes.frequentist import (
    Z95,
    Answer,
    answer,
    cell_values,
    conley_taber,
    did,
    donald_lang,
    expected_shocks,
    ferman_pinto,
    gls_did,
    permutation,
)
from mp_bayes.frequentist.answer import no_answer
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors import Priors
from mp_bayes.simulate.boroughs import Replicates

#: The report's own difference-in-differences, pooled over post-years and by year.
DID = ("did_linear", "did_log")
#: Difference-in-differences with other standard errors; see `mp_bayes.frequentist`.
OPPONENTS = ("shock_aware", "donald_lang", "conley_taber", "ferman_pinto", "permutation")


def plain_did(name: str, replicates: Replicates) -> pd.DataFrame:
    """Run the 2020 report's regressions: their SEs know the design effect, or the dispersion."""
    scenario, outcome = replicates.scenario, replicates.outcome
    setting = outcome.setting
    starts = setting.bin_starts
    treated = np.arange(len(setting.boroughs)) < len(setting.treated_boroughs)
    # With staggered onsets the years between the first and the last are neither.
    after = starts >= max(setting.onsets) - 1e-9
    # The report's reference: the first year of referrals, the last before the onset for counts.
    reference = np.arange(len(setting.years)) == (0 if scenario.binary else scenario.pre_years - 1)
    model, scale, factor = "linear", outcome.response_scale, 100.0
    if name == "did_log":
        model, scale, factor = outcome.regression, outcome.link_scale, 1.0
    elif not scenario.binary:
        raise InputError("did_linear is a regression of binary outcomes; use did_log")
    groups = [("average_effect", span(outcome.post_years), ~setting.post, after)] + [
        ("yearly_effect", year, reference, np.array(setting.years) == year)
        for year in np.array(setting.years)[after]
    ]
    parts = []
    for estimand, year, before, these in groups:
        estimate, se = did(
            replicates.events,
            replicates.total,
            treated=treated,
            before=before,
            after=these,
            model=model,
            scale=_spread(replicates),
        )
        estimate, se = factor * estimate, factor * se
        parts.append(
            _rows(
                replicates,
                (estimand, year, scale),
                estimate,
                (estimate - Z95 * se, estimate + Z95 * se),
            )
        )
    return pd.concat(parts, ignore_index=True)


def opponent(name: str, replicates: Replicates, priors: Priors, *, seed: int) -> pd.DataFrame:
    """Answer with one of `OPPONENTS`: the average effect over the post-years, on both scales.

    All assume one effect that begins in full at the onset. The shock-aware DiD and Donald and
    Lang's test give a year that is partly exposed its dose; the others, which know treated and
    untreated years only, leave it out. The shock-aware standard error takes the national
    prior's shocks as known: the root mean square of its SD, and the mean of its correlation.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS` of `mp_bayes.simulate.methods`; `reason` says why a method cannot be used.
    """
    outcome, scenario = replicates.outcome, replicates.scenario
    link = "logit" if scenario.binary else "log"
    post = outcome.setting.treated_post
    weight = replicates.total[: len(post)] * post[:, :, None]
    values, variance = cell_values(
        replicates.events, replicates.total, link=link, scale=_spread(replicates)
    )
    dose = lay_out(outcome, effect="constant")["fixed_dose"].to_numpy()
    mean_dose = (weight * dose[: len(post), :, None]).sum((0, 1)) / weight.sum((0, 1))
    if name == "shock_aware":
        chosen = priors.select(outcome, shock="national")
        sd, rho = expected_shocks(chosen)
        found = answer(*gls_did(values, variance, dose[:, :, None], sd_shock=sd, rho=rho))
    elif name == "donald_lang":
        found = donald_lang(values, dose[:, :, None])
    else:
        found = _few_treated(name, replicates, values, dose, seed)
    found = replace(
        found, **{end: getattr(found, end) * mean_dose for end in ("estimate", "lower", "upper")}
    )
    # The rate that the programme's years had, per child-year at risk.
    events = (replicates.events[: len(post)] * post[:, :, None]).sum((0, 1))
    exposure = 1.0 if scenario.binary else scenario.exposure
    response = found.on_response(events / weight.sum((0, 1)) / exposure, link=link)
    years = span(outcome.post_years)
    on_link, on_response = (
        _rows(
            replicates,
            ("average_effect", years, scale),
            one.estimate,
            (one.lower, one.upper),
            reason=found.reason,
        )
        for one, scale in ((found, outcome.link_scale), (response, outcome.response_scale))
    )
    # As many errors from 0 as on the link scale: an interval that was transformed is longer on
    # one side, and a score from its width would favour effects of one sign.
    on_response["sd"] = on_link["sd"] * on_response["mean"] / on_link["mean"]
    return pd.concat([on_link, on_response], ignore_index=True)


def _few_treated(
    name: str, replicates: Replicates, values: Floats, dose: Floats, seed: int
) -> Answer:
    """Run a method that knows treated and untreated years only."""
    partly = ((dose > 1e-9) & (dose < 1 - 1e-9)).any(0)
    treated = dose[:, ~partly] > 0.5
    own = treated.any(1)
    none = np.full(values.shape[2:], np.nan)
    if own.sum() < replicates.scenario.treated_boroughs or treated[own].all(1).any():
        return no_answer(none, "needs a year before and one after the onset that is not part dosed")
    if name == "conley_taber":
        return conley_taber(values[:, ~partly], treated, seed=seed)
    if name == "permutation":
        return permutation(values[:, ~partly], treated, seed=seed)
    sizes = 1 / (1 / replicates.total).mean(1)
    return ferman_pinto(values[:, ~partly], treated, sizes, seed=seed)


def _spread(replicates: Replicates) -> float:
    """Return by what the analyst multiplies sampling variances."""
    scenario = replicates.scenario
    return scenario.design_effect if scenario.binary else scenario.dispersion


def _rows(
    replicates: Replicates,
    labels: tuple[str, str, str],
    estimate: Floats,
    ends: tuple[Floats, Floats],
    *,
    reason: str = "",
) -> pd.DataFrame:
    """Return one estimand's answers.

    `sd` is the standard error; for a method without one, what would give its interval's width.
    """
    estimand, year, scale = labels
    lower, upper = ends
    return pd.DataFrame(
        {
            "replicate": replicates.numbers,
            "estimand": estimand,
            "year": year,
            "scale": scale,
            "mean": estimate,
            "sd": (upper - lower) / (2 * Z95),
            "lower": lower,
            "upper": upper,
            "prob_below_0": np.nan,
            "prob_beyond_minimum": np.nan,
            "interval": "95% confidence",
            "usable": np.isfinite(lower) & np.isfinite(upper),
            "engine": "closed_form",
            "reason": reason,
        }
    )
