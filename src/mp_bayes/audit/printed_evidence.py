"""Gather every evidence table that the audit compares, read once."""

from dataclasses import dataclass
from pathlib import Path

from mp_bayes.audit import record_rows, rows
from mp_bayes.audit.tables import read_rows


@dataclass(frozen=True, slots=True)
class PrintedEvidence:
    """Hold the rows of all evidence tables; the attributes carry the tables' names."""

    cells: list[rows.Cell]
    coefficients: list[rows.Coefficient]
    average_marginal_effects: list[rows.AverageMarginalEffect]
    reported_tests: list[rows.ReportedTest]
    sample_sizes: list[rows.SampleSize]
    indicators: list[rows.Indicator]
    covariates: list[rows.Covariate]
    costs: list[record_rows.Cost]
    reach: list[record_rows.Reach]
    unit_costs: list[record_rows.UnitCost]
    survey: list[record_rows.SurveyAnswer]
    implementation: list[record_rows.Event]
    figures: list[record_rows.Figure]
    statements: list[record_rows.Statement]

    def coefficient(
        self, outcome: str, model: str, term: str, year: str | None
    ) -> rows.Coefficient | None:
        """Return one coefficient, or nothing where the report prints none."""
        wanted = (outcome, model, term, year)
        for row in self.coefficients:
            if (row.outcome, row.model, row.term, row.year) == wanted:
                return row
        return None


def read_evidence(folder: Path | None = None) -> PrintedEvidence:
    """Read every evidence table, from a folder or as published.

    Raises
    ------
    mp_bayes.errors.InputError
        If one of the tables cannot be read.
    """
    return PrintedEvidence(
        cells=read_rows(rows.Cell, folder),
        coefficients=read_rows(rows.Coefficient, folder),
        average_marginal_effects=read_rows(rows.AverageMarginalEffect, folder),
        reported_tests=read_rows(rows.ReportedTest, folder),
        sample_sizes=read_rows(rows.SampleSize, folder),
        indicators=read_rows(rows.Indicator, folder),
        covariates=read_rows(rows.Covariate, folder),
        costs=read_rows(record_rows.Cost, folder),
        reach=read_rows(record_rows.Reach, folder),
        unit_costs=read_rows(record_rows.UnitCost, folder),
        survey=read_rows(record_rows.SurveyAnswer, folder),
        implementation=read_rows(record_rows.Event, folder),
        figures=read_rows(record_rows.Figure, folder),
        statements=read_rows(record_rows.Statement, folder),
    )


def primary_model(outcome: str) -> str:
    """Return the regression that section 3.2 of the 2020 report has for an outcome."""
    return "linear" if outcome.startswith("cin_") else "quasi_poisson"
