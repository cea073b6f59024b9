"""What more comparison boroughs are worth, with one treated borough.

    uv run python simulations/comparison_boroughs.py [FOLDER]

They average out the comparison's shocks, but not the treated borough's own: those set a floor
under the error of any estimate, whatever the comparison. Common years are free in every analysis.
"""

import numpy as np
import pandas as pd
from _common import STUDY, averages, beside, folder, lines, report, simulate, write

from mp_bayes.planning.shocks import shock_contrast_sd
from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.scenario import changed, from_study
from mp_bayes.wording.numbers import percent

# The choices.
OUTCOME, EFFECT = "cin_rereferral_12m", -6.0  # percentage points
COMPARISON = (1, 2, 5, 10, 20)
PRE_YEARS, POST_YEARS = 3, 5
METHODS = (
    Method("did_linear"),
    Method("shock_aware"),
    Method("conley_taber"),
    Method("national", "constant"),
    Method("national", "constant", FLAT),
)
REPLICATES = 1000
OUT = folder(__file__)


def verdict(power, first, last):
    """Say what more comparison boroughs do to calibrated power; nothing if it is in the noise."""
    low, high = (power.loc[count] for count in (first, last))
    error = np.hypot(low["calibrated_power_mcse"], high["calibrated_power_mcse"])
    gain = high["calibrated_power"] - low["calibrated_power"]
    change = (
        f"from {percent(low['calibrated_power'])} to {percent(high['calibrated_power'])}"
        if abs(gain) > 1.959964 * error
        else f"by no more than chance ({percent(low['calibrated_power'])} and "
        f"{percent(high['calibrated_power'])})"
    )
    boroughs = "borough" if first == 1 else "boroughs"
    return (
        f"From {first} comparison {boroughs} to {last}, power under the national prior goes from "
        f"{percent(low['claims'])} to {percent(high['claims'])}; calibrated to 5% false claims it "
        f"changes {change}"
    )


if __name__ == "__main__":
    base = from_study(STUDY, OUTCOME, pre_years=PRE_YEARS, post_years=POST_YEARS, effect=EFFECT)
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
    # With so many comparison boroughs (the most that a scenario may have) only the treated
    # borough's shocks are left.
    floor = shock_contrast_sd(changed(base, comparison_boroughs=200), POST_YEARS)
    # The bias has the error's SD over the root of the replicates as its Monte Carlo error.
    table = table.assign(
        error_sd=table["bias_mcse"] * np.sqrt(table["replicates"]),
        error_sd_mcse=table["bias_mcse"] / np.sqrt(2),
        shocks_alone=[
            shock_contrast_sd(changed(base, comparison_boroughs=count), POST_YEARS)
            for count in table["comparison_boroughs"]
        ],
        floor=floor,
    )
    report(table, ["effect", "comparison_boroughs"])
    power = table[table["effect"].eq(EFFECT)]
    did = power[power["method"].eq("did_linear")]
    known = [
        did.assign(analysis=name, error_sd=values, error_sd_mcse=np.nan)
        for name, values in (
            ("Shocks alone, by formula", did["shocks_alone"]),
            ("Floor: treated borough's own", floor),
        )
    ]
    shown = power[power["method"].isin(["did_linear", "national/constant"])]
    bayes = power[power["method"].eq("national/constant")].set_index("comparison_boroughs")
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
            pd.concat([shown, *known]).assign(panel=""),
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
            pd.concat(
                [
                    table.assign(
                        panel=np.where(
                            table["effect"].eq(0),
                            "No effect: false claims",
                            f"Effect {EFFECT:g} points: power",
                        )
                    ),
                    power.assign(
                        panel="The same, calibrated to 5%",
                        claims=power["calibrated_power"],
                        claims_mcse=power["calibrated_power_mcse"],
                    ),
                ]
            ),
            y="claims",
            title=verdict(bayes, min(COMPARISON), max(COMPARISON)),
            subtitle=f"Evaluations that claim an effect, percent. {design}",
            note=f"{note} Claimed: the 95% interval (equal-tailed, or confidence) leaves out 0. "
            f"Over the numbers of boroughs: {beside(power)}",
            **where,
        ),
    ]
    for chart in charts:
        for axes in chart.figure.axes:
            axes.set_xscale("log")
            axes.set_xticks(COMPARISON, COMPARISON)
            axes.minorticks_off()
    write({"comparison_boroughs": table}, charts, OUT, script=__file__, replicates=REPLICATES)
