"""The answer in one line for each outcome says what the tables say."""

import pandas as pd
import pytest
from places import RESULTS
from studied import OUTCOMES, STUDY

from mp_bayes.storage import read_tables
from mp_bayes.wording.brief import brief_answer, fitted_table
from mp_bayes.wording.reanalysis import outcome_answer
from mp_bayes.wording.table import NBSP, Table

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def committed() -> Tables:
    return read_tables(RESULTS)


def row_of(table: Table, name: str) -> list[str]:
    (row,) = [row for row in table.rows if row[0].startswith(OUTCOMES[name].short)]
    return [cell.replace(NBSP, " ") for cell in row]


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_line_has_the_published_average_and_the_page_s_headline(committed: Tables, name: str):
    _, published, here, chance = row_of(brief_answer(committed, STUDY), name)
    table = committed["comparison"]
    (row,) = table[
        table["outcome"].eq(name)
        & table["source"].eq("published")
        & table["estimand"].eq("average_effect")
        & table["scale"].eq(OUTCOMES[name].response_scale)
    ].to_dict("records")
    assert float(published.replace("−", "-")) == pytest.approx(row["estimate"], abs=0.05)
    # The page's sentence has the same numbers, without signs.
    said = outcome_answer(committed["effects"], OUTCOMES[name])
    for number in here.replace("−", "").replace("(", "").replace(")", "").split(" to "):
        assert all(f"{part} " in said for part in number.split())
    assert f"probability of any reduction is {chance};" in said


def test_an_unusable_headline_gives_no_number(tables: Tables):
    name = next(iter(OUTCOMES))
    changed = tables | {"effects": tables["effects"].assign(usable=False)}
    assert row_of(brief_answer(changed, STUDY), name)[2:] == ["unusable", ""]


def test_a_study_that_nobody_published_has_its_plain_regressions(tables: Tables):
    none = {**tables, "comparison": tables["comparison"][:0]}
    assert row_of(brief_answer(none, STUDY), next(iter(OUTCOMES)))[1] == "none"


def test_a_fit_s_table_keeps_mean_and_interval_together(committed: Tables):
    table = fitted_table(committed["effects"].head(20))
    cells = table["Mean (95% interval)"]
    assert not cells.str.contains(" ", regex=False).any()
    assert (table["Below 0"] != "").any()
