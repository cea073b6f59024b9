"""Are borough-by-year shocks heavy-tailed? Normal against Student-t, by predicting the next year.

Each year with at least five before it is predicted from these (leave-future-out), and each
authority's count is scored. The model is fitted anew for each: carrying one fit forward by
importance sampling, as `arviz.lfo_cv` would, fails (see `pareto_k` in the results), and so would
leaving out cells one by one, since each has a shock of its own.

    uv run python models/heavy_tailed_shocks.py FOLDER [MEASURE]

Read from top to bottom, change what you doubt, and run it on a folder with the Department for
Education's files (README says which). It fits eight years twice over: most of an hour.
"""

import sys
from pathlib import Path

from mp_bayes.commands.panel_request import request
from mp_bayes.commands.terminal import print_table
from mp_bayes.inference.nuts import Sampling
from mp_bayes.panel.ahead import compare_shapes, one_year_ahead

# The choices.
FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "official")
NAME = sys.argv[2] if len(sys.argv) > 2 else "rereferral"
# From three or four years a lasting shock can hardly be told from a level: fits did not converge.
FEWEST_BEFORE = 5
# Short fits, since there are sixteen: what that costs is in the results (`mcse`).
SAMPLING = Sampling(draws=600, tune=500, target_accept=0.8, adaptation="diag")
SEED = 2020

if __name__ == "__main__":
    command = f"python models/heavy_tailed_shocks.py {FOLDER.resolve().name} {NAME}"
    asked = request("tails", folder=FOLDER, measure=NAME, command=command, seed=SEED)
    data, _ = asked.read()
    untreated = data.sel(authority=~data["authority"].isin([asked.treated, *asked.others]))
    scores = one_year_ahead(
        untreated,
        years=[int(year) for year in untreated["year"]][FEWEST_BEFORE:],
        seed=SEED,
        sampling=SAMPLING,
        on_done=lambda what: print(what, flush=True),
    )
    summary = compare_shapes(scores)
    print_table(summary.round(2), title="Scores of the next year, by shape of shocks")

    # What is kept: the report shows it.
    with asked.results() as staging:
        asked.write(staging, {"scores": scores, "summary": summary})
    print(f"Written to {asked.out}")
