"""Which designs reach the target: a search by closed form, and what is best among those found."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.planning.closed_form import DRAWS
from mp_bayes.planning.worth import assured
from mp_bayes.priors import Priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import Scenario, changed

#: A roll-out in which all treated boroughs begin together.
AT_ONCE = 0
#: Columns that say which design a row is of.
DESIGN = ["treated_boroughs", "comparison_boroughs", "pre_years", "post_years", "a_year"]
# Draws to look for the fewest treated boroughs; what is found is looked at with all.
_SCREEN = 64
OnProgress = Callable[[float, float], None]


@dataclass(frozen=True)
class Candidates:
    """Among which designs to search.

    Attributes
    ----------
    treated_boroughs, comparison_boroughs, pre_years, post_years : tuple of int
        Numbers to try; post-years from the first onset.
    a_year : tuple of int
        Roll-outs: treated boroughs that begin each year, or `AT_ONCE`.
    """

    treated_boroughs: tuple[int, ...]
    comparison_boroughs: tuple[int, ...]
    pre_years: tuple[int, ...]
    post_years: tuple[int, ...]
    a_year: tuple[int, ...] = (AT_ONCE,)

    def __post_init__(self) -> None:
        for field in fields(self):
            values = getattr(self, field.name)
            least = AT_ONCE if field.name == "a_year" else 1
            if not values or min(values) < least:
                raise InputError(f"{field.name}: give numbers of {least} or more to try")


@dataclass(frozen=True)
class Costs:
    """What a design costs, in any unit of money.

    Attributes
    ----------
    treated_year : float
        Of the programme in one borough for a year.
    comparison : float
        Of one comparison borough's part in the evaluation.
    """

    treated_year: float
    comparison: float

    def of(self, scenario: Scenario) -> float:
        """Return a design's cost: every borough's years from its onset on, and the comparisons."""
        setting = scenario.synthetic.setting
        begun = np.array(setting.onsets) - min(setting.onsets)
        years = (scenario.post_years - begun).sum()
        return float(self.treated_year * years + self.comparison * scenario.comparison_boroughs)


def rolled_out(base: Scenario, **design: int) -> Scenario:
    """Return a scenario of one design: the columns `DESIGN` by name."""
    a_year = design.pop("a_year")
    if a_year == AT_ONCE:
        return changed(base, **design, stagger=0.0, wave=1)
    return changed(base, **design, stagger=1.0, wave=a_year)


def search(
    base: Scenario,
    method: Method,
    priors: Priors,
    candidates: Candidates,
    *,
    target: float,
    costs: Costs | None = None,
    on_progress: OnProgress = lambda _done, _total: None,
) -> pd.DataFrame:
    """Find the fewest treated boroughs that reach the target, for every other choice.

    Power rises with the number of treated boroughs, so that it is found by halving.

    Parameters
    ----------
    base : Scenario
        What all designs share.
    method : Method
        The analysis; see `mp_bayes.planning.worth`.
    priors : Priors
    candidates : Candidates
    target : float
        Assurance, 0 to 1.
    costs : Costs, optional
    on_progress : callable
        Called with how many choices are done, and of how many.

    Returns
    -------
    pandas.DataFrame
        `DESIGN`, `assurance`, `assurance_error`, `reaches` and, with costs, `cost`; one row a
        choice. Where no number of treated boroughs reaches the target, that with the highest
        assurance. Choices that no number of treated boroughs allows have no row.
    """
    choices = list(
        itertools.product(
            candidates.a_year,
            candidates.pre_years,
            candidates.comparison_boroughs,
            candidates.post_years,
        )
    )
    rows = []
    for done, (a_year, pre, comparison, post) in enumerate(choices):
        on_progress(done, len(choices))
        # The last wave needs a year after its onset.
        most = np.inf if a_year == AT_ONCE else a_year * post
        possible = sorted(count for count in set(candidates.treated_boroughs) if count <= most)

        def scenario(
            count: int,
            a_year: int = a_year,
            pre: int = pre,
            others: int = comparison,
            post: int = post,
        ) -> Scenario:
            return rolled_out(
                base,
                treated_boroughs=count,
                comparison_boroughs=others,
                pre_years=pre,
                post_years=post,
                a_year=a_year,
            )

        def reached(
            count: int, draws: int = _SCREEN, at: Callable[[int], Scenario] = scenario
        ) -> bool:
            return assured(at(count), method, priors, draws=draws)[0] >= target

        if not possible:
            continue
        place = _first(possible, reached)
        # The screen's error may have put it one too low or too high.
        while place < len(possible) and not reached(possible[place], DRAWS):
            place += 1
        while 0 < place <= len(possible) and reached(possible[place - 1], DRAWS):
            place -= 1
        count = possible[min(place, len(possible) - 1)]
        value, error = assured(scenario(count), method, priors)
        row: dict[str, Any] = dict(zip(DESIGN, (count, comparison, pre, post, a_year), strict=True))
        row |= {"assurance": value, "assurance_error": error, "reaches": value >= target}
        rows.append(row | ({"cost": costs.of(scenario(count))} if costs else {}))
    on_progress(len(choices), len(choices))
    if not rows:
        raise InputError(
            "roll-out: no number of treated boroughs can begin in time; give more post-years, "
            "or more boroughs a year"
        )
    return pd.DataFrame(rows)


def _first(values: list[int], good: Callable[[int], bool]) -> int:
    """Return the place of the first good value, by halving; the length where none is."""
    low, high = 0, len(values)
    if not good(values[-1]):
        return high
    while low < high:
        middle = (low + high) // 2
        if good(values[middle]):
            high = middle
        else:
            low = middle + 1
    return low


#: What is best in which sense: name, and the columns that it is least in, in their order.
BEST = {
    "fewest treated boroughs": ["treated_boroughs", "comparison_boroughs", "years"],
    "earliest answer": ["post_years", "treated_boroughs", "comparison_boroughs"],
    "fewest years": ["years", "treated_boroughs", "comparison_boroughs"],
    "fewest boroughs": ["boroughs", "treated_boroughs", "years"],
    "cheapest": ["cost", "treated_boroughs", "years"],
}


def frontier(designs: pd.DataFrame) -> pd.DataFrame:
    """Keep the designs that reach the target and that no other betters in every respect.

    Parameters
    ----------
    designs : pandas.DataFrame
        From `search`.

    Returns
    -------
    pandas.DataFrame
        Its rows with `boroughs` and `years` in all, and `best`: in which senses of `BEST` a design
        is, separated by commas. None where no design reaches the target.
    """
    found = designs[designs["reaches"]].assign(
        boroughs=designs["treated_boroughs"] + designs["comparison_boroughs"],
        years=designs["pre_years"] + designs["post_years"],
    )
    respects = ["treated_boroughs", "comparison_boroughs", "years", "post_years"]
    respects += ["cost"] * ("cost" in found)
    values = found[respects].to_numpy()
    better = (values[:, None] <= values).all(-1) & (values[:, None] < values).any(-1)
    found = found[~better.any(0)]
    best: dict[int, list[str]] = {place: [] for place in found.index}
    for name, columns in BEST.items():
        if len(found) and set(columns) <= set(found):
            best[found.sort_values(columns, kind="stable").index[0]].append(name)
    found = found.assign(best=[", ".join(best[place]) for place in found.index])
    return found.sort_values(
        ["treated_boroughs", "comparison_boroughs", "years"], ignore_index=True
    )
