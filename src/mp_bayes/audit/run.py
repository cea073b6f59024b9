"""Run every rule of the audit over the published evidence."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final

import pandas as pd

from mp_bayes.audit import (
    claims,
    costs,
    counts,
    design,
    effects,
    samples,
    significance,
    statements,
)
from mp_bayes.audit.comparison import Comparison
from mp_bayes.audit.printed_evidence import PrintedEvidence, read_evidence

RULES: Final[tuple[Callable[[PrintedEvidence], Iterator[Comparison]], ...]] = (
    counts.percent_from_counts,
    counts.single_choice_counts,
    counts.longer_window_holds_more,
    counts.same_referrals,
    samples.sample_from_cells,
    samples.sample_parts,
    samples.cases_between_bounds,
    samples.placements_between_bounds,
    significance.p_value_from_estimate,
    significance.stars_from_p_value,
    effects.ame_from_coefficients,
    effects.ame_difference_is_interaction,
    effects.reference_rate_from_ames,
    claims.p_value_in_prose,
    claims.significance_in_prose,
    claims.direction_in_prose,
    costs.cost_row_totals,
    costs.cost_column_totals,
    costs.reach_totals,
    costs.unit_cost_from_total,
    design.repeated_dates,
    design.post_years_from_span,
    design.categories_from_terms,
    statements.stated_in_prose,
)


def run_audit(folder: Path | None = None) -> pd.DataFrame:
    """Compare every published figure with what other published figures make of it.

    Parameters
    ----------
    folder
        Folder with all evidence tables; the tables as published when not given.

    Returns
    -------
    pandas.DataFrame
        One row per comparison: rule, subject, published and its source, rederived and its source,
        agrees (bool), tolerance (what rounding allows) and detail (one sentence).

    Raises
    ------
    mp_bayes.errors.InputError
        If a table cannot be read, or a statement names something that is not there.
    """
    evidence = read_evidence(folder)
    comparisons = [comparison for rule in RULES for comparison in rule(evidence)]
    columns = [field.name for field in fields(Comparison)]
    return pd.DataFrame([asdict(comparison) for comparison in comparisons], columns=columns)


def summarise(audit: pd.DataFrame) -> pd.DataFrame:
    """Count the comparisons and the discrepancies of each rule, in the order they were run."""
    grouped = audit.groupby("rule", sort=False)["agrees"]
    summary = pd.DataFrame(
        {"checks": grouped.size(), "discrepancies": grouped.size() - grouped.sum()}
    )
    return summary.reset_index()
