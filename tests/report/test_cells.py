import pytest

from mp_bayes.report.cells import columns_of, guarded, number_in

MINUS, PLUS_MINUS = "\N{MINUS SIGN}", "\N{PLUS-MINUS SIGN}"


@pytest.mark.parametrize(
    ("text", "value", "shape"),
    [
        ("12", 12, "0"),
        ("0", 0, "0"),
        ("3.10", 3.1, "0.00"),
        (f"{MINUS}0.4", -0.4, "0.0"),
        ("+4.33", 4.33, "+0.00"),
        ("12,345", 12345, "#,##0"),
        ("38%", 0.38, "0%"),
        ("12.3%", 0.123, "0.0%"),
        ("£2,458,234", 2458234, '"£"#,##0'),
    ],
)
def test_a_number_is_one_and_is_shown_as_it_was(text, value, shape):
    assert number_in(text) == (value, shape)


@pytest.mark.parametrize(
    "text",
    [
        *("", "none", "2015-16", "007", "1.3.0", "12,34", "less than 1%", "1 year", "+", "1e5"),
        # Of somebody's file; a spreadsheet would not keep every digit.
        *("-5", "=1+1", "1234567890123456", "4.3 (unusable)"),
    ],
)
def test_other_text_is_none(text):
    assert number_in(text) is None


def test_intervals_have_columns_of_their_own():
    cells = [f"1.0 ({MINUS}9 to 9)", "not defined", "3%"]
    assert columns_of("Effect", cells) == [
        ("Effect", ["1.0", "not defined", "3%"]),
        ("Effect: lower end", [f"{MINUS}9", "", ""]),
        ("Effect: upper end", ["9", "", ""]),
    ]
    assert columns_of("Share", ["3% to 5%", "0% to 1%"]) == [
        ("Share: lower end", ["3%", "0%"]),
        ("Share: upper end", ["5%", "1%"]),
    ]
    assert columns_of("Power", [f"80.0 {PLUS_MINUS} 1.2", "not simulated"]) == [
        ("Power", ["80.0", "not simulated"]),
        ("Power: plus or minus", ["1.2", ""]),
    ]


@pytest.mark.parametrize(
    "cells",
    [
        # One interval that is not of two numbers, or is marked, keeps the column as it is.
        ["3% (1% to 5%)", "1% (less than 1% to 2%)"],
        ["1.0 (0.5 to 1.5)", "1.0 (0.5 to 1.5) (unusable)"],
        ["3% to 5%", "less than 1% to 2%"],
        ["3% to 5%", "none"],
        ["2015-16", "2016-17"],
        [],
    ],
)
def test_what_is_not_exact_is_not_divided(cells):
    assert columns_of("Share", cells) == [("Share", cells)]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+44 20", "-1+1", "＝1", "+4.0 pp (Table 9)"])
def test_what_a_spreadsheet_would_work_out_is_marked_as_text(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", [f"{MINUS}0.4", "+4.33", f"+4.3 {PLUS_MINUS} 0.2", "a=b", "'", ""])
def test_other_cells_stay_as_they_are(text):
    assert guarded(text) == text
