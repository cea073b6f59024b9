"""Shared by the tests of the fast posterior."""

import pytest
from studied import STUDY

from mp_bayes.priors import Priors, load_priors


@pytest.fixture(scope="session")
def priors() -> Priors:
    return load_priors(STUDY)
