"""The answer in plain words, made from the numbers."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import (
    CREDIBLE,
    comparison_in,
    decimals_for,
    decimals_in,
    listed,
    number,
    percent,
    treated_in,
    unit_of,
)
from mp_bayes.wording.selection import HEADLINE, pick

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


def verdict(row: "Mapping[Any, Any] | pd.Series[Any]") -> Verdict:
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
    "leans_reduction": "A reduction is likelier than an increase, but the interval holds both.",
    "leans_increase": "An increase is likelier than a reduction, but the interval holds both.",
    "open": "The evidence does not tell a reduction from an increase.",
}


def directed(value: float, decimals: int, unit: str = "") -> str:
    """Write a change as `2.1 percentage points lower` or `0.4 higher`."""
    size = number(abs(value), decimals)
    amount = f"{size} {_singular(unit) if size == '1' else unit}".strip()
    if float(size.replace(",", "")) == 0:
        return f"{amount} (no change)"
    return f"{amount} {'lower' if value < 0 else 'higher'}"


def _singular(unit: str) -> str:
    """Write a unit for the number 1: `percentage point`, `placement move per 100 child-years`."""
    what, _, per = unit.partition(" per ")
    return what.removesuffix("s") + (f" per {per}" if per else "")


def minimum_of(outcome: Outcome) -> str:
    """Write the smallest effect of interest with its unit."""
    unit = unit_of(outcome.response_scale, outcome)
    if outcome.minimum == 1:
        unit = _singular(unit)
    return f"{outcome.minimum:g} {unit}"


def outcome_answer(effects: pd.DataFrame, outcome: Outcome) -> str:
    """Say in words what the headline fit tells of one outcome.

    Parameters
    ----------
    effects : pandas.DataFrame
        With the columns of `mp_bayes.estimands.summaries.COLUMNS`.
    outcome : Outcome
    """
    row = headline_row(effects, outcome)
    if row is None:
        return "No answer: the headline analysis was not run for this outcome."
    if not row["usable"]:
        return (
            "No answer can be given: the headline fit is unusable, because its sampling did not "
            "converge."
        )
    middle, lower, upper = decimals_in(row.to_dict())
    unit = unit_of(outcome.response_scale, outcome)
    return (
        f"{_CONCLUSIONS[verdict(row)]} Averaged over {row['year']}, the rate in "
        f"{treated_in(outcome.setting)} is put at {directed(row['mean'], middle, unit)} than "
        f"without the programme ({CREDIBLE} from {directed(row['lower'], lower)} to "
        f"{directed(row['upper'], upper)}). The probability of any reduction is "
        f"{percent(row['prob_below_0'])}; of a reduction of more than "
        f"{minimum_of(outcome)}, "
        f"{percent(row['prob_beyond_minimum'])}.{counted_from(outcome)}"
    )


def counted_from(outcome: Outcome) -> str:
    """Say from which year on boroughs count in averages, where they do not begin together."""
    setting = outcome.setting
    if not setting.staggered:
        return ""
    groups: dict[str, list[str]] = {}
    for borough, begun in zip(setting.treated_boroughs, setting.treated_post, strict=True):
        first = setting.years[int(begun.argmax())]
        groups.setdefault(first, []).append(borough)
    parts = [f"{listed(names)} from {first}" for first, names in groups.items()]
    between = outcome.reaches_past_onset & setting.post
    left = (
        " Earlier years that the programme reaches are fitted by their dose, and not averaged."
        if between.any()
        else ""
    )
    return (
        f" Each borough counts in the average, and in outcomes averted, from its first whole year "
        f"with the programme: {'; '.join(parts)}.{left}"
    )


def years_answer(effects: pd.DataFrame, outcome: Outcome) -> str:
    """Say, under each shock prior, in which single years the 95% interval excludes zero."""
    scale = outcome.response_scale
    parts = []
    for shock in SHOCK_PRIORS:
        rows = pick(
            effects,
            outcome=outcome.name,
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
            f"{row['year']} ({directed(row['mean'], decimals_in(row)[0])})"
            for row in out.to_dict("records")
        ]
        parts.append(f"{shock}, {listed(years) if years else 'no year'}")
    said = "; ".join(parts)
    return f"Single years whose 95% interval excludes zero, by shock prior: {said}."


def introduction(study: Study) -> str:
    """Say what was compared with what, and why a borough's own movement matters."""
    settings = list(dict.fromkeys(outcome.setting for outcome in study.outcomes.values()))
    compared = listed([f"{treated_in(one)} with {comparison_in(one)}" for one in settings])
    return (
        f"This page compares {compared}, before and after {study.programme} began "
        "(difference-in-differences). A borough's own year-to-year movement, from a new recording "
        "system or an inspection or a change of threshold, cannot be told from an effect by the "
        "data alone. The page shows what the counts say once that movement is allowed for."
    )


def overall_answer(effects: pd.DataFrame, outcomes: Iterable[Outcome]) -> str:
    """Say in one or two sentences what all outcomes tell together."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
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
            others = "the other outcome" if settled == 1 else f"the {settled} other outcomes"
            text += f" For {others} it does not settle the direction."
    else:
        other = "other outcomes" if lost else "outcomes"
        text = (
            f"{ALLOWING}, the evidence does not settle whether the programme reduced or increased "
            f"any of the {total - len(lost)} {other}."
        )
    if lost:
        text += f" No answer can be given for {listed(lost)}: those fits are unusable."
    return text


def excluding_zero(rows: pd.DataFrame) -> int:
    """Count the usable intervals that leave 0 out."""
    return int((rows["usable"].astype(bool) & ((rows["lower"] > 0) | (rows["upper"] < 0))).sum())


def pounds(value: float, error: float = np.nan) -> str:
    """Write a cost, which is infinite where nothing was averted; `error` is its Monte Carlo SE."""
    if not np.isfinite(value):
        return "no limit (nothing averted)"
    decimals = decimals_for(error, 0, least=-int(np.log10(max(value, 1.0))))
    return f"£{round(value, decimals):,.0f}"


def costs_each(row: "pd.Series[Any]") -> tuple[str, str, str]:
    """Write the lower end, median and upper end of the cost of one averted outcome."""
    lower, median, upper = (
        pounds(row[f"cost_per_outcome_{part}"], row.get(f"mcse_{part}", np.nan))
        for part in ("lower", "median", "upper")
    )
    return lower, median, upper


#: Below this probability that any was averted, the median cost of one is all but arbitrary.
BREAK_EVEN_FROM = 0.6


def cost_answer(costs: pd.DataFrame, outcome: Outcome, study: Study) -> str:
    """Say from what value of an averted outcome the programme would have paid for itself.

    Parameters
    ----------
    costs : pandas.DataFrame
        As from a run, with columns shock and effect.
    outcome : Outcome
    study : Study
        What it says of costs comes first.
    """
    chosen = {"evidence": "cells", "shock": "national", "effect": "yearly"}
    rows = pick(costs, outcome=outcome.name, **chosen)
    if rows.empty:
        return "Costs were not worked out for this outcome."
    row = rows.iloc[0]
    if not row["usable"]:
        return "No cost can be given: the headline fit is unusable."
    top = rows.sort_values("value_per_outcome").iloc[-1]
    lower, median, upper = costs_each(row)
    even = (
        f"whether any was averted is too open for a break-even value of one averted {outcome.unit}"
        if row["prob_averts"] < BREAK_EVEN_FROM
        else f"through this outcome alone the programme is as likely as not to have paid for "
        f"itself if one averted {outcome.unit} is worth {median}"
    )
    return (
        f"{study.texts.get('costs', '')} Against the programme's whole cost, "
        f"{pounds(row['cost'])}, {even} ({CREDIBLE} of the cost of one averted: "
        f"{lower} to {upper}). The probability that any was "
        f"averted on balance is {percent(row['prob_averts'])}; that the programme paid at "
        f"{pounds(top['value_per_outcome'])} each, {percent(top['prob_pays'])}."
    ).strip()


def notice(diagnostics: pd.DataFrame, outcomes: Mapping[str, Outcome]) -> str:
    """Warn of unusable fits; empty if there are none."""
    bad = diagnostics[~diagnostics["usable"].astype(bool)]
    if bad.empty:
        return ""
    labels = [outcomes[name].label for name in dict.fromkeys(bad["outcome"])]
    fits = "fit is" if len(bad) == 1 else "fits are"
    return (
        f"{len(bad)} of {len(diagnostics)} {fits} unusable, because the sampling did not converge: "
        f"{listed(labels)}. Their numbers are marked “unusable” wherever they stand and "
        "must not be quoted."
    )


def _lower_first(text: str) -> str:
    return text[0].lower() + text[1:]
