"""Small invented tables of the steps, the weights and the headline's variants."""

import numpy as np
import pandas as pd
from studied import OUTCOMES

from mp_bayes.estimands import span
from mp_bayes.reanalysis.decomposition import LABELS, LAST, PUBLISHED, scale_of, steps_of
from mp_bayes.reanalysis.weights import AVERAGES
from mp_bayes.studies.study import Outcome


def chain(outcome: Outcome) -> pd.DataFrame:
    """Return estimates that move by 1 a step, from -3, in intervals that widen with shocks."""
    names = [PUBLISHED, "recomputed", *(step.name for step in steps_of(outcome)), LAST]
    wide = names.index("shocks")
    rows = [
        {
            "outcome": outcome.name,
            "year": year,
            "step": place + 1,
            "name": name,
            "label": LABELS[name],
            "scale": scale_of(outcome),
            "estimate": place - 3.0,
            "lower": place - 3.0 - (1.0 if place < wide else 10.0),
            "upper": place - 3.0 + (1.0 if place < wide else 10.0),
            "interval": "95%",
            "change": 1.0 if place else np.nan,
            "usable": True,
        }
        for year in (*outcome.post_years, span(outcome.post_years))
        for place, name in enumerate(names)
    ]
    return pd.DataFrame(rows)


def weights(outcome: Outcome) -> pd.DataFrame:
    """Return weights of 0.2 for every borough-year, and a comparison's weight by average."""
    return pd.DataFrame(
        {
            "outcome": outcome.name,
            "average": name,
            "label": label,
            "borough": borough,
            "year": year,
            "weight": 0.2,
            "comparison_weight": 0.03 if name == "borrowed" else 0.97,
        }
        for name, label in AVERAGES.items()
        for borough in outcome.setting.boroughs
        for year in outcome.years
    )


def variants(effects: pd.DataFrame) -> pd.DataFrame:
    """Return the headline with borrowed years (a probability of 0.4) and Student t shocks (0.7)."""
    head = effects[
        effects["evidence"].eq("cells")
        & effects["shock_prior"].eq("national")
        & effects["effect_structure"].eq("yearly")
    ]
    return pd.concat(
        [
            head.assign(years="borrowed", shape="normal", prob_below_0=0.4),
            head.assign(years="free", shape="student", prob_below_0=0.7),
        ],
        ignore_index=True,
    )


def page_tables(effects: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "decomposition": pd.concat(map(chain, OUTCOMES.values()), ignore_index=True),
        "weights": pd.concat(map(weights, OUTCOMES.values()), ignore_index=True),
        "headline_variants": variants(effects),
    }
