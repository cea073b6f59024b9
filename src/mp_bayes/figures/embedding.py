"""How quickly the practice became embedded, as far as the outcomes can say."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from mp_bayes.embedding import exponential
from mp_bayes.figures.chart import Chart
from mp_bayes.figures.look import across, look, points
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
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import CREDIBLE, listed, number
from mp_bayes.wording.selection import Tables, usable

YEARS = np.linspace(0.0, 5.0, 101)
#: Panels in a row.
_ACROSS = 3
_QUANTILES = [0.025, 0.5, 0.975]


def _curve(half_life: Floats) -> Floats:
    """Return lower, median and upper of g, dims (3, year)."""
    g = exponential(YEARS[:, None], half_life=half_life[None, :])
    return np.asarray(np.quantile(g, _QUANTILES, axis=1))


def embedding_curves(tables: Tables, folder: Path, study: Study, *, priors: Priors) -> Chart:
    """Draw prior and posterior embedding curves of every outcome, and what skill was measured.

    Parameters
    ----------
    tables : dict of DataFrame
        With `effects`, which says whether each fit is usable.
    folder : Path
        Results folder, with `posteriors/`.
    study : Study
    priors : Priors
        Those of the run.

    Returns
    -------
    Chart
        Share of full effect, 0 to 1, by years since onset.
    """
    names = [name for name in study.outcomes if has_posterior(folder, name, "embedding")]
    first = study.outcomes[names[0]]
    z = np.linspace(-3.5, 3.5, 1401)
    weights = np.exp(-(z**2) / 2)
    panels = len(names) + bool(study.skill)
    columns = across(max(panels, _ACROSS), _ACROSS, inches=1.5)
    rows_of_panels = -(-panels // columns)
    title = "How embedded the practice is, by years since the programme began"
    rows, half_lives = [], {}
    good = {
        name: usable(
            tables, name, evidence="cells", shock_prior="national", effect_structure="embedding"
        )
        for name in names
    }
    with style():
        figure = new_figure(
            title,
            "Share of the full effect (0 to 1) by years since the programme began. Median and "
            f"{CREDIBLE} of the exponential curve.\nDashed lines: prior. Solid line and band: "
            "posterior under the national shock prior.",
            height=0.6 + 2.8 * rows_of_panels,
            source=source_of(first),
            note=study.texts.get("skill", "") if study.skill else "",
        )
        grid = figure.subplots(rows_of_panels, columns, squeeze=False).ravel()
        for axes, name in zip(grid, names, strict=False):
            prior = priors.select(study.outcomes[name], shock="national")["half_life"]
            half_life = draws(folder, name, "embedding", ["half_life"])["half_life"]
            half_lives[name] = half_life
            # The prior's draws are its quantiles, repeated as often as they are likely.
            before = _curve(np.repeat(prior.quantile(z), np.round(20 * weights).astype(int)))
            after = _curve(half_life)
            _draw(axes, before, after)
            suffix = "" if good[name] else f"\n({UNUSABLE})"
            panel_title(axes, study.outcomes[name].short + suffix)
            for label, curve in (("prior", before), ("posterior", after)):
                rows.append(_rows(name, label, curve, good[name]))
        for axes in grid[len(names) : -1 if study.skill else None]:
            axes.remove()
        skill = pd.DataFrame(study.skill, columns=["step", "skill"])
        if study.skill:
            _draw_skill(grid[-1], skill)
    message = _message(half_lives, good, {name: study.outcomes[name].short for name in names})
    also = ", and measured practice skill" if study.skill else ""
    alt = (
        "Small charts of the share of the programme's full effect reached by years since it began, "
        f"prior and posterior, one for each outcome{also}. {message}"
    )
    parts = [*rows, *([skill.assign(series="practice skill")] if study.skill else [])]
    data = pd.concat(parts, ignore_index=True)
    return Chart("embedding_curves", title, figure, data, alt, message)


def _draw(axes: Axes, before: Floats, after: Floats) -> None:
    axes.fill_between(YEARS, after[0], after[2], color=BAND, alpha=0.6, linewidth=0)
    axes.plot(YEARS, before[1], color=COMPARISON, linestyle="--", linewidth=1.6)
    for end in (0, 2):
        axes.plot(YEARS, before[end], color=COMPARISON, linestyle="--", linewidth=0.9)
    axes.plot(YEARS, after[1], color=TREATED)
    axes.set(xlim=(0, 5), ylim=(0, 1.02), yticks=[0, 0.5, 1], xticks=range(6))
    axes.set_xlabel("Years")


def _rows(name: str, series: str, curve: Floats, good: bool) -> pd.DataFrame:
    parts = dict(zip(("lower", "median", "upper"), curve, strict=True))
    table = pd.DataFrame({"years_since_onset": YEARS, **parts})
    return table.iloc[::5].assign(outcome=name, series=series, usable=good)


def _draw_skill(axes: Axes, skill: pd.DataFrame) -> None:
    x = np.arange(len(skill))
    axes.plot(x, skill["skill"], "^", color=TREATED, ms=8)
    axes.vlines(x, 1, skill["skill"], color=TREATED, linewidth=1.2)
    for place, value in enumerate(skill["skill"]):
        axes.text(place, value + 0.4, f"{value:.2f}", ha="center", size=points(9.5))
    axes.set(xlim=(-0.5, len(skill) - 0.5), ylim=(1, 5), yticks=[1, 3, 5])
    axes.set_xticks(x, list(skill["step"]), rotation=90 if look().fitted else 0)
    panel_title(axes, "Practice skill (scale to 5)")


def _message(half_lives: dict[str, Floats], good: dict[str, bool], short: dict[str, str]) -> str:
    parts = []
    for name, values in half_lives.items():
        # A few hundred draws are kept: the tail of a few years is known to a year or so.
        lower, median, upper = (number(v, int(v < 2)) for v in np.quantile(values, _QUANTILES))
        text = f"{median} years ({lower} to {upper})"
        parts.append(f"{short[name].lower()} {text if good[name] else 'unusable'}")
    return f"Posterior median half-life, with {CREDIBLE}: {listed(parts)}."
