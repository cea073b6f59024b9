"""Draw synthetic boroughs from a scenario, or from a model's own priors."""

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from scipy.special import expit

from mp_bayes.embedding import CURVES, dose, immediate
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.priors.distributions import Fixed
from mp_bayes.priors.quantiles import SMALLEST_EXCESS
from mp_bayes.simulate.boroughs import Replicates
from mp_bayes.simulate.scenario import ONSET, Scenario

_SHORTEST = 1e-3


def doses(scenario: Scenario, half_life: float) -> Floats:
    """Return each borough's dose of the practice, dims (borough, year).

    Comparison boroughs have the first onset's dose times the contamination.
    """
    treated = [dose_row(scenario, half_life, onset) for onset in scenario.onsets]
    comparison = scenario.contamination * dose_row(scenario, half_life, float(ONSET))
    return np.stack([*treated, *[comparison] * scenario.comparison_boroughs])


def dose_row(
    scenario: Scenario, half_life: float, onset: float, *, post_years: int | None = None
) -> Floats:
    """Return the dose of a borough with an onset, dims (year,); post-years are the scenario's."""
    curve = "immediate" if half_life == 0 and scenario.curve != "training" else scenario.curve
    years = scenario.pre_years + (post_years or scenario.post_years)
    return _dose(
        curve, scenario.delay, scenario.window, half_life, scenario.pre_years, years, onset
    )


# A search asks for the same years of many designs.
@lru_cache(maxsize=4096)
def _dose(
    curve: str,
    delay: float,
    window: float,
    half_life: float,
    pre_years: int,
    years: int,
    onset: float,
) -> Floats:
    if curve == "training":  # its cohorts take years, however fast each matures
        half_life = max(half_life, _SHORTEST)
    shape = immediate if curve == "immediate" else partial(CURVES[curve], half_life=half_life)
    return dose(
        partial(shape, delay=delay),
        np.arange(ONSET - pre_years, ONSET - pre_years + years, dtype=float),
        onset=onset,
        window=window,
        breaks=(0.0, delay) if delay else (0.0,),
    )


def synthesise(
    scenario: Scenario,
    *,
    seed: int,
    replicates: Iterable[int],
    priors: dict[str, Any] | None = None,
    structure: str = "embedding",
) -> Replicates:
    """Draw synthetic boroughs, each replicate from random numbers of its own.

    Parameters
    ----------
    scenario : Scenario
    seed : int
        Of the study.
    replicates : iterable of int
        Which replicates; each is the same whatever others are drawn with it.
    priors : dict, optional
        From `Priors.select`: draw the parameters from these, not from the scenario, afresh in
        each replicate. The data then come from the model that is fitted; but levels and common
        years, which it leaves free, from the scenario.
    structure : {"yearly", "constant", "embedding"}
        The effect's structure under `priors`.

    Returns
    -------
    Replicates
    """
    numbers = list(replicates)
    drawn = [
        _one(scenario, np.random.default_rng([seed, number]), priors, structure)
        for number in numbers
    ]
    arrays = {
        name: np.stack([one[name] for one in drawn], axis=-1)
        for name in ("events", "total", "eta", "effect")
    }
    single = {name: np.array([one[name] for one in drawn]) for name in ("full_effect", "exposure")}
    return Replicates(scenario, scenario.synthetic, numbers, **arrays, **single)


def _parameters(
    scenario: Scenario, rng: np.random.Generator, priors: dict[str, Any] | None
) -> dict[str, float]:
    """Draw one replicate's parameters: from the priors, or the scenario with its design prior."""
    z = rng.standard_normal()
    if priors is not None:
        drawn = {
            name: float(prior.quantile(rng.standard_normal(1))[0]) for name, prior in priors.items()
        }
        # Free in the analysis: their priors are no statement of how much they differ.
        return {**drawn, "sd_year": scenario.sd_year, "sd_borough": scenario.sd_borough}
    if scenario.effect_scale == "ratio":
        delta = np.log(scenario.effect) + scenario.effect_sd * z
    else:
        delta = scenario.log_effect(inside(scenario, scenario.effect + scenario.effect_sd * z))
    return {
        "level_mean": scenario.link_baseline,
        "sd_borough": scenario.sd_borough,
        "sd_year": scenario.sd_year,
        "sd_shock": scenario.sd_shock,
        "rho": scenario.rho,
        "sd_effect": 0.0,
        "mean_effect": float(delta),
        "half_life": scenario.half_life,
        "design_effect": scenario.design_effect,
        "dispersion_excess": scenario.dispersion - 1,
        "exposure": scenario.exposure,
    }


def inside(scenario: Scenario, effect: float) -> float:
    """Keep a draw of the design prior where the outcome stays possible."""
    floor = 100 * scenario.baseline
    return float(np.clip(effect, -0.99 * floor, 0.99 * (100 - floor) if scenario.binary else None))


def _one(
    scenario: Scenario,
    rng: np.random.Generator,
    priors: dict[str, Any] | None,
    structure: str,
) -> dict[str, Any]:
    """Draw one replicate."""
    study = scenario.synthetic.setting
    boroughs, years = len(study.boroughs), len(study.years)
    own = _parameters(scenario, rng, priors)
    spread = scenario.size_spread
    sizes = scenario.cell_size * np.exp(spread * rng.standard_normal(boroughs) - spread**2 / 2)
    total = np.repeat(np.maximum(1, np.round(sizes)).astype(int)[:, None], years, axis=1)
    level = own["level_mean"] + own["sd_borough"] * rng.standard_normal(boroughs)
    common = own["sd_year"] * rng.standard_normal(years) * ~study.reference
    shock = np.empty((boroughs, years))
    noise = rng.standard_normal((boroughs, years))
    # What the fitted family does not have comes from a stream of its own: without it all other
    # draws are the same.
    other = rng.spawn(1)[0]
    scale = own["sd_shock"] * np.exp(scenario.sd_log_shock * other.standard_normal(boroughs))
    slope = scenario.sd_drift * other.standard_normal(boroughs)
    if scenario.shock_df:
        noise *= np.sqrt((scenario.shock_df - 2) / other.chisquare(scenario.shock_df, noise.shape))
    shock[:, 0] = noise[:, 0]
    for year in range(1, years):
        move = np.sqrt(1 - own["rho"] ** 2)
        shock[:, year] = own["rho"] * shock[:, year - 1] + move * noise[:, year]
    amount = doses(scenario, own["half_life"] if structure == "embedding" else 0.0)
    effect = own["mean_effect"] * amount
    if structure == "yearly":
        amount = amount * (np.arange(boroughs) < scenario.treated_boroughs)[:, None]
        effect = (own["mean_effect"] + own["sd_effect"] * rng.standard_normal(years)) * amount
    drift = slope[:, None] * (study.bin_starts - ONSET)
    eta = level[:, None] + common + scale[:, None] * shock + drift + effect
    return {
        "events": _counts(scenario, own, total, eta, rng),
        "total": total,
        "eta": eta,
        "effect": effect,
        "full_effect": own["mean_effect"],
        "exposure": 1.0 if scenario.binary else own["exposure"],
    }


def _counts(
    scenario: Scenario,
    own: dict[str, float],
    total: np.ndarray,
    eta: Floats,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw events by the likelihoods of `mp_bayes.models.cells`."""
    if scenario.binary:
        p = expit(eta)
        if own["design_effect"] > 1:
            excess = own["design_effect"] - 1
            precision = np.maximum((total - 1 - excess) / excess, 1.0)
            p = rng.beta(p * precision, (1 - p) * precision)
        return np.asarray(rng.binomial(total, p))
    excess = max(own["dispersion_excess"], SMALLEST_EXCESS)
    mean = total * own["exposure"] * np.exp(eta)
    return np.asarray(rng.negative_binomial(mean / excess, 1 / (1 + excess)))


def baseline_priors(priors: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    """Return priors with levels centred on the scenario's baseline, as an analyst would."""
    changed = {"level_mean": Fixed(value=scenario.link_baseline)}
    if scenario.binary:
        changed["design_effect"] = Fixed(value=scenario.design_effect)
    return {**priors, **changed}
