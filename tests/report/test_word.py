"""An author's document: a figure, a table, a paragraph and the citation, in Word's format."""

import html
import shutil
import subprocess
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from places import RESULTS

from mp_bayes.wording.quotable import citation


def office(place: Path, target: str, file: Path) -> Path:
    """Convert a file by LibreOffice, which must have a profile of its own."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed (no soffice): no document is made by it")
    done = subprocess.run(
        [
            *(program, "--headless", f"-env:UserInstallation={(place / 'profile').as_uri()}"),
            *("--convert-to", target, "--outdir", str(place), str(file)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return place / f"{file.stem}.{target.partition(':')[0]}"


def test_figure_table_paragraph_and_citation_stand_in_a_word_document(
    tmp_path: Path, mp_bayes
) -> None:
    name = "cin_rereferral_12m"
    status, _, complained = mp_bayes(
        *("figures", "--results", str(RESULTS), "--out", str(tmp_path / "figures")),
        *("--figure", "outcome_trends", "--outcome", name, "--width", "160mm"),
        *("--format", "png", "--dpi", "200", "--no-title"),
    )
    assert status == 0, complained
    images = list((tmp_path / "figures").glob("*.png"))
    assert len(images) == 1
    paragraph = next(
        part
        for part in (RESULTS / "quotable.txt").read_text("utf-8").split("\n\n")
        if "95%" in part
    )
    table = pd.read_csv(RESULTS / "tables" / f"effects__{name}.csv", dtype=str)
    from studied import STUDY

    cited = citation(STUDY, "0.1.0")
    document = tmp_path / "report.html"
    document.write_text(
        "<meta charset='utf-8'>"
        f"<p>{html.escape(paragraph)}</p><img src='{images[0].as_uri()}' width='600'>"
        f"{table.to_html(index=False)}<p>{html.escape(cited)}</p>",
        encoding="utf-8",
    )
    word = office(tmp_path, "docx:MS Word 2007 XML", document)
    with zipfile.ZipFile(word) as archive:
        text = archive.read("word/document.xml").decode()
        assert cited[:30] in html.unescape(text)
        assert "<w:tbl>" in text
    printed = office(tmp_path, "pdf", word)
    reader = shutil.which("pdftotext")
    if reader:
        done = subprocess.run([reader, printed, "-"], capture_output=True, text=True, check=True)
        told = " ".join(done.stdout.split())
        # The minus signs and the interval arrive as they were written.
        assert " ".join(paragraph.split())[:150] in told
        assert str(table.iloc[0, 1]) in told
