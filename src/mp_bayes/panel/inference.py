"""What each frequentist method says of one authority: the plain one, and fairer opponents."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import Measure
from mp_bayes.frequentist import (
    Z95,
    Answer,
    answer,
    cell_values,
    conley_taber,
    did,
    donald_lang,
    expected_shocks,
    ferman_pinto,
    gls_did,
    permutation,
)
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.panel.effects import BIN_START, CUT, authority, counts, dropped, label, measure_priors
from mp_bayes.priors import Priors

PLAIN = "Plain DiD"
SHOCK_AWARE = "Shock-aware DiD"
DONALD_LANG = "Donald-Lang"
CONLEY_TABER, FERMAN_PINTO, PERMUTATION = "Conley-Taber", "Ferman-Pinto", "Permutation"
MISSING = "not compared: a year missing"
_UNTOLD = "these years and priors do not tell the effect"


def first_post(onset: float) -> int:
    """Return the first reporting year, by its end, that begins at or after an onset."""
    return int(np.ceil(onset - BIN_START - 1e-9)) + 1


def incomplete(data: xr.Dataset) -> pd.DataFrame:
    """Return the authorities that cannot serve here, with the reason; columns as of left_out.

    Those that `dropped` names, and those with a missing year: the methods compare changes.
    """
    has = data["total"] > 0
    missing = (has.any("authority") & ~has).any("year").to_series()
    names = missing.index[missing].difference(dropped(data)["authority"].to_list())
    more = pd.DataFrame({"authority": names, "year": "all", "reason": MISSING})
    return pd.concat([dropped(data), more], ignore_index=True)


def complete(data: xr.Dataset) -> list[str]:
    """Return the authorities whose every year is known, and has events enough."""
    out = set(incomplete(data)["authority"])
    return [str(name) for name in data["authority"].to_numpy() if name not in out]


def known_shocks(priors: Priors, measure: Measure) -> tuple[float, float]:
    """Return the shocks' SD and correlation that the shock-aware method takes as known."""
    return expected_shocks(measure_priors(priors, measure))


def report_scale(priors: Priors, measure: Measure) -> float:
    """Return the design effect that stands for the report's clustered standard errors."""
    chosen = priors.select(measure.outcomes[0], shock="none")
    return float(chosen["design_effect"].quantile(np.zeros(1))[0])


def all_methods(
    events: Floats,
    total: Floats,
    post: np.ndarray,
    *,
    years: list[int],
    sd_shock: float,
    rho: float,
    design_effect: float,
) -> dict[str, Answer]:
    """Let every method answer, for many data sets at once.

    Parameters
    ----------
    events, total : ndarray, dims (authority, year, ...batch)
        The treated authority first; every year known.
    post : ndarray of bool, dims (year,)
        Years after the onset.
    years : list of int
        Which they are: between some a year may be missing.
    sd_shock, rho : float
        Of the shock-aware method; see `known_shocks`.
    design_effect : float
        Of the plain DiD. Official statistics do not say how a child's several referrals
        cluster; in the other methods this is part of the shocks.

    Returns
    -------
    dict of str to Answer
        By method, in percentage points.
    """
    value, variance = cell_values(events, total, link="logit")
    after = np.zeros(value.shape[:2], dtype=bool)
    after[0] = post
    columns = after[..., None].astype(float)
    # Sampling variances add up as one over size.
    sizes = 1 / (1 / total).mean(1)
    answers = {
        SHOCK_AWARE: answer(
            *gls_did(value, variance, columns, sd_shock=sd_shock, rho=rho, times=years)
        ),
        DONALD_LANG: donald_lang(value, columns),
        CONLEY_TABER: conley_taber(value, after),
        FERMAN_PINTO: ferman_pinto(value, after, sizes),
        PERMUTATION: permutation(value, after),
    }
    rate = events[0][post].sum(0) / total[0][post].sum(0)
    scaled = {name: one.on_response(rate, link="logit") for name, one in answers.items()}
    return {PLAIN: _plain(events, total, post, design_effect), **scaled}


def _plain(events: Floats, total: Floats, post: np.ndarray, design_effect: float) -> Answer:
    """Return the 2020 report's linear probability regression, pooled over years."""
    found = did(
        events,
        total,
        treated=np.arange(len(events)) == 0,
        before=~post,
        after=post,
        model="linear",
        scale=design_effect,
    )
    estimate, se = (100 * one for one in found)
    p_value = 2 * stats.norm.sf(np.abs(estimate) / se)
    return Answer(estimate, estimate - Z95 * se, estimate + Z95 * se, np.asarray(p_value))


def inference(
    data: xr.Dataset,
    *,
    treated: str,
    comparisons: dict[str, list[str]],
    onset: float,
    sd_shock: float,
    rho: float,
    design_effect: float,
) -> pd.DataFrame:
    """Answer for one authority by every method, against each set of comparisons.

    Parameters
    ----------
    data : xarray.Dataset, dims (authority, year)
        From `mp_bayes.evidence.official.read.read_measure`, after `whole_years`. A year counts as
        before or after the onset as a whole: official statistics count what happened within it.
    treated : str
    comparisons : dict of str to list of str
        By label; of authorities that are `complete`.
    onset : float
        Decimal calendar year.
    sd_shock, rho, design_effect : float
        As for `all_methods`.

    Returns
    -------
    pandas.DataFrame
        One row a method and comparison: method, comparison, controls; estimate, lower and upper
        (95% confidence interval), percentage points, the average over the years after the onset;
        p_value, claims (at 5%), reason (why a method cannot be used; empty if it can); treated,
        first_year, first_post_year and last_year; sd_shock and rho.

    Raises
    ------
    InputError
        If there is no year before the onset, or none after it.
    """
    years, post = before_and_after(data, onset=onset, fewest_before=1)
    rows = []
    for name, authorities in comparisons.items():
        events, total = counts(data.sel(year=years), [treated, *authorities])
        found = all_methods(
            events,
            total,
            post,
            years=years,
            sd_shock=sd_shock,
            rho=rho,
            design_effect=design_effect,
        )
        rows += [
            {
                "method": method,
                "comparison": name,
                "controls": len(authorities),
                "estimate": float(one.estimate),
                "lower": float(one.lower),
                "upper": float(one.upper),
                "p_value": float(one.p_value),
                "claims": bool(one.claims),
                "reason": one.reason or ("" if np.isfinite(one.lower) else _UNTOLD),
            }
            for method, one in found.items()
        ]
    return pd.DataFrame(rows).assign(
        treated=treated,
        first_year=label(years[0]),
        first_post_year=label(years[int(post.argmax())]),
        last_year=label(years[-1]),
        sd_shock=sd_shock,
        rho=rho,
    )


def before_and_after(
    data: xr.Dataset, *, onset: float, fewest_before: int
) -> tuple[list[int], np.ndarray]:
    """Return the years that anybody has, and which of them lie after the onset.

    Up to a tenth of a year may lie on the other side; one that is cut deeper is blank already.

    Raises
    ------
    InputError
        If too few lie before it, or none after it.
    """
    years = [int(year) for year in data["year"][(data["total"] > 0).any("authority").to_numpy()]]
    post = np.array(years) - 1 + BIN_START >= onset - CUT
    before, after = int((~post).sum()), int(post.sum())
    if before < fewest_before or after < 1:
        first, last = (label(int(year)) for year in data["year"][[0, -1]])
        raise InputError(
            f"onset {onset:g}: {before} of the reporting years {first} to {last} lie before it, "
            f"and {after} after it; {fewest_before} and 1 are needed: choose another onset, or "
            "--years"
        )
    return years, post


def check_authority(data: xr.Dataset, name: str) -> None:
    """Refuse an authority that the statistics do not have, or whose years are not all known."""
    authority(data, name)
    out = incomplete(data).set_index("authority")["reason"]
    if name in out.index:
        span = f"{label(int(data['year'][0]))} to {label(int(data['year'][-1]))}"
        raise InputError(
            f"{name}: {str(out[name]).removeprefix('not compared: ')}, of {span}: choose another "
            "authority, or --years"
        )
