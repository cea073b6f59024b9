from pathlib import Path

import pandas as pd
import pytest
from synthetic_results import make_tables, write_posteriors


@pytest.fixture(scope="session")
def whole_tables() -> dict[str, pd.DataFrame]:
    return make_tables()


@pytest.fixture
def tables(whole_tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: table.copy() for name, table in whole_tables.items()}


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_posteriors(tmp_path_factory.mktemp("results"))
