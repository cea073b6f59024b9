"""Figures of a search over designs: what reaches the target, and the first design's years."""

from collections.abc import Callable, Iterator

from matplotlib.ticker import MaxNLocator

from mp_bayes.figures.chart import Chart
from mp_bayes.figures.fitting import legend_above
from mp_bayes.figures.look import across, look
from mp_bayes.figures.style import INK, LINES, new_figure, panel_title, style
from mp_bayes.wording.designs import design, roll_out
from mp_bayes.wording.numbers import percent
from mp_bayes.wording.planning import Facts, measure, target, years
from mp_bayes.wording.search import SOURCE, best, fewest_tried
from mp_bayes.wording.selection import Tables


def search_charts(tables: Tables, facts: Facts) -> Iterator[Chart]:
    """Draw both figures; the first only where more than one choice reaches the target.

    Parameters
    ----------
    tables : dict of DataFrame
        `designs`, `frontier` and `curve`, from `mp_bayes.planning.found.answer`.
    facts : mapping
        outcome, unit, effect, effect_sd, baseline, target, treated_boroughs (those tried).
    """
    for _, draw in drawable(tables):
        yield draw(tables, facts)


def drawable(tables: Tables) -> list[tuple[str, Callable[[Tables, Facts], Chart]]]:
    """List the figures that the tables give: name, and what draws it."""
    several = tables["designs"]["reaches"].sum() > 1
    fewest = [("fewest_treated_boroughs", fewest_treated)] if several else []
    return [*fewest, ("power_by_years", over_years)]


def fewest_treated(tables: Tables, facts: Facts) -> Chart:
    """Draw the fewest treated boroughs that reach the target, by what else is chosen."""
    every = tables["designs"]
    data = every[every["reaches"]].sort_values("comparison_boroughs")
    # A panel for each number of pre-years and roll-out, the first row of which has its words.
    begin = [roll_out(row) for row in data.to_dict("records")]
    panels = [part for _, part in data.groupby([begin, "pre_years"])]
    first = best(tables)
    goal = f"{target(facts)} {measure(facts)}"
    fewest = f"{first['treated_boroughs']:.0f}"
    title = (
        f"{goal} is reached with {fewest} treated boroughs; fewer were not tried"
        if fewest_tried(first, facts)
        else f"Of the designs tried, {goal} needs {fewest} treated boroughs or more"
    )
    columns = across(len(panels), 3, inches=1.9)
    rows = -(-len(panels) // columns)
    with style():
        figure = new_figure(
            title,
            f"{facts['outcome'].label}: {facts['effect']}, from a baseline of "
            f"{facts['baseline']}.\nFewest treated boroughs that reach {target(facts)}, by closed "
            f"form.",
            height=2.2 + 2.8 * rows,
            note="No point: not reached within the bounds of the search.",
            source=SOURCE,
        )
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        lengths = sorted(data["post_years"].unique())
        for axes, part in zip(grid.flat, panels, strict=False):
            row = part.to_dict("records")[0]
            for (colour, marker, dashes), length in zip(LINES, lengths, strict=False):
                line = part[part["post_years"].eq(length)]
                axes.plot(
                    line["comparison_boroughs"],
                    line["treated_boroughs"],
                    color=colour,
                    marker=marker,
                    linestyle=dashes,
                    label=f"{years(length)} after",
                )
            begins = f", {roll_out(row)}" if data["stagger"].any() else ""
            panel_title(axes, f"{years(row['pre_years'])} before{begins}")
            axes.set_xlabel("Comparison boroughs")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        for axes in list(grid.flat)[len(panels) :]:
            axes.set_visible(False)
        # Room for the markers at the ends, where few points are.
        grid[0, 0].set_ylim(0, 1.1 * data["treated_boroughs"].max())
        grid[0, 0].set_xlim(0, 1.1 * max(1, data["comparison_boroughs"].max()))
        grid[0, 0].set_ylabel("Treated boroughs")
        legend_above(figure, *grid[0, 0].get_legend_handles_labels(), columns=3)
    message = f"The fewest are {design(first)}."
    alt = f"Line chart of the fewest treated boroughs by comparison boroughs. {title}. {message}"
    return Chart("fewest_treated_boroughs", title, figure, data, alt, message)


def over_years(tables: Tables, facts: Facts) -> Chart:
    """Draw the first design's power over its post-years, with false claims beneath it."""
    data, first = tables["curve"], best(tables)
    word = measure(facts)
    reached = data.loc[data["assurance"] >= facts["target"], "post_years"]
    when = f"in year {reached.iloc[0]}" if len(reached) else f"in none of {years(len(data))}"
    title = f"{word.capitalize()} of the first design reaches {target(facts)} {when}"
    with style():
        figure = new_figure(
            title,
            f"{design(first).capitalize()}.\nPercent of evaluations, by closed form.",
            height=4.6,
            source=SOURCE,
        )
        axes = figure.subplots()
        for (colour, marker, dashes), (name, label) in zip(
            LINES,
            {
                "assurance": f"{word.capitalize()}",
                "calibrated": f"{word.capitalize()}, rule calibrated to 5% false claims",
                "size": "False claims where nothing happened",
            }.items(),
            strict=False,
        ):
            axes.plot(
                data["post_years"],
                100 * data[name],
                color=colour,
                marker=marker,
                linestyle=dashes,
                label=label,
            )
        axes.axhline(100 * facts["target"], color=INK, linewidth=1.0, linestyle=(0, (6, 3)))
        axes.set_ylim(0, 102)
        axes.set_xlabel("Post-intervention years")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if look().fitted:
            legend_above(figure, *axes.get_legend_handles_labels(), columns=1)
        else:
            axes.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.3))
    last = data.iloc[-1]
    message = (
        f"After {years(last['post_years'])} {word} is {percent(last['assurance'])} and false "
        f"claims are {100 * last['size']:.1f}%. Dashed line: the target."
    )
    alt = f"Line chart of {word} by post-intervention years. {title}. {message}"
    kept = ["post_years", "assurance", "assurance_error", "calibrated", "size", "mdes"]
    return Chart("power_by_years", title, figure, data[kept], alt, message)
