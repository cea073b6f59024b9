"""Read a study: `study.toml`, its counts, and published estimates and priors where it has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mp_bayes.errors import InputError
from mp_bayes.names import find
from mp_bayes.studies import check
from mp_bayes.studies.files import (
    CoefficientRow,
    CountRow,
    OneOutcomeRow,
    OutcomeFile,
    SettingFile,
    StudyFile,
    decimal_year,
)
from mp_bayes.studies.study import Coefficient, Note, Outcome, Setting, Study, Timing
from mp_bayes.studies.tables import read_rows
from mp_bayes.studies.texts import read_prose, read_toml

#: The study that commands and scripts take unless another is given.
DEFAULT = "motivational_practice"
SHIPPED = Path(__file__).parent
FILE = "study.toml"
#: Interactions of treatment with one year, and with all post-years.
TERMS = ("treated_x_year", "treated_x_post")


def shipped() -> list[str]:
    """List the studies that come with the package."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{FILE}"))


def is_shipped(study: Study) -> bool:
    """Tell whether a study is one of those that come with the package."""
    return bool(study.files) and SHIPPED in study.files[0].resolve().parents


def find_study(where: str | Path = DEFAULT) -> Path:
    """Return the `study.toml` that a name, a folder or a file stands for.

    Raises
    ------
    InputError
        If there is none.
    """
    path = Path(where)
    if str(where) in shipped():
        if (path / FILE).is_file():
            raise InputError(f"{where} is a shipped study and a folder here: give ./{where}")
        return SHIPPED / str(where) / FILE
    file = path / FILE if path.is_dir() else path
    if file.is_file():
        return file
    more = f"or give a folder with a {FILE}; `mp-bayes new NAME` makes one"
    if path.exists():
        raise InputError(f"no study at {where}: one of {', '.join(shipped())}, {more}")
    return SHIPPED / find("study", str(where), shipped(), more=more) / FILE


def read_study(where: str | Path = DEFAULT) -> Study:
    """Read a study by the name of a shipped one, or from a folder or a file.

    Raises
    ------
    InputError
        If anything in its files is wrong; the message names file, line or field.
    """
    path = find_study(where)
    raw = read_toml(path, "study")
    described = _described(raw, path.name)
    files = [path]

    def beside(name: str) -> Path:
        # Results keep a copy of the study's folder: nothing may lie outside it.
        if Path(name).is_absolute() or ".." in Path(name).parts or "\0" in name:
            raise InputError(f"{path.name}: {name!r} must lie in the study's own folder")
        files.append(path.parent / name)
        return files[-1]

    rows = read_rows(CountRow, beside(described.counts))
    table = Path(described.counts).name
    file = described.coefficients
    found = read_rows(CoefficientRow, beside(file)) if file else []
    estimates = [(line, row) for line, row in found if row.term in TERMS]
    check.known_outcomes(described.outcomes, rows, estimates, table, described.coefficients or "")
    settings = _settings(described, rows, path.name, table)
    check.official(described.official_names, settings.values(), path.name)
    outcomes = {
        name: _outcome(name, one, settings, rows, estimates, path.name, table, described.source)
        for name, one in described.outcomes.items()
    }
    priors = (own, read_prose(beside(own), "prior file")) if (own := described.priors) else ("", "")
    check.notes(described.notes, outcomes, path.name)
    return Study(
        name=path.parent.resolve().name if path.name == FILE else path.stem,
        title=described.title,
        programme=described.programme,
        report=described.report or "",
        source=described.source,
        outcomes=outcomes,
        priors=priors,
        texts={name: text for name, text in described.texts.model_dump().items() if text},
        notes=tuple(
            Note(note.heading, note.text, tuple(note.changes.items())) for note in described.notes
        ),
        skill=tuple(described.skill.items()),
        official=described.official_names,
        caveats=described.caveats,
        files=tuple(files),
    )


def study_of_counts(
    path: Path,
    *,
    treated: list[str],
    onset: str,
    window: float = 0.0,
    year_starts: int | None = None,
) -> Study:
    """Make a study of one table of counts, for a first look; all other boroughs are compared.

    Parameters
    ----------
    path : Path
        CSV with the columns borough, year, events, and total or exposure; `outcome` if several.
    treated : list of str
    onset : str
        `2022-04`, of all treated boroughs; or one for each, with commas.
    window : float
        Years over which a binary outcome looks.
    year_starts : int, optional
        Month in which a year-bin begins: April if years are written 2019-20, January if 2019.

    Raises
    ------
    InputError
        As from `read_study`.
    """
    rows = read_rows(OneOutcomeRow, path)
    dates = onset.split(",")
    if len(dates) not in (1, len(treated)):
        raise InputError("--onset: give one month, or as many as there are treated boroughs")
    if not all(name.strip() for name in treated):
        raise InputError("--treated: a name is empty; give names with commas between")
    seen = dict.fromkeys(row.borough for _, row in rows)
    treated = [find("borough (--treated)", name, seen) for name in treated]
    check.unique(treated, "--treated")
    try:
        onsets = [decimal_year(date.strip()) for date in dates]
    except ValueError as error:
        raise InputError(f"--onset: {error}") from None
    began = dict(zip(treated, onsets * (len(treated) // len(onsets)), strict=True))
    made = SettingFile.model_construct(treated=began, year_starts=year_starts)
    setting = _setting("study", made, rows, "--treated:", path.name)
    outcomes = {}
    for name in dict.fromkeys(row.outcome for _, row in rows):
        own = [row for _, row in rows if row.outcome == name]
        kind = "count" if any(row.exposure is not None for row in own) else "binary"
        one = OutcomeFile.model_construct(
            label=name if name != "outcome" else path.stem,
            kind=kind,
            smallest_effect=1.0,
            window=0.0 if kind == "count" else window,
        )
        outcomes[name] = _outcome(
            name, one, {"study": setting}, rows, [], "--counts", path.name, path.name
        )
    return Study(path.stem, path.stem, "the programme", "", path.name, outcomes, files=(path,))


def _described(raw: dict[str, Any], name: str) -> StudyFile:
    """Check `study.toml` by itself; a single setting's fields may stand at its top."""
    raw = dict(raw)
    alone = {key: raw.pop(key) for key in list(raw) if key in SettingFile.model_fields}
    if alone and "settings" in raw:
        raise InputError(
            f"{name}: '{next(iter(alone))}' stands at the top, and there are [settings]: give "
            "each setting its own"
        )
    if alone:
        raw["settings"] = {"study": alone}
    try:
        described = StudyFile.model_validate(raw)
    except ValidationError as error:
        raise InputError(f"{name}: {check.said(error, alone=bool(alone))}") from None
    if not described.settings:
        example = 'treated = { "Ashford" = "2022-04" }'
        raise InputError(f"{name}: 'treated' is missing: give each its onset, as in {example}")
    return described


def _settings(
    described: StudyFile, rows: Sequence[tuple[int, CountRow]], name: str, table: str
) -> dict[str, Setting]:
    """Complete the settings by what the counts hold."""
    given = described.settings or {}
    for outcome, described_one in described.outcomes.items():
        if described_one.setting not in (None, *given):
            raise InputError(
                f"{name}: [outcomes.{outcome}] setting '{described_one.setting}' is unknown: "
                f"one of {', '.join(given)}"
            )
    if len(given) > 1:
        for outcome, one in described.outcomes.items():
            if one.setting is None:
                raise InputError(
                    f"{name}: [outcomes.{outcome}] needs a setting: one of {', '.join(given)}"
                )
    found = {}
    for key, setting in given.items():
        owners = {
            outcome for outcome, own in described.outcomes.items() if own.setting in (key, None)
        }
        own = [(line, row) for line, row in rows if row.outcome in owners]
        where = f"{name}: [settings.{key}] " if key != "study" else f"{name}: "
        found[key] = _setting(key, setting, own, where.rstrip(), table)
    return found


def _setting(
    key: str, one: SettingFile, rows: Sequence[tuple[int, CountRow]], where: str, table: str
) -> Setting:
    """Complete one setting, and check it against the counts."""
    seen = list(dict.fromkeys(row.borough for _, row in rows))
    check.alike((*seen, *one.treated, *(one.comparison or ())), table)
    comparison = one.comparison or [name for name in seen if name not in one.treated]
    check.boroughs(list(one.treated), comparison, seen, where, table)
    years = one.years or sorted({row.year for _, row in rows})
    check.years(years, len(one.treated) + len(comparison), where if one.years else table)
    month = one.year_starts or (1 if all(len(label) == 4 for label in years) else 4)
    setting = Setting(
        name=key,
        treated_boroughs=tuple(one.treated),
        comparison_boroughs=tuple(comparison),
        onsets=tuple(one.treated.values()),
        bin_start=(month - 1) / 12,
        years=tuple(years),
        reference_year="",
        scenarios=tuple(
            Timing(
                timing.name,
                timing.label,
                tuple(one.treated.values())
                if timing.treated is None
                else (timing.treated,) * len(one.treated),
                timing.comparison,
            )
            for timing in one.scenarios
        ),
        cost=one.cost,
    )
    return check.placed(setting, one.reference_year, where)


def _outcome(
    name: str,
    one: OutcomeFile,
    settings: dict[str, Setting],
    rows: Sequence[tuple[int, CountRow]],
    estimates: Sequence[tuple[int, CoefficientRow]],
    where: str,
    table: str,
    source: str,
) -> Outcome:
    """Join an outcome with its counts and estimates."""
    key = one.setting or next(iter(settings))
    setting = settings[key]
    own = [(line, row) for line, row in rows if row.outcome == name]
    known = one.kind == "count" and any(row.exposure is not None for _, row in own)
    counts = check.counts(name, own, setting, kind=one.kind, exposure=known, table=table)
    outcome = Outcome(
        name=name,
        label=one.label,
        setting=setting,
        likelihood="binomial" if one.kind == "binary" else "nb1",
        window=one.window,
        years=tuple(year for year in setting.years if any(c.year == year for c in counts)),
        minimum=one.smallest_effect,
        unit=one.unit,
        total_unit=one.total_unit,
        short=one.short or one.label,
        measure=one.shock_prior.partition(":")[2],
        source=source,
        values=tuple(one.values or ()) if setting.cost is not None else (),
        exposure_known=known,
        counts=counts,
        coefficients=tuple(
            Coefficient(row.model, row.term, row.year or "", row.estimate, row.se, row.p_value)
            for _, row in estimates
            if row.outcome == name
        ),
    )
    check.both_sides(outcome, where)
    return outcome
