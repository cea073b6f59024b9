"""The jobs behind `mp-bayes panel`: read, analyse, and write tables and figures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.figures import Chart, save
from mp_bayes.panel.effects import effects, suitable
from mp_bayes.panel.measures import Measure, get_measure
from mp_bayes.panel.official import find_file, read_measure, read_neighbours
from mp_bayes.priors import load_priors
from mp_bayes.storage import packaged_inputs, whole_results, write_manifest
from mp_bayes.study import OUTCOMES

OnProgress = Callable[[str, float, float], None]
TREATED = "Islington"
#: The report's one comparison in each study, as official statistics name it.
REPORTED = {"cin": "Southend-on-Sea", "cla": "Barnet"}


def read_years(text: str | None) -> slice:
    """Read FIRST:LAST, the calendar years in which the first and last reporting year end."""
    if text is None:
        return slice(None)
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit() and int(first) <= int(last)):
        raise InputError(f"--years: '{text}' is not a span of years such as 2013:2018")
    return slice(int(first), int(last))


def read(folder: Path, measure: Measure, years: slice) -> tuple[xr.Dataset, pd.DataFrame]:
    """Read the years that are asked for, and refuse those that the files do not have."""
    data, left_out = read_measure(folder, measure)
    known = [int(year) for year in data["year"]]
    for end in (years.start, years.stop):
        if end is not None and end not in known:
            raise InputError(f"--years: {measure.name} covers {known[0]} to {known[-1]}")
    kept = data.sel(year=years)
    return kept, left_out[left_out["year"].isin(kept["year"].to_numpy())]


def fit_job(
    out: Path,
    folder: Path,
    *,
    measure: str,
    shock: str,
    seed: int,
    command: str,
    update: OnProgress,
) -> pd.DataFrame:
    """Sample the panel without the treated authority; write `shocks.csv` and `left_out.csv`."""
    # The samplers are slow to import; wrong files should not wait for them.
    from mp_bayes.fit import Sampling, sample
    from mp_bayes.panel.model import panel_model
    from mp_bayes.panel.shocks import shock_table

    chosen = get_measure(measure)
    data, left_out = read(folder, chosen, slice(None))
    data = data.sel(authority=data["authority"] != TREATED)
    first = Sampling(draws=1000, tune=700, target_accept=0.9, adaptation="diag")
    # Where shocks last so long that they look like levels, the chains mix slowly.
    longer = replace(first, draws=6000, tune=1500, target_accept=0.95)
    update("Compiling the model", 0, 1)
    model = panel_model(data, shock=shock)
    for what, sampling in (("Sampling", first), ("Sampling again, longer", longer)):
        tree = sample(
            model,
            seed=seed,
            sampling=sampling,
            on_draws=lambda done, total, what=what: update(what, done, total),  # type: ignore[misc]
        )
        table = shock_table(tree, data)
        if table["usable"].all():
            break
    _write(out, folder, chosen, {"shocks": table, "left_out": left_out}, [], seed, command)
    return table


def islington_job(
    out: Path,
    folder: Path,
    *,
    measure: str,
    years: slice,
    prior_file: Path | None,
    command: str,
    update: OnProgress,
) -> tuple[pd.DataFrame, str]:
    """Follow the treated authority to the last year; write `effects.csv` and a figure.

    Returns
    -------
    tuple of DataFrame and str
        The effects, with columns comparison (which authorities) and effect (its structure); and
        the answer in words.
    """
    from mp_bayes.figures.panel import ten_years

    chosen = get_measure(measure)
    data, left_out = read(folder, chosen, years)
    study = OUTCOMES[chosen.outcome].study
    near = [name for name in read_neighbours(folder)[TREATED] if name in suitable(data)]
    everyone = [name for name in suitable(data) if name != TREATED]
    comparisons = {
        f"All {len(everyone)} authorities": everyone,
        f"{len(near)} statistical neighbours": near,
        f"{REPORTED[study.name]} alone": [REPORTED[study.name]],
    }
    priors = load_priors(prior_file)
    parts: list[pd.DataFrame] = []
    for name, authorities in comparisons.items():
        for effect in ("yearly", "embedding"):
            update(name, len(parts), 2 * len(comparisons))
            rows = effects(
                data,
                chosen,
                priors,
                treated=TREATED,
                comparisons=authorities,
                onset=study.onset,
                effect=effect,
            )
            parts.append(rows.assign(comparison=name, effect=effect))
    table = pd.concat(parts, ignore_index=True)
    answer = did_it_embed(table)
    chart = ten_years(table, treated=TREATED, label=chosen.label)
    tables = {"effects": table, "left_out": left_out}
    _write(out, folder, chosen, tables, [chart], None, command, prior_file)
    return table, answer


def did_it_embed(table: pd.DataFrame) -> str:
    """Answer in words whether the programme embedded later, from `islington_job`'s effects."""
    from mp_bayes.figures.numbers import estimate, percent

    points = table[table["scale"].eq("percentage_points")]
    full = points[points["estimand"].eq("fully_embedded_effect") & points["effect"].eq("embedding")]
    lines = []
    for row in full.to_dict("records"):
        vouched = "" if row["usable"] else " (the approximation does not vouch for it)"
        lines.append(
            f"{row['comparison']}: once embedded "
            f"{estimate(row['mean'], row['lower'], row['upper'])} percentage points, 95% interval; "
            f"probability of a reduction {percent(row['prob_below_0'])}{vouched}."
        )
    unclear = ((full["lower"] < 0) & (full["upper"] > 0)).all()
    lines.append(
        "Did it embed later? These years neither show it nor rule it out: every interval has 0 "
        "inside."
        if unclear
        else "Did it embed later? At least one comparison leaves 0 out; see the others before "
        "believing it."
    )
    return "\n".join(lines)


def placebo_job(
    out: Path,
    folder: Path,
    *,
    measure: str,
    years: slice,
    seed: int,
    prior_file: Path | None,
    command: str,
    update: OnProgress,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pretend that each authority was treated; write `placebo.csv`, `false_claims.csv`, a chart."""
    from mp_bayes.figures.panel import placebo_chart
    from mp_bayes.panel.placebo import false_claims, placebo

    chosen = get_measure(measure)
    data, left_out = read(folder, chosen, years)
    table = placebo(
        data,
        chosen,
        load_priors(prior_file),
        treated=TREATED,
        onset=OUTCOMES[chosen.outcome].study.onset,
        seed=seed,
        on_progress=lambda done, total: update("Placebo authorities", done, total),
    )
    claims = false_claims(table, treated=TREATED)
    chart = placebo_chart(table, claims, treated=TREATED, label=chosen.label)
    tables = {"placebo": table, "false_claims": claims, "left_out": left_out}
    _write(out, folder, chosen, tables, [chart], seed, command, prior_file)
    return table, claims


def compare_job(
    out: Path, folder: Path, *, measure: str, treated: str, years: slice, seed: int, command: str
) -> pd.DataFrame:
    """Rank candidates for a comparison by their trends; write `candidates.csv`."""
    from mp_bayes.panel.compare import compare

    chosen = get_measure(measure)
    data, left_out = read(folder, chosen, years)
    neighbours = read_neighbours(folder)
    if treated not in set(data["authority"].to_numpy()):
        raise InputError(f"the statistics have no authority '{treated}'")
    table = compare(data, treated=treated, neighbours=neighbours.get(treated, []), seed=seed)
    _write(out, folder, chosen, {"candidates": table, "left_out": left_out}, [], seed, command)
    return table


def _write(
    out: Path,
    folder: Path,
    measure: Measure,
    tables: dict[str, pd.DataFrame],
    charts: list[Chart],
    seed: int | None,
    command: str,
    prior_file: Path | None = None,
) -> None:
    """Write tables and charts whole, with what made them."""
    sources = {source.pattern: source for source in (measure.source, measure.total_source)}
    inputs = [find_file(folder, pattern, source.release) for pattern, source in sources.items()]
    with whole_results(out) as staging:
        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        for chart in charts:
            save(chart, staging / "figures")
        inputs += [*packaged_inputs(), *([prior_file] if prior_file else [])]
        write_manifest(staging, inputs=inputs, command=command, seed=seed)
