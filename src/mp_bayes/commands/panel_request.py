"""What a panel command is asked for: reading from the user's folder, writing results."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import (
    NEIGHBOURS,
    NEIGHBOURS_RELEASE,
    REPORTED,
    Measure,
    get_measure,
)
from mp_bayes.evidence.official.read import find_file, read_measure
from mp_bayes.priors import load_priors
from mp_bayes.storage import (
    MANIFEST,
    packaged_inputs,
    purpose,
    read_manifest,
    write_manifest,
)
from mp_bayes.studies.study import OUTCOMES, Study


@dataclass(frozen=True)
class Request:
    """One call of a panel command.

    Attributes
    ----------
    folder : Path
        With the Department for Education's files.
    measure : Measure
    years : slice
        Of calendar years in which reporting years end, both included.
    out : Path
        Folder for the results.
    command : str
        As it was typed, for the manifest.
    seed : int
    prior_file : Path, optional
    """

    folder: Path
    measure: Measure
    years: slice
    out: Path
    command: str
    seed: int = 0
    prior_file: Path | None = None

    @property
    def study(self) -> Study:
        """The evaluation's study that the measure belongs to."""
        return OUTCOMES[self.measure.outcomes[0]].study

    @property
    def reported(self) -> str:
        """The report's one comparison in that study."""
        return REPORTED[self.study.name]

    def read(self) -> tuple[xr.Dataset, pd.DataFrame]:
        """Read the measure in the years asked for, and what was left out; see `read_measure`."""
        data, left_out = read_measure(self.folder, self.measure)
        known = [int(year) for year in data["year"]]
        for end in (self.years.start, self.years.stop):
            if end is not None and end not in known:
                raise InputError(f"--years: {self.measure.name} covers {known[0]} to {known[-1]}")
        kept = data.sel(year=self.years)
        return kept, left_out[left_out["year"].isin(kept["year"].to_numpy())]

    def write(
        self,
        staging: Path,
        tables: dict[str, pd.DataFrame],
        charts: Iterable[Any] = (),
        *,
        neighbours: bool = False,
        priors: bool = False,
        prior: str = "",
    ) -> None:
        """Write tables and charts, with what made them, to a staging folder of `whole_results`.

        `neighbours` and `priors` say that these were read too; a new prior goes to `priors.toml`.
        """
        from mp_bayes.figures.chart import save  # Matplotlib is slow to import

        sources = {
            source.pattern: source.release
            for source in (self.measure.source, self.measure.total_source)
        }
        if neighbours:
            sources[NEIGHBOURS] = NEIGHBOURS_RELEASE
        inputs = [find_file(self.folder, *source) for source in sources.items()]
        if priors:
            inputs += [*packaged_inputs(), *([self.prior_file] if self.prior_file else [])]
        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        for chart in charts:
            save(chart, staging / "figures")
        if prior:
            (staging / "priors.toml").write_text(prior, encoding="utf-8")
        write_manifest(staging, inputs=inputs, command=self.command, seed=self.seed)


def request(
    name: str,
    *,
    folder: Path,
    measure: str,
    command: str,
    years: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    prior_file: Path | None = None,
) -> Request:
    """Check what was typed, and return it as a request.

    Parameters
    ----------
    name : str
        Of the results: they go to `results/panel/MEASURE/NAME` unless `out` is given.
    folder, command, seed, prior_file
        As for `Request`.
    measure : str
    years : str, optional
        FIRST:LAST; all years unless given.
    out : Path, optional

    Raises
    ------
    InputError
        If the measure, the years or the prior file is wrong, or the folder holds the results of
        another command.
    """
    chosen = get_measure(measure)
    load_priors(prior_file)
    out = out or Path("results", "panel", chosen.name, name)
    _refuse_others(out, command)
    return Request(
        folder,
        chosen,
        _span(years),
        out,
        command,
        seed,
        prior_file,
    )


def _refuse_others(out: Path, command: str) -> None:
    """Refuse a folder with another command's results: writing there would replace them."""
    if (out / MANIFEST).exists():
        there = purpose(str(read_manifest(out).get("command", "")))
        if there != purpose(command):
            raise InputError(
                f"{out} holds results of `{there}`, which would be replaced: choose another folder "
                "with --out"
            )


def _span(text: str | None) -> slice:
    if text is None:
        return slice(None)
    first, _, last = text.partition(":")
    numbers = text.isascii() and first.isdigit() and last.isdigit()
    if not numbers or int(first) > int(last):
        raise InputError(f"--years: '{text}' is not a span of years such as 2013:2018")
    return slice(int(first), int(last))
