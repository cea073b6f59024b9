"""Published posteriors: that ours agree, and that a model which is another one does not."""

from dataclasses import replace

import pytest

from mp_bayes.checks import special_cases as module
from mp_bayes.checks.published_posteriors import (
    REFERENCES,
    SCHOOLS,
    SOURCES,
    SURGERY,
    compared,
)
from mp_bayes.checks.special_cases import eight_schools, special_cases, surgery
from mp_bayes.priors.distributions import Fixed, Normal


@pytest.fixture(scope="module")
def drawn():
    return special_cases(("laplace",))


def test_weighted_draws_are_what_was_published(drawn):
    assert len(drawn) == len(REFERENCES)
    assert drawn["agrees"].all(), drawn[~drawn["agrees"]].to_string()
    # Tolerances are Monte Carlo errors, and ours are the smaller ones: so the test can fail.
    assert drawn["ours_mcse"].lt(drawn["published_mcse"]).all()


@pytest.mark.nightly
def test_the_sampler_is_what_was_published():
    sampled = special_cases(("nuts",))
    assert sampled["converged"].all()
    assert sampled["agrees"].all(), sampled[~sampled["agrees"]].to_string()


def test_another_model_is_found(monkeypatch):
    """A mean's prior twice as wide; deaths that come in clusters."""
    schools, hospitals = eight_schools(), surgery()
    wide = {"mean_effect": Normal(distribution="Normal", mu=0.0, sigma=10.0)}
    clustered = {"design_effect": Fixed(value=1.5)}
    other = {
        "eight_schools": replace(schools, priors=schools.priors | wide),
        "surgery": replace(hospitals, priors=hospitals.priors | clustered),
    }
    for name, case in other.items():
        monkeypatch.setattr(module, name, lambda case=case: case)
    table = special_cases(("laplace",)).set_index(["case", "quantity", "statistic"])
    assert not table["agrees"][(SCHOOLS, "mean over schools", "mean")]
    assert not table["agrees"][(SURGERY, "SD over hospitals, log-odds", "mean")]


def test_verdicts_follow_from_the_table_alone(drawn):
    assert compared(drawn).equals(drawn)
    moved = drawn.copy()
    moved.loc[0, "ours"] += 1.0
    assert not compared(moved)["agrees"][0]
    failed = drawn.assign(converged=False)
    assert not compared(failed)["agrees"].any()


def test_every_number_has_an_error_and_a_source():
    for one in REFERENCES:
        assert one.mcse > 0
        assert SOURCES[one.case]
