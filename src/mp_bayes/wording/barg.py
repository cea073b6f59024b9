"""The re-analysis against Kruschke's Bayesian analysis reporting guidelines (BARG).

The guidelines: Kruschke (2021), doi:10.1038/s41562-021-01177-7, in a preamble and six steps.
"""

from mp_bayes.checks.checklists import Evidence
from mp_bayes.inference.laplace import LARGEST_K
from mp_bayes.inference.nuts import MAX_RHAT, MIN_ESS
from mp_bayes.studies.study import Study
from mp_bayes.wording.checklist import Item, answered, missing
from mp_bayes.wording.impact import crossing, moved_headline
from mp_bayes.wording.numbers import listed, number
from mp_bayes.wording.scaling import sensitivity_sentence

_NO_FACTORS = "No Bayes factor and no probability of a model is computed or reported."
_PAGE = "report.html"


def barg(evidence: Evidence, study: Study) -> list[Item]:
    """Return the checklist, filled in."""
    return [
        *_model(evidence, study),
        *_computation(evidence),
        *_posterior(evidence, study),
        *_sensitivity(evidence),
        *_repetition(evidence),
    ]


def _model(evidence: Evidence, study: Study) -> list[Item]:
    outcomes = study.outcomes.values()
    likelihoods = sorted({str(outcome.likelihood) for outcome in outcomes})
    priors = evidence.table("priors")
    bare = int(priors["reason"].fillna("").eq("").sum()) if len(priors) else 0
    predictive = evidence.check("predictive")
    return [
        answered(
            "Preamble A: why Bayesian",
            "What a Bayesian analysis gives that another would not.",
            "Few boroughs cannot tell how much boroughs move by themselves; official statistics "
            "can, and enter as a prior. Frequentist answers stand beside it.",
            "docs/methods.md; comparison.csv",
        ),
        answered(
            "Preamble B: goals",
            "Description, decision or comparison of models.",
            "Estimation: how large the effects are, and how sure one can be.",
            _PAGE,
        ),
        answered(
            "1A: data",
            "What is predicted, and from what.",
            f"Events and totals by borough and year of {len(study.outcomes)} outcomes; "
            f"{study.source}.",
            "study.toml; trends.csv",
        ),
        answered(
            "1B: likelihood and parameters",
            "Every likelihood, every parameter, the hierarchy.",
            f"Likelihoods: {listed(likelihoods)}. Levels, years, shocks and effects, and what "
            "their priors share, are written out.",
            "docs/methods.md; src/mp_bayes/models",
        ),
        answered(
            "1C: priors",
            "Every prior, and why it was chosen.",
            f"{len(priors)} priors by outcome and shock prior, each with its reason.",
            "priors.csv; priors.toml",
            gap=f"{bare} have no reason." if bare else "",
        )
        if len(priors)
        else missing("1C: priors", "Every prior, and why.", "the run kept no priors.csv."),
        answered(
            "1D: formal specification",
            "The model in mathematics or code.",
            "Both, and scripts of a page to read and edit.",
            "docs/methods.md; models/outcome.py",
        ),
        answered(
            "1E: prior predictive check",
            "Do the priors generate plausible data?",
            "What the priors alone predict is set beside what is known.",
            f"checks/{predictive}",
        )
        if predictive
        else missing(
            "1E: prior predictive check",
            "Do the priors generate plausible data?",
            "no prior predictive check lies in checks/.",
        ),
    ]


def _computation(evidence: Evidence) -> list[Item]:
    fits = evidence.table("diagnostics")
    sampled, drawn = (fits[fits["engine"].eq(name)] for name in ("nuts", "laplace"))
    unusable = int((~fits["usable"].astype(bool)).sum())
    versions = evidence.manifest["versions"]
    agreement = evidence.table("engine_agreement")
    convergence = (
        f"{len(sampled)} fits are quoted from the sampler: largest R-hat "
        f"{sampled['max_rhat'].max():.3f}, {sampled['divergences'].sum():.0f} divergent "
        "transitions. "
        if len(sampled)
        else "No quoted number comes from the sampler. "
    )
    checked = (
        f"Of the fits that check the other engine, the largest R-hat is "
        f"{agreement['max_rhat'].max():.3f}."
        if len(agreement)
        else ""
    )
    ess = fits[["min_ess_bulk", "min_ess_tail"]].min().min()
    named = listed([f"{name} {version}" for name, version in versions.items()])
    return [
        answered(
            "2A: software",
            "Which, in which version.",
            f"Python {evidence.manifest.get('python', 'unknown')}; {named}.",
            "manifest.json",
        ),
        answered(
            "2B: convergence",
            "Evidence that chains have converged, for every reported quantity.",
            f"{convergence}{checked} The gate is an R-hat below {MAX_RHAT:g}.",
            "diagnostics.csv; engine_agreement.csv",
            gap=f"{unusable} fits did not pass, and are marked unusable." if unusable else "",
        ),
        answered(
            "2C: resolution",
            "Effective sample sizes, for every reported quantity.",
            f"The smallest is {number(ess, 0)}; the gate is {MIN_ESS:g}. Every effect has Monte "
            "Carlo errors, and digits follow them.",
            "effects.csv; diagnostics.csv",
        ),
        answered(
            "2D: other computation",
            "What is approximated, and how well.",
            f"{len(drawn)} fits are draws around a Laplace approximation, weighted to the model: "
            f"the largest Pareto k is {drawn['pareto_k'].max():.2f}, where {LARGEST_K:g} is the "
            "limit.",
            "diagnostics.csv; engine_agreement.csv",
            gap=""
            if len(agreement)
            else "this run compared no fit with the sampler (it was a quick one).",
        )
        if len(drawn)
        else answered("2D: other computation", "What is approximated.", "Nothing is.", ""),
    ]


def _posterior(evidence: Evidence, study: Study) -> list[Item]:
    trends = evidence.table("trends")
    smallest = [outcome.label for outcome in study.outcomes.values() if outcome.minimum > 0]
    return [
        answered(
            "3A: posterior predictive check",
            "Does the fitted model generate data like those observed?",
            f"{len(trends)} fitted cells, each with the probability of a count as high.",
            "trends.csv",
        )
        if len(trends)
        else missing(
            "3A: posterior predictive check", "Fitted against observed.", "no trends.csv."
        ),
        answered(
            "3B: marginal posteriors",
            "A central value and an interval, on a scale that people use.",
            f"{len(evidence.table('effects'))} effects: mean, SD, 95% equal-tailed interval, "
            "probabilities.",
            "effects.csv; figures/",
        ),
        answered("3C: Bayes factors", "With prior and posterior odds.", _NO_FACTORS, ""),
        answered(
            "4A: why decide",
            "Is a decision asked for, and by which rule?",
            "None is made from an interval; where a plan needs a rule, its size is given with it.",
            f"{_PAGE}; planning_performance.csv",
        ),
        missing(
            "4B: loss",
            "What wrong decisions cost.",
            "no loss function is given; costs per outcome averted stand in costs.csv where a study "
            "has costs.",
        ),
        answered(
            "4C: region of practical equivalence",
            "How small an effect would not matter, and why.",
            f"The smallest effect of interest of {len(smallest)} outcomes; the probability of one "
            "beyond it stands beside every effect.",
            "study.toml; effects.csv (prob_beyond_minimum)",
        ),
        answered("4D: thresholds of Bayes factors", "If used.", _NO_FACTORS, ""),
        answered(
            "4E: estimates too",
            "Numbers beside every decision.",
            "Every claim stands beside its estimate and interval.",
            "quotable.txt",
        ),
    ]


def _sensitivity(evidence: Evidence) -> list[Item]:
    asks = "Do other priors change the answer?"
    shock, pooling = crossing(evidence, "shock"), crossing(evidence, "effect")
    # A specification curve changes some priors, and none by itself alone.
    scaling = evidence.checks.get("scaling")
    pulls = sensitivity_sentence(scaling) if scaling else ""
    variants = moved_headline(evidence, "headline_variants")
    gap = "" if scaling else "no check scales each prior in turn."
    return [
        answered(
            "5A: broad priors",
            asks,
            f"{pooling} {pulls}".strip(),
            "pooling_sensitivity.csv; checks/scaling/",
            gap=gap,
        )
        if pooling
        else missing("5A: broad priors", asks, "no pooling_sensitivity.csv."),
        answered("5B: informed priors", asks, shock, "shock_sensitivity.csv")
        if shock
        else missing("5B: informed priors", asks, "no shock_sensitivity.csv."),
        answered(
            "5C: other models",
            "Do defaults and the model's shape matter?",
            variants,
            "headline_variants.csv; decomposition.csv",
        )
        if variants
        else missing("5C: other models", "Do defaults matter?", "no headline_variants.csv."),
        answered("5D: Bayes factors", "Their sensitivity.", _NO_FACTORS, ""),
        answered(
            "5E: decisions",
            "Would another prior decide otherwise?",
            f"As 5B says, which is the question of the whole analysis. {shock}".strip(),
            "shock_sensitivity.csv; decomposition.csv",
        ),
    ]


def _repetition(evidence: Evidence) -> list[Item]:
    manifest = evidence.manifest
    return [
        answered("6A: installation", "How to install it.", "One command.", "README.md"),
        answered(
            "6B: script and data",
            "Both, whole.",
            f"`{manifest.get('command')}`; {len(manifest.get('inputs', ()))} files were read, "
            "whose hashes are kept.",
            "manifest.json",
        ),
        answered(
            "6C: readable",
            "By others than their authors.",
            "Every function is documented; rooms, and decisions with their reasons, are listed.",
            "ARCHITECTURE.md; docs/",
        ),
        answered(
            "6D: it runs",
            "As it is posted, and gives the same.",
            "`mp-bayes verify` runs it again, and names each number that moved beyond chance.",
            "docs/trust.md",
        ),
        answered(
            "6E: seeds",
            "Are random numbers the same again?",
            f"Seed {manifest.get('seed')}; each fit has its own, made from it and the fit's name.",
            "manifest.json",
        ),
        answered(
            "6F: saved posteriors",
            "So that others need not sample again.",
            "Thinned draws of the quoted fits, as NetCDF.",
            "posteriors/",
        ),
    ]
