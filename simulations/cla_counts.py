"""Counts of children looked after, at the report's own sizes: what could be learnt.

    uv run python simulations/cla_counts.py [FOLDER]

Two boroughs, two pre- and two post-years, as in the report's Table 13: power by the size of the
effect (a rate ratio), and false claims (ratio 1) of DiD on the log scale, of one that knows of
shocks, and of the Bayesian priors.
"""

import pandas as pd
from _common import STUDY, averages, beside, folder, lines, report, simulate, write

from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.scenario import from_study
from mp_bayes.wording.numbers import percent

# The choices.
OUTCOMES = ("cla_placement_moves", "cla_residential_placements")
RATIOS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
DESIGN = {"pre_years": 2, "post_years": 2, "effect_scale": "ratio"}
METHODS = (
    Method("did_log"),
    Method("none", "constant"),
    Method("within-study", "constant"),
    Method("national", "constant"),
    Method("national", "constant", FLAT),
    Method("shock_aware"),
)
REPLICATES = 1000
OUT = folder(__file__)

if __name__ == "__main__":
    parts = []
    for outcome in OUTCOMES:
        cases = [
            (
                {"outcome": outcome, "rate_ratio": ratio},
                from_study(STUDY, outcome, effect=ratio, **DESIGN),
            )
            for ratio in RATIOS
        ]
        parts.append(simulate(cases, METHODS, replicates=REPLICATES, out=OUT)[1])
    table = averages(pd.concat(parts, ignore_index=True))
    table = table.assign(
        panel=[STUDY.outcome(name).label for name in table["outcome"]],
    )
    report(table, ["outcome", "rate_ratio"])
    did = table[table["rate_ratio"].eq(1) & table["method"].eq("did_log")]
    said = "; ".join(f"{percent(row.claims)} ({row.panel.lower()})" for row in did.itertuples())
    sampled = table["sampled_by_nuts"].max()
    chart = lines(
        "claims_by_rate_ratio",
        table,
        x="rate_ratio",
        y="claim_rate",
        line="analysis",
        panel="panel",
        reference=5.0,
        title=f"Without an effect the report's DiD of counts claims one in: {said}",
        subtitle="Evaluations that claim an effect, percent: false claims at a rate ratio of 1. "
        "Two boroughs, two pre- and two post-years.",
        xlabel="True rate ratio",
        note="Claimed: the 95% interval (equal-tailed, or confidence for DiD) leaves out 0, on "
        f"either side. {REPLICATES:,} simulated evaluations a point. Dashed "
        f"line: 5%. Fits that had to be sampled: {percent(sampled)} at most. "
        f"Over ratios and outcomes: {beside(table)}",
    )
    tables = {"cla_counts": table.drop(columns="panel")}
    write(tables, [chart], OUT, script=__file__, replicates=REPLICATES)
