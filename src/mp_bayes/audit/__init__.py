"""Audit the published figures: re-derive, by rule, whatever they say twice."""

from mp_bayes.audit.run import RULES, run_audit, summarise

__all__ = ["RULES", "run_audit", "summarise"]
