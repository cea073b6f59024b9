"""One outcome of a study, from its counts to a figure.

Read from top to bottom, change what you doubt, and run it:

    uv run python models/outcome.py cin_rereferral_12m
    uv run python models/outcome.py rereferral --study my-study --shape student --alone
"""

import argparse
import sys
import textwrap
from pathlib import Path

from mp_bayes.commands.terminal import print_table
from mp_bayes.errors import InputError
from mp_bayes.estimands import estimands
from mp_bayes.estimands.summaries import COLUMNS, summarise
from mp_bayes.evidence.arrays import cells
from mp_bayes.figures import published_against_posterior, save
from mp_bayes.inference.nuts import PRECISE, divergences, passes_gate, sample
from mp_bayes.models import cells_model
from mp_bayes.priors import SHOCK_PRIORS, load_priors
from mp_bayes.reanalysis.comparison import compare
from mp_bayes.studies.read import DEFAULT, read_study
from mp_bayes.studies.study import CODINGS, EFFECTS, SHAPES
from mp_bayes.wording.brief import average_answer, fitted_table


def fit(
    name: str,
    study: str = DEFAULT,
    *,
    shock: str = "national",  # none: boroughs do not move by themselves; within-study: they tell
    effect: str = "yearly",  # constant: full effect at once; embedding: the curve is estimated
    coding: str = "dosed",  # published: partly exposed years are untreated, as in regressions
    shape: str = "normal",  # student: heavy tails, with the degrees of freedom of the priors
    alone: bool = False,  # True: no pooling, each year's effect by itself, from a wide prior
    seed: int = 2020,
) -> None:
    """Fit an outcome, print its effects, and write the comparison and its figure."""
    evaluated = read_study(study)
    outcome = evaluated.outcome(name)

    # Evidence: the study's counts.
    evidence = cells(outcome)
    counts = evidence[["events", "total"]].to_dataframe()
    shown = counts["events"].map("{:g}".format) + "/" + counts["total"].map("{:g}".format)
    print_table(shown.unstack("year").reset_index(), title=f"{outcome.label}: events/total")

    # Priors: change one here to a number, or to a distribution of mp_bayes.priors.distributions;
    # for instance priors["sd_effect"] = 0.5
    all_priors = load_priors(evaluated)
    priors = all_priors.select(outcome, shock=shock)
    if alone:  # in log-odds or log-rates; 2.5 is as good as flat
        priors |= {"mean_effect": 0.0, "sd_effect": 2.5}

    # Model and fit.
    model = cells_model(outcome, evidence, priors, effect=effect, coding=coding, shape=shape)
    posterior = sample(model, seed=seed, sampling=PRECISE)

    # Estimands, on the scales that people use, and whether the fit may be used at all.
    rows = estimands(posterior["posterior"].to_dataset(), evidence, outcome, effect=effect)
    effects = summarise(
        rows,
        outcome=outcome.name,
        evidence="cells",
        shock_prior=shock,
        effect_structure=effect,
        coding=coding,
    )[COLUMNS]
    effects["usable"] = passes_gate(effects, posterior)
    print_table(fitted_table(effects), title="What the posterior says")
    print(textwrap.fill(average_answer(effects, outcome), 80))
    print(f"Divergent transitions: {divergences(posterior)}.")

    # Comparison with difference-in-differences and fair opponents, and its figure.
    comparison = compare(effects, [outcome], all_priors)
    out = Path("my-results") / outcome.name
    out.mkdir(parents=True, exist_ok=True)
    comparison.to_csv(out / "comparison.csv", index=False)
    save(published_against_posterior({"comparison": comparison}, outcome), out)
    print(f"Written to {out}")


def main(name: str | None = None) -> None:
    """Read what was typed, and fit; `name` unless the outcome is to be typed too."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    if name is None:
        parser.add_argument("name", help="one of the study's outcomes")
    parser.add_argument("--study", default=DEFAULT, help="a shipped study, or a folder of your own")
    parser.add_argument("--shock", default="national", choices=SHOCK_PRIORS, help="shock prior")
    parser.add_argument("--effect", default="yearly", choices=EFFECTS, help="effect's structure")
    parser.add_argument("--coding", default="dosed", choices=CODINGS, help="of yearly effects")
    parser.add_argument("--shape", default="normal", choices=SHAPES, help="of shocks")
    parser.add_argument("--alone", action="store_true", help="no pooling of years' effects")
    asked = vars(parser.parse_args())
    try:
        fit(**{"name": name, **asked})
    except InputError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
