"""Fair opponents of the published intervals, and the headline under other assumptions, in words."""

import math
from collections.abc import Hashable
from typing import Any

import pandas as pd

from mp_bayes.reanalysis.opponents import DONALD_LANG, FEW_TREATED, SHOCK_AWARE
from mp_bayes.wording.numbers import CREDIBLE, listed, number, percent, unit_of
from mp_bayes.wording.reanalysis import excluding_zero
from mp_bayes.wording.selection import HEADLINE, REGRESSIONS, pick, regression_source
from mp_bayes.wording.table import Table, effect_cell, marked
from mp_bayes.wording.together import Outcomes

#: Methods as people say them.
NAMES = {
    SHOCK_AWARE: "Shock-aware DiD",
    DONALD_LANG: "Donald-Lang",
    "conley_taber": "Conley-Taber",
    "ferman_pinto": "Ferman-Pinto",
    "permutation": "Permutation",
}
#: What a variant changes, by its columns years and shape.
VARIANTS = {
    ("borrowed", "normal"): "common years borrowed from national statistics",
    ("free", "student"): "heavy-tailed shocks (Student t)",
}


def fair_answer(comparison: pd.DataFrame, outcomes: Outcomes) -> list[str]:
    """Say what methods that allow for shocks make of the averages, and which cannot be used.

    Parameters
    ----------
    comparison : pandas.DataFrame
        From `mp_bayes.reanalysis.comparison.compare`.
    """
    averages = _averages(comparison, outcomes)
    source = regression_source(outcomes.values())
    word = REGRESSIONS[source]
    published = pick(averages, source=source)
    fair = pick(averages, source="fair")
    answered = fair[fair["reason"].fillna("").eq("")]
    shock, lang = (pick(answered, method=name) for name in (SHOCK_AWARE, DONALD_LANG))
    counts = [
        f"{excluding_zero(rows)} of {len(rows)} {said}"
        for rows, said in (
            (published, f"{word} intervals"),
            (shock, "of the shock-aware difference-in-differences"),
            (lang, "of Donald and Lang's test"),
        )
        if len(rows)
    ]
    lines = [f"Averages over the post-years, intervals that exclude zero: {listed(counts)}."]
    both = published.merge(shock, on="outcome", suffixes=("", "_fair"))
    if len(both):
        ratio = (both["upper_fair"] - both["lower_fair"]) / (both["upper"] - both["lower"])
        narrower = (
            "Narrower it can be because it compares with all years before the onset, not one. "
            if ratio.min() < 1
            else ""
        )
        lines.append(
            "The shock-aware interval, which uses no prior of the effect and takes the shocks' SD "
            "as known, is "
            f"{number(ratio.min())} to {number(ratio.max())} times as wide as the {word} one. "
            f"{narrower}"
            "What the prior of the effect adds in the headline is shrinkage towards 0: it narrows "
            "intervals, and costs power. Donald and Lang's test takes each borough-year's movement "
            "as independent of the last."
        )
    barred = fair[fair["method"].isin(FEW_TREATED) & fair["reason"].fillna("").ne("")]
    for reason, part in barred.groupby("reason", sort=False):
        names = [NAMES[name] for name in FEW_TREATED if part["method"].eq(name).any()]
        lines.append(
            f"{listed(names)} cannot be used here: each {reason}. That is a finding: methods which "
            "learn from other boroughs how large a chance contrast is have too few to learn from."
        )
    return lines


def fair_table(comparison: pd.DataFrame, outcomes: Outcomes) -> Table:
    """Return each average by every method, or why there is none."""
    averages = _averages(comparison, outcomes)
    source = regression_source(outcomes.values())
    lines = []
    for name, outcome in outcomes.items():
        mine = pick(averages, outcome=name)
        if mine.empty:
            continue
        line = [f"{outcome.label} ({unit_of(outcome.response_scale, outcome)})"]
        for rows in (
            pick(mine, source=source),
            *(pick(mine, source="fair", method=method) for method in NAMES),
        ):
            found = rows.to_dict("records")
            if not found:
                line.append("not given")
            else:
                reason = found[0]["reason"]
                known = pd.isna(reason) or not reason
                line.append(effect_cell(found[0], value="estimate") if known else str(reason))
        lines.append(line)
    return Table(
        "Average effects by methods that allow for borough-by-year shocks",
        ["Outcome (unit)", REGRESSIONS[source].capitalize(), *NAMES.values()],
        lines,
        "Estimate (95% confidence interval). The shock-aware DiD takes the size of shocks from the "
        "national prior's root mean square; partly exposed years count by their dose.",
    )


def _averages(comparison: pd.DataFrame, outcomes: Outcomes) -> pd.DataFrame:
    """Return average effects on the response scale; of the published ones, like with like."""
    rows = pick(comparison, estimand="average_effect")
    scales = pd.Series([outcomes[name].response_scale for name in rows["outcome"]], rows.index)
    return rows[rows["scale"].eq(scales)]


def variants_answer(effects: pd.DataFrame, variants: pd.DataFrame, outcomes: Outcomes) -> list[str]:
    """Say what borrowed years, and heavy-tailed shocks, would have made of the headline.

    Parameters
    ----------
    effects, variants : pandas.DataFrame
        Of a run; `variants` with columns years and shape.
    """
    head = _usable(pick(effects, **HEADLINE), outcomes)
    lines = []
    for (years, shape), label in VARIANTS.items():
        fitted = pick(variants, years=years, shape=shape)
        if fitted.empty:
            lines.append(f"With {label}: not fitted, since the run was quick.")
            continue
        rows = _usable(fitted, outcomes)
        good = [name for name in outcomes if name in head and name in rows]
        if not good:
            lines.append(f"With {label}: no usable fit.")
            continue
        most = max(good, key=lambda name: abs(_below(rows[name]) - _below(head[name])))
        turned = [
            outcomes[name].label
            for name in good
            if (_below(rows[name]) < 0.5) != (_below(head[name]) < 0.5)
            and abs(_below(rows[name]) - _below(head[name])) > 3 * _error(rows[name], head[name])
        ]
        named = f" ({listed(turned)})" if turned else ""
        lines.append(
            f"With {label}, the probability of a reduction changes most for "
            f"“{outcomes[most].label}”: from {percent(_below(head[most]))} to "
            f"{percent(_below(rows[most]))}. The likelier direction turns round for {len(turned)} "
            f"of {len(good)} outcomes{named}; the interval excludes zero for "
            f"{excluding_zero(pd.DataFrame([rows[name] for name in good]))}."
        )
    return lines


def _usable(table: pd.DataFrame, outcomes: Outcomes) -> dict[str, dict[Hashable, Any]]:
    """Return the usable averages by outcome."""
    rows = _averages(table, outcomes).to_dict("records")
    return {row["outcome"]: row for row in rows if row["usable"]}


def _error(*rows: dict[Hashable, Any]) -> float:
    """Return the Monte Carlo standard error of a difference of probabilities."""
    return math.hypot(*(row["mcse_prob"] for row in rows))


def _below(row: dict[Hashable, Any]) -> float:
    return float(row["prob_below_0"])


def variants_table(effects: pd.DataFrame, variants: pd.DataFrame, outcomes: Outcomes) -> Table:
    """Return the headline's average effect beside its variants'."""
    tables = {
        "Headline": pick(effects, **HEADLINE),
        **{
            f"With {label}": pick(variants, years=years, shape=shape)
            for (years, shape), label in VARIANTS.items()
            if len(pick(variants, years=years, shape=shape))  # a quick run has not all
        },
    }
    lines = []
    for name, outcome in outcomes.items():
        line = [f"{outcome.label} ({unit_of(outcome.response_scale, outcome)})"]
        for table in tables.values():
            for row in _averages(pick(table, outcome=name), outcomes).to_dict("records"):
                chance = percent(row["prob_below_0"])
                line += [effect_cell(row), marked(chance, usable=bool(row["usable"]))]
        if len(line) == 1 + 2 * len(tables):
            lines.append(line)
    columns = ["Outcome (unit)"]
    for label in tables:
        columns += [f"{label}: effect ({CREDIBLE})", f"{label}: probability of a reduction"]
    return Table("The headline under other assumptions", columns, lines)
