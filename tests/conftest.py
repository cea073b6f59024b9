"""Shared by all tests."""

import json
import sys
from pathlib import Path

import pytest

from mp_bayes import cli
from mp_bayes.priors import load_priors

JAGS_PRIORS = """
[default]
level_mean = -1.5
sd_borough = 0.7
mean_effect = 0
sd_effect = 0.5

[default.years.free]
sd_year = 0.3

[default.shock.within-study]
sd_shock = { distribution = "HalfNormal", sigma = 0.2 }
rho = 0

[cin_rereferral_12m]
design_effect = 1
"""
SHARED = Path(__file__).parents[1].parent / "shared"
JAGS = Path(__file__).parent / "reference" / "jags"


@pytest.fixture
def shared() -> Path:
    """Folder with source reports, reference results and official files, where it is present."""
    if not SHARED.exists():
        pytest.skip(
            "../shared is not here: the source reports and reference results are not committed"
        )
    return SHARED


@pytest.fixture
def jags():
    """Return the JAGS reference's summaries: see tests/reference/README.md."""
    return json.loads((JAGS / "cin_rereferral_12m.json").read_text(encoding="utf-8"))


@pytest.fixture
def jags_priors(tmp_path):
    """Return the priors of the JAGS reference."""
    path = tmp_path / "jags_priors.toml"
    path.write_text(JAGS_PRIORS)
    return load_priors(path)


@pytest.fixture
def mp_bayes(monkeypatch, capsys):
    """Run the command line in this process; return (status, printed, complained)."""

    def run(*arguments: str):
        monkeypatch.setattr(sys, "argv", ["mp-bayes", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run
