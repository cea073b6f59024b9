"""Tables of a search over designs."""

from typing import Any

import pandas as pd

from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.planning.authorities import kinds, published
from mp_bayes.planning.search import RESPECTS
from mp_bayes.report.plan_tables import share
from mp_bayes.studies.study import Outcome
from mp_bayes.wording.designs import closely, roll_out
from mp_bayes.wording.numbers import CREDIBLE, listed, number
from mp_bayes.wording.planning import MONTE_CARLO, Facts, measure, method_labels, target
from mp_bayes.wording.search import worlds
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table

_DESIGN = ["Treated", "Comparison", "Before", "After", "Roll-out"]
_FALSE_CLAIMS = (
    "Shares in percent. False claims: of the 95% equal-tailed interval where nothing happened."
)
_BESIDE = (
    "Calibrated: under the rule that makes 5% false claims, in percent. Bias, and coverage in "
    "percent: of the average effect, if the effect is the planned one, about. MDES: smallest "
    "effect at full dose that is found with {target} power. Bias and MDES: {unit}. By closed form, "
    "with digits as far as the error of the draws allows."
)
_NOT_SIMULATED = " Simulated are the best in some sense, and false claims of the first design."
_RESPECTS = {
    "treated_boroughs": "treated boroughs",
    "comparison_boroughs": "comparison boroughs",
    "years": "years in all",
    "post_years": "years after",
    "cost": "cost",
}


def _columns(designs: pd.DataFrame) -> list[str]:
    """Return what a table calls the parts of a design; no roll-out where all begin at once."""
    return _DESIGN if designs["stagger"].any() else _DESIGN[:-1]


def _design(row: dict[Any, Any], designs: pd.DataFrame) -> list[str]:
    counts = ("treated_boroughs", "comparison_boroughs", "pre_years", "post_years")
    return [*(f"{row[name]:.0f}" for name in counts), roll_out(row)][: len(_columns(designs))]


def _share(row: dict[Any, Any], name: str) -> str:
    return closely(row, name, times=100)


def _simulated(row: dict[Any, Any], name: str) -> str:
    if pd.notna(row[name]):
        return share(row[name], row[f"{name}_mcse"])
    # Of the first design alone size is simulated.
    failed = name == "simulated" and pd.notna(row["failed"])
    return "too many failed" if failed else "not simulated"


def frontier_table(tables: Tables, facts: Facts) -> Table:
    """Return the designs that no other betters, with what they are worth."""
    best = tables["frontier"]
    word = measure(facts).capitalize()
    costs, simulated = "cost" in best, "simulated" in best
    several = len(best) > 1
    # What tells the designs apart stands where it is seen without scrolling.
    columns = [*_columns(best), *(["Best in"] * several), *(["Cost"] * costs)]
    columns += [word, *([f"{word}, simulated"] * simulated)]
    columns += ["False claims", *(["False claims, simulated"] * simulated)]
    rows = []
    for row in best.to_dict("records"):
        cells = _design(row, best)
        cells += [row["best"]] * several
        cells += [f"{row['cost']:,.0f}"] if costs else []
        cells += [share(row["assurance"], row["assurance_error"])]
        if simulated:
            cells.append(_simulated(row, "simulated"))
        cells.append(share(row["size"], row["size_error"]))
        if simulated:
            cells.append(_simulated(row, "simulated_size"))
        rows.append(cells)
    return Table(
        f"Designs that reach {target(facts)} {measure(facts)} by closed form, and that no other "
        "betters"
        if best["reaches"].all()
        else f"The design that comes nearest to {target(facts)} {measure(facts)} by closed form",
        columns,
        rows,
        f"Boroughs, and years before and after the first onset. {_FALSE_CLAIMS} "
        f"{_read(best, facts)}" + _NOT_SIMULATED * simulated,
    )


def worth_table(tables: Tables, facts: Facts) -> Table:
    """Return what stands beside the power of the designs that no other betters."""
    best = tables["frontier"]
    columns = [*_columns(best), "Calibrated", "Bias", "Coverage", "MDES"]
    rows = []
    for row in best.to_dict("records"):
        cells = [*_design(row, best), _share(row, "calibrated"), closely(row, "bias", sign=True)]
        rows.append([*cells, _share(row, "coverage"), closely(row, "mdes")])
    note = _BESIDE.format(target=target(facts), unit=facts["unit"])
    return Table("What stands beside the power of these designs", columns, rows, note)


def _read(best: pd.DataFrame, facts: Facts) -> str:
    """Say what the closed form's and the simulation's columns are, and what betters a design."""
    text = "By closed form, in brackets the 95% interval of its draws."
    if not best["stagger"].any():
        text = f"All treated boroughs begin at once. {text}"
    if "simulated" in best:
        text += (
            f" Simulated: the share of {facts['replicates']:,} simulated evaluations, in brackets "
            f"its {MONTE_CARLO}; by chance, or where the closed form is off, it may lie below a "
            "target that the closed form reaches."
        )
    if best["reaches"].all():
        respects = [_RESPECTS[name] for name in (*RESPECTS, "cost") if name in best]
        text += (
            " No other betters: none that was tried and reaches the target has no more of "
            f"{listed(respects)}, and less of one."
        )
    return text


def brief_table(tables: Tables, facts: Facts) -> Table:
    """Return the same in a few columns, for a terminal."""
    whole = frontier_table(tables, facts)
    word = measure(facts).capitalize()
    names = {
        **{name: name for name in ("Treated", "Before", "After")},
        "Comparison": "Others",
        "Roll-out": "Roll-out",
        "Cost": "Cost",
        word: "Closed form",
        f"{word}, simulated": "Simulated",
        "False claims": "False claims",
    }
    places = [place for place, name in enumerate(whole.columns) if name in names]
    return Table(
        whole.caption,
        [names[whole.columns[place]] for place in places],
        [[row[place] for place in places] for row in whole.rows],
        f"Boroughs and years; {word.lower()} in percent. False claims: where nothing happened. "
        f"{_read(tables['frontier'], facts)}",
    )


def designs_table(tables: Tables, facts: Facts) -> Table:
    """Return every choice with the fewest treated boroughs that reach the target."""
    every = tables["designs"]
    rows = [
        [*_design(row, every), number(100 * row["assurance"]), "yes" if row["reaches"] else "no"]
        for row in every.to_dict("records")
    ]
    return Table(
        "Every choice that was tried, with the fewest treated boroughs",
        [*_columns(every), measure(facts).capitalize(), f"Reaches {target(facts)}"],
        rows,
        "Boroughs, and years before and after the first onset. Where the target is not reached: "
        "the largest number of treated boroughs that was tried. Percent, by closed form.",
    )


def curve_table(tables: Tables, facts: Facts) -> Table:
    """Return what the first design is worth year by year."""
    word = measure(facts).capitalize()
    rows = [
        [
            f"{row['post_years']:.0f}",
            _share(row, "assurance"),
            share(row["size"], row["size_error"]),
            _share(row, "calibrated"),
            closely(row, "bias", sign=True),
            _share(row, "coverage"),
            closely(row, "mdes"),
            number(row["average_effect"], sign=True),
        ]
        for row in tables["curve"].to_dict("records")
    ]
    return Table(
        "The first design, year by year",
        [
            "Years after",
            word,
            "False claims",
            "Calibrated",
            "Bias",
            "Coverage",
            "MDES",
            "Average effect",
        ],
        rows,
        f"{_FALSE_CLAIMS} {_BESIDE.format(target=target(facts), unit=facts['unit'])} Average "
        f"effect: the true one over the years so far, {facts['unit']}.",
    )


def looks_table(tables: Tables) -> Table:
    """Return what comes of claiming at the first look that allows it."""
    names = ("answered", "misled", "false_claims", "false_claims_once")
    rows = [
        [
            f"{row['post_years']:.0f}",
            *(share(row[name], row[f"{name}_error"]) for name in names),
        ]
        for row in tables["looks"].to_dict("records")
    ]
    return Table(
        "Looking every year, percent of evaluations",
        [
            "Years after",
            "Found by then",
            "Claimed the contrary by then",
            "False claims by then",
            "False claims, this look alone",
        ],
        rows,
        "The first claim counts. From evaluations drawn one by one, cells taken as Normal; "
        f"in brackets the {MONTE_CARLO}.",
    )


def sensitivity_table(tables: Tables, facts: Facts) -> Table:
    """Return what the first design is worth in other worlds."""
    table = tables["sensitivity"]
    rows = [
        [
            name,
            share(row["assurance"], row["assurance_error"]),
            share(row["size"], row["size_error"]),
        ]
        for name, row in zip(worlds(table), table.to_dict("records"), strict=True)
    ]
    return Table(
        "If the world is not as assumed",
        ["Assumption", measure(facts).capitalize(), "False claims"],
        rows,
        "SD and correlation of shocks at the 10th and 90th percentile of the national prior. The "
        "analysis stays as planned. Percent, in brackets the 95% interval of what is drawn: "
        "for the closed form, and with heavy tails evaluations one by one.",
    )


def cost_table(tables: Tables, facts: Facts) -> Table:
    """Return what the first design is worth under other analyses."""
    table = tables["prior_cost"]
    names = method_labels(table["method"])
    rows = [
        [
            names[row["method"]],
            _share(row, "assurance"),
            share(row["size"], row["size_error"]),
            _share(row, "calibrated"),
            closely(row, "bias", sign=True),
            _share(row, "coverage"),
        ]
        for row in table.to_dict("records")
    ]
    return Table(
        "The first design under other analyses",
        ["Analysis", measure(facts).capitalize(), "False claims", "Calibrated", "Bias", "Coverage"],
        rows,
        f"The plan's own analysis is the first, {facts['analysis_prior']}. Bias: {facts['unit']}. "
        "By closed form.",
    )


def kinds_table(outcome: Outcome) -> Table | None:
    """Return how much kinds of English authorities move, if that is known of the outcome."""
    table = kinds(outcome)
    if table.empty:
        return None
    rows = [
        [row["kind"], number(row["sd_shock"], 2), f"{row['lower']:.2f} to {row['upper']:.2f}"]
        for row in table.to_dict("records")
    ]
    return Table(
        "How much kinds of English authorities move from year to year",
        ["Authorities", "SD of shocks", CREDIBLE],
        rows,
        "By third of size, and by region; root mean square over a kind's authorities, "
        f"{'log-odds' if outcome.likelihood == 'binomial' else 'log-rate'}, from "
        f"{MEASURES[outcome.measure].label.lower()} ({MEASURES[outcome.measure].source.release}). "
        "Intervals of most kinds overlap.",
    )


def published_table() -> Table:
    """Return effects that evaluations have published."""
    table = published()
    names = ["programme", "design", "outcome", "estimate", "uncertainty", "source"]
    return Table(
        "Effects that evaluations of programmes for English children published",
        [name.capitalize() for name in names],
        [[str(row[name]) for name in names] for row in table.to_dict("records")],
        "A few that were read in the source named, to judge a planned effect by; no review. They "
        "are of different outcomes and baselines, and must not be averaged.",
    )
