"""What a plan's trials say: assurance, years needed, smallest effects, false claims."""

import itertools

import numpy as np
import pandas as pd

from mp_bayes.planning.design import (
    FACTORS,
    Design,
    compared,
    contrasted,
    label,
    nulls,
    side_labels,
    smallest,
)
from mp_bayes.planning.shocks import shock_error_sd
from mp_bayes.simulate.performance import performance

# Post-years that stand for endless follow-up.
_ENDLESS = 1000
#: Smallest and largest log ratio of a first guess.
GUESSES = (0.05, 1.5)
#: What stands beside assurance, each with its Monte Carlo standard error.
BESIDE = ["size", "calibrated_power", "bias", "coverage"]
_DESIGN = ["comparison_boroughs", "half_life", "post_years"]
ASSURANCE_COLUMNS = [
    *_DESIGN,
    "assurance",
    "assurance_mcse",
    *(f"{name}{end}" for name in BESIDE for end in ("", "_mcse")),
    "interval_width",
    "type_s",
    "type_m",
    "failed",
    "replicates",
]


def _of_designs(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return measures of the average effect on the response scale in each combination's trial."""
    average = rows["estimand"].eq("average_effect")
    kept = rows[average & rows["scale"].eq(design.base.outcome.response_scale)]
    names = {label(*pair): pair for pair in design.combinations}
    names |= {contrasted(name): pair for name, pair in names.items()}
    wanted = kept["trial"].isin({*names, *nulls(design).values()})
    measures = performance(kept[wanted], nulls=nulls(design), side=design.side)
    measures = measures[measures["trial"].isin(names)]
    pairs = [names[trial] for trial in measures["trial"]]
    return measures.assign(
        comparison_boroughs=[boroughs for boroughs, _ in pairs],
        half_life=[half_life for _, half_life in pairs],
    ).rename(
        columns={
            "correct_claim_rate": "assurance",
            "correct_claim_rate_mcse": "assurance_mcse",
        }
    )


def assurance_table(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return assurance by comparison boroughs, half-life and post-years.

    The share of usable replicates in which the 95% interval of the average effect excludes 0 on
    the side of the assumed effect. Beside it the share that this rule claims without an effect
    (`size`), the assurance of the rule that is calibrated to 5% of such claims, bias and coverage.
    """
    measures = _of_designs(rows, design)
    own = measures["method"].eq(design.method.name)
    return measures[own][ASSURANCE_COLUMNS].reset_index(drop=True)


def prior_cost(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return what the analysis prior costs: the plan's own, another, and the shock-aware DiD.

    `ASSURANCE_COLUMNS` with `method`, after the last post-year.
    """
    measures = _of_designs(rows, design)
    last = measures[measures["post_years"].eq(design.base.post_years)]
    last = last.sort_values(["comparison_boroughs", "half_life"], kind="stable")
    return last[["method", *ASSURANCE_COLUMNS]].reset_index(drop=True)


def years_needed(assurance: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the fewest post-years that reach the target, for each combination.

    The target must hold from there on, so that a curve which only touches it by chance does not
    count. Not a number where no such year is within reach. `years_needed_calibrated` is the same
    under the calibrated rule; what stands beside assurance is that of the year that the plan's own
    rule needs, or of the last. `gain` is what the last three years added to assurance, `shock_sd`
    and `shock_sd_limit` are from `shock_error_sd`, after the last year and with endless follow-up.
    """
    last = design.base.post_years
    tables = []
    for boroughs, half_life in design.combinations:
        here = assurance["comparison_boroughs"].eq(boroughs) & assurance["half_life"].eq(half_life)
        by_year = assurance[here].set_index("post_years")
        curve = by_year["assurance"]
        scenario = design.scenario(boroughs, half_life)
        first = _holds_from(curve, design)
        before = max(scenario.first_post_year, last - 3)
        beside = [f"{name}{end}" for name in ["assurance", *BESIDE] for end in ("", "_mcse")]
        tables.append(
            {
                "comparison_boroughs": boroughs,
                "half_life": half_life,
                "years_needed": first,
                "years_needed_calibrated": _holds_from(by_year["calibrated_power"], design),
                **by_year.loc[last if np.isnan(first) else first, beside].to_dict(),
                "max_post_years": last,
                "gain": curve[last] - curve[before],
                # As if the years were of different evaluations: they share them, so it is less.
                "gain_mcse": np.hypot(*by_year.loc[[before, last], "assurance_mcse"]),
                "shock_sd": shock_error_sd(scenario, last),
                "shock_sd_limit": shock_error_sd(scenario, _ENDLESS),
            }
        )
    return pd.DataFrame(tables)


def _holds_from(curve: pd.Series, design: Design) -> float:
    """Return the first post-year from which a curve is at its target; nan if there is none."""
    # A year without a usable fit has no assurance, and does not reach the target.
    short = curve.index[~(curve >= design.target)]
    first = design.base.first_post_year if short.empty else int(short.max()) + 1
    return float(first) if first <= design.base.post_years else np.nan


def guess_effects(rows: pd.DataFrame, design: Design) -> dict[tuple[int, float], float]:
    """Guess which log odds or rate ratio the last post-year detects, for each combination.

    The limits of an interval move roughly in proportion to the effect, so runs with and without
    one tell how far it must move them. Only a place to begin: see `smallest_effects`.
    """
    side, sign = ("upper", -1.0) if design.reduces else ("lower", 1.0)
    kept = rows[rows["usable"] & rows["scale"].eq(design.base.outcome.link_scale)]
    own = kept["method"].eq(design.method.name)
    kept = kept[own & kept["post_years"].eq(design.base.post_years)]
    average = kept[kept["estimand"].eq("average_effect")].groupby("trial")[side]
    full = kept[kept["estimand"].eq("fully_embedded_effect")].groupby("trial")["truth"].mean()
    means = average.mean()
    guesses = {}
    for boroughs, half_life in design.combinations:
        null, name = label(boroughs, None), label(boroughs, half_life)
        size = np.nan
        if null in means.index and name in means.index:
            per_unit = (means[name] - means[null]) / full[name]
            limits = average.get_group(null)
            size = float(np.quantile(-sign * limits, design.target) / max(per_unit, 1e-9))
        least, most = GUESSES
        guesses[boroughs, half_life] = sign * float(
            np.clip(np.nan_to_num(size, nan=1), least, most)
        )
    return guesses


def smallest_effects(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the smallest effect that k post-years detect with the target's power (MDES).

    Interpolated between effects at which power was simulated, none included; its standard error
    is that of the power there over the slope. Not a number where the largest of them falls short.
    In percentage points, or per 100 child-years, at full embedding and the baseline.
    `mdes_calibrated` is the same under the rule that is calibrated to 5% false claims.
    """
    own = rows[rows["method"].eq(design.method.name)]
    average = own["estimand"].eq("average_effect")
    kept = own[average & own["scale"].eq(design.base.outcome.response_scale)]
    measures = performance(kept, nulls=nulls(design), side=design.side)
    powers = measures.set_index(["trial", "post_years"]).to_dict("index")
    full = own[own["estimand"].eq("fully_embedded_effect")]
    full = full[full["scale"].eq(design.base.outcome.link_scale)]
    truth = full.groupby("trial")["truth"].mean().to_dict()
    tables = []
    for (boroughs, half_life), year in itertools.product(design.combinations, design.milestones):
        trials = [label(boroughs, None)]
        trials += [smallest(boroughs, half_life, factor) for factor in FACTORS]
        known = [trial for trial in trials if (trial, year) in powers]
        sizes = [abs(design.base.response_effect(truth[trial])) for trial in known]
        found = {"comparison_boroughs": boroughs, "half_life": half_life, "post_years": year}
        for name, power in (
            ("mdes", "correct_claim_rate"),
            ("mdes_calibrated", "calibrated_power"),
        ):
            pairs = [
                (powers[trial, year][power], powers[trial, year][f"{power}_mcse"])
                for trial in known
            ]
            found[name], found[f"{name}_mcse"] = _crossing(sizes, pairs, design.target)
        tables.append(found)
    return pd.DataFrame(tables)


def _crossing(
    sizes: list[float], powers: list[tuple[float, float]], target: float
) -> tuple[float, float]:
    """Return where power first reaches the target, and its standard error; nan if nowhere."""
    for left in range(len(sizes) - 1):
        (low, low_error), (high, high_error) = powers[left], powers[left + 1]
        if low < target <= high:
            share = (target - low) / (high - low)
            width = sizes[left + 1] - sizes[left]
            error = np.hypot((1 - share) * low_error, share * high_error)
            return sizes[left] + share * width, float(error * width / (high - low))
    return np.nan, np.nan


def false_claims(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return how often each method claims an effect where there is none.

    Columns comparison_boroughs, post_years, method, claim_rate, bias and coverage with their
    Monte Carlo standard errors, failed, and reason where a method cannot be used.
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
    kept = measures[measures["scale"].eq(design.base.outcome.response_scale)]
    columns = ["post_years", "method", "estimand", "bias", "bias_mcse", "mean_truth"]
    return kept.assign(half_life=kept["trial"].map(names))[["half_life", *columns]].reset_index(
        drop=True
    )


def _of_average(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return measures of the average effect, one row a method: DiD of counts on the log scale."""
    measures = performance(rows)
    response = measures["scale"].eq(design.base.outcome.response_scale)
    alone = measures["method"].eq("did_log")
    return measures[measures["estimand"].eq("average_effect") & (response | alone)]


def _side(
    rows: pd.DataFrame, design: Design, column: str, names: dict[str, float] | dict[str, int]
) -> pd.DataFrame:
    measures = _of_average(rows[rows["trial"].isin(names)], design)
    shown = [f"{name}{end}" for name in ("claim_rate", "bias", "coverage") for end in ("", "_mcse")]
    columns = ["post_years", "method", *shown, "failed", "reason"]
    table = measures[columns].copy()
    table.insert(0, column, [names[trial] for trial in measures["trial"]])
    return table.reset_index(drop=True)
