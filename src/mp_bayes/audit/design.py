"""Compare dates, spans of years and numbers of categories that are stated more than once."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from mp_bayes.audit.comparison import Comparison, Published, compare
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.record_rows import Event
from mp_bayes.audit.rounded import exact


def repeated_dates(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare every two dates given for one event, as precisely as the vaguer one was stated.

    The onset decides which years count as treated, so two dates for it are two analyses.
    """
    events: dict[str, list[Event]] = defaultdict(list)
    for event in evidence.implementation:
        events[event.event].append(event)
    for name, dates in events.items():
        for first, other in combinations(dates, 2):
            agrees = first.date.startswith(other.date) or other.date.startswith(first.date)
            verb = "fits" if agrees else "does not fit"
            yield Comparison(
                rule="repeated_dates",
                subject=f"{name}: {other.description}",
                published=other.date,
                published_source=other.source,
                rederived=first.date,
                rederived_source=first.source,
                agrees=agrees,
                tolerance="the same as far as both are stated",
                detail=f"{other.date} ({other.description}) {verb} {first.date} "
                f"({first.description}).",
            )


def post_years_from_span(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare the stated number of post-intervention years with the stated span and the cells."""
    for indicator in evidence.indicators:
        published = Published(
            f"{indicator.post_years} years", exact(indicator.post_years), indicator.source
        )
        yield compare(
            "post_years_from_span",
            f"post-intervention years, {indicator.outcome}",
            published,
            exact(indicator.last_year - indicator.first_year),
            f"the span {indicator.first_year}-{indicator.last_year} ({indicator.source})",
        )
        cells = [c for c in evidence.cells if c.outcome == indicator.outcome]
        years = {c.year for c in cells if int(c.year[:4]) >= indicator.first_year}
        yield compare(
            "post_years_from_span",
            f"post-intervention years, {indicator.outcome}",
            published,
            exact(len(years)),
            f"the year-bins from {indicator.first_year} on "
            f"({', '.join(sorted({c.source for c in cells}))})",
        )


def categories_from_terms(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare the stated number of categories with the regression terms plus the reference.

    A regression that includes a factor prints one term fewer than the factor has categories.
    """
    models: dict[tuple[str, str], list[str]] = defaultdict(list)
    sources: dict[tuple[str, str], str] = {}
    for row in evidence.coefficients:
        if row.term != "treated_x_post":
            models[row.outcome, row.model].append(row.term)
            sources[row.outcome, row.model] = row.source
    for covariate in evidence.covariates:
        for (outcome, model), terms in models.items():
            if covariate.categories is None or not outcome.startswith(f"{covariate.study}_"):
                continue
            found = sum(term.startswith(covariate.term_prefix) for term in terms)
            yield compare(
                "categories_from_terms",
                f"{covariate.covariate}, {outcome}, {model}",
                Published(
                    f"{covariate.categories} categories",
                    exact(covariate.categories),
                    covariate.source,
                ),
                exact(found + 1),
                f"{found} terms and the reference ({sources[outcome, model]})",
            )
