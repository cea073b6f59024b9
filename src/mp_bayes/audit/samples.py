"""Compare stated sample sizes with the sums of the cells, and with one another."""

from collections.abc import Iterator
from math import inf

from mp_bayes.audit.comparison import Comparison, Published, compare
from mp_bayes.audit.printed_evidence import PrintedEvidence
from mp_bayes.audit.rounded import between, exact
from mp_bayes.audit.rows import Cell, SampleSize


def sample_from_cells(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare stated referrals and regression observations with the sum of the cells.

    A regression's observations are the referrals (or child-years) of the descriptive table.
    """
    for sample in evidence.sample_sizes:
        if sample.unit in {"referrals", "observations"}:
            cells = _cells_of(evidence, sample)
            found = sum(c.total for c in cells)
            yield compare(
                "sample_from_cells",
                f"{_borough(sample)} total {sample.unit}, {sample.outcome}, {_span(cells)}",
                _published(sample),
                exact(found),
                f"the sum of {len(cells)} cells ({_sources(cells)})",
                explanation=f"a difference of {found - sample.number:+,d}",
            )


def sample_parts(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Compare the two boroughs' stated referrals with the stated observations of the same outcome.

    The 2020 report states the whole in the notes to its regressions and the parts in section 2.2.
    """
    parts = [s for s in evidence.sample_sizes if s.unit == "referrals"]
    for whole in evidence.sample_sizes:
        own = [s for s in parts if s.outcome == whole.outcome]
        if whole.unit == "observations" and own:
            yield compare(
                "sample_parts",
                f"observations, {whole.outcome}",
                _published(whole),
                exact(sum(s.number for s in own)),
                f"{' + '.join(str(s.number) for s in own)} ({own[0].source})",
            )


def cases_between_bounds(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Check that the distinct cases are no fewer than in any year and no more than in all.

    A child appears once a year at most, so distinct children lie between the two.
    """
    for sample in evidence.sample_sizes:
        if sample.unit == "cases":
            cells = _cells_of(evidence, sample)
            if not cells:
                continue
            totals = [c.total for c in cells]
            yield compare(
                "cases_between_bounds",
                f"{_borough(sample)} distinct cases, {_span(cells)}",
                _published(sample),
                between(max(totals), sum(totals)),
                f"the largest year and the sum of the years ({_sources(cells)})",
            )


def placements_between_bounds(evidence: PrintedEvidence) -> Iterator[Comparison]:
    """Check that placements are no fewer than the moves and no more than moves plus cases.

    A move is any placement after the first, so each case adds one placement at most.
    """
    cases = {(s.outcome, s.borough): s for s in evidence.sample_sizes if s.unit == "cases"}
    for sample in evidence.sample_sizes:
        if sample.unit == "placements":
            cells = _cells_of(evidence, sample)
            moves = sum(c.events for c in cells)
            children = cases.get((sample.outcome, sample.borough))
            most = inf if children is None else moves + children.number
            yield compare(
                "placements_between_bounds",
                f"{_borough(sample)} placements, {_span(cells)}",
                _published(sample),
                between(moves, most),
                f"the moves, and the moves plus one first placement a case ({_sources(cells)})",
            )


def _cells_of(evidence: PrintedEvidence, sample: SampleSize) -> list[Cell]:
    return [
        cell
        for cell in evidence.cells
        if cell.outcome == sample.outcome and sample.borough in {None, cell.borough}
    ]


def _published(sample: SampleSize) -> Published:
    return Published(str(sample.number), exact(sample.number), sample.source)


def _borough(sample: SampleSize) -> str:
    return sample.borough or "Both boroughs'"


def _span(cells: list[Cell]) -> str:
    years = sorted(cell.year for cell in cells)
    return f"{years[0]} to {years[-1]}" if years else "no years"


def _sources(cells: list[Cell]) -> str:
    return ", ".join(sorted({cell.source for cell in cells}))
