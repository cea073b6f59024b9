"""Performance measures of a simulation study, each with its Monte Carlo standard error.

A claim is a rule with a size, the share of evaluations without an effect that it claims. Methods
differ in size, so power is given twice: under a method's own rule, and under the rule on its scores
that makes 5% false claims in the same design.

References
----------
Morris, White and Crowther 2019, doi:10.1002/sim.8086 (ADEMP); Gelman and Carlin 2014,
doi:10.1177/1745691614551642 (Type S and Type M); Wilson 1927, doi:10.1080/01621459.1927.10502953
(intervals of shares).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from mp_bayes.simulate.methods import DRAWN, SAMPLED

#: What one set of measures is worked out for.
GROUP = ["trial", "post_years", "method", "estimand", "year", "scale"]
MEASURES = [
    "claim_rate",
    "correct_claim_rate",
    "size",
    "calibrated_power",
    "critical_score",
    "coverage",
    "bias",
    "mean_truth",
    "interval_width",
    "type_s",
    "type_m",
    "failed",
]

#: False claims of the calibrated rule.
LEVEL = 0.05
# Fewer null replicates have no 95th percentile worth the name.
_FEWEST_NULLS = 20
# Half-width of a 95% interval in standard errors.
_HALF_WIDTH = float(-ndtri(0.025))
# A posterior probability is taken no nearer to 0 or 1 than this: a score of 8.
_CERTAIN = 1e-15
# What measures are worked out from; a group's columns as arrays, for there are thousands of groups.
_COLUMNS = ["replicate", "mean", "lower", "upper", "usable", "engine", "reason", "truth"]
_Group = dict[str, Any]


def interval_excludes_zero(rows: pd.DataFrame) -> pd.Series:
    """Claim an effect when the 95% interval leaves out 0."""
    return (rows["lower"] > 0) | (rows["upper"] < 0)


def proportion(successes: ArrayLike) -> tuple[float, float]:
    """Return a proportion with its Monte Carlo standard error; nan without trials.

    The error is taken at one success and one failure more, so that none of a hundred is not
    known without error.
    """
    successes = np.asarray(successes)
    count = successes.size
    if count == 0:
        return np.nan, np.nan
    softened = (float(successes.sum()) + 1) / (count + 2)
    return float(successes.mean()), float(np.sqrt(softened * (1 - softened) / count))


def share_interval(share: float, error: float) -> tuple[float, float]:
    """Return a share's 95% Wilson interval, which stays within 0 and 1.

    From as many evaluations as give a `proportion` that standard error: those that there were,
    or fewer where the error holds more than chance in counting, as a calibrated rule's does.

    Parameters
    ----------
    share, error : float
        With its Monte Carlo standard error; not numbers where that is none.
    """
    if not error > 0:
        return (share, share) if error == 0 else (np.nan, np.nan)
    # Where error^2 count (count + 2)^2 = (share count + 1) ((1 - share) count + 1): one root is
    # above 0.
    share, variance = float(np.clip(share, 0, 1)), error**2
    powers = [variance, 4 * variance - share * (1 - share), 4 * variance - 1, -1]
    count = float(np.roots(powers).real.max())
    weight = _HALF_WIDTH**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = np.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    return max(0.0, min(share, float(middle - half))), min(1.0, max(share, float(middle + half)))


def average(values: ArrayLike) -> tuple[float, float]:
    """Return a mean with its Monte Carlo standard error; nan without values."""
    values = np.asarray(values, float)
    if values.size < 2:
        return (float(values.mean()) if values.size else np.nan), np.nan
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _exaggeration(estimate: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Return the ratio of mean sizes; a mean of ratios has no finite variance near truth 0."""
    if not estimate.size:
        return np.nan, np.nan
    ratio = float(estimate.mean() / truth.mean())
    _, error = average(estimate - ratio * truth)
    return ratio, error / float(truth.mean())


def score(rows: pd.DataFrame) -> pd.Series:
    """Return how far each answer is from no effect, in SDs, on one scale for all methods.

    The size of Phi's inverse at the posterior probability of a value below 0; where there is no
    posterior, that of the estimate over its standard error.
    """
    below = rows["prob_below_0"].clip(_CERTAIN, 1 - _CERTAIN)
    posterior = pd.Series(np.abs(ndtri(below)), index=rows.index)
    return posterior.fillna((rows["mean"] / rows["sd"]).abs())


def calibrated_power(
    scores: pd.Series, right: pd.Series, nulls: pd.Series
) -> dict[str, tuple[float, float]]:
    """Return the power of the rule that claims in 5% of null replicates, and its critical score.

    Parameters
    ----------
    scores : pandas.Series
        Of replicates with an effect, by replicate.
    right : pandas.Series of bool
        Whether each points the right way; a claim that does not is none.
    nulls : pandas.Series
        Scores of replicates without an effect, by replicate.

    Returns
    -------
    dict
        `calibrated_power` and `critical_score`, each with its Monte Carlo standard error; that of
        the power includes the critical score's, and that replicates of one number share their
        random numbers with and without an effect. Not numbers below 20 null replicates.
    """
    if len(scores) == 0 or len(nulls) < _FEWEST_NULLS:
        return {"calibrated_power": (np.nan, np.nan), "critical_score": (np.nan, np.nan)}
    step = float(np.sqrt(LEVEL * (1 - LEVEL) / len(nulls)))
    # Two standard errors to either side of the level, for slopes that are not all noise.
    tails = np.clip([LEVEL + 2 * step, LEVEL, LEVEL - 2 * step], 0.0, 1.0)
    low, critical, high = np.quantile(nulls, 1 - tails)
    sizes, rightly = scores.to_numpy(), right.to_numpy()
    claim, exceeds = rightly & (sizes > critical), nulls.to_numpy() > critical
    width = tails[0] - tails[2]
    gained = float((rightly & (sizes > low) & (sizes <= high)).mean() / width)
    _, ours, theirs = np.intersect1d(scores.index, nulls.index, return_indices=True)
    shared = np.cov(claim[ours], exceeds[theirs])[0, 1] if ours.size > 1 else 0.0
    shared *= ours.size / (len(scores) * len(nulls))
    power, error = proportion(claim)
    variance = error**2 + (gained * step) ** 2 - 2 * gained * shared
    return {
        "calibrated_power": (power, float(np.sqrt(max(variance, 0.0)))),
        "critical_score": (float(critical), float((high - low) * step / width)),
    }


def performance(
    rows: pd.DataFrame,
    *,
    nulls: Mapping[str, str] | None = None,
    side: int | None = None,
) -> pd.DataFrame:
    """Work out performance measures.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `mp_bayes.simulate.runner.run`: answers with their truth.
    nulls : mapping of str, optional
        The trial of the same design in which nothing happened, for trials that have one. Needed
        for `size` and `calibrated_power` where there is an effect.
    side : {-1, 1}, optional
        Which claims are right: those of a fall, or of a rise, also where there is no effect. Those
        with the sign of the true effect unless given.

    Returns
    -------
    pandas.DataFrame
        `GROUP`, replicates, drawn and sampled (how many of them by
        weighted draws, and with NUTS), reason, and each of `MEASURES`
        with `<measure>_mcse`:
        claim_rate (of any effect: the false-claim rate where there is none),
        correct_claim_rate (on the right side: power at a fixed effect, assurance over a design
        prior; not a number where there is no effect), size (claim_rate in the null trial),
        calibrated_power (correct claims under the rule with a size of 5%) and its critical_score,
        coverage of the 95% interval, bias, its width, type_s (share of claims with the wrong
        sign), type_m (by how much a claim exaggerates) and failed (share of fits that failed; the
        other measures leave them out). `reason` says why a method cannot be used in a design; then
        it is the reason of every row, and no fit failed.
    """
    kept = rows[_COLUMNS].assign(claim=interval_excludes_zero(rows), score=score(rows))
    columns = {name: kept[name].to_numpy() for name in kept.columns}
    number = rows.groupby(GROUP, sort=False, observed=True).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    places = np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(rows) else []
    keys = rows[GROUP].iloc[[place[0] for place in places]].itertuples(index=False, name=None)
    groups = {
        key: {name: values[place] for name, values in columns.items()}
        for key, place in zip(keys, places, strict=True)
    }
    tables: list[dict[str, Any]] = []
    for key, group in groups.items():
        named = (nulls or {}).get(str(key[0]))
        null = groups.get((named, *key[1:])) if named else None
        if null is None and not group["truth"].any():
            null = group
        tables.append({**dict(zip(GROUP, key, strict=True)), **_measures(group, null, side)})
    return pd.DataFrame(tables)


def _measures(group: _Group, null: _Group | None, side: int | None) -> dict[str, float | str]:
    good = _where(group, group["usable"])
    truth, estimate, claim = good["truth"], good["mean"], good["claim"]
    acted = (truth != 0) | (side is not None)
    same = np.sign(estimate) == np.sign(truth)
    right = same if side is None else np.sign(estimate) == side
    claims = _where(good, claim & (truth != 0))
    untouched = _where(good, np.zeros(len(truth), bool))
    if null is not None:
        untouched = _where(null, null["usable"])
    scores = [
        pd.Series(part["score"], index=part["replicate"])
        for part in (_where(good, acted), untouched)
    ]
    # A reason that all rows share is the method's: it cannot be used here, and no fit failed. But
    # fits that were not sampled, since no more were to be, have failed though they be all.
    barred = (group["reason"] != "").all() and not (group["engine"] == "none").any()
    pairs = {
        "claim_rate": proportion(claim),
        "correct_claim_rate": proportion((claim & right)[acted]),
        "size": proportion(untouched["claim"]),
        **calibrated_power(scores[0], pd.Series(right[acted]), scores[1]),
        "coverage": proportion((good["lower"] <= truth) & (truth <= good["upper"])),
        "bias": average(estimate - truth),
        "mean_truth": average(truth),
        "interval_width": average(good["upper"] - good["lower"]),
        "type_s": proportion(~same[claim & (truth != 0)]),
        "type_m": _exaggeration(np.abs(claims["mean"]), np.abs(claims["truth"])),
        "failed": proportion([] if barred else ~group["usable"]),
    }
    measures: dict[str, float | str] = {
        "replicates": len(group["reason"]),
        "drawn": int((group["engine"] == DRAWN).sum()),
        "sampled": int((group["engine"] == SAMPLED).sum()),
        "reason": str(group["reason"][0]) if barred else "",
    }
    for name, (value, error) in pairs.items():
        measures |= {name: value, f"{name}_mcse": error}
    return measures


def _where(group: _Group, kept: np.ndarray) -> _Group:
    return {name: values[kept] for name, values in group.items()}
