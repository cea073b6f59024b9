"""List the evidence tables with the model that describes a row of each."""

from typing import Final

from mp_bayes.audit import record_rows, rows

TABLES: Final[dict[str, type[rows.Row]]] = {
    model.table: model
    for model in (
        rows.Cell,
        rows.Coefficient,
        rows.AverageMarginalEffect,
        rows.ReportedTest,
        rows.SampleSize,
        rows.Indicator,
        rows.Covariate,
        record_rows.Cost,
        record_rows.Reach,
        record_rows.UnitCost,
        record_rows.SurveyAnswer,
        record_rows.Event,
        record_rows.Figure,
        record_rows.Statement,
    )
}
