"""Synthetic boroughs: many replicates of one scenario, with the truth of every estimand."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import expit

from mp_bayes.estimands import span
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.simulate.scenario import Scenario, changed
from mp_bayes.studies.study import Outcome


@dataclass(frozen=True)
class Replicates:
    """Synthetic data sets of one scenario.

    Attributes
    ----------
    scenario : Scenario
    outcome : Outcome
        With the scenario's study.
    numbers : list of int
        Each replicate's number, from which its random numbers come.
    events, total : ndarray of int, dims (borough, year, replicate)
    eta, effect : ndarray, dims (borough, year, replicate)
        True predictor, and what the programme adds to it, in log-odds or log-rates.
    full_effect : ndarray, dims (replicate,)
        The treated boroughs' effect at full dose, on the same scale.
    exposure : ndarray, dims (replicate,)
        Mean child-years of a case; 1 for binary outcomes.
    """

    scenario: Scenario
    outcome: Outcome
    numbers: list[int]
    events: np.ndarray
    total: np.ndarray
    eta: Floats
    effect: Floats
    full_effect: Floats
    exposure: Floats

    def first(self, post_years: int) -> "Replicates":
        """Return the same replicates as they stood after some of their post-years."""
        scenario = changed(self.scenario, post_years=post_years)
        years = scenario.pre_years + post_years
        arrays = {
            name: getattr(self, name)[:, :years] for name in ("events", "total", "eta", "effect")
        }
        return replace(self, scenario=scenario, outcome=scenario.study, **arrays)

    def dataset(self, place: int) -> xr.Dataset:
        """Return one replicate as the evidence object that the published tables give too.

        Dims (borough, year): `total` and `events`. The coordinate `onset` (borough), not a
        number for comparison boroughs, and the attributes say what the study was.
        """
        study = self.outcome.study
        onsets = [*study.onsets, *[np.nan] * len(study.comparison_boroughs)]
        return xr.Dataset(
            {
                name: (("borough", "year"), getattr(self, name)[:, :, place])
                for name in ("total", "events")
            },
            coords={
                "borough": list(study.boroughs),
                "year": list(study.years),
                "onset": ("borough", onsets),
            },
            attrs={
                "outcome": self.outcome.name,
                "evidence": "cells",
                "bin_start": study.bin_start,
                "reference_year": study.reference_year,
                "window": self.outcome.window,
            },
        )

    def truth(self) -> pd.DataFrame:
        """Return the true value of every estimand in every replicate.

        Returns
        -------
        pandas.DataFrame
            Columns replicate, estimand, year, scale and truth, labelled as the fits' effects are.
        """
        columns = self.truths()
        labels = pd.DataFrame(list(columns), columns=["estimand", "year", "scale"])
        labels = labels.loc[labels.index.repeat(len(self.numbers))].reset_index(drop=True)
        labels.insert(0, "replicate", np.tile(self.numbers, len(columns)))
        return labels.assign(truth=np.concatenate(list(columns.values())))

    def truths(self) -> dict[tuple[str, str, str], Floats]:
        """Return the same by (estimand, year, scale), each of dims (replicate,)."""
        study, outcome = self.outcome.study, self.outcome
        count = len(study.treated_boroughs)
        weight = self.total[:count] * study.treated_post[:, :, None] * 1.0
        eta, effect = self.eta[:count], self.effect[:count]
        inverse: Callable[[Floats], Floats] = expit if self.scenario.binary else np.exp
        without = inverse(eta - effect)
        change = 100 * (inverse(eta) - without)
        at_full = 100 * (inverse(eta - effect + self.full_effect) - without)

        def mean(values: Floats, weight: Floats = weight) -> Floats:
            return np.asarray((weight * values).sum((0, 1)) / weight.sum((0, 1)))

        whole = span(outcome.post_years)
        columns = {
            ("average_effect", whole, outcome.link_scale): mean(effect),
            ("average_effect", whole, outcome.ratio_scale): np.exp(mean(effect)),
            ("average_effect", whole, outcome.response_scale): mean(change),
            ("outcomes_averted", whole, "count"): self._averted(weight, change),
            ("fully_embedded_effect", "", outcome.link_scale): self.full_effect,
            ("fully_embedded_effect", "", outcome.ratio_scale): np.exp(self.full_effect),
            ("fully_embedded_effect", "", outcome.response_scale): mean(at_full),
        }
        for year in outcome.post_years:
            only = weight * (np.array(study.years) == year)[None, :, None]
            link, response = mean(effect, only), mean(change, only)
            columns["yearly_effect", year, outcome.link_scale] = link
            columns["yearly_effect", year, outcome.ratio_scale] = np.exp(link)
            columns["yearly_effect", year, outcome.response_scale] = response
        return columns

    def _averted(self, weight: Floats, change: Floats) -> Floats:
        return np.asarray(-(weight * self.exposure * change / 100).sum((0, 1)))
