"""A plan in words: the paragraph for a protocol, the assumptions, and the caveats."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.simulate.design import Design
from mp_bayes.simulate.scenario import Scenario, reasons

_EFFECT = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*(pp|per100|or|rr)", re.IGNORECASE)
_LABELS = {
    "outcome": "Outcome",
    "treated_boroughs": "Treated boroughs",
    "pre_years": "Years before the onset",
    "stagger": "Years between treated boroughs' onsets",
    "cell_size": "Referrals or children a borough-year",
    "size_spread": "Spread of sizes (SD of the logarithm)",
    "exposure": "Years at risk of a child in a year",
    "baseline": "Outcome without the programme",
    "sd_borough": "SD of boroughs' levels",
    "sd_year": "SD of common years",
    "sd_shock": "SD of borough-by-year shocks",
    "rho": "Correlation of shocks from year to year",
    "shock_df": "Degrees of freedom of Student-t shocks; 0: Normal",
    "sd_log_shock": "SD of the logarithm of boroughs' shock SDs",
    "sd_drift": "SD of boroughs' own trends, a year",
    "design_effect": "Design effect of referrals",
    "dispersion": "Dispersion of counts",
    "curve": "Embedding curve",
    "delay": "Years until embedding begins",
    "window": "Follow-up of a referral, years",
    "contamination": "Share of the effect that comparison boroughs get",
}


def parse_effect(text: str, *, binary: bool) -> dict[str, Any]:
    """Read an effect such as -3pp, -5per100, 0.85or or 0.9rr; return the scenario's fields."""
    match = _EFFECT.fullmatch(text.strip())
    allowed = ("pp", "or") if binary else ("per100", "rr")
    if not match or match[2].lower() not in allowed:
        first, second = ("-3pp", "0.85or") if binary else ("-5per100", "0.9rr")
        what = "a binary outcome" if binary else "a count"
        raise InputError(
            f"effect: '{text}' is not an effect on {what}; write it like {first} or {second}"
        )
    scale = "response" if match[2].lower() in ("pp", "per100") else "ratio"
    return {"effect": float(match[1]), "effect_scale": scale}


def effect_words(scenario: Scenario) -> str:
    """Say the effect at full dose, for people."""
    if scenario.effect_scale == "ratio":
        kind = "an odds ratio" if scenario.binary else "a rate ratio"
        return f"{kind} of {scenario.effect:g}"
    points = "percentage point" if abs(scenario.effect) == 1 else "percentage points"
    unit = points if scenario.binary else "events per 100 child-years"
    return f"{abs(scenario.effect):g} {unit} {'fewer' if scenario.effect < 0 else 'more'}"


def unit_words(scenario: Scenario) -> str:
    """Name the response scale."""
    return "percentage points" if scenario.binary else "per 100 child-years"


def baseline_words(scenario: Scenario) -> str:
    """Say the baseline on the response scale."""
    value = f"{100 * scenario.baseline:.3g}"
    return f"{value}% of referrals" if scenario.binary else f"{value} events per 100 child-years"


def paragraph(design: Design, needed: pd.DataFrame, claims: pd.DataFrame) -> str:
    """Write the paragraph for a protocol, with the assumptions in it."""
    base = design.base
    word = "assurance" if base.effect_sd else "power"
    prior = ""
    if base.effect_sd:
        unit = "on the log scale" if base.effect_scale == "ratio" else f"in {unit_words(base)}"
        prior = f" (design prior: SD {base.effect_sd:.3g} {unit})"
    sentences = [
        f"The planned effect on '{base.study.label.lower()}' is {effect_words(base)} at full "
        f"embedding{prior}, from a baseline of {baseline_words(base)}, "
        f"with {base.cell_size:g} {'referrals' if base.binary else 'children'} a borough-year, "
        f"{base.treated_boroughs} treated borough{'s' * (base.treated_boroughs > 1)} and "
        f"{base.pre_years} pre-year{'s' * (base.pre_years > 1)}.",
        f"Boroughs are assumed to move on their own from year to year with an SD of "
        f"{base.sd_shock:g} on the {'log-odds' if base.binary else 'log-rate'} scale and a "
        f"year-to-year correlation of {base.rho:g}.",
        f"An effect is claimed when the 95% equal-tailed posterior interval of the average effect "
        f"over the post-years excludes 0, in a hierarchical model with borough-by-year effects "
        f"under the {design.shock} prior that estimates how the practice embeds.",
    ]
    sentences += [
        _needs(rows, design, word) for _, rows in needed.groupby("comparison_boroughs", sort=False)
    ]
    own = claims[claims["method"].eq(design.method.name)]
    did = claims[claims["method"].eq(design.did.name)]
    if len(own) and len(did):
        sentences.append(
            f"Where nothing happened, this analysis claims an effect in "
            f"{_range(own)} of evaluations, and a difference-in-differences whose "
            f"errors ignore borough-by-year shocks in {_range(did)} (from "
            f"{design.side_replicates} evaluations for each number of boroughs)."
        )
    sentences.append(
        f"Years needed are from {design.replicates} simulated evaluations for each combination. "
        "All this holds "
        "under these assumptions, of which the size of borough-by-year shocks matters most."
    )
    return " ".join(sentences)


def _needs(rows: pd.DataFrame, design: Design, word: str) -> str:
    """Say what one number of comparison boroughs needs, for each half-life."""
    boroughs = int(rows["comparison_boroughs"].iloc[0])
    parts = [
        f"{_lag_words(row['half_life'])}, {_years_words(row)} ({100 * row['assurance']:.0f}%, "
        f"Monte Carlo SE {100 * row['assurance_mcse']:.1f} points)"
        for row in rows.to_dict("records")
    ]
    return (
        f"Years needed for {100 * design.target:g}% {word} with {boroughs} comparison "
        f"borough{'s' * (boroughs > 1)} ({word} there in brackets): {'; '.join(parts)}."
    )


def _years_words(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["years_needed"]):
        return f"not within {int(row['max_post_years'])} years"
    years = int(row["years_needed"])
    return f"{years} year{'s' * (years != 1)}"


def _lag_words(half_life: float) -> str:
    if half_life == 0:
        return "embedded at once"
    return f"half-life {half_life:g} year{'s' * (half_life != 1)}"


def _range(claims: pd.DataFrame) -> str:
    rates, error = claims["claim_rate"], claims["claim_rate_mcse"].max()
    low, high = (f"{100 * value:.0f}" for value in (rates.min(), rates.max()))
    span = f"{low}%" if low == high else f"{low}% to {high}%"
    return f"{span} (Monte Carlo SE up to {100 * error:.1f} points)"


def side_words(design: Design) -> str:
    """Say of which evaluations the figures on false claims and on lag are."""
    boroughs = min(design.comparison_boroughs)
    return (
        f"Design: {design.base.treated_boroughs} treated and {boroughs} comparison "
        f"borough{'s' * (boroughs > 1)}, {design.base.pre_years} pre-years, "
        f"{design.side_replicates} simulated evaluations a point"
    )


def assumptions(design: Design) -> list[tuple[str, str, str]]:
    """List what a plan assumes: name, value and reason."""
    base = design.base
    other = {"exposure", "dispersion"} if base.binary else {"design_effect", "window"}
    why = reasons(base)
    rows = []
    for name, label in _LABELS.items():
        if name not in other:
            value = getattr(base, name)
            shown = value if isinstance(value, str) else f"{value:g}"
            rows.append((label, shown, why[name]))
    return rows
