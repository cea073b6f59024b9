"""How much each borough-year's rate counts in an average effect."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import average_weights, structure
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.decomposition import ALONE
from mp_bayes.studies.study import Outcome

#: Boroughs that are shown one by one.
_MOST = 5
#: The averages whose weights are shown, in words.
AVERAGES = {
    "published": "average of the published yearly effects",
    "pre_post": "published pre/post contrast",
    "shock_aware": "posterior with shocks, every year's effect on its own",
    "headline": "headline: with shocks, effects partly pooled",
    "borrowed": "headline, but common years borrowed from national ones",
}


def grouped(weights: pd.DataFrame, outcome: Outcome) -> pd.DataFrame:
    """Add the treated, and the comparison boroughs, up by year, where they are many.

    Parameters
    ----------
    weights : pandas.DataFrame
        One outcome's, from `mp_bayes.reanalysis.weights.weights_table`.
    outcome : Outcome

    Returns
    -------
    pandas.DataFrame
        The same columns, and whether it is a `treated` borough.
    """
    setting = outcome.setting
    treated = weights["borough"].isin(setting.treated_boroughs)
    weights = weights.assign(treated=treated)
    if len(setting.boroughs) <= _MOST:
        return weights
    names = treated.map(
        {
            True: f"Treated boroughs ({len(setting.treated_boroughs)})",
            False: f"Comparison boroughs ({len(setting.comparison_boroughs)})",
        }
    )
    keys = [column for column in weights if column != "weight"]
    return weights.assign(borough=names).groupby(keys, sort=False)["weight"].sum().reset_index()


def label_of(name: str, outcome: Outcome) -> str:
    """Return an average in words; where nothing is published, regressions are this project's."""
    if name == "published" and not outcome.coefficients:
        return "average of yearly differences-in-differences"
    return AVERAGES[name]


def published_weights(outcome: Outcome, total: Floats, *, pre_post: bool) -> Floats:
    """Return the weights of regressions' averages.

    Parameters
    ----------
    outcome : Outcome
    total : ndarray, dims (borough, year)
        Referrals or cases, the study's years; treated boroughs first.
    pre_post : bool
        Of the contrast that pools years by their counts; otherwise of the average of yearly
        effects against the reference year, weighted by the treated boroughs' counts.

    Returns
    -------
    ndarray, dims (borough, year)
        The average is the sum of weights times rates.
    """
    treated = np.arange(len(total)) < len(outcome.setting.treated_boroughs)
    post = outcome.setting.post & outcome.observed
    before = ~outcome.setting.post if pre_post else outcome.setting.reference
    weight = np.zeros_like(total, dtype=float)
    own = total[treated][:, post].sum(0)
    for boroughs, sign in ((treated, 1.0), (~treated, -1.0)):
        size = total[boroughs]
        after = size * post
        if not pre_post:
            # The comparison's years count as the treated boroughs' do.
            after[:, post] *= own / size[:, post].sum(0)
        weight[boroughs] = sign * (after / after.sum() - size * before / (size * before).sum())
    return weight


def weights_table(outcomes: Iterable[Outcome], priors: Priors) -> pd.DataFrame:
    """Return the weight of every borough-year in each average effect.

    Parameters
    ----------
    outcomes : iterable of Outcome
    priors : Priors

    Returns
    -------
    pandas.DataFrame
        Columns outcome, average (a key of `AVERAGES`), label, borough, year, weight: by how much
        the average effect moves if that borough-year's rate moves by 1, on the scale of each
        (proportions or log-rates as published; log-odds or log-rates for posteriors, at the
        posterior of the shocks' size); and comparison_weight, how much the comparison's exposed
        years count together for every 1 that the treated borough's count.
    """
    tables = []
    for outcome in outcomes:
        counts = cells(outcome)
        events, total = (
            counts[name].transpose("borough", "year").to_numpy().astype(float)
            for name in ("events", "total")
        )
        setting = outcome.setting
        found = {}
        if not setting.staggered:  # otherwise no average of calendar years is a regression's
            found["published"] = published_weights(outcome, total, pre_post=False)
        if any(one.term == "treated_x_post" for one in outcome.coefficients):
            found["pre_post"] = published_weights(outcome, total, pre_post=True)
        for name, years, changes in (
            ("shock_aware", "free", ALONE),
            ("headline", "free", {}),
            ("borrowed", "borrowed", {}),
        ):
            chosen: dict[str, Any] = priors.select(outcome, shock="national", years=years)
            built = structure(outcome, chosen | changes, effect="yearly")
            found[name] = average_weights(built, events, total)
        for name, weight in found.items():
            count = len(setting.treated_boroughs)
            own = weight[:count][setting.treated_post & outcome.observed].sum()
            other = weight[count:, setting.post & outcome.observed].sum()
            tables.append(
                pd.DataFrame(
                    {
                        "outcome": outcome.name,
                        "average": name,
                        "label": label_of(name, outcome),
                        "borough": np.repeat(setting.boroughs, len(setting.years)),
                        "year": np.tile(setting.years, len(setting.boroughs)),
                        "weight": weight.ravel(),
                        "comparison_weight": -other / own,
                    }
                )[np.tile(outcome.observed, len(setting.boroughs))]
            )
    return pd.concat(tables, ignore_index=True)
