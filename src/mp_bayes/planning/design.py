"""The evaluations that a plan compares, and the trials that tell them apart."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from mp_bayes.errors import InputError
from mp_bayes.names import check
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.runner import Trial
from mp_bayes.simulate.scenario import Scenario, changed

#: Shock SDs (log-odds or log-rate) of the false-claim figure.
SHOCK_GRID = (0.0, 0.05, 0.1, 0.2, 0.3, 0.45)
#: Half-lives (years) of the lag figure.
LAG_GRID = (0.0, 0.5, 1.0, 2.0, 4.0)
#: Multiples of a first guess at which power is simulated, to find the smallest detectable effect.
FACTORS = (0.6, 1.0, 1.4, 1.9)
#: The effect's structure in the plan's own analysis: the embedding curve is estimated.
STRUCTURE = "embedding"
# Comparisons that only illustrate take fewer replicates than the answer itself, and do not wait for
# a sampler: what the fast posterior does not vouch for counts as failed.
_SIDE_REPLICATES = 100
_SIDE_SAMPLED = None


def refuse(base: Scenario, target: float, replicates: int, shock: str) -> None:
    """Refuse what no plan can be made of.

    Raises
    ------
    InputError
        If there is no effect to detect, or the target, the replicates or the prior make no sense.
    """
    if base.log_effect(base.effect) == 0:
        raise InputError("effect: there is nothing to detect; give one that is not null")
    if not 0 < target < 1:
        raise InputError("target: give an assurance between 0 and 1, for instance 0.8")
    if replicates < 20:
        raise InputError("replicates: fewer than 20 tell nothing; give more")
    check("shock prior", shock, SHOCK_PRIORS)


@dataclass(frozen=True)
class Design:
    """The evaluations to compare.

    Attributes
    ----------
    base : Scenario
        All that they share; its number of post-years is the largest looked at.
    comparison_boroughs : tuple of int
    half_lives : tuple of float
        Years.
    shock : str
        Shock prior of the plan's own analysis.
    target : float
        Assurance that is asked for, 0 to 1.
    replicates : int
    analysis_prior_sd : float, optional
        SD of the effect's prior in the plan's own analysis; the priors file's unless given. What
        the planner believes of the effect is the scenario's `effect` and `effect_sd`.
    """

    base: Scenario
    comparison_boroughs: tuple[int, ...]
    half_lives: tuple[float, ...]
    shock: str
    target: float
    replicates: int
    analysis_prior_sd: float | None = None

    def __post_init__(self) -> None:
        refuse(self.base, self.target, self.replicates, self.shock)
        _ = self.method  # an impossible analysis prior is refused here
        if 0 in self.comparison_boroughs:
            raise InputError(
                "comparison_boroughs: a plan in depth needs one at least; a search may do without"
            )
        if not self.combinations:
            raise InputError("give at least one number of comparison boroughs and one half-life")
        for boroughs, half_life in self.combinations:  # a scenario that makes no sense is refused
            self.scenario(boroughs, half_life)

    @property
    def method(self) -> Method:
        """The plan's own analysis."""
        return Method(self.shock, STRUCTURE, self.analysis_prior_sd)

    @property
    def contrast(self) -> Method:
        """The same with a flat effect prior; or with the default one, if the plan's own is flat."""
        return Method(self.shock, STRUCTURE, None if self.analysis_prior_sd == FLAT else FLAT)

    @property
    def side(self) -> int:
        """On which side of 0 a claim is right: a harm does not count for a planned reduction."""
        return -1 if self.reduces else 1

    @property
    def reduces(self) -> bool:
        """Whether the effect is a reduction."""
        return bool(self.base.log_effect(self.base.effect) < 0)

    @property
    def combinations(self) -> list[tuple[int, float]]:
        """Numbers of comparison boroughs with half-lives."""
        return list(itertools.product(self.comparison_boroughs, self.half_lives))

    def scenario(self, boroughs: int, half_life: float) -> Scenario:
        """Return one combination's scenario."""
        return changed(self.base, comparison_boroughs=boroughs, half_life=half_life)

    def without_effect(self, boroughs: int) -> Scenario:
        """Return the scenario in which nothing happened."""
        null = 1.0 if self.base.effect_scale == "ratio" else 0.0
        scenario = self.scenario(boroughs, 0.0)
        return changed(scenario, effect=null, effect_sd=0.0)

    @property
    def did(self) -> Method:
        """The report's own regression of such an outcome."""
        return Method("did_linear" if self.base.binary else "did_log")

    @property
    def milestones(self) -> tuple[int, ...]:
        """Post-years at which the smallest detectable effect is worked out."""
        last = self.base.post_years
        first = self.base.first_post_year
        return tuple(sorted({year for year in (1, 3, 5, 10, last) if first <= year <= last}))

    @property
    def side_post_years(self) -> int:
        """Post-years of the false-claim figure."""
        return min(max(3, self.base.first_post_year), self.base.post_years)

    @property
    def side_replicates(self) -> int:
        """Replicates of the comparisons that only illustrate."""
        return min(self.replicates, _SIDE_REPLICATES)


def label(boroughs: int, half_life: float | None) -> str:
    """Name a combination's main trial; without a half-life the one in which nothing happened."""
    lag = "no effect" if half_life is None else f"half-life {half_life:g}"
    return f"{boroughs} comparison boroughs, {lag}"


def contrasted(name: str) -> str:
    """Name the trial of a main trial's data in which other analyses meet them."""
    return f"{name}, other analyses"


def compared(boroughs: int) -> str:
    """Name the trial in which all methods meet data without an effect."""
    return f"{boroughs} comparison boroughs, methods compared"


def smallest(boroughs: int, half_life: float, factor: float) -> str:
    """Name a trial from which the smallest detectable effect is interpolated."""
    return f"{factor:g} times the first guess, {label(boroughs, half_life)}"


def nulls(design: Design) -> dict[str, str]:
    """Name the trial without an effect of each trial that is judged by it."""
    found: dict[str, str] = {}
    for boroughs, half_life in design.combinations:
        name, null = label(boroughs, half_life), label(boroughs, None)
        found |= {name: null, contrasted(name): contrasted(null)}
        found |= {smallest(boroughs, half_life, factor): null for factor in FACTORS}
    return found


def _main_scenarios(design: Design) -> dict[str, Scenario]:
    """Return each combination's scenario, and those without an effect, by the trial's name."""
    scenarios = {label(*pair): design.scenario(*pair) for pair in design.combinations}
    scenarios |= {
        label(boroughs, None): design.without_effect(boroughs)
        for boroughs in design.comparison_boroughs
    }
    return scenarios


def main_trials(design: Design) -> list[Trial]:
    """Return the trials that answer the question, and those without an effect."""
    every = tuple(range(design.base.first_post_year, design.base.post_years + 1))
    return [
        Trial(name, scenario, (design.method,), every, design.replicates)
        for name, scenario in _main_scenarios(design).items()
    ]


def contrasting_trials(design: Design) -> list[Trial]:
    """Return the trials in which other analyses meet the main trials' data."""
    others = (design.contrast, Method("shock_aware"))
    last = (design.base.post_years,)
    return [
        Trial(contrasted(name), scenario, others, last, design.replicates, _SIDE_SAMPLED)
        for name, scenario in _main_scenarios(design).items()
    ]


def side_labels(design: Design) -> tuple[dict[str, float], dict[str, float]]:
    """Return the side trials' names: with their shock SDs, and with their half-lives."""
    sds = sorted({*SHOCK_GRID, round(design.base.sd_shock, 3)})
    half_lives = sorted({*LAG_GRID, *design.half_lives})
    return {f"shock SD {sd:g}": sd for sd in sds}, {f"lag {lag:g}": lag for lag in half_lives}


def side_trials(design: Design) -> list[Trial]:
    """Return the trials of the false-claim and lag figures, with the fewest boroughs."""
    fewest = min(design.comparison_boroughs)
    count = design.side_replicates
    null = changed(design.without_effect(fewest), post_years=design.side_post_years)
    methods = (
        design.did,
        Method("shock_aware"),
        Method("within-study", "constant"),
        Method("national", "constant"),
    )
    lags = (Method(design.shock, "constant"), Method(design.shock, "embedding"))
    by_shock, by_lag = side_labels(design)
    last = (design.base.post_years,)
    return [
        Trial(name, changed(null, sd_shock=sd), methods, (null.post_years,), count, _SIDE_SAMPLED)
        for name, sd in by_shock.items()
    ] + [
        Trial(name, design.scenario(fewest, half_life), lags, last, count, _SIDE_SAMPLED)
        for name, half_life in by_lag.items()
    ]


def checking_trials(
    design: Design,
    needed: pd.DataFrame | None = None,
    guesses: Mapping[tuple[int, float], float] = MappingProxyType({}),
) -> list[Trial]:
    """Return the trials that need the first answers: other methods there, and larger effects.

    Parameters
    ----------
    design : Design
    needed : pandas.DataFrame, optional
        From `planning.years_needed`; before it is known all are taken to need the last year.
    guesses : mapping of float
        Log odds or rate ratio that the last post-year may detect, by combination; 1 where it is
        not known yet.
    """
    count = design.side_replicates
    trials = []
    # Where a model without shocks, or one that knows little of them, estimates the curve too, the
    # fast posterior does not vouch for some fits.
    others = tuple(
        Method(name, "constant", design.analysis_prior_sd) for name in ("none", "within-study")
    )
    last = design.base.post_years
    for boroughs in design.comparison_boroughs:
        years = last
        if needed is not None:
            rows = needed[needed["comparison_boroughs"].eq(boroughs)]
            years = int(rows["years_needed"].fillna(last).max())
        trials.append(
            Trial(
                compared(boroughs),
                changed(design.without_effect(boroughs), post_years=years),
                (design.did, Method("shock_aware"), *others, design.method),
                (years,),
                count,
                _SIDE_SAMPLED,
            )
        )
    for (boroughs, half_life), factor in itertools.product(design.combinations, FACTORS):
        scenario = changed(
            design.scenario(boroughs, half_life),
            effect=float(np.exp(factor * guesses.get((boroughs, half_life), 1.0))),
            effect_scale="ratio",
            effect_sd=0.0,
        )
        name = smallest(boroughs, half_life, factor)
        trials.append(
            Trial(name, scenario, (design.method,), design.milestones, count, _SIDE_SAMPLED)
        )
    return trials
