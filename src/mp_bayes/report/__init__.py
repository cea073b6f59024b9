"""The page that a colleague reads: one self-contained HTML file."""

from mp_bayes.report.builder import build_report

__all__ = ["build_report"]
