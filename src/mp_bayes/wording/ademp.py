"""The simulation studies against ADEMP: aims, data, estimands, methods, performance measures.

Morris, White and Crowther (2019), doi:10.1002/sim.8086, whose Table 1 lists what to plan
and to report.
"""

from mp_bayes.checks.checklists import SIMULATIONS, Evidence
from mp_bayes.wording.checklist import Item, answered, missing
from mp_bayes.wording.numbers import headed, listed, number, percent

_OWN = "planning_performance"
#: Studies that compare engines on data sets, and have no repetitions of a design.
_ENGINES = ("agreement", "engines")
_MEASURES = {
    "claim_rate": "claims",
    "size": "false claims",
    "calibrated_power": "power at 5% false claims",
    "coverage": "coverage",
    "bias": "bias",
    "interval_width": "interval width",
    "type_s": "Type S error",
    "type_m": "Type M error",
    "failed": "failed fits",
}


def ademp(evidence: Evidence) -> list[Item]:
    """Return the checklist, filled in."""
    performance, studies = evidence.table(_OWN), evidence.simulations
    if performance.empty and not studies:
        return [
            missing(
                "All items",
                "How methods were compared by simulation.",
                "neither the small plan nor a simulation study lies there.",
            )
        ]
    names = listed([name.replace("_", " ") for name in studies]) or "none"
    scripts = "simulations/*.py"
    items = [
        answered(
            "Aims",
            "The questions of each simulation.",
            "How often such evaluations find what is there, and claim what is not; what embedding, "
            f"years and comparison boroughs do to both. Studies that lie there: {names}.",
            f"results/{SIMULATIONS}; {scripts}",
            gap="" if studies else "only the small plan of the run lies there.",
        ),
        answered(
            "Data: parametric or resampled",
            "From a model, or from real data; how near to reality.",
            "From a model of synthetic boroughs at the study's own size and rate, with shocks of "
            "national size.",
            "docs/methods.md; planning_facts.json",
        ),
        answered(
            "Data: factors",
            "What is varied, over which levels, and whether fully crossed.",
            "Years, comparison boroughs, lags, effects and shock SDs; each study's table has a row "
            "for each combination.",
            f"results/{SIMULATIONS}; {_OWN}.csv",
        ),
        answered(
            "Data: outside the analysed model",
            "Are methods tried where their assumptions fail?",
            "Heavy-tailed shocks, unequal boroughs, drifting trends, moving years.",
            f"results/{SIMULATIONS}/outside_the_family",
        )
        if "outside_the_family" in studies
        else missing(
            "Data: outside the analysed model",
            "Are methods tried where their assumptions fail?",
            "the study outside_the_family does not lie there.",
        ),
        answered(
            "Estimands",
            "What is estimated, and its true value.",
            "The average effect over the post-years, and the fully embedded effect, on the link's "
            "and the response's scale; the truth of each replicate is kept.",
            f"{_OWN}.csv (estimand, scale, mean_truth)",
        ),
    ]
    return [*items, *_methods(evidence), *_measures(evidence), *_running(evidence)]


def _methods(evidence: Evidence) -> list[Item]:
    performance = evidence.table(_OWN)
    methods = sorted(performance["method"].unique()) if len(performance) else []
    opponents = [name for name in methods if "/" not in name]
    return [
        answered(
            "Methods",
            "Which are compared, and are they the right ones?",
            f"{len(methods)} in the small plan: {listed(methods)}.",
            f"{_OWN}.csv (method)",
            gap="" if opponents else "no frequentist method stands beside the models.",
        )
        if methods
        else missing("Methods", "Which are compared?", f"no {_OWN}.csv (it was a quick run).")
    ]


def _measures(evidence: Evidence) -> list[Item]:
    performance, studies = evidence.table(_OWN), evidence.simulations
    there = [label for name, label in _MEASURES.items() if name in performance]
    lacking = [
        label
        for name, label in _MEASURES.items()
        if name in performance and f"{name}_mcse" not in performance
    ]
    replicates = [
        one["replicates"]
        for name, one in studies.items()
        if "replicates" in one and not any(word in name for word in _ENGINES)
    ]
    if len(performance):
        replicates.append(int(performance["replicates"].max()))
    counts = f"{min(replicates):,} to {max(replicates):,}" if replicates else "an unknown number of"
    worst = performance["claim_rate_mcse"].max() if len(performance) else float("nan")
    return [
        answered(
            "Performance measures",
            "Which, why, with formulas where they are uncommon.",
            f"{headed(listed(there))}. Formulas: docs/methods.md.",
            f"{_OWN}.csv",
        )
        if there
        else missing("Performance measures", "Which, and why.", f"no {_OWN}.csv."),
        answered(
            "Number of repetitions",
            "Chosen so that Monte Carlo errors are small enough.",
            f"{counts} a design. In the small plan a share of claims has a standard error of at "
            f"most {number(100 * worst)} points."
            if len(performance)
            else f"{counts} a design.",
            "manifest.json of each study",
            gap="the small plan has too few to tell 5% from 10%; `mp-bayes plan` takes more."
            if worst > 0.025
            else "",
        ),
        answered(
            "Monte Carlo errors",
            "Of every estimated measure.",
            "A column beside each measure.",
            f"{_OWN}.csv (columns *_mcse)",
            gap=f"none of {listed(lacking)}." if lacking else "",
        )
        if there
        else missing("Monte Carlo errors", "Of every measure.", f"no {_OWN}.csv."),
    ]


def _running(evidence: Evidence) -> list[Item]:
    performance, studies = evidence.table(_OWN), evidence.simulations
    seeds = all(isinstance(one.get("seed"), int) for one in studies.values())
    failed = performance["failed"].max() if len(performance) else float("nan")
    return [
        answered(
            "Seeds",
            "Set once a repetition, states kept, streams apart.",
            "Each replicate has a stream made from the seed and its number, so tables do not "
            "depend on how many workers there were.",
            "manifest.json of each study; docs/methods.md",
            gap="" if seeds else "a study's manifest gives no seed.",
        ),
        answered(
            "Fits that fail",
            "How many, and how they are counted.",
            "A failed fit is counted as such, never as an effect not found. In the small plan at "
            f"most {percent(failed)} of a design's fits failed.",
            f"{_OWN}.csv (failed)",
        )
        if len(performance)
        else missing("Fits that fail", "How many, and how counted.", f"no {_OWN}.csv."),
        answered(
            "Is the analysis that is simulated the one that is used?",
            "Where a faster method stands in, how far it is from the real one.",
            "The fast posterior was compared with sampling on made-up data.",
            f"results/{SIMULATIONS}/fast_posterior_agreement",
        )
        if "fast_posterior_agreement" in studies
        else missing(
            "Is the analysis that is simulated the one that is used?",
            "How far a faster method is from the real one.",
            "the study fast_posterior_agreement does not lie there.",
        ),
        answered(
            "Code",
            "Drawing, analysing and summarising apart; checked while it is small.",
            "Separate modules, each tested on its own.",
            "src/mp_bayes/simulate; tests/simulate",
        ),
        answered(
            "Presentation",
            "Tables and figures by the factors that were varied.",
            "A figure for each study, its numbers beside it.",
            f"results/{SIMULATIONS}; figures/",
        ),
        missing(
            "Protocol before the results",
            "Written down, and dated, before anything was run.",
            "the studies were not registered beforehand.",
        ),
    ]
