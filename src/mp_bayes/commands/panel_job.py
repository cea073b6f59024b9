"""The jobs behind `mp-bayes panel`: read, analyse, and write tables and figures."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from mp_bayes.commands.panel_inference import all_answers
from mp_bayes.commands.panel_request import Request
from mp_bayes.commands.progress import part
from mp_bayes.errors import InputError
from mp_bayes.evidence.official.read import read_neighbours
from mp_bayes.panel.effects import (
    BIN_START,
    FEWEST_EVENTS,
    authority,
    dropped,
    effects,
    label,
    measure_priors,
    suitable,
    whole_years,
)
from mp_bayes.panel.inference import (
    MISSING,
    before_and_after,
    complete,
    first_post,
    incomplete,
)
from mp_bayes.panel.national import national_prior, size_fits
from mp_bayes.wording.numbers import listed

OnProgress = Callable[[str, float, float], None]


def fit_job(
    asked: Request, *, shock: str, update: OnProgress
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
    """Sample the panel without the treated authority, then with it.

    Writes `shocks.csv` (the whole, and by kind of authority), `check.csv` and `left_out.csv`; and,
    if the fit converged and authorities change as much as in its replicates, `authorities.csv`
    (each one's SD, the treated one's too, from the second fit), a figure of it, and `priors.toml`:
    the `national` prior that follows from normal shocks.

    Returns
    -------
    tuple
        The parameters, the checks, and the authorities' table or None.
    """
    # The samplers are slow to import; wrong files should not wait for them.
    from mp_bayes.figures.panel import authorities_chart
    from mp_bayes.inference.nuts import Sampling
    from mp_bayes.models.panel import panel_model
    from mp_bayes.panel.checks import year_to_year
    from mp_bayes.panel.shocks import (
        authority_table,
        converged,
        group_table,
        sample_until_usable,
        shock_table,
    )

    data, left_out = asked.read()
    treated = [asked.treated, *asked.others]
    untreated = data.sel(authority=~data["authority"].isin(treated))
    sampling = Sampling(draws=2500, tune=1000, target_accept=0.9, adaptation="diag")
    with asked.results() as staging:
        first, second = part(update, 0.0, 0.5), part(update, 0.5, 1.0)
        first("Compiling the model", 0, 1)
        tree = sample_until_usable(
            panel_model(untreated, shock=shock),
            usable=converged,
            seed=asked.seed,
            sampling=sampling,
            on_draws=partial(first, "Sampling"),
        )
        table = shock_table(tree)
        check = year_to_year(tree, untreated, seed=asked.seed)
        tables = {"shocks": table, "check": check, "left_out": left_out}
        prior, charts = "", []
        if table["usable"].all() and size_fits(check):
            if shock == "normal":
                prior = national_prior(table, asked.measure, untreated)
            table = pd.concat([table, group_table(tree, untreated)], ignore_index=True)
            second("Compiling the model of all", 0, 1)
            tree = sample_until_usable(
                panel_model(data, shock=shock),
                usable=converged,
                seed=asked.seed,
                sampling=sampling,
                on_draws=partial(second, f"Sampling with {listed(treated)}"),
            )
            authorities = authority_table(tree)
            charts = [
                authorities_chart(authorities, table, marked=asked.marked, measure=asked.measure)
            ]
            tables |= {"shocks": table, "authorities": authorities}
        asked.write(staging, tables, charts, prior=prior)
    return table, check, tables.get("authorities")


def effects_job(asked: Request, *, update: OnProgress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Follow the treated authority to the last year; write two tables and a figure.

    Returns
    -------
    tuple of DataFrame
        The effects (`effects.csv`), with columns comparison (which authorities) and effect (its
        structure); and the frequentist methods' answers (`inference.csv`).
    """
    from mp_bayes.figures.panel import ten_years

    data, left_out = asked.read()
    data = whole_years(data, asked.onset)
    left_out = pd.concat([left_out, dropped(data)], ignore_index=True)
    names = [name for name in _usable(data, asked) if name not in asked.others]
    near = [name for name in read_neighbours(asked.folder, data, asked.treated) if name in names]
    everyone = [name for name in names if name != asked.treated]
    comparisons = {
        f"All {len(everyone)} authorities": everyone,
        f"{len(near)} statistical neighbours": near,
        f"{asked.reported} alone": [name for name in names if name == asked.reported],
    }
    comparisons = {name: them for name, them in comparisons.items() if them}
    priors = asked.priors
    parts: list[pd.DataFrame] = []
    with asked.results() as staging:
        # First, since it takes no time and refuses what cannot be compared.
        answers = all_answers(data, asked, priors, treated=asked.treated, onset=asked.onset)
        for name, authorities in comparisons.items():
            for effect in ("yearly", "embedding"):
                update(name, len(parts), 2 * len(comparisons))
                rows = effects(
                    data,
                    asked.measure,
                    priors,
                    treated=asked.treated,
                    comparisons=authorities,
                    onset=asked.onset,
                    effect=effect,
                )
                parts.append(rows.assign(comparison=name, effect=effect))
        table = pd.concat(parts, ignore_index=True)
        chart = ten_years(table, treated=asked.treated, measure=asked.measure)
        more = incomplete(data)
        more = more[more["reason"].eq(MISSING)].assign(
            reason="not in inference.csv: a year missing"
        )
        left_out = pd.concat([left_out, more], ignore_index=True)
        tables = {"effects": table, "inference": answers, "left_out": left_out}
        asked.write(staging, tables, [chart], neighbours=True, priors=True)
    return table, answers


def _usable(data: xr.Dataset, asked: Request) -> list[str]:
    """Return the suitable authorities, or refuse if the treated one or a comparison is missing."""
    names = suitable(data)
    treated = asked.treated
    authority(data, treated)
    own = data.sel(authority=treated)
    lost = (own["low"] < FEWEST_EVENTS) & (data["total"] > 0).any("authority")
    if lost.any():
        years = ", ".join(str(int(year)) for year in data["year"][lost.to_numpy()])
        raise InputError(
            f"{treated} has no usable count (at least {FEWEST_EVENTS} events) in years ending in "
            f"{years}: choose other --years"
        )
    if len(names) < 3:
        raise InputError("fewer than two authorities can be compared with: see their counts")
    return names


def placebo_job(asked: Request, *, update: OnProgress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pretend that each authority was treated, at the real onset and in each six-year window.

    As they were, and with effects planted. Writes `placebo.csv` (the real onset, all years, as they
    were), `false_claims.csv` and figures.
    """
    from mp_bayes.figures.placebo import claims_chart, placebo_chart, power_chart
    from mp_bayes.panel.claims import false_claims, ranking
    from mp_bayes.panel.placebo import placebo, windows

    data, left_out = asked.read()
    priors = asked.priors
    rng = np.random.default_rng(asked.seed)
    spans = windows(data, onset=asked.onset)
    real = whole_years(data, asked.onset)
    _usable(real, asked)
    before_and_after(real, onset=asked.onset, fewest_before=1)
    if len(set(complete(real)) - {asked.treated}) < 2:
        raise InputError("fewer than two other authorities have every year: choose other --years")
    whole = incomplete(real)
    left_out = pd.concat([left_out, whole], ignore_index=True)
    claims = []
    # A window takes time as it has years.
    cost = [data.sel(year=years).sizes["year"] for years, _ in spans]
    with asked.results() as staging:
        for place, (years, onset) in enumerate(spans):
            rows = placebo(
                data.sel(year=years),
                asked.measure,
                priors,
                treated=asked.treated,
                onset=onset,
                rng=rng,
                on_progress=partial(
                    part(update, sum(cost[:place]) / sum(cost), sum(cost[: place + 1]) / sum(cost)),
                    f"Window {place + 1} of {len(spans)}",
                ),
            )
            if place == 0:
                table = ranking(rows)
            claims.append(
                false_claims(rows, treated=asked.treated).assign(
                    onset="real" if place == 0 else "placebo",
                    first_year=label(years.start),
                    first_post_year=label(first_post(onset)),
                    last_year=label(years.stop),
                )
            )
        found = pd.concat(claims, ignore_index=True)
        charts = [
            draw(table, found, treated=asked.treated, measure=asked.measure)
            for draw in (placebo_chart, claims_chart, power_chart)[: 3 if len(spans) > 1 else 1]
        ]
        asked.write(
            staging,
            {"placebo": table, "false_claims": found, "left_out": left_out},
            charts,
            priors=True,
        )
    return table, found


def compare_job(asked: Request, *, treated: str) -> pd.DataFrame:
    """Rank candidates for a comparison by their trends; write `candidates.csv`.

    Unless years are given, those that lie at least half before the evaluation's onset.
    """
    from mp_bayes.panel.compare import compare

    data, left_out = asked.read()
    if asked.years == slice(None):
        data = data.sel(year=data["year"] + BIN_START - 0.5 < asked.onset)
    authority(data, treated)
    neighbours = read_neighbours(asked.folder, data, treated)
    prior = measure_priors(asked.priors, asked.measure)
    sd_shock, rho = (float(prior[name].quantile(np.zeros(1))[0]) for name in ("sd_shock", "rho"))
    with asked.results() as staging:
        table = compare(
            data,
            treated=treated,
            neighbours=neighbours,
            sd_shock=sd_shock,
            rho=rho,
            seed=asked.seed,
        )
        left_out = pd.concat([left_out, dropped(data)], ignore_index=True)
        tables = {"candidates": table, "left_out": left_out}
        asked.write(staging, tables, neighbours=True, priors=True)
    return table
