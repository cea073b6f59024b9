"""`mp-bayes check trends`: any event study, and what is said of files that hold none."""

import json

import pytest
from event_studies import COVARIANCE, ESTIMATES

from mp_bayes.checks.event_study_files import read_event_study


@pytest.fixture
def files(tmp_path):
    """Return two files that may be read."""
    estimates, covariance = tmp_path / "beta.csv", tmp_path / "V.csv"
    estimates.write_text(ESTIMATES)
    covariance.write_text(COVARIANCE)
    return estimates, covariance


#: File, what is replaced, by what, and what is said.
BAD = [
    ("beta", ESTIMATES, "", "beta.csv: is empty"),
    ("V", COVARIANCE, "", "V.csv: is empty"),
    ("beta", "2010,0.1,pre", "2010,nan,pre", "'nan' is not a number"),
    ("beta", "2010,0.1,pre", "2010,,pre", "an empty cell is not a number"),
    ("beta", "period,", "year,", "needs one column period"),
    ("beta", "2010,0.1,pre", "2010,0.1,before", "phase 'before' is not known"),
    ("beta", "2010,0.1,pre", "2011,0.1,pre", "period 2011 is there twice"),
    ("beta", "2010,0.1,pre", "spring,0.1,pre", "'spring' is neither a whole number"),
    ("beta", "2012,0,reference\n", "", "no periods are the reference"),
    ("beta", "2012,0,reference", "2012,0.3,reference", "has the estimate 0.3"),
    ("beta", "2010,0.1,pre\n2011,-0.1,pre\n", "", "no period before the onset but the reference"),
    ("beta", ",post", ",pre", "no period is after the onset"),
    ("beta", "2010,0.1,pre", "2010,0.1,post", "is later than one after it"),
    ("beta", "2010,0.1,pre", "2009,0.1,pre", "jump from 2009 to 2011"),
    ("beta", "2010,0.1,pre", "2010,0.1", "has 2 cells, the header 3"),
    ("V", "2010,0.04,0.01,0.01\n", "", "has 2 rows and 3 columns"),
    ("V", "period,2010", "period,2009", "no column is called 2010"),
    ("V", "\n2013,0.01", "\n2014,0.01", "no row is called 2013"),
    ("V", "2010,0.04", "2010,-0.04", "the variance of 2010 is -0.04"),
    ("V", "2010,0.04", "2010,0", "the variance of 2010 is 0"),
    ("V", "2010,0.04,0.01", "2010,0.04,0.02", "is not symmetric: 2010 with 2011"),
    ("V", "2010,0.04,0.01", "2010,0.04,inf", "'inf' is not a number"),
    ("V", "0.01", "-0.03", "not positive semi-definite"),
    ("V", "0.01", "0.04", "is singular"),
    ("V", "2010,0.04,0.01,0.01", '2010,"0.04,0.01,0.01', "is not valid CSV"),
    ("beta", "2013,0.8,post", "2013,1e16,post", "is 1e+16: they must be between"),
    ("beta", "2013,0.8,post", "2013,1e7,post", "more than a million times as large"),
    ("V", "2010,0.04", "2010,1e-300", "the variance of 2010 is 1e-300; it must be between"),
    ("V", "2010,0.04", "2010,1e30", "the variance of 2010 is 1e+30; it must be between"),
    ("V", "0.0", "0." + 90 * "0", "write estimates and covariance in another unit"),
    ("V", "0.0", "0." + 20 * "0", "more than a million times as large"),
]


@pytest.mark.parametrize(("which", "old", "new", "words"), BAD)
def test_a_bad_file_is_one_line(mp_bayes, files, tmp_path, which, old, new, words):
    path = files[which == "V"]
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    out = tmp_path / "out"
    status, printed, complained = mp_bayes(
        "check", "trends", "--estimates", str(files[0]), "--covariance", str(files[1]),
        "--out", str(out),
    )  # fmt: skip
    assert (status, printed) == (2, "")
    assert words in complained
    assert complained.strip().count("\n") == 0
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--estimates", "beta.csv"], "go together"),
        (["--covariance", "V.csv"], "go together"),
        (["--onset", "2013"], "go with --estimates"),
        (["--weights", "a,b"], "write numbers with commas"),
        (["--study", "nowhere"], "nowhere"),
        (["--study", "family_safeguarding"], "no published estimates by year"),
        (["--estimates", "nowhere.csv", "--covariance", "V.csv"], "cannot read"),
        (["--estimates", "beta.csv", "--covariance", "."], "a folder"),
        (["--estimates", "beta.csv", "--covariance", "V.csv", "--onset", "2013"], "leave out"),
        (
            ["--estimates", "beta.csv", "--covariance", "V.csv", "--weights", "1,1"],
            "weights given: 2",
        ),
        (["--estimates", "beta.csv", "--covariance", "V.csv", "--weights", "1e300"], "to 1e+300"),
        (["--estimates", "beta.csv", "--covariance", "V.csv", "--weights", "1e-13"], "from 1e-13"),
        (["--estimates", "beta.csv", "--covariance", "V.csv", "--weights", "1e999"], "be numbers"),
        (["--estimates", "beta.csv", "--covariance", "V.csv", "--study", "example"], "one of them"),
    ],
)
def test_wrong_options_are_one_line(mp_bayes, files, monkeypatch, arguments, words):
    monkeypatch.chdir(files[0].parent)
    status, _, complained = mp_bayes("check", "trends", *arguments)
    assert status == 2
    assert words in complained
    assert complained.strip().count("\n") == 0


def test_the_options_stand_for_a_column(files):
    with_column = read_event_study(*files)
    rows = [line.rsplit(",", 1)[0] for line in ESTIMATES.splitlines() if "reference" not in line]
    files[0].write_text("\n".join(rows))
    without = read_event_study(*files, onset="2013", reference="2012")
    for name in ("periods", "reference", "name"):
        assert getattr(with_column, name) == getattr(without, name)
    assert (with_column.post == without.post).all()


def test_labels_are_matched_and_periods_ordered(files):
    expected = read_event_study(*files)
    header, *rows = ESTIMATES.splitlines()
    files[0].write_text("\n".join([header, *reversed(rows)]))
    cells = [line.split(",") for line in COVARIANCE.splitlines()]
    order = [0, 3, 1, 2]
    files[1].write_text("\n".join(",".join(cells[i][j] for j in order) for i in order))
    found = read_event_study(*files)
    assert found.periods == expected.periods == ("2010", "2011", "2013")
    assert list(found.times) == [-2, -1, 1]
    assert (found.covariance == expected.covariance).all()


def test_an_event_study_of_ones_own(mp_bayes, files, tmp_path):
    out = tmp_path / "out"
    given = ["--estimates", str(files[0]), "--covariance", str(files[1]), "--out", str(out)]
    status, printed, complained = mp_bayes("check", "trends", *given)
    assert (status, complained) == (0, "")
    said = " ".join(printed.split())
    assert "0 of 2 estimates before the onset leave out 0" in said
    assert "The average of the estimates after the onset, with equal weights, is 0.80" in said
    assert "significant" not in printed
    names = set(json.loads((out / "manifest.json").read_text())["files"])
    assert {"check.html", "pretrends.csv", "sensitivity.csv", "breakdown.csv"} < names
    page = (out / "check.html").read_text(encoding="utf-8")
    assert page.count("<img ") == 2
    assert "Data: beta.csv and V.csv." in page
    sentence = page[page.index("beta: 0 of 2") :].split("</p>")[0]
    assert sentence in said
    assert "figures/trends_relative.svg" in names
    status, printed, _ = mp_bayes("check", "trends", *given, "--weights=-0.5")
    assert status == 0
    assert "times the weights (2013: \N{MINUS SIGN}0.5) is" in " ".join(printed.split())
