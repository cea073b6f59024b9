"""What more comparison boroughs are worth, with one treated borough.

    uv run python simulations/comparison_boroughs.py [FOLDER]

They average out the comparison's shocks, but not the treated borough's own: those set a floor
under the error of any estimate, whatever the comparison.
"""

import numpy as np
import pandas as pd
from _common import averages, folder, lines, simulate, write

from mp_bayes.figures import save
from mp_bayes.figures.numbers import percent
from mp_bayes.figures.planning_words import method_labels
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.planning import shock_contrast_sd
from mp_bayes.simulate.scenario import changed, from_report

# The choices.
OUTCOME, EFFECT = "cin_rereferral_12m", -6.0  # percentage points
COMPARISON = (1, 2, 5, 10, 20, 40)
PRE_YEARS, POST_YEARS = 3, 5
METHODS = (Method("did_linear"), Method("national", "constant"))
REPLICATES = 1000
OUT = folder(__file__)

if __name__ == "__main__":
    base = from_report(OUTCOME, pre_years=PRE_YEARS, post_years=POST_YEARS, effect=EFFECT)
    cases = [
        (
            {"comparison_boroughs": count, "effect": effect},
            changed(base, comparison_boroughs=count, effect=effect),
        )
        for effect in (EFFECT, 0.0)
        for count in COMPARISON
    ]
    _, measures = simulate(cases, METHODS, replicates=REPLICATES, out=OUT)
    table = averages(measures)
    names = method_labels(table["method"])
    # With so many comparison boroughs (the most that a scenario may have) only the treated
    # borough's shocks are left.
    floor = shock_contrast_sd(changed(base, comparison_boroughs=200), POST_YEARS)
    # The bias has the error's SD over the root of the replicates as its Monte Carlo error.
    table = table.assign(
        analysis=table["method"].map(names),
        error_sd=table["bias_mcse"] * np.sqrt(table["replicates"]),
        error_sd_mcse=table["bias_mcse"] / np.sqrt(2),
        shocks_alone=[
            shock_contrast_sd(changed(base, comparison_boroughs=count), POST_YEARS)
            for count in table["comparison_boroughs"]
        ],
        floor=floor,
    )
    power = table[table["effect"].eq(EFFECT)]
    known = [
        power[power["method"].eq("did_linear")].assign(
            analysis=name, error_sd=values, error_sd_mcse=np.nan
        )
        for name, values in (
            ("Shocks alone, by formula", power["shocks_alone"]),
            ("Floor: treated borough's own", floor),
        )
    ]
    bayes = power[power["method"].ne("did_linear")].set_index("comparison_boroughs")["claims"]
    first, last = min(COMPARISON), max(COMPARISON)
    design = (
        f"One treated borough, {PRE_YEARS} pre- and {POST_YEARS} post-years, national shocks, an "
        f"effect of {EFFECT:g} percentage points."
    )
    where = {
        "x": "comparison_boroughs",
        "line": "analysis",
        "panel": "panel",
        "xlabel": "Comparison boroughs",
    }
    note = f"{REPLICATES:,} simulated evaluations a point."
    charts = [
        lines(
            "error_by_comparison_boroughs",
            pd.concat([power, *known]).assign(panel=""),
            y="error_sd",
            scale=1.0,
            title="However many comparison boroughs, the treated one's own shocks leave DiD an "
            f"error of {floor:.1f} points",
            subtitle=f"SD of the estimate's error over evaluations, percentage points. {design}",
            note=f"{note} The Bayesian estimate is pulled towards 0 by its prior: that narrows its "
            "spread, and gives it a bias.",
            **where,
        ),
        lines(
            "power_by_comparison_boroughs",
            table.assign(
                panel=np.where(
                    table["effect"].eq(0),
                    "No effect: false claims",
                    f"Effect {EFFECT:g} points: power",
                ),
            ),
            y="claims",
            title=f"From {first} comparison borough to {last}, power under the national prior goes "
            f"from {percent(bayes[first])} to {percent(bayes[last])}",
            subtitle=f"Evaluations that claim an effect, percent. {design}",
            note=f"{note} Claimed: the 95% interval (equal-tailed, or confidence for DiD) leaves "
            "out 0.",
            **where,
        ),
    ]
    for chart in charts:
        for axes in chart.figure.axes:
            axes.set_xscale("log")
            axes.set_xticks(COMPARISON, COMPARISON)
            axes.minorticks_off()
        save(chart, OUT)
    write({"comparison_boroughs": table}, OUT)
