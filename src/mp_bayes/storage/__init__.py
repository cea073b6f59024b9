"""Reading what others made, and writing results whole or not at all."""

from mp_bayes.storage.files import read_table, read_tables, write_whole
from mp_bayes.storage.manifest import (
    MANIFEST,
    other_manifests,
    read_manifest,
    write_manifest,
)
from mp_bayes.storage.moving import digest
from mp_bayes.storage.posteriors import save_posterior, thin
from mp_bayes.storage.reading import read_bytes, read_text
from mp_bayes.storage.results import whole_results
from mp_bayes.storage.signals import uninterrupted

__all__ = [
    "MANIFEST",
    "digest",
    "other_manifests",
    "read_bytes",
    "read_manifest",
    "read_table",
    "read_tables",
    "read_text",
    "save_posterior",
    "thin",
    "uninterrupted",
    "whole_results",
    "write_manifest",
    "write_whole",
]
