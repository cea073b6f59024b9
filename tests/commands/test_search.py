"""`mp-bayes plan` as a search: from the command line to the folder, and back from its file."""

import re

import pandas as pd
import pytest
from tables_beside import check_tables_beside

from mp_bayes.commands.search_job import apart

SMALL = (
    "plan",
    *("--effect", "-8pp"),
    *("--half-life", "1"),
    *("--treated-boroughs", "3,6,9"),
    *("--comparison-boroughs", "4,8"),
    *("--pre-years", "3"),
    *("--post-years", "2,3"),
    *("--roll-out", "at-once,3"),
    *("--cost-treated-year", "10"),
    *("--cost-comparison", "1"),
    *("--replicates", "40"),
    *("--workers", "1"),
)


@pytest.fixture(scope="module")
def made(mp_bayes, tmp_path_factory):
    """Run a small search once; return what was printed, and the folder."""
    out = tmp_path_factory.mktemp("search") / "plan"
    status, printed, _ = mp_bayes(*SMALL, "--out", str(out))
    assert status == 0
    return printed, out


def test_a_search_writes_all_that_it_says(made):
    _, out = made
    names = {path.name for path in out.iterdir()}
    tables = {"designs", "frontier", "curve", "sensitivity", "looks", "prior_cost"}
    assert {f"{name}.csv" for name in tables} <= names
    assert {"plan.html", "scenario.toml", "protocol.txt", "manifest.json", "figures"} <= names
    best = pd.read_csv(out / "frontier.csv")
    assert best["reaches"].all() or len(best) == 1
    simulated = best.dropna(subset="simulated")
    assert len(simulated)
    # Four Monte Carlo errors of 40 evaluations.
    assert ((simulated["simulated"] - simulated["assurance"]).abs() < 4 * 0.5 / 40**0.5).all()
    page = (out / "plan.html").read_text(encoding="utf-8")
    for words in ("The answer", "MDES", "early looks", "What is assumed", "Assurance, simulated"):
        assert words in page


def test_the_tables_of_its_page_lie_beside_it(made):
    _, out = made
    index = check_tables_beside(out, "plan.html").set_index("name")
    assert {"frontier", "designs", "curve", "looks", "sensitivity", "cost"} <= set(index.index)
    assert index["source"].str.startswith("simulations").all()
    shown = pd.read_csv(out / "tables" / "designs.csv")
    assert len(shown) == len(pd.read_csv(out / "designs.csv"))


def test_numbers_of_the_words_are_those_of_the_tables(made):
    _, out = made
    best = pd.read_csv(out / "frontier.csv").iloc[0]
    words = (out / "protocol.txt").read_text(encoding="utf-8")
    assert f"{best['treated_boroughs']:.0f} treated borough" in words
    assert f"{best['comparison_boroughs']:.0f} comparison borough" in words
    share = int(re.search(r"assurance is (\d+)%", words)[1])
    assert abs(share - 100 * best["assurance"]) <= 0.5
    # The roll-out, the baseline and the size are in it.
    assert "baseline of 16.9%" in words
    assert "1469" in words
    if best["stagger"] > 0:
        assert "3 a year begin" in words


def test_what_it_wrote_gives_the_same_again(made, mp_bayes, tmp_path):
    _, out = made
    again = tmp_path / "again"
    words = ("plan", "--scenario", str(out / "scenario.toml"), "--workers", "1")
    status, _, _ = mp_bayes(*words, "--out", str(again))
    assert status == 0
    for name in ("designs", "frontier", "curve", "looks", "sensitivity", "prior_cost"):
        assert (again / f"{name}.csv").read_text() == (out / f"{name}.csv").read_text(), name
    assert (again / "scenario.toml").read_text() == (out / "scenario.toml").read_text()
    assert (again / "protocol.txt").read_text() == (out / "protocol.txt").read_text()


def test_a_harm_is_queried(mp_bayes, tmp_path):
    words = [word if word != "-8pp" else "8pp" for word in SMALL]
    status, printed, _ = mp_bayes(*words, "--out", str(tmp_path / "plan"))
    assert status == 0
    assert "is a minus sign missing?" in " ".join(printed.split())


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--treated-boroughs", "3,3"), "twice"),
        (("--treated-boroughs", "3,x"), "not a list"),
        (("--roll-out", "soon"), "--roll-out"),
        (("--post-years", "0"), "post_years"),
        (("--in-depth",), "one number of treated"),
        (("--baseline", "3"), "baseline"),
        (("--size", "0"), "cell_size"),
        (("--cost-comparison", "-1"), "cost_comparison"),
    ],
)
def test_what_makes_no_sense_is_one_line(mp_bayes, tmp_path, words, complaint):
    out = tmp_path / "plan"
    status, _, complained = mp_bayes(*SMALL, *words, "--out", str(out))
    assert status == 2
    assert complaint in complained
    assert len(complained.strip().splitlines()) == 1
    assert not out.exists()


def test_a_simulation_far_from_the_closed_form_is_told():
    frontier = pd.DataFrame(
        {
            "treated_boroughs": [22, 30],
            "comparison_boroughs": [80, 80],
            "post_years": [3, 10],
            "assurance": [0.813, 0.80],
            "assurance_error": [0.003, 0.003],
            "simulated": [0.95, 0.82],
            "simulated_mcse": [0.02, 0.02],
        }
    )
    (said,) = apart(frontier)
    assert "22 treated and 80 comparison boroughs, 3 years after, simulation says 95%" in said
