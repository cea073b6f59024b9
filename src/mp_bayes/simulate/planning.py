"""What a plan's trials say: assurance, years needed, smallest effects, false claims."""

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd

from mp_bayes.simulate.design import Design, compared, label, side_labels, smallest
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.scenario import Scenario

_BOOTSTRAPS = 200
ASSURANCE_COLUMNS = [
    "comparison_boroughs",
    "half_life",
    "post_years",
    "assurance",
    "assurance_mcse",
    "coverage",
    "coverage_mcse",
    "bias",
    "bias_mcse",
    "interval_width",
    "type_s",
    "type_m",
    "failed",
    "replicates",
]


def assurance_table(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return assurance by comparison boroughs, half-life and post-years.

    The share of usable replicates in which the 95% interval of the average effect excludes 0 on
    the side of the assumed effect.
    """
    measures = performance(rows)
    response = measures["scale"].eq(design.base.study.response_scale)
    measures = measures[measures["estimand"].eq("average_effect") & response]
    names = {label(*pair): pair for pair in design.combinations}
    measures = measures[measures["trial"].isin(names)]
    pairs = [names[trial] for trial in measures["trial"]]
    renamed = {
        name.replace("assurance", "correct_claim_rate"): name for name in ASSURANCE_COLUMNS[3:5]
    }
    return (
        measures.rename(columns=renamed)
        .assign(
            comparison_boroughs=[boroughs for boroughs, _ in pairs],
            half_life=[half_life for _, half_life in pairs],
        )[ASSURANCE_COLUMNS]
        .reset_index(drop=True)
    )


def years_needed(assurance: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the fewest post-years that reach the target, for each combination.

    The target must hold from there on, so that a curve which only touches it by chance does not
    count. Not a number where no such year is within reach.
    """
    last = design.base.post_years
    tables = []
    for boroughs, half_life in design.combinations:
        here = assurance["comparison_boroughs"].eq(boroughs) & assurance["half_life"].eq(half_life)
        by_year = assurance[here].set_index("post_years")
        curve = by_year["assurance"]
        # A year without a usable fit has no assurance, and does not reach the target.
        short = curve.index[~(curve >= design.target)]
        first = 1 if short.empty else int(short.max()) + 1
        at = by_year.loc[min(first, last)]
        scenario = design.scenario(boroughs, half_life)
        tables.append(
            {
                "comparison_boroughs": boroughs,
                "half_life": half_life,
                "years_needed": first if first <= last else np.nan,
                "assurance": at["assurance"],
                "assurance_mcse": at["assurance_mcse"],
                "max_post_years": last,
                "gain": curve[last] - curve[max(1, last - 3)],
                "shock_sd": shock_contrast_sd(scenario, last),
                "shock_sd_limit": shock_contrast_sd(scenario, 1000),
            }
        )
    return pd.DataFrame(tables)


def shock_contrast_sd(scenario: Scenario, post_years: int) -> float:
    """Return the SD that shocks alone give the pre-post contrast between boroughs.

    In percentage points, or per 100 child-years, at the baseline. With more post-years the
    shocks after the onset average out; those of the pre-years stay.
    """
    pre = scenario.pre_years
    lag = np.abs(np.subtract.outer(np.arange(pre + post_years), np.arange(pre + post_years)))
    weight = np.r_[np.full(pre, -1 / pre), np.full(post_years, 1 / post_years)]
    variance = weight @ np.power(scenario.rho, lag) @ weight
    boroughs = 1 / scenario.treated_boroughs + 1 / scenario.comparison_boroughs
    p = scenario.baseline
    slope = 100 * (p * (1 - p) if scenario.binary else p)
    return float(slope * scenario.sd_shock * np.sqrt(variance * boroughs))


def smallest_effects(
    rows: pd.DataFrame, design: Design, *, seed: int, trial: Callable[[int, float], str] = label
) -> pd.DataFrame:
    """Return the smallest effect that k post-years detect with the target's power (MDES).

    On the link scale an effect moves a posterior's limits nearly in proportion, so a run with and
    one without an effect give by how much; the limits without one then tell how large an effect
    must be for the target's share of them to clear 0. The closer the effect of the run is to the
    answer, the better it is. It is given at full embedding and the baseline. The standard error
    is from a bootstrap over replicates.

    Parameters
    ----------
    rows : pandas.DataFrame
        Answers of the trials without an effect, and of those with one.
    design : Design
    seed : int
    trial : callable
        Names the trial with an effect for a number of boroughs and a half-life.
    """
    side, sign = ("upper", -1.0) if design.reduces else ("lower", 1.0)
    rng = np.random.default_rng(seed)
    kept = rows[rows["usable"] & rows["scale"].eq(design.base.study.link_scale)]
    key = ["trial", "post_years", "replicate"]
    limits = kept[kept["estimand"].eq("average_effect")].set_index(key)[side].sort_index()
    full = kept[kept["estimand"].eq("fully_embedded_effect")].set_index(key)["truth"].sort_index()
    tables = []
    for (boroughs, half_life), year in itertools.product(design.combinations, design.milestones):
        null, name = (label(boroughs, None), year), (trial(boroughs, half_life), year)
        size = error = np.nan
        if name in limits.index and null in limits.index:
            parts = [limits.loc[null], limits.loc[name], full.loc[name]]
            paired = pd.concat(parts, axis=1, join="inner").to_numpy()
            picks = rng.integers(0, len(paired), (_BOOTSTRAPS, len(paired)))
            size = _mdes(paired, design, sign)
            error = float(np.std([_mdes(paired[pick], design, sign) for pick in picks]))
        tables.append(
            {
                "comparison_boroughs": boroughs,
                "half_life": half_life,
                "post_years": year,
                "mdes": size,
                "mdes_mcse": error,
            }
        )
    return pd.DataFrame(tables)


def _mdes(paired: np.ndarray, design: Design, sign: float) -> float:
    """Return the MDES from limits without effect, with effect, and the effects themselves.

    Not a number if none can be detected: if limits do not follow the effect, or only one of
    more than a hundredfold would do.
    """
    null, with_effect, truth = paired.T
    per_unit = (with_effect - null).mean() / truth.mean()
    size = np.quantile(-sign * null, design.target) / per_unit if per_unit > 0 else np.inf
    if not 0 < size < np.log(100):
        return np.nan
    return abs(design.base.response_effect(sign * size))


def with_power(mdes: pd.DataFrame, rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Add the effect at which power was simulated, and the power there, at the last post-year.

    Columns `checked_effect`, `power` and `power_mcse`; not a number in other years.
    """
    measures = _of_average(rows, design)
    measures = measures[measures["post_years"].eq(design.base.post_years)]
    full = rows[rows["estimand"].eq("fully_embedded_effect")]
    full = full[full["scale"].eq(design.base.study.link_scale)]
    truth = full.groupby("trial")["truth"].mean().to_dict()
    known = {
        row["trial"]: {
            "checked_effect": abs(design.base.response_effect(truth[row["trial"]])),
            "power": row["correct_claim_rate"],
            "power_mcse": row["correct_claim_rate_mcse"],
        }
        for row in measures.to_dict("records")
    }
    nothing = {"checked_effect": np.nan, "power": np.nan, "power_mcse": np.nan}
    checks = []
    for row in mdes.to_dict("records"):
        name = smallest(row["comparison_boroughs"], row["half_life"])
        last = row["post_years"] == design.base.post_years
        checks.append(known.get(name, nothing) if last else nothing)
    return pd.concat([mdes, pd.DataFrame(checks)], axis=1)


def false_claims(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return how often each method claims an effect where there is none.

    Columns comparison_boroughs, post_years, method, claim_rate, claim_rate_mcse, failed.
    """
    names = {compared(boroughs): boroughs for boroughs in design.comparison_boroughs}
    return _side(rows, design, "comparison_boroughs", names)


def false_claims_by_shock(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the same by the SD of borough-by-year shocks: sd_shock instead of boroughs."""
    return _side(rows, design, "sd_shock", side_labels(design)[0])


def bias_by_lag(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the bias of models that assume immediate embedding, or estimate its curve.

    Columns half_life, post_years, method, estimand, bias, bias_mcse, mean_truth.
    """
    names = side_labels(design)[1]
    measures = performance(rows[rows["trial"].isin(names)])
    kept = measures[measures["scale"].eq(design.base.study.response_scale)]
    columns = ["post_years", "method", "estimand", "bias", "bias_mcse", "mean_truth"]
    return kept.assign(half_life=kept["trial"].map(names))[["half_life", *columns]].reset_index(
        drop=True
    )


def _of_average(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return measures of the average effect, one row a method: DiD of counts on the log scale."""
    measures = performance(rows)
    response = measures["scale"].eq(design.base.study.response_scale)
    alone = measures["method"].eq("did_log")
    return measures[measures["estimand"].eq("average_effect") & (response | alone)]


def _side(
    rows: pd.DataFrame, design: Design, column: str, names: dict[str, float] | dict[str, int]
) -> pd.DataFrame:
    measures = _of_average(rows[rows["trial"].isin(names)], design)
    columns = ["post_years", "method", "claim_rate", "claim_rate_mcse", "failed"]
    table = measures[columns].copy()
    table.insert(0, column, [names[trial] for trial in measures["trial"]])
    return table.reset_index(drop=True)
