"""What the data added to the priors."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across
from mp_bayes.figures.posteriors import Floats, draws, has_posterior
from mp_bayes.figures.style import (
    BAND,
    COMPARISON,
    TREATED,
    UNUSABLE,
    new_figure,
    panel_title,
    source_of,
    style,
)
from mp_bayes.priors import Priors
from mp_bayes.priors.distributions import Fixed
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.numbers import headed, listed, lowered, unit_of
from mp_bayes.wording.selection import Tables, usable

#: Parameter, effect structure it is read from, and its name for people.
_SHOWN = (
    ("mean_effect", "yearly", "Mean yearly effect"),
    ("sd_effect", "yearly", "SD of yearly effects"),
    ("sd_shock", "yearly", "SD of shocks"),
    ("rho", "yearly", "Correlation of shocks"),
    ("mean_effect", "embedding", "Effect at full dose"),
    ("half_life", "embedding", "Half-life of embedding"),
)
_BINS = 20
Z95 = 1.959964


def priors_against_posteriors(
    folder: Path, what: Outcome, *, priors: Priors, tables: Tables | None = None
) -> Chart:
    """Draw the priors and posteriors of the parameters that decide the answer.

    Parameters
    ----------
    folder : Path
        Results folder, with `posteriors/`.
    what : Outcome
    tables : dict of DataFrame, optional
        With `effects`, which says whether each fit is usable.
    priors : Priors
        Those of the run.

    Returns
    -------
    Chart
        Densities; parameters that the run holds fixed are left out.
    """
    chosen = priors.select(what, shock="national")
    shown = [
        row
        for row in _SHOWN
        if not isinstance(chosen[row[0]], Fixed) and has_posterior(folder, what.name, row[1])
    ]
    good = {
        effect: usable(
            tables, what.name, evidence="cells", shock_prior="national", effect_structure=effect
        )
        for effect in ("yearly", "embedding")
    }
    title = f"{what.label}: priors and posteriors"
    bad = [effect for effect, fine in good.items() if not fine]
    columns = across(len(_SHOWN), 3, inches=1.5)
    rows_of_panels = len(_SHOWN) // columns
    rows, shares = [], []
    with style():
        figure = new_figure(
            title,
            "Probability density, national shock prior, evidence: cells. "
            "Dashed line: prior. Filled: posterior.",
            height=1.2 + 2.0 * rows_of_panels,
            source=source_of(what),
            note=f"Fits with {listed(bad)} effects are {UNUSABLE}." if bad else "",
        )
        grid = figure.subplots(rows_of_panels, columns).ravel()
        for axes, (name, effect, label) in zip(grid, shown, strict=False):
            values = draws(folder, what.name, effect, [name])[name]
            table = _draw(axes, values, chosen[name])
            panel_title(axes, label if good[effect] else f"{label}\n(unusable)")
            axes.set_xlabel(_unit(name, what))
            rows.append(table.assign(parameter=name, effect_structure=effect, usable=good[effect]))
            shares.append((label, _narrowing(values, chosen[name])))
        for axes in grid[len(shown) :]:
            axes.remove()
    message = "Width of the posterior's 95% interval as a share of the prior's, to 10%: " + (
        listed([f"{lowered(label)} {round(share, 1):.0%}" for label, share in shares]) + "."
    ).replace("sD ", "SD ")
    if not shown:
        message = "Every parameter that would be shown is held at one value."
    alt = (
        f"Small charts of prior and posterior densities for {what.label.lower()}, one for each "
        f"parameter. {message}{' Some fits are unusable: they did not converge.' if bad else ''}"
    )
    name = f"priors_against_posteriors__{what.name}"
    data = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=["parameter"])
    return Chart(name, title, figure, data, alt, message)


def _unit(name: str, what: Outcome) -> str:
    known = {"rho": "Correlation, 0 to 1", "half_life": "Years"}
    unit = unit_of(what.link_scale, what)
    return known.get(name, headed(unit))


def _narrowing(values: Floats, prior: Any) -> float:
    """Return the posterior's 95% width over the prior's; 1 says that the data added nothing."""
    lower, upper = prior.quantile(np.array([-Z95, Z95]))
    return float((np.quantile(values, 0.975) - np.quantile(values, 0.025)) / (upper - lower))


def _draw(axes: Axes, values: Floats, prior: Any) -> pd.DataFrame:
    low, high = prior.quantile(np.array([-2.6, 2.6]))
    low, high = min(low, values.min()), max(high, np.quantile(values, 0.995))
    x = np.linspace(low, high, 121)
    edges = np.linspace(low, high, _BINS + 1)
    heights, _ = np.histogram(values, bins=edges)
    # Over all draws, so that what lies beyond the axis is not spread over it.
    density = heights / values.size / np.diff(edges)
    axes.stairs(density, edges, fill=True, facecolor=BAND, edgecolor="none")
    axes.stairs(density, edges, color=TREATED, linewidth=1.2)
    curve = prior.frozen().pdf(x)
    axes.plot(x, curve, color=COMPARISON, linestyle="--")
    # A prior with a spike must not flatten the posterior.
    top = min(max(density.max(), curve.max()), 3 * density.max())
    axes.set(xlim=(low, high), ylim=(0, 1.1 * top))
    axes.tick_params(axis="y", labelleft=False, length=0)
    axes.locator_params(axis="x", nbins=4)
    middle = (edges[1:] + edges[:-1]) / 2
    return pd.concat(
        [
            pd.DataFrame({"series": "prior", "value": x, "density": curve}),
            pd.DataFrame({"series": "posterior", "value": middle, "density": density}),
        ]
    )
