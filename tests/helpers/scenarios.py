"""Scenarios of the outcome that most tests are about."""

from typing import Any

from studied import OUTCOMES

from mp_bayes.simulate.scenario import Scenario


def rereferral(**fields: Any) -> Scenario:
    """Return a scenario of re-referral within 12 months, unless the fields name another outcome."""
    return Scenario(**{"outcome": OUTCOMES["cin_rereferral_12m"], **fields})
