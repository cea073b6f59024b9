"""Small invented results with the columns of a real run, for tests of figures and page."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from studied import OUTCOMES, STUDY

from mp_bayes.audit.tables import load
from mp_bayes.estimands import INTERVAL, span
from mp_bayes.estimands.summaries import COLUMNS
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.reanalysis.comparison import compare
from mp_bayes.reanalysis.decomposition import (
    LABELS,
    LAST,
    PUBLISHED,
    RECOMPUTED,
    scale_of,
    steps_of,
)
from mp_bayes.reanalysis.grid import coding_of
from mp_bayes.reanalysis.weights import AVERAGES
from mp_bayes.studies.study import Outcome

WIDTH = {"none": 1.0, "within-study": 2.0, "national": 3.0}
ANALYSES = [
    *(("cells", shock, "yearly") for shock in SHOCK_PRIORS),
    ("cells", "national", "constant"),
    ("cells", "national", "embedding"),
    ("coefficients", "national", "yearly"),
]


def effect_row(
    outcome: Outcome, analysis: tuple[str, str, str], estimand: str, year: str, scale: str
) -> dict:
    mean, half = -2.0, WIDTH[analysis[1]]
    if scale in ("log_odds", "log_rate"):
        mean, half = mean / 10, half / 10
    values = {
        "outcome": outcome.name,
        "evidence": analysis[0],
        "shock_prior": analysis[1],
        "effect_structure": analysis[2],
        "coding": coding_of(analysis[1]),
        "estimand": estimand,
        "year": year,
        "scale": scale,
        "mean": mean,
        "sd": half / 2,
        "lower": mean - half,
        "upper": mean + half,
        "interval": INTERVAL,
        "prob_below_0": 0.99 if half < abs(mean) else 0.9,
        "prob_beyond_minimum": 0.7,
        "mcse_mean": 0.001,
        "mcse_lower": 0.002,
        "mcse_upper": 0.002,
        "mcse_prob": 0.001,
        "rhat": 1.001,
        "ess_bulk": 2000.0,
        "ess_tail": 1500.0,
        "engine": "nuts",
        "pareto_k": np.nan,
        "usable": True,
    }
    return {column: values[column] for column in COLUMNS}


def effect_rows(outcome: Outcome, analysis: tuple[str, str, str]) -> list[dict]:
    rows = []
    for scale in (outcome.link_scale, outcome.response_scale):
        rows += [
            effect_row(outcome, analysis, "yearly_effect", year, scale)
            for year in outcome.post_years
        ]
        average = span(outcome.post_years)
        rows.append(effect_row(outcome, analysis, "average_effect", average, scale))
        if analysis[2] != "yearly":
            rows.append(effect_row(outcome, analysis, "fully_embedded_effect", "", scale))
    rows += [
        effect_row(outcome, analysis, "parallel_trends", year, outcome.link_scale)
        for year in outcome.pre_years
    ]
    return rows


def trends(outcome: Outcome) -> pd.DataFrame:
    rows = [
        {"borough": borough, "year": year, "observed": 20.0}
        for borough in outcome.setting.boroughs
        for year in outcome.years
    ]
    table = pd.DataFrame(rows)
    for name, mean in (("fitted", 20.0), ("without", 22.0), ("replicated", 20.0)):
        table[f"{name}_mean"] = mean
        table[f"{name}_lower"], table[f"{name}_upper"] = mean - 1.5, mean + 1.5
    return table.assign(prob_as_high=0.5, **labels(outcome))


def labels(outcome: Outcome) -> dict:
    return {
        "outcome": outcome.name,
        "evidence": "cells",
        "shock": "national",
        "effect": "yearly",
        "timing": "as_published",
        "coding": "dosed",
        "years": "free",
        "shape": "normal",
        "usable": True,
    }


def costs(outcome: Outcome) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "period": span(outcome.post_years),
            "cost": 2_000_000.0,
            "prob_averts": 0.9,
            "cost_per_outcome_median": 20_000.0,
            "cost_per_outcome_lower": 9_000.0,
            "cost_per_outcome_upper": np.inf,
            "value_per_outcome": outcome.values,  # noqa: PD011
            "prob_pays": np.linspace(0, 0.8, len(outcome.values)),
        }
    ).assign(**labels(outcome))


def sensitivity(outcome: Outcome, parameter: str) -> pd.DataFrame:
    """Return effects of mean -0.2 whose 95% half-width is 0.1 plus the assumed SD."""
    tables = []
    for sd in (0.0, 0.05, 0.2, 0.4):
        rows = effect_rows(outcome, ("cells", "national", "yearly"))
        half = 0.1 + sd
        table = pd.DataFrame(rows).assign(lower=-0.2 - half, upper=-0.2 + half)
        tables.append(table.assign(**{f"assumed_{parameter}": sd}))
    return pd.concat(tables, ignore_index=True)


def along(parameter: str) -> pd.DataFrame:
    tables = [sensitivity(outcome, parameter) for outcome in OUTCOMES.values()]
    return pd.concat(tables, ignore_index=True)


def chains(outcome: Outcome) -> pd.DataFrame:
    """Return a walk from -3 to the headline's -1, which the step with shocks widens to 8."""
    names = [PUBLISHED, RECOMPUTED, *(step.name for step in steps_of(outcome)), LAST]
    estimate = np.linspace(-3.0, -1.0, len(names))
    half = np.where(np.arange(len(names)) < names.index("shocks"), 1.0, 4.0)
    chain = pd.DataFrame(
        {
            "outcome": outcome.name,
            "step": np.arange(len(names)) + 1,
            "name": names,
            "label": [LABELS[name] for name in names],
            "scale": scale_of(outcome),
            "estimate": estimate,
            "lower": estimate - half,
            "upper": estimate + half,
            "interval": INTERVAL,
            "change": np.diff(estimate, prepend=np.nan),
            "usable": True,
        }
    )
    years = [*outcome.post_years, span(outcome.post_years)]
    return pd.concat([chain.assign(year=year) for year in years], ignore_index=True)


def weights(outcome: Outcome) -> pd.DataFrame:
    """Return weights of a contrast in which the comparison counts 0.9, or 0.1 if borrowed."""
    rows = []
    for average, label in AVERAGES.items():
        share = 0.1 if average == "borrowed" else 0.9
        for borough in outcome.setting.boroughs:
            sign = 1.0 if borough in outcome.setting.treated_boroughs else -share
            rows += [
                {
                    "outcome": outcome.name,
                    "average": average,
                    "label": label,
                    "borough": borough,
                    "year": year,
                    "weight": sign * (0.4 if year in outcome.post_years else -0.3),
                    "comparison_weight": share,
                }
                for year in outcome.years
            ]
    return pd.DataFrame(rows)


def make_tables() -> dict[str, pd.DataFrame]:
    effects = pd.DataFrame(
        row
        for outcome in OUTCOMES.values()
        for analysis in ANALYSES
        for row in effect_rows(outcome, analysis)
    )
    diagnostics = pd.DataFrame(
        {**labels(outcome), "evidence": evidence, "shock": shock, "effect": effect}
        for outcome in OUTCOMES.values()
        for evidence, shock, effect in ANALYSES
    ).assign(
        divergences=0,
        engine="nuts",
        pareto_k=np.nan,
        max_rhat=1.001,
        min_ess_bulk=2000.0,
        min_ess_tail=1500.0,
        draws=3200,
    )
    scenarios = pd.concat(
        pd.DataFrame(effect_rows(outcome, ("cells", "national", effect))).assign(timing=timing)
        for outcome in OUTCOMES.values()
        for timing in list(outcome.setting.timings)[1:]
        for effect in ("constant", "embedding")
    )
    return {
        "effects": effects,
        "comparison": compare(effects, OUTCOMES.values(), load_priors(STUDY)),
        "trends": pd.concat([trends(one) for one in OUTCOMES.values()], ignore_index=True),
        "costs": pd.concat([costs(one) for one in OUTCOMES.values()], ignore_index=True),
        "diagnostics": diagnostics,
        "timing_scenarios": scenarios,
        "shock_sensitivity": along("sd_shock"),
        "pooling_sensitivity": along("sd_effect"),
        "decomposition": pd.concat(map(chains, OUTCOMES.values()), ignore_index=True),
        "weights": pd.concat(map(weights, OUTCOMES.values()), ignore_index=True),
        "audit": pd.DataFrame(
            {
                "rule": ["sample_from_cells", "cost_row_totals"],
                "subject": ["Southend, cin_rereferral_12m", "staff"],
                "published": ["7283", "10"],
                "published_source": ["section 2.2", "Table 4"],
                "rederived": ["7294", "10"],
                "rederived_source": ["Table 8", "Table 4"],
                "agrees": [False, True],
                "tolerance": ["", ""],
                "detail": ["a difference of -11.", "agrees."],
            }
        ),
        "priors": pd.DataFrame(
            {
                "outcome": name,
                "shock_prior": shock,
                "parameter": "rho",
                "prior": "Normal(mu -0.5, sigma 1)",
                "reason": "invented <for> this test",
            }
            for name in OUTCOMES
            for shock in SHOCK_PRIORS
        ),
    }


def write_posteriors(folder: Path) -> Path:
    """Write invented posteriors of the national fits; return the results folder."""
    rng = np.random.default_rng(1)
    (folder / "posteriors").mkdir(parents=True)
    for name in OUTCOMES:
        for effect in ("yearly", "embedding"):
            draws = {
                "mean_effect": rng.normal(-0.1, 0.2, (2, 50)),
                "sd_effect": abs(rng.normal(0, 0.2, (2, 50))),
                "sd_shock": rng.uniform(0.2, 0.4, (2, 50)),
                "rho": rng.uniform(0.4, 0.8, (2, 50)),
                "half_life": np.full((2, 50), 1.0),
            }
            posterior = xr.Dataset({key: (("chain", "draw"), v) for key, v in draws.items()})
            path = folder / "posteriors" / f"{name}__national__{effect}.nc"
            xr.DataTree.from_dict({"posterior": posterior}).to_netcdf(path, engine="h5netcdf")
    return folder


def published_interval(outcome: str, year: str, model: str) -> tuple[float, float]:
    """Return the published estimate and standard error, read from the evidence itself."""
    table = load("coefficients").set_index(["outcome", "term", "year", "model"])
    row = table.loc[(outcome, "treated_x_year", year, model)]
    return float(row["estimate"]), float(row["se"])
