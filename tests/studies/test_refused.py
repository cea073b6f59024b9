"""Bad studies: one line each, which names file and line, or field."""

from pathlib import Path

import pytest
from bad_studies import HEADER, STUDY, refusal, rows, written

from mp_bayes.errors import InputError
from mp_bayes.studies.read import read_study, study_of_counts


def test_the_study_itself_is_fine(tmp_path: Path):
    study = read_study(written(tmp_path, STUDY, rows()))
    setting = study.outcome("rereferral").setting
    assert setting.comparison_boroughs == ("Birch", "Cedar")
    assert setting.reference_year == "2019-20"
    assert setting.bin_start == pytest.approx(3 / 12)
    assert study.outcome("rereferral").post_years == ("2020-21", "2021-22", "2022-23")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('title = "A trial"\n', "", ["study.toml", "'title' is missing"]),
        ('source = "own counts"\n', "", ["study.toml", "'source' is missing"]),
        ('programme = "the trial"\n', 'programme = ""\n', ["'programme'", "at least 1"]),
        ('title = "A trial"', "title = 5", ["'title'", "must be text"]),
        ('title = "A trial"', 'titel = "A trial"', ["'title' is missing"]),
        ("comparison =", 'colour = "red"\ncomparison =', ["'colour'", "not a field"]),
        ('treated = { "Ash" = "2020-04" }\n', "", ["'treated' is missing"]),
        ('{ "Ash" = "2020-04" }', "{}", ["'treated'"]),
        ('{ "Ash" = "2020-04" }', '["Ash"]', ["'treated'", "its onset"]),
        ('"2020-04"', '"April 2020"', ["'treated'", "not a month such as 2015-03"]),
        ('"2020-04"', '"2020-13"', ["'treated'", "not a month"]),
        ('"2020-04"', '"2020"', ["'treated'", "not a month"]),
        ('"2020-04"', '"1999-04"', ["onset of 'Ash'", "outside the years 2017-18 to 2022-23"]),
        ('"2020-04"', '"2031-04"', ["onset of 'Ash'", "outside the years"]),
        ('"2020-04"', '"2017-05"', ["no year ends before", "did not touch"]),
        ('"2020-04"', '"2022-09"', ["no year begins after the onset of 'Ash'"]),
        ('{ "Ash" = "2020-04" }', '{ "Oak" = "2020-04" }', ["counts.csv", "'Oak'", "no row"]),
        ('["Birch", "Cedar"]', '["Birch", "Elm"]', ["counts.csv", "'Elm'", "no row"]),
        ('["Birch", "Cedar"]', '["Birch", "Birch"]', ["comparison", "'Birch' stands twice"]),
        ('["Birch", "Cedar"]', '["Ash", "Birch"]', ["'Ash'", "both treated and a comparison"]),
        ('["Birch", "Cedar"]', '["Birch"]', ["counts.csv", "'Cedar' is neither"]),
        ('["Birch", "Cedar"]', "[]", ["'comparison'", "at least 1"]),
        ("comparison =", "year_starts = 13\ncomparison =", ["'year_starts'"]),
        ("comparison =", 'reference_year = "2020-21"\ncomparison =', ["reference_year '2020-21'"]),
        ("comparison =", 'years = ["2018-19", "2020-21"]\ncomparison =', ["without a gap"]),
        ("comparison =", 'years = ["first", "second"]\ncomparison =', ["'first'", "calendar year"]),
        (
            '{ "Ash" = "2020-04" }',
            '{ "Ash" = "2020-04", "Ash " = "2021-04" }',
            ["'treated'", "names 'Ash' twice"],
        ),
        ('"2020-04"', '"2020-02-31"', ["'treated'", "'2020-02-31' is not a month"]),
        ("comparison =", "cost = -5\ncomparison =", ["'cost'", "must be above 0"]),
        ("comparison =", 'priors = "mine.toml"\ncomparison =', ["mine.toml", "No such file"]),
        ("comparison =", 'counts = "other.csv"\ncomparison =', ["other.csv", "is not there"]),
        ('kind = "binary"', 'kind = "share"', ["'outcomes.rereferral.kind'"]),
        ('kind = "binary"', 'kind = "binary"\nwindow = 9', ["'outcomes.rereferral.window'"]),
        ('kind = "binary"', 'kind = "count"\nwindow = 1.0', ["window", "for binary outcomes"]),
        ("smallest_effect = 1.0", "smallest_effect = 0", ["'outcomes.rereferral.smallest_effect'"]),
        ("[outcomes.rereferral]", '[outcomes."Re-referral!"]', ["outcomes", "Re-referral!"]),
        (
            "[outcomes.rereferral]",
            "[outcomes.other]",
            ["counts.csv, line 2, column outcome", "other"],
        ),
        (
            "smallest_effect = 1.0",
            'smallest_effect = 1.0\nshock_prior = "national:weather"',
            ["[outcomes.rereferral] shock_prior", "'weather'", "rereferral"],
        ),
        (
            "smallest_effect = 1.0",
            'smallest_effect = 1.0\nshock_prior = "wide"',
            ["shock_prior", "'wide'"],
        ),
        (
            "smallest_effect = 1.0",
            'smallest_effect = 1.0\nsetting = "elsewhere"',
            ["setting 'elsewhere' is unknown"],
        ),
        (
            "[outcomes.rereferral]",
            "[settings.one]\ntreated = { Ash = '2020-04' }\n[outcomes.rereferral]",
            ["'treated' stands at the top"],
        ),
        (
            "smallest_effect = 1.0",
            'smallest_effect = 1.0\n[[notes]]\nheading = "A"\ntext = "B"\n'
            'changes = { rereferral = "1066" }',
            ["note 'A'", "1066"],
        ),
        ("title =", "title = = ", ["study.toml", "not valid TOML"]),
        ("title =", 'title = "x"\ntitle =', ["study.toml", "not valid TOML"]),
    ],
)
def test_a_wrong_study_file_is_told_by_its_field(
    tmp_path: Path, old: str, new: str, says: list[str]
):
    assert old in STUDY
    text = refusal(written(tmp_path, STUDY.replace(old, new, 1), rows()))
    for part in says:
        assert part in text, text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"events": "101"}, ["counts.csv, line 10, column events", "101", "100"]),
        ({"events": "-1"}, ["line 10, column events", "too small"]),
        ({"events": "2.5"}, ["line 10, column events", "not a whole number"]),
        ({"events": "many"}, ["line 10, column events", "not a whole number"]),
        ({"events": ""}, ["line 10, column events", "empty"]),
        ({"total": "0"}, ["line 10, column total", "too small"]),
        ({"total": ""}, ["line 10, column total", "empty"]),
        ({"year": "2030-31"}, ["after the year 2022-23 comes 2030-31"]),
        ({"year": "last year"}, ["line 10, column year"]),
        ({"year": "2019"}, ["years are written 2017-18 and 2022-23"]),
        ({"year": "2019-99"}, ["'2019-99' does not span"]),
        ({"borough": "birch"}, ["'birch' and 'Birch' differ by capitals"]),
        ({"year": "2018-19"}, ["line 10", "same as line 9"]),
        ({"borough": "Dogwood"}, ["counts.csv", "'Dogwood' is neither"]),
        ({"borough": ""}, ["line 10, column borough", "empty"]),
        ({"outcome": "other"}, ["counts.csv, line 10, column outcome", "'other'"]),
    ],
)
def test_a_wrong_cell_is_told_by_its_line(tmp_path: Path, changes: dict[str, str], says: list[str]):
    text = refusal(written(tmp_path, STUDY, rows(**changes)))
    for part in says:
        assert part in text, text


def test_a_missing_bin_is_told(tmp_path: Path):
    table = [row for row in rows() if row[1:3] != ["Birch", "2019-20"]]
    text = refusal(written(tmp_path, STUDY, table))
    assert "counts.csv: no row for rereferral, Birch, 2019-20" in text


def test_exposure_of_nothing_is_told(tmp_path: Path):
    count = STUDY.replace('kind = "binary"', 'kind = "count"')
    table = [[*row[:4], "", "80.5"] for row in rows()]
    assert read_study(written(tmp_path, count, table)).outcome("rereferral").exposure_known
    table[3][5] = "0"
    text = refusal(written(tmp_path, count, table))
    assert "counts.csv, line 5, column exposure" in text
    table[3][5] = ""
    assert "line 5, column exposure" in refusal(written(tmp_path, count, table))


def test_ten_thousand_boroughs_are_too_many(tmp_path: Path):
    text = STUDY.replace('comparison = ["Birch", "Cedar"]\n', "")
    many = [
        ["rereferral", "Ash" if place == 0 else f"B{place}", year, "2", "10", ""]
        for place in range(10_001)
        for year in ("2019-20", "2020-21")
    ]
    assert "at most 300" in refusal(written(tmp_path, text, many))


def test_a_hundred_years_are_too_many(tmp_path: Path):
    # One more than a matrix for each of three boroughs may have.
    text = STUDY.replace('comparison = ["Birch", "Cedar"]\n', "")
    many = [
        ["rereferral", borough, f"{year}-{(year + 1) % 100:02d}", "2", "10", ""]
        for borough in ("Ash", "Birch", "Cedar")
        for year in range(1922, 2023)
    ]
    assert (
        refusal(written(tmp_path, text, many))
        == "counts.csv: there are 101 years of 3 boroughs; at most 100 years of so many can be "
        "analysed: leave out the earliest"
    )


def test_a_missing_column_and_an_empty_table_are_told(tmp_path: Path):
    header = HEADER.copy()
    header[3] = "cases"
    assert "column events is missing" in refusal(written(tmp_path, STUDY, rows(), header))
    assert "no rows" in refusal(written(tmp_path, STUDY, []))


def test_no_study_at_all_is_told(tmp_path: Path):
    with pytest.raises(InputError, match=r"unknown study .*mp-bayes new"):
        read_study(tmp_path / "nothing")


def test_a_table_alone_needs_who_and_when(tmp_path: Path):
    path = written(tmp_path, STUDY, rows()) / "counts.csv"
    study = study_of_counts(path, treated=["Ash"], onset="2020-04")
    assert study.outcome("rereferral").setting.comparison_boroughs == ("Birch", "Cedar")
    for onset, says in (("soon", "--onset"), ("2020-04,2021-04", "as many as"), ("1990-04", "Ash")):
        with pytest.raises(InputError, match=says):
            study_of_counts(path, treated=["Ash"], onset=onset)
    assert study_of_counts(path, treated=["ÁSH"], onset="2020-04") == study
    with pytest.raises(InputError, match=r"unknown borough .*'Oak': choose one of Ash, Birch"):
        study_of_counts(path, treated=["Oak"], onset="2020-04")
    with pytest.raises(InputError, match="stands twice"):
        study_of_counts(path, treated=["Ash", "Ash"], onset="2020-04")


def test_published_estimates_of_several_onsets_are_told(tmp_path: Path):
    """It is not known of which boroughs each year's estimate is."""
    text = STUDY.replace('{ "Ash" = "2020-04" }', '{ "Ash" = "2020-04", "Birch" = "2021-04" }')
    text = text.replace('["Birch", "Cedar"]', '["Cedar"]\ncoefficients = "published.csv"')
    (tmp_path / "published.csv").write_text(
        "outcome,model,term,year,estimate,se\nrereferral,logit,treated_x_year,2021-22,-0.4,0.1\n"
    )
    assert "began at different times" in refusal(written(tmp_path, text, rows()))


@pytest.mark.parametrize(
    ("name", "onset", "says"),
    [
        ("early", "1999-05", "outside the years"),
        ("as_published", "2019-04", "'as_published' stands twice"),
    ],
)
def test_a_wrong_scenario_is_told(tmp_path: Path, name: str, onset: str, says: str):
    scenario = f'[[scenarios]]\nname = "{name}"\nlabel = "Earlier"\ntreated = "{onset}"\n'
    text = STUDY.replace("[outcomes", f"{scenario}[outcomes", 1)
    assert says in refusal(written(tmp_path, text, rows()))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("rereferral,logit,treated_x_year,2019-20,-0.4,0.1", "reference year 2019-20"),
        ("rereferral,logit,treated_x_year,1999-00,-0.4,0.1", "no year of its counts"),
        ("rereferral,logit,treated_x_year,,-0.4,0.1", "line 2, column year"),
        ("rereferral,logit,treated_x_post,2021-22,-0.4,0.1", "line 2, column year"),
        ("other,logit,treated_x_year,2021-22,-0.4,0.1", "line 2, column outcome"),
        ("rereferral,probit,treated_x_year,2021-22,-0.4,0.1", "line 2, column model"),
    ],
)
def test_a_wrong_estimate_is_told(tmp_path: Path, row: str, says: str):
    text = STUDY.replace('["Birch", "Cedar"]', '["Birch", "Cedar"]\ncoefficients = "published.csv"')
    (tmp_path / "published.csv").write_text(f"outcome,model,term,year,estimate,se\n{row}\n")
    assert says in refusal(written(tmp_path, text, rows()))


def test_child_years_in_another_unit_are_told(tmp_path: Path):
    """20 events in 0.08 child-years: the exposure was given in thousands."""
    count = STUDY.replace('kind = "binary"', 'kind = "count"')
    table = [[*row[:4], "", "0.08"] for row in rows()]
    assert "more than 100 a year" in refusal(written(tmp_path, count, table))


@pytest.mark.parametrize("name", ["../elsewhere.csv", "/tmp/elsewhere.csv", "a/../../b.csv"])
def test_files_lie_in_the_study_s_own_folder(tmp_path: Path, name: str):
    text = STUDY.replace("comparison =", f'counts = "{name}"\ncomparison =')
    assert "own folder" in refusal(written(tmp_path, text, rows()))
