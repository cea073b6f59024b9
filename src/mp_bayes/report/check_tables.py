"""Tables of what the answer rests on: audit, diagnostics, posterior predictive check, priors."""

import re
from typing import Any

import pandas as pd

from mp_bayes.audit import summarise
from mp_bayes.inference.laplace import LARGEST_K
from mp_bayes.inference.nuts import MAX_RHAT, MIN_ESS
from mp_bayes.priors import SHOCK_PARAMETERS, SHOCK_PRIORS
from mp_bayes.wording.numbers import MINUS, interval, number, percent
from mp_bayes.wording.selection import HEADLINE, NAMES, pick
from mp_bayes.wording.table import UNUSABLE, Table, marked
from mp_bayes.wording.together import Outcomes

#: Parameters that only one likelihood has.
_BINARY_ONLY, _COUNT_ONLY = ("design_effect",), ("dispersion_excess", "exposure")
_LABELS = ["evidence", "shock", "effect", "coding", "timing", "years", "shape"]


def audit_tables(audit: pd.DataFrame, outcomes: Outcomes) -> list[Table]:
    """Return the audit's discrepancies, and its checks by rule."""
    wrong = audit[~audit["agrees"].astype(bool)]
    rows = [
        [
            prose(row["subject"], outcomes),
            prose(f"{row['published']} ({row['published_source']})", outcomes),
            prose(f"{row['rederived']} ({row['rederived_source']})", outcomes),
            prose(row["detail"], outcomes),
        ]
        for row in wrong.to_dict("records")
    ]
    rules = [
        [_words(row["rule"]), str(row["checks"]), str(row["discrepancies"])]
        for row in summarise(audit).to_dict("records")
    ]
    return [
        Table(
            "Discrepancies in the published figures",
            ["Figure", "Published", "Re-derived", "In words"],
            rows,
            name="audit_discrepancies",
        ),
        Table("Checks by rule", ["Rule", "Checks", "Discrepancies"], rules, name="audit_checks"),
    ]


def audit_summary(audit: pd.DataFrame) -> str:
    """Say how many published figures were checked and how many do not agree."""
    wrong = int((~audit["agrees"].astype(bool)).sum())
    if wrong == 0:
        return f"All {len(audit)} checks of figures that are published twice agree."
    return (
        f"{len(audit)} comparisons of figures that are published twice were made by rule; "
        f"{len(audit) - wrong} agree within rounding and {wrong} do not."
    )


def diagnostics_summary(diagnostics: pd.DataFrame) -> str:
    """Say whether all fits passed their engine's gate, with the worst values."""
    bad = int((~diagnostics["usable"].astype(bool)).sum())
    passed = "All" if bad == 0 else f"{len(diagnostics) - bad} of"
    sentences = [f"{passed} {len(diagnostics)} fits passed their gate."]
    sampled, drawn = (
        diagnostics[diagnostics["engine"].eq(engine)] for engine in ("nuts", "laplace")
    )
    if len(sampled):
        sentences.append(
            f"{len(sampled)} were sampled by the No-U-Turn sampler, whose gate is an R-hat below "
            f"{MAX_RHAT:g}, bulk and tail effective sample sizes above {MIN_ESS:.0f} for every "
            "reported quantity, and no divergent transition: the worst R-hat is "
            f"{sampled['max_rhat'].max():.4f}, the smallest effective sample size "
            f"{_smallest_ess(sampled):,.0f}, and there were {int(sampled['divergences'].sum())} "
            "divergent transitions."
        )
    if len(drawn):
        sentences.append(
            f"{len(drawn)} were drawn by the Laplace engine and weighted; its gate is a Pareto k "
            f"of the weights below {LARGEST_K:g} and an effective number of draws above "
            f"{MIN_ESS:.0f}: the largest k is {drawn['pareto_k'].max():.2f}, the smallest "
            f"number {_smallest_ess(drawn):,.0f}."
        )
    return " ".join(sentences)


def _smallest_ess(diagnostics: pd.DataFrame) -> float:
    return min(float(diagnostics[name].min()) for name in ("min_ess_bulk", "min_ess_tail"))


def agreement_summary(agreement: pd.DataFrame) -> str:
    """Say how far the engines' effects are apart where both fitted an analysis."""
    # Ratios repeat the log scale.
    rows = agreement[
        agreement["estimand"].str.endswith("_effect")
        & ~agreement["scale"].isin(["odds_ratio", "rate_ratio"])
    ]
    labels = [*_LABELS, "outcome"]
    every = len(rows.drop_duplicates(labels))
    rows = rows[rows["vouched"].astype(bool) & rows["converged"].astype(bool)]
    if rows.empty:
        return ""
    analyses = len(rows.drop_duplicates(labels))
    lost = every - analyses
    left_out = f" {lost} more cannot be compared: a fit did not converge." if lost else ""
    means, sds, chances = (
        rows["mean_difference"].abs(),
        (rows["sd_ratio"] - 1).abs(),
        rows["probability_difference"].abs(),
    )
    return (
        "What is quoted, and some other models of the totals, drawn at random, were fitted by both "
        f"engines ({analyses} "
        f"analyses, {len(rows)} effects): their means differ by at most {means.max():.3f} "
        f"posterior SDs (median {means.median():.3f}; the sampler's own error is "
        f"{rows['mean_error'].median():.3f}), their SDs by at most {percent(sds.max())} (median "
        f"{percent(sds.median())}), and probabilities by at most "
        f"{number(100 * chances.max())} percentage points.{left_out}"
    )


def diagnostics_tables(diagnostics: pd.DataFrame, outcomes: Outcomes) -> list[Table]:
    """Return the worst values by kind of analysis, and the unusable fits if there are any."""
    groups = []
    for keys, rows in diagnostics.groupby(["engine", "evidence", "shock", "effect"], sort=False):
        bad = int((~rows["usable"].astype(bool)).sum())
        groups.append(
            [
                ", ".join(str(key) for key in keys),
                str(len(rows)),
                *_worst(rows),
                str(int(rows["divergences"].sum())),
                f"{bad} {UNUSABLE}" if bad else "all usable",
            ]
        )
    tables = [
        Table(
            "Convergence by kind of analysis, worst values",
            [
                "Engine, evidence, shock prior, effect structure",
                "Fits",
                "R-hat",
                "Pareto k",
                "Smallest ESS",
                "Divergences",
                "Gate",
            ],
            groups,
            "ESS: effective sample size. Timing scenarios, borrowed years and, unless the run was "
            "quick, heavy-tailed shocks are included.",
            name="convergence",
        )
    ]
    bad_fits = diagnostics[~diagnostics["usable"].astype(bool)]
    if len(bad_fits):
        rows_ = [_unusable_row(row, outcomes) for row in bad_fits.to_dict("records")]
        columns = ["Outcome", "Analysis", "R-hat", "Smallest ESS", "Divergences", "Gate"]
        tables.append(Table("Unusable fits", columns, rows_, name="unusable_fits"))
    return tables


def _worst(rows: pd.DataFrame) -> list[str]:
    """Return the worst R-hat, Pareto k (each of one engine only) and effective sample size."""
    rhat, k = rows["max_rhat"].max(), rows["pareto_k"].max()
    return [
        "" if pd.isna(rhat) else f"{rhat:.3f}",
        "" if pd.isna(k) else number(k, 2),
        f"{_smallest_ess(rows):,.0f}",
    ]


def _unusable_row(row: dict[Any, Any], outcomes: Outcomes) -> list[str]:
    # The Laplace engine's fits are usable, or sampled instead.
    analysis = [str(row[name]) for name in _LABELS if not pd.isna(row.get(name))]
    return [
        outcomes[row["outcome"]].label,
        ", ".join(analysis),
        f"{row['max_rhat']:.3f}",
        f"{min(row['min_ess_bulk'], row['min_ess_tail']):,.0f}",
        str(int(row["divergences"])),
        UNUSABLE,
    ]


def predictive_rows(trends: pd.DataFrame, outcomes: Outcomes) -> pd.DataFrame:
    """Return the headline fits' cells, in the outcomes' order."""
    rows = pick(trends.rename(columns=NAMES), **HEADLINE)
    order = {name: place for place, name in enumerate(outcomes)}
    return rows.sort_values("outcome", key=lambda column: column.map(order), kind="stable")


def predictive_summary(trends: pd.DataFrame, outcomes: Outcomes) -> str:
    """Say how many cells lie in the tails of their posterior predictive distribution."""
    rows = predictive_rows(trends, outcomes)
    rows = rows[rows["usable"].astype(bool)]
    if rows.empty:
        return "There is no usable headline fit to check."
    odd = int(((rows["prob_as_high"] < 0.025) | (rows["prob_as_high"] > 0.975)).sum())
    return (
        f"Of {len(rows)} cells {odd} lie outside the central 95% of what the headline "
        "model would replicate. The shocks let the model follow each cell closely, so this check "
        "can find a wrong likelihood, but not a wrong effect."
    )


def predictive_table(trends: pd.DataFrame, outcomes: Outcomes) -> Table:
    """Return each cell beside its replications."""
    rows = [
        [
            outcomes[row["outcome"]].label,
            str(row["borough"]),
            str(row["year"]),
            number(row["observed"]),
            interval(row["replicated_lower"], row["replicated_upper"]),
            marked(percent(row["prob_as_high"]), usable=bool(row["usable"])),
        ]
        for row in predictive_rows(trends, outcomes).to_dict("records")
    ]
    return Table(
        "Posterior predictive check of every cell",
        [
            "Outcome",
            "Borough",
            "Year",
            "Observed",
            "Replicated, 95% equal-tailed interval",
            "Probability of a count as high",
        ],
        rows,
        "In percent of the total, or events per 100 child-years. Ties count half.",
    )


def priors_table(priors: pd.DataFrame, outcomes: Outcomes) -> Table:
    """Return the priors with their reasons; what is the same for several outcomes once."""
    priors = priors.fillna("")
    counts = priors["outcome"].map(lambda name: outcomes[name].likelihood == "nb1")
    unused = (counts & priors["parameter"].isin(_BINARY_ONLY)) | (
        ~counts & priors["parameter"].isin(_COUNT_ONLY)
    )
    priors = priors[~unused]
    shocks = priors["parameter"].isin(SHOCK_PARAMETERS)
    # Only the shocks' parameters differ between shock priors.
    table = priors.assign(shock_prior=priors["shock_prior"].where(shocks, "all")).drop_duplicates()
    keys = ["parameter", "shock_prior", "prior", "reason"]
    grouped = table.groupby(keys, sort=False)["outcome"].agg(list).reset_index()
    order = {name: place for place, name in enumerate(("all", *SHOCK_PRIORS))}
    grouped = grouped.sort_values("shock_prior", key=lambda c: c.map(order), kind="stable")
    rows = [
        [
            row["parameter"],
            row["shock_prior"],
            "all"
            if len(row["outcome"]) == len(outcomes)
            else ", ".join(outcomes[name].label for name in row["outcome"]),
            prose(row["prior"], outcomes),
            row["reason"] or "none given",
        ]
        for row in grouped.to_dict("records")
    ]
    return Table(
        "Priors and their reasons",
        ["Parameter", "Shock prior", "Outcomes", "Prior", "Reason"],
        rows,
    )


def prose(text: object, outcomes: Outcomes) -> str:
    """Write outcomes by their labels, and negative numbers with a true minus sign."""
    words = str(text)
    for name, outcome in outcomes.items():
        words = words.replace(name, outcome.label)
    return re.sub(r"(?<![\w.)])-(?=[\d.£])", MINUS, words)


def _words(rule: str) -> str:
    text = rule.replace("_", " ")
    return text[0].upper() + text[1:]
