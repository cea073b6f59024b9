"""Data that the models were not made for: heavy tails, unequal boroughs, trends, moving years.

    uv run python simulations/outside_the_family.py [FOLDER]

Each departure comes in three strengths, the others left out, in data with and without an effect.
Trends are each borough's own, drawn at random: a trend of known direction would be corrected, so
what is asked is what trends of unknown direction do. The analyses assume none of it.
"""

import pandas as pd
from _common import STUDY, averages, beside, between, folder, lines, report, simulate, write

from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.scenario import from_study
from mp_bayes.wording.numbers import percent

# The choices.
OUTCOME, EFFECT = "cin_rereferral_12m", -6.0  # percentage points
COMPARISON = (1, 20)
DEPARTURES = {
    "shock_df": ("Student-t shocks, degrees of freedom", (10.0, 5.0, 3.0)),
    "sd_log_shock": ("SD of log shock SD of boroughs", (0.25, 0.5, 0.75)),
    "sd_drift": ("SD of boroughs' trends a year", (0.02, 0.05, 0.1)),
    "sd_year": ("SD of common years", (0.2, 0.4, 0.8)),
}
STRENGTHS = ("none", "mild", "medium", "strong")
METHODS = (
    Method("did_linear"),
    Method("shock_aware"),
    Method("conley_taber"),
    Method("national", "constant"),
    Method("national", "constant", FLAT),
)
REPLICATES = 1000
OUT = folder(__file__)


def verdict(table):
    """Say which methods' false claims rise outside the family, how far, and where."""
    words = []
    for analysis, rows in table.dropna(subset="size").groupby("analysis", sort=False):
        usual = rows[rows["strength"].eq("none")]["size"]
        worst = rows.loc[rows["size"].idxmax()]
        # Beyond what chance gives the largest of many: three standard errors.
        if worst["size"] > usual.max() + 3 * worst["size_mcse"]:
            where = DEPARTURES[worst["departure"]][0].partition(",")[0]
            words.append(f"{analysis} from {between(usual)} to {percent(worst['size'])} ({where})")
    if not words:
        return "No departure clearly raises any method's false claims"
    return f"Outside the fitted family false claims rise clearly for: {'; '.join(words)}"


if __name__ == "__main__":
    plain = {"departure": "none", "strength": "none"}
    kinds = [(plain, {})] + [
        ({"departure": name, "strength": strength}, {name: value})
        for name, (_, values) in DEPARTURES.items()
        for strength, value in zip(STRENGTHS[1:], values, strict=True)
    ]
    cases = [
        (
            {"comparison_boroughs": count, **labels},
            from_study(STUDY, OUTCOME, comparison_boroughs=count, effect=EFFECT, **change),
        )
        for count in COMPARISON
        for labels, change in kinds
    ]
    _, measures = simulate(cases, METHODS, replicates=REPLICATES, out=OUT)
    table = averages(measures)
    report(table, ["comparison_boroughs", "departure", "strength"])
    # The family itself begins every departure's line.
    drawn = pd.concat(
        [
            table[table["departure"].isin(["none", name])].assign(
                panel=f"{words}: {', '.join(f'{value:g}' for value in values)}"
            )
            for name, (words, values) in DEPARTURES.items()
        ]
    )
    drawn["step"] = drawn["strength"].map(STRENGTHS.index)
    charts = []
    for count in COMPARISON:
        here = table[table["comparison_boroughs"].eq(count)]
        # The report's DiD claims so much that no other line could be read beside it.
        others = drawn["size"].notna() & drawn["method"].ne("did_linear")
        rows = drawn[drawn["comparison_boroughs"].eq(count) & others]
        design = (
            f"One treated and {count} comparison borough{'s' * (count > 1)}, 3 pre- and 3 "
            f"post-years, national shocks; effect {EFFECT:g} percentage points."
        )
        note = (
            f"{REPLICATES:,} simulated evaluations a point. Claimed: the 95% interval "
            "(equal-tailed, or confidence) leaves out 0. The report's DiD is not drawn. Over the "
            "departures: "
            f"{beside(here)}"
        )
        for name, column, title, what in (
            ("false_claims", "size", verdict(here), "False claims"),
            (
                "power",
                "calibrated_power",
                "Power calibrated to 5% false claims: "
                + "; ".join(
                    f"{analysis} {between(part['calibrated_power'])}"
                    for analysis, part in here.dropna(subset="calibrated_power").groupby(
                        "analysis", sort=False
                    )
                ),
                "Power under the rule calibrated to 5% false claims of the same data",
            ),
        ):
            chart = lines(
                f"{name}_with_{count}",
                rows,
                x="step",
                y=column,
                line="analysis",
                panel="panel",
                reference=5.0 if column == "size" else None,
                title=title,
                subtitle=f"{what}, percent, by the strength of a departure. {design}",
                xlabel="Strength of the departure",
                note=note,
            )
            for axes in chart.figure.axes:
                axes.set_xticks(range(len(STRENGTHS)), STRENGTHS)
            charts.append(chart)
    write({"outside_the_family": table}, charts, OUT, script=__file__, replicates=REPLICATES)
