"""Paragraphs to quote: each with its interval, what it assumes, and where it comes from."""

from collections.abc import Mapping

import pandas as pd

from mp_bayes.studies.study import Outcome, Study
from mp_bayes.wording.numbers import (
    CONFIDENCE,
    CREDIBLE,
    comparison_in,
    decimals_in,
    interval_in,
    listed,
    number,
    percent,
    treated_in,
    unit_of,
)
from mp_bayes.wording.reanalysis import directed, headline_row, overall_answer
from mp_bayes.wording.selection import REGRESSIONS, pick, regression_source

#: Of the version; there is no release yet.
_YEAR, _STATUS = 2026, "unreleased"


def quotes(
    effects: pd.DataFrame, comparison: pd.DataFrame, study: Study, version: str
) -> dict[str, str]:
    """Return a paragraph for each outcome by its name, and one for the whole under `all`.

    Parameters
    ----------
    effects, comparison : pandas.DataFrame
        Of a run; the latter may be empty.
    study : Study
    version : str
        Of mp_bayes.
    """
    outcomes = [one for one in study.outcomes.values() if (effects["outcome"] == one.name).any()]
    source = citation(study, version)
    found = {"all": f"{_whole(effects, outcomes)} {source}"}
    for outcome in outcomes:
        found[outcome.name] = f"{_one(effects, comparison, outcome, study)} {source}"
    return found


def text(paragraphs: Mapping[str, str], study: Study) -> str:
    """Return the same as a file: a heading, the paragraph, an empty line."""
    labels = {"all": "All outcomes"} | {name: one.label for name, one in study.outcomes.items()}
    return "\n".join(f"{labels[name]}\n{paragraph}\n" for name, paragraph in paragraphs.items())


def reference(version: str) -> str:
    """Return the software as a list of references has it; a test holds it to CITATION.cff."""
    title = "mp-bayes: Bayesian re-analysis of the Motivational Practice evaluation"
    return (
        f"The mp-bayes authors ({_YEAR}). {title} (version {version}, {_STATUS}) "
        "[Computer software]."
    )


def citation(study: Study, version: str) -> str:
    """Return the source, as it stands after a quotation."""
    data = f" of {study.report}" if study.report else ""
    return f"(Source: mp_bayes {version}, analysis{data}; data: {study.source}.)"


def _whole(effects: pd.DataFrame, outcomes: list[Outcome]) -> str:
    parts = []
    for outcome in outcomes:
        row = headline_row(effects, outcome)
        if row is not None and row["usable"]:
            middle = decimals_in(row.to_dict())[0]
            unit = unit_of(outcome.response_scale, outcome)
            parts.append(
                f"{outcome.label} {number(row['mean'], middle, sign=True)} {unit} "
                f"({interval_in(row.to_dict())}; probability of a reduction "
                f"{percent(row['prob_below_0'])})"
            )
    if not parts:
        return overall_answer(effects, outcomes)
    return (
        f"{overall_answer(effects, outcomes)} Average effects, with 95% equal-tailed posterior "
        f"intervals: {'; '.join(parts)}. {_assumes(outcomes)}"
    )


def _one(effects: pd.DataFrame, comparison: pd.DataFrame, outcome: Outcome, study: Study) -> str:
    row = headline_row(effects, outcome)
    if row is None or not row["usable"]:
        return f"{outcome.label}: no answer, since the headline analysis is not usable."
    middle, lower, upper = decimals_in(row.to_dict())
    unit = unit_of(outcome.response_scale, outcome)
    return (
        f"{outcome.label}: averaged over {row['year']}, the rate in "
        f"{treated_in(outcome.setting)} is estimated at "
        f"{directed(row['mean'], middle, unit)} than it would have been without {study.programme} "
        f"({CREDIBLE} of the posterior from {directed(row['lower'], lower)} to "
        f"{directed(row['upper'], upper)}; probability of a reduction "
        f"{percent(row['prob_below_0'])}). {_assumes([outcome])}{_regression(comparison, outcome)}"
    )


def _regression(comparison: pd.DataFrame, outcome: Outcome) -> str:
    """Say what a regression finds whose errors count cases alone."""
    if comparison.empty:
        return ""
    source = regression_source([outcome])
    wanted = {"estimand": "average_effect", "scale": outcome.response_scale, "source": source}
    rows = pick(comparison, outcome=outcome.name, **wanted)
    if rows.empty:
        return ""
    row = rows.iloc[0]
    middle = decimals_in(row.to_dict())[0]
    unit = unit_of(outcome.response_scale, outcome)
    word = REGRESSIONS[source].capitalize()
    return (
        f" {word} estimates, whose standard errors take boroughs not to move on their own, average "
        f"{number(row['estimate'], middle, sign=True)} {unit} ({CONFIDENCE} "
        f"{interval_in(row.to_dict())})."
    )


def _assumes(outcomes: list[Outcome]) -> str:
    """Name what the headline rests on; outcomes may have comparisons of their own."""
    pairs = [f"{treated_in(one.setting)} and {comparison_in(one.setting)}" for one in outcomes]
    alike = listed(list(dict.fromkeys(pairs)), last="as well as")
    return (
        "This assumes that boroughs move on their own from year to year as the national shock "
        f"prior has it, and that {alike} would otherwise have changed alike; the effect has a "
        "prior around 0."
    )
