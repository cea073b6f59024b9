"""Which analyses are fitted by both engines, who fits them, and whose answer is taken."""

import subprocess
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from studied import OUTCOMES, STUDY

from mp_bayes.errors import InputError
from mp_bayes.inference.nuts import HEADLINE
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.reanalysis import outputs
from mp_bayes.reanalysis.grid import Analysis, grid
from mp_bayes.reanalysis.pipeline import seconds, start
from mp_bayes.reanalysis.task import Outputs, Task, tasks
from mp_bayes.reanalysis.workers import processes

QUOTED = Analysis(OUTCOMES["cin_rereferral_12m"])
# One process is killed, as by a system without memory, while tasks of its own and others wait.
DIES = """
import os, signal
from pathlib import Path
from mp_bayes.reanalysis import pipeline
from mp_bayes.reanalysis.grid import Analysis
from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.workers import processes
from mp_bayes.studies.read import read_study

def dies(task, *_):
    if task.check:
        os.kill(os.getpid(), signal.SIGKILL)

pipeline._work = dies
if __name__ == "__main__":
    study = read_study()
    analyses = [Analysis(outcome) for outcome in study.outcomes.values()]
    tasks = [pipeline.Task(one, check) for one in analyses for check in (True, False)]
    with processes(2) as workers:
        how = {"seed": 1, "posteriors": Path(), "workers": workers}
        given = pipeline.start(tasks, load_priors(study), **how)
        [future.result() for future in given]
"""


def test_what_is_quoted_and_a_tenth_of_the_rest_are_fitted_by_both():
    analyses = grid(OUTCOMES.values())
    both = [task.analysis for task in tasks(analyses, seed=1) if task.check]
    quoted = [analysis for analysis in both if analysis.quoted]
    assert len(quoted) == len(OUTCOMES) * len(SHOCK_PRIORS)
    rest = [one for one in analyses if one.shape == "normal" and not one.quoted]
    assert len(both) - len(quoted) == round(len(rest) / 10)
    assert {analysis.evidence for analysis in both} == {"cells"}
    again = [task.analysis for task in tasks(analyses, seed=2) if task.check]
    assert again != both
    assert not any(
        task.check for task in tasks(grid(OUTCOMES.values(), quick=True), seed=1, quick=True)
    )


def test_a_task_that_fails_stops_no_other(tmp_path):
    analyses = [Analysis(outcome, effect="constant") for outcome in OUTCOMES.values()]
    analyses[1] = Analysis(analyses[1].outcome, timing="never")
    done = []
    with processes(2) as workers:
        given = [Task(analysis) for analysis in analyses]
        how = {"seed": 1, "posteriors": tmp_path, "workers": workers}
        futures = start(given, load_priors(STUDY), **how, on_done=done.append)
        with pytest.raises(InputError, match=r"unknown timing of .* .never."):
            futures[1].result()
        others = [future.result() for place, future in enumerate(futures) if place != 1]
    assert [output.analysis for output in others] == analyses[:1] + analyses[2:]
    assert all(output.effects["usable"].all() for output in others)
    assert len(done) == len(others)


@pytest.mark.parametrize(
    ("apart", "converged", "taken"),
    [
        (0.16, True, "laplace"),  # 0.05 SDs are allowed beyond four errors of 0.02 in both
        (0.17, True, "nuts"),
        (0.17, False, "laplace"),  # a fit that did not converge tells nothing
    ],
)
def test_where_the_engines_disagree_the_sampler_is_believed(
    apart, converged, taken, monkeypatch, tmp_path
):
    calls = []

    def analyse(*_, engine, sampling, **__):
        calls.append((engine, sampling))
        row = {
            "estimand": ["average_effect"],
            "year": [""],
            "scale": ["log_odds"],
            "mean": [apart if engine == "laplace" else 0.0],
            "sd": [1.0],
            "lower": [-2.0],
            "upper": [2.0],
            "prob_below_0": [0.5],
            "prob_beyond_minimum": [0.5],
            "ess_bulk": [2500.0],
            "rhat": [1.0],
            "mcse_mean": [0.02],
            "mcse_lower": [0.04],
            "mcse_upper": [0.04],
            "pareto_k": [0.1],
            "usable": [True if engine == "laplace" else converged],
        }
        usable = row["usable"][0]
        told = {"usable": usable, "divergences": 0, "attempts": 1}
        return SimpleNamespace(engine=engine, effects=pd.DataFrame(row), **told)

    def reduce_result(result, *_, kept):
        assert kept.engine == ("nuts" if converged else "laplace")
        return Outputs(QUOTED, effects=pd.DataFrame({"engine": [result.engine]}))

    monkeypatch.setattr(outputs, "analyse", analyse)
    monkeypatch.setattr(outputs, "reduce_result", reduce_result)
    how = {"seed": 1, "posteriors": tmp_path, "cores": 1}
    made = outputs.work(Task(QUOTED, check=True), load_priors(STUDY), **how)
    assert made.effects["engine"].tolist() == [taken]
    assert made.agreement["mean_difference"].tolist() == [pytest.approx(apart)]
    # Its numbers are then those of long chains.
    assert (("nuts", HEADLINE) in calls) == (taken == "nuts")


def test_a_process_that_dies_ends_the_run_instead_of_hanging_it(tmp_path):
    script = tmp_path / "dies.py"
    script.write_text(DIES, encoding="utf-8")
    # A run that hangs would not end: what it says is of no matter, only that it ends.
    how = {"capture_output": True, "text": True, "timeout": 120}
    done = subprocess.run([sys.executable, script], check=False, **how)
    assert "BrokenProcessPool" in done.stderr
    assert done.returncode == 1


def test_a_model_s_compilation_counts_once():
    one = OUTCOMES["cin_rereferral_12m"]
    headline, other = Analysis(one), Analysis(one, effect="constant")
    checked_both = seconds([Task(headline, check=True), Task(headline, check=True)])
    assert checked_both[0] > 2 * checked_both[1]
    drawn, coefficients = seconds(
        [Task(other), Task(Analysis(one, "coefficients", effect="constant"))]
    )
    assert checked_both[1] > drawn > coefficients > 0
