"""What placebo analyses claim: each authority's rank, false claims, and power."""

import numpy as np
import pandas as pd
from scipy import stats

from mp_bayes.panel.placebo import MODEL, PLAIN_PAIR


def ranking(found: pd.DataFrame) -> pd.DataFrame:
    """Return what is said of each authority as it was, ordered by the model's estimate.

    Parameters
    ----------
    found : pandas.DataFrame
        From `placebo`.

    Returns
    -------
    pandas.DataFrame
        One row an authority: `mean`, `lower`, `upper`, `usable` and `claims` of the hierarchical
        model; `rank`, by mean, 1 for the largest fall; `comparison`, `did` and `did_claims` of the
        report's analysis of one pair.
    """
    asis = found[found["effect"].eq(0)].set_index("authority")
    model, report = (asis[asis["method"].eq(name)] for name in (MODEL, PLAIN_PAIR))
    table = model[["estimate", "lower", "upper", "usable", "claims"]].rename(
        columns={"estimate": "mean"}
    )
    table = table.assign(
        rank=table["mean"].rank().astype(int),
        comparison=report["comparison"],
        did=report["estimate"],
        did_claims=report["claims"],
    )
    return table.sort_values("rank").reset_index()


def false_claims(found: pd.DataFrame, *, treated: str) -> pd.DataFrame:
    """Return the share of untreated authorities for which each method claims an effect.

    Of a planted effect only a claim in its own direction counts: the share is the method's power.

    Parameters
    ----------
    found : pandas.DataFrame
        From `placebo`.
    treated : str
        Left out.

    Returns
    -------
    pandas.DataFrame
        Columns method, effect, authorities, claims (their share), and lower and upper of its 95%
        equal-tailed interval (Jeffreys prior), as if authorities were independent; bias (mean
        estimate less the planted effect, percentage points) and coverage (share of 95% intervals
        that hold the planted effect); and reason, why a method cannot be used here, with the
        others not numbers.
    """
    others = found[found["authority"].ne(treated)]
    rows = []
    for (effect, method), part in others.groupby(["effect", "method"], sort=False):
        usable = part[part["usable"].astype(bool)]
        claims = usable["claims"].astype(bool)
        truth = float(str(effect))
        if truth:
            claims &= usable["estimate"] < 0
        rows.append(
            {
                "method": method,
                "effect": effect,
                "authorities": len(claims),
                **_share(claims),
                "bias": usable["estimate"].mean() - truth,
                "coverage": (usable["lower"].le(truth) & usable["upper"].ge(truth)).mean(),
                "reason": part["reason"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


def _share(claims: pd.Series) -> dict[str, float]:
    if claims.empty:
        return dict.fromkeys(("claims", "lower", "upper"), np.nan)
    lower, upper = stats.beta(claims.sum() + 0.5, (~claims).sum() + 0.5).ppf([0.025, 0.975])
    # Where none, or all, are claimed the interval reaches the end.
    return {
        "claims": float(claims.mean()),
        "lower": float(lower) if claims.any() else 0.0,
        "upper": float(upper) if not claims.all() else 1.0,
    }
