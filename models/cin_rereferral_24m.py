"""Re-referral of children in need within 24 months.

Read from top to bottom, change what you doubt, and run it:

    uv run python models/cin_rereferral_24m.py
"""

from pathlib import Path

from mp_bayes.estimands import estimands
from mp_bayes.estimands.summaries import COLUMNS, summarise
from mp_bayes.evidence.arrays import cells
from mp_bayes.figures import published_against_posterior, save
from mp_bayes.inference.nuts import PRECISE, divergences, passes_gate, sample
from mp_bayes.models import cells_model
from mp_bayes.priors import load_priors
from mp_bayes.reanalysis.comparison import compare
from mp_bayes.studies.study import get_outcome

# The choices.
OUTCOME = get_outcome("cin_rereferral_24m")
SHOCK = "national"  # none: boroughs do not move by themselves; within-study: two boroughs speak
EFFECT = "yearly"  # constant: full effect at once; embedding: the curve is estimated
CODING = "dosed"  # published: partly exposed years are untreated, as in the report's regressions
SEED = 2020
OUT = Path("my-results") / OUTCOME.name

# Evidence: Table 8 and Table 10 of the 2020 report.
evidence = cells(OUTCOME)
print(evidence.to_dataframe().unstack("borough"))

# Priors: change one here, for instance priors["sd_effect"] = Fixed(value=0.5).
all_priors = load_priors()
priors = all_priors.select(OUTCOME, shock=SHOCK)

# Model and fit.
model = cells_model(evidence, priors, effect=EFFECT, coding=CODING)
posterior = sample(model, seed=SEED, sampling=PRECISE)

# Estimands, on the scales that people use, and whether the fit may be used at all.
rows = estimands(posterior["posterior"].to_dataset(), evidence, OUTCOME, effect=EFFECT)
effects = summarise(
    rows,
    outcome=OUTCOME.name,
    evidence="cells",
    shock_prior=SHOCK,
    effect_structure=EFFECT,
    coding=CODING,
)[COLUMNS]
effects["usable"] = passes_gate(effects, posterior)
print(effects[["estimand", "year", "scale", "mean", "lower", "upper", "prob_below_0", "usable"]])
print(f"divergent transitions: {divergences(posterior)}")

# Comparison with the published difference-in-differences and fair opponents, and its figure.
comparison = compare(effects, all_priors)
OUT.mkdir(parents=True, exist_ok=True)
comparison.to_csv(OUT / "comparison.csv", index=False)
save(published_against_posterior({"comparison": comparison}, OUTCOME.name), OUT)
print(f"Written to {OUT}")
