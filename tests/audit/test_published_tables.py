"""Check the tables against the text of the reports they were taken from."""

import re
from collections import Counter

from mp_bayes.audit.labels import years_of
from mp_bayes.audit.printed_evidence import read_evidence
from mp_bayes.audit.rows import Coefficient

EVIDENCE = read_evidence()
WORDS = {1: "one", 2: "two", 3: "three", 5: "five", 6: "six", 7: "seven", 8: "eight", 10: "ten"}


def table_text(report: str, number: int) -> str:
    """Return the text from a table's caption to its notes."""
    start = re.search(rf"\*\*Table ?{number}[. ](?!.*\t\d)", report)
    assert start is not None, f"Table {number} is not in the text"
    return report[start.start() : report.index("otes", start.start())]


def occurs(value: str, text: str) -> bool:
    """Return whether a number stands in a text, in digits (with separators) or as a word."""
    whole = value.lstrip("-").split(".", maxsplit=1)
    grouped = f"{int(whole[0]):,}" + (f".{whole[1]}" if len(whole) > 1 else "")
    options = {re.escape(value.lstrip("-")), re.escape(grouped)}
    if any(re.search(rf"(?<![\d.,])0?{option}(?![\d]|[.,]\d)", text) for option in options):
        return True
    return len(whole) == 1 and WORDS.get(int(whole[0]), "!") in text.lower()


def test_every_outcome_has_every_cell_and_no_24_months_in_the_last_year() -> None:
    cells = Counter((c.outcome, c.borough) for c in EVIDENCE.cells)
    assert len(cells) == 10
    assert all(count == len(years_of(outcome)) for (outcome, _), count in cells.items())
    assert ("cin_rereferral_24m", "2017-18") not in {(c.outcome, c.year) for c in EVIDENCE.cells}


def test_cells_of_binary_outcomes_are_those_of_table_8(report_2020: str) -> None:
    lines = [line.split("\t") for line in table_text(report_2020, 8).splitlines()]
    columns = {"cin_rereferral_12m": 4, "cin_rereferral_24m": 5, "cin_escalation_12m": 6}
    table = {(line[0], line[1][:5] + line[1][7:]): line for line in lines if len(line) == 7}
    for cell in EVIDENCE.cells:
        if cell.outcome in columns:
            line = table[cell.borough, cell.year]
            assert line[columns[cell.outcome]] == f"{cell.percent}% ({cell.events})"
            assert line[2:4] == [str(cell.children), str(cell.total)]


def test_cells_of_counts_are_those_of_table_13(report_2020: str) -> None:
    lines = [line.split("\t") for line in table_text(report_2020, 13).splitlines()]
    columns = {"cla_placement_moves": 3, "cla_residential_placements": 4}
    table = {(line[0], line[1][:5] + line[1][7:]): line for line in lines if len(line) == 5}
    for cell in EVIDENCE.cells:
        if cell.outcome in columns:
            line = table[cell.borough, cell.year]
            assert line[columns[cell.outcome]] == str(cell.events)
            assert cell.children == cell.total == int(line[2])
            assert cell.percent is None


def printed_as(row: Coefficient) -> str:
    """Return a regression row's numbers as the tables print them."""
    stars = f" {row.stars}" if row.stars else ""
    return f"{row.estimate} [{row.se}]\t{row.p_value}{stars}"


def test_every_coefficient_is_printed_and_every_printed_one_is_there(report_2020: str) -> None:
    for number in (9, 10, 11, 15, 16):
        text = table_text(report_2020, number)
        # An optional blank before the stars is how the text was set, not a number.
        found = Counter(
            re.sub(r"(\d)\s*(\*+|\+)$", r"\1 \2", match.group().strip())
            for match in re.finditer(
                r"-?\d\.\d+ \[\d\.\d+\]\t[01]\.\d+(?: ?(?:\*\*|\*|\+))?(?=\s|$)", text
            )
        )
        source = f"2020 report, Table {number}"
        assert found == Counter(printed_as(r) for r in EVIDENCE.coefficients if r.source == source)


def test_exploratory_contrasts_are_in_the_text(report_2020: str) -> None:
    rows = [row for row in EVIDENCE.coefficients if row.term == "treated_x_post"]
    assert len(rows) == 5
    text = re.sub(r"[$ ]+", " ", report_2020)  # the formulae are set in dollar signs
    for row in rows:
        pattern = rf"= {row.estimate} ?, SE = {row.se} ?, p {row.p_relation} {row.p_value} ?\)"
        assert re.search(pattern, text), printed_as(row)


def test_average_marginal_effects_are_in_section_3_2(report_2020: str) -> None:
    start = report_2020.index("### Probability of CIN re-referral within 12 months")
    section = report_2020[start : report_2020.index("### 3.3 Proximal")]
    for row in EVIDENCE.average_marginal_effects:
        assert occurs(str(row.change), section), row


def test_costs_reach_and_unit_costs_are_printed(report_2020: str) -> None:
    section = report_2020[report_2020.index("### 3.4 Cost evaluation") :]
    for cost in EVIDENCE.costs:
        assert f"£{int(cost.amount):,}" in section
    for number in [r.number for r in EVIDENCE.reach] + [u.amount for u in EVIDENCE.unit_costs]:
        assert occurs(str(number), section)


def test_survey_counts_stand_beside_their_percentages(report_2020: str) -> None:
    for row in EVIDENCE.survey:
        pattern = rf"(?<![\d.]){row.percent}%?\s*\(?(n=)?{row.count}(?!\d)"
        assert re.search(pattern, report_2020), row


def test_sample_sizes_and_figures_are_in_their_report(report_2020: str, report_2017: str) -> None:
    reports = {"2020 report": report_2020, "2017 report": report_2017}
    for sample in EVIDENCE.sample_sizes:
        assert occurs(str(sample.number), report_2020), sample
    for figure in EVIDENCE.figures:
        assert occurs(str(figure.value), reports[figure.source.split(",")[0]]), figure


def test_p_values_in_prose_are_in_section_3_2(report_2020: str) -> None:
    for test in EVIDENCE.reported_tests:
        if test.p_value is not None:
            assert f"p {test.p_relation} {test.p_value}" in report_2020, test
