"""A study of one's own, from `new` to the page."""

import csv
import html
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from tables_beside import check_tables_beside

from mp_bayes.commands.kept_study import keep_study
from mp_bayes.studies.read import read_study

#: As people write them; all of this is ordinary.
NAMES = ['St. "Mary\'s", North', "Ynys Môn", "A < B & C > D", "$5 Hill_top_", "O'Brien"]


@pytest.fixture(scope="module")
def example(tmp_path_factory, mp_bayes):
    """Return the folder of a new study, and of its results."""
    folder = tmp_path_factory.mktemp("own")
    assert mp_bayes("new", str(folder / "demo"))[0] == 0
    out = folder / "results"
    status, printed, complained = mp_bayes(
        "run", "--study", str(folder / "demo"), "--quick", "--out", str(out)
    )
    assert status == 0, complained
    # The answer: a line for each outcome.
    assert [line.split(",")[0] for line in printed.splitlines()[3:5]] == [
        "Re-referral within 12 months",
        "Placement moves",
    ]
    return folder / "demo", out


def test_the_page_of_a_new_study_speaks_of_it_alone(example):
    _, out = example
    page = (out / "report.html").read_text(encoding="utf-8")
    for name in ("Northtown", "Eastbridge", "Westford", "Re-referral within 12 months"):
        assert name in page
    # The reference of the software has its title, which names the first study.
    title = "Bayesian re-analysis of the Motivational Practice evaluation"
    assert page.count(title) == 1
    other = page.replace(title, "")
    for name in ("Islington", "Southend", "Barnet", "Motivational", "2020 report", "Table 8"):
        assert name not in other
    # Two treated boroughs, three comparisons, four years before and three after, two kinds.
    trends = pd.read_csv(out / "trends.csv")
    assert trends.groupby("outcome")["borough"].nunique().to_dict() == {"moves": 5, "rereferral": 5}
    # No published estimates, costs or audit: no section, no table.
    for name in ("costs", "audit", "timing", "planning"):
        assert f'<h2 id="{name}">' not in page
    assert '<h2 id="answer">' in page
    assert not (out / "costs.csv").exists()


def test_figures_are_drawn_again_without_the_study(example, mp_bayes, tmp_path):
    folder, out = example
    moved = tmp_path / "moved"
    shutil.copytree(out, moved)
    status, _, complained = mp_bayes(
        *("figures", "--results", str(moved), "--outcome", "moves"),
        *("--figure", "outcome_trends", "--format", "svg", "--out", str(tmp_path / "drawn")),
    )
    assert status == 0, complained
    assert (tmp_path / "drawn" / "outcome_trends__moves.svg").exists()
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["study"] == folder.name
    assert {"study.toml", "counts.csv", "default.toml"} <= set(manifest["inputs"])


def test_new_does_not_write_over_anything(example, mp_bayes):
    status, _, complained = mp_bayes("new", str(example[0]))
    assert status == 2
    assert "not empty" in complained


def synthetic(folder, *, effect: float, names: list[str], seed: int):
    """Write a study with a known effect in log-odds, and without shocks; return its folder."""
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    with (folder / "counts.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["outcome", "borough", "year", "events", "total"])
        for place, name in enumerate(names):
            level = rng.normal(-1.4, 0.2)
            for year in range(2014, 2022):
                treated = place < 2 and year >= 2018 + place
                p = expit(level + 0.05 * (year - 2014) + effect * treated)
                table.writerow(["claims", name, str(year), rng.binomial(20_000, p), 20_000])
    treated = {names[0]: "2018-01", names[1]: "2019-01"}
    onsets = ", ".join(f"{json.dumps(name)} = '{month}'" for name, month in treated.items())
    (folder / "study.toml").write_text(
        f"""title = "{html.escape("Names & <things>")}"
programme = "it"
source = "a simulation"
treated = {{ {onsets} }}

[outcomes.claims]
label = "Claims of <10 days> & 'more'"
kind = "binary"
smallest_effect = 1.0
""",
        encoding="utf-8",
    )
    return folder


def test_a_known_effect_is_recovered_by_both_kinds_of_method(tmp_path, mp_bayes):
    """Staggered onsets, levels and years known to be parallel: 0.3 log-odds less.

    With 20,000 cases a cell, the standard error of the average is about 0.01 without shocks; the
    posterior with shocks must hold the truth in its interval.
    """
    folder = synthetic(tmp_path / "known", effect=-0.3, names=NAMES, seed=3)
    for shock, tolerance in (("none", 0.05), ("within-study", 0.1)):
        out = tmp_path / f"fit-{shock}"
        status, _, complained = mp_bayes(
            *("fit", "claims", "--study", str(folder), "--shock", shock, "--coding", "dosed"),
            *("--engine", "laplace", "--out", str(out)),
        )
        assert status == 0, complained
        effects = pd.read_csv(out / "effects.csv")
        row = effects[effects["estimand"].eq("average_effect") & effects["scale"].eq("log_odds")]
        assert float(row["mean"].iloc[0]) == pytest.approx(-0.3, abs=tolerance)
        assert row["lower"].iloc[0] < -0.3 < row["upper"].iloc[0]


def test_one_table_is_enough_for_a_first_look(tmp_path, mp_bayes):
    folder = synthetic(tmp_path / "known", effect=-0.3, names=NAMES[1:], seed=4)
    asked = ["fit", "--counts", str(folder / "counts.csv"), "--treated", "Ynys Môn"]
    asked += ["--onset", "2018-01", "--engine", "laplace", "--out"]
    priors = []
    for measure in ([], ["--measure", "Rereferral"]):
        out = tmp_path / f"look{len(measure)}"
        status, printed, complained = mp_bayes(*asked, str(out), *measure)
        assert status == 0, complained
        assert "95%" in printed
        # What follows from naming none, and how to name one.
        said = "No measure of the official statistics was named" in " ".join(printed.split())
        assert said == (not measure)
        assert ("--measure MEASURE" in printed) == (not measure)
        priors.append((out / "priors.toml").read_text(encoding="utf-8"))
    assert priors[0] != priors[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--treated", "Ash"], "go with --counts"),
        (["--measure", "rereferral"], "go with --counts"),
        (["--counts", "none.csv"], "needs --treated and --onset"),
        (["--study", "nowhere"], "unknown study 'nowhere'"),
        (["--evidence", "coefficients", "--study", "example"], "no published estimates"),
        (["--timing", "late", "--study", "example"], "unknown timing"),
        (["--study", "example", "--counts", "own.csv"], "give one of them"),
        (
            ["--counts", "own.csv", "--treated", '"Ash', "--onset", "2020-04"],
            "--treated: unexpected end of data",
        ),
    ],
)
def test_what_cannot_be_fitted_is_told(arguments, says, mp_bayes, tmp_path):
    status, _, complained = mp_bayes(
        "fit", *arguments, "--engine", "laplace", "--out", str(tmp_path / "out")
    )
    assert status == 2
    assert says in " ".join(complained.split())
    assert not (tmp_path / "out").exists()


def test_unusual_names_are_ordinary(tmp_path, mp_bayes):
    folder = synthetic(tmp_path / "named", effect=-0.2, names=NAMES, seed=5)
    out = tmp_path / "results"
    status, _, complained = mp_bayes("run", "--study", str(folder), "--quick", "--out", str(out))
    assert status == 0, complained
    page = html.unescape((out / "report.html").read_text(encoding="utf-8"))
    raw = (out / "report.html").read_text(encoding="utf-8")
    assert "<10 days>" not in raw
    assert "Claims of <10 days> & 'more'" in page
    assert "No measure of the official statistics was named" in page
    check_tables_beside(out, "report.html")
    predictive = pd.read_csv(out / "tables" / "predictive.csv")
    for name in NAMES:
        assert name in set(pd.read_csv(out / "trends.csv")["borough"])
        assert name in page
        assert name in set(predictive["Borough"])
    svg = (out / "figures" / "outcome_trends__claims.svg").read_text(encoding="utf-8")
    assert "Ynys Môn" in svg


def test_results_are_not_written_over_what_the_user_wrote(tmp_path, mp_bayes):
    """Her own priors.toml lies in the study's folder, under the name of a result."""
    folder = synthetic(tmp_path / "mine", effect=-0.2, names=NAMES, seed=6)
    (folder / "priors.toml").write_text("# mine\n[default]\nsd_effect = 0.5\n")
    for command in (["fit", "--engine", "laplace"], ["run", "--quick"]):
        status, _, complained = mp_bayes(
            *command,
            *("--study", str(folder), "--priors", str(folder / "priors.toml")),
            *("--out", str(folder)),
        )
        assert status == 2
        assert "another folder" in " ".join(complained.split())
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == ["counts.csv", "priors.toml", "study.toml"]
    assert (folder / "priors.toml").read_text().startswith("# mine")


def test_a_shipped_name_that_is_a_folder_here_too_is_ambiguous(tmp_path, monkeypatch, mp_bayes):
    synthetic(tmp_path / "example", effect=-0.2, names=NAMES, seed=7)
    monkeypatch.chdir(tmp_path)
    status, _, complained = mp_bayes("priors", "--study", "example")
    assert (status, "give ./example" in complained) == (2, True)
    assert mp_bayes("priors", "--study", "./example")[0] == 0


def test_a_study_of_another_file_name_is_found_again(tmp_path):
    folder = synthetic(tmp_path / "named", effect=-0.2, names=NAMES, seed=8)
    (folder / "study.toml").rename(folder / "trial.toml")
    study = read_study(folder / "trial.toml")
    keep_study(study, tmp_path / "results")
    assert read_study(tmp_path / "results" / "study").outcomes == study.outcomes
