"""Print how long the planner takes: its closed form against simulation, and the page in a browser.

    uv run python benchmarks/planner.py

Machines differ and are shared: read the ratio, not the seconds.
"""

import os
import statistics
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `mp-bayes app` has it

from mp_bayes.app import create_app
from mp_bayes.planning.worth import assured
from mp_bayes.priors import load_priors
from mp_bayes.simulate.draw import synthesise
from mp_bayes.simulate.methods import Method, answers
from mp_bayes.simulate.scenario import from_study
from mp_bayes.studies.read import read_study

STUDY = read_study()
PRIORS, OWN = load_priors(STUDY), Method("national", "embedding")
REPLICATES, REPEATS = 200, 5


def seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def designs() -> None:
    for treated, comparison in ((5, 5), (12, 20), (30, 60)):
        scenario = from_study(
            STUDY,
            "cin_rereferral_12m",
            treated_boroughs=treated,
            comparison_boroughs=comparison,
            post_years=6,
            effect=-4.0,
        )

        def simulated(scenario=scenario):
            drawn = synthesise(scenario, seed=1, replicates=range(REPLICATES))
            answers(OWN, drawn, PRIORS, seed=1, most_sampled=0)

        def worked_out(scenario=scenario):
            assured(scenario, OWN, PRIORS)

        simulated(), worked_out()  # compiled
        once = statistics.median(seconds(worked_out) for _ in range(REPEATS))
        ratio = seconds(simulated) / once
        print(
            f"{treated} treated and {comparison} comparison boroughs: {1000 * once:.0f} ms by "
            f"closed form, {ratio:.0f} times less than {REPLICATES} simulated evaluations"
        )


def page() -> None:
    app = create_app()
    client = app.test_client()
    try:
        client.get("/answer")
        for ask in ("search", "one"):
            times = [
                seconds(lambda query=f"ask={ask}&effect={effect}": client.get(f"/answer?{query}"))
                for effect in (-2.9, -3.4, -3.9, -4.4, -4.9)
            ]
            print(
                f"the page's answer to a change ({ask}): median {statistics.median(times):.2f} s, "
                f"longest {max(times):.2f} s"
            )
    finally:
        app.extensions["mp_bayes_close"]()


if __name__ == "__main__":
    designs()
    page()
