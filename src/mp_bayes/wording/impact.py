"""How much an assumption matters, in a sentence worked out from a run's tables."""

import pandas as pd

from mp_bayes.checks.checklists import Evidence
from mp_bayes.estimands import INTERVAL
from mp_bayes.studies.study import Study
from mp_bayes.wording.multiverse import shares_by_choice, tried
from mp_bayes.wording.numbers import lowered, number
from mp_bayes.wording.selection import HEADLINE, leaves_out_zero, pick

#: Tables of the headline along an assumed SD, and what that is.
_ALONG = {"shock": "shocks", "effect": "years' effects around their mean"}
_TABLES = {"shock": "shock_sensitivity", "effect": "pooling_sensitivity"}
#: Of the mean effect's prior, in the multiverse: the narrowest and the widest.
_WIDTHS = ("half", "flat")
_RATIOS = ["odds_ratio", "rate_ratio"]
_NOT_RESPONSE = [*_RATIOS, "log_odds", "log_rate"]


def crossing(evidence: Evidence, kind: str) -> str:
    """Say of how many outcomes the interval leaves out 0 at the ends of an assumed SD's grid."""
    table, column = evidence.table(_TABLES[kind]), f"assumed_sd_{kind}"
    if table.empty:
        return ""
    averages = pick(table, estimand="average_effect")
    averages = averages[~averages["scale"].isin(_NOT_RESPONSE)]
    said = []
    for sd in (averages[column].min(), averages[column].max()):
        rows = averages[averages[column].eq(sd)]
        said.append(f"{int(leaves_out_zero(rows).sum())} of {len(rows)} if it is {number(sd, 2)}")
    return (
        f"With an assumed SD of {_ALONG[kind]}, and partly exposed years by their dose, the "
        f"average effect's {INTERVAL} interval (in percentage points or per 100 child-years) "
        f"leaves out 0 in {said[0]}, and in {said[1]}."
    )


def moved_headline(evidence: Evidence, name: str, **variant: str) -> str:
    """Say how far the headline's averages move in a table of its variants, in posterior SDs."""
    table, effects = evidence.table(name), evidence.table("effects")
    if table.empty:
        return ""
    labels = ["outcome", "effect_structure", "estimand", "year", "scale"]
    same = {name: HEADLINE[name] for name in ("evidence", "shock_prior")}
    own = pick(effects, estimand="average_effect", **same)
    own = own[~own["scale"].isin(_RATIOS)]
    changed = pick(table, estimand="average_effect", **same, **variant)
    both = changed.merge(own, on=labels, suffixes=("", "_headline"))
    if both.empty:
        return ""
    away = ((both["mean"] - both["mean_headline"]) / both["sd_headline"]).abs()
    chance = (both["prob_below_0"] - both["prob_below_0_headline"]).abs().max()
    return (
        f"Averages under the headline's shock prior move by at most {number(away.max(), 2)} "
        f"posterior SDs, and the probability of a reduction by at most {number(100 * chance, 0)} "
        "percentage points."
    )


def effect_prior(evidence: Evidence, study: Study) -> str:
    """Say what the width of the mean effect's prior changes, in what checks found of it."""
    said = []
    if "multiverse" in evidence.checks:
        shares = {
            name: pick(shares_by_choice(evidence.checks["multiverse"], one), choice="prior")
            for name, one in study.outcomes.items()
            if len(tried(evidence.checks["multiverse"], one))
        }
        ends = {
            name: [float(table.loc[table["value"].eq(width), "share"].iloc[0]) for width in _WIDTHS]
            for name, table in shares.items()
            if set(_WIDTHS) <= set(table["value"])
        }
        if ends:
            most = max(ends, key=lambda name: abs(ends[name][1] - ends[name][0]))
            half, flat = (f"{100 * share:.0f}%" for share in ends[most])
            said.append(
                f"Of specifications on {lowered(study.outcomes[most].label)}, where it matters "
                f"most, the {INTERVAL} interval leaves out 0 in {half} with a prior half as wide, "
                f"and in {flat} with a flat one."
            )
    if "scaling" in evidence.checks:
        rows = pick(evidence.checks["scaling"]["scaling"], component="mean_effect")
        rows = rows[rows["usable"].astype(bool)]
        own = rows[rows["power"].eq(1.0)].set_index("outcome")
        away = (rows["mean"] - rows["outcome"].map(own["mean"])).abs()
        width = rows["outcome"].map(own["upper"] - own["lower"])
        if (away / width).notna().any():
            said.append(
                "Where it counts half or twice, headline averages move by at most "
                f"{number(100 * float((away / width).max()), 0)}% of their interval's width."
            )
            changed = 100 * ((rows["upper"] - rows["lower"]) / width - 1)
            said += [
                f"Where it counts {word}, the intervals' width changes by "
                f"{number(changes.min(), 0, sign=True)} to {number(changes.max(), 0, sign=True)}%."
                for power, word in ((0.5, "half"), (2.0, "twice"))
                if len(changes := changed[rows["power"].eq(power)])
            ]
    return " ".join(said)


def shock_priors(effects: pd.DataFrame) -> str:
    """Say how many averages leave out 0 under each shock prior."""
    averages = pick(effects, evidence="cells", estimand="average_effect", effect_structure="yearly")
    averages = averages[~averages["scale"].isin(_NOT_RESPONSE)]
    said = [
        f"{int(leaves_out_zero(rows).sum())} of {len(rows)} under {name}"
        + (" (there partly exposed years are taken as untreated)" if coding == "published" else "")
        for (name, coding), rows in averages.groupby(["shock_prior", "coding"], sort=False)
    ]
    return (
        "Intervals of averages, in percentage points or per 100 child-years, that leave out 0: "
        f"{'; '.join(said)}."
        if said
        else ""
    )
