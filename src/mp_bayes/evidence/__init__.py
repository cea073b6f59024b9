"""Published evidence with provenance: tables, their loader, and their audit."""

from mp_bayes.evidence.registry import TABLES
from mp_bayes.evidence.tables import load, load_rows

__all__ = ["TABLES", "load", "load_rows"]
