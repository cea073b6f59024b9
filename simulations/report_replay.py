"""The report's own design, replayed: what could it have detected.

    uv run python simulations/report_replay.py [FOLDER]

Its two boroughs, its pre- and post-years and its mean sizes for each outcome, with shocks as large
as the national prior's medians. Power of the Bayesian model by effect, under its own rule and the
one calibrated to 5% false claims; false claims of the report's DiD, pooled over post-years and in
at least one of them.
"""

import numpy as np
import pandas as pd
from _common import STUDY, averages, beside, between, folder, lines, report, show, simulate, write

from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.performance import interval_excludes_zero, proportion
from mp_bayes.simulate.scenario import from_study

# The choices.
RATIOS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)  # odds or rate ratios
MODEL = Method("national", "constant")
OTHERS = (Method("national", "constant", FLAT), Method("shock_aware"))
REPLICATES = 1000
OUT = folder(__file__)

if __name__ == "__main__":
    powers, risks = [], []
    for outcome in STUDY.outcomes.values():
        design = {
            "pre_years": len(outcome.years) - len(outcome.post_years),
            "post_years": len(outcome.post_years),
            "effect_scale": "ratio",
        }
        cases = [
            (
                {"outcome": outcome.name, "ratio": ratio},
                from_study(STUDY, outcome.name, effect=ratio, **design),
            )
            for ratio in RATIOS
        ]
        binary = outcome.likelihood == "binomial"
        did = Method("did_linear" if binary else "did_log")
        rows, measures = simulate(cases, (did, MODEL, *OTHERS), replicates=REPLICATES, out=OUT)
        change = {
            labels["ratio"]: scenario.response_effect(np.log(labels["ratio"]))
            for labels, scenario in cases
        }
        powers.append(
            averages(measures).assign(
                label=outcome.label, change=lambda t, c=change: t["ratio"].map(c)
            )
        )
        null = rows[rows["ratio"].eq(1) & rows["method"].eq(did.name) & rows["usable"]]
        claims = null.assign(claim=interval_excludes_zero(null))
        yearly = claims[claims["estimand"].eq("yearly_effect")]
        for name, claim in (
            ("pooled over post-years", claims[claims["estimand"].eq("average_effect")]["claim"]),
            ("in at least one post-year", yearly.groupby("replicate")["claim"].any()),
        ):
            share, error = proportion(claim)
            risk = {"method": did.name, "false_claims": name, "rate": share, "rate_mcse": error}
            risks.append({"outcome": outcome.name, "replicates": REPLICATES, **risk})
    power, risk = pd.concat(powers, ignore_index=True), pd.DataFrame(risks)
    show(risk, "False claims of the report's own design")
    report(power, ["outcome", "ratio"])
    acted = power[power["ratio"].ne(1)]
    bayes = acted[acted["method"].eq(MODEL.name)]
    halved = bayes[bayes["ratio"].eq(0.5)]
    once = risk[risk["false_claims"].eq("in at least one post-year")]["rate"]
    chart = lines(
        "power_by_effect",
        pd.concat(
            [
                bayes.assign(panel="Claimed by the 95% interval"),
                bayes.assign(
                    panel="Calibrated to 5% false claims",
                    claims=bayes["calibrated_power"],
                    claims_mcse=bayes["calibrated_power_mcse"],
                ),
            ]
        ),
        x="ratio",
        y="claims",
        line="label",
        panel="panel",
        title="If odds or rates had halved, the report's design would have shown it in "
        f"{between(halved['claims'])} of evaluations; by a rule calibrated to 5% false claims, in "
        f"{between(halved['calibrated_power'])}",
        subtitle="Power of the Bayesian model under the national prior by the true odds or rate "
        "ratio, percent; the report's boroughs, years and mean sizes.",
        xlabel="True odds ratio (children in need) or rate ratio (children looked after)",
        note=f"{REPLICATES:,} simulated evaluations a point; 95% equal-tailed intervals. Where "
        f"nothing happened the report's DiD claims an effect in at least one year in "
        f"{between(once)} of them. Over outcomes and ratios: {beside(acted)}",
    )
    tables = {"power": power, "false_claims": risk}
    write(tables, [chart], OUT, script=__file__, replicates=REPLICATES)
