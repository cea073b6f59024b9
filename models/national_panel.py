"""The national panel: how much do authorities move anyway, and does a treated one differ since.

Read from top to bottom, change what you doubt, and run it on a folder with the Department for
Education's files (README says which):

    uv run python models/national_panel.py FOLDER
    uv run python models/national_panel.py FOLDER family_safeguarding
"""

import sys
from pathlib import Path

import pandas as pd

from mp_bayes.commands.terminal import print_table
from mp_bayes.evidence.official.measures import (
    comparison_names,
    measure_of,
    official_name,
    treated_names,
)
from mp_bayes.evidence.official.read import read_measure, read_neighbours
from mp_bayes.figures import save
from mp_bayes.figures.panel import ten_years
from mp_bayes.inference.nuts import Sampling, divergences, sample
from mp_bayes.models.panel import panel_model
from mp_bayes.panel.effects import effects, suitable, whole_years
from mp_bayes.panel.national import new_authority
from mp_bayes.panel.shocks import authority_table, shock_table
from mp_bayes.priors import load_priors
from mp_bayes.studies.read import DEFAULT, read_study
from mp_bayes.wording.panel import did_it_embed

# The choices.
FOLDER = Path([*sys.argv, "official"][1])
STUDY = read_study(sys.argv[2] if len(sys.argv) > 2 else DEFAULT)
MEASURE = measure_of(STUDY, "rereferral")
SETTING = MEASURE.outcomes[0].setting
TREATED = official_name(STUDY, SETTING.treated_boroughs[0])
SHOCK = "normal"  # student: heavy tails
STRUCTURES = ("yearly", "embedding")
SEED = 2020
OUT = Path("my-results/national_panel")

# Evidence, and what of it cannot be used.
data, left_out = read_measure(FOLDER, MEASURE)
print_table(left_out["reason"].value_counts().reset_index(), title="What cannot be used")

# How large are borough-by-year shocks, where there was no programme?
untreated = data.sel(authority=~data["authority"].isin(treated_names(STUDY)))
sampling = Sampling(draws=2500, tune=1000, target_accept=0.9, adaptation="diag")
posterior = sample(panel_model(untreated, shock=SHOCK), seed=SEED, sampling=sampling)
shocks = shock_table(posterior)
kept = ["group", "parameter", "median", "lower", "upper", "usable"]
print_table(shocks[kept].round(3), title="Shocks: posterior median and 95% interval")
print(f"Divergent transitions: {divergences(posterior)}.")
print(f"SD of the shocks of an authority not yet seen, log-odds: {new_authority(shocks)}.")
authorities = authority_table(posterior)
kept = ["authority", "rank", "median", "lower", "upper", "larger"]
print_table(authorities[kept].head(10).round(3), title="The ten that move most: their SDs")

# The first treated authority against three sets of others, by year and along an embedding curve.
fit_for_it = suitable(whole_years(data, SETTING.onset))
comparisons = {
    "All": [name for name in fit_for_it if name not in treated_names(STUDY)],
    "Neighbours": [name for name in read_neighbours(FOLDER, data, TREATED) if name in fit_for_it],
    "The study's": [name for name in comparison_names(STUDY) if name in fit_for_it],
}
parts = [
    effects(
        data,
        MEASURE,
        load_priors(STUDY),
        treated=TREATED,
        comparisons=names,
        onset=SETTING.onset,
        effect=structure,
    ).assign(comparison=label, effect=structure)
    for label, names in comparisons.items()
    for structure in STRUCTURES
]
table = pd.concat(parts, ignore_index=True)
print(*did_it_embed(table), sep="\n")

# What is kept.
OUT.mkdir(parents=True, exist_ok=True)
shocks.to_csv(OUT / "shocks.csv", index=False)
authorities.to_csv(OUT / "authorities.csv", index=False)
table.to_csv(OUT / "effects.csv", index=False)
save(ten_years(table, treated=TREATED, measure=MEASURE), OUT)
print(f"Written to {OUT}")
