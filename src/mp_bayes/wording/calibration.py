"""What the calibration by simulation says, in sentences made from its tables."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mp_bayes.checks.calibration_cases import AUTHORITIES, YEARS, cases
from mp_bayes.checks.calibration_run import LEVEL
from mp_bayes.checks.simulator import FAULTS, PROPER
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import interval, listed, number, p_value, percent
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table

_ENGINES = {"laplace": "weighted draws", "nuts": "the sampler"}
_EVIDENCE = {"cells": "totals", "coefficients": "published estimates", "panel": "the panel"}
# Refusals are told by model from such a share on.
_OFTEN = 0.02
_LIKELIHOODS = {"binomial": "binary", "nb1": "counts"}


def models(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each model: its worst quantity, with the verdict in `passes`."""
    rows = table.loc[table.groupby("model", sort=False)["p"].idxmin()].copy()
    rows["quantities"] = table.groupby("model", sort=False).size().to_numpy()
    rows["outside"] = table["beyond"].gt(0).groupby(table["model"], sort=False).sum().to_numpy()
    return rows.assign(passes=rows["p_model"] >= LEVEL)


def calibration_answer(tables: Tables, study: Study) -> list[str]:
    """Say which models pass, which do not and by how much, and whether faults are found."""
    table = tables["calibration"]
    each = models(table)
    sound, broken = each[each["fault"].eq("")], each[each["fault"].ne("")]
    lines = []
    for engine, rows in sound.groupby("engine", sort=False):
        counts = sorted(set(rows["replicates"]))
        times = interval(counts[0], counts[-1], 0) if len(counts) > 1 else number(counts[0], 0)
        lines.append(
            f"By {_ENGINES[str(engine)]}, {rows['passes'].sum()} of {len(rows)} models pass, at "
            f"{times} simulated data sets each; {rows['refused'].sum()} of "
            f"{rows['replicates'].sum():,} data sets were refused by the engine and left out. "
            f"{_blind(tables['bands'], (rows['replicates'] - rows['refused']).min())}"
        )
        often = rows[rows["refused"] > _OFTEN * rows["replicates"]]
        if len(often):
            told = [
                f"{row['refused']} of {row['replicates']} for {row['model']}"
                for row in often.to_dict("records")
            ]
            share = "Most" if often["refused"].sum() > rows["refused"].sum() / 2 else "Some"
            lines.append(f"{share} of these were refused in few models: {listed(told)}.")
    if len(sound):
        least, all_of_them = sound["p_all"].min(), table["fault"].eq("").sum()
        lines.append(
            f"A model passes if no quantity's p value is below {LEVEL:g}, adjusted for how many "
            f"its quantities are (Holm). Of {len(sound)} calibrated models at most "
            f"{LEVEL * len(sound):.3g} would fail by chance on average, and fewer where "
            f"quantities of a model go together. Over the {all_of_them} "
            f"quantities of all models together the smallest adjusted p value is {p_value(least)}: "
            + _overall(sound, least)
        )
    for row in sound[~sound["passes"]].to_dict("records"):
        lines.append(
            f"Does not pass: {row['model']}; its worst quantity is {_quantity(row)}, whose "
            f"ranks' distribution function differs from the uniform one by "
            f"{number(row['largest'], 3, sign=True)} at {row['at']:g} (p {p_value(row['p_model'])} "
            f"among the model's quantities, {p_value(row['p_all'])} among all)."
        )
    for row in broken.to_dict("records"):
        verdict = "found" if not row["passes"] else "not found"
        lines.append(
            f"A fault on purpose, {FAULTS[row['fault']]}: {verdict} by "
            f"{_ENGINES[row['engine']]}, at {number(row['replicates'], 0)} data sets (worst: "
            f"{_quantity(row)}, by {number(row['largest'], 2, sign=True)}, "
            f"p {p_value(row['p_model'])})."
        )
    run = set(each["model"])
    faults = [case.name for case in cases(study) if case.fault]
    if untried := [name for name in faults if name not in run]:
        lines.append(
            f"Faults on purpose that were not tried: {len(untried)} of {len(faults)}, such as "
            f"{untried[0]}."
        )
    every = [case for case in cases(study) if not case.fault]  # those are of the test
    left = [case.name for case in every if case.name not in run]
    if left:
        lines.append(f"Not run: {len(left)} of {len(every)} models, such as {left[0]}.")
    around = sound[sound["truths"].eq("posterior")]
    if len(around):
        lines.append(
            f"In {len(around)} of these models truths come from the posterior of the study's own "
            "data, and simulated data are fitted together with these (posterior calibration): "
            f"{around['passes'].sum()} pass."
        )
    if sound["evidence"].eq("panel").any():
        lines.append(
            f"The panel's model is calibrated on small panels, of {AUTHORITIES} authorities and "
            f"{YEARS} years."
        )
    lines.append(
        "Not among the models: outcomes other than the first of each likelihood, and heavy-tailed "
        "shocks with published estimates."
    )
    levels = listed([f"{number(value)} ({_PROPER[name]})" for name, value in PROPER.items()])
    lines.append(
        "Around the own data all priors are the study's, and the panel's model has priors of its "
        "own. Else parameters are drawn from the study's, each model's shocks from its own; but "
        "levels, common years and, under the shock prior `none`, free pre-trends, whose priors in "
        "the study are so wide that most data drawn from them are degenerate, from proper ones in "
        f"simulator and fit alike, with SDs of {levels}. Levels are centred on the outcome's "
        "observed rate."
    )
    if "coverage" in tables:
        covered = tables["coverage"]
        within = covered["covered"].between(covered["lower"], covered["upper"])
        lines.append(
            f"The fast summaries, which have no draws: their 95% equal-tailed intervals hold the "
            f"truth in {percent(covered['covered'].min())} to {percent(covered['covered'].max())} "
            f"of the data sets for which they vouch, for {len(covered)} quantities of "
            f"{covered['model'].nunique()} models; {within.sum()} of these shares lie within the "
            "central 95% of what chance would give."
        )
    return lines


def _overall(sound: pd.DataFrame, least: float) -> str:
    """Say what the models that do not pass amount to."""
    failing = int((~sound["passes"]).sum())
    if least < LEVEL:
        return "there is a model that is not calibrated."
    if not failing:
        return "no model is found to be miscalibrated."
    if failing <= LEVEL * len(sound):
        return "that some do not pass is no more than chance gives."
    return f"none stands out, but {failing} do not pass, which is more than chance gives."


def _blind(bands: pd.DataFrame, ranks: int) -> str:
    """Say which departures so few data sets may miss."""
    known = bands[bands["ranks"].le(ranks)]
    middle = known[known["ranks"].eq(known["ranks"].max()) & known["point"].eq(_MIDDLE)]
    upper = middle.set_index("quantities")["upper"].sort_index()
    return (
        f"With {number(known['ranks'].max(), 0)}, the share of truths below their posterior's "
        f"median may be off by {number(100 * upper.iloc[0], 0)} percentage points in one quantity, "
        f"and by {number(100 * upper.iloc[-1], 0)} in the worst of a model's, before it is found."
    )


_MIDDLE = 0.5
_PROPER = {"sd_borough": "levels", "sd_year": "years", "sd_pre_trend": "pre-trends"}


def _quantity(row: Mapping[Any, Any]) -> str:
    words = str(row["estimand"]).replace("_", " ")
    scale = str(row["scale"]).replace("_", " ")
    return ", ".join(part for part in (words, str(row["year"]), scale) if part and part != "nan")


def calibration_tables(tables: Tables, _study: Study) -> list[Table]:
    """Return a table of models, each with its worst quantity."""
    rows = [
        [
            f"{_LIKELIHOODS[row['likelihood']]}, {_EVIDENCE[row['evidence']]}",
            _ENGINES[row["engine"]],
            str(row["shock_prior"]),
            " ".join(str(row[name]) for name in ("effect_structure", "coding") if _text(row[name])),
            "own data" if row["truths"] == "posterior" else "priors",
            f"{row['replicates'] - row['refused']}",
            f"{row['refused']}",
            f"{row['outside']} of {row['quantities']}",
            f"{_quantity(row)}: {number(row['largest'], 3, sign=True)}",
            p_value(row["p_model"]),
            f"broken on purpose: {'missed' if row['passes'] else 'found'}"
            if _text(row["fault"])
            else ("passes" if row["passes"] else "does not pass"),
        ]
        for row in models(tables["calibration"]).to_dict("records")
    ]
    return [
        Table(
            "Calibration of each model",
            [
                "Evidence",
                "Engine",
                "Shock prior",
                "Effect",
                "Truths from",
                "Data sets",
                "Refused",
                "Quantities outside their own 95% band",
                "Worst quantity, and by how much",
                "p, adjusted (Holm)",
                "Verdict",
            ],
            rows,
            note="One quantity in twenty leaves its own 95% band by chance; the verdict is of a "
            "model's quantities together.",
            name="calibration",
        )
    ]


def _text(value: object) -> bool:
    return bool(value) and value == value  # noqa: PLR0124  # an empty cell of a CSV file is no number
