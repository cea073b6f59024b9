"""How much authorities of a kind, or those of an own table, move from year to year."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
import pandas as pd
from pydantic import ConfigDict, Field

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import MEASURES
from mp_bayes.inference.laplace.likelihoods import Floats
from mp_bayes.names import find
from mp_bayes.planning.hyperparameters import place
from mp_bayes.planning.swept import Swept
from mp_bayes.studies.study import Outcome
from mp_bayes.studies.tables import Row, read_rows

_KINDS = files("mp_bayes.planning") / "kinds.csv"
_PUBLISHED = files("mp_bayes.planning") / "published.csv"
# Fewer tell no shock from a level.
_FEWEST_BOROUGHS, _FEWEST_YEARS = 3, 4
_MOST_BOROUGHS, _MOST_YEARS = 200, 40


@dataclass(frozen=True)
class Known:
    """What is known of authorities: fields of a scenario, and a sentence for people."""

    fields: dict[str, float]
    sentence: str


class _Cell(Row):
    """A line of an own table; other columns are not looked at."""

    model_config = ConfigDict(extra="ignore")
    key: ClassVar[tuple[str, ...]] = ("outcome", "borough", "year")

    outcome: str | None = None
    borough: str
    year: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2})?$")]
    events: Annotated[int, Field(ge=0)]
    total: Annotated[int, Field(ge=1)]
    exposure: Annotated[float | None, Field(gt=0)] = None


def kinds(outcome: Outcome) -> pd.DataFrame:
    """Return how much kinds of English authorities move in an outcome's official measure.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    pandas.DataFrame
        Columns kind (third by size, or region), sd_shock (root mean square over its authorities,
        posterior median), lower, upper (95% equal-tailed), log-odds; divided by how much more the
        measure moves than the outcome. None where the outcome has no measure, or its model does not
        fit. From `mp-bayes panel fit`: `results/panel/MEASURE/fit/shocks.csv`.
    """
    with _KINDS.open(encoding="utf-8") as file:
        every = pd.read_csv(file)
    found = every[every["measure"].eq(outcome.measure)].drop(columns="measure")
    if len(found):
        least, most = MEASURES[outcome.measure].moves_more
        found[["sd_shock", "lower", "upper"]] /= np.sqrt(least * most)
    return found.reset_index(drop=True)


def of_kind(outcome: Outcome, name: str) -> Known:
    """Return what is known of a kind of authority, by its name in any case.

    Raises
    ------
    InputError
        If the outcome's measure has no such kind.
    """
    table = kinds(outcome)
    if table.empty:
        raise InputError(
            f"kind: no official measure of {outcome.name} is fitted by kind of authority"
        )
    chosen = find("kind of authority (--kind)", name, table["kind"])
    row = table[table["kind"].eq(chosen)].iloc[0]
    sd, unit = round(float(row["sd_shock"]), 3), outcome.link_scale.replace("_", "-")
    return Known(
        {"sd_shock": sd},
        f"{chosen}: authorities' shocks have an SD of {sd:.2f} {unit} (95% {row['lower']:.2f} "
        f"to {row['upper']:.2f}; {MEASURES[outcome.measure].label}).",
    )


def published() -> pd.DataFrame:
    """Return effects that evaluations of programmes for children have published.

    Returns
    -------
    pandas.DataFrame
        Columns programme, design, outcome, estimate, uncertainty, source, address. Only what was
        read in the source that is named; a short list, and no review of what there is.
    """
    with _PUBLISHED.open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False)


def of_table(path: Path, outcome: Outcome, priors: dict[str, Any]) -> Known:
    """Work out how much an own table's authorities move, with their size and level.

    Cells are taken as Normal on the link scale, levels and common years are free, and shocks
    follow an AR(1): the restricted likelihood, with the priors, on a grid.

    Parameters
    ----------
    path : Path
        CSV: borough, year, events, total, and for counts child-years as exposure; perhaps outcome,
        of which only the one that is asked for is read.
    outcome : Outcome
        Whose likelihood is taken.
    priors : dict
        From `Priors.select`.

    Raises
    ------
    InputError
        If the table is wrong, or too small or large.
    """
    events, total, exposure, left_out = _cells(path, outcome)
    binary = outcome.likelihood == "binomial"
    if binary:
        level = (events.sum(1) + 0.5) / (total.sum(1) + 1.0)
        link = np.log((events + 0.5) / (total - events + 0.5))
        sampling = 1.0 / (total * (level * (1 - level))[:, None])
    else:
        level = (events.sum(1) + 0.5) / exposure.sum(1)
        link = np.log((events + 0.5) / exposure)
        sampling = 1.0 / (exposure * level[:, None])
    boroughs, years = link.shape
    moves = link - link.mean(1, keepdims=True) - link.mean(0) + link.mean()
    nodes = place(
        priors,
        binary=binary,
        sampling=np.exp(np.log(sampling).mean(0)),
        truth=moves.T @ moves / (boroughs - 1),
        boroughs=float(boroughs),
    )
    log = nodes.log_prior.copy()
    for number in range(log.size):  # one by one: together they may not fit into memory
        swept = Swept(nodes.at(number).covariance(sampling)[0], np.ones(boroughs))
        squares = (link * swept.apply(link[..., None])[..., 0]).sum()
        log[number] -= 0.5 * (swept.log_determinant + squares)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    middle = float(weight @ np.log(nodes.sd_shock))
    spread = float(weight @ (np.log(nodes.sd_shock) - middle) ** 2) ** 0.5
    rho = float(weight @ nodes.rho)
    baseline = float(events.sum() / (total if binary else exposure).sum())
    fields = {
        "sd_shock": round(float(np.exp(middle)), 3),
        "rho": round(min(rho, 0.99), 3),
        "baseline": float(f"{baseline:.3g}"),
        "cell_size": float(total.mean().round()),
    }
    if not binary:
        fields["exposure"] = round(float(min(1.0, exposure.sum() / total.sum())), 3)
    low, high = np.exp(middle + 1.96 * spread * np.array([-1, 1]))
    lost = f", {left_out} left out since a year is missing" if left_out else ""
    return Known(
        fields,
        f"{boroughs} authorities of {path.name} over {years} years{lost}: shocks have an SD of "
        f"{fields['sd_shock']:.2f} {outcome.link_scale.replace('_', '-')} (95% about {low:.2f} to "
        f"{high:.2f}) and a correlation of "
        f"{rho:.2f} from year to year.",
    )


def _cells(path: Path, outcome: Outcome) -> tuple[Floats, Floats, Floats, int]:
    """Read a table, dims (borough, year); authorities that lack a year are left out."""
    rows = [row for _, row in read_rows(_Cell, path) if row.outcome in (None, outcome.name)]
    if not rows:
        raise InputError(f"{path.name}: has no rows of {outcome.name}")
    table = pd.DataFrame([row.model_dump() for row in rows])
    if outcome.likelihood == "binomial" and (table["events"] > table["total"]).any():
        row = table[table["events"] > table["total"]].iloc[0]
        raise InputError(
            f"{path.name}: {row['borough']}, {row['year']}: more events than the total"
        )
    if outcome.likelihood != "binomial" and table["exposure"].isna().any():
        row = table[table["exposure"].isna()].iloc[0]
        raise InputError(
            f"{path.name}: {row['borough']}, {row['year']}: a count needs its child-years, in the "
            "column exposure"
        )
    if outcome.likelihood == "binomial":
        table["exposure"] = table["total"]
    parts = {
        name: table.pivot_table(index="borough", columns="year", values=name, aggfunc="sum")
        for name in ("events", "total", "exposure")
    }
    known = parts["events"].notna().all(axis=1)
    left_out = int((~known).sum())
    boroughs, years = parts["events"][known].shape
    if boroughs < _FEWEST_BOROUGHS or years < _FEWEST_YEARS:
        raise InputError(
            f"{path.name}: {boroughs} authorities with all of {years} years; at least "
            f"{_FEWEST_BOROUGHS} and {_FEWEST_YEARS} years are needed"
        )
    if boroughs > _MOST_BOROUGHS or years > _MOST_YEARS:
        raise InputError(
            f"{path.name}: {boroughs} authorities over {years} years; at most {_MOST_BOROUGHS} and "
            f"{_MOST_YEARS} years are worked out"
        )
    events, total, exposure = (np.asarray(part[known], float) for part in parts.values())
    return events, total, exposure, left_out
