"""Whatever is typed, a command starts its job or is refused in one line, with status 2."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_values import ODD

#: Options by command, each with values that are fine.
OPTIONS = {
    "fit": {
        "--evidence": ["cells", "coefficients"],
        "--shock": ["none", "national"],
        "--effect": ["yearly", "embedding"],
        "--coding": ["dosed", "published"],
        "--timing": ["as_published"],
        "--engine": ["laplace"],
        "--study": ["example", "motivational_practice"],
        "--counts": ["nowhere.csv"],
        "--treated": ["A,B"],
        "--onset": ["2020-04"],
        "--window": ["0", "1"],
        "--measure": ["rereferral"],
        "--priors": ["nowhere.toml"],
        "--seed": ["1"],
    },
    "plan": {
        "--outcome": ["cin_rereferral_12m"],
        "--effect": ["-3pp", "0.8or"],
        "--effect-sd": ["1"],
        "--half-life": ["0,1", "2"],
        "--comparison-boroughs": ["1", "1,5"],
        "--treated-boroughs": ["1", "2,4"],
        "--pre-years": ["3", "3,5"],
        "--roll-out": ["at-once", "at-once,2"],
        "--stagger": ["0.5"],
        "--baseline": ["0.2"],
        "--size": ["900"],
        "--cost-treated-year": ["100000"],
        "--cost-comparison": ["0"],
        "--max-post-years": ["6"],
        "--in-depth": [""],
        "--search": [""],
        "--target": ["0.8"],
        "--replicates": ["100"],
        "--shock": ["national"],
        "--analysis-prior-sd": ["0.35"],
        "--workers": ["1"],
        "--dask": ["tcp://127.0.0.1:1"],
        "--scenario": ["nowhere.toml"],
        "--seed": ["1"],
    },
    "run": {
        "--study": ["example"],
        "--priors": ["nowhere.toml"],
        "--seed": ["1"],
        "--quick": [""],
    },
    "figures": {
        "--results": ["nowhere"],
        "--outcome": ["x"],
        "--figure": ["y"],
        "--format": ["svg"],
        "--width": ["160mm"],
        "--dpi": ["300"],
        "--grey": [""],
        "--no-title": [""],
        "--list": [""],
    },
    "panel compare": {
        "--data": ["nowhere"],
        "--measure": ["rereferral"],
        "--treated": ["Leeds"],
        "--years": ["2013:2015"],
        "--study": ["example"],
        "--seed": ["1"],
    },
}


@pytest.fixture(autouse=True)
def nothing_begins(monkeypatch, tmp_path):
    """Keep jobs from beginning: what is typed has then been accepted."""
    from mp_bayes.commands import fit_job, jobs, plan_job, search_job

    def nothing(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    for job in (fit_job, jobs, plan_job, search_job):
        monkeypatch.setattr(job, "whole_results", nothing)


@st.composite
def lines(draw):
    command = draw(st.sampled_from(list(OPTIONS)))
    words = command.split()
    chosen = draw(st.lists(st.sampled_from(list(OPTIONS[command])), max_size=4))
    for option in chosen:
        fine = OPTIONS[command][option]
        value = draw(st.one_of(st.sampled_from(fine), st.sampled_from(ODD), st.text(max_size=12)))
        words += [option] if value == "" and "" in fine else [option, value]
    return words


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(words=lines())
def test_options(mp_bayes, words):
    # No program can be given a NUL, or half a letter.
    words = [word.replace("\0", "").encode("utf-8", "ignore").decode() for word in words]
    status, _, complained = mp_bayes(*words)
    assert status in (0, 2, 130), (words, complained)
    if status == 2:
        assert complained.count("\n") == 1, (words, complained)
        assert complained.startswith("mp-bayes: ")
    assert "Traceback" not in complained
