"""How much each borough-year's rate counts in an average effect."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.evidence.arrays import cells
from mp_bayes.inference.laplace import average_weights, structure
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors import Priors
from mp_bayes.reanalysis.decomposition import ALONE
from mp_bayes.studies.study import OUTCOMES, Outcome

#: The averages whose weights are shown, in words.
AVERAGES = {
    "published": "average of the published yearly effects",
    "pre_post": "published pre/post contrast",
    "shock_aware": "posterior with shocks, every year's effect on its own",
    "headline": "headline: with shocks, effects partly pooled",
    "borrowed": "headline, but common years borrowed from national ones",
}


def published_weights(outcome: Outcome, total: Floats, *, pre_post: bool) -> Floats:
    """Return the weights of the report's own averages.

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
    treated = np.arange(len(total)) < len(outcome.study.treated_boroughs)
    post = outcome.study.post & outcome.observed
    before = ~outcome.study.post if pre_post else outcome.study.reference
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


def weights_table(priors: Priors, folder: Path | None = None) -> pd.DataFrame:
    """Return the weight of every borough-year in each average effect.

    Parameters
    ----------
    priors : Priors
    folder : Path, optional
        Folder with an edited copy of the published tables.

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
    for outcome in OUTCOMES.values():
        counts = cells(outcome, folder)
        events, total = (
            counts[name].transpose("borough", "year").to_numpy().astype(float)
            for name in ("events", "total")
        )
        found = {
            "published": published_weights(outcome, total, pre_post=False),
            "pre_post": published_weights(outcome, total, pre_post=True),
        }
        for name, years, changes in (
            ("shock_aware", "free", ALONE),
            ("headline", "free", {}),
            ("borrowed", "borrowed", {}),
        ):
            chosen: dict[str, Any] = priors.select(outcome, shock="national", years=years)
            built = structure(outcome, chosen | changes, effect="yearly")
            found[name] = average_weights(built, events, total)
        for name, weight in found.items():
            post = outcome.study.post & outcome.observed
            count = len(outcome.study.treated_boroughs)
            own, other = weight[:count, post].sum(), weight[count:, post].sum()
            tables.append(
                pd.DataFrame(
                    {
                        "outcome": outcome.name,
                        "average": name,
                        "label": AVERAGES[name],
                        "borough": np.repeat(outcome.study.boroughs, len(outcome.study.years)),
                        "year": np.tile(outcome.study.years, len(outcome.study.boroughs)),
                        "weight": weight.ravel(),
                        "comparison_weight": -other / own,
                    }
                )[np.tile(outcome.observed, len(outcome.study.boroughs))]
            )
    return pd.concat(tables, ignore_index=True)
