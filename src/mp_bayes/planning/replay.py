"""What an evaluation as long as the study's could have detected, with more boroughs in it."""

import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.planning.worth import worth
from mp_bayes.priors import Priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import changed, to_plan
from mp_bayes.studies.study import Outcome, Study

#: Treated boroughs, each with as many comparison boroughs.
BOROUGHS = (1, 4, 10)
_HALF_LIFE = 1.0


def replay(study: Study, priors: Priors, *, target: float = 0.8) -> pd.DataFrame:
    """Return the smallest effects that could have been found, by closed form.

    All treated boroughs begin at once; half-life one year, the middle of its prior. The analysis
    is the hierarchical model under the national prior that estimates how the practice embeds.

    Returns
    -------
    pandas.DataFrame
        Columns outcome, boroughs (treated, and as many others), pre_years, post_years, baseline
        and minimum (smallest effect of interest), mdes and mdes_calibrated, all per 100, and
        size; a row an outcome and number of boroughs. Outcomes from whose counts no scenario can
        be made have none.
    """
    method = Method("national", "embedding")
    rows = []
    for outcome in study.outcomes.values():
        before, after = _years(outcome)
        try:
            base = to_plan(
                study,
                outcome.name,
                pre_years=before,
                post_years=after,
                half_life=_HALF_LIFE,
                # Any that can be: what is found does not depend on it but for cells' variances.
                effect=0.95,
                effect_scale="ratio",
            )
        except InputError:
            continue
        for count in BOROUGHS:
            scenario = changed(base, treated_boroughs=count, comparison_boroughs=count)
            found = worth(scenario, method, priors, target=target)
            rows.append(
                {
                    "outcome": outcome.name,
                    "boroughs": count,
                    "pre_years": before,
                    "post_years": after,
                    "baseline": 100 * base.baseline,
                    "minimum": outcome.minimum,
                    "mdes": found.mdes,
                    "mdes_calibrated": found.mdes_calibrated,
                    "size": found.size,
                }
            )
    return pd.DataFrame(rows)


def _years(outcome: Outcome) -> tuple[int, int]:
    """Return how many years the study has before the first onset, and from it on."""
    after = len(outcome.post_years)
    return max(1, len(outcome.years) - after), after
