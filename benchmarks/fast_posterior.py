"""Print how fast the fast posterior is, against NUTS on the same data, in one run on one core.

    uv run python benchmarks/fast_posterior.py                   all of it, some ten minutes
    uv run python benchmarks/fast_posterior.py --skip-large      without NUTS on 20 x 12 cells
    uv run python benchmarks/fast_posterior.py --out FOLDER      also the figure, as SVG and PNG

Machines differ and are shared: read ratios, not seconds. NUTS reuses a compiled model;
building and compiling it are not counted.
"""
# ruff: noqa: E402

import os

# One core: before NumPy is there.
for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{name}_NUM_THREADS"] = "1"

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mp_bayes.figures import Chart, save
from mp_bayes.figures.style import INK, LINES, new_figure, panel_title, style
from mp_bayes.inference.laplace import fast_effects, structure
from mp_bayes.inference.nuts import STANDARD, sample
from mp_bayes.models import cells_model
from mp_bayes.priors import load_priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.methods import Method
from mp_bayes.simulate.runner import Trial, run
from mp_bayes.simulate.scenario import from_study
from mp_bayes.studies.read import read_study

STUDY = read_study()

OUTCOME, EFFECT, SHOCK = "cin_rereferral_12m", "constant", "national"
REPEATS = 5
BOROUGHS, YEARS = (2, 5, 10, 20, 40, 80), (4, 6, 12)
EFFICIENCY_REPLICATES = 8000


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def prepared(boroughs: int, years: int, count: int, *, independent: bool = False):
    """Return synthetic data, their priors, and a function that fits them all."""
    scenario = from_study(
        STUDY,
        OUTCOME,
        comparison_boroughs=boroughs - 1,
        pre_years=years // 2,
        post_years=years - years // 2,
    )
    if independent:
        scenario = replace(scenario, rho=0.0)
    drawn = synthesise(scenario, seed=1, replicates=range(count))
    priors = baseline_priors(load_priors(STUDY).select(drawn.outcome, shock=SHOCK), scenario)
    if independent:
        priors["rho"] = Fixed(value=0.0)
    layout = structure(drawn.outcome, priors, effect=EFFECT)
    return drawn, priors, lambda: fast_effects(layout, drawn.events, drawn.total)


def against_nuts(label, boroughs, years, *, batch, sampled, rate, asked, independent=False) -> None:
    """Print fits per second and the ratio to NUTS on some of the same data, and what is asked."""
    drawn, priors, fast = prepared(boroughs, years, batch, independent=independent)
    fast()
    fits = batch / np.median([seconds(fast) for _ in range(REPEATS)])
    print(
        f"{label}: {fits:,.0f} fits a second (asked for: at least {rate:,}; batches of {batch:,})",
        flush=True,
    )
    if sampled:
        models = [cells_model(drawn.dataset(n), priors, effect=EFFECT) for n in range(sampled)]
        # Compiles; then the models differ in their data only.
        sample(models[0], seed=0, sampling=replace(STANDARD, draws=5, tune=20, chains=1), cores=1)
        each = [seconds(lambda model=model: sample(model, seed=1, cores=1)) for model in models]
        ratios = ", ".join(f"{value * fits:,.0f}" for value in each)
        print(f"    NUTS {np.median(each):.2f} s a fit; ratios, fit by fit: {ratios}")
        print(f"    median ratio {np.median(each) * fits:,.0f} (asked for: at least {asked})")


def cost() -> pd.DataFrame:
    """Return milliseconds a fit by boroughs and years, with AR(1) shocks."""
    rows = []
    for years in YEARS:
        for boroughs in BOROUGHS:
            batch = max(20, 6000 // (boroughs * years))
            fast = prepared(boroughs, years, batch)[-1]
            fast()
            each = 1000 * np.median([seconds(fast) for _ in range(3)]) / batch
            rows.append({"years": years, "boroughs": boroughs, "ms_a_fit": each})
    return pd.DataFrame(rows)


def efficiency() -> pd.DataFrame:
    """Return replicates per second with 1 and 2 workers: the better of two runs each, in turn."""
    scenario = from_study(STUDY, OUTCOME, pre_years=3, post_years=3)
    trial = Trial("speed", scenario, (Method(SHOCK, EFFECT),), (1, 2, 3), EFFICIENCY_REPLICATES)
    short = replace(trial, replicates=200)
    rates = dict.fromkeys((1, 2), 0.0)
    for _ in range(2):
        for workers in (1, 2):
            how = {"seed": 1, "workers": workers}
            with tempfile.TemporaryDirectory() as folder:
                # Processes start, and import what they need.
                run([short], load_priors(STUDY), folder=Path(folder) / "short", **how)
                given = [trial], load_priors(STUDY)
                taken = seconds(lambda: run(*given, folder=Path(folder), **how))  # noqa: B023
            rates[workers] = max(rates[workers], EFFICIENCY_REPLICATES / taken)
    return pd.DataFrame({"workers": list(rates), "replicates_a_second": list(rates.values())})


def figure(costs: pd.DataFrame, rates: pd.DataFrame) -> Chart:
    """Draw both tables on logarithmic axes."""
    share = rates["replicates_a_second"].iloc[1] / rates["replicates_a_second"].iloc[0] / 2
    title = f"A fit takes {costs['ms_a_fit'].min():.1f} to {costs['ms_a_fit'].max():.0f} ms; "
    title += f"two workers are {share:.0%} efficient"
    subtitle = "Fast posterior of the national prior, constant effect; logarithmic axes."
    with style():
        drawing = new_figure(
            title,
            subtitle,
            height=4.6,
            note="Left: medians of three batches. Right: the better of two runs each.",
            source="Source: benchmark by mp_bayes",
        )
        left, right = drawing.subplots(1, 2)
        for (years, rows), (colour, marker, dashes) in zip(
            costs.groupby("years"), LINES, strict=False
        ):
            look = {"color": colour, "marker": marker, "linestyle": dashes}
            left.plot(rows["boroughs"], rows["ms_a_fit"], label=f"{years} years", **look)
        left.legend(frameon=False)
        left.set_xlabel("Boroughs")
        panel_title(left, "Milliseconds a fit, one core")
        one = rates["replicates_a_second"].iloc[0]
        right.plot(
            rates["workers"], one * rates["workers"], color=INK, linestyle=":", label="Ideal"
        )
        right.plot(*rates.to_numpy().T, color=LINES[0][0], marker="o", label="Measured")
        right.legend(frameon=False)
        right.set_xlabel("Workers")
        panel_title(right, "Replicates a second")
        for axes, ticks in ((left, BOROUGHS), (right, list(rates["workers"]))):
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xticks(ticks, ticks)
            axes.minorticks_off()
        left.set_yticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        heights = [round(one, -1), round(2 * one, -1)]
        right.set_yticks(heights, [f"{height:,.0f}" for height in heights])
    data = pd.concat([costs, rates], ignore_index=True)
    return Chart("fast_posterior_speed", title, drawing, data, f"Line charts. {title}. {subtitle}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-large", action="store_true")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    print(f"load average at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    against_nuts(
        "2 boroughs x 6 years, independent shocks",
        2,
        6,
        batch=2000,
        sampled=6,
        rate=10_000,
        asked=300,
        independent=True,
    )
    against_nuts(
        "2 boroughs x 6 years, AR(1) shocks", 2, 6, batch=2000, sampled=6, rate=7000, asked=50
    )
    costs = cost()
    print("milliseconds a fit, AR(1) shocks:")
    print(costs.pivot_table("ms_a_fit", "boroughs", "years").round(2).to_string())
    for years, rows in costs[costs["boroughs"].ge(20)].groupby("years"):
        slope = np.polyfit(np.log(rows["boroughs"]), np.log(rows["ms_a_fit"]), 1)[0]
        print(
            f"    {years} years, from 20 boroughs: cost grows as boroughs to the power {slope:.2f}"
        )
    rates = efficiency()
    first, second = rates["replicates_a_second"]
    print(f"replicates a second: {first:,.0f} with 1 worker, {second:,.0f} with 2")
    print(f"    efficiency {second / first / 2:.0%} (asked for: over 90%, on an idle machine)")
    print(f"    load average then: {os.getloadavg()[0]:.1f}", flush=True)
    if arguments.out:
        save(figure(costs, rates), arguments.out)
    sampled = 0 if arguments.skip_large else 2
    against_nuts(
        "20 boroughs x 12 years, AR(1) shocks",
        20,
        12,
        batch=200,
        sampled=sampled,
        rate=1500,
        asked=50,
    )
    print(f"load average at the end: {os.getloadavg()[0]:.1f}")
