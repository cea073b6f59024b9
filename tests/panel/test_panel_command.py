"""`mp-bayes panel`: what it prints and writes, and what it says of wrong input."""

import json

import pandas as pd
import pytest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["islington", "--data", "nowhere"], "nowhere is not a folder"),
        (["placebo", "--data", "SMALL", "--measure", "x"], "unknown measure 'x'"),
        (["placebo", "--data", "SMALL", "--measure", "residential"], "cla_placement_type_"),
        (["placebo", "--data", "SMALL", "--years", "2013"], "not a span of years"),
        (["placebo", "--data", "SMALL", "--years", "1999:2014"], "covers 2013 to 2015"),
        (["fit", "--data", "SMALL", "--shock", "cauchy"], "unknown shape of shocks 'cauchy'"),
        (["compare", "--data", "SMALL"], "no file sn_model_"),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(mp_bayes, small, tmp_path, arguments, words):
    out = tmp_path / "out"
    given = [str(small) if word == "SMALL" else word for word in arguments]
    status, _, complained = mp_bayes("panel", *given, "--out", str(out))
    assert status == 2
    assert words in complained
    assert complained.strip().count("\n") == 0
    assert not out.exists()


def test_comparison_of_the_real_files(mp_bayes, official, tmp_path):
    status, printed, _ = mp_bayes(
        "panel", "compare", "--data", str(official), "--out", str(tmp_path)
    )
    assert status == 0
    assert "candidates cannot be told from the nearest" in " ".join(printed.split())
    table = pd.read_csv(tmp_path / "candidates.csv")
    assert len(table) > 130
    assert table["neighbour"].notna().sum() >= 9
    # What made the results is named; where the files lie on this machine is not.
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert any(name.startswith("c1_") for name in manifest["inputs"])
    assert str(official.parent) not in json.dumps(manifest)


def test_islington_to_the_latest_year(mp_bayes, official, tmp_path):
    status, printed, _ = mp_bayes(
        "panel", "islington", "--data", str(official), "--out", str(tmp_path)
    )
    assert status == 0
    assert "Did it embed later?" in printed
    table = pd.read_csv(tmp_path / "effects.csv")
    yearly = table[table["estimand"].eq("yearly_effect") & table["effect"].eq("yearly")]
    assert yearly["year"].nunique() == 10
    assert table["comparison"].nunique() == 3
    assert table["usable"].all()
    assert (tmp_path / "figures" / "effects_by_year.png").exists()
