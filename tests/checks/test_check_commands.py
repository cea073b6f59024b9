"""`mp-bayes check calibration` and `check predictive`: a folder whole, or one line and status 2."""

import pytest

from mp_bayes.storage import read_tables


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["calibration", "--replicates", "5"], ["--replicates must be 20 to 10000, not 5"]),
        (["calibration", "--replicates", "many"], ["--replicates"]),
        (["calibration", "--models", "jags"], ["no model's name has 'jags'", "nuts/"]),
        (["calibration", "--study", "nowhere"], ["nowhere"]),
        (["predictive", "--study", "nowhere"], ["nowhere"]),
        (["predictive", "--priors", "no.toml"], ["no.toml"]),
    ],
)
def test_a_wrong_call_gets_one_clear_line(mp_bayes, monkeypatch, tmp_path, arguments, words):
    monkeypatch.chdir(tmp_path)
    status, _, complained = mp_bayes("check", *arguments)
    assert status == 2
    assert len(complained.strip().splitlines()) == 1
    for word in words:
        assert word in complained
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["calibration", "predictive"])
def test_help_has_an_example(mp_bayes, command):
    status, printed, _ = mp_bayes("check", command, "--help")
    assert status == 0
    assert "Example" in printed


def test_a_file_for_a_folder_is_blamed_on_the_option_that_named_it(mp_bayes, tmp_path):
    (tmp_path / "kept").write_text("mine\n", encoding="utf-8")
    status, _, complained = mp_bayes(
        "check", "calibration", "--trials", str(tmp_path / "kept"), "--out", str(tmp_path / "out")
    )
    assert status == 2
    assert "--trials" in complained
    assert "is a file" in complained
    assert not (tmp_path / "out").exists()


def test_calibration_leaves_a_folder_whose_words_are_printed(mp_bayes, tmp_path):
    model = "laplace/coefficients/binomial/none/constant"
    out, trials = tmp_path / "out", tmp_path / "trials"
    few = ["--replicates", "20", "--models", model, "--trials", str(trials)]
    status, printed, _ = mp_bayes("check", "calibration", *few, "--out", str(out))
    assert status == 0
    assert "1 of 1 models pass, at 20 simulated data sets each" in " ".join(printed.split())
    tables = read_tables(out)
    assert set(tables) == {"calibration", "curves", "bands"}
    assert tables["calibration"]["model"].eq(model).all()
    assert (out / "figures" / "calibration.svg").is_file()
    assert "Is the truth where the posteriors say it is?" in (out / "check.html").read_text("utf-8")
    assert len(list(trials.iterdir())) == 1
