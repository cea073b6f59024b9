"""From posterior draws to effects on the scales that people use.

All by g-computation: the treated borough's outcome with the effect, less the same without it.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import expit, logit

from mp_bayes.studies.study import Outcome

#: Every interval in this project, unless it says otherwise.
INTERVAL = "95% equal-tailed"
LOWER, UPPER = 0.025, 0.975

#: A quantity that varies by less is fixed by the model, up to rounding.
FIXED = 1e-3


@dataclass(frozen=True)
class Estimand:
    """One quantity of one fit.

    Attributes
    ----------
    name : str
        `yearly_effect`, `partly_exposed_effect` (of a year before the onset whose outcomes reach
        past it), `average_effect`, `fully_embedded_effect`, `outcomes_averted`, `parallel_trends`,
        `half_life`, `sd_shock` or `rho`.
    year : str
        Year-bin, span of year-bins, or empty.
    scale : str
        For instance `log_odds` or `percentage_points`.
    draws : ndarray, dims (chain, draw)
    beyond : ndarray of bool, dims (chain, draw), or None
        Whether the draw is a reduction larger than the smallest effect of interest, judged on the
        response scale whatever the scale of this row; None where that has no meaning.
    centre : float
        The value that means "no effect": 1 on ratio scales.
    """

    name: str
    year: str
    scale: str
    draws: np.ndarray
    beyond: np.ndarray | None = None
    centre: float = 0.0


def span(years: tuple[str, ...]) -> str:
    """Label a run of year-bins: 2015-16 to 2017-18 is `2015-18`."""
    return years[0] if len(years) == 1 else f"{years[0][:4]}-{years[-1][-2:]}"


def treated_outcome(
    posterior: xr.Dataset, cells: xr.Dataset, outcome: Outcome
) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Return the treated boroughs' predictor with and without the effect, and its weight.

    From `coefficients` the level is not identified: there the observed cell stands for the outcome
    with the effect, and only the effect is taken away.

    Returns
    -------
    with_effect, without_effect : DataArray, dims (chain, draw, borough, year)
        Log-odds, or log-rates per child-year, of the treated boroughs.
    exposed : DataArray, dims (borough, year) or (chain, draw, borough, year)
        Referrals, or child-years.
    """
    setting = outcome.setting
    treated = list(setting.treated_boroughs)
    total = cells["total"].sel(borough=treated).astype(float)
    exposed = total if outcome.likelihood == "binomial" else total * posterior["exposure"]
    effect = posterior["effect"].sel(borough=treated)
    if "eta" in posterior:
        with_effect = posterior["eta"].sel(borough=treated)
    else:
        events = cells["events"].sel(borough=treated).astype(float)
        # A year without data (0 of 0) has no rate; such years are never reported.
        rate = (events / exposed).where(total > 0)
        observed = xr.apply_ufunc(logit if outcome.likelihood == "binomial" else np.log, rate)
        with_effect = observed + xr.zeros_like(effect)
    return with_effect, with_effect - effect, exposed


def response(eta: xr.DataArray, outcome: Outcome) -> xr.DataArray:
    """Return percent of referrals, or events per 100 child-years."""
    rate: xr.DataArray = xr.apply_ufunc(expit if outcome.likelihood == "binomial" else np.exp, eta)
    return 100.0 * rate


def _mean(values: xr.DataArray, exposed: xr.DataArray) -> xr.DataArray:
    """Average over treated boroughs and years, weighted by referrals or exposure."""
    cells_of = ("borough", "year")
    average: xr.DataArray = (exposed * values).sum(cells_of) / exposed.sum(cells_of)
    return average.transpose("chain", "draw")


def _effect_rows(
    name: str, year: str, outcome: Outcome, *, link: xr.DataArray, change: xr.DataArray
) -> list[Estimand]:
    """Return one effect on its link, ratio and response scales."""
    beyond = (change < -outcome.minimum).to_numpy()
    return [
        Estimand(name, year, outcome.link_scale, link.to_numpy(), beyond),
        Estimand(name, year, outcome.ratio_scale, np.exp(link.to_numpy()), beyond, 1.0),
        Estimand(name, year, outcome.response_scale, change.to_numpy(), beyond),
    ]


@dataclass(frozen=True)
class _Changes:
    """What the programme changed in the treated boroughs, by borough and year.

    Attributes
    ----------
    without, link, change : DataArray, dims (chain, draw, borough, year)
        The predictor without the effect; the effect on the link and on the response scale.
    total : DataArray, dims (borough, year) or (chain, draw, borough, year)
        Referrals, or child-years.
    """

    without: xr.DataArray
    link: xr.DataArray
    change: xr.DataArray
    total: xr.DataArray

    @classmethod
    def of(cls, posterior: xr.Dataset, cells: xr.Dataset, outcome: Outcome) -> "_Changes":
        """Work them out from posterior draws."""
        ordered = posterior.transpose("chain", "draw", ...)
        with_effect, without, total = treated_outcome(ordered, cells, outcome)
        change = response(with_effect, outcome) - response(without, outcome)
        return cls(without, with_effect - without, change, total)

    def weights(self, where: np.ndarray) -> xr.DataArray:
        """Return the total in some borough-years, `where` of dims (borough, year); 0 elsewhere."""
        place = {name: self.link[name] for name in ("borough", "year")}
        weights: xr.DataArray = self.total.where(xr.DataArray(where, place, list(place)), 0.0)
        return weights

    def over(self, years: list[str], where: np.ndarray) -> dict[str, xr.DataArray]:
        """Average the effect over years, as arguments of `_effect_rows`."""
        weights = self.weights(where).sel(year=years)
        both = {"link": self.link, "change": self.change}
        return {name: _mean(values.sel(year=years), weights) for name, values in both.items()}


def average_effect(posterior: xr.Dataset, cells: xr.Dataset, outcome: Outcome) -> list[Estimand]:
    """Work out the average effect over the post-years alone, on three scales; see `estimands`."""
    return _average(_Changes.of(posterior, cells, outcome), outcome)


def _average(changes: _Changes, outcome: Outcome) -> list[Estimand]:
    post = changes.over(list(outcome.post_years), outcome.setting.treated_post)
    return _effect_rows("average_effect", span(outcome.post_years), outcome, **post)


def estimands(
    posterior: xr.Dataset, cells: xr.Dataset, outcome: Outcome, *, effect: str
) -> list[Estimand]:
    """Work out every reported quantity of one fit.

    Parameters
    ----------
    posterior : xarray.Dataset
        From `mp_bayes.inference.nuts.sample`, dims (chain, draw, borough, year).
    cells : xarray.Dataset
        From `mp_bayes.evidence.arrays.cells`: the weights, whatever evidence was fitted.
    outcome : Outcome
    effect : {"yearly", "constant", "embedding"}
        Structure that was fitted: the effect at full dose has no meaning under `yearly`.

    Returns
    -------
    list of Estimand
        Quantities that the model fixes (SD 0) are left out.

    """
    posterior = posterior.transpose("chain", "draw", ...)
    changes = _Changes.of(posterior, cells, outcome)
    rows = []
    for name, these, where in (
        ("partly_exposed_effect", outcome.partly_exposed, outcome.reaches_past_onset),
        ("yearly_effect", outcome.post_years, outcome.setting.treated_post),
    ):
        for year in these:
            rows += _effect_rows(name, year, outcome, **changes.over([year], where))
    average = _average(changes, outcome)
    rows += average
    years = list(outcome.post_years)
    exposed = changes.weights(outcome.setting.treated_post).sel(year=years)
    without, change = (array.sel(year=years) for array in (changes.without, changes.change))
    averted = -(exposed * change / 100.0).sum(("borough", "year")).transpose("chain", "draw")
    rows.append(
        Estimand(
            "outcomes_averted",
            span(outcome.post_years),
            "count",
            averted.to_numpy(),
            average[0].beyond,
        )
    )
    if effect != "yearly":
        delta = posterior["mean_effect"]
        full = response(without + delta, outcome) - response(without, outcome)
        change = _mean(full, exposed)
        rows += _effect_rows("fully_embedded_effect", "", outcome, link=delta, change=change)
    rows += _trend_rows(posterior, outcome)
    scales = {"sd_shock": outcome.link_scale, "rho": "correlation"}
    if effect == "embedding":
        scales["half_life"] = "years"
    rows += [
        Estimand(name, "", scale, posterior[name].to_numpy()) for name, scale in scales.items()
    ]
    return [row for row in rows if np.ptp(row.draws) > FIXED]


def _trend_rows(posterior: xr.Dataset, outcome: Outcome) -> list[Estimand]:
    """Return the pre-years' contrasts: 0 if trends were parallel."""
    setting = outcome.setting
    if "contrast" in posterior:
        contrast = posterior["contrast"]
    else:
        treated, comparison = (
            posterior["eta"].sel(borough=list(names)).mean("borough")
            for names in (setting.treated_boroughs, setting.comparison_boroughs)
        )
        apart = treated - comparison
        contrast = apart - apart.sel(year=setting.reference_year)
    return [
        Estimand("parallel_trends", year, outcome.link_scale, contrast.sel(year=year).to_numpy())
        for year in outcome.pre_years
    ]
