"""The specification curve, and where conclusions turn round, in words."""

import pandas as pd

from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import counted, listed, lowered, number, percent, unit_of
from mp_bayes.wording.selection import Tables, leaves_out_zero, pick, regression_source
from mp_bayes.wording.table import Table

#: Choices as people say them, in the order of the figure; and their values, where these need it.
CHOICES = {
    "shock": "Borough-by-year shocks",
    "rho": "Persistence of shocks",
    "evidence": "Evidence",
    "years": "Common years",
    "structure": "Effect",
    "coding": "Partly exposed years",
    "pooling": "Years' effects",
    "prior": "Prior of the mean effect",
    "timing": "Timing",
}
VALUES = {
    ("shock", "none"): "none",
    ("shock", "within-study"): "within-study prior",
    ("shock", "national"): "national prior",
    ("rho", "prior"): "its prior",
    ("rho", "0"): "none",
    ("evidence", "cells"): "counts",
    ("evidence", "coefficients"): "published coefficients",
    ("years", "free"): "free",
    ("years", "borrowed"): "borrowed from England",
    ("structure", "yearly"): "yearly",
    ("structure", "constant"): "at once, constant",
    ("structure", "embedding"): "embedding curve",
    ("coding", "dosed"): "dosed",
    ("coding", "published"): "as published",
    ("pooling", "prior"): "pooled by their prior",
    ("pooling", "together"): "one for all",
    ("pooling", "alone"): "each alone, flat prior",
    ("prior", "half"): "half as wide",
    ("prior", "as given"): "as given",
    ("prior", "double"): "twice as wide",
    ("prior", "flat"): "flat",
}
_PARAMETERS = {
    "sd_shock": "an SD of shocks",
    "sd_effect": "an SD of the years' effects",
    "rho": "a persistence",
}


def value_label(choice: str, value: str) -> str:
    """Name a value of a choice; an assumed SD as `SD 0.2`."""
    if choice == "shock" and value.replace(".", "").isdigit():
        return f"SD {value}"
    return VALUES.get((choice, value), value.replace("_", " "))


def tried(tables: Tables, outcome: Outcome) -> pd.DataFrame:
    """Return the usable specifications of an outcome, in the order of their averages."""
    rows = pick(tables["multiverse"], outcome=outcome.name)
    rows = rows[rows["usable"].astype(bool)].sort_values("mean", kind="stable", ignore_index=True)
    return rows.assign(leaves_out_0=leaves_out_zero(rows))


def outcome_sentence(tables: Tables, outcome: Outcome) -> str:
    """Say of one outcome how its specifications differ."""
    rows = tried(tables, outcome)
    lost = len(pick(tables["multiverse"], outcome=outcome.name)) - len(rows)
    unit = unit_of(outcome.response_scale, outcome)
    quarter, three = rows["mean"].quantile([0.25, 0.75])
    without = rows["shock"].eq("none")
    said = (
        f"{outcome.label}: {len(rows):,} specifications"
        f"{f' ({lost} more could not be fitted)' if lost else ''}. The 95% interval of the average "
        f"effect leaves out 0 in {_share(rows['leaves_out_0'])} of them{_sides(rows)}: in "
        f"{_share(rows.loc[without, 'leaves_out_0'])} of those without borough-by-year "
        f"shocks, in {_share(rows.loc[~without, 'leaves_out_0'])} of those with"
        f"{_by_years(rows[~without])}. The averages' middle half lies between "
        f"{number(quarter, sign=True)} and {number(three, sign=True)} ({unit}), and "
    )
    return said + f"{_share(rows['mean'] < 0)} of all averages lie below 0."


def _sides(rows: pd.DataFrame) -> str:
    """Say how many of the intervals that leave out 0 lie below it, and how many above."""
    out = rows[rows["leaves_out_0"]]
    below = int((out["upper"] < 0).sum())
    return f" ({below:,} reductions, {len(out) - below:,} increases)" if len(out) else ""


def _by_years(rows: pd.DataFrame) -> str:
    """Split those with shocks by the common years: borrowed ones leave little of the comparison."""
    parts = [
        f"{_share(part['leaves_out_0'])} of {len(part):,} with {words} common years"
        for value, words in (("free", "free"), ("borrowed", "borrowed"))
        if len(part := rows[rows["years"].eq(value)])
    ]
    return f" ({listed(parts)})" if len(parts) > 1 else ""


def _share(which: pd.Series) -> str:
    """Write a share of what was counted: none is 0%, unlike a probability."""
    return counted(float(which.mean()))


def tipping_sentence(tables: Tables, outcome: Outcome) -> str:
    """Say where one outcome's published conclusion turns round, and where the headline's does."""
    rows = pick(tables["tipping_points"], outcome=outcome.name)
    source = regression_source([outcome])
    word = "published" if source == "published" else "recomputed"
    # Shocks and effects are of the linear predictor.
    unit = {"log_odds": "log-odds", "log_rate": "log-rates"}[outcome.link_scale]
    excludes = bool(rows["published_leaves_out_0"].iloc[0])
    verb, other = ("leaves out", "includes") if excludes else ("includes", "leaves out")
    said = f"{outcome.label}: the interval of the {word} average {verb} 0."
    point = pick(rows, walk="published_shock_rho_0").iloc[0]
    if bool(point["leaves_out_0_at_low"]) != excludes:
        # The refit begins elsewhere: it is no walk from what was published.
        said += " A refit without shocks does not give that back, so no turn is told of it."
    elif pd.notna(point["tipping_point"]):
        said += (
            f" In a refit to the {'counts' if 'cells' in outcome.evidence else 'estimates'} with "
            f"all else as there, and no persistence, it {other} 0 once shocks have an SD of "
            f"{number(point['tipping_point'], 2)} in {unit}; the national prior's median is "
            f"{number(point['prior_median'], 2)}, and it gives "
            f"{percent(point['prior_share_below'])} to a smaller SD."
        )
    else:
        said += f" So it does with shocks of any SD up to {number(point['high'], 0)} in {unit}."
    turned = rows[rows["walk"].str.startswith("headline") & rows["tipping_point"].notna()]
    turns = [
        f"at {_PARAMETERS[parameter]} of {number(float(point), 2)}"
        f"{'' if parameter == 'rho' else f' in {unit}'}"
        for parameter, point in zip(turned["parameter"], turned["tipping_point"], strict=True)
    ]
    if turns:
        return f"{said} The headline's interval turns round {listed(turns)}, one changed at a time."
    return f"{said} The headline's interval turns round nowhere within the ranges tried."


def multiverse_answer(tables: Tables, study: Study) -> list[str]:
    """Say what all specifications find, and where conclusions turn round."""
    known = [one for one in study.outcomes.values() if len(tried(tables, one))]
    return [
        "Combinations of choices that could be defended were fitted by the fast engine: which "
        "evidence, how large and how lasting shocks are, how the effect may change over the years, "
        "how strongly priors pull. Common years are combined with counts only; other timings with "
        "effects that are constant or embed; how partly exposed years are coded, and how years are "
        "pooled, with yearly effects; every other choice with all. With common years borrowed from "
        "England the comparison counts for next to nothing. A share counts combinations, and they "
        "are not equally plausible: it is no probability. Heavy-tailed shocks can be sampled only, "
        "and stand beside the headline on the main page.",
        *(outcome_sentence(tables, one) for one in known),
        "Where conclusions turn round, as one number is changed and all else is held (95% "
        "intervals of averages in percentage points or events per 100 child-years):",
        *(tipping_sentence(tables, one) for one in known),
    ]


def multiverse_tables(tables: Tables, study: Study) -> list[Table]:
    """Return the share of specifications that leave out 0, by each choice."""
    known = {name: one for name, one in study.outcomes.items() if len(tried(tables, one))}
    lines = []
    shares = {name: shares_by_choice(tables, one) for name, one in known.items()}
    every = pd.concat(shares.values()).drop_duplicates(["choice", "value"])
    order = {choice: place for place, choice in enumerate(CHOICES)}
    every = every.sort_values("choice", key=lambda one: one.map(order), kind="stable")
    for row in every.itertuples():
        line = [f"{CHOICES[str(row.choice)]}: {value_label(str(row.choice), str(row.value))}"]
        for name in known:
            mine = pick(shares[name], choice=str(row.choice), value=str(row.value))
            line.append(counted(float(mine["share"].iloc[0])) if len(mine) else "not tried")
        lines.append(line)
    return [
        Table(
            "Specifications whose 95% interval leaves out 0, by each choice",
            ["Choice", *(one.short or one.label for one in known.values())],
            lines,
            "Of the specifications that were tried with every value of the choice and all else the "
            "same: so shocks are compared without persistence, since where there are none there is "
            "none. Forms of the effect, and of the years' effects, have no such counterparts: each "
            "is counted over all specifications with it.",
            name="multiverse_shares",
        )
    ]


def shares_by_choice(tables: Tables, outcome: Outcome) -> pd.DataFrame:
    """Return the share that leaves out 0 by each value: choice, value, specifications, share.

    Like is compared with like: see `_alike`.
    """
    rows = tried(tables, outcome)
    rows[list(CHOICES)] = rows[list(CHOICES)].fillna("")
    parts = []
    for choice in CHOICES:
        known = _alike(rows[rows[choice].ne("")], choice)
        if known[choice].nunique() < 2:
            continue
        found = known.groupby(choice, sort=False)["leaves_out_0"].agg(["size", "mean"])
        found = found.rename(columns={"size": "specifications", "mean": "share"})
        order = [value for one, value in VALUES if one == choice]
        # Assumed SDs come last, the smallest first.
        last = sorted(set(found.index) - set(order))
        found = found.reindex([value for value in [*order, *last] if value in found.index])
        parts.append(found.rename_axis("value").reset_index().assign(choice=choice))
    return pd.concat(parts, ignore_index=True)[["choice", "value", "specifications", "share"]]


def _alike(rows: pd.DataFrame, choice: str) -> pd.DataFrame:
    """Keep specifications that were tried with every value of a choice and all else the same.

    All, where a value would be left without any.
    """
    others = [one for one in CHOICES if one != choice]
    values = rows.groupby(others, sort=False)[choice].transform("nunique")
    kept = rows[values.eq(rows[choice].nunique())]
    return kept if kept[choice].nunique() == rows[choice].nunique() else rows


def curve_message(tables: Tables, outcome: Outcome) -> str:
    """Say a figure's main message."""
    rows = tried(tables, outcome)
    return (
        f"The 95% interval of the average effect on {lowered(outcome.label)} leaves out 0 in "
        f"{_share(rows['leaves_out_0'])} of {len(rows):,} specifications."
    )
