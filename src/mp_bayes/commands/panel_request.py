"""What a panel command is asked for: reading from the user's folder, writing results."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from mp_bayes.commands.kept_study import keep_study
from mp_bayes.errors import InputError
from mp_bayes.evidence.official.measures import (
    NEIGHBOURS,
    NEIGHBOURS_RELEASE,
    Measure,
    comparison_names,
    measure_of,
    official_name,
    treated_names,
)
from mp_bayes.evidence.official.read import read_measure
from mp_bayes.evidence.official.table import find_file
from mp_bayes.names import find
from mp_bayes.panel.effects import authority
from mp_bayes.priors import Priors, inputs, load_priors
from mp_bayes.storage import read_table, whole_results, write_manifest
from mp_bayes.studies.read import DEFAULT, read_study
from mp_bayes.studies.study import Setting, Study
from mp_bayes.wording.panel import panel_results

#: Fewer tell nothing of how authorities move; the statistics have some 150.
FEWEST_AUTHORITIES = 5


@dataclass(frozen=True)
class Request:
    """One call of a panel command.

    Attributes
    ----------
    study : Study
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
    about : str
        The authority that is asked about, as the statistics name it.
    kind : str
        Of results: the command's name.
    force : bool
        Whether to replace what else lies in `out`.
    """

    study: Study
    folder: Path
    measure: Measure
    years: slice
    out: Path
    command: str
    seed: int = 0
    prior_file: Path | None = None
    about: str = ""
    kind: str = ""
    force: bool = False

    @property
    def holds(self) -> str:
        """What the results are, which says which question they answer; see `whole_results`."""
        return panel_results(self.kind, self.measure.name, self.about)

    @property
    def setting(self) -> Setting:
        """Of the study's outcome to which the measure stands nearest."""
        return self.measure.outcomes[0].setting

    @property
    def treated(self) -> str:
        """The treated authority that is followed: the setting's first, or another asked about."""
        names = self._treated
        return self.about if self.about in names else names[0]

    @property
    def onset(self) -> float:
        """When its programme began."""
        return self.setting.onsets[self._treated.index(self.treated)]

    @property
    def _treated(self) -> list[str]:
        return [official_name(self.study, name) for name in self.setting.treated_boroughs]

    def of_treated(self) -> "Request":
        """Return the same of an authority that the study says was treated, as it is written."""
        what = f"treated authority of {self.study.name}"
        return replace(self, about=find(what, self.about, self._treated))

    def of_any(self) -> "Request":
        """Return the same of any authority, as the statistics write it."""
        if self.about in self.marked:
            return self
        data, _ = read_measure(self.folder, self.measure)
        return replace(self, about=authority(data, self.about))

    @property
    def others(self) -> list[str]:
        """Every other authority that the study says was treated."""
        return [name for name in treated_names(self.study) if name != self.treated]

    @property
    def reported(self) -> str:
        """The setting's comparison, if it is one."""
        names = self.setting.comparison_boroughs
        return official_name(self.study, names[0]) if len(names) == 1 else ""

    @property
    def marked(self) -> list[str]:
        """The authorities that figures name: treated ones, then comparisons."""
        return [*treated_names(self.study), *comparison_names(self.study)]

    @property
    def priors(self) -> Priors:
        """The study's priors, with the user's file before them."""
        return load_priors(self.study, self.prior_file)

    def read(self) -> tuple[xr.Dataset, pd.DataFrame]:
        """Read the measure in the years asked for, and what was left out; see `read_measure`."""
        data, left_out = read_measure(self.folder, self.measure)
        if data.sizes["authority"] < FEWEST_AUTHORITIES:
            raise InputError(
                f"{self.folder} has {data.sizes['authority']} authorities: national movements need "
                f"{FEWEST_AUTHORITIES} at least; download the file again"
            )
        known = [int(year) for year in data["year"]]
        for end in (self.years.start, self.years.stop):
            if end is not None and end not in known:
                raise InputError(f"--years: {self.measure.name} covers {known[0]} to {known[-1]}")
        kept = data.sel(year=self.years)
        return kept, left_out[left_out["year"].isin(kept["year"].to_numpy())]

    def results(self) -> AbstractContextManager[Path]:
        """Give a staging folder for the results; see `whole_results`."""
        return whole_results(self.out, self.holds, force=self.force)

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

        `neighbours` says that these were read too. `priors.toml` has the priors as used, or
        `prior`, a new one.
        """
        # Matplotlib is slow to import.
        from mp_bayes.figures.chart import save
        from mp_bayes.report.panel_page import panel_page

        sources = {
            source.pattern: source.release
            for source in (self.measure.source, self.measure.total_source)
        }
        if neighbours:
            sources[NEIGHBOURS] = NEIGHBOURS_RELEASE
        files = [find_file(self.folder, *source) for source in sources.items()]
        # The study says who was treated, and when.
        files += [*inputs(self.study), *([self.prior_file] if self.prior_file else [])]
        if priors:
            prior = self.priors.text(self.study.outcomes.values())
        for name, table in tables.items():
            table.to_csv(staging / f"{name}.csv", index=False, float_format="%.6g")
        for chart in charts:
            save(chart, staging / "figures")
        made = {"treated": self.about, "version": version("mp-bayes"), "command": self.command}
        written = {name: read_table(staging / f"{name}.csv") for name in tables}
        page = panel_page(self.kind, self.measure, written, self.study, **made)
        (staging / "panel.html").write_text(page, encoding="utf-8")
        keep_study(self.study, staging)
        if prior:
            (staging / "priors.toml").write_text(prior, encoding="utf-8")
        facts = {"command": self.command, "study": self.study.name, "seed": self.seed}
        write_manifest(staging, inputs=files, **facts)


def request(
    name: str,
    *,
    folder: Path,
    measure: str,
    command: str,
    study: str = DEFAULT,
    years: str | None = None,
    out: Path | None = None,
    seed: int = 0,
    prior_file: Path | None = None,
    about: str | None = None,
    force: bool = False,
) -> Request:
    """Check what was typed, and return it as a request.

    Parameters
    ----------
    name : str
        Of the results: they go to `results/panel/MEASURE/NAME` unless `out` is given.
    folder, command, seed, prior_file
        As for `Request`.
    study : str
        Its name or folder.
    measure : str
    years : str, optional
        FIRST:LAST; all years unless given.
    out : Path, optional
    about : str, optional
        The authority that is asked about, as the statistics name it; the study's unless given.
    force : bool

    Raises
    ------
    InputError
        If the measure, the years or the prior file is wrong.
    """
    evaluated = read_study(study)
    chosen = measure_of(evaluated, measure)
    load_priors(evaluated, prior_file)
    out = out or Path("results", "panel", chosen.name, name)
    about = about or official_name(evaluated, chosen.outcomes[0].setting.treated_boroughs[0])
    return Request(
        evaluated,
        folder,
        chosen,
        _span(years),
        out,
        command,
        seed,
        prior_file,
        about,
        name.partition("_")[0],
        force,
    )


def _span(text: str | None) -> slice:
    if text is None:
        return slice(None)
    first, _, last = text.partition(":")
    numbers = text.isascii() and first.isdigit() and last.isdigit()
    if not numbers or int(first) > int(last):
        raise InputError(f"--years: '{text}' is not a span of years such as 2013:2018")
    return slice(int(first), int(last))
