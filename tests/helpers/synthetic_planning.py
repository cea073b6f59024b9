"""Invented results of a planning study, small and with known answers."""

import itertools
from typing import Any

import numpy as np
import pandas as pd
from studied import OUTCOMES

Tables = dict[str, pd.DataFrame]

PLAN_FACTS: dict[str, Any] = {
    "outcome": OUTCOMES["cin_rereferral_12m"],
    "unit": "percentage points",
    "effect": "3 percentage points fewer",
    "effect_sd": 0.1,
    "baseline": "18.7%",
    "shock": "national",
    "analysis_prior": "with the default prior of the effect",
    "rule": "Where nothing happened, this rule claims an effect in 1% of evaluations.",
    "max_post_years": 10,
    "sd_shock": 0.11,
    "rho": 0.4,
    "pre_years": 3,
    "target": 0.8,
    "replicates": 1000,
    "seed": 4711,
    "command": "mp-bayes plan --seed 4711",
    "version": "9.9.9",
    "paragraph": "We simulated 1,000 evaluations <of each design>.\n\nShocks were drawn afresh.",
    "assumptions": [
        ("SD of borough-by-year shocks", "0.11", "median of the national prior"),
        ("Referrals per borough and year", "2,000", "Table 8 of the 2020 report"),
    ],
    "warnings": [],
    "side": "Design: 1 treated and 1 comparison borough",
}
#: What stands beside assurance, the same everywhere.
_BESIDE: dict[str, float] = {
    "size": 0.01,
    "size_mcse": 0.003,
    "calibrated_power": 0.35,
    "calibrated_power_mcse": 0.02,
    "bias": 1.25,
    "bias_mcse": 0.05,
    "coverage": 0.93,
    "coverage_mcse": 0.008,
}
_METHODS = ("did_linear", "none/embedding", "within-study/embedding", "national/embedding")


def _mcse(share: Any, replicates: int = 1000) -> Any:
    return np.sqrt(np.asarray(share) * (1 - np.asarray(share)) / replicates)


def make_plan(
    boroughs: tuple[int, ...] = (1, 5, 15),
    half_lives: tuple[float, ...] = (0.0, 1.0, 2.0),
    last: int = 10,
) -> Tables:
    """Make tables in which 1 borough never reaches 80%, and slower embedding takes longer."""
    return {
        **_assurance(boroughs, half_lives, last),
        "prior_cost": _prior_cost(boroughs, half_lives, last),
        "false_claims": _false_claims(boroughs, last),
        "false_claims_by_shock": _by_shock(),
        "bias_by_lag": _bias(last),
        "mdes": _mdes(boroughs, half_lives, last),
        "agreement": _agreement(),
    }


def _assurance(boroughs: tuple[int, ...], half_lives: tuple[float, ...], last: int) -> Tables:
    rows, needed = [], []
    years = np.arange(1, last + 1)
    for count, half_life in itertools.product(boroughs, half_lives):
        share = (0.6 + 0.35 * np.tanh((count - 1) / 4)) * years / (years + 0.2 + half_life / 3)
        part = pd.DataFrame(
            {
                "comparison_boroughs": count,
                "half_life": half_life,
                "post_years": years,
                "assurance": share,
                "assurance_mcse": _mcse(share),
                "replicates": 1000,
                "failed": 0.0,
            }
        )
        rows.append(part)
        reached = np.flatnonzero(share >= 0.8)
        at = int(reached[0]) if len(reached) else last - 1
        needed.append(
            {
                "comparison_boroughs": count,
                "half_life": half_life,
                "years_needed": at + 1.0 if len(reached) else np.nan,
                "years_needed_calibrated": max(1.0, at),
                "assurance": share[at],
                "assurance_mcse": _mcse(share[at]),
                **_BESIDE,
                "max_post_years": last,
                "gain": share[-1] - share[max(0, last - 4)],
                "gain_mcse": 0.012,
                "shock_sd": 1.6 * np.sqrt(1 + 1 / count),
                "shock_sd_limit": 1.3 * np.sqrt(1 + 1 / count),
            }
        )
    return {"assurance": pd.concat(rows, ignore_index=True), "years_needed": pd.DataFrame(needed)}


def _prior_cost(
    boroughs: tuple[int, ...], half_lives: tuple[float, ...], last: int
) -> pd.DataFrame:
    rows = [
        {
            "method": method,
            "comparison_boroughs": count,
            "half_life": half_life,
            "post_years": last,
            "assurance": share,
            "assurance_mcse": float(_mcse(share)),
            **_BESIDE,
        }
        for count, half_life in itertools.product(boroughs, half_lives)
        for method, share in (("national/embedding", 0.2), ("national/embedding/flat", 0.4))
    ]
    return pd.DataFrame(rows)


def _false_claims(boroughs: tuple[int, ...], last: int) -> pd.DataFrame:
    rows = [
        {
            "comparison_boroughs": count,
            "post_years": last,
            "method": method,
            "claim_rate": rate,
            "claim_rate_mcse": float(_mcse(rate, 400)),
            "failed": 0.03 * method.startswith("national"),
            "reason": "",
        }
        for count in boroughs
        for method, rate in zip(_METHODS, (0.62, 0.58, 0.12, 0.04), strict=True)
    ]
    return pd.DataFrame(rows)


def _by_shock() -> pd.DataFrame:
    grid = np.array([0.0, 0.05, 0.1, 0.2, 0.3, 0.45])
    rates = {
        "did_linear": 0.05 + 0.8 * np.tanh(3 * grid),
        "within-study/constant": 0.02 + 0.3 * grid,
        "national/constant": 0.01 + 0.2 * grid,
    }
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "sd_shock": grid,
                    "method": method,
                    "claim_rate": share,
                    "claim_rate_mcse": _mcse(share, 400),
                }
            )
            for method, share in rates.items()
        ],
        ignore_index=True,
    )


def _bias(last: int) -> pd.DataFrame:
    lags = np.array([0.0, 0.5, 1.0, 2.0, 4.0])
    rows = []
    for estimand, years in itertools.product(
        ("fully_embedded_effect", "average_effect"), sorted({1, last})
    ):
        for method, slope in (("national/constant", 0.4), ("national/embedding", 0.1)):
            rows.append(
                pd.DataFrame(
                    {
                        "half_life": lags,
                        "post_years": years,
                        "method": method,
                        "estimand": estimand,
                        "bias": slope * lags,
                        "bias_mcse": 0.05,
                        "mean_truth": -3.0,
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


def _mdes(boroughs: tuple[int, ...], half_lives: tuple[float, ...], last: int) -> pd.DataFrame:
    milestones = sorted({year for year in (1, 3, 5, last) if year <= last})
    rows = [
        {
            "comparison_boroughs": count,
            "half_life": half_life,
            "post_years": year,
            "mdes": np.nan if count == 1 and year == 1 else (4 + half_life) / np.sqrt(year),
            "mdes_mcse": 0.12,
            "mdes_calibrated": (3 + half_life) / np.sqrt(year),
            "mdes_calibrated_mcse": 0.12,
        }
        for count, half_life, year in itertools.product(boroughs, half_lives, milestones)
    ]
    return pd.DataFrame(rows)


def _agreement() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "trial": "5 comparison boroughs, half-life 1",
            "post_years": 3,
            "replicate": [7, 7, 11, 11],
            "estimand": "average_effect",
            "year": "",
            "scale": "percentage_points",
            "mean_difference": [0.01, -0.02, 0.06, 0.9],
            "mean_error": 0.01,
            "sd_ratio": [0.99, 1.01, 1.02, 2.0],
            "probability_difference": [0.001, -0.002, 0.004, 0.2],
            "vouched": [True, True, True, False],
            "converged": True,
        }
    )
