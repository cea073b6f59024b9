from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd
import pytest
from studied import STUDY
from synthetic_page import page_tables
from synthetic_results import make_tables, write_posteriors

from mp_bayes.figures import Chart, charts
from mp_bayes.figures.chart import also_narrow
from mp_bayes.priors import load_priors
from mp_bayes.report import build_report

Tables = dict[str, pd.DataFrame]
FACTS = {
    "seed": 4711,
    "quick": False,
    "command": "mp-bayes run --seed 4711",
    "python": "3.13",
    "versions": {"mp-bayes": "9.9.9", "pymc": "6.4.0"},
    "inputs": {"cells.csv": "0123456789abcdef"},
}


@pytest.fixture(scope="session")
def whole_tables() -> Tables:
    tables = make_tables()
    return tables | page_tables(tables["effects"])


@pytest.fixture
def tables(whole_tables: Tables) -> Tables:
    return {name: table.copy() for name, table in whole_tables.items()}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_posteriors(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="session")
def drawn(whole_tables: Tables, results: Path) -> list[Chart]:
    """Every figure of the invented results."""
    return also_narrow(lambda: charts(whole_tables, results, STUDY, load_priors(STUDY)))


@pytest.fixture(scope="session")
def report_page(whole_tables: Tables) -> str:
    """Return the page of the invented results, without figures."""
    return build_report(
        {name: table.copy() for name, table in whole_tables.items()}, (), FACTS, STUDY
    )


@pytest.fixture(scope="session")
def illustrated_page(whole_tables: Tables, drawn: list[Chart]) -> str:
    """Return the page of the invented results, with every figure."""
    return build_report(
        {name: table.copy() for name, table in whole_tables.items()}, drawn, FACTS, STUDY
    )


@pytest.fixture
def make_page() -> Callable[..., str]:
    def make(tables: Tables, figures: Iterable[Chart] = ()) -> str:
        return build_report(tables, figures, FACTS, STUDY)

    return make
