"""Power by post-intervention years and boroughs: how many does an evaluation need.

    uv run python simulations/power_by_years.py [FOLDER]

Power: the share of simulated evaluations whose 95% equal-tailed interval lies on the effect's side
of 0. The effect is fixed, embeds at once, and the model knows that: the kindest case.
"""

from _common import averages, folder, lines, simulate, write

from mp_bayes.figures import save
from mp_bayes.figures.numbers import percent
from mp_bayes.figures.planning_words import boroughs
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import from_report

# The choices.
OUTCOME = "cin_rereferral_12m"
TREATED, COMPARISON = (1, 4, 10), (1, 5, 15)
EFFECTS = (-3.0, -6.0)  # percentage points
YEARS = (1, 2, 3, 4, 5, 6, 8, 10)
METHOD = Method("national", "constant")
REPLICATES = 300
OUT = folder(__file__)

if __name__ == "__main__":
    cases = [
        (
            {"treated_boroughs": treated, "comparison_boroughs": comparison, "effect": effect},
            from_report(
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
    _, measures = simulate(cases, (METHOD,), post_years=YEARS, replicates=REPLICATES, out=OUT)
    power = averages(measures)
    last = power[power["post_years"].eq(max(YEARS))]
    one = power[power["treated_boroughs"].eq(1)]["claims"].max()
    print(last.pivot_table("claims", ["effect", "treated_boroughs"], "comparison_boroughs"))
    drawn = power.assign(
        comparison=power["comparison_boroughs"].map(boroughs),
        case=[
            f"{row.treated_boroughs} treated, {row.effect:+g} points" for row in power.itertuples()
        ],
    )
    chart = lines(
        "power_by_years",
        drawn,
        x="post_years",
        y="claims",
        line="comparison",
        panel="case",
        title=f"{min(EFFECTS):+g} percentage points: power within {max(YEARS)} years is at most "
        f"{percent(one)} with one treated borough, and {percent(last['claims'].max())} with "
        f"{max(TREATED)}",
        subtitle="Power, percent, under national shocks; effects in percentage points.",
        xlabel="Post-intervention years",
        note=f"Power: share of {REPLICATES} simulated evaluations with a 95% equal-tailed "
        "interval on the effect's side of 0. It embeds at once.",
    )
    save(chart, OUT)
    write({"power": power}, OUT)
