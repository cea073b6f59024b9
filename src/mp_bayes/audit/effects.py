"""Compare average marginal effects (AMEs) in the text with the regression tables."""

from collections.abc import Iterator
from itertools import groupby
from math import exp, inf

from mp_bayes.audit.comparison import Comparison, Published, compare
from mp_bayes.audit.labels import TREATED, comparison_borough
from mp_bayes.audit.printed_evidence import PrintedEvidence, primary_model
from mp_bayes.audit.rounded import Rounded, between, exact, printed
from mp_bayes.audit.rows import AverageMarginalEffect


def ame_from_coefficients(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare each linear AME with the year coefficient, plus the interaction if treated.

    In the linear model the comparison borough's change since the reference year is the year
    coefficient, and Islington's is that plus the interaction.
    """
    for ame in evidence.average_marginal_effects:
        year, interaction = _year_and_interaction(evidence, ame)
        if ame.unit != "pp" or year is None or interaction is None:
            continue
        change, source = year, f"the coefficient of {ame.year}"
        if ame.borough == TREATED:
            change, source = year + interaction, f"{source} plus the interaction"
        yield compare(
            "ame_from_coefficients",
            f"{ame.borough}'s change in {ame.year}, {ame.outcome}",
            Published(f"{ame.change} pp", printed(ame.change), ame.source),
            exact(100) * change,
            f"{source} ({_table(evidence, ame)})",
        )


def ame_difference_is_interaction(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare the difference of the two boroughs' AMEs with the interaction.

    Appendix 4 of the 2020 report says the difference "corresponds directly" to the interaction. In
    the linear models that is an equality; in the quasi-Poisson models, whose interaction is a log
    ratio, no more than the sign can correspond.
    """
    pairs: dict[tuple[str, str, str], AverageMarginalEffect] = {
        (a.outcome, a.borough, a.year): a for a in evidence.average_marginal_effects
    }
    for ame in evidence.average_marginal_effects:
        other = pairs.get((ame.outcome, comparison_borough(ame.outcome), ame.year))
        interaction = _year_and_interaction(evidence, ame)[1]
        if ame.borough != TREATED or other is None or interaction is None:
            continue
        difference = printed(ame.change) - printed(other.change)
        text = f"{ame.change - other.change:+f} {ame.unit}"
        linear = ame.unit == "pp"
        yield compare(
            "ame_difference_is_interaction" if linear else "ame_difference_has_sign_of_interaction",
            f"{TREATED} less {other.borough} in {ame.year}, {ame.outcome}",
            Published(text, difference, ame.source),
            exact(100) * interaction if linear else _same_sign(interaction),
            f"the interaction{'' if linear else f' {interaction.value:+.4f}'}"
            f" ({_table(evidence, ame)})",
            explanation=""
            if linear
            else "the difference and the ratio of the boroughs' changes point opposite ways",
        )


def reference_rate_from_ames(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare the reference-year rates that two count-model AMEs of one borough imply.

    With a log link a change is the reference rate times (ratio - 1), the ratio being the
    exponential of the coefficients. Every year of a borough must imply the same reference rate, and
    Islington's over the comparison borough's must be the exponential of its own coefficient.
    """
    implied = [
        (ame, rate)
        for ame in evidence.average_marginal_effects
        if (rate := _implied_rate(evidence, ame)) is not None
    ]
    firsts: dict[tuple[str, str], tuple[AverageMarginalEffect, Rounded]] = {}
    by_borough = sorted(implied, key=lambda pair: (pair[0].outcome, pair[0].borough))
    for key, group in groupby(by_borough, key=lambda pair: (pair[0].outcome, pair[0].borough)):
        firsts[key], *others = group
        for ame, rate in others:
            yield _compare_rates(ame, rate, firsts[key][0], firsts[key][1])
    for ame, rate in implied:
        borough = evidence.coefficient(ame.outcome, primary_model(ame.outcome), "treated", None)
        key = (ame.outcome, comparison_borough(ame.outcome))
        if ame.borough == TREATED and borough is not None and key in firsts:
            other, other_rate = firsts[key]
            yield _compare_rates(ame, rate, other, other_rate * _ratio(printed(borough.estimate)))


def _compare_rates(
    ame: AverageMarginalEffect, rate: Rounded, other: AverageMarginalEffect, other_rate: Rounded
) -> Comparison:
    return compare(
        "reference_rate_from_ames",
        f"{ame.borough}'s reference-year rate, {ame.outcome}",
        Published(f"{rate.value:.3f} {ame.unit} a year (from {ame.change})", rate, ame.source),
        other_rate,
        f"the AME {other.change} of {other.borough} in {other.year} ({other.source})",
    )


def _implied_rate(evidence: PrintedEvidence, ame: AverageMarginalEffect) -> Rounded | None:
    year, interaction = _year_and_interaction(evidence, ame)
    if ame.unit == "pp" or year is None or interaction is None:
        return None
    ratio = _ratio(year + interaction if ame.borough == TREATED else year)
    if ratio.low <= 1 <= ratio.high:
        return None
    return printed(ame.change) / (ratio - exact(1))


def _year_and_interaction(
    evidence: PrintedEvidence, ame: AverageMarginalEffect
) -> tuple[Rounded | None, Rounded | None]:
    model = primary_model(ame.outcome)
    rows = [
        evidence.coefficient(ame.outcome, model, term, ame.year)
        for term in ("year", "treated_x_year")
    ]
    year, interaction = (None if row is None else printed(row.estimate) for row in rows)
    return year, interaction


def _ratio(log_ratio: Rounded) -> Rounded:
    return Rounded(exp(log_ratio.value), exp(log_ratio.low), exp(log_ratio.high))


def _same_sign(number: Rounded) -> Rounded:
    if number.low > 0:
        return between(0.0, inf)
    return between(-inf, 0.0 if number.high < 0 else inf)


def _table(evidence: PrintedEvidence, ame: AverageMarginalEffect) -> str:
    row = evidence.coefficient(ame.outcome, primary_model(ame.outcome), "year", ame.year)
    return "no table" if row is None else row.source
