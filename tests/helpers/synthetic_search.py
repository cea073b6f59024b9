"""Invented results of a search over designs, small and with known answers."""

import pandas as pd
from studied import OUTCOMES

SEARCH_FACTS = {
    "outcome": OUTCOMES["cin_rereferral_12m"],
    "effect": "6 percentage points fewer",
    "effect_sd": 0.0,
    "baseline": "16.9% of referrals",
    "target": 0.8,
}


def make_search(reaches=(True, True, True, True), *, stagger=0.5):
    """Make tables in which each design reaches the target or not; the last is rolled out."""
    reaches = list(reaches)
    count = len(reaches)
    designs = pd.DataFrame(
        {
            "treated_boroughs": range(5, 5 + count),
            "comparison_boroughs": [10 * (place + 1) for place in range(count)],
            "pre_years": 3,
            "post_years": 4,
            "wave": 2,
            "stagger": [0.0] * (count - 1) + [stagger],
            "assurance": 0.8,
            "reaches": reaches,
        }
    )
    curve = pd.DataFrame(
        {
            "post_years": [1, 2, 3, 4],
            "assurance": [0.2, 0.5, 0.7, 0.81],
            "assurance_error": 0.004,
            "calibrated": [0.3, 0.6, 0.8, 0.85],
            "size": [0.01, 0.02, 0.03, 0.03],
            "mdes": [9.0, 7.0, 6.5, 5.9],
        }
    )
    return {"designs": designs, "frontier": designs.head(1), "curve": curve}
