"""Tables of what the answer rests on: audit, diagnostics, posterior predictive check, priors."""

import re
from typing import Any

import pandas as pd

from mp_bayes.evidence.audit import summarise
from mp_bayes.figures.numbers import MINUS, interval, number, percent
from mp_bayes.figures.selection import HEADLINE, NAMES, pick
from mp_bayes.fit import MAX_RHAT, MIN_ESS
from mp_bayes.priors import SHOCK_PARAMETERS, SHOCK_PRIORS
from mp_bayes.report.table import UNUSABLE, Table, marked
from mp_bayes.study import OUTCOMES

#: Parameters that only one likelihood has.
_BINARY_ONLY, _COUNT_ONLY = ("design_effect",), ("dispersion_excess", "exposure")
_LABELS = ["evidence", "shock", "effect", "coding", "timing", "years", "shape"]


def audit_tables(audit: pd.DataFrame) -> list[Table]:
    """Return the audit's discrepancies, and its checks by rule."""
    wrong = audit[~audit["agrees"].astype(bool)]
    rows = [
        [
            prose(row["subject"]),
            prose(f"{row['published']} ({row['published_source']})"),
            prose(f"{row['rederived']} ({row['rederived_source']})"),
            prose(row["detail"]),
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
        ),
        Table("Checks by rule", ["Rule", "Checks", "Discrepancies"], rules),
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
    """Say whether all fits passed the gate, with the worst values."""
    bad = int((~diagnostics["usable"].astype(bool)).sum())
    passed = "All" if bad == 0 else f"{len(diagnostics) - bad} of"
    ess = min(diagnostics["min_ess_bulk"].min(), diagnostics["min_ess_tail"].min())
    return (
        f"{passed} {len(diagnostics)} fits passed the gate: R-hat below {MAX_RHAT:g}, bulk and "
        f"tail effective sample size above {MIN_ESS:.0f} for every reported quantity, and no "
        f"divergent transition. The worst R-hat is {diagnostics['max_rhat'].max():.3f}, the "
        f"smallest effective sample size {ess:,.0f}, and there were "
        f"{int(diagnostics['divergences'].sum())} divergent transitions."
    )


def diagnostics_tables(diagnostics: pd.DataFrame) -> list[Table]:
    """Return the worst values by kind of analysis, and the unusable fits if there are any."""
    groups = []
    for keys, rows in diagnostics.groupby(["evidence", "shock", "effect"], sort=False):
        bad = int((~rows["usable"].astype(bool)).sum())
        groups.append(
            [
                ", ".join(str(key) for key in keys),
                str(len(rows)),
                f"{rows['max_rhat'].max():.3f}",
                f"{rows['min_ess_bulk'].min():,.0f}",
                f"{rows['min_ess_tail'].min():,.0f}",
                str(int(rows["divergences"].sum())),
                f"{bad} {UNUSABLE}" if bad else "all usable",
            ]
        )
    tables = [
        Table(
            "Convergence by kind of analysis, worst values",
            [
                "Evidence, shock prior, effect structure",
                "Fits",
                "R-hat",
                "Bulk ESS",
                "Tail ESS",
                "Divergences",
                "Gate",
            ],
            groups,
            "ESS: effective sample size. Timing scenarios, borrowed years and heavy-tailed shocks "
            "are included.",
        )
    ]
    bad_fits = diagnostics[~diagnostics["usable"].astype(bool)]
    if len(bad_fits):
        rows_ = [_unusable_row(row) for row in bad_fits.to_dict("records")]
        columns = ["Outcome", "Analysis", "R-hat", "Smallest ESS", "Divergences", "Gate"]
        tables.append(Table("Unusable fits", columns, rows_))
    return tables


def _unusable_row(row: dict[Any, Any]) -> list[str]:
    analysis = [str(row[name]) for name in _LABELS if not pd.isna(row.get(name))]
    return [
        OUTCOMES[row["outcome"]].label,
        ", ".join(analysis),
        f"{row['max_rhat']:.3f}",
        f"{min(row['min_ess_bulk'], row['min_ess_tail']):,.0f}",
        str(int(row["divergences"])),
        UNUSABLE,
    ]


def predictive_rows(trends: pd.DataFrame) -> pd.DataFrame:
    """Return the headline fits' cells, in the outcomes' order."""
    rows = pick(trends.rename(columns=NAMES), **HEADLINE)
    order = {name: place for place, name in enumerate(OUTCOMES)}
    return rows.sort_values("outcome", key=lambda column: column.map(order), kind="stable")


def predictive_summary(trends: pd.DataFrame) -> str:
    """Say how many cells lie in the tails of their posterior predictive distribution."""
    rows = predictive_rows(trends)
    rows = rows[rows["usable"].astype(bool)]
    if rows.empty:
        return "There is no usable headline fit to check."
    odd = int(((rows["prob_as_high"] < 0.025) | (rows["prob_as_high"] > 0.975)).sum())
    return (
        f"Of {len(rows)} published cells {odd} lie outside the central 95% of what the headline "
        "model would replicate. The shocks let the model follow each cell closely, so this check "
        "can find a wrong likelihood, but not a wrong effect."
    )


def predictive_table(trends: pd.DataFrame) -> Table:
    """Return each cell beside its replications."""
    rows = [
        [
            OUTCOMES[row["outcome"]].label,
            str(row["borough"]),
            str(row["year"]),
            number(row["observed"]),
            interval(row["replicated_lower"], row["replicated_upper"]),
            marked(percent(row["prob_as_high"]), usable=bool(row["usable"])),
        ]
        for row in predictive_rows(trends).to_dict("records")
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
        "In percent of referrals, or events per 100 child-years. Ties count half.",
    )


def priors_table(priors: pd.DataFrame) -> Table:
    """Return the priors with their reasons; what is the same for several outcomes once."""
    priors = priors.fillna("")
    counts = priors["outcome"].map(lambda name: OUTCOMES[name].likelihood == "nb1")
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
            if len(row["outcome"]) == len(OUTCOMES)
            else ", ".join(OUTCOMES[name].label for name in row["outcome"]),
            prose(row["prior"]),
            row["reason"] or "none given",
        ]
        for row in grouped.to_dict("records")
    ]
    return Table(
        "Priors and their reasons",
        ["Parameter", "Shock prior", "Outcomes", "Prior", "Reason"],
        rows,
    )


def prose(text: object) -> str:
    """Write outcomes by their labels, and negative numbers with a true minus sign."""
    words = str(text)
    for name, outcome in OUTCOMES.items():
        words = words.replace(name, outcome.label)
    return re.sub(r"(?<![\w.)])-(?=[\d.£])", MINUS, words)


def _words(rule: str) -> str:
    text = rule.replace("_", " ")
    return text[0].upper() + text[1:]
