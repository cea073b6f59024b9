"""A thousand requests, most of them wrong: all are answered, and memory stays bounded."""

import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest

pytestmark = [
    pytest.mark.nightly,
    pytest.mark.skipif(find_spec("flask") is None, reason="Flask is not here"),
    pytest.mark.skipif(sys.platform != "linux", reason="memory is counted in KiB on Linux alone"),
]
#: More different questions than answers are kept, asked again and again.
QUESTIONS, REQUESTS = 83, 1000
WRONG = (
    {"effect": "nan"},
    {"size": "1e308"},
    {"treated": "-1"},
    {"outcome": "../x"},
    {"rho": "1"},
    {"study": "<b>"},
)


def asked(number):
    """Return a path, its query, and the status that it must have: of every ten, six are wrong."""
    kind, fields = number % 10, {"ask": "one", "treated": "4", "comparison": "10"}
    fields |= {"post_years": "3", "effect": f"-{5 + number % QUESTIONS / 20}"}
    if kind < 6:
        return "/answer", fields | WRONG[number % len(WRONG)], 400
    return "/answer" if kind < 9 else "/figure/power_by_years.svg", fields, 200


def peak():
    """Return the most memory that this process has taken so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_thousand_requests_are_answered_in_bounded_memory():
    from mp_bayes.app import create_app

    app = create_app()

    def ask(number):
        path, fields, status = asked(number)
        with app.test_client() as client:
            return client.get(path, query_string=fields).status_code == status

    try:
        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(ask, range(300)))
            before = peak()
            assert all(threads.map(ask, range(300, REQUESTS)))
    finally:
        app.extensions["mp_bayes_close"]()
    # All answers that are kept were there before; an answer with its figures has about 1 MiB.
    assert peak() - before < 100
