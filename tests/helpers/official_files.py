"""Folders of official files: the real ones, and made-up ones in their layout."""

from pathlib import Path

import numpy as np
import pytest
from synthetic_panel import HEADER, REFERRALS, ROWS, simulated


@pytest.fixture
def official(shared: Path) -> Path:
    """Return the folder of the real files, which are not part of the project."""
    return shared / "data" / "official"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a folder with a small file that has one of every trap."""
    (tmp_path / REFERRALS).write_text(f"{HEADER}\n{ROWS}", encoding="utf-8-sig")
    return tmp_path


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a simulated panel, and neighbours, laid out as the official files."""
    folder = tmp_path_factory.mktemp("made_up")
    data = simulated(np.random.default_rng(7), authorities=14, years=8, sd_shock=0.3, rho=0.6)
    names = [str(name) for name in data["authority"].to_numpy()]
    names[1] = "Southend-on-Sea"
    rows = [
        f"{year},Reporting year,Local authority,{'North' if place % 2 else 'South'},{100 + place},"
        f"E{place},{name},{int(cell['total'])},{int(cell['low'])}"
        for place, name in enumerate(names)
        for year in data["year"].to_numpy()
        for cell in [data.isel(authority=place).sel(year=year)]
    ]
    (folder / REFERRALS.replace("2015", "2020")).write_text("\n".join([HEADER, *rows, ""]))
    places = ",".join(f"SN_{place}" for place in range(1, 11))
    lists = [
        ",".join(str(100 + (own + step) % len(names)) for step in range(2, 12))
        for own in range(len(names))
    ]
    text = "".join(f"{100 + own},{names[own]},{others}\n" for own, others in enumerate(lists))
    text = f"old_la_code,la_name,{places}\n{text}"
    (folder / "sn_model_2025_wide.csv").write_text(text)
    return folder
