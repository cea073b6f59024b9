"""The published difference-in-differences beside fairer opponents and the posterior."""

import textwrap

import pandas as pd

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across, row_height
from mp_bayes.figures.style import (
    COMPARISON,
    INK,
    OPPONENT,
    TREATED,
    UNUSABLE,
    interval_row,
    intervals_only,
    keyed,
    new_figure,
    only_outer,
    panel_title,
    source_of,
    style,
)
from mp_bayes.priors import SHOCK_PRIORS
from mp_bayes.reanalysis.opponents import DONALD_LANG, SHOCK_AWARE
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.fair import NAMES
from mp_bayes.wording.numbers import (
    CONFIDENCE,
    CREDIBLE,
    comparison_in,
    headed,
    listed,
    treated_in,
    unit_of,
)
from mp_bayes.wording.selection import REGRESSIONS, Tables, leaves_out_zero, pick, regression_source

_MODELS = {"linear": "linear", "logit": "logit", "quasi_poisson": "quasi-Poisson"}
_OPPONENTS = {SHOCK_AWARE: "Shock-aware DiD", DONALD_LANG: "Donald-Lang"}
_LOOKS = {
    "published": (COMPARISON, "D"),
    "recomputed": (COMPARISON, "s"),
    "fair": (OPPONENT, "^"),
    "posterior": (TREATED, "o"),
}
_SHOWN, _CONTRAST = ("yearly_effect", "average_effect"), "pre_post_contrast"
_HEADLINE = "Posterior, cells: national"


def _rows(table: pd.DataFrame, words: dict[str, str]) -> pd.DataFrame:
    """Label and order the rows of one figure: published, recomputed, fair, posterior."""
    parts = []
    for source in ("published", "recomputed"):
        for estimands, ending in ((_SHOWN, ""), ((_CONTRAST,), ", pre/post")):
            own = pick(table, source=source)
            own = own[own["estimand"].isin(estimands)]
            labels = [
                f"{words[source].capitalize()}: {_MODELS[one]}{ending}" for one in own["method"]
            ]
            parts.append(own.assign(row=labels))
    for method, label in _OPPONENTS.items():
        parts.append(pick(table, source="fair", method=method).assign(row=label))
    yearly = pick(table, source="posterior", effect_structure="yearly")
    for evidence in ("cells", "coefficients"):
        for shock in SHOCK_PRIORS:
            part = pick(yearly, method=evidence, shock_prior=shock)
            parts.append(part.assign(row=f"Posterior, {evidence}: {shock}"))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def published_against_posterior(
    tables: Tables, what: Outcome, *, scale: str | None = None
) -> Chart:
    """Draw every answer to the same question, one panel a year and one for their average.

    Parameters
    ----------
    tables : dict of DataFrame
        With `comparison`.
    what : Outcome
    scale : str, optional
        Percentage points, or events per 100 child-years, unless given; `log_odds` shows the
        published logit, `log_rate` the published quasi-Poisson's pre/post contrast too.

    Returns
    -------
    Chart
    """
    scale = scale or what.response_scale
    table = pick(tables["comparison"], outcome=what.name)
    table = table[table["estimand"].isin([*_SHOWN, _CONTRAST])]
    # Why a method has an estimate and no interval.
    unused = {
        str(reason): [NAMES[method] for method in rows["method"].unique()]
        for reason, rows in table[table["lower"].isna()].groupby("reason", sort=False)
    }
    first = regression_source([what])
    words = {"published": "published", "recomputed": "recomputed"}
    if first != "published":
        words = REGRESSIONS
    data = _rows(pick(table, scale=scale), words)
    labels = list(dict.fromkeys(data["row"]))
    unit = unit_of(scale, what)
    title = f"{what.label}: {words[first]} and posterior effects by year"
    good = bool(data["usable"].all())
    contrast = data["estimand"].eq(_CONTRAST)
    panels = [*what.post_years, ""]
    per_row = across(len(panels), len(panels), inches=1.4)
    rows_of_panels = -(-len(panels) // per_row)
    names, key = keyed(labels, stacked=rows_of_panels > 1)
    with style():
        figure = new_figure(
            title,
            f"Change in {treated_in(what.setting)} against {comparison_in(what.setting)}, {unit}; "
            f"below 0 is a reduction.\nRegressions and fairer opponents: {CONFIDENCE}. "
            f"Posterior: mean and {CREDIBLE}, by evidence and shock prior.",
            height=2.5 + 0.29 * len(labels)
            if rows_of_panels == 1
            else 2.0 + (0.4 + row_height() * len(labels)) * rows_of_panels,
            source=source_of(what),
            note=key + "Average: of the years shown, weighted by treated boroughs' totals. "
            "Shock-aware DiD: allows for borough-by-year shocks of national size. "
            "Donald-Lang: t test on borough-years."
            + (" Pre/post: the published contrast of years pooled." if contrast.any() else "")
            + "".join(f" {listed(names)}: {reason}." for reason, names in unused.items())
            + ("" if good else f" Hollow points: {UNUSABLE}."),
        )
        grid = figure.subplots(
            rows_of_panels, per_row, sharex=True, sharey=True, squeeze=False
        ).ravel()
        for axes, year in zip(grid, panels, strict=False):
            here = data[data["year"].eq(year) & data["estimand"].eq("yearly_effect")]
            if not year:
                here = data[data["estimand"].ne("yearly_effect")]
            axes.axvline(0, color=INK, linewidth=1)
            for row in here.itertuples():
                interval_row(axes, labels.index(str(row.row)), row, *_LOOKS[str(row.source)])
            panel_title(axes, year or "Average")
            intervals_only(axes)
            axes.set_xlabel(textwrap.fill(headed(unit), max(10, 66 // len(panels))))
        only_outer(grid, len(panels), per_row)
        grid[0].set_yticks(range(len(labels)), names)
        grid[0].set_ylim(len(labels) - 0.5, -0.5)
    message = _message(data, what)
    alt = (
        f"Interval chart of {what.label.lower()}, in {unit}: {words[first]} "
        "difference-in-differences, fairer opponents, and the posterior under each shock prior, by "
        f"year and on average. {message}"
    )
    name = f"published_against_posterior__{what.name}"
    columns = ["estimand", "year", "row", "scale", "estimate", "lower", "upper", "interval"]
    return Chart(
        name if scale == what.response_scale else f"{name}__{scale}",
        title,
        figure,
        data[[*columns, "usable"]],
        alt,
        message,
    )


def _message(data: pd.DataFrame, what: Outcome) -> str:
    """Say in which years published, shock-aware and headline intervals leave 0 out."""
    yearly = pick(data, estimand="yearly_effect")
    headline, first = pick(yearly, row=_HEADLINE), regression_source([what])
    if not headline["usable"].all():
        return "The headline posterior is unusable: it did not converge."

    def years(rows: pd.DataFrame) -> str:
        out = rows.loc[leaves_out_zero(rows), "year"].tolist()
        return listed(out) if out else "no year"

    return (
        f"The {REGRESSIONS[first]} 95% interval leaves out 0 in "
        f"{years(pick(yearly, source=first))}, "
        f"that of the shock-aware DiD in {years(pick(yearly, row=_OPPONENTS[SHOCK_AWARE]))}, and "
        f"that of the posterior under the national shock prior in {years(headline)}, of "
        f"{len(what.post_years)} years."
    )
