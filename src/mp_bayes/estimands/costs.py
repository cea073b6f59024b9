"""What an averted outcome cost, from what the programme cost."""

import numpy as np
import pandas as pd

from mp_bayes.estimands import LOWER, UPPER, Estimand
from mp_bayes.estimands.summaries import quantile_mcse
from mp_bayes.studies.study import Outcome


def cost_table(averted: Estimand, outcome: Outcome, *, ess: float | None = None) -> pd.DataFrame:
    """Return the cost per outcome averted, and the chance that the programme paid for itself.

    Where a draw averts nothing, its cost per outcome averted is infinite; so quantiles are given
    and no mean. The setting's whole cost is set against the study's post-years only:
    later benefits are not counted.

    Parameters
    ----------
    averted : Estimand
        `outcomes_averted`, of `mp_bayes.estimands.estimands`.
    outcome : Outcome
        Of a setting with a cost.
    ess : float, optional
        As of `mp_bayes.estimands.summaries.summarise`.

    Returns
    -------
    pandas.DataFrame
        One row per value: `value_per_outcome` and `prob_pays`; repeated in each, `cost` and
        `cost_per_outcome_median`, `_lower`, `_upper` (pounds; 95% equal-tailed; may be infinite),
        `mcse_` of each (not a number where the cost is infinite), and `prob_averts`,
        the probability that any outcome was averted on balance. The median is the break-even
        value: at it the programme is as likely as not to have paid for itself.
    """
    cost = outcome.setting.cost
    assert cost is not None
    draws = averted.draws.ravel()
    each = np.where(draws > 0, cost / np.where(draws > 0, draws, 1.0), np.inf)
    # Without interpolation: between a number and infinity there is nothing.
    lower, median, upper = np.quantile(each, [LOWER, 0.5, UPPER], method="inverted_cdf")
    errors = {}
    for name, found, prob in (
        ("lower", lower, UPPER),
        ("median", median, 0.5),
        ("upper", upper, LOWER),
    ):
        # A quantile of cost / averted is cost over a quantile of what was averted.
        error = quantile_mcse(averted.draws, prob, ess)
        errors[f"mcse_{name}"] = error * found**2 / cost if np.isfinite(found) else np.nan
    values = outcome.values  # noqa: PD011 -- no pandas object
    return pd.DataFrame(
        {
            "period": averted.year,
            "cost": cost,
            "prob_averts": (draws > 0).mean(),
            "cost_per_outcome_median": median,
            "cost_per_outcome_lower": lower,
            "cost_per_outcome_upper": upper,
            **errors,
            "value_per_outcome": values,
            "prob_pays": [(value * draws > cost).mean() for value in values],
        }
    )
