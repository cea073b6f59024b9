"""Practice that takes years to embed, and a model that assumes it does so at once.

    uv run python simulations/lagged_embedding.py [FOLDER]

The model `constant` assumes the full effect from the onset; `embedding` estimates the curve. Bias
and coverage are of the fully embedded effect, power of the average effect over the post-years.
"""

from _common import STUDY, averages, beside, folder, lines, report, simulate, write

from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import from_study
from mp_bayes.wording.numbers import number, percent

# The choices.
OUTCOME, EFFECT = "cin_rereferral_12m", -6.0  # percentage points, fully embedded
TREATED, COMPARISON = 5, 10
HALF_LIVES = (0.0, 0.5, 1.0, 2.0, 4.0)
YEARS = (2, 3, 5, 10)
METHODS = {
    "national/constant": "Assumes immediate embedding",
    "national/embedding": "Estimates the embedding",
}
REPLICATES = 1000
OUT = folder(__file__)

if __name__ == "__main__":
    base = {"treated_boroughs": TREATED, "comparison_boroughs": COMPARISON, "effect": EFFECT}
    cases = [
        (
            {"half_life": life},
            from_study(STUDY, OUTCOME, half_life=life, post_years=max(YEARS), **base),
        )
        for life in HALF_LIVES
    ]
    methods = tuple(Method(*name.split("/")) for name in METHODS)
    _, measures = simulate(cases, methods, post_years=YEARS, replicates=REPLICATES, out=OUT)
    measures = measures[measures["scale"].eq("percentage_points")].assign(
        model=measures["method"].map(METHODS),
        panel=measures["post_years"].map("{} post-years".format),
    )
    full = measures[measures["estimand"].eq("fully_embedded_effect")]
    worst = full.loc[full["bias"].abs().idxmax()]
    least = full.groupby("model", sort=False)["coverage"].min()
    last = averages(measures)[lambda table: table["post_years"].eq(max(YEARS))]
    report(last, ["half_life"])
    powers = [
        f"{percent(rows['claims'].iloc[0])} to {percent(rows['claims'].iloc[-1])}, calibrated "
        f"{percent(rows['calibrated_power'].iloc[0])} to "
        f"{percent(rows['calibrated_power'].iloc[-1])} ({model.lower()})"
        for model, rows in last.sort_values("half_life").groupby("model", sort=False)
    ]
    where = {"x": "half_life", "line": "model", "panel": "panel", "xlabel": "Half-life (years)"}
    design = (
        f"{TREATED} treated and {COMPARISON} comparison boroughs, national shocks, an effect of "
        f"{EFFECT:g} percentage points when fully embedded."
    )
    note = (
        f"{REPLICATES:,} simulated evaluations a point. The priors pull large effects towards 0 "
        "and long half-lives towards 1 year."
    )
    charts = [
        lines(
            "bias_by_half_life",
            full,
            y="bias",
            scale=1.0,
            reference=0.0,
            title=f"Full effect: the largest bias is {number(worst['bias'], 1, sign=True)} points "
            f"({worst['model'][0].lower()}{worst['model'][1:]}; half-life {worst['half_life']:g}, "
            f"{worst['post_years']} post-years)",
            subtitle=f"Bias of the fully embedded effect, percentage points. {design}",
            note=f"{note} Above 0 the reduction is understated.",
            **where,
        ),
        lines(
            "coverage_by_half_life",
            full,
            y="coverage",
            reference=95.0,
            title="Lowest coverage of the full effect: "
            + "; ".join(f"{100 * share:.0f}% ({model.lower()})" for model, share in least.items()),
            subtitle=f"Coverage of the 95% equal-tailed interval, percent. {design}",
            note=note,
            **where,
        ),
        lines(
            "power_by_half_life",
            averages(measures),
            y="claims",
            title=f"From half-life {min(HALF_LIVES):g} to {max(HALF_LIVES):g} years, power after "
            f"{max(YEARS)} post-years goes from {'; '.join(powers)}",
            subtitle=f"Power for the average effect over the post-years, percent. {design}",
            note=f"{note} After {max(YEARS)} post-years, over half-lives: {beside(last)}",
            **where,
        ),
    ]
    tables = {"measures": measures.drop(columns=["panel"])}
    write(tables, charts, OUT, script=__file__, replicates=REPLICATES)
