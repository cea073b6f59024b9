"""The fast posterior against NUTS, on data sets of all kinds.

    uv run python simulations/fast_posterior_agreement.py [FOLDER] [compare | large]

Data sets are drawn from the models' own priors over the whole range of scenarios: 2 to 20 boroughs,
rare and common outcomes, small and large cells, all shock priors and effect structures. NUTS takes
minutes for the largest and hours in all; sampled summaries are kept one file a data set, named
after the data and priors, and the script goes on where it was. With `compare` it samples nothing
and compares what is there. With `large`, after a folder, it takes four data sets of 60 to 150
boroughs instead.
"""

import hashlib
import sys

import numpy as np
import pandas as pd
from _common import STUDY, WORKERS, folder, show, write

from mp_bayes.figures import Chart
from mp_bayes.figures.style import INK, LINES, new_figure, panel_title, style
from mp_bayes.inference.agreement import differences, sampled_effects
from mp_bayes.inference.laplace import effects_of, structure
from mp_bayes.inference.nuts import Sampling
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.simulate.draw import baseline_priors, synthesise
from mp_bayes.simulate.scenario import from_study
from mp_bayes.studies.study import EFFECTS
from mp_bayes.wording.numbers import percent

# The choices: kind of outcome, boroughs, pre-years, post-years, data sets.
SHAPES = (
    ("binary", 2, 3, 3, 36),
    ("count", 2, 2, 2, 27),
    ("binary", 6, 3, 5, 18),
    ("count", 6, 3, 5, 9),
    ("binary", 2, 2, 2, 18),
    ("binary", 3, 3, 4, 9),
    ("binary", 4, 3, 5, 9),
    ("binary", 20, 4, 8, 3),
)
LARGE = (
    ("binary", 60, 3, 3, 2),
    ("binary", 150, 3, 3, 1),
    ("count", 100, 3, 3, 1),
)
COUNTS = ("cla_placement_moves", "cla_residential_placements")
# Of each of four chains: of few boroughs, of more than ten, of more than fifty.
DRAWS, DRAWS_OF_MANY, DRAWS_OF_MOST = 6000, 2500, 1000
# What is asked for: differences of at most so much in 95% of the quantities.
ASKED = {"mean": 0.05, "sd": 0.03, "probability": 0.01, "minimum": 0.01, "end": 0.1}
MANY = "large" in sys.argv
OUT = folder(__file__.removesuffix(".py") + "_large" * MANY)


def data_sets():
    """Yield every data set with its labels, scenario and priors; the numbers never change."""
    number = 200 if MANY else 0
    for kind, boroughs, pre, post, count in LARGE if MANY else SHAPES:
        for j in range(count):
            number += 1
            rng = np.random.default_rng([77, number])
            place = number if MANY else j
            shock, effect = SHOCK_PRIORS[place % 3], EFFECTS[place // 3 % 3]
            binary = kind == "binary"
            baselines, sizes = ((0.02, 0.5), (100, 5000)) if binary else ((0.05, 1.2), (100, 1500))
            baseline = float(np.exp(rng.uniform(*np.log(baselines))))
            size = round(float(np.exp(rng.uniform(*np.log(sizes)))))
            scenario = from_study(
                STUDY,
                "cin_rereferral_12m" if binary else COUNTS[j % 2],
                comparison_boroughs=boroughs - 1,
                pre_years=pre,
                post_years=post,
                baseline=baseline,
                cell_size=size,
            )
            priors = baseline_priors(
                load_priors(STUDY).select(scenario.synthetic, shock=shock), scenario
            )
            drawn = synthesise(
                scenario, seed=5, replicates=[number], priors=priors, structure=effect
            )
            events, total = drawn.events, drawn.total
            rarest = (
                np.minimum(events, total - events) / scenario.design_effect if binary else events
            )
            shape = f"{kind}, {boroughs} boroughs x {pre + post} years"
            labels = {"data_set": number, "shape": shape, "shock": shock, "effect": effect}
            labels |= {"baseline": baseline, "cell_size": size, "smallest_cell": rarest.min()}
            yield labels, drawn, priors


def sampled(number, drawn, priors, effect):
    """Return NUTS' summaries of a data set, from its file if it has one; None if it may not run."""
    told = sorted(f"{name} {prior}" for name, prior in priors.items())
    known = repr((drawn.events.tolist(), drawn.total.tolist(), told))
    key = hashlib.sha256(known.encode()).hexdigest()[:12]
    file = OUT / "replicates" / f"{number:03d}_{key}.csv"
    if not file.exists() and "compare" not in sys.argv:
        others = drawn.scenario.comparison_boroughs
        draws = DRAWS_OF_MOST if others > 50 else DRAWS_OF_MANY if others > 10 else DRAWS
        sampling = Sampling(draws=draws, tune=1000)
        rows = sampled_effects(
            drawn.outcome,
            drawn.dataset(0),
            priors,
            effect=effect,
            seed=number,
            sampling=sampling,
            cores=WORKERS,
        )
        file.parent.mkdir(parents=True, exist_ok=True)
        rows.to_csv(file.with_suffix(".unfinished"), index=False)
        file.with_suffix(".unfinished").replace(file)
        print(f"{number}: fewest effective draws {rows['ess_bulk'].min():.0f}", flush=True)
    return pd.read_csv(file).fillna({"year": ""}) if file.exists() else None


def summary(group, rows):
    """Return the shares that agree as asked, of quantities and of data sets, and the largest gaps.

    A data set agrees if the worst of its quantities does.
    """
    result = {"group": group, "data_sets": rows["data_set"].nunique(), "quantities": len(rows)}
    for name, most in ASKED.items():
        away = rows[f"{name}_away"]
        worst = away.groupby(rows["data_set"]).max()
        result |= {
            f"{name}_within_{most:g}": (away <= most).mean(),
            f"{name}_sets_within_{most:g}": (worst <= most).mean(),
            f"{name}_largest": away.max(),
        }
    return result


if __name__ == "__main__":
    parts = []
    for labels, drawn, priors in data_sets():
        reference = sampled(labels["data_set"], drawn, priors, labels["effect"])
        if reference is not None:
            model = structure(drawn.outcome, priors, effect=labels["effect"])
            rows = differences(effects_of(drawn.dataset(0), model), reference)
            parts.append(pd.DataFrame([labels] * len(rows)).join(rows))
    table = pd.concat(parts, ignore_index=True)
    # Ratios repeat the log scale, and outcomes averted the response scale.
    repeats = table["scale"].isin(["odds_ratio", "rate_ratio", "count"])
    table = table[~repeats].assign(
        mean_away=table["mean_difference"].abs(),
        sd_away=(table["sd_ratio"] - 1).abs(),
        probability_away=table["probability_difference"].abs(),
        minimum_away=table["minimum_difference"].abs(),
        end_away=table[["lower_difference", "upper_difference"]].abs().max(axis=1),
    )
    good = table[table["converged"]]
    left_out = sorted(set(table["data_set"]) - set(good["data_set"]))
    print(f"left out, since NUTS did not converge: data sets {left_out}")
    vouched = good[good["vouched"]]
    bins = pd.cut(good["smallest_cell"], [-1, 2, 4, 8, 15, 40, np.inf])
    groups = [("all", good), ("vouched for", vouched), ("not vouched for", good[~good["vouched"]])]
    link_scales = vouched["scale"].isin(["log_odds", "log_rate"])
    vouched = vouched.assign(on=link_scales.map({True: "link", False: "response"}))
    for column in ("on", "shape", "shock", "effect"):
        groups += [(f"vouched for, {column} {key}", g) for key, g in vouched.groupby(column)]
    groups += [(f"smallest cell {key}", g) for key, g in good.groupby(bins, observed=True)]
    summaries = pd.DataFrame([summary(*group) for group in groups])
    show(summaries, "The fast posterior against NUTS")

    worst = good.groupby(["data_set", "vouched", "smallest_cell"], as_index=False)[
        ["mean_away", "sd_away"]
    ].max()
    by_group = summaries.set_index("group")
    of, link = by_group.loc["vouched for"], by_group.loc["vouched for, on link"]
    title = (
        "Where the fast posterior vouches for itself, all means are within 0.05 SD of NUTS in "
        f"{percent(of['mean_sets_within_0.05'])} of data sets, and all SDs within 3% in "
        f"{percent(of['sd_sets_within_0.03'])} ({percent(link['sd_sets_within_0.03'])} on the link "
        "scale)"
    )
    subtitle = (
        f"Largest difference in each of {worst['data_set'].nunique()} data sets, by its smallest "
        f"cell. NUTS' own error in a mean is {good['mean_error'].median():.3f} SDs (median)."
    )
    with style():
        figure = new_figure(
            title,
            subtitle,
            height=4.9,
            note="Smallest cell: events, or those that did not happen if fewer, over the design "
            "effect; 0 is drawn at 0.5. Dashed lines: 0.05 posterior SDs; 3%. A data set of which "
            "only the averages are vouched for has two points.",
            source="Source: simulation by mp_bayes",
        )
        panels = figure.subplots(1, 2)
        for axes, name, most, words in zip(
            panels,
            ("mean_away", "sd_away"),
            (ASKED["mean"], ASKED["sd"]),
            ("Difference in mean (posterior SDs)", "Ratio of SDs, away from 1"),
            strict=True,
        ):
            for (vouches, rows), (colour, marker, _) in zip(
                reversed(list(worst.groupby("vouched"))), LINES, strict=False
            ):
                label = "Vouched for" if vouches else "Not vouched for"
                axes.plot(
                    rows["smallest_cell"].clip(lower=0.5),
                    rows[name].clip(lower=1e-4),
                    color=colour,
                    marker=marker,
                    linestyle="",
                    ms=4,
                    label=label,
                )
            axes.axhline(most, color=INK, linewidth=1.0, linestyle=(0, (6, 3)))
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel("Smallest cell")
            panel_title(axes, words)
        panels[0].set_ylim(top=1.5)
        panels[1].set_ylim(top=3)
        panels[0].legend(frameon=False, loc="upper left", handletextpad=0.3)
    alt = f"Scatter plot. {subtitle} {title}."
    chart = Chart("agreement_by_smallest_cell", title, figure, worst, alt, title)
    table = table.drop(columns=[name for name in table if name.endswith("_away")])
    tables = {"agreement": table, "summary": summaries}
    # So few data sets make no figure.
    write(
        tables,
        [] if MANY else [chart],
        OUT,
        script=__file__,
        replicates=int(table["data_set"].nunique()),
    )
