"""What the scripts of this folder share: running their cases, and drawing lines with bars."""

import sys
from pathlib import Path

import pandas as pd

from mp_bayes.figures import Chart
from mp_bayes.figures.planning_words import MONTE_CARLO, SOURCE, with_interval
from mp_bayes.figures.style import INK, LINES, new_figure, panel_title, style
from mp_bayes.priors import load_priors
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.runner import Trial, run

WORKERS = 2
SEED = 2020


def folder(script):
    """Return where a script writes: below the folder given on its command line, if any."""
    return Path([*sys.argv, "my-results/simulations"][1]) / Path(script).stem


def simulate(cases, methods, *, post_years=None, replicates, out):
    """Run every method on every case; return the answers, and how well the methods did.

    A case is its labels, which become columns, and its scenario; it is analysed after
    `post_years`, or all its post-years. Finished cases are kept and not run again.
    """
    names = [", ".join(f"{name} {value}" for name, value in labels.items()) for labels, _ in cases]
    trials = [
        Trial(name, case[1], methods, post_years or (case[1].post_years,), replicates)
        for name, case in zip(names, cases, strict=True)
    ]

    def show(done, total):
        print(f"\r{done / total:4.0%} simulated", end="", file=sys.stderr, flush=True)

    kept = out / "replicates"
    rows = run(trials, load_priors(), seed=SEED, folder=kept, workers=WORKERS, on_progress=show)
    print(file=sys.stderr)
    labels = pd.DataFrame([{"trial": n, **c[0]} for n, c in zip(names, cases, strict=True)])
    sampled = rows["engine"].eq("nuts").groupby([rows["trial"], rows["post_years"], rows["method"]])
    measures = performance(rows).merge(sampled.mean().rename("sampled_by_nuts").reset_index())
    return labels.merge(rows, on="trial"), labels.merge(measures, on="trial")


def averages(measures):
    """Keep the average effect with `claims`: power, or false claims where there is no effect."""
    # One row for each method: DiD of counts is on the log scale only.
    response = measures["scale"].isin(["percentage_points", "per_100_child_years"])
    chosen = response | measures["method"].eq("did_log")
    kept = measures[measures["estimand"].eq("average_effect") & chosen].copy()
    for end in ("", "_mcse"):
        kept[f"claims{end}"] = kept[f"correct_claim_rate{end}"].fillna(kept[f"claim_rate{end}"])
    return kept


def write(tables, out):
    """Write tables as CSV."""
    for name, table in tables.items():
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.6g")
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
        height = 1.9 + (3.2 if columns == 1 else 2.4) * rows + 0.22 * legend_rows
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
