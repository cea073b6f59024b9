"""Whatever the size of a file, the answer comes within 20 s and 1.5 GB of a whole process."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic_panel import HEADER as OFFICIAL
from synthetic_panel import REFERRALS

from mp_bayes.studies.read import SHIPPED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in other units")
#: Runs a command and prints the most memory that it held, in kB. A process begins with its parent's
#: maximum, so this parent is a small one, and not the one that runs the tests.
MEASURED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""
HEADER = "outcome,borough,year,events,total\n"
ROW = "rereferral,Northtown,2016-17,1,2\n"
OFFICIAL_ROW = "2013,Reporting year,Local authority,North,100,E1,A,1000,200\n"


def wide(columns: int) -> str:
    names = ",".join(f"c{place}" for place in range(columns))
    return f"{HEADER.strip()},{names}\nrereferral,A,2016-17,1,2,{'x,' * columns}\n"


def boroughs(count: int, years: int) -> str:
    """Write a table in which nothing is wrong but its size."""
    rows = (
        f"rereferral,Borough {borough},{2019 - year}-{(2020 - year) % 100:02d},1,2\n"
        for borough in range(count)
        for year in range(years)
    )
    return HEADER + "".join(rows)


#: By the file that a study's folder has from somebody else.
HOSTILE: dict[str, tuple[str, Callable[[], str | None]]] = {
    "columns": ("counts.csv", lambda: wide(1_000_000)),
    "a long field": (
        "counts.csv",
        lambda: f'{HEADER}rereferral,"{"x" * 15_000_000}",2016-17,1,2\n',
    ),
    "a field of 100 MB": (
        "counts.csv",
        lambda: f'{HEADER}rereferral,"{"x" * 100_000_000}",1,1,2\n',
    ),
    "rows": ("counts.csv", lambda: HEADER + ROW * 400_000),
    "many rows": ("counts.csv", lambda: HEADER + ROW * 1_500_000),
    "odd names": ("counts.csv", lambda: HEADER + "rereferral,B{},2016-17,1,2\n" * 5),
    "boroughs and years": ("counts.csv alone", lambda: boroughs(200, 100)),
    "years": ("counts.csv alone", lambda: boroughs(300, 11)),
    "empty lines": ("counts.csv", lambda: "\n" * 16_000_000),
    "quotes": ("counts.csv", lambda: '"' * 16_000_000),
    "one quote": ("counts.csv", lambda: HEADER + '"' + ROW * 400_000),
    "commas": ("counts.csv", lambda: "," * 16_000_000),
    "no end": ("counts.csv", lambda: None),
    "nested lists": ("study.toml", lambda: "a = " + "[" * 100_000),
    "many keys": ("study.toml", lambda: "".join(f"k{n} = 1\n" for n in range(200_000))),
    "many tables": ("study.toml", lambda: "".join(f"[a{n}]\n" for n in range(200_000))),
    "a deep name": ("study.toml", lambda: ".".join(["a"] * 50_000) + " = 1"),
    "a long number": ("study.toml", lambda: f"a = {'9' * 10_000_000}"),
    "many outcomes": (
        "study.toml",
        lambda: "".join(f'[[outcomes]]\nname = "o{n}"\n' for n in range(50_000)),
    ),
    "priors nested": ("priors.toml", lambda: "a = " + "[" * 100_000),
    "priors of many": (
        "priors.toml",
        lambda: "".join(f"[o{n}]\nsd_effect = 1\n" for n in range(99_999)),
    ),
    "priors without end": ("priors.toml", lambda: None),
    "official rows": (REFERRALS, lambda: f"{OFFICIAL}\n" + OFFICIAL_ROW * 600_000),
    "official columns": (REFERRALS, lambda: "," * 30_000_000),
    "an official field": (REFERRALS, lambda: f'{OFFICIAL}\n"{"x" * 30_000_000}"'),
    "official empty lines": (REFERRALS, lambda: "\n" * 16_000_000),
    "official without end": (REFERRALS, lambda: None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_time_and_memory(tmp_path: Path, name: str) -> None:
    study = tmp_path / "study"
    study.mkdir()
    for file in (SHIPPED / "example").iterdir():
        (study / file.name).write_bytes(file.read_bytes())
    place, text = HOSTILE[name]
    alone, place = place.endswith(" alone"), place.removesuffix(" alone")
    hostile = text()
    if hostile is None:
        with (study / place).open("wb") as file:
            file.truncate(2**33)  # without using a disk
    else:
        (study / place).write_text(hostile)
    words = ["fit", "--study", str(study), "--engine", "laplace"]
    if alone:
        words = ["fit", "--counts", str(study / place), "--treated", "Borough 1"]
        words += ["--onset", "2015-04", "--engine", "laplace"]
    elif place == REFERRALS:
        words = ["panel", "effects", "--data", str(study)]
    elif place == "priors.toml":
        words += ["--priors", str(study / place)]
    command = [sys.executable, "-m", "mp_bayes", *words, "--out", str(tmp_path / "out")]
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", "-c", MEASURED, *command],
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.monotonic() - begun
    complaint, kilobytes = done.stderr, int(done.stdout.splitlines()[-1])
    megabytes = kilobytes / 1024
    assert (done.returncode, "Traceback" in complaint) == (2, False), complaint
    assert Path(place).stem in complaint
    assert not (tmp_path / "out").exists()
    assert (took < 20, megabytes < 1500) == (True, True), f"{took:.1f} s, {megabytes:.0f} MB"
