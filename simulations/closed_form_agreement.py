"""The closed form against simulation, on designs of all kinds.

    uv run python simulations/closed_form_agreement.py [FOLDER]

Designs are drawn over the whole range of scenarios: 2 to 50 boroughs, 3 to 15 years (150
borough-years at most), small cells and large, rare outcomes and common ones, little and much shock,
staggered and not. Effects are drawn so that most designs have a power between 5% and 95%. It takes
hours, and goes on where it was.
"""

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from _common import SEED, STUDY, WORKERS, folder, show, write

from mp_bayes.errors import InputError
from mp_bayes.figures import Chart
from mp_bayes.figures.style import INK, LINES, new_figure, style
from mp_bayes.planning.shocks import shock_contrast_sd
from mp_bayes.planning.worth import worth
from mp_bayes.priors import load_priors
from mp_bayes.simulate.methods import FLAT, Method
from mp_bayes.simulate.performance import performance
from mp_bayes.simulate.runner import FORMAT, Trial, run
from mp_bayes.simulate.scenario import changed, from_study, values
from mp_bayes.wording.numbers import percent

# The choices.
DESIGNS, REPLICATES = 200, 2000
# Every so many designs are simulated without an effect as well; so many designs at a time.
NULLS, BLOCK = 10, 10
OUTCOMES = ("cin_rereferral_12m", "cla_placement_moves", "cla_residential_placements")
# Analyses, with their shares of the designs.
METHODS = {
    Method("national", "embedding"): 0.55,
    Method("national", "constant"): 0.2,
    Method("within-study", "constant"): 0.05,
    Method("national", "embedding", FLAT): 0.2,
}
# Of each design, so that simulation ends.
MOST_CELLS = 150
# Where more fail, the others are no random part of them: fewer evaluations are simulated, and each
# that the fast posterior does not vouch for is drawn, which takes a second.
MOST_FAILED, FEWER = 0.02, 200
# What is asked for: differences in power of at most so much, Monte Carlo error aside, in 95%.
ASKED = 0.02
# What is compared: its name in `Worth`, and in `performance`.
MEASURES = {
    "power": "correct_claim_rate",
    "size": "size",
    "calibrated": "calibrated_power",
    "coverage": "coverage",
}
PRIORS = load_priors(STUDY)
OUT = folder(__file__)


def log_uniform(rng, low, high):
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def design(number):
    """Draw one scenario with its analysis; the same for every run."""
    rng = np.random.default_rng([88, number])
    method = rng.choice(list(METHODS), p=list(METHODS.values()))
    name = OUTCOMES[0] if rng.random() < 0.6 else str(rng.choice(OUTCOMES[1:]))
    binary = name == OUTCOMES[0]
    while True:
        treated = round(log_uniform(rng, 1, 20))
        pre, post = int(rng.integers(2, 6)), int(rng.integers(1, 11))
        fields = {
            "treated_boroughs": treated,
            "comparison_boroughs": round(log_uniform(rng, 1, 40)),
            "pre_years": pre,
            "post_years": post,
            "cell_size": round(log_uniform(rng, 100, 5000)),
            "baseline": round(log_uniform(rng, *((0.02, 0.5) if binary else (0.05, 1.2))), 3),
            "sd_shock": round(log_uniform(rng, 0.05, 0.5), 3),
            "rho": round(float(rng.uniform(0, 0.9)), 2),
            "half_life": float(rng.choice([0.0, 0.5, 1.0, 2.0, 4.0])),
            "design_effect": float(rng.choice([1.0, 1.5])) if binary else 1.0,
            "contamination": float(rng.choice([0.0, 0.0, 0.25])),
            "size_spread": float(rng.choice([0.0, 0.0, 0.4])),
            "sd_log_shock": float(rng.choice([0.0, 0.0, 0.3])),
            "sd_drift": float(rng.choice([0.0, 0.0, 0.03])),
            "effect_scale": "ratio",
            "effect": 0.9,
        }
        if treated > 1 and rng.random() < 0.3:
            fields["wave"] = int(rng.integers(1, 5))
            fields["stagger"] = round(min(1.0, (post - 1) / (treated - 1)), 3)
        if (treated + fields["comparison_boroughs"]) * (pre + post) > MOST_CELLS:
            continue
        try:
            scenario = from_study(STUDY, name, **fields)
        except InputError:
            continue
        break
    # From an effect that is hardly ever found to one that is nearly always found; roughly, since
    # designs may not depend on what is put to the test.
    counted = fields["cell_size"] * fields["baseline"] * min(pre, post)
    slope = 100 * scenario.baseline * (1 - scenario.baseline * scenario.binary)
    shock = shock_contrast_sd(scenario, post) / slope
    error = np.sqrt(shock**2 + (1 / treated + 1 / fields["comparison_boroughs"]) / counted)
    size = float(np.clip(rng.uniform(2, 7) * error, 0.05, 1.2))
    scenario = changed(scenario, effect=round(float(np.exp(-size)), 3))
    return scenario, method


def simulated(designs):
    """Simulate all designs; and with fewer evaluations, drawn too, where too many failed."""
    found = simulations(designs, REPLICATES, sampled=None)
    lost = found.loc[found["failed"] > MOST_FAILED, "failed"].sort_values().index
    whole = simulations({name: designs[name] for name in lost}, FEWER, sampled=0)
    return pd.concat([found.drop(index=whole.index), whole])


def simulations(designs, replicates, sampled):
    """Simulate the designs that no earlier run has, a block at a time; return all of them.

    What was found is kept in one table beside the results, by the hash of all it depends on.
    """
    file = OUT.parent / f"{OUT.name}_simulated.csv"
    known = pd.read_csv(file) if file.exists() else pd.DataFrame(columns=["key"])
    run_by = (FORMAT, PRIORS, SEED, replicates, *([] if sampled is None else [sampled]))
    keys = {
        name: hashlib.sha256(repr((*run_by, *of)).encode()).hexdigest()[:16]
        for name, of in designs.items()
    }
    waiting = [name for name in designs if keys[name] not in set(known["key"])]
    for first in range(0, len(waiting), BLOCK):
        block = waiting[first : first + BLOCK]
        trials, nulls = [], {}
        for name in block:
            scenario, method = designs[name]
            how = ((method,), (scenario.post_years,), replicates, sampled)
            trials.append(Trial(name, scenario, *how))
            if sampled is None and list(designs).index(name) % NULLS == 0:
                nulls[name] = f"{name}, no effect"
                trials.append(Trial(nulls[name], changed(scenario, effect=1.0), *how))
        with TemporaryDirectory() as folder:
            rows = run(trials, PRIORS, seed=SEED, folder=Path(folder), workers=WORKERS)
        rows = rows[rows["estimand"].eq("average_effect") & rows["scale"].str.startswith("log")]
        found = performance(rows, nulls=nulls, side=-1)
        found = found[found["trial"].isin(block)].assign(key=found["trial"].map(keys))
        columns = [f"{one}{end}" for one in MEASURES.values() for end in ("", "_mcse")]
        found = found.reindex(columns=["key", *columns, "failed"]).assign(replicates=replicates)
        known = pd.concat([known, found], ignore_index=True)
        file.parent.mkdir(parents=True, exist_ok=True)
        known.to_csv(file, index=False, float_format="%.5g")
        print(f"{len(designs) - len(waiting) + first + len(block)} designs", flush=True)
    names = {key: name for name, key in keys.items()}
    known = known[known["key"].isin(names)]
    return known.set_index(known["key"].map(names))


def agreement():
    """Return a row a design: power and size by simulation and by closed form."""
    designs = {f"design {number}": design(number) for number in range(DESIGNS)}
    found = simulated(designs)
    table = []
    # What differs between designs.
    every = pd.DataFrame([values(scenario) for scenario, _ in designs.values()])
    drawn = [name for name in every if name != "outcome" and every[name].ne(every[name][0]).any()]
    for name, (scenario, method) in designs.items():
        said, seen = worth(scenario, method, PRIORS), found.loc[name]
        row = {
            "design": name,
            "outcome": scenario.outcome.name,
            "method": method.name,
            **{name: value for name, value in values(scenario).items() if name in drawn},
            "failed": seen["failed"],
            "replicates": seen["replicates"],
            "caution": said.caution,
        }
        for one, measure in MEASURES.items():
            row |= {
                one: getattr(said, one),
                f"{one}_simulated": seen[measure],
                f"{one}_mcse": seen[f"{measure}_mcse"],
            }
        table.append(row)
    return pd.DataFrame(table)


def away(table, name):
    """Return by how much the closed form is off beyond 1.96 Monte Carlo errors; at least 0."""
    error = (table[name] - table[f"{name}_simulated"]).abs() - 1.96 * table[f"{name}_mcse"]
    return error.clip(lower=0)


def summary(table):
    """Return a row a group: the share of designs within what was asked, and the largest gap."""
    rows = []
    plain = table["caution"].eq("")
    kinds = {"all": table["failed"] >= 0, "no caution": plain, "caution": ~plain}
    kinds["drawn too, fewer evaluations"] = table["replicates"].eq(FEWER)
    kinds["no caution, binary"] = plain & table["outcome"].eq(OUTCOMES[0])
    kinds["no caution, counts"] = plain & table["outcome"].ne(OUTCOMES[0])
    for group, chosen in kinds.items():
        part = table[chosen & (table["failed"] <= MOST_FAILED)]
        row = {"group": group, "designs": len(part)}
        for name in MEASURES:
            gap = away(part, name)[part[f"{name}_simulated"].notna()]
            row[f"{name}_within_2_points"] = (gap <= ASKED).mean()
            row[f"{name}_largest"] = gap.max()
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    table = agreement()
    result = summary(table)
    show(result, "Closed form against simulation")
    groups = result.set_index("group")
    plain, every = groups.loc["no caution"], groups.loc["all"]
    title = (
        f"Power by closed form is within 2 points of simulation in "
        f"{percent(every['power_within_2_points'])} of designs, Monte Carlo error aside"
    )
    left = len(table) - int(every["designs"])
    subtitle = (
        f"{len(table)} designs drawn at random, {REPLICATES:,} simulated evaluations of each, or "
        f"{FEWER} where rare events need draws of their own; {left} of which too many evaluations "
        "fail are drawn and not counted; "
        f"largest gap beyond 1.96 Monte Carlo errors, where no caution is given: "
        f"{100 * plain['power_largest']:.1f} points"
    )
    with style():
        figure = new_figure(title, subtitle, height=5.2, source="Source: simulation by mp_bayes")
        axes = figure.subplots()
        for (given, part), (colour, marker, _) in zip(
            table.assign(given=table["caution"].ne("")).groupby("given"), LINES, strict=False
        ):
            label = "Caution given" if given else "No caution"
            at = 100 * part[["power_simulated", "power"]]
            axes.plot(*at.to_numpy().T, color=colour, marker=marker, ls="", ms=4, label=label)
        axes.plot([0, 100], [0, 100], color=INK, linewidth=1)
        axes.set_xlabel("Power by simulation, %")
        axes.set_ylabel("Power by closed form, %")
        axes.legend(frameon=False)
    alt = f"Scatter plot of power by closed form against power by simulation. {subtitle} {title}."
    chart = Chart("closed_form_agreement", title, figure, table, alt, title)
    tables = {"agreement": table, "summary": result}
    write(tables, [chart], OUT, script=__file__, replicates=REPLICATES)
