"""Which designs reach the target: a search by closed form, and what is best among those found."""

import itertools
import os
from bisect import bisect_left
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.planning.closed_form import DRAWS
from mp_bayes.planning.worth import assured
from mp_bayes.priors import Priors
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.scenario import Scenario, changed

#: Roll-outs beside a number of treated boroughs that begin together: all of them, or half of them;
#: the other half are late adopters, and a comparison until then.
AT_ONCE: Literal["at-once"] = "at-once"
HALVES: Literal["halves"] = "halves"
RollOut = int | Literal["at-once", "halves"]
#: Fields of the scenario that say which design a row is of.
DESIGN = ["treated_boroughs", "comparison_boroughs", "pre_years", "post_years", "wave", "stagger"]
# Draws to look for the fewest treated boroughs; what is found is looked at with all.
_SCREEN = 32
OnProgress = Callable[[float, float], None]


@dataclass(frozen=True)
class Candidates:
    """Among which designs to search.

    Attributes
    ----------
    treated_boroughs, comparison_boroughs, pre_years, post_years : tuple of int
        Numbers to try; post-years from the first onset. Without a comparison borough (0) only
        roll-outs in waves make a design: a stepped wedge.
    waves : tuple of int or str
        Roll-outs: treated boroughs that begin together, `AT_ONCE`, or `HALVES`.
    stagger : float
        Years between one wave and the next.
    """

    treated_boroughs: tuple[int, ...]
    comparison_boroughs: tuple[int, ...]
    pre_years: tuple[int, ...]
    post_years: tuple[int, ...]
    waves: tuple[RollOut, ...] = (AT_ONCE,)
    stagger: float = 1.0

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(self) if field.name != "stagger"):
            values = [one for one in getattr(self, name) if one not in (AT_ONCE, HALVES)]
            least = 0 if name == "comparison_boroughs" else 1
            if not getattr(self, name) or any(isinstance(one, str) for one in values):
                raise InputError(f"{name}: give numbers of {least} or more to try")
            if min(values, default=least) < least:
                raise InputError(f"{name}: give numbers of {least} or more to try")
        if self.stagger <= 0:
            raise InputError("stagger: years between waves must be above 0")


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
        choice. Where no number of treated boroughs reaches the target, the largest that can be.
        Choices that no number of treated boroughs allows have no row.
    """
    choices = list(
        itertools.product(
            candidates.waves,
            candidates.pre_years,
            candidates.comparison_boroughs,
            candidates.post_years,
        )
    )

    def row(choice: tuple[RollOut, int, int, int]) -> dict[str, Any] | None:
        wave, *rest = choice
        shared = dict(zip(("pre_years", "comparison_boroughs", "post_years"), rest, strict=True))
        possible = []
        for count in sorted(set(candidates.treated_boroughs)):
            design = {"treated_boroughs": count, **shared}
            design |= begin(wave, count, candidates.stagger)
            last = design["stagger"] * ((count - 1) // design["wave"])
            # The last wave needs a year after its onset, and any wave others to compare with.
            if last <= design["post_years"] - 1 + 1e-9 and (last or design["comparison_boroughs"]):
                possible.append(design)
        if not possible:
            return None
        design, value, error = _fewest(base, possible, method, priors, target)
        found = {**design, "assurance": value, "assurance_error": error, "reaches": value >= target}
        if costs:
            found["cost"] = costs.of(changed(base, **design))
        return found

    rows = []
    # Threads: the compiled loop and linear algebra, most of the work, hold no lock.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for done, found in enumerate(threads.map(row, choices), start=1):
            rows += [found] if found else []
            on_progress(done, len(choices))
    if not rows:
        raise InputError(
            "roll-out: no number of treated boroughs can begin in time; give more post-years, "
            "or larger waves; and without comparison boroughs, waves"
        )
    return pd.DataFrame(rows)


def begin(wave: RollOut, treated: int, stagger: float) -> dict[str, Any]:
    """Return the scenario's fields of a roll-out."""
    if wave == AT_ONCE:
        return {"wave": 1, "stagger": 0.0}
    return {"wave": -(-treated // 2) if wave == HALVES else wave, "stagger": stagger}


def _fewest(
    base: Scenario,
    possible: list[dict[str, Any]],
    method: Method,
    priors: Priors,
    target: float,
) -> tuple[dict[str, Any], float, float]:
    """Find the fewest treated boroughs that reach the target; return design, assurance and error.

    `possible` are designs by their numbers of treated boroughs.
    """

    @cache
    def at(place: int, draws: int) -> tuple[float, float]:
        return assured(changed(base, **possible[place]), method, priors, draws=draws)

    def first(goal: float) -> int:
        """Halve, with few draws."""
        places = range(len(possible))
        return bisect_left(places, goal, hi=places[-1], key=lambda place: at(place, _SCREEN)[0])

    place = first(target)
    # With few draws a design may look better or worse than it is: so do its neighbours.
    off = at(place, DRAWS)[0] - at(place, _SCREEN)[0]
    place = first(target - off)
    while at(place, DRAWS)[0] < target and place < len(possible) - 1:
        place += 1
    while place > 0 and at(place - 1, DRAWS)[0] >= target:
        place -= 1
    return possible[place], *at(place, DRAWS)


#: What is best in which sense: name, and the columns that it is least in, in their order.
BEST = {
    "fewest treated boroughs": ["treated_boroughs", "comparison_boroughs", "years"],
    "earliest answer": ["post_years", "treated_boroughs", "comparison_boroughs"],
    "fewest years": ["years", "treated_boroughs", "comparison_boroughs"],
    "fewest boroughs": ["boroughs", "treated_boroughs", "years"],
    "cheapest": ["cost", "treated_boroughs", "years"],
}


#: In which a design may better another, beside its cost.
RESPECTS = ["treated_boroughs", "comparison_boroughs", "years", "post_years"]


def frontier(designs: pd.DataFrame) -> pd.DataFrame:
    """Keep the designs that reach the target and that no other betters in `RESPECTS` or cost.

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
    totals = designs.assign(
        boroughs=designs["treated_boroughs"] + designs["comparison_boroughs"],
        years=designs["pre_years"] + designs["post_years"],
    )
    found = totals[totals["reaches"]]
    respects = [*RESPECTS, *(["cost"] * ("cost" in found))]
    values = found[respects].to_numpy()
    power = found["assurance"].to_numpy()
    # Of two that are alike in every respect, the one with more power.
    better = (values[:, None] < values).any(-1) | (power[:, None] > power)
    better &= (values[:, None] <= values).all(-1)
    found = found[~better.any(0)]
    best: dict[int, list[str]] = {place: [] for place in found.index}
    for name, columns in BEST.items():
        if len(found) and set(columns) <= set(found):
            best[found.sort_values(columns, kind="stable").index[0]].append(name)
    found = found.assign(best=[", ".join(best[place]) for place in found.index])
    return found.sort_values(
        ["treated_boroughs", "comparison_boroughs", "years"], ignore_index=True
    )
