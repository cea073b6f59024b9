"""A small study to be spoilt, and how it is then refused."""

import csv
import io
from pathlib import Path

import pytest

from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.studies.read import read_study

STUDY = """
title = "A trial"
programme = "the trial"
source = "own counts"
treated = { "Ash" = "2020-04" }
comparison = ["Birch", "Cedar"]

[outcomes.rereferral]
label = "Re-referral"
kind = "binary"
smallest_effect = 1.0
"""
YEARS = [f"{year}-{(year + 1) % 100:02d}" for year in range(2017, 2023)]
HEADER = ["outcome", "borough", "year", "events", "total", "exposure"]


def rows(**changes: str) -> list[list[str]]:
    """Return counts of the study, in which one cell (Birch, 2019-20) may be changed."""
    found = []
    for borough in ("Ash", "Birch", "Cedar"):
        for year in YEARS:
            row = dict(zip(HEADER, ["rereferral", borough, year, "20", "100", ""], strict=True))
            if (borough, year) == ("Birch", "2019-20"):
                row |= changes
            found.append([row[name] for name in HEADER])
    return found


def written(folder: Path, text: str, table: list[list[str]], header: list[str] = HEADER) -> Path:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([header, *table])
    (folder / "counts.csv").write_text(stream.getvalue(), encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as told:
        load_priors(read_study(folder))
    text = str(told.value)
    assert "\n" not in text
    assert len(text) < 400
    return text
