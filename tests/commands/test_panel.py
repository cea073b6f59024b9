"""`mp-bayes panel`: what it prints and writes, and what it says of wrong input."""

import json
import re
import shutil

import pandas as pd
import pytest
from markupsafe import escape
from studied import OUTCOMES, STUDY

from mp_bayes.errors import InputError
from mp_bayes.priors import load_priors
from mp_bayes.report.panel_page import panel_section


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["effects", "--data", "nowhere"], "nowhere is not a folder"),
        (["placebo", "--data", "SMALL", "--measure", "x"], "unknown measure 'x'"),
        (["placebo", "--data", "SMALL", "--measure", "residential"], "cla_placement_type_"),
        (["placebo", "--data", "SMALL", "--years", "2013"], "not a span of years"),
        (["placebo", "--data", "SMALL", "--years", "1999:2014"], "covers 2013 to 2015"),
        (["fit", "--data", "SMALL", "--shock", "cauchy"], "unknown shape of shocks 'cauchy'"),
        (["compare", "--data", "SMALL", "--treated", "Plain"], "no file sn_model_"),
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


@pytest.fixture(scope="module")
def analysed_once(mp_bayes, made_up, tmp_path_factory):
    """Run all quick commands in one folder; return it, and what they said."""
    folder = tmp_path_factory.mktemp("analysed")
    said = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for command in ("compare", "effects", "placebo"):
            status, said[command], complained = mp_bayes("panel", command, "--data", str(made_up))
            assert status == 0, complained
    return folder, said


@pytest.fixture
def analysed(analysed_once, tmp_path, monkeypatch):
    """Return a copy of that folder, which a test may change and is in, and what was said."""
    folder, said = analysed_once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path, said


def test_all_commands_on_made_up_files(analysed):
    folder, said = analysed
    results = folder / "results" / "panel" / "rereferral"
    assert "The study's comparison, Southend-on-Sea: its trend lay" in said["compare"]
    assert "Did it embed later?" in said["effects"]
    assert "Islington ranks" in said["placebo"]
    for command in ("compare", "effects", "placebo"):
        assert f"Read results/panel/rereferral/{command}/panel.html" in said[command]
        page = (results / command / "panel.html").read_text(encoding="utf-8")
        blocks = panel_section(folder / "results" / "panel", STUDY).parts[0].blocks
        assert sum(str(escape(one.sentences[0])) in page for one in blocks) == 1
        assert "Data: panel/" not in page
        assert ">nan<" not in page
    claims = pd.read_csv(results / "placebo" / "false_claims.csv")
    # All years with the real onset, and three spans of six years in eight; twelve methods each,
    # with three planted effects.
    assert len(claims) == 4 * 12 * 3
    real = claims[claims["onset"].eq("real")]
    assert set(real["first_post_year"]) == {"2015-16"}
    assert list(claims["first_post_year"][36::36]) == ["2015-16", "2016-17", "2017-18"]
    # Fourteen authorities are too few for three of the methods, and so is one: words, not a share.
    few = claims["reason"].notna()
    assert few.mean() == 6 / 12
    assert claims[few]["claims"].isna().all()
    known = claims[~few]
    assert known["claims"].between(known["lower"], known["upper"]).all()
    methods = pd.read_csv(results / "effects" / "inference.csv")
    assert list(methods["controls"].unique()) == [13, 1]
    assert "by methods that allow for authorities' own lasting movements" in " ".join(
        said["effects"].split()
    )
    effects = pd.read_csv(results / "effects" / "effects.csv")
    assert set(effects["comparison"]) == {
        "All 13 authorities",
        "10 statistical neighbours",
        "Southend-on-Sea alone",
    }


def test_pages_of_another_authority_do_not_take_the_studys_comparison_for_its_own(
    mp_bayes, made_up, tmp_path
):
    other = "Borough 5"
    for command, more in (("compare", []), ("inference", ["--onset", "2015.25"])):
        out = tmp_path / command
        asked = ["--data", str(made_up), "--treated", other, *more, "--out", str(out)]
        status, _, complained = mp_bayes("panel", command, *asked)
        assert status == 0, complained
        page = (out / "panel.html").read_text(encoding="utf-8")
        assert f"<p>{other}." in page
        assert other in page[page.index("<main") :]
        assert "The study&#39;s comparison" not in page
        assert ">nan<" not in page


def test_the_report_shows_what_the_panel_left(analysed):
    folder, _ = analysed
    results = folder / "results" / "panel"
    section = panel_section(results, STUDY)
    assert section is not None
    assert section.shocks is None
    assert "candidates cannot be told apart from" in section.parts[0].blocks[2].sentences[0]
    (part,) = section.parts
    effects, placebo, compare = part.blocks
    pictures = [*effects.pictures, *placebo.pictures]
    assert len({picture.title for picture in pictures}) == len(pictures) == 4
    assert pictures[0].folder == "panel/rereferral/effects/figures"
    assert "needs 19 or more controls" in effects.tables[0].rows[-1][2]
    assert compare.tables[0].rows[0][0] in compare.sentences[0]
    assert panel_section(folder / "nothing", STUDY) is None
    (results / "rereferral" / "placebo" / "placebo.csv").write_text("changed")
    with pytest.raises(InputError, match="delete the folder, or run that again"):
        panel_section(results, STUDY)


def test_results_of_another_command_are_not_replaced(mp_bayes, analysed, made_up):
    folder, _ = analysed
    there = folder / "results" / "panel" / "rereferral" / "effects"
    before = sorted(path.name for path in there.rglob("*"))
    status, _, complained = mp_bayes(
        "panel", "compare", "--data", str(made_up), "--out", str(there)
    )
    assert status == 2
    assert "holds panel effects of rereferral, for Islington, and this is" in complained
    assert sorted(path.name for path in there.rglob("*")) == before


def test_another_authority_has_a_folder_of_its_own(mp_bayes, analysed, made_up):
    folder, _ = analysed
    status, said, _ = mp_bayes("panel", "compare", "--data", str(made_up), "--treated", "Borough 3")
    assert status == 0
    assert "nearest to Borough 3's" in said
    assert "The study's comparison" not in said
    assert (folder / "results" / "panel" / "rereferral" / "compare_borough_3").is_dir()


@pytest.fixture
def changed(made_up, tmp_path):
    """Return what copies the made-up files with one authority's counts changed."""

    def change(authority, old, new):
        copy = tmp_path / "copy"
        shutil.copytree(made_up, copy)
        (path,) = copy.glob("c1_*.csv")
        lines = [
            re.sub(old, new, line) if f",{authority}," in line else line
            for line in path.read_text().splitlines()
        ]
        path.write_text("\n".join([*lines, ""]))
        return str(copy)

    return change


@pytest.mark.parametrize(
    ("command", "change", "words"),
    [
        ("effects", ("Islington", r",\d+$", ",c"), "Islington has no usable count"),
        ("placebo", ("Islington", r",\d+$", ",x"), "Islington has no usable count"),
        ("effects", ("Islington", "Islington", "Elsewhere"), "unknown authority 'Islington'"),
        ("compare", ("Islington", r",\d+$", ",u"), "without a usable count"),
        (
            "compare",
            ("Borough 2", r",(\d+)$", r',"\1,5"'),
            "expected a whole number without commas",
        ),
        ("compare", ("Borough 2", r",\d+$", ",12.5"), "'12.5' in rereferral_count for Borough 2"),
        ("compare", ("Borough 2", "Borough 2", "Borough 4"), "Borough 4 has 2013 twice"),
    ],
)
def test_counts_that_cannot_be_used_are_one_line(
    mp_bayes, changed, tmp_path, command, change, words
):
    out = tmp_path / "out"
    status, _, complained = mp_bayes(
        "panel", command, "--data", changed(*change), "--out", str(out)
    )
    assert status == 2
    assert words in complained
    assert complained.strip().count("\n") == 0
    assert not out.exists()


def test_a_short_span_has_no_window_beside_its_own(mp_bayes, made_up, tmp_path):
    status, said, _ = mp_bayes(
        "panel", "placebo", "--data", str(made_up), "--years", "2014:2017", "--out", str(tmp_path)
    )
    assert status == 0
    assert "wherever they lie" not in said
    assert len(pd.read_csv(tmp_path / "false_claims.csv")) == 12 * 3


def test_without_the_report_s_comparison_its_column_is_left_out(mp_bayes, changed, tmp_path):
    folder = changed("Southend-on-Sea", r",\d+$", ",c")
    status, said, _ = mp_bayes("panel", "effects", "--data", folder, "--out", str(tmp_path / "o"))
    assert status == 0
    assert "Southend-on-Sea alone" not in said
    table = pd.read_csv(tmp_path / "o" / "left_out.csv")
    assert "Southend-on-Sea" in set(table["authority"])


@pytest.mark.nightly
def test_a_fit_writes_a_prior_that_the_re_analysis_reads(mp_bayes, made_up, tmp_path):
    out = tmp_path / "panel" / "rereferral" / "fit"
    status, said, _ = mp_bayes("panel", "fit", "--data", str(made_up), "--out", str(out))
    assert status == 0
    said = " ".join(said.split())
    assert "the median authority's yearly shock has a standard deviation of" in said
    assert "Among 14 authorities" in said
    assert (out / "figures" / "authorities.svg").exists()
    prior = load_priors(STUDY, out / "priors.toml").select(
        OUTCOMES["cin_rereferral_24m"], shock="national"
    )
    assert 0.15 < prior["sd_shock"].median < 0.6
    section = panel_section(tmp_path / "panel", STUDY)
    assert section is not None
    assert section.shocks is not None
    assert len(section.shocks.rows) == 1


def test_comparison_of_the_real_files(mp_bayes, official, tmp_path):
    status, printed, _ = mp_bayes(
        "panel", "compare", "--data", str(official), "--out", str(tmp_path)
    )
    assert status == 0
    assert "candidates cannot be told apart from" in " ".join(printed.split())
    table = pd.read_csv(tmp_path / "candidates.csv")
    assert len(table) > 130
    assert table["neighbour"].notna().sum() == 10
    # What made the results is named; where the files lie on this machine is not.
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert any(name.startswith("c1_") for name in manifest["inputs"])
    assert str(official.parent) not in json.dumps(manifest)
    assert manifest["command"].startswith("mp-bayes panel compare --data=official --out")


def test_islington_to_the_latest_year(mp_bayes, official, tmp_path):
    status, printed, _ = mp_bayes(
        "panel", "effects", "--data", str(official), "--out", str(tmp_path)
    )
    assert status == 0
    assert "Did it embed later?" in printed
    table = pd.read_csv(tmp_path / "effects.csv")
    yearly = table[table["estimand"].eq("yearly_effect") & table["effect"].eq("yearly")]
    assert yearly["year"].nunique() == 10
    assert table["comparison"].nunique() == 3
    assert table["usable"].all()
    assert (tmp_path / "figures" / "effects_by_year.png").exists()


@pytest.mark.parametrize("command", ["effects", "placebo"])
def test_years_on_one_side_of_the_onset_are_refused(mp_bayes, made_up, tmp_path, command):
    status, _, complained = mp_bayes(
        *["panel", command, "--data", str(made_up), "--years", "2016:2018"],
        *["--out", str(tmp_path / "out")],
    )
    assert status == 2
    assert len(complained.strip().splitlines()) == 1
    assert "onset" in complained
