"""A plan in words: the paragraph for a protocol, the assumptions, and the caveats."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.planning.design import Design
from mp_bayes.priors import Priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.performance import LEVEL, share_interval
from mp_bayes.simulate.scenario import Scenario
from mp_bayes.simulate.scenario_file import reasons
from mp_bayes.studies.study import Study

_INTERVAL = "95% Monte Carlo interval"
_EFFECT = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))\s*(pp|per100|or|rr)", re.IGNORECASE)
_LABELS = {
    "outcome": "Outcome",
    "treated_boroughs": "Treated boroughs",
    "pre_years": "Years before the onset",
    "stagger": "Years between one wave of onsets and the next (0: all at once)",
    "wave": "Treated boroughs in a wave",
    "cell_size": "Size of a borough-year (referrals, or cases)",
    "size_spread": "Spread of sizes (SD of the logarithm)",
    "exposure": "Years at risk of a child in a year",
    "baseline": "Outcome without the programme",
    "sd_borough": "SD of boroughs' levels",
    "sd_year": "SD of common years",
    "sd_shock": "SD of borough-by-year shocks",
    "rho": "Correlation of shocks from year to year",
    "shock_df": "Degrees of freedom of Student-t shocks (0: Normal)",
    "sd_log_shock": "SD of the logarithm of boroughs' shock SDs",
    "sd_drift": "SD of boroughs' own trends, a year",
    "design_effect": "Design effect",
    "dispersion": "Dispersion of counts",
    "curve": "Embedding curve",
    "delay": "Years until embedding begins",
    "window": "Follow-up, years",
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


def effect_sd_unit(scenario: Scenario) -> str:
    """Name the scale of the design prior."""
    if scenario.effect_scale == "ratio":
        return "log-odds" if scenario.binary else "log-rate"
    return unit_words(scenario)


def baseline_words(scenario: Scenario) -> str:
    """Say the baseline on the response scale."""
    value = f"{100 * scenario.baseline:.3g}"
    if scenario.binary:
        return f"{value}% of {scenario.outcome.total_unit}"
    return f"{value} events per 100 child-years"


def prior_words(method: Method, priors: Priors, base: Scenario) -> str:
    """Say what the analysis itself believes before it sees data."""
    chosen = method.priors(priors, base)
    scale = "log-odds" if base.binary else "log-rate"
    return (
        f"with these priors: effect at full embedding {chosen['mean_effect']} ({scale}), shock SD "
        f"{chosen['sd_shock']}, correlation of shocks {chosen['rho']}, half-life "
        f"{chosen['half_life']} years"
    )


def rule_words(rows: pd.DataFrame, *, word: str) -> str:
    """Say what the rule that claims by the 95% interval is worth: its size, and what that does.

    Parameters
    ----------
    rows : pandas.DataFrame
        Designs with `assurance`, `size` and `calibrated_power`, each with its `_mcse`.
    word : str
        What the chance of success is called.

    Returns
    -------
    str
        One sentence; none where no design has all three.
    """
    rows = rows.dropna(subset=["assurance", "size", "calibrated_power"])
    if rows.empty:
        return ""
    size, own, calibrated = (
        _range(rows, name) for name in ("size", "assurance", "calibrated_power")
    )
    start = f"Where nothing happened, this rule claims an effect in {size} of evaluations"
    both = f"{own}, against {calibrated} under the rule calibrated to 5% false claims"
    lower, upper = _ends(rows, "size").T
    if (upper < LEVEL).all() and (rows["assurance"] < rows["calibrated_power"]).all():
        low = "low" if (rows["assurance"] < 0.5).all() else "lower than it could be"
        return (
            f"{start}, fewer than the nominal 5%; this is one reason why its {word} is {low}: "
            f"{both}."
        )
    if (lower > LEVEL).all():
        return (
            f"{start}, more than the nominal 5%, so that its {word} is partly false alarm: {both}."
        )
    return f"{start} (nominal: 5%); its {word} is {both}."


def paragraph(
    design: Design,
    assurance: pd.DataFrame,
    needed: pd.DataFrame,
    claims: pd.DataFrame,
    *,
    priors: Priors,
    given: str,
) -> str:
    """Write the paragraph for a protocol; `given` are the assumptions in words."""
    base = design.base
    word = "assurance" if base.effect_sd else "power"
    prior = ""
    if base.effect_sd:
        prior = f" (design prior: Normal, SD {base.effect_sd:.3g} {effect_sd_unit(base)})"
    sentences = [
        f"The planned effect on '{base.outcome.label.lower()}' is {effect_words(base)} at full "
        f"embedding{prior}, from a baseline of {baseline_words(base)}, "
        f"with {base.cell_size:g} {base.outcome.total_unit} a borough-year, "
        f"{base.treated_boroughs} treated borough{'s' * (base.treated_boroughs > 1)}"
        f"{_begin(base)} and {base.pre_years} pre-year{'s' * (base.pre_years > 1)}.",
        f"Boroughs are assumed to move on their own from year to year with an SD of "
        f"{base.sd_shock:g} on the {'log-odds' if base.binary else 'log-rate'} scale and a "
        f"year-to-year correlation of {base.rho:g}.",
        f"An effect is claimed when the 95% equal-tailed posterior interval of the average effect "
        f"over the post-years excludes 0, in a hierarchical model with borough-by-year effects "
        f"under the {design.shock} prior that estimates how the practice embeds, "
        f"{prior_words(design.method, priors, base)}.",
    ]
    sentences += [
        _needs(rows, design, word) for _, rows in needed.groupby("comparison_boroughs", sort=False)
    ]
    last = assurance[assurance["post_years"].eq(base.post_years)]
    if rule := rule_words(last, word=word):
        sentences.append(
            f"{rule} (After {base.post_years} post-years, "
            f"over the designs; bias {_numbers(last['bias'])} {unit_words(base)}, coverage of the "
            f"95% interval {_range(last, 'coverage')}.)"
        )
    did = claims[claims["method"].eq(design.did.name)]
    aware = claims[claims["method"].eq("shock_aware")]
    if len(did) and len(aware):
        sentences.append(
            f"A difference-in-differences whose errors ignore borough-by-year shocks claims an "
            f"effect where nothing happened in {_range(did, 'claim_rate')} of evaluations, one "
            f"whose errors know of them in {_range(aware, 'claim_rate')} (from "
            f"{design.side_replicates} evaluations for each number of boroughs)."
        )
    sentences.append(
        f"Years needed are from {design.replicates} simulated evaluations for each combination. "
        f"All this holds under these assumptions: {given}."
    )
    return " ".join(sentences)


def _begin(base: Scenario) -> str:
    """Say how treated boroughs begin, where not together."""
    if base.last_onset == 0:
        return ""
    often = "year" if base.stagger == 1 else f"{base.stagger:g} years"
    return f", of which {base.wave} begin every {often} from the first onset on,"


def _needs(rows: pd.DataFrame, design: Design, word: str) -> str:
    """Say what one number of comparison boroughs needs, for each half-life."""
    boroughs = int(rows["comparison_boroughs"].iloc[0])
    parts = []
    for row in rows.to_dict("records"):
        own, calibrated = _years_words(row), _years_words(row, "years_needed_calibrated")
        lower, upper = share_interval(row["assurance"], row["assurance_mcse"])
        share = _percent(row["assurance"])
        ends = f"{_INTERVAL} {100 * lower:.0f} to {100 * upper:.0f}%"
        both = " under either rule" if own == calibrated else ""
        other = "" if both else f", and under the calibrated rule {calibrated}"
        parts.append(f"{_lag_words(row['half_life'])}, {own}{both} ({share}, {ends}){other}")
    return (
        f"Years needed for {100 * design.target:g}% {word} with {boroughs} comparison "
        f"borough{'s' * (boroughs > 1)} ({word} there in brackets): {'; '.join(parts)}."
    )


def _years_words(row: Mapping[Any, Any], column: str = "years_needed") -> str:
    if pd.isna(row[column]):
        return f"not within {int(row['max_post_years'])} years"
    years = int(row[column])
    return f"{years} year{'s' * (years != 1)}"


def _lag_words(half_life: float) -> str:
    if half_life == 0:
        return "embedded at once"
    return f"half-life {half_life:g} year{'s' * (half_life != 1)}"


def _range(rows: pd.DataFrame, share: str) -> str:
    """Write the lowest and highest of some shares, and what holds all their intervals."""
    low, high = (_percent(float(value)) for value in (rows[share].min(), rows[share].max()))
    span = low if low == high else f"{low} to {high}"
    lower, upper = _ends(rows, share).T
    held = f"{100 * np.nanmin(lower):.0f} to {100 * np.nanmax(upper):.0f}%"
    return f"{span} ({_INTERVAL}{' ' if len(rows) == 1 else 's within '}{held})"


def _ends(rows: pd.DataFrame, share: str) -> np.ndarray:
    """Return the ends of each share's interval, dims (row, end)."""
    pairs = zip(rows[share], rows[f"{share}_mcse"], strict=True)
    return np.array([share_interval(*pair) for pair in pairs]).reshape(-1, 2)


def _percent(share: float) -> str:
    """Write a share that was counted: halves up, and to none or all only if it is so."""
    if 0 < share < 0.005:
        return "less than 1%"
    if 0.995 < share < 1:
        return "more than 99%"
    return f"{math.floor(100 * share + 0.5)}%"


def _numbers(values: pd.Series) -> str:
    low, high = (f"{value:+.1f}" for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def side_words(design: Design) -> str:
    """Say of which evaluations the figures on false claims and on lag are."""
    boroughs = min(design.comparison_boroughs)
    return (
        f"Design: {design.base.treated_boroughs} treated and {boroughs} comparison "
        f"borough{'s' * (boroughs > 1)}, {design.base.pre_years} pre-years, "
        f"{design.side_replicates} simulated evaluations a point"
    )


def listed_words(assumed: Iterable[tuple[str, str, str]]) -> str:
    """Write assumptions in a line, the outcome aside."""
    return "; ".join(
        f"{label[:1].lower() if not label[:2].isupper() else label[:1]}{label[1:]}: {value}"
        for label, value, _ in assumed
        if label != "Outcome"
    )


def assumptions(
    base: Scenario, study: Study, *, varied: Iterable[str] = ()
) -> list[tuple[str, str, str]]:
    """List what a plan assumes: name, value and reason; `varied` are fields that it does not."""
    other = {"exposure", "dispersion"} if base.binary else {"design_effect", "window"}
    other |= set(varied)
    why = reasons(base, study)
    rows = []
    for name, label in _LABELS.items():
        if name not in other:
            value = base.outcome.name if name == "outcome" else getattr(base, name)
            shown = value if isinstance(value, str) else f"{value:g}"
            rows.append((label, shown, why[name]))
    # Synthetic boroughs are alike but for what is drawn, so that the order makes no difference.
    lots = "Lots make it so by design; else the shocks of those that begin must be like others'"
    return [*rows, ("Who has the programme, and when", "as if drawn by lot", lots)]
