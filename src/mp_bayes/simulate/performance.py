"""Performance measures of a simulation study, each with its Monte Carlo standard error.

References
----------
Morris, White and Crowther 2019, doi:10.1002/sim.8086 (ADEMP); Gelman and Carlin 2014,
doi:10.1177/1745691614551642 (Type S and Type M).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

#: What one set of measures is worked out for.
GROUP = ["trial", "post_years", "method", "estimand", "year", "scale"]
MEASURES = [
    "claim_rate",
    "correct_claim_rate",
    "coverage",
    "bias",
    "mean_truth",
    "interval_width",
    "type_s",
    "type_m",
    "failed",
]

#: Tells which rows claim an effect.
Rule = Callable[[pd.DataFrame], pd.Series]


def interval_excludes_zero(rows: pd.DataFrame) -> pd.Series:
    """Claim an effect when the 95% interval leaves out 0: the default rule."""
    return (rows["lower"] > 0) | (rows["upper"] < 0)


def probable_reduction(threshold: float) -> Rule:
    """Claim a reduction when its posterior probability is above a threshold."""

    def rule(rows: pd.DataFrame) -> pd.Series:
        return rows["prob_below_0"] > threshold

    return rule


def proportion(successes: pd.Series) -> tuple[float, float]:
    """Return a proportion with its Monte Carlo standard error; nan without trials.

    The error is taken at one success and one failure more, so that none of a hundred is not
    known without error.
    """
    count = len(successes)
    if count == 0:
        return np.nan, np.nan
    softened = (float(successes.sum()) + 1) / (count + 2)
    return float(successes.mean()), float(np.sqrt(softened * (1 - softened) / count))


def average(values: pd.Series) -> tuple[float, float]:
    """Return a mean with its Monte Carlo standard error; nan without values."""
    if len(values) < 2:
        return (float(values.mean()) if len(values) else np.nan), np.nan
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def _exaggeration(estimate: pd.Series, truth: pd.Series) -> tuple[float, float]:
    """Return the ratio of mean sizes; a mean of ratios has no finite variance near truth 0."""
    if estimate.empty:
        return np.nan, np.nan
    ratio = float(estimate.mean() / truth.mean())
    _, error = average(estimate - ratio * truth)
    return ratio, error / float(truth.mean())


def performance(rows: pd.DataFrame, *, rule: Rule = interval_excludes_zero) -> pd.DataFrame:
    """Work out performance measures.

    Parameters
    ----------
    rows : pandas.DataFrame
        From `mp_bayes.simulate.runner.run`: answers with their truth.
    rule : callable
        Which answers claim an effect.

    Returns
    -------
    pandas.DataFrame
        `GROUP`, replicates, and each of `MEASURES` with `<measure>_mcse`:
        claim_rate (of any effect: the false-claim rate where there is none),
        correct_claim_rate (with the true sign: power at a fixed effect, assurance over a design
        prior; not a number where there is no effect), coverage of the 95% interval, bias, its
        width, type_s (share of claims with the wrong sign), type_m (by how much a claim
        exaggerates) and failed (share of fits that failed; the other measures leave them out).
    """
    kept = rows.assign(claim=rule(rows))
    groups = kept.groupby(GROUP, sort=False, observed=True)
    tables = [{**dict(zip(GROUP, key, strict=True)), **_measures(group)} for key, group in groups]
    return pd.DataFrame(tables)


def _measures(group: pd.DataFrame) -> dict[str, float]:
    good = group[group["usable"]]
    truth, estimate, claim = good["truth"], good["mean"], good["claim"]
    acted = truth != 0
    right = np.sign(estimate) == np.sign(truth)
    claims = good[claim & acted]
    pairs = {
        "claim_rate": proportion(claim),
        "correct_claim_rate": proportion((claim & right)[acted]),
        "coverage": proportion((good["lower"] <= truth) & (truth <= good["upper"])),
        "bias": average(estimate - truth),
        "mean_truth": average(truth),
        "interval_width": average(good["upper"] - good["lower"]),
        "type_s": proportion(~right[claim & acted]),
        "type_m": _exaggeration(claims["mean"].abs(), claims["truth"].abs()),
        "failed": proportion(~group["usable"]),
    }
    measures: dict[str, float] = {"replicates": len(group)}
    for name, (value, error) in pairs.items():
        measures |= {name: value, f"{name}_mcse": error}
    return measures
