"""Cases of others: published numbers, and that ours do not drift away from them."""

import shutil

import pandas as pd
import pytest
from places import RESULTS, SHARED

from mp_bayes.checks.external import external, files
from mp_bayes.checks.published import PUBLISHED
from mp_bayes.checks.published_posteriors import SCHOOLS
from mp_bayes.wording.external_check import external_answer, external_tables


@pytest.fixture(scope="module")
def agreement():
    folder = SHARED / "data" / "event_studies"
    if not folder.exists():
        pytest.skip("../shared is not here: the cases are not committed")
    return external(folder)


@pytest.mark.parametrize("place", range(len(PUBLISHED)))
def test_ours_is_what_was_published(agreement, place):
    row = agreement.iloc[place]
    if row["same"]:
        assert row["difference"] <= row["tolerance"], row.to_dict()
    else:
        assert pd.isna(row["agrees"])


def test_every_number_has_its_source_and_tolerance():
    for one in PUBLISHED:
        assert one.source
        assert one.why
        assert not one.same or one.tolerance > 0


@pytest.fixture(scope="module")
def posteriors():
    """Return what the sampler and the weighted draws gave when the results were made."""
    return pd.read_csv(RESULTS / "checks" / "external" / "posteriors.csv")


def test_words_say_what_is_apart(agreement, posteriors):
    lines = external_answer({"agreement": agreement, "posteriors": posteriors})
    same = int(agreement["same"].sum())
    assert f"Of {same} published answers by the same estimator, {same} agree" in lines[0]
    drifted = agreement.copy()
    drifted.loc[0, ["agrees", "difference"]] = [False, 0.25]
    lines = external_answer({"agreement": drifted, "posteriors": posteriors})
    assert f"{same - 1} agree" in lines[0]
    assert lines[1].startswith("Apart by 0.2500: Restaurants")
    tables = external_tables({"agreement": drifted, "posteriors": posteriors})
    assert tables[0].rows[0][5] == "no"
    assert "significant" not in " ".join(lines)


def test_words_say_which_posterior_is_apart(agreement, posteriors):
    drifted = posteriors.copy()
    of_schools = drifted["case"].eq(SCHOOLS) & drifted["engine"].eq("laplace")
    first = drifted.index[of_schools][0]
    drifted.loc[first, ["agrees", "difference"]] = [False, 0.5]
    lines = external_answer({"agreement": agreement, "posteriors": drifted})
    count = int(posteriors["engine"].eq("laplace").sum())
    assert (
        f"{count - 1} of {count} with weighted draws and {count} of {count} with the" in lines[-2]
    )
    assert lines[-1].startswith("Apart by 0.5000: Coaching in eight schools")
    drifted.loc[first, "converged"] = False
    assert external_answer({"agreement": agreement, "posteriors": drifted})[-1].endswith(
        "a fit that did not converge."
    )
    of_schools = external_tables({"agreement": agreement, "posteriors": drifted})[-2]
    assert [row[-1] for row in of_schools.rows] == ["no"] + ["yes"] * (len(of_schools.rows) - 1)


@pytest.fixture
def cases(event_studies, tmp_path):
    """Return a copy of the cases, to be damaged."""
    return shutil.copytree(event_studies, tmp_path / "cases")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("california_prop99.csv", None, "cannot read"),
        ("california_prop99.csv", "", "is not a table of numbers"),
        (
            "california_prop99.csv",
            "Year,Nevada\n1988,1\n2000,2\n",
            "California and others among them",
        ),
        ("california_prop99.csv", "Year,California\n1988,x\n2000,2\n", "is not a table of numbers"),
        ("california_prop99.csv", "Year,California\n1988\n2000,2\n", "is not a table of numbers"),
        ("california_prop99.csv", "Year,California,Utah\n1990,1,1\n1991,2,1\n", "take it whole"),
        ("california_prop99.csv", "Year,California\n1988,1\n2000,2\n", "and others among them"),
        ("california_prop99.csv", "Year,California,Utah,Utah\n1988,1,1,1\n2000,2,2,2\n", "once"),
        ("california_prop99.csv", "Year,California,Utah\n1988,1,1\n1988,1,1\n2000,2,2\n", "once"),
        ("benzarti_carloni_2019_profits_estimates.csv", "period\n1\n", "one column estimate"),
        ("lovenheim_willen_2019_female_employment_covariance.csv", None, "cannot read"),
    ],
)
def test_damaged_cases_are_one_line(mp_bayes, cases, tmp_path, name, text, words):
    path = cases / name
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    out = tmp_path / "out"
    status, _, complained = mp_bayes("check", "external", "--data", str(cases), "--out", str(out))
    assert status == 2
    assert words in complained
    assert complained.strip().count("\n") == 0
    assert not out.exists()


def test_trimmed_cases_are_told(mp_bayes, cases, tmp_path):
    """A period of which an answer was published may not be taken for the average of all."""
    stem = cases / "lovenheim_willen_2019_female_employment"
    values = pd.read_csv(f"{stem}_estimates.csv")
    late = values["period"].astype(int) >= 10
    values[~late].to_csv(f"{stem}_estimates.csv", index=False)
    matrix = pd.read_csv(f"{stem}_covariance.csv", index_col=0)
    kept = [one for one in matrix.columns if int(one) < 10]
    matrix.index = matrix.index.astype(str)
    matrix.loc[kept, kept].to_csv(f"{stem}_covariance.csv")
    status, _, complained = mp_bayes(
        "check", "external", "--data", str(cases), "--out", str(tmp_path / "out")
    )
    assert status == 2
    assert "has no period 15 after the onset" in complained


def test_a_missing_folder(mp_bayes, tmp_path):
    status, _, complained = mp_bayes("check", "external", "--data", str(tmp_path / "nowhere"))
    assert status == 2
    assert "is not a folder" in complained


@pytest.mark.nightly
def test_the_command(mp_bayes, cases, tmp_path):
    assert all(path.exists() for path in files(cases))
    out = tmp_path / "out"
    status, printed, complained = mp_bayes(
        "check", "external", "--data", str(cases), "--out", str(out)
    )
    assert (status, complained) == (0, "")
    assert "agree with ours" in " ".join(printed.split())
    page = (out / "check.html").read_text()
    assert "Do these methods give what others found" in page
    assert len(pd.read_csv(out / "agreement.csv")) == len(PUBLISHED)
