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
        With the scenario's setting.
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
        return replace(self, scenario=scenario, outcome=scenario.synthetic, **arrays)

    def dataset(self, place: int) -> xr.Dataset:
        """Return one replicate's counts, as `mp_bayes.evidence.arrays.cells` gives a study's."""
        setting = self.outcome.setting
        return xr.Dataset(
            {
                name: (("borough", "year"), getattr(self, name)[:, :, place])
                for name in ("total", "events")
            },
            coords={"borough": list(setting.boroughs), "year": list(setting.years)},
            attrs={"outcome": self.outcome.name, "evidence": "cells"},
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
        setting, outcome = self.outcome.setting, self.outcome
        count = len(setting.treated_boroughs)
        weight = self.total[:count] * setting.treated_post[:, :, None] * 1.0
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
            only = weight * (np.array(setting.years) == year)[None, :, None]
            link, response = mean(effect, only), mean(change, only)
            columns["yearly_effect", year, outcome.link_scale] = link
            columns["yearly_effect", year, outcome.ratio_scale] = np.exp(link)
            columns["yearly_effect", year, outcome.response_scale] = response
        return columns

    def _averted(self, weight: Floats, change: Floats) -> Floats:
        return np.asarray(-(weight * self.exposure * change / 100).sum((0, 1)))
