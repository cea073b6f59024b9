"""The page that a colleague reads: one self-contained HTML file, and its tables beside it."""

from mp_bayes.report.builder import build_report
from mp_bayes.report.tables_beside import write_tables

__all__ = ["build_report", "write_tables"]
