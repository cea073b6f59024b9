"""The published difference-in-differences beside its recomputation and the posterior."""

import pandas as pd

from mp_bayes.figures.chart import Chart, Tables
from mp_bayes.figures.numbers import CONFIDENCE, CREDIBLE, listed, unit_of
from mp_bayes.figures.style import (
    COMPARISON,
    INK,
    TREATED,
    UNUSABLE,
    face,
    new_figure,
    panel_title,
    style,
)
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.study import Outcome, get_outcome

_SOURCES = {"published": "Published", "recomputed": "Recomputed", "posterior": "Posterior"}
_MODELS = {"linear": "linear", "logit": "logit", "quasi_poisson": "quasi-Poisson"}
_MARKERS = {"published": "D", "recomputed": "s", "posterior": "o"}


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Label and order the rows of one figure: published, recomputed, posterior."""
    table = table[table["source"].ne("posterior") | table["effect_structure"].eq("yearly")]
    parts = []
    for source in ("published", "recomputed"):
        part = table[table["source"].eq(source)]
        parts.append(part.assign(row=[f"{_SOURCES[source]}: {_MODELS[m]}" for m in part["method"]]))
    for evidence in ("cells", "coefficients"):
        for shock in SHOCK_PRIORS:
            part = table[table["method"].eq(evidence) & table["shock_prior"].eq(shock)]
            parts.append(part.assign(row=f"Posterior, {evidence}: {shock}"))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def published_against_posterior(tables: Tables, outcome: str, *, scale: str | None = None) -> Chart:
    """Draw every answer to the same question, one panel a year.

    Parameters
    ----------
    tables : dict of DataFrame
        With `comparison`.
    outcome : str
    scale : str, optional
        Percentage points for binary outcomes, the log-rate for counts unless given; `log_odds`
        shows the published logit.

    Returns
    -------
    Chart
    """
    what = get_outcome(outcome)
    default = "percentage_points" if what.likelihood == "binomial" else what.link_scale
    scale = scale or default
    table = tables["comparison"]
    shown = ["yearly_effect", "average_effect", "pre_post_contrast"]
    table = table[
        table["outcome"].eq(outcome) & table["scale"].eq(scale) & table["estimand"].isin(shown)
    ]
    data = _rows(table)
    labels = list(dict.fromkeys(data["row"]))
    unit = unit_of(scale, what)
    title = f"{what.label}: published and re-analysed effects by year"
    with style():
        figure = new_figure(
            title,
            f"Change in {what.study.treated} against {what.study.comparison}, {unit}; "
            f"below 0 is a reduction.\nPublished and recomputed: {CONFIDENCE}. "
            f"Posterior: mean and {CREDIBLE}, by evidence and shock prior.",
            height=2.4 + 0.29 * len(labels),
            note="All post-years: the published and recomputed pre/post contrast, and the "
            "posterior's average effect."
            + ("" if data["usable"].all() else f" Hollow points: {UNUSABLE}."),
        )
        panels = [*what.post_years, ""]
        grid = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
        for axes, year in zip(grid, panels, strict=True):
            here = data[data["year"].eq(year) & data["estimand"].eq("yearly_effect")]
            if not year:
                here = data[data["estimand"].ne("yearly_effect")]
            axes.axvline(0, color=INK, linewidth=1)
            for row in here.itertuples():
                y = labels.index(str(row.row))
                colour = TREATED if row.source == "posterior" else COMPARISON
                axes.plot([row.lower, row.upper], [y, y], color=colour, linewidth=1.8)
                axes.plot(
                    row.estimate,
                    y,
                    _MARKERS[str(row.source)],
                    color=colour,
                    mfc=face(colour, bool(row.usable)),
                    ms=6,
                )
            panel_title(axes, year or "All post-years")
            axes.grid(axis="x")
            axes.grid(visible=False, axis="y")
            axes.tick_params(axis="y", length=0)
            axes.set_xlabel(f"{unit[0].upper()}{unit[1:]}")
        grid[0].set_yticks(range(len(labels)), labels)
        grid[0].set_ylim(len(labels) - 0.5, -0.5)
    message = _message(data, what)
    alt = (
        f"Interval chart of {what.label.lower()}, in {unit}: published and recomputed "
        f"difference-in-differences and the posterior under each shock prior, by year. {message}"
    )
    name = f"published_against_posterior__{outcome}" + ("" if scale == default else f"__{scale}")
    columns = [
        "estimand",
        "year",
        "row",
        "scale",
        "estimate",
        "lower",
        "upper",
        "interval",
        "usable",
    ]
    return Chart(name, title, figure, data[columns], alt, message)


def _message(data: pd.DataFrame, what: Outcome) -> str:
    """Say in which years published and headline intervals leave 0 out."""
    yearly = data[data["estimand"].eq("yearly_effect")]
    published = yearly[yearly["source"].eq("published")]
    headline = yearly[yearly["row"].eq("Posterior, cells: national")]
    if not headline["usable"].all():
        return "The headline posterior is unusable: it did not converge."

    def years(rows: pd.DataFrame) -> str:
        out = rows.loc[(rows["lower"] > 0) | (rows["upper"] < 0), "year"].tolist()
        return listed(out) if out else "no year"

    return (
        f"The published 95% interval leaves out 0 in {years(published)}; that of the posterior "
        f"under the national shock prior in {years(headline)}, of {len(what.post_years)} years."
    )
