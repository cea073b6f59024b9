"""More studies that cannot be: names, scenarios, and counts that hold nothing."""

from pathlib import Path

import pytest
from bad_studies import STUDY, refusal, rows, written

from mp_bayes.studies.read import read_study, study_of_counts


def scenario(**fields: str) -> str:
    lines = "".join(f'{name} = "{value}"\n' for name, value in fields.items())
    return f'{STUDY}\n[[scenarios]]\nname = "early"\nlabel = "Early"\n{lines}'


def renamed(name: str) -> list[list[str]]:
    """Return counts in which Cedar of one year is called otherwise."""
    return [
        [*row[:1], name if row[1] == "Cedar" and row[2] == "2019-20" else row[1], *row[2:]]
        for row in rows()
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (scenario(), ["scenarios.0", "changes nothing"]),
        (scenario(treated="2031-01"), ["'early'", "January 2031", "outside the years"]),
        (scenario(treated="2022-09"), ["no year begins after the onset of the scenario early"]),
        (scenario(comparison="1850-01"), ["'early'", "January 1850", "outside the years"]),
        (scenario(comparison="2100-01"), ["'early'", "outside the years"]),
        (STUDY + '[official_names]\n"Oak" = "Oakham"\n', ["[official_names] 'Oak'"]),
        (
            STUDY + '[official_names]\n"Birch" = "One"\n"Cedar" = "One"\n',
            ["[official_names]", "'One' stands twice"],
        ),
        (STUDY + '[skill]\n"Start" = nan\n', ["skill"]),
        (STUDY + '[skill]\n"Start" = inf\n', ["skill"]),
        (
            STUDY.replace("outcomes.rereferral", "outcomes.default"),
            ["[outcomes.default]", "another"],
        ),
        (STUDY.replace("outcomes.rereferral", "outcomes.national"), ["[outcomes.national]"]),
        (STUDY.replace("Re-referral", "Re\\u001breferral"), ["U+001B", "not writing"]),
        (STUDY.replace("A trial", "A \\u202etrial"), ["title", "U+202E"]),
        (STUDY.replace("A trial", "A\\ntrial"), ["title", "more than one line"]),
        (STUDY.replace("A trial", "=1+1"), ["title", "formula"]),
        (STUDY.replace("A trial", "@SUM(A1)"), ["title", "formula"]),
        (STUDY + "values = []\n", ["values"]),
        (STUDY + "values = [500, 500]\n", ["values", "twice"]),
        (STUDY + 'shock_prior = "rereferral"\n', ["shock_prior", "national:rereferral"]),
    ],
)
def test_a_study_that_says_what_cannot_be(tmp_path: Path, text: str, says: list[str]):
    message = refusal(written(tmp_path, text, rows()))
    assert all(words in message for words in says), message


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ([[*row[:3], "0", *row[4:]] for row in rows()], ["rereferral has no events at all"]),
        ([[*row[:3], "100", *row[4:]] for row in rows()], ["nothing but events"]),
        (rows(exposure="55.5"), ["column exposure", "has a total too"]),
        (rows(borough="=HYPERLINK(1)"), ["column borough", "formula"]),
        (rows(borough="Bi\x1brch"), ["column borough", "U+001B"]),
        (rows(year="\u0662\u0660\u0661\u0669"), ["column year"]),
        (renamed("CEDAR"), ["'CEDAR' and 'Cedar'", "by capitals"]),
        (renamed("Cedar\u00a0"), []),  # stripped: the same name
        (renamed("Ce\u00addar"), ["U+00AD"]),
    ],
)
def test_counts_that_cannot_be(tmp_path: Path, table: list[list[str]], says: list[str]):
    folder = written(tmp_path, STUDY, table)
    if not says:
        assert read_study(folder)
        return
    message = refusal(folder)
    assert all(words in message for words in says), message


@pytest.mark.parametrize("pair", [("Ceda\u0301r", "Ced\u00e1r"), ("New Cedar", "New  Cedar")])
def test_names_that_only_a_computer_tells_apart(tmp_path: Path, pair: tuple[str, str]):
    text = STUDY.replace('comparison = ["Birch", "Cedar"]\n', "")
    table = [
        [row[0], pair[row[2] == "2019-20"] if row[1] == "Cedar" else row[1], *row[2:]]
        for row in rows()
    ]
    message = refusal(written(tmp_path, text, table))
    assert "by spaces or the way letters are stored alone" in message


def test_a_semicolon_table_is_told(tmp_path: Path):
    written(tmp_path, STUDY, rows())
    file = tmp_path / "counts.csv"
    file.write_text(file.read_text().replace(",", ";"))
    assert "divided by semicolons" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("treated", "says"),
    [([""], "a name is empty"), (["Ash", "Birch", "Cedar"], "--treated: there is no comparison")],
)
def test_a_first_look_says_which_option_is_wrong(tmp_path: Path, treated: list[str], says: str):
    written(tmp_path, STUDY, rows())
    with pytest.raises(ValueError, match=says):
        study_of_counts(tmp_path / "counts.csv", treated=treated, onset="2020-04")
