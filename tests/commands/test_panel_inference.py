"""`mp-bayes panel inference`: any authority, by every frequentist method."""

import json

import pandas as pd
import pytest


def test_any_authority_has_its_inference(mp_bayes, made_up, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = ("--data", str(made_up), "--treated", "Borough 3", "--onset", "2016.25")
    status, said, _ = mp_bayes("panel", "inference", *given, "--comparison", "Borough 5")
    assert status == 0
    words = " ".join(said.split())
    assert (
        "Borough 3, average of 2016-17 to 2019-20 against the years before, from 2012-13" in words
    )
    assert "Against Borough 5 alone, no answer by Conley-Taber, Ferman-Pinto and Perm" in words
    folder = tmp_path / "results" / "panel" / "rereferral" / "inference_borough_3"
    table = pd.read_csv(folder / "inference.csv")
    assert len(table) == 12
    usable = table[table["reason"].isna()]
    assert usable["estimate"].between(usable["lower"], usable["upper"]).all()
    assert (table["claims"] == ((table["lower"] > 0) | (table["upper"] < 0))).all()
    assert json.loads((folder / "manifest.json").read_text())["command"].startswith(
        "mp-bayes panel inference"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("Borugh 3", "2016.25"), "unknown authority 'Borugh 3': did you mean Borough 3"),
        (("Borough 3", "1999"), "1999 lies outside the reporting years 2012-13 to 2019-20"),
        (("Borough 3", "2030"), "2030 lies outside the reporting years 2012-13 to 2019-20"),
        (("Borough 3", "nan"), "nan lies outside"),
        (("Borough 3", "2013.3"), "1 of the reporting years 2012-13 to 2019-20 lie before"),
        (("Borough 3", "2016.25", "--comparison", "Borough 3"), "compared with itself"),
        (("Borough 3", "2016.25", "--comparison", "Nowhere"), "unknown authority 'Nowhere'"),
        (("Borough 3", "2016.25", "--years", "2016:2018"), "1 of the reporting years 2015-16"),
        (("Borough 3", "2014.7", "--years", "2015:2015"), "0 of the reporting years 2014-15"),
    ],
)
def test_inference_that_cannot_be_is_one_line(mp_bayes, made_up, tmp_path, given, words):
    treated, onset, *more = given
    out = tmp_path / "out"
    status, _, complained = mp_bayes(
        *("panel", "inference", "--data", str(made_up), "--out", str(out)),
        *("--treated", treated, "--onset", onset, *more),
    )
    assert status == 2
    assert words in complained
    assert complained.strip().count("\n") == 0
    assert not out.exists()
