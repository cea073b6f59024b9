"""Work out how much the rate of new protection plans moves from year to year in any authority.

    uv run python studies_source/shock_prior.py FOLDER

The panel's model on every English authority but the study's treated ones; it samples for some
minutes. What it prints is in `src/mp_bayes/studies/family_safeguarding/priors.toml`.
"""

import sys
from pathlib import Path

from work_out import TREATED, plans_of_children

from mp_bayes.inference.nuts import Sampling
from mp_bayes.models.panel import panel_model
from mp_bayes.panel.checks import year_to_year
from mp_bayes.panel.national import new_authority
from mp_bayes.panel.shocks import converged, sample_until_usable, shock_table

SEED = 2020


def main(folder: Path) -> None:
    """Print the panel's posterior, its check, and the SD of an authority not yet seen.

    A plan is rare among all children, so log-odds are the logarithm of the rate.
    """
    data = plans_of_children(folder)
    untreated = data.sel(authority=~data["authority"].isin(TREATED))
    sampling = Sampling(draws=2500, tune=1000, target_accept=0.9, adaptation="diag")
    tree = sample_until_usable(
        panel_model(untreated), usable=converged, seed=SEED, sampling=sampling
    )
    table = shock_table(tree)
    print(f"{int((untreated['total'] > 0).any('year').sum())} authorities")
    print(table[["parameter", "median", "lower", "upper", "usable"]].to_string(index=False))
    print(year_to_year(tree, untreated, seed=SEED).to_string(index=False))
    new = new_authority(table)
    print(f"of an authority not yet seen: {new}; 95%: {new.frozen().ppf([0.025, 0.975])}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
