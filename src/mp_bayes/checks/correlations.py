"""How shocks of one outcome go with those of another, by measures of official statistics."""

from importlib.resources import files
from itertools import combinations

import pandas as pd

from mp_bayes.studies.study import Outcome

_CORRELATIONS = files("mp_bayes.checks") / "measure_correlations.csv"


def known_correlations() -> pd.DataFrame:
    """Return the correlations of measures' shocks in the official statistics.

    Columns of `mp_bayes.panel.together.measure_correlations`, from the DfE's files of all English
    authorities.
    """
    with _CORRELATIONS.open(encoding="utf-8") as file:
        return pd.read_csv(file)


def shock_correlations(outcomes: list[Outcome]) -> dict[tuple[int, int], tuple[float, bool]]:
    """Return the correlation of shocks of each pair, and whether both are of one measure.

    0 for a pair of measures whose changes in the statistics do not tell.
    """
    known = known_correlations()
    found = {
        frozenset((str(a), str(b))): float(value)
        for a, b, value in zip(known["first"], known["second"], known["correlation"], strict=True)
    }
    pairs = {}
    for a, b in combinations(range(len(outcomes)), 2):
        names = (outcomes[a].measure, outcomes[b].measure)
        shared = names[0] == names[1] and bool(names[0])
        pairs[a, b] = (found.get(frozenset(names), 0.0), shared)
    return pairs
