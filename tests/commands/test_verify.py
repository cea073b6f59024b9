"""`mp-bayes verify`: passes on results as they are, and names what was altered."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from places import RESULTS
from studied import STUDY

from mp_bayes.checks.errors import errors
from mp_bayes.checks.of_models import OF_MODELS
from mp_bayes.commands import checks_again
from mp_bayes.report.page import without_images
from mp_bayes.storage import MANIFEST, digest, read_table


def alter(folder, name: str, column: str, by: float, *, rehash: bool, **labels: str) -> int:
    """Change a number of a results table, and its hash if asked; return its line in the file."""
    table = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
    chosen = table
    for label, value in labels.items():
        chosen = chosen[chosen[label].eq(value)]
    place = chosen.index[0]
    table.loc[place, column] = f"{float(table.loc[place, column]) + by:.9g}"
    table.to_csv(folder / name, index=False)
    if rehash:
        forge(folder, name)
    return int(place) + 2


def forge(folder, name: str, *, kind: str = "files") -> None:
    """Put a file's hash as it is now, or None if it is gone, into the manifest."""
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    manifest[kind].pop(name)
    if (folder / name).exists():
        manifest[kind][name] = digest(folder / name)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def reworded(folder, name: str, old: str, new: str) -> None:
    """Change words in a file, and its hash."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    forge(folder, name)


def test_the_committed_results_pass_the_short_form(mp_bayes):
    status, printed, complained = mp_bayes("verify", "--short", str(RESULTS))
    assert status == 0, printed + complained
    assert "Nothing moved." in printed


def test_the_short_form_names_what_was_altered(mp_bayes, tmp_path):
    copy = tmp_path / "copy"
    # Saved posteriors are never read, but their hashes are.
    shutil.copytree(RESULTS, copy)
    labels = {"evidence": "cells", "shock_prior": "national", "effect_structure": "yearly"}
    labels |= {"estimand": "average_effect", "scale": "percentage_points"}
    line = alter(copy, "comparison.csv", "estimate", 0.5, rehash=True, source="fair")
    alter(copy, "effects.csv", "mean", 1.0, rehash=True, **labels)
    other = alter(copy, "weights.csv", "weight", 0.01, rehash=False)
    (copy / "quotable.txt").write_text("Nothing to see here.\n", encoding="utf-8")
    status, printed, complained = mp_bayes("verify", "--short", str(copy))
    assert status == 1
    assert "numbers" in complained
    # A number with its hash, one without, one that others are worked out from, and words.
    assert f"comparison.csv line {line} (" in printed
    assert f"weights.csv line {other} (" in printed
    assert "weights.csv is not as the run wrote it" in printed
    assert "comparison.csv is not as the run wrote it" not in printed
    assert printed.count("; posterior; cells; national; yearly;") == 1
    assert "quotable.txt is not as the run wrote it" in printed


def test_the_short_form_names_what_was_altered_with_its_hash(mp_bayes, tmp_path):
    """All that the tables, the study or another page give again, and what the run read."""
    copy = tmp_path / "copy"
    shutil.copytree(RESULTS, copy)
    checks = copy / "checks"
    reworded(copy, "report.html", "effect", "gain")
    reworded(copy, "checks.html", "Parallel trends", "Equal trends")
    alter(copy, "figures/weights__cin_escalation_12m.csv", "weight", 0.1, rehash=True)
    alter(copy, "planning_replay.csv", "size", 0.01, rehash=True)
    (copy / "quotable.txt").unlink()
    forge(copy, "quotable.txt")
    alter(checks / "trends", "pretrends.csv", "slope", 0.5, rehash=True)
    alter(checks / "calibration", "calibration.csv", "p", 0.2, rehash=True)
    alter(checks / "external", "agreement.csv", "published_lower", 0.2, rehash=True)
    for name in ("trends", "calibration", "external"):
        forge(copy, f"checks/{name}/{MANIFEST}", kind="inputs")
    shutil.rmtree(checks / "joint")
    reworded(copy / "panel" / "rereferral" / "fit", "left_out.csv", "available", "there")
    (copy / "planning_more.csv").write_text("power\n1\n", encoding="utf-8")
    status, printed, _ = mp_bayes("verify", "--short", str(copy))
    assert status == 1
    moved = [line for line in printed.splitlines() if line.startswith("Moved: ")]
    for said in (
        "report.html line ",
        "checks.html line ",
        "figures/weights__cin_escalation_12m.csv line 2, weight",
        "planning_replay.csv line 2 (",
        "quotable.txt is missing",
        "checks/trends/pretrends.csv line 2 (",
        "checks/trends/check.html line ",
        "checks/calibration/calibration.csv line 2 (",
        "checks/external/agreement.csv line 2 (",
        f"{copy}/checks/joint/{MANIFEST} is not as the run",
        f"{copy}/panel/rereferral/fit/{MANIFEST} is not as the run",
    ):
        assert any(line.startswith(f"Moved: {said}") for line in moved), (said, moved)
    # People may keep files of their own in a folder: they are named, and are no result.
    assert "no manifest lists planning_more.csv" in printed
    assert not any("planning_more" in line for line in moved)


def first_drawn(table, tables) -> tuple[int, int]:
    """Return row and column of the first number that has a Monte Carlo error."""
    drawn = errors(table, tables).gt(0).to_numpy()
    assert drawn.any()
    row, column = np.argwhere(drawn)[0]
    return int(row), int(column)


def drawn_anew(folder, rng, far: float):
    """Return what gives the tables of a check again, each number as far off as chance has it."""

    def work(_outcomes, _priors, *, seed, **_):
        assert seed == json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["seed"]
        tables = {path.stem: read_table(path) for path in folder.glob("*.csv")}
        again = {}
        for name, table in tables.items():
            error = errors(table, tables)
            chance = rng.normal(size=error.shape)
            if name == folder.name:
                chance[first_drawn(table, tables)] += far
            drawn = [column for column in error if error[column].gt(0).any()]
            again[name] = table.assign(**(table[drawn].astype(float) + (chance * error)[drawn]))
        return again

    return work


@pytest.mark.parametrize("far", [0.0, 20.0])
def test_the_full_form_allows_chance_and_no_more(mp_bayes, monkeypatch, far):
    """On another machine: the same tables, but that effects and checks are drawn anew."""

    def repeated(out, _study, *, seed, **_):
        assert seed == json.loads((RESULTS / MANIFEST).read_text(encoding="utf-8"))["seed"]
        shutil.copytree(RESULTS, out, ignore=lambda _, names: {n for n in names if "." not in n})
        table = pd.read_csv(out / "effects.csv")
        chance = np.random.default_rng(1).normal(size=len(table))
        chance[0] += far
        labels = ["outcome", "year", "scale"]
        keys = [*table[[*labels, "mean"]].itertuples(index=False, name=None)]
        table["mean"] += chance * table["mcse_mean"].fillna(0.0)
        table.to_csv(out / "effects.csv", index=False, float_format="%.9g")
        # The chain repeats some of them, as they are printed.
        printed = pd.read_csv(out / "effects.csv")["mean"]
        drawn = dict(zip(keys, printed, strict=True))
        steps = pd.read_csv(out / "decomposition.csv")
        repeats = steps[[*labels, "estimate"]].itertuples(index=False, name=None)
        steps["estimate"] = [drawn.get(key, key[-1]) for key in repeats]
        steps.to_csv(out / "decomposition.csv", index=False, float_format="%.9g")

    monkeypatch.setattr("mp_bayes.commands.verify_job.run_job", repeated)
    rng = np.random.default_rng(2)
    again = {name: drawn_anew(RESULTS / "checks" / name, rng, far) for name in OF_MODELS}
    monkeypatch.setattr("mp_bayes.commands.checks_again.OF_MODELS", again)
    status, printed, _ = mp_bayes("verify", str(RESULTS))
    assert "with a Monte Carlo error were compared" in printed
    moved = [line for line in printed.splitlines() if line.startswith("Moved:")]
    if far:
        # The numbers, and where the chain repeats one: nothing else.
        assert status == 1
        tables = {name: read_table(RESULTS / "checks" / name / f"{name}.csv") for name in again}
        lines = {name: first_drawn(table, {})[0] + 2 for name, table in tables.items()}
        named = [f"checks/{name}/{name}.csv line {line} (" for name, line in lines.items()]
        named.append("effects.csv line 2 (")
        for place in named:
            assert any(line.startswith(f"Moved: {place}") for line in moved), (place, moved)
        others = [line for line in moved if not any(place in line for place in named)]
        assert all("decomposition.csv" in line for line in others), others
        assert "), mean: " in moved[0]
        assert "Monte Carlo errors" in moved[0]
    else:
        assert (status, moved) == (0, [])


def test_what_checks_were_of_is_said(tmp_path, monkeypatch):
    """A multiverse of one outcome, other priors, and a table from before a column was there."""
    read = {f"checks/{name}/{MANIFEST}": "" for name in ("multiverse", "joint")}
    asked = {}

    def work(name):
        tables = {path.stem: read_table(path) for path in (RESULTS / "checks" / name).glob("*.csv")}

        def repeated(outcomes, _priors, **_):
            asked[name] = [outcome.name for outcome in outcomes]
            return tables

        return repeated

    monkeypatch.setattr(checks_again, "OF_MODELS", {name: work(name) for name in OF_MODELS})
    shutil.copy(RESULTS / "priors.toml", tmp_path)
    for place in read:
        name = place.split("/")[1]
        shutil.copytree(RESULTS / "checks" / name, tmp_path / "checks" / name)
    joint, multiverse = tmp_path / "checks" / "joint", tmp_path / "checks" / "multiverse"
    with (joint / "priors.toml").open("a", encoding="utf-8") as file:
        file.write("# mine\n")
    pd.read_csv(joint / "joint.csv").drop(columns="mcse_sd").to_csv(joint / "joint.csv")
    table = pd.read_csv(multiverse / "multiverse.csv", dtype=str, keep_default_na=False)
    table[table["outcome"].eq("cin_rereferral_12m")].to_csv(
        multiverse / "multiverse.csv", index=False
    )
    own = json.loads((multiverse / MANIFEST).read_text(encoding="utf-8"))
    own["command"] += " --outcome cin_rereferral_12m"
    (multiverse / MANIFEST).write_text(json.dumps(own), encoding="utf-8")
    manifest = {"inputs": read, "versions": {"mp-bayes": "0.1.0"}}
    with without_images():
        found = checks_again.checks_again(tmp_path, manifest, STUDY, lambda *_: None)
    assert "checks/joint/joint.csv has no column mcse_sd: run it again" in found.words
    assert found.remarks == [
        "checks/multiverse is of cin_rereferral_12m alone",
        "checks/joint was worked out with other priors than the run",
    ]
    assert asked == {"multiverse": ["cin_rereferral_12m"], "joint": list(STUDY.outcomes)}
    # Without anybody who waits nothing is drawn; without the priors it cannot be.
    asked.clear()
    with without_images():
        checks_again.checks_again(tmp_path, manifest, STUDY)
        assert asked == {}
        (joint / "priors.toml").unlink()
        found = checks_again.checks_again(tmp_path, manifest, STUDY, lambda *_: None)
    assert list(asked) == ["multiverse"]
    assert any(one.startswith("checks/joint cannot be made again: ") for one in found.words)


def results_of(folder, name: str, content: str, *, holds: str = "the analysis of a study"):
    """Write a results folder with one file."""
    folder.mkdir()
    (folder / name).write_text(content, encoding="utf-8")
    manifest = {
        "holds": holds,
        "study": "motivational_practice",
        "format": 2,
        "versions": {"mp-bayes": "0.1.0"},
        "files": {name: digest(folder / name)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_bad_folders_get_one_line_and_status_2(mp_bayes, tmp_path):
    missing = results_of(tmp_path / "missing", "effects.csv", "a\n1\n")
    (missing / "effects.csv").unlink()
    cases = {
        tmp_path / "nowhere": "no readable manifest.json",
        results_of(tmp_path / "other", "a.csv", "a\n1\n", holds="a plan"): "holds a plan, not",
        missing: "effects.csv is missing",
        results_of(tmp_path / "ragged", "effects.csv", "a\n1,2\n1,2,3\n"): "is damaged",
        results_of(tmp_path / "empty", "effects.csv", ""): "is damaged",
        results_of(tmp_path / "columns", "effects.csv", "a\n1\n"): "priors.toml",
    }
    for folder, said in cases.items():
        status, _, complained = mp_bayes("verify", "--short", str(folder))
        assert status == 2, folder
        assert said in complained
        assert complained.count("\n") == 1
    status, _, complained = mp_bayes("verify", str(missing.parent / "columns"))
    assert (status, "gives no seed" in complained) == (2, True)


@pytest.mark.nightly
def test_a_study_of_ones_own_is_run_again_in_full(mp_bayes, tmp_path):
    demo, out = str(tmp_path / "demo"), tmp_path / "results"
    assert mp_bayes("new", demo)[0] == 0
    assert mp_bayes("run", "--study", demo, "--quick", "--out", str(out))[0] == 0
    shutil.rmtree(demo)  # its copy lies beside the results
    status, printed, complained = mp_bayes("verify", str(out))
    assert status == 0, printed + complained
    table = pd.read_csv(out / "effects.csv")
    drawn = table[table["estimand"].eq("average_effect") & table["mcse_mean"].gt(0)].iloc[0]
    labels = {name: str(drawn[name]) for name in ("outcome", "shock_prior", "scale")}
    labels |= {"estimand": "average_effect"}
    line = alter(out, "effects.csv", "mean", 20 * drawn["mcse_mean"], rehash=True, **labels)
    status, printed, _ = mp_bayes("verify", str(out))
    assert status == 1
    assert f"effects.csv line {line} (" in printed
    assert "Monte Carlo errors" in printed
