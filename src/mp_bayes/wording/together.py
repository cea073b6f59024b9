"""What all outcome-years say together, in words and in one table."""

from collections.abc import Mapping

import pandas as pd

from mp_bayes.reanalysis.decomposition import LAST, PUBLISHED, RECOMPUTED
from mp_bayes.reanalysis.opponents import SHOCK_AWARE
from mp_bayes.studies.study import Outcome, Setting
from mp_bayes.wording.numbers import CREDIBLE, comparison_in, listed, percent, treated_in, unit_of
from mp_bayes.wording.reanalysis import LEANS, excluding_zero
from mp_bayes.wording.selection import HEADLINE, REGRESSIONS, pick, regression_source
from mp_bayes.wording.table import Table, effect_cell, marked

#: By name.
type Outcomes = Mapping[str, Outcome]
#: What each step of the decomposition is, where its count of intervals is given.
_COUNTED = {
    PUBLISHED: "as published (logit or quasi-Poisson)",
    RECOMPUTED: "recomputed from the totals",
    "link": "with flat priors and no shocks",
    "baseline": "with all years before the onset as the baseline",
    "dosed": "with partly exposed years dosed",
    "shocks": "once boroughs may move on their own, each year's effect on its own",
    "pooled": "once the years' effects are pooled as well",
    LAST: "in the headline, whose mean effect has a prior around 0",
}


def single_years(table: pd.DataFrame, outcomes: Outcomes) -> pd.DataFrame:
    """Return the rows of single post-years, in the outcomes' order."""
    parts = [
        table[table["outcome"].eq(name) & table["year"].isin(outcome.post_years)]
        for name, outcome in outcomes.items()
    ]
    return pd.concat(parts)


def contrast_answer(decomposition: pd.DataFrame, outcomes: Outcomes) -> str:
    """Count the yearly effects that leave out 0 at each step from published to headline.

    Parameters
    ----------
    decomposition : pandas.DataFrame
        From `mp_bayes.reanalysis.decomposition.decompose`.
    """
    counts = _counts(decomposition, outcomes)
    if not counts:
        return ""
    said = [f"{out} of {total} {_COUNTED[name]}" for name, (out, total) in counts.items()]
    plain = (
        "The published standard errors"
        if PUBLISHED in counts
        else "Standard errors that count cases alone"
    )
    return (
        f"{plain} take boroughs not to move on their own from year to year. "
        f"Effects in single years whose 95% interval excludes zero: {listed(said)}."
    )


def standing_out(decomposition: pd.DataFrame, outcomes: Outcomes) -> str:
    """Say how many single years stand out before and after boroughs may move on their own.

    Parameters
    ----------
    decomposition : pandas.DataFrame
        As for `contrast_answer`.
    """
    counts = _counts(decomposition, outcomes)
    first = PUBLISHED if PUBLISHED in counts else RECOMPUTED
    if first not in counts or LAST not in counts:
        return ""
    (before, total), (after, of) = counts[first], counts[LAST]
    errors = "published standard errors" if first == PUBLISHED else "errors that count cases alone"
    here = f"{after or 'none'}{f' of {of}' if of != total else ''} {'do' if after > 1 else 'does'}"
    return (
        f"By {errors}, which take boroughs not to move on their own from year to year, the 95% "
        f"intervals of {before} of {total} effects in single years exclude zero; here {here}."
    )


def _counts(decomposition: pd.DataFrame, outcomes: Outcomes) -> dict[str, tuple[int, int]]:
    """Count single years that leave out 0, and usable ones in all, at each step."""
    rows = single_years(decomposition, outcomes)
    dosed = [name for name, outcome in outcomes.items() if outcome.reaches_past_onset.any()]
    counts = {}
    for name in _COUNTED:
        part = pick(rows, name=name)
        if name == "dosed":  # where no year is partly exposed, the step before it still holds
            whole = pick(rows, name="baseline")
            part = pd.concat([part, whole[~whole["outcome"].isin(dosed)]])
        if part["usable"].any():
            counts[name] = (excluding_zero(part), int(part["usable"].sum()))
    return counts


def together_answer(
    effects: pd.DataFrame, comparison: pd.DataFrame, outcomes: Outcomes
) -> list[str]:
    """Say what all single years of all outcomes tell together, and what they do not.

    Parameters
    ----------
    effects, comparison : pandas.DataFrame
        Of a run.
    """
    kinds = _kinds(effects, comparison, outcomes)
    head, source = kinds["headline"], regression_source(outcomes.values())
    word = REGRESSIONS[source]
    if head.empty:
        return ["No headline fit is usable."]
    total = len(head)
    counts = [
        f"{excluding_zero(rows)} of {len(rows)} {said}"
        for rows, said in (
            (kinds["regression"], f"{word} intervals"),
            (kinds["fair"], "intervals of the shock-aware difference-in-differences"),
            (head, "intervals of the headline"),
        )
        if len(rows)
    ]
    below = head["prob_below_0"]
    fewer, more = int((below >= LEANS).sum()), int((below <= 1 - LEANS).sum())
    expected = (
        " Were the published standard errors right and there were no effect at all, "
        f"{0.05 * len(kinds['regression']):.1f} of the published ones would be expected to exclude "
        "it."
        if source == "published"
        else ""
    )
    return [
        f"The study has {total} outcome-years. Zero is excluded by {listed(counts)}.{expected}",
        f"The headline's estimate is below 0 in {int((head['mean'] < 0).sum())} of {total}. The "
        f"probability of a reduction lies between {percent(below.min())} and "
        f"{percent(below.max())}; it is {percent(LEANS)} or more in {fewer}, and "
        f"{percent(1 - LEANS)} or less in {more}.",
        f"These are not {total} independent looks{_shared(outcomes)}. A year that is out of the "
        "ordinary in any borough, or in the reference year, shows in several of them. No average "
        "over outcomes is taken.",
    ]


def together_table(effects: pd.DataFrame, comparison: pd.DataFrame, outcomes: Outcomes) -> Table:
    """Return every outcome-year: published, shock-aware and headline."""
    kinds = _kinds(effects, comparison, outcomes, usable_only=False)
    lines = []
    for row in kinds["headline"].to_dict("records"):
        outcome = outcomes[row["outcome"]]
        cells = []
        for name in ("regression", "fair"):
            here = pick(kinds[name], outcome=outcome.name, year=row["year"]).to_dict("records")
            cells.append(effect_cell(here[0], value="estimate") if here else "not given")
        chance = marked(percent(row["prob_below_0"]), usable=bool(row["usable"]))
        label = f"{outcome.label}, {row['year']} ({unit_of(outcome.response_scale, outcome)})"
        lines.append([label, *cells, effect_cell(row), chance])
    word = REGRESSIONS[regression_source(outcomes.values())]
    return Table(
        f"All outcome-years: {word}, shock-aware and headline",
        [
            "Outcome, year (unit)",
            f"{word.capitalize()} (95% confidence interval)",
            "Shock-aware DiD (95% confidence interval)",
            f"Headline ({CREDIBLE})",
            "Probability of a reduction",
        ],
        lines,
        "Below 0 is a reduction. Changes of a regression per 100 child-years are log-rates at the "
        "treated boroughs' own rate.",
    )


def _kinds(
    effects: pd.DataFrame,
    comparison: pd.DataFrame,
    outcomes: Outcomes,
    *,
    usable_only: bool = True,
) -> dict[str, pd.DataFrame]:
    """Return the yearly effects on the response scale: published, fair, and of the headline."""
    chosen = {
        "regression": pick(comparison, source=regression_source(outcomes.values())),
        "fair": pick(comparison, source="fair", method=SHOCK_AWARE),
        "headline": pick(effects, **HEADLINE),
    }
    found = {}
    for name, table in chosen.items():
        rows = single_years(pick(table, estimand="yearly_effect"), outcomes)
        scales = pd.Series([outcomes[one].response_scale for one in rows["outcome"]], rows.index)
        rows = rows[rows["scale"].eq(scales)]
        found[name] = rows[rows["usable"].astype(bool)] if usable_only else rows
    return found


def _shared(outcomes: Outcomes) -> str:
    """Say which outcomes share their boroughs."""
    settings: dict[Setting, list[str]] = {}
    for outcome in outcomes.values():
        settings.setdefault(outcome.setting, []).append(outcome.label)
    said = [
        f"the {len(labels)} outcomes “{'”, “'.join(labels)}” share their boroughs "
        f"({treated_in(setting)} against {comparison_in(setting)})"
        for setting, labels in settings.items()
        if len(labels) > 1
    ]
    return f": {listed(said)}" if said else ", since they share their boroughs"
