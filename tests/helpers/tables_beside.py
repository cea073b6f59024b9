"""What lies beside a page must be what it shows."""

import html
import json
import re
from pathlib import Path

import pandas as pd


def captions_in(page: str) -> list[str]:
    """Return the captions of a page's tables, in its order, from its HTML alone."""
    found = re.findall(r"<caption>(.*?)</caption>", page, re.DOTALL)
    assert len(found) == len(re.findall(r"<table\b", page))
    return [html.unescape(re.sub("<.*?>", "", caption)).strip() for caption in found]


def check_tables_beside(folder: Path, name: str) -> pd.DataFrame:
    """Hold the files beside a page to its HTML and to the manifest; return their index."""
    page = (folder / name).read_text(encoding="utf-8")
    index = pd.read_csv(folder / "tables" / "index.csv", keep_default_na=False)
    assert index["caption"].tolist() == captions_in(page)
    files = {f"tables/{one}.csv" for one in [*index["name"], "index"]} | {"tables.xlsx"}
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert {file for file in listed if file.startswith("tables")} == files
    assert {path.name for path in (folder / "tables").iterdir()} == {
        Path(file).name for file in files - {"tables.xlsx"}
    }
    return index
