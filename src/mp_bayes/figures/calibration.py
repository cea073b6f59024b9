"""The calibration of every model: how far ranks are from uniform."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mp_bayes.checks.calibration_cases import HEAVY
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import look
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    INK,
    OPPONENT,
    TREATED,
    WITHOUT,
    new_figure,
    only_outer,
    panel_title,
    style,
)
from mp_bayes.studies.study import Study
from mp_bayes.wording.calibration import calibration_answer, models
from mp_bayes.wording.selection import Tables

_PANEL = ["evidence", "likelihood", "effect_structure", "coding"]
_COLUMNS = 4
#: Colour and dashes of each line. Those that need a band of their own are the last.
_LINES = {
    "national": (TREATED, "-"),
    "none": ("#746CB1", (0, (5, 1.5))),
    "within-study": ("#2073BC", (0, (5, 1.5, 1.2, 1.5))),
    "around own data": (WITHOUT, (0, (8, 2))),
    "sampler": (OPPONENT, (0, (3, 1.2))),
    f"sampler{HEAVY}": (OPPONENT, (0, (1.2, 1.2))),
    "broken: prior": (COMPARISON, (0, (1.2, 1.2))),
    "broken: root": (COMPARISON, (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2))),
}


def calibration_charts(tables: Tables, study: Study) -> Iterator[Chart]:
    """Draw the worst quantity of each model against the band of all its quantities.

    Parameters
    ----------
    tables : dict of DataFrame
        From `mp_bayes.checks.calibration_run.calibration`.
    study : Study
    """
    each = models(tables["calibration"]).fillna({"coding": "", "fault": ""})
    data = _curves(each, tables["curves"])
    panels = list(data.groupby(_PANEL, sort=False))
    columns = _COLUMNS if look().width > 5 else 2
    rows = -(-len(panels) // columns)
    band = tables["bands"]
    widest = band[band["ranks"].eq(band["ranks"].max())]
    widest = widest[widest["quantities"].eq(widest["quantities"].max())]
    passing = each[each["fault"].eq("")]["passes"]
    title = (
        f"{passing.sum()} of {len(passing)} models pass: the truth is anywhere among their draws "
        "equally often, as far as chance allows"
    )
    with style():
        figure = new_figure(
            title,
            "Ranks of the truth among draws: distribution function less the uniform one, of the "
            "quantity of each model that is worst.\nBand: holds all quantities of a calibrated "
            f"model together with 95% probability, at {int(band['ranks'].max())} data sets.",
            height=1.4 + 1.35 * rows + 0.5,
            source="Source: data simulated from the models, by mp_bayes",
            note="Simulators that are broken on purpose may have fewer data sets, and so a wider "
            "band of their own.",
        )
        grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True).ravel()
        for axes, (names, part) in zip(grid, panels, strict=False):
            x = np.r_[0, widest["point"], 1]
            lower, upper = (np.r_[0, widest[end], 0] for end in ("lower", "upper"))
            axes.fill_between(x, lower, upper, color=BAND, linewidth=0)
            axes.axhline(0, color=INK, linewidth=0.8)
            # A broken simulator has one name, and a line by each engine.
            for (label, _), line in part.groupby(["series", "model"], sort=False):
                colour, dashes = _LINES[str(label)]
                points, values = np.r_[0, line["point"], 1], np.r_[0, line["difference"], 0]
                axes.plot(
                    points, values, color=colour, linestyle=dashes, linewidth=1.2, label=label
                )
            words = [str(name) for name in names if name]
            panel_title(axes, f"{' '.join(words[:2])}\n{' '.join(words[2:])}")
            axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
            axes.set_xlabel("Rank")
        only_outer(grid, len(panels), columns)
        named = {
            label: handle
            for axes in figure.axes
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        handles = {label: named[label] for label in _LINES if label in named}
        legend_above(figure, list(handles.values()), list(handles), columns=3)
    message = calibration_answer(tables, study)[0]
    alt = (
        f"Line charts of rank distributions less the uniform, a panel for each kind of model "
        f"({len(panels)}) and a line for each shock prior. {message}"
    )
    yield Chart("calibration", title, figure, data, alt, message)


def _curves(each: pd.DataFrame, curves: pd.DataFrame) -> pd.DataFrame:
    """Return the worst quantity's curve of each model, long."""
    keys = ["model", "estimand", "year", "scale"]
    wide = each[[*keys, *_PANEL, "shock_prior", "engine", "fault", "truths"]].fillna("")
    wide = wide.merge(curves.fillna({"year": "", "scale": ""}), on=keys)
    heavy = wide["shock_prior"].str.endswith(HEAVY).map({True: HEAVY, False: ""})
    wide["series"] = wide["shock_prior"].where(wide["engine"].ne("nuts"), "sampler" + heavy)
    wide["series"] = wide["series"].where(wide["truths"].eq("priors"), "around own data")
    wide["series"] = wide["series"].where(wide["fault"].eq(""), "broken: " + wide["fault"])
    points = [name for name in curves.columns if name not in keys]
    long = wide.melt([*keys, *_PANEL, "series"], points, "point", "difference")
    long["point"] = long["point"].astype(float)
    return long.sort_values(["model", "point"], ignore_index=True, kind="stable")
