"""False claims: how often is an effect claimed that is not there.

    uv run python simulations/false_claims.py [FOLDER]

Two boroughs, no effect; borough-by-year shocks of several sizes, independent or lasting. A sanity
case is among them: shock SD 0.1, rho 0, where DiD should claim an effect in about 3 evaluations
of 10, and a hierarchical model that knows the shocks to be independent, with a wide prior on the
effect, in about 4 of 100. The priors as they are claim less often still.
"""

import pandas as pd
from _common import SEED, STUDY, averages, beside, folder, lines, report, show, simulate, write

from mp_bayes.inference.laplace import fast_effects, structure
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed, Normal
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.performance import interval_excludes_zero, proportion
from mp_bayes.simulate.scenario import from_study

# The choices.
OUTCOME = "cin_rereferral_12m"
SHOCK_SDS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45)  # log-odds
RHOS = (0.0, 0.6)
DESIGN = {"cell_size": 1500, "pre_years": 3, "post_years": 3}
METHODS = (
    Method("did_linear"),
    Method("shock_aware"),
    Method("none", "constant"),
    Method("within-study", "constant"),
    Method("national", "constant"),
    Method("national", "constant", FLAT),
)
REPLICATES = 2000
OUT = folder(__file__)

if __name__ == "__main__":
    cases = [
        ({"rho": rho, "sd_shock": sd}, from_study(STUDY, OUTCOME, rho=rho, sd_shock=sd, **DESIGN))
        for rho in RHOS
        for sd in SHOCK_SDS
    ]
    _, measures = simulate(cases, METHODS, replicates=REPLICATES, out=OUT)
    claims = averages(measures)
    report(claims, ["rho", "sd_shock"])
    columns = ["rho", "sd_shock", "method", "replicates", "claim_rate", "claim_rate_mcse"]
    # The sanity case again, with a within-study prior that knows what it should.
    case = next(scenario for labels, scenario in cases if labels == {"rho": 0.0, "sd_shock": 0.1})
    drawn = synthesise(case, seed=SEED, replicates=range(REPLICATES))
    priors = baseline_priors(load_priors(STUDY).select(drawn.outcome, shock="within-study"), case)
    priors |= {
        "rho": Fixed(value=0.0),
        "mean_effect": Normal(distribution="Normal", mu=0.0, sigma=2.0),
    }
    layout = structure(drawn.outcome, priors, effect="constant")
    fits = fast_effects(layout, drawn.events, drawn.total)
    fits = fits[fits["estimand"].eq("average_effect") & fits["scale"].eq("percentage_points")]
    rate, error = proportion(interval_excludes_zero(fits[fits["usable"]]))
    changed = {"rho": 0.0, "sd_shock": 0.1, "method": "within-study/constant, rho 0, wide effect"}
    changed |= {"replicates": REPLICATES, "claim_rate": rate, "claim_rate_mcse": error}
    sanity = claims[claims["rho"].eq(0) & claims["sd_shock"].eq(0.1)]
    sanity = pd.concat([sanity, pd.DataFrame([changed])], ignore_index=True)[columns]
    show(sanity, "What must hold, and does it")
    largest = claims.groupby("method")["claim_rate"].max()
    chart = lines(
        "false_claims_by_shock",
        claims.assign(
            panel=claims["rho"].map("Shocks' correlation from year to year: {:g}".format),
        ),
        x="sd_shock",
        y="claim_rate",
        line="analysis",
        panel="panel",
        reference=5.0,
        title="An effect that is not there is claimed in up to "
        f"{100 * largest['did_linear']:.0f}% of evaluations by the report's DiD; under the "
        f"within-study prior {100 * largest['within-study/constant']:.0f}%, the national "
        f"{100 * largest['national/constant']:.0f}%",
        subtitle="Evaluations that claim an effect although nothing happened, percent. Two "
        f"boroughs, {DESIGN['pre_years']} pre- and {DESIGN['post_years']} post-years, "
        f"{DESIGN['cell_size']:,} referrals a borough-year.",
        xlabel="SD of borough-by-year shocks (log-odds)",
        note=f"Claimed: the 95% interval (equal-tailed, or confidence for DiD) leaves out 0. "
        f"{REPLICATES:,} simulated evaluations a point. Dashed line: 5%. A rule that claims less "
        f"than 5% has less power for it. {beside(claims)}",
    )
    kept = [*columns, "bias", "bias_mcse", "coverage", "coverage_mcse", "interval_width", "failed"]
    tables = {"false_claims": claims[kept], "sanity": sanity}
    write(tables, [chart], OUT, script=__file__, replicates=REPLICATES)
