"""What models expect of every borough-year, before and after the data, and what was seen."""

from collections.abc import Iterator

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import look
from mp_bayes.figures.style import COMPARISON, LINES, new_figure, panel_title, style
from mp_bayes.studies.study import Study
from mp_bayes.wording.numbers import CREDIBLE, headed
from mp_bayes.wording.predictive_check import narrow, predictive_answer, unit
from mp_bayes.wording.selection import Tables, pick

# Share of the distance between two years that their boroughs take.
_WIDE = 0.5


def predictive_charts(tables: Tables, study: Study) -> Iterator[Chart]:
    """Draw the intervals of replicated data and the observed values, a panel an outcome.

    Parameters
    ----------
    tables : dict of DataFrame
        With `predictive`, from `mp_bayes.checks.predictive.predictive`.
    study : Study
    """
    data = pick(tables["predictive"], quantity="outcome")
    data = data[data["source"].ne("prior")]
    boroughs = list(dict.fromkeys(data["borough"]))
    # More have no colours of their own, and no room for their names.
    by_role = len(boroughs) > len(LINES)
    thin, thick, size = (0.3, 1.0, 2.0) if by_role else (0.9, 4.0, 5.0)
    columns = 2 if look().width > 5 else 1
    rows = -(-len(study.outcomes) // columns)
    after = data[data["source"].eq("posterior")]
    inside = after["observed"].between(after["lower"], after["upper"])
    title = (
        f"{inside.sum()} of {len(after)} borough-years lie where the fitted models expect them; "
        "before the data much more was possible"
    )
    with style():
        figure = new_figure(
            title,
            f"Points: observed. Thick bars: {CREDIBLE}s of data replicated after the fit; thin "
            f"bars: before the data, {narrow()}.",
            height=1.7 + 2.1 * rows,
            source=f"Source: {study.source}, re-analysed by mp_bayes",
            note="Headline models: totals, yearly effects, national shock prior. Bars that reach "
            "beyond a panel are cut off. Years: 12-13 is 2012-13.",
        )
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes, (name, outcome) in zip(grid, study.outcomes.items(), strict=False):
            own = pick(data, outcome=name)
            for place, borough in enumerate(boroughs):
                treated = borough in outcome.setting.treated_boroughs
                role = int(not treated) if by_role else place
                colour, marker, _ = LINES[role]
                label = ("treated", "comparison")[role] if by_role else borough
                offset = _WIDE * ((place + 0.5) / len(boroughs) - 0.5)
                for source, width in (("near", thin), ("posterior", thick)):
                    part = pick(own, borough=borough, source=source)
                    x = [outcome.years.index(str(year)) + offset for year in part["year"]]
                    axes.vlines(x, part["lower"], part["upper"], color=colour, linewidth=width)
                    if source == "posterior":
                        axes.plot(
                            x,
                            part["observed"],
                            marker,
                            color="white",
                            markeredgecolor=colour,
                            ms=size,
                            markeredgewidth=size / 5,
                            label=label,
                        )
            highest = pick(own, source="posterior")["upper"].max()
            axes.set_ylim(0, min(2.5 * highest, own["upper"].max() * 1.05))
            axes.set_xticks(range(len(outcome.years)), [year[2:] for year in outcome.years])
            axes.tick_params(axis="x", labelcolor=COMPARISON)
            panel_title(axes, f"{outcome.short or headed(outcome.label)},\n{unit(outcome)}")
        for axes in grid[len(study.outcomes) :]:
            axes.remove()
        handles, labels = figure.axes[0].get_legend_handles_labels()
        named = dict(zip(labels, handles, strict=True))
        legend_above(figure, list(named.values()), list(named), columns=2)
    message = " ".join(line.split(". ")[0] + "." for line in predictive_answer(tables, study)[:-1])
    alt = f"Interval charts by year and borough, a panel for each outcome. {title}. {message}"
    yield Chart("predictive", title, figure, data, alt, message)
