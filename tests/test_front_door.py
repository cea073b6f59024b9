"""`import mp_bayes` gives what scripts need, and its examples run as they stand."""

import doctest
import importlib

import pytest

import mp_bayes as mb


def test_the_examples_run():
    found = doctest.testmod(mb, verbose=False)
    assert found.attempted > 5
    assert found.failed == 0


@pytest.mark.parametrize("name", mb.__all__)
def test_every_name_is_there_and_documented(name: str):
    assert getattr(mb, name).__doc__
    assert name in dir(mb)


def test_an_unknown_name_is_none_of_ours():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        importlib.import_module("mp_bayes").nothing  # noqa: B018 -- asking is the test
