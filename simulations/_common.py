"""What the scripts of this folder share: running their cases, and drawing lines with bars."""

import argparse
import math
import sys
import textwrap
from pathlib import Path

import pandas as pd

from mp_bayes.commands.terminal import print_table
from mp_bayes.figures import Chart, save
from mp_bayes.figures.style import INK, LINES, new_figure, panel_title, style
from mp_bayes.priors import inputs, load_priors
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.runner import Trial, run
from mp_bayes.simulate.scenario import changed
from mp_bayes.storage import whole_results, write_manifest
from mp_bayes.studies.read import read_study
from mp_bayes.wording.numbers import counted, number, percent
from mp_bayes.wording.planning import MONTE_CARLO, SOURCE, method_labels, with_interval

STUDY = read_study()

WORKERS = 2
SEED = 2020
# What stands beside power in every printed table.
SHOWN = ["claims", "calibrated_power", "size", "bias", "coverage"]
# Short, so that tables fit 80 columns.
HEADS = {
    "treated_boroughs": "Treated",
    "comparison_boroughs": "Others",
    "calibrated_power": "Calibrated",
}


def folder(script):
    """Return where a script writes: below the folder given on its command line, if any."""
    parser = argparse.ArgumentParser(
        description=sys.modules["__main__"].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", nargs="?", default="my-results/simulations", type=Path)
    return parser.parse_known_args()[0].folder / Path(script).stem


def untouched(scenario):
    """Return the same design where nothing happened: how it embeds no longer matters."""
    null = 1.0 if scenario.effect_scale == "ratio" else 0.0
    return changed(scenario, effect=null, effect_sd=0.0, half_life=0.0, delay=0.0)


def simulate(cases, methods, *, post_years=None, replicates, out):
    """Run every method on every case; return the answers, and how well the methods did.

    A case is its labels, which become columns, and its scenario; it is analysed after
    `post_years`, or all its post-years. Each design is simulated without an effect too, for the
    size of every method and its power under the rule calibrated to 5% false claims. Finished
    cases are kept and not run again.
    """
    names = [", ".join(f"{name} {value}" for name, value in labels.items()) for labels, _ in cases]
    scenarios = dict(zip(names, (scenario for _, scenario in cases), strict=True))
    nulls = {}
    for name in names:
        null = untouched(scenarios[name])
        same = [other for other, scenario in scenarios.items() if scenario == null]
        nulls[name] = same[0] if same else f"no effect, as {name}"
        scenarios.setdefault(nulls[name], null)
    trials = [
        Trial(name, scenario, methods, post_years or (scenario.post_years,), replicates)
        for name, scenario in scenarios.items()
    ]

    def show(done, total):
        print(f"\r{done / total:4.0%} simulated", end="", file=sys.stderr, flush=True)

    kept = out / "replicates"
    rows = run(
        trials, load_priors(STUDY), seed=SEED, folder=kept, workers=WORKERS, on_progress=show
    )
    print(file=sys.stderr)
    labels = pd.DataFrame([{"trial": n, **c[0]} for n, c in zip(names, cases, strict=True)])
    sampled = rows["engine"].eq("nuts").groupby([rows["trial"], rows["post_years"], rows["method"]])
    measures = performance(rows, nulls=nulls)
    measures = measures.merge(sampled.mean().rename("sampled_by_nuts").reset_index())
    return labels.merge(rows, on="trial"), labels.merge(measures, on="trial")


def averages(measures):
    """Keep the average effect, a row a method, with `claims` and what people call the method.

    `claims`: power, or false claims where there is no effect.
    """
    # One row for each method: DiD of counts is on the log scale only.
    response = measures["scale"].isin(["percentage_points", "per_100_child_years"])
    chosen = response | measures["method"].eq("did_log")
    kept = measures[measures["estimand"].eq("average_effect") & chosen].copy()
    for end in ("", "_mcse"):
        kept[f"claims{end}"] = kept[f"correct_claim_rate{end}"].fillna(kept[f"claim_rate{end}"])
    return kept.assign(analysis=kept["method"].map(method_labels(kept["method"])))


def report(table, by):
    """Print power with size, bias and coverage beside it."""
    shares = [name for name in SHOWN if name != "bias"]
    errors = [f"{name}_mcse" for name in shares if f"{name}_mcse" in table]
    most = 100 * table[errors].max().max()
    shown = table[[*by, "analysis", *SHOWN]].copy()
    shown[shares] = shown[shares].map(lambda one: "none" if math.isnan(one) else counted(one))
    show(
        shown,
        "Shares of evaluations (Monte Carlo SE at most "
        f"{number(most, 1)} points), and bias on the effect's scale",
    )


def show(table, title):
    """Print a table within the terminal's width, its numbers with three decimals."""
    heads = table.rename(columns=lambda name: HEADS.get(name, name.replace("_", " ").capitalize()))
    print_table(heads.map(_cell), title=title)
    if table.isna().any(axis=None) or table.eq("none").any(axis=None):
        print("none: the method has no answer there, or no effect to have power for.\n")


def _cell(one):
    if not isinstance(one, float):
        return one
    return "none" if math.isnan(one) else number(one, 3)


def between(values, write=percent):
    """Write the lowest and highest of some numbers."""
    low, high = write(values.min()), write(values.max())
    return low if low == high else f"{low} to {high}"


def beside(table):
    """Say what stands beside power for each method: for a figure's note.

    Bias where there is an effect; the largest Monte Carlo standard error of the shares.
    """
    words = []
    for analysis, rows in table.groupby("analysis", sort=False):
        if rows["reason"].ne("").all():
            words.append(f"{analysis}: {rows['reason'].iloc[0]}")
            continue
        acted = rows[rows["calibrated_power"].notna()]
        parts = [f"size {between(rows['size'])}"]
        if len(acted):
            parts += [
                f"power if calibrated to 5% {between(acted['calibrated_power'])}",
                f"bias {between(acted['bias'], lambda value: number(value, 2, sign=True))}",
            ]
        words.append(f"{analysis}: {', '.join([*parts, f'coverage {between(rows["coverage"])}'])}")
    errors = table[["size_mcse", "calibrated_power_mcse", "coverage_mcse"]].max().max()
    return f"{'. '.join(words)}. Monte Carlo SE of these shares: {100 * errors:.1f} points at most."


def write(tables, charts, out, *, script, replicates):
    """Write tables, figures and the manifest whole or not at all."""
    with whole_results(out, f"the study {Path(script).stem}") as staging:
        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        for chart in charts:
            save(chart, staging)
        name = f"{Path(script).stem}.py"
        read = [*inputs(STUDY), Path(script), Path(script).with_name("_common.py")]
        command = f"python simulations/{name}"
        facts = {"study": STUDY.name, "seed": SEED, "replicates": replicates}
        (staging / "priors.toml").write_text(
            load_priors(STUDY).text(STUDY.outcomes.values()), encoding="utf-8"
        )
        write_manifest(staging, inputs=read, command=command, **facts)
    for chart in charts:
        print(f"{chart.title}.")
    print(f"Written to {out}")


def lines(
    name, data, *, x, y, line, panel, title, subtitle, xlabel, note="", scale=100.0, reference=None
):
    """Draw `y` by `x`, a line for each value of `line`, with bars from `<y>_mcse`."""
    data = with_interval(data, y, scale=scale).rename(columns={panel: "panel"})
    panels, groups = list(data["panel"].unique()), list(data[line].unique())
    columns = 2 if len(panels) == 4 else min(len(panels), 3)
    wide = 2 if max(len(str(g)) for g in groups) > 22 else 3
    rows, legend_rows = -(-len(panels) // columns), -(-len(groups) // wide)
    with style():
        # Long titles and notes make the figure taller, not its panels smaller.
        words = 0.235 * len(textwrap.wrap(title, 70)) + 0.155 * len(textwrap.wrap(note, 120))
        height = 1.4 + (3.2 if columns == 1 else 2.4) * rows + 0.22 * legend_rows + words
        subtitle = f"{subtitle}\nBars: {MONTE_CARLO}."
        figure = new_figure(title, subtitle, height=height, note=note, source=SOURCE)
        engine = figure.get_layout_engine()
        left, low, width, tall = engine.get()["rect"]
        engine.set(rect=(left, low, width, tall - (0.1 + 0.22 * legend_rows) / height))
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat
        for place, axes in enumerate(grid):
            axes.set_visible(place < len(panels))
            for group, (colour, marker, dashes) in zip(groups, LINES, strict=False):
                here = data[data["panel"].eq(panels[place % len(panels)]) & data[line].eq(group)]
                bars = [here[y] - here["lower"], here["upper"] - here[y]]
                look = {"color": colour, "marker": marker, "linestyle": dashes, "label": str(group)}
                axes.errorbar(here[x], here[y], bars, elinewidth=1.1, ms=5, **look)
            if reference is not None:
                axes.axhline(reference, color=INK, linewidth=1.0, linestyle=(0, (6, 3)), zorder=1)
            panel_title(axes, str(panels[place % len(panels)]))
            last = place + columns >= len(panels)
            axes.set_xlabel(xlabel if last else "")
            axes.tick_params(labelbottom=last)
        handles = grid[0].get_legend_handles_labels()
        look = {"loc": "upper left", "ncols": wide, "frameon": False, "handlelength": 3.6}
        legend = figure.legend(*handles, bbox_to_anchor=(left, low + tall), **look)
        legend.set_in_layout(False)
    alt = " ".join(f"Line chart. {title}. {subtitle} {note}".split())
    kept = data[["panel", line, x, y, "lower", "upper"]]
    return Chart(name, title, figure, kept, alt, title)
