"""Another seed changes a headline number by no more than a last digit, for two outcomes.

In the table's form, and at the coarser of the two runs' digits; captions are not looked at.
"""

import re

import pytest
from studied import STUDY, get_outcome

from mp_bayes.inference.nuts import HEADLINE
from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.analysis import analyse
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.reanalysis.outputs import MANY
from mp_bayes.wording.numbers import decimals_in, estimate_in, percent


def numbers(text: str) -> list[float]:
    """Return the numbers of a printed estimate."""
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?", text.replace("\N{MINUS SIGN}", "-"))]


@pytest.mark.parametrize("name", ["cin_rereferral_12m", "cla_placement_moves"])
@pytest.mark.parametrize("engine", ["laplace", pytest.param("nuts", marks=pytest.mark.nightly)])
def test_another_seed_prints_the_same_headline(name, engine):
    outcome = get_outcome(name)
    tables = []
    how = {"sampling": HEADLINE, "proposals": MANY, "engine": engine}
    for seed in (1, 2):
        result = analyse(Analysis(outcome), load_priors(STUDY), seed=seed, **how)
        assert result.usable
        assert result.engine == engine
        rows = result.effects
        shown = ["yearly_effect", "partly_exposed_effect", "average_effect"]
        rows = rows[rows["estimand"].isin(shown) & rows["scale"].eq(outcome.response_scale)]
        tables.append(rows.to_dict("records"))
    for first, second in zip(*tables, strict=True):
        # The coarser of the two where the Monte Carlo error lies at the border.
        digits = [min(pair) for pair in zip(decimals_in(first), decimals_in(second), strict=True)]
        printed = [numbers(estimate_in(row)) for row in (first, second)]
        for place, (one, other) in enumerate(zip(*printed, strict=True)):
            # An end near 0 may have a digit beyond its Monte Carlo error: of that no more is asked.
            unit = 10.0 ** -(digits[0] if place == 0 else min(digits[1:]))
            assert abs(one - other) <= unit * (1 + 1e-9)
        shares = [numbers(percent(row["prob_below_0"]))[0] for row in (first, second)]
        assert abs(shares[0] - shares[1]) <= 1
