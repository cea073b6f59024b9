"""Power by post-intervention years and boroughs: how many does an evaluation need.

    uv run python simulations/power_by_years.py [FOLDER]

Power: the share of simulated evaluations whose 95% interval lies on the effect's side of 0; beside
it that of the rule calibrated to 5% false claims. The effect is fixed, embeds at once, and the
model knows that: the kindest case.
"""

import pandas as pd
from _common import STUDY, averages, beside, between, folder, lines, report, simulate, write

from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.scenario import from_study
from mp_bayes.wording.planning import boroughs

# The choices.
OUTCOME = "cin_rereferral_12m"
TREATED, COMPARISON = (1, 4, 10), (1, 5, 15)
EFFECTS = (-3.0, -6.0)  # percentage points
YEARS = (1, 2, 3, 5, 10)
METHODS = (
    Method("national", "constant"),
    Method("national", "constant", FLAT),
    Method("shock_aware"),
)
REPLICATES = 1000
OUT = folder(__file__)

if __name__ == "__main__":
    cases = [
        (
            {"treated_boroughs": treated, "comparison_boroughs": comparison, "effect": effect},
            from_study(
                STUDY,
                OUTCOME,
                treated_boroughs=treated,
                comparison_boroughs=comparison,
                effect=effect,
                post_years=max(YEARS),
            ),
        )
        for effect in EFFECTS
        for treated in TREATED
        for comparison in COMPARISON
    ]
    _, measures = simulate(cases, METHODS, post_years=YEARS, replicates=REPLICATES, out=OUT)
    power = averages(measures)
    last = power[power["post_years"].eq(max(YEARS))]
    report(last, ["effect", "treated_boroughs", "comparison_boroughs"])
    largest = last[last["effect"].eq(min(EFFECTS))]
    one = largest[largest["treated_boroughs"].eq(1)]
    many = largest[largest["treated_boroughs"].eq(max(TREATED))]
    own = METHODS[0].name
    drawn = pd.concat(
        [
            power[power["method"].eq(own)]
            .assign(value=lambda t, c=column: t[c])
            .assign(value_mcse=lambda t, c=column: t[f"{c}_mcse"], rule=rule)
            for column, rule in (("claims", "95% interval"), ("calibrated_power", "calibrated"))
        ],
        ignore_index=True,
    )
    drawn = drawn.assign(
        line=[f"{boroughs(row.comparison_boroughs)}, {row.rule}" for row in drawn.itertuples()],
        panel=[
            f"{row.treated_boroughs} treated, {row.effect:+g} points" for row in drawn.itertuples()
        ],
    )

    def said(rows):
        """Write the model's power under both rules."""
        mine = rows[rows["method"].eq(own)]
        return f"{between(mine['claims'])} (calibrated {between(mine['calibrated_power'])})"

    chart = lines(
        "power_by_years",
        drawn.sort_values(["effect", "treated_boroughs", "rule"], ascending=[False, True, True]),
        x="post_years",
        y="value",
        line="line",
        panel="panel",
        title=f"{min(EFFECTS):+g} percentage points: power after {max(YEARS)} years is "
        f"{said(one)} with one treated borough, and {said(many)} with {max(TREATED)}",
        subtitle="Power, percent, under national shocks and the default effect prior; effects in "
        "percentage points.",
        xlabel="Post-intervention years",
        note=f"Power: share of {REPLICATES:,} simulated evaluations that claim an effect on its "
        "side of 0, by the 95% equal-tailed interval or by the rule calibrated to 5% false "
        f"claims. It embeds at once. After {max(YEARS)} years, over designs and effects: "
        f"{beside(last)}",
    )
    write({"power": power}, [chart], OUT, script=__file__, replicates=REPLICATES)
