"""The answer in plain words, made from the numbers."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from mp_bayes.figures.numbers import CREDIBLE, decimals_of, listed, number, percent, unit_of
from mp_bayes.figures.selection import HEADLINE, pick
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.study import OUTCOMES, Outcome, get_outcome

Verdict = Literal["reduction", "increase", "leans_reduction", "leans_increase", "open", "unusable"]
#: From this probability on, one direction is called the likelier one.
LEANS = 0.8
ALLOWING = "Allowing for how much boroughs move on their own"


def headline_row(
    effects: pd.DataFrame, outcome: Outcome, **changes: str
) -> "pd.Series[Any] | None":
    """Return the headline's average effect on the response scale; None if it was not fitted."""
    wanted = {**HEADLINE, "estimand": "average_effect", "scale": outcome.response_scale, **changes}
    rows = pick(effects, outcome=outcome.name, **wanted)
    return None if rows.empty else rows.iloc[0]


def verdict(row: "pd.Series[Any]") -> Verdict:
    """Judge an effect by its 95% interval, and by its direction where the interval holds 0."""
    if not row["usable"]:
        return "unusable"
    if row["upper"] < 0:
        return "reduction"
    if row["lower"] > 0:
        return "increase"
    below = float(row["prob_below_0"])
    if below >= LEANS:
        return "leans_reduction"
    return "leans_increase" if below <= 1 - LEANS else "open"


_CONCLUSIONS = {
    "reduction": "The evidence points to a reduction.",
    "increase": "The evidence points to an increase.",
    "leans_reduction": "A reduction is likelier than an increase, but neither is ruled out.",
    "leans_increase": "An increase is likelier than a reduction, but neither is ruled out.",
    "open": "The evidence does not tell a reduction from an increase.",
}


def directed(value: float, decimals: int, unit: str = "") -> str:
    """Write a change as `2.1 percentage points lower` or `0.4 higher`."""
    size = number(abs(value), decimals)
    amount = f"{size} {unit}".strip()
    if float(size.replace(",", "")) == 0:
        return f"{amount} (no change)"
    return f"{amount} {'lower' if value < 0 else 'higher'}"


def minimum_of(outcome: Outcome) -> str:
    """Write the smallest effect of interest with its unit."""
    unit = unit_of(outcome.response_scale, outcome)
    if outcome.minimum == 1:
        unit = unit.replace("points", "point").replace(f"{outcome.unit}s", outcome.unit)
    return f"{number(outcome.minimum, 0)} {unit}"


def outcome_answer(effects: pd.DataFrame, name: str) -> str:
    """Say in words what the headline fit tells of one outcome.

    Parameters
    ----------
    effects : pandas.DataFrame
        With the columns of `mp_bayes.estimands.COLUMNS`.
    name : str
        Outcome.
    """
    outcome = get_outcome(name)
    row = headline_row(effects, outcome)
    if row is None:
        return "No answer: the headline analysis was not run for this outcome."
    if not row["usable"]:
        return (
            "No answer can be given: the headline fit is unusable, because its sampling did not "
            "converge."
        )
    decimals = decimals_of(outcome.response_scale)
    unit = unit_of(outcome.response_scale, outcome)
    return (
        f"{_CONCLUSIONS[verdict(row)]} Averaged over {row['year']}, the rate in "
        f"{outcome.study.treated} is put at {directed(row['mean'], decimals, unit)} than "
        f"without the programme ({CREDIBLE} from {directed(row['lower'], decimals)} to "
        f"{directed(row['upper'], decimals)}). The probability of any reduction is "
        f"{percent(row['prob_below_0'])}; of a reduction of more than "
        f"{minimum_of(outcome)}, "
        f"{percent(row['prob_beyond_minimum'])}."
    )


def years_answer(effects: pd.DataFrame, name: str) -> str:
    """Say, under each shock prior, in which single years the 95% interval leaves out no change."""
    outcome = get_outcome(name)
    scale = outcome.response_scale
    parts = []
    for shock in SHOCK_PRIORS:
        rows = pick(
            effects,
            outcome=name,
            **{**HEADLINE, "shock_prior": shock},
            estimand="yearly_effect",
            scale=scale,
        )
        if rows.empty:
            continue
        if not rows["usable"].all():
            parts.append(f"{shock}, cannot be said (unusable)")
            continue
        out = rows[(rows["lower"] > 0) | (rows["upper"] < 0)]
        years = [
            f"{row['year']} ({directed(row['mean'], decimals_of(scale))})"
            for row in out.to_dict("records")
        ]
        parts.append(f"{shock}, {listed(years) if years else 'no year'}")
    said = "; ".join(parts)
    return f"Single years whose 95% interval leaves out no change, by shock prior: {said}."


def overall_answer(effects: pd.DataFrame) -> str:
    """Say in one or two sentences what all outcomes tell together."""
    found: dict[str, list[str]] = {}
    for outcome in OUTCOMES.values():
        row = headline_row(effects, outcome)
        if row is not None:
            found.setdefault(verdict(row), []).append(_lower_first(outcome.label))
    total = sum(len(labels) for labels in found.values())
    lost = found.get("unusable", [])
    if total == 0 or len(lost) == total:
        return "No answer can be given: no headline fit is usable."
    said = [
        f"a {kind} in {listed(found[kind])}".replace("a increase", "an increase")
        for kind in ("reduction", "increase")
        if kind in found
    ]
    settled = (
        total - len(lost) - sum(len(found.get(kind, [])) for kind in ("reduction", "increase"))
    )
    if said:
        text = f"{ALLOWING}, the evidence points to {listed(said)}."
        if settled:
            text += f" For the other outcomes ({settled}) it does not settle the direction."
    else:
        other = "other outcomes" if lost else "outcomes"
        text = (
            f"{ALLOWING}, the evidence does not settle whether the programme reduced or increased "
            f"any of the {total - len(lost)} {other}."
        )
    if lost:
        text += f" No answer can be given for {listed(lost)}: those fits are unusable."
    return text


def contrast_answer(effects: pd.DataFrame, comparison: pd.DataFrame | None) -> str:
    """Set the count of yearly effects that leave out 0 beside the published one."""
    counts = []
    if comparison is not None:
        links = [outcome.link_scale for outcome in OUTCOMES.values()]
        rows = pick(comparison, source="published", estimand="yearly_effect")
        counts.append(("in the published regressions", rows[rows["scale"].isin(links)]))
    both = pick(effects, evidence="coefficients", shock_prior="none")
    evidence = "coefficients" if len(both) else "cells"
    for shock, said in (
        (
            "none",
            f"under the same assumption here with years partly pooled (shock prior none, "
            f"{evidence})",
        ),
        ("national", f"once boroughs may move on their own (national, {evidence})"),
    ):
        choice = {**HEADLINE, "shock_prior": shock, "evidence": evidence}
        rows = pick(effects, **choice, estimand="yearly_effect")
        link = [OUTCOMES[name].link_scale for name in rows["outcome"]]
        counts.append((said, rows[rows["scale"].eq(pd.Series(link, index=rows.index, dtype=str))]))
    parts = [
        f"{excluding_zero(rows)} of {int(rows['usable'].sum())} {said}"
        for said, rows in counts
        if rows["usable"].any()
    ]
    if not parts:
        return ""
    return (
        "The published analysis takes boroughs not to move on their own from year to year. "
        f"Effects in single years whose 95% interval leaves out no change: {listed(parts)}."
    )


def excluding_zero(rows: pd.DataFrame) -> int:
    """Count the usable intervals that leave 0 out."""
    return int((rows["usable"].astype(bool) & ((rows["lower"] > 0) | (rows["upper"] < 0))).sum())


def pounds(value: float) -> str:
    """Write a cost, which is infinite where nothing was averted."""
    return f"£{value:,.0f}" if np.isfinite(value) else "no limit (nothing averted)"


def cost_answer(costs: pd.DataFrame, name: str) -> str:
    """Say in words what an averted outcome cost under the headline fit.

    Parameters
    ----------
    costs : pandas.DataFrame
        As from a run, with columns shock and effect.
    name : str
        Outcome.
    """
    outcome = get_outcome(name)
    chosen = {"evidence": "cells", "shock": "national", "effect": "yearly"}
    rows = pick(costs, outcome=name, **chosen)
    if rows.empty:
        return "Costs were not worked out for this outcome."
    row = rows.iloc[0]
    if not row["usable"]:
        return "No cost can be given: the headline fit is unusable."
    top = rows.sort_values("value_per_outcome").iloc[-1]
    median = row["cost_per_outcome_median"]
    each = (
        f"the median cost of one averted {outcome.unit} is {pounds(median)}"
        if np.isfinite(median)
        else f"in most posterior draws nothing was averted, so the median cost of one averted "
        f"{outcome.unit} has {pounds(median)}"
    )
    return (
        f"Set against the whole cost of its funding round, {pounds(row['cost'])}, {each} "
        f"({CREDIBLE} {pounds(row['cost_per_outcome_lower'])} to "
        f"{pounds(row['cost_per_outcome_upper'])}). The probability that any was averted on "
        f"balance is {percent(row['prob_averts'])}; that the programme paid for itself through "
        f"this outcome alone, at {pounds(top['value_per_outcome'])} each, "
        f"{percent(top['prob_pays'])}."
    )


def notice(diagnostics: pd.DataFrame) -> str:
    """Warn of unusable fits; empty if there are none."""
    bad = diagnostics[~diagnostics["usable"].astype(bool)]
    if bad.empty:
        return ""
    labels = [OUTCOMES[name].label for name in dict.fromkeys(bad["outcome"])]
    fits = "fit is" if len(bad) == 1 else "fits are"
    return (
        f"{len(bad)} of {len(diagnostics)} {fits} unusable, because the sampling did not converge: "
        f"{listed(labels)}. Their numbers are marked “unusable” wherever they stand and "
        "must not be quoted."
    )


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]
