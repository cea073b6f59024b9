"""An assumptions log and a quality assurance log, in the form that the AQuA Book asks for.

UK Government Analysis Function (2025), The AQuA Book: an assumptions log describes each assumption,
says how reliable it is and what it changes, and who made and who signed it off; quality assurance
is verification (was it built right?) and validation (is it the right thing?), by an analyst, an
assurer who is independent, and an approver.
"""

from mp_bayes.audit import summarise
from mp_bayes.checks.calibration_cases import cases
from mp_bayes.checks.calibration_run import LEVEL
from mp_bayes.checks.checklists import CHECKS, PANEL, Evidence
from mp_bayes.studies.study import Study
from mp_bayes.wording.assumptions import assumptions
from mp_bayes.wording.checklist import GAP, PARTLY, Item, answered, missing
from mp_bayes.wording.impact import crossing, effect_prior, moved_headline, shock_priors
from mp_bayes.wording.numbers import listed, number

_CALIBRATION = "Verification: calibration"
_FOUND = "Are known truths found as often as they should be?"
_UNSIGNED = "nobody outside the project has signed it off."


def assumptions_log(evidence: Evidence, study: Study) -> list[Item]:
    """Return every assumption, with what it changes as far as the results say."""
    along = {
        "Shocks have one SD": (crossing(evidence, "shock"), "shock_sensitivity.csv"),
        "National statistics measure": (shock_priors(evidence.table("effects")), "effects.csv"),
        "The programme changed nothing before": (
            moved_headline(evidence, "timing_scenarios"),
            "timing_scenarios.csv",
        ),
        "Years move all boroughs alike": (
            moved_headline(evidence, "headline_variants", years="borrowed"),
            "headline_variants.csv",
        ),
        "Yearly effects are alike": (crossing(evidence, "effect"), "pooling_sensitivity.csv"),
        "The mean effect lies": (
            effect_prior(evidence, study),
            f"{CHECKS}/multiverse; {CHECKS}/scaling"
            if {"multiverse", "scaling"} <= set(evidence.checks)
            else f"{CHECKS}/{evidence.check('multiverse', 'scaling')}",
        ),
        "The comparison shows": (_parallel(evidence), f"{CHECKS}/{evidence.check('trend')}"),
    }
    items = []
    for said, cost in assumptions(study):
        impact, where = next(
            (found for start, found in along.items() if said.startswith(start)), ("", "")
        )
        gap = _UNSIGNED if impact else f"what it changes is not put in numbers; {_UNSIGNED}"
        told = f"{cost} Impact: {impact}" if impact else cost
        items.append(
            Item(
                said,
                "What follows if it is wrong; its impact in numbers; who signed it off.",
                f"{told} Gap: {gap}",
                where if impact else "report.html (assumptions)",
                PARTLY if impact else GAP,
            )
        )
    return [*items, _priors(evidence)]


def _parallel(evidence: Evidence) -> str:
    found = evidence.check("trend")
    return (
        f"how large a violation would undo each conclusion is in {CHECKS}/{found}" if found else ""
    )


def _priors(evidence: Evidence) -> Item:
    """Say how reliable the priors are: which come from data."""
    asks = "How reliable each assumed number is, and where it comes from."
    if not evidence.measures:
        return missing(
            "Priors",
            asks,
            f"no panel of official statistics lies in {PANEL}/, from which shocks' priors come.",
        )
    return answered(
        "Priors",
        asks,
        f"Shocks come from official statistics ({listed(list(evidence.measures))}) of every "
        "authority; all other priors have a reason and no data.",
        f"priors.csv; {PANEL}/*/fit",
        gap=_UNSIGNED,
    )


def qa_log(evidence: Evidence, study: Study) -> list[Item]:
    """Return what was done to verify and to validate, and what was not."""
    return [*_data(evidence), *_verification(evidence, study), *_validation(evidence), *_people()]


def _data(evidence: Evidence) -> list[Item]:
    audit = evidence.table("audit")
    asks = "Are the data what they are said to be?"
    if audit.empty:
        audited = missing("Data: consistency", asks, "no audit of published figures lies there.")
    else:
        wrong = int((~audit["agrees"].astype(bool)).sum())
        audited = answered(
            "Data: consistency",
            asks,
            f"{len(audit)} published figures were worked out again by {len(summarise(audit))} "
            f"rules; {wrong} do not agree with what is printed elsewhere, and are listed.",
            "audit.csv",
        )
    return [
        audited,
        answered(
            "Data: provenance",
            "Which files were read, and are they unchanged?",
            f"The hashes of {len(evidence.manifest.get('inputs', ()))} files.",
            "manifest.json (inputs)",
        ),
        missing(
            "Data: covariates",
            "Do the data hold what the question needs?",
            "children's own records are not available: totals by borough and year are analysed; "
            "only published coefficients, where there are any, are adjusted for who they were.",
        ),
    ]


def _verification(evidence: Evidence, study: Study) -> list[Item]:
    fits, agreement = evidence.table("diagnostics"), evidence.table("engine_agreement")
    bad = int((~fits["usable"].astype(bool)).sum())
    calibrated = evidence.check("calibration")
    return [
        answered(
            "Verification: code",
            "Tests, static analysis, review.",
            "Unit, integration and property tests; types and the direction of imports are checked.",
            "tests/; pyproject.toml",
        ),
        answered(
            "Verification: each fit",
            "Did the computation end well?",
            f"{len(fits) - bad} of {len(fits)} fits passed their gate.",
            "diagnostics.csv",
            gap=f"{bad} did not, and are marked." if bad else "",
        ),
        answered(
            "Verification: two engines",
            "Does another algorithm give the same?",
            "Means differ by at most "
            f"{number(agreement.loc[agreement['vouched'], 'mean_difference'].abs().max(), 3)} "
            "posterior SDs.",
            "engine_agreement.csv",
        )
        if len(agreement)
        else missing(
            "Verification: two engines",
            "Does another algorithm give the same?",
            "this run compared no fits.",
        ),
        answered(
            "Verification: independent software",
            "Does somebody else's code give the same?",
            "JAGS for the cells' models, statsmodels for the regressions.",
            "tests/reference; tests/frequentist",
        ),
        _calibrated(evidence, calibrated, study)
        if calibrated
        else missing(_CALIBRATION, _FOUND, f"no simulation-based calibration lies in {CHECKS}/."),
        answered(
            "Verification: repetition",
            "Are the results those of the code and the data?",
            "`mp-bayes verify` repeats them; its short form is run at every change.",
            "docs/trust.md; tests/commands/test_verify.py",
        ),
    ]


def _calibrated(evidence: Evidence, check: str, study: Study) -> Item:
    """Say how many models were calibrated, how many passed, and how many were not run."""
    table = evidence.checks[check]["calibration"]
    each = table[table["fault"].fillna("").eq("")].groupby("model")["p_model"].min()
    passed = int((each >= LEVEL).sum())
    left = sum(not case.fault and case.name not in each.index for case in cases(study))
    return answered(
        _CALIBRATION,
        _FOUND,
        f"By simulation from the model itself: {passed} of the {len(each)} models that were run "
        "pass.",
        f"{CHECKS}/{check}",
        gap=f"{left} models were not run." if left else "",
    )


def _met(evidence: Evidence, check: str) -> str:
    """Say how many published numbers are met."""
    table = evidence.checks[check]["agreement"]
    same = table[table["same"].astype(bool)]
    met = int(same["agrees"].astype(str).eq("True").sum())
    return f"{met} of {len(same)} numbers that others published are met."


def _validation(evidence: Evidence) -> list[Item]:
    compared = evidence.table("comparison")
    check = evidence.check("external")
    sources = listed(sorted(compared["source"].unique())) if len(compared) else ""
    return [
        answered(
            "Validation: other answers",
            "Do other methods agree, and where not, why?",
            f"Side by side: {sources}; and one assumption at a time.",
            "comparison.csv; decomposition.csv",
        )
        if sources
        else missing("Validation: other answers", "Do other methods agree?", "no comparison.csv."),
        answered(
            "Validation: external cases",
            "Does the method give known answers elsewhere?",
            _met(evidence, check),
            f"{CHECKS}/{check}",
        )
        if check
        else missing(
            "Validation: external cases",
            "Does the method give known answers elsewhere?",
            f"no external cases lie in {CHECKS}/.",
        ),
        answered(
            "Validation: placebos",
            "Is an effect found where there was no programme?",
            f"In authorities without it, by {len(evidence.placebos)} national measures.",
            f"{PANEL}/*/placebo",
        )
        if evidence.placebos
        else missing(
            "Validation: placebos",
            "Is an effect found where there was no programme?",
            f"no placebo authorities lie in {PANEL}/.",
        ),
        answered(
            "Uncertainty",
            "Is it worked out, and said?",
            "Effects have 95% equal-tailed intervals, and on the main page digits that follow "
            "their Monte Carlo errors; power, and what the design could have found, stand beside.",
            "quotable.txt; planning_replay.csv",
            gap="multiverse, joint model, calibration and predictive checks show no Monte Carlo "
            "errors.",
        ),
    ]


def _people() -> list[Item]:
    return [
        missing(
            "Role: commissioner",
            "Who asked, and agrees that this answers the question.",
            "nobody commissioned this analysis.",
        ),
        missing(
            "Role: assurer",
            "Who, independent of the analysts, reviewed it.",
            "no independent review has been made.",
        ),
        missing("Role: approver", "Who signed it off.", "nobody has."),
        answered(
            "Change control",
            "What was changed, when, by whom.",
            "Version control, and a log of changes.",
            "CHANGELOG.md",
        ),
        answered(
            "Documentation",
            "For users, and for who goes on with it.",
            "Pages for each kind of user, whose cells are run at every build.",
            "docs/; ARCHITECTURE.md",
        ),
    ]
