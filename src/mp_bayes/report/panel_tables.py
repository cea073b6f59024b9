"""Tables of the national panel, as pages show them."""

import pandas as pd

from mp_bayes.evidence.official.measures import Measure
from mp_bayes.panel.national import size_fits
from mp_bayes.wording import panel as wording
from mp_bayes.wording import shocks
from mp_bayes.wording.numbers import CREDIBLE, interval, listed, number, percent
from mp_bayes.wording.selection import Tables
from mp_bayes.wording.table import Table, marked

_NEAREST = 10


def shocks_table(fits: dict[Measure, Tables]) -> Table:
    """Return the SD and correlation of shocks by measure."""
    rows = [
        [
            measure.label,
            listed([outcome.label for outcome in measure.outcomes]),
            *(
                marked(
                    shocks.shock_estimate(tables["shocks"], parameter),
                    usable=bool(tables["shocks"]["usable"].all() and size_fits(tables["check"])),
                )
                for parameter in ("sd_shock", "tau_shock", "rho")
            ),
        ]
        for measure, tables in fits.items()
    ]
    columns = [
        "Measure",
        "Stands for",
        "SD of shocks, median authority, log-odds",
        "SD of authorities' log SDs",
        "Correlation of successive years",
    ]
    return Table(
        "How much authorities move without this programme",
        columns,
        rows,
        f"Posterior medians with {CREDIBLE}s. The national shock prior is for an authority not yet "
        "seen, and wider still, because a measure is not the outcome that it stands for; where it "
        "is known to move more, the prior's centre is lower. No prior is made of a measure whose "
        "model does not fit.",
        source="; ".join(dict.fromkeys(measure.source.release for measure in fits)),
    )


def claims_table(claims: pd.DataFrame, effect: int, measure: Measure) -> Table:
    """Return what methods claim of authorities without the programme."""
    written = wording.placebo_table(claims, effect=effect)
    what = f"a fall of {-effect} percentage points planted" if effect else "nothing planted"
    note = (
        "All years, with the real onset, unless said; in brackets the 95% interval of the share as "
        "if authorities were independent. Bias in percentage points."
    )
    caption = f"{measure.label}: authorities without the programme, {what}"
    planted = f"fall_of_{-effect}" if effect else "nothing"
    return Table(
        caption,
        list(written.columns),
        written.to_numpy().tolist(),
        note,
        name=f"panel_placebo__{measure.name}__{planted}",
        source=measure.source.release,
    )


def candidates_table(table: pd.DataFrame, measure: Measure, treated: str) -> Table:
    """Return the authorities whose trends are nearest."""
    rows = [
        [
            row["authority"],
            f"{number(row['distance'], 2)} ({interval(row['lower'], row['upper'], 2)})",
            percent(row["farther_than_first"]) if place else "it is the first",
            "no" if pd.isna(row["neighbour"]) else f"number {row['neighbour']:.0f}",
            {"True": "yes", "False": "no"}.get(str(row["same_region"]), "unknown"),
            number(row["size"], 1),
        ]
        for place, row in enumerate(table.head(_NEAREST).to_dict("records"))
    ]
    return Table(
        f"{measure.label}: {len(rows)} of {len(table)} authorities, those whose trends are "
        f"estimated nearest to {treated}'s",
        [
            "Authority",
            f"Distance, log-odds ({CREDIBLE})",
            "Probability of lying farther than the first",
            "Statistical neighbour",
            "Same region",
            f"Size, {treated} = 1",
        ],
        rows,
        "In the order of the estimate, which is not a ranking where the probability lies below "
        "97.5%.",
        name=f"panel_candidates__{measure.name}",
        source=measure.source.release,
    )
